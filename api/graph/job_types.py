"""Long work as GraphQL shows it: how far it has come, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Double, case, cast, literal_column

from api.graph.sources import compared_plans, seeding_picks_of
from api.graph.types import LazyMember, ScoreRun
from api.node import Node
from api.reading.fields import Argument, column, embedded, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from api.reading.readings import Scope
from community.cocreation.product_tests.forecasting import FORECASTING
from community.foundation.tables import jobs
from community.foundation.visibility import Visible
from graph.asking import SCORING, SEEDING
from graph.tables import seeding_picks
from graph.visibility import visible_jobs

if TYPE_CHECKING:
    from api.cocreation.product_tests.forecast_types import ProductForecast


LazyProductForecast = Annotated["ProductForecast", strawberry.lazy("api.cocreation.product_tests.forecast_types")]


@strawberry.enum(description="How far a job has come.")
class JobState(Enum):
    """How far a job has come."""

    QUEUED = strawberry.enum_value("QUEUED", description="It waits for a worker.")
    RUNNING = strawberry.enum_value("RUNNING", description="It is being done.")
    DONE = strawberry.enum_value("DONE", description="It is done; see its result.")
    FAILED = strawberry.enum_value("FAILED", description="It could not be done; see why.")


def _result(*path: str) -> Any:
    """Return a value within a job's result, as text."""

    def sql(scope: Scope) -> Any:
        value = scope.row.c.result
        for name in path[:-1]:
            value = value.op("->")(literal(name))
        return value.op("->>")(literal(path[-1]))

    return sql


def _number(*path: str) -> Any:
    return lambda scope: cast(_result(*path)(scope), Double)


def _done(kind: str) -> Any:
    return lambda scope: (scope.row.c.kind == literal(kind)).op("AND")(scope.row.c.state == literal("DONE"))


@object_type
class PlannedReach:
    """How many members a plan reaches, of those it aims at."""

    estimate: float = expression(_number("total", "estimate"), "The estimate, from cascades drawn afresh.")
    low: float = expression(_number("total", "low"), "The lower bound.")
    high: float = expression(_number("total", "high"), "The upper bound.")
    level: float = expression(
        lambda _: literal_column("0.95", Double), "How sure all bounds of a plan are together, of 1."
    )


@entity("seeding_pick", seeding_picks, lambda _row, _viewer: Visible())
class SeedingPick:
    """One member of a seeding plan."""

    position: int = column("position", "The place in the order of choice, from 1.")
    member: LazyMember | None = reference(
        lambda scope: scope.row.c.member_id, "Whom to tell; null if the viewer may not see them."
    )
    gain: float = column("gain", "How many more are reached with this member than with those before alone.")


@object_type
class SeedingComparison:
    """What another way of choosing as many members would reach."""

    name: str = column("name", "How they are chosen: `greedy` is by this plan's own method.")
    estimate: float = column("estimate", "How many they reach.")
    low: float = column("low", "The lower bound.")
    high: float = column("high", "The upper bound.")


@object_type
class SeedingPlan:
    """Whom to tell first so that the most members hear of it, when word passes on with the attention that everybody gives."""

    picks: list[SeedingPick] = rows(
        seeding_picks_of,
        "Whom to tell, in the order of choice.",
        limit=100,
        arguments={"first": Argument(int, "How many at most, 1 to 100.", 50)},
    )
    reach: PlannedReach = embedded("How many they reach together.")
    chosen: str = expression(_result("chosen"), "Which way of choosing won: `greedy`, or a simpler one.")
    comparisons: list[SeedingComparison] = rows(
        compared_plans, "What each way of choosing as many members reaches.", limit=10
    )
    guarantee: float = expression(
        _number("guarantee"), "At least this share of what the best plan could reach is reached; 0: nothing is known."
    )
    cost: float = expression(_number("cost"), "What it costs, by the cost of a member that was given.")


@entity("job", jobs, visible_jobs)
class Job(Node):
    """Long work that was asked for. Who asked for it sees it, and who may see insights."""

    kind: str = column("kind", "What is done: SCORING, SEEDING, COUNTING, FORECASTING and so on.")
    state: JobState = column("state", "How far it has come.")
    progress: float = column("progress", "How much is done, 0 to 1.")
    step: str | None = column("step", "What is being done now.")
    asked_at: datetime = column("asked_at", "When it was asked for.")
    started_at: datetime | None = column("started_at", "When a worker took it.")
    finished_at: datetime | None = column("finished_at", "When it ended.")
    failure: str | None = column("failure", "Why it failed.")
    score_run: ScoreRun | None = reference(
        lambda scope: case((scope.row.c.kind == literal(SCORING), cast(_result("run")(scope), BigInteger))),
        "The run that it was, once a scoring job is done.",
    )
    seeding_plan: SeedingPlan | None = embedded("The plan, once a seeding job is done.", exists=_done(SEEDING))
    product_forecast: LazyProductForecast | None = reference(
        lambda scope: case(
            (scope.row.c.kind == literal(FORECASTING), cast(_result("productForecast")(scope), BigInteger))
        ),
        "The forecast of a product test, once the job that makes it is done.",
    )
