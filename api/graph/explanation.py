"""`viewer.explainScore`: what the viewer's own score stands on. All facts come with the one statement of the read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, cast, extract, func, literal_column, select
from sqlalchemy.dialects.postgresql import BIT

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
from graph.visibility import visible_influences

_NAMED = 5
_MASK = 32
"""Bits of an integer: more than there are weeks."""


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
    run, place, ranked = score_runs.alias(), scope.enter(influences), graph_scopes.alias()
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
        .select_from(place.source.join(ranked, ranked.c.id == place.c.scope_id))
        .where(
            place.c.member_id == viewer,
            place.c.scope_id == scope_id(scope),
            *visible_influences(place, scope.viewer).whole(),
        )
    )
    return (
        select(me.c.locale).where(me.c.id == viewer).scalar_subquery(),
        select(func.to_jsonb(literal_column("my_capital"))).select_from(capital).where(of_me).scalar_subquery(),
        runs.scalar_subquery(),
        _received(viewer, as_of),
        _done(viewer, as_of),
        _ties(scope, viewer),
        places.scalar_subquery(),
    )


def explained(*found: Any) -> dict[str, Any]:
    """Return the explanation that the facts make."""
    names = ("locale", "capital", "run", "received", "done", "ties", "place")
    told = dict(zip(names, found, strict=True))
    return explain({**told, **told["done"]})


def _received(viewer: Any, as_of: Any) -> Any:
    """Count what others did towards the viewer by kind, and the members they were: {kind: [amount, members]}."""
    received = interactions.alias()
    grouped = _by_kind(received, "target_id", "actor_id", viewer, as_of).subquery()
    return select(_pairs(grouped)).scalar_subquery()


def _done(viewer: Any, as_of: Any) -> Any:
    """Count what the viewer did, all in one pass: {given: {kind: [amount, members]}, brand: amount, weeks: amount}."""
    done = interactions.alias()
    week = cast(func.floor(extract("epoch", as_of - done.c.occurred_at) / literal_column("604800")), Integer)
    recent = done.c.occurred_at > as_of - literal_column(f"interval '{WEEKS} weeks'")
    grouped = (
        _by_kind(done, "actor_id", "target_id", viewer, as_of)
        .add_columns(
            func.count().filter(done.c.brand).label("brand"),
            # A bit for each week, as weeks of several kinds overlap.
            func.bit_or(literal_column("1").op("<<")(week)).filter(recent).label("weeks"),
        )
        .subquery()
    )
    weeks = cast(func.coalesce(func.bit_or(grouped.c.weeks), literal_column("0")), BIT(_MASK))
    return select(
        func.jsonb_build_object(
            *(literal("given"), _pairs(grouped)),
            *(literal("brand"), func.coalesce(func.sum(grouped.c.brand), literal_column("0"))),
            *(literal("weeks"), func.bit_count(weeks)),
        )
    ).scalar_subquery()


def _by_kind(done: Any, own: str, other: str, viewer: Any, as_of: Any) -> Any:
    return (
        select(
            done.c.kind,
            func.count().label("amount"),
            func.count(done.c[other].distinct()).label("members"),
        )
        .where(done.c[own] == viewer, *_counted(done, as_of))
        .group_by(done.c.kind)
    )


def _pairs(grouped: Any) -> Any:
    pairs = func.jsonb_object_agg(grouped.c.kind, func.jsonb_build_array(grouped.c.amount, grouped.c.members))
    return func.coalesce(pairs, literal_column("'{}'::jsonb"))


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
