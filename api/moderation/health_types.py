"""How the moderators do, as GraphQL shows it to administrators; and second opinions, as they are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, case, literal_column, select

from api.moderation.case_types import CaseContent
from api.moderation.enums import Verdict
from api.moderation.report_types import ReportReason
from api.moderation.sources import contents_of_opinion
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    Argument,
    column,
    computed,
    connection,
    entity,
    expression,
    object_type,
    polymorphic,
    reference,
    returned,
)
from api.windows import Window
from moderation.cases.tables import cases
from moderation.decisions.actions import VERDICTS
from moderation.health.agreement import cohens_kappa
from moderation.health.counting import COUNTS
from moderation.health.tables import second_opinions
from moderation.visibility import claimed_by_viewer, visible_opinions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope


def _of_case(name: str) -> Any:
    def sql(scope: Scope) -> Any:
        of = cases.alias()
        found = select(of.c[name]).where(of.c.id == scope.row.c.case_id, claimed_by_viewer(scope.row, scope.viewer))
        return found.scalar_subquery()

    return sql


@entity("second_opinion", second_opinions, visible_opinions)
class SecondOpinion(Node):
    """A decided case that the viewer may judge too, without being told what was decided: `claimSecondOpinion` comes first."""

    drawn_at: datetime = column("drawn_at", "When the lot fell on it.")
    claimed: bool = expression(
        lambda scope: claimed_by_viewer(scope.row, scope.viewer),
        "Whether the viewer has claimed it. Until then nothing of the case is told, so that nobody looks up what was decided.",
    )
    subject: Node | None = polymorphic(
        _of_case("subject_kind"), _of_case("subject_id"), "What it is about, as it is now; null until it is claimed."
    )
    reason: ReportReason | None = reference(
        _of_case("reason_id"), "The gravest reason that was given; null until it is claimed."
    )
    contents: Connection[CaseContent] = connection(
        contents_of_opinion,
        "What was written when it was reported, the latest revision first; empty until it is claimed.",
    )
    verdict: Verdict | None = column("verdict", "What the viewer found; null until they say.")


@object_type
class ModeratorWorkload:
    """What one moderator bears."""

    handle: str = returned("Who.")
    decisions: int = returned("How many decisions they made.")
    gravest: int = returned("How many of them about the gravest, of severity 5.")
    undone: int = returned("How many of them were undone since.")
    median_hours: float | None = returned("In how many hours half of them were made, since the case was opened.")


@object_type
class OpenCases:
    """How many cases wait since when."""

    hours: int = returned("They wait for so many hours at least, and less than the next row says.")
    cases: int = returned("How many.")


@object_type
class TeamAgreement:
    """How far second opinions agree with decisions: Cohen's kappa, with an interval of 95%."""

    cases: int = returned("How many cases were judged twice.")
    observed: float = returned("The share on which both agree.")
    kappa: float = returned("Agreement beyond chance: 1 always, 0 as by chance.")
    low: float = returned("The lower end of its interval.")
    high: float = returned("The upper end of its interval.")


@object_type
class ModerationHealth:
    """How the moderators do, in a span of time."""

    workload: list[ModeratorWorkload] = returned("By moderator, who decided most first: 100 at most.")
    open_by_age: list[OpenCases] = returned("Cases that are open now, by how long they wait.")
    median_response_hours: float | None = returned(
        "In how many hours half of the cases opened then were first looked at, noted or decided."
    )
    ninetieth_percentile_response_hours: float | None = returned("In how many hours nine of ten were.")
    median_decision_hours: float | None = returned("In how many hours half of the decisions made then were made.")
    ninetieth_percentile_decision_hours: float | None = returned("In how many hours nine of ten were.")
    agreement: TeamAgreement | None = returned("How far second opinions agree with decisions; null: there are too few.")
    second_opinions_waiting: int = returned("How many second opinions nobody has given yet.")


def _inputs(scope: Scope) -> list[ColumnElement[Any]]:
    start = scope.arguments.value("window.from", DateTime(timezone=True))
    until = scope.arguments.value("window.to", DateTime(timezone=True))
    asked = select(start.label("start"), until.label("until")).subquery("asked")
    counted = select(literal_column(f"({COUNTS})")).select_from(asked).scalar_subquery()
    allowed: ColumnElement[Any] = literal_column("true" if scope.viewer.kind.administers else "false")
    return [case((allowed, counted))]


def _healthy(counted: dict[str, Any] | None) -> dict[str, Any] | None:
    if counted is None:
        return None
    place = {verdict: number for number, verdict in enumerate(VERDICTS)}
    table = [[0] * len(VERDICTS) for _ in VERDICTS]
    for cell in counted["judged"]:
        table[place[cell["first"]]][place[cell["second"]]] = cell["count"]
    agreement = cohens_kappa(table)
    return {
        "workload": [{**each, "median_hours": _hours(each["median"])} for each in counted["workload"]],
        "open_by_age": counted["open_by_age"],
        "median_response_hours": _hours(counted["response_median"]),
        "ninetieth_percentile_response_hours": _hours(counted["response_most"]),
        "median_decision_hours": _hours(counted["decision_median"]),
        "ninetieth_percentile_decision_hours": _hours(counted["decision_most"]),
        "agreement": None if agreement is None else agreement._asdict(),
        "second_opinions_waiting": counted["waiting_opinions"],
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 2)


def moderation_health() -> Any:
    """Declare the field."""
    return computed(
        _inputs,
        _healthy,
        "How the moderators do: for administrators; null to others.",
        arguments={"window": Argument(Window, "When.")},
        cost=100,
    )
