"""Who is tied to whom, for drawing and for finding one's way: ego networks, and the path between two members.

All of it is read from the few dozen strongest ties that the last run kept of each member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Integer,
    Select,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.graph.types import LazyMember, Tie
from api.node import id_of
from api.reading.cursors import by_measure, by_number
from api.reading.fields import column, object_type, reference, rows
from api.reading.readings import Row, Scope, Source
from community.members.tables import members
from community.members.visibility import visible_members
from graph.tables import strongest_ties, ties
from graph.visibility import NOTHING, visible_ties

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

DEEPEST = 2
LONGEST_PATH = 6
"""Ties on the longest path that is looked for."""


def ego_network(scope: Scope) -> Select[Any]:
    """Return the members within `depth` ties of the row's member, nearest and strongest first, as arrays.

    The ties of others are seen by who may see insights alone: for anybody else, one tie is as far as it goes.
    """
    ego = scope.row.c.id
    first = scope.enter(ties)
    reached = select(
        first.c.other_id.label("member_id"),
        literal_column("1", Integer).label("distance"),
        first.c.strength.label("strength"),
    )
    depth = scope.arguments.value("depth", Integer(), _checked_depth)
    direct = reached.select_from(first.source).where(
        first.c.member_id == ego, depth >= literal_column("1"), *_seen(scope, first)
    )
    steps = [direct]
    if scope.viewer.kind.sees_insights:
        before, after = scope.enter(ties), scope.enter(ties)
        steps.append(
            select(
                after.c.other_id,
                literal_column("2", Integer),
                func.least(before.c.strength, after.c.strength, type_=REAL()),
            )
            .select_from(before.source.join(after.source, after.c.member_id == before.c.other_id))
            .where(
                before.c.member_id == ego,
                after.c.other_id != ego,
                *_seen(scope, before),
                *_seen(scope, after),
                depth >= literal_column("2"),
            )
        )
    found = scope.enter(union_all(*steps).subquery())
    other = scope.enter(members)
    nearest = func.min(found.c.distance)
    closest = (
        select(
            found.c.member_id.label("member_id"),
            nearest.label("distance"),
            func.max(found.c.strength).label("strength"),
        )
        .select_from(found.source.join(other.source, other.c.id == found.c.member_id))
        .where(*visible_members(other, scope.viewer).whole())
        .group_by(found.c.member_id)
        .order_by(nearest, func.max(found.c.strength).desc(), found.c.member_id)
        .limit(scope.arguments.value("first", Integer()))
    )
    kept = scope.enter(closest.subquery())
    order = kept.c.distance.asc(), kept.c.strength.desc(), kept.c.member_id.asc()
    listed = scope.enter(
        select(
            _array(aggregate_order_by(kept.c.member_id, *order), BigInteger()).label("members"),
            _array(aggregate_order_by(kept.c.distance, *order), Integer()).label("distances"),
        )
        .select_from(kept.source)
        .subquery()
    )
    return (
        select(
            func.array_prepend(ego, listed.c.members, type_=ARRAY(BigInteger)).label("everybody"),
            listed.c.members.label("members"),
            listed.c.distances.label("distances"),
        )
        .select_from(listed.source)
        .where(_own_or_insights(scope))
    )


def _array(listed: ColumnElement[Any], type_: Any) -> ColumnElement[Any]:
    array = ARRAY(type_)
    return func.coalesce(func.array_agg(listed, type_=array), literal_column("'{}'", array), type_=array)


def _own_or_insights(scope: Scope) -> ColumnElement[bool]:
    if scope.viewer.kind.sees_insights:
        return true()
    return scope.row.c.id == scope.viewer.member_id if scope.viewer.kind.signed_in else NOTHING


def _seen(scope: Scope, tie: Row) -> list[ColumnElement[Any]]:
    return visible_ties(tie, scope.viewer).whole()


def _checked_depth(depth: int) -> int:
    if not 1 <= depth <= DEEPEST:
        message = f"is {depth}; give 1 to {DEEPEST}."
        raise ValueError(message)
    return depth


def _nodes(scope: Scope) -> Source:
    """Draw on an ego network's members, the nearest first."""
    listed = func.unnest(scope.row.c.members, scope.row.c.distances).table_valued(
        "member_id", "distance", with_ordinality="place", name="listed"
    )
    columns = [
        literal_column("listed.member_id", BigInteger).label("member_id"),
        literal_column("listed.distance", Integer).label("distance"),
        literal_column("listed.place", BigInteger).label("place"),
    ]
    node = scope.enter(select(*columns).select_from(listed.render_derived(name="listed")).subquery())
    return Source(node, (by_number(node.c.place),), "near")


def _ties(scope: Scope) -> Source:
    """Draw on the ties among an ego network's members and the ego, the strongest first, each once."""
    tie = scope.enter(ties)
    among = [end == func.any(scope.row.c.everybody) for end in (tie.c.member_id, tie.c.other_id)]
    # A tie that both ends keep is told of from the smaller id; one that a member with many ties does not keep, from the other.
    back = scope.enter(strongest_ties)
    kept_by_both = (
        select(literal_column("1"))
        .select_from(back.source)
        .where(back.c.member_id == tie.c.other_id, tie.c.member_id == func.any(back.c.others))
        .exists()
    )
    once = or_(tie.c.member_id < tie.c.other_id, not_(kept_by_both))
    if not scope.viewer.kind.sees_insights:
        once = true()  # others' ties are not seen, so their ends cannot tell of it
    keys = (
        by_measure(tie.c.strength, descending=True),
        by_number(tie.c.member_id),
        by_number(tie.c.other_id),
    )
    return Source(tie, keys, "strongest", where=[*among, once])


@object_type
class EgoNode:
    """A member in another's network."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who it is.")
    distance: int = column("distance", "Over how many ties: 1 or 2.")


@object_type
class EgoNetwork:
    """The members around one, and how they are tied, for drawing."""

    nodes: list[EgoNode] = rows(_nodes, "The members, the nearest and most strongly tied first.", limit=100, long=True)
    ties: list[Tie] = rows(
        _ties, "The ties among them and the member, each once, the strongest first; at most 100.", limit=100, long=True
    )


def path_ties(scope: Scope) -> Source:
    """Draw on the ties along the shortest path between two members."""
    ends = [
        scope.arguments.value(name, BigInteger(), lambda written: id_of("member", written)) for name in ("from", "to")
    ]
    steps = func.unnest(func.tie_path(*ends, literal_column(str(LONGEST_PATH)))).table_valued(
        "member_id", with_ordinality="place", name="steps"
    )
    member_id = literal_column("steps.member_id", BigInteger)
    place = literal_column("steps.place", BigInteger)
    step = scope.enter(
        select(
            member_id.label("member_id"),
            func.lead(member_id, type_=BigInteger()).over(order_by=place).label("other_id"),
            place.label("place"),
        )
        .select_from(steps.render_derived(name="steps"))
        .subquery()
    )
    # The nearer end tells of the tie where it keeps it.
    nearer = _keeps(scope, step.c.member_id, step.c.other_id)
    path = scope.enter(
        select(
            case((nearer, step.c.member_id), else_=step.c.other_id).label("member_id"),
            case((nearer, step.c.other_id), else_=step.c.member_id).label("other_id"),
            step.c.place.label("place"),
        )
        .select_from(step.source)
        .subquery()
    )
    tie = scope.enter(ties)
    return Source(
        tie,
        (by_number(path.c.place), by_number(tie.c.member_id)),
        "path",
        where=[] if scope.viewer.kind.sees_insights else [NOTHING],
        joined=[(path, and_(tie.c.member_id == path.c.member_id, tie.c.other_id == path.c.other_id))],
    )


def _keeps(scope: Scope, member_id: ColumnElement[Any], other_id: ColumnElement[Any]) -> ColumnElement[bool]:
    kept = scope.enter(strongest_ties)
    return (
        select(literal_column("1"))
        .select_from(kept.source)
        .where(kept.c.member_id == member_id, other_id == func.any(kept.c.others))
        .exists()
    )
