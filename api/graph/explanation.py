"""`viewer.explainScore`: what the viewer's own score stands on. All facts come with the one statement of the read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, extract, func, literal_column, select

from api.graph.arguments import ScoreDimension
from api.graph.sources import scope_id
from api.reading.fields import object_type, returned
from api.reading.json_sql import literal
from api.reading.readings import Scope
from community.discussions.tables import spaces
from community.members.tables import members
from community.members.visibility import visible_members
from graph.explaining import WEEKS, explain
from graph.tables import graph_scopes, influences, interactions, score_runs, social_capitals, ties

_NAMED = 5


@object_type
class ScoreReason:
    """One thing that a score stands on."""

    code: str = returned("What it is, for programs: RECEIVED_REPLY, WEEKS, NO_TIES and the like.")
    amount: float = returned("How much of it.")
    text: str = returned("The same as a sentence, in the viewer's language.")


@object_type
class DimensionExplanation:
    """What one dimension of the viewer's social capital stands on."""

    dimension: ScoreDimension = returned("Which.")
    percentile: float = returned("The percentage of members who have less.")
    change: float | None = returned("By how many points that changed since the run before.")
    weight: float = returned("How much it weighs in the composite, beside the others.")
    text: str = returned("Where the viewer stands, as a sentence.")
    reasons: list[ScoreReason] = returned("What it stands on.")


@object_type
class ScoreExplanation:
    """What the viewer's own score stands on, in their language."""

    summary: str = returned("All in a sentence.")
    place: str | None = returned("Their place in the ranking asked for, as a sentence.")
    as_of: datetime | None = returned("What had happened until then was counted; null for who was not scored yet.")
    model: int | None = returned("The version of the definitions.")
    dimensions: list[DimensionExplanation] = returned(
        "Each dimension with its reasons; none for who was not scored yet."
    )
    note: str = returned("How age and repetition count.")


def facts(scope: Scope) -> Sequence[Any]:
    """Return what `explained` takes, as SQL."""
    viewer = scope.viewer.member_id
    me = members.alias()
    capital = social_capitals.alias("my_capital")
    run, place, ranked = score_runs.alias(), influences.alias(), graph_scopes.alias()
    of_me = capital.c.member_id == viewer
    as_of = select(run.c.as_of).join(capital, capital.c.run_id == run.c.id).where(of_me).scalar_subquery()
    runs = (
        select(func.jsonb_build_object(
            literal("as_of"), cast(run.c.as_of, Text), literal("model"), run.c.model,
            literal("dimensions"), run.c.parameters.op("->")(literal("dimensions")),
        ))
        .join(capital, capital.c.run_id == run.c.id)
        .where(of_me)
    )  # fmt: skip
    places = (
        select(func.jsonb_build_object(literal("position"), place.c.position, literal("members"), ranked.c.members))
        .join(ranked, ranked.c.id == place.c.scope_id)
        .where(place.c.member_id == viewer, place.c.scope_id == scope_id(scope))
    )
    return (
        select(me.c.locale).where(me.c.id == viewer).scalar_subquery(),
        select(func.to_jsonb(literal_column("my_capital"))).select_from(capital).where(of_me).scalar_subquery(),
        runs.scalar_subquery(),
        _counts("target_id", "actor_id", viewer, as_of),
        _counts("actor_id", "target_id", viewer, as_of),
        _brand(viewer, as_of),
        _weeks(viewer, as_of),
        _ties(scope, viewer),
        places.scalar_subquery(),
    )


def explained(*found: Any) -> dict[str, Any]:
    """Return the explanation that the facts make."""
    names = ("locale", "capital", "run", "received", "given", "brand", "weeks", "ties", "place")
    return explain(dict(zip(names, found, strict=True)))


def _counts(own: str, other: str, viewer: Any, as_of: Any) -> Any:
    """Count interactions by kind, and the members they were with: {kind: [amount, members]}."""
    done = interactions.alias()
    grouped = (
        select(
            done.c.kind,
            func.count().label("amount"),
            func.count(done.c[other].distinct()).label("members"),
        )
        .where(done.c[own] == viewer, *_counted(done, as_of))
        .group_by(done.c.kind)
        .subquery()
    )
    pairs = func.jsonb_object_agg(grouped.c.kind, func.jsonb_build_array(grouped.c.amount, grouped.c.members))
    return select(func.coalesce(pairs, literal_column("'{}'::jsonb"))).scalar_subquery()


def _counted(done: Any, as_of: Any) -> tuple[Any, ...]:
    """Return what makes an interaction count: until the run, not with oneself, and not in a private space."""
    private = spaces.alias()
    in_private: Any = select(literal_column("1")).where(
        private.c.id == done.c.space_id, private.c.access == literal("PRIVATE")
    )
    return (
        done.c.occurred_at <= as_of,
        done.c.target_id.is_distinct_from(done.c.actor_id),
        ~in_private.exists(),
    )


def _brand(viewer: Any, as_of: Any) -> Any:
    done = interactions.alias()
    counted = (done.c.actor_id == viewer, done.c.brand, *_counted(done, as_of))
    return select(func.count()).select_from(done).where(*counted).scalar_subquery()


def _weeks(viewer: Any, as_of: Any) -> Any:
    """Count in how many of the last weeks the viewer did anything."""
    done = interactions.alias()
    week = func.floor(extract("epoch", as_of - done.c.occurred_at) / literal_column("604800"))
    recent = (
        select(week.label("week"))
        .where(
            done.c.actor_id == viewer,
            done.c.occurred_at > as_of - literal_column(f"interval '{WEEKS} weeks'"),
            *_counted(done, as_of),
        )
        .distinct()
        .subquery()
    )
    return select(func.count()).select_from(recent).scalar_subquery()


def _ties(scope: Scope, viewer: Any) -> Any:
    """Return the viewer's strongest ties with members whom they may see, by name."""
    tie, other = ties.alias(), scope.enter(members)
    named = (
        select(other.c.display_name.label("name"), tie.c.given, tie.c.received, tie.c.place)
        .select_from(tie.join(other.source, other.c.id == tie.c.other_id))
        .where(tie.c.member_id == viewer, *visible_members(other, scope.viewer).whole())
        .order_by(tie.c.place)
        .limit(literal_column(str(_NAMED)))
        .subquery()
    )
    rows = func.jsonb_agg(
        func.jsonb_build_object(
            literal("name"), named.c.name, literal("given"), named.c.given, literal("received"), named.c.received
        )
    )
    return select(func.coalesce(rows, literal_column("'[]'::jsonb"))).scalar_subquery()
