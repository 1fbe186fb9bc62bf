"""Whom and what a member may like to know: people by common ties and tribe, spaces by who is there. Each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Double, case, cast, func, literal_column, not_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.graph.types import LazyMember, LazySpace
from api.reading.cursors import by_measure, by_number
from api.reading.fields import column, computed, object_type, reference, rows
from api.reading.readings import Row, Scope, Source
from community.discussions.tables import space_members, spaces
from community.discussions.visibility import visible_spaces
from community.members.tables import follows, members, mutes
from community.members.visibility import visible_members
from graph.explaining import why_member, why_space
from graph.tables import profiling_objections, social_capitals, ties

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

SAME_TRIBE = "1.5"
"""By how much closer those of the same tribe are taken to be."""
NAMED = 3


def people(scope: Scope) -> Source:
    """Draw on members tied to those the viewer is tied to, whom the viewer does not follow.

    closeness = sum over common contacts of the weaker of both ties, half as much again within the viewer's own tribe.
    """
    viewer = scope.viewer.member_id
    mine, theirs, other = scope.enter(ties), scope.enter(ties), scope.enter(members)
    own, capital = scope.enter(social_capitals), scope.enter(social_capitals)
    common = func.least(mine.c.strength, theirs.c.strength)
    same_tribe = func.coalesce(
        func.bool_or(own.c.tribe_id == capital.c.tribe_id), literal_column("false"), type_=Boolean()
    )
    closeness = cast(func.sum(common), Double) * case(
        (same_tribe, literal_column(SAME_TRIBE)), else_=literal_column("1")
    )
    through = func.array_agg(
        aggregate_order_by(mine.c.other_id, common.desc(), mine.c.other_id.asc()), type_=ARRAY(BigInteger)
    )
    suggested = scope.enter(
        select(
            other.c.id.label("member_id"),
            closeness.label("closeness"),
            func.count().label("common"),
            same_tribe.label("same_tribe"),
            through.label("through"),
        )
        .select_from(
            mine.source.join(theirs.source, theirs.c.member_id == mine.c.other_id)
            .join(other.source, other.c.id == theirs.c.other_id)
            .outerjoin(own.source, own.c.member_id == viewer)
            .outerjoin(capital.source, capital.c.member_id == other.c.id)
        )
        .where(
            mine.c.member_id == viewer,
            other.c.id != viewer,
            other.c.state == literal_column("'ACTIVE'"),
            not_(_among(scope, follows, "follower_id", "member_id", other.c.id)),
            not_(_among(scope, mutes, "muter_id", "member_id", other.c.id)),
            not_(_objects(scope, other.c.id)),
            not_(_objects(scope, mine.c.other_id)),
            *_not_hidden(scope, mine.c.other_id),
            *visible_members(other, scope.viewer).whole(),
        )
        .group_by(other.c.id)
        .subquery()
    )
    keys = by_measure(suggested.c.closeness, descending=True), by_number(suggested.c.member_id, descending=True)
    return Source(suggested, keys, "close")


def spaces_for_viewer(scope: Scope) -> Source:
    """Draw on the spaces which those whom the viewer is tied to have joined, and the viewer not."""
    viewer = scope.viewer.member_id
    mine, joined, space, other = (scope.enter(table) for table in (ties, space_members, spaces, members))
    through = func.array_agg(
        aggregate_order_by(mine.c.other_id, mine.c.strength.desc(), mine.c.other_id.asc()), type_=ARRAY(BigInteger)
    )
    suggested = scope.enter(
        select(
            space.c.id.label("space_id"),
            cast(func.sum(mine.c.strength), Double).label("closeness"),
            func.count().label("common"),
            through.label("through"),
        )
        .select_from(
            mine.source.join(joined.source, joined.c.member_id == mine.c.other_id)
            .join(space.source, space.c.id == joined.c.space_id)
            .join(other.source, other.c.id == mine.c.other_id)
        )
        .where(
            mine.c.member_id == viewer,
            space.c.archived_at.is_(None),
            not_(_among(scope, space_members, "member_id", "space_id", space.c.id)),
            not_(_objects(scope, mine.c.other_id)),
            *visible_spaces(space, scope.viewer).whole(),
            *visible_members(other, scope.viewer).whole(),
        )
        .group_by(space.c.id)
        .subquery()
    )
    keys = by_measure(suggested.c.closeness, descending=True), by_number(suggested.c.space_id, descending=True)
    return Source(suggested, keys, "close")


def _among(scope: Scope, table: Any, own: str, other: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
    row = scope.enter(table)
    return (
        select(literal_column("1"))
        .select_from(row.source)
        .where(getattr(row.c, own) == scope.viewer.member_id, getattr(row.c, other) == value)
        .exists()
    )


def _objects(scope: Scope, member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    objection = scope.enter(profiling_objections)
    return select(literal_column("1")).select_from(objection.source).where(objection.c.member_id == member_id).exists()


def _not_hidden(scope: Scope, member_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """Let nobody be suggested for the sake of a contact whom a block hides: that would tell of them."""
    kind = scope.viewer.kind
    return [not_(scope.viewer.hides(member_id))] if kind.hides_members and not kind.oversees else []


def _through(scope: Scope) -> Source:
    """Draw on the common contacts, the closest first."""
    member = scope.enter(members)
    place = func.array_position(scope.row.c.through, member.c.id)
    return Source(member, (by_number(place),), "close", where=[member.c.id == func.any(scope.row.c.through)])


def _named(scope: Scope, row: Row) -> ColumnElement[Any]:
    """Return the name of the closest common contact whom the viewer may see."""
    member = scope.enter(members)
    return (
        select(member.c.display_name)
        .select_from(member.source)
        .where(member.c.id == func.any(row.c.through), *visible_members(member, scope.viewer).whole())
        .order_by(func.array_position(row.c.through, member.c.id))
        .limit(literal_column("1"))
        .scalar_subquery()
    )


def _locale(scope: Scope) -> ColumnElement[Any]:
    member = scope.enter(members)
    found = select(member.c.locale).select_from(member.source).where(member.c.id == scope.viewer.member_id)
    return found.scalar_subquery()


@object_type
class MemberSuggestion:
    """Somebody the viewer may know, and why."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who it is.")
    common_count: int = column("common", "How many of the viewer's closest contacts are tied to them.")
    same_tribe: bool = column("same_tribe", "Whether they are in the viewer's own tribe.")
    through: list[LazyMember] = rows(_through, "The common contacts, the closest first.", limit=NAMED)
    reason: str = computed(
        lambda scope: (_locale(scope), _named(scope, scope.row), scope.row.c.common, scope.row.c.same_tribe),
        why_member,
        "Why, as a sentence in the viewer's language.",
    )


@object_type
class SpaceSuggestion:
    """A space that the viewer may like, and why."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Which.")
    common_count: int = column("common", "How many of the viewer's closest contacts have joined it.")
    through: list[LazyMember] = rows(_through, "Those contacts, the closest first.", limit=NAMED)
    reason: str = computed(
        lambda scope: (_locale(scope), _named(scope, scope.row), scope.row.c.common),
        why_space,
        "Why, as a sentence in the viewer's language.",
    )
