"""What the lists and objects of product tests draw on."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry
from sqlalchemy import BigInteger, Double, Select, and_, case, cast, func, literal_column, null, select

from api.members.deeds import free_to
from api.reading.cursors import by_number
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.cocreation.product_tests.tables import (
    favourites,
    participants,
    pre_orders,
    product_tests,
    variant_tallies,
    variants,
    votes,
)
from community.cocreation.product_tests.tallies import COUNTED
from community.discussions.tables import comments, spaces
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

FEWEST_TOLD = 5
"""Of how many who took part at least members are told totals: of fewer, these would tell who did what."""


@strawberry.enum(description="In which order variants are listed.")
class VariantOrder(Enum):
    """In which order variants are listed."""

    LISTED = strawberry.enum_value("LISTED", description="As they were given.")
    SHUFFLED = strawberry.enum_value(
        "SHUFFLED",
        description="In an order of the viewer's own, the same each time: over all members no variant stands first more "
        "often than others. For who is signed out, as they were given: shuffle them in the client.",
    )


def variants_of(scope: Scope) -> Source:
    """Draw on a test's variants."""
    variant = scope.enter(variants)
    where = [variant.c.product_test_id == scope.row.c.id]
    if scope.arguments.shape("order") is VariantOrder.SHUFFLED and scope.viewer.kind.signed_in:
        drawn = cast(func.hashint8extended(variant.c.id, scope.viewer.member_id), BigInteger)
        return Source(variant, (by_number(drawn), by_number(variant.c.id)), "shuffled", where=where, inherits=True)
    return Source(variant, (by_number(variant.c.position),), "position", where=where, inherits=True)


def may_take_part(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can favour, vote and pre-order now."""
    viewer = scope.viewer
    if not (viewer.kind.signed_in and viewer.kind.writes):
        return literal_column("false")
    space = spaces.alias()
    archived: Any = select(space.c.archived_at.is_(None)).where(space.c.id == scope.row.c.space_id).scalar_subquery()
    return and_(scope.row.c.state == literal("OPEN"), archived, free_to(scope, Deed.VOTE))


def own_favourite(scope: Scope) -> ColumnElement[Any]:
    """Return whether a variant is one of the viewer's favourites."""
    return _own(scope, favourites, lambda mark: mark.c.variant_id == scope.row.c.id)


def own_vote(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer's vote is for a variant."""
    return _own(scope, votes, lambda mark: mark.c.variant_id == scope.row.c.id)


def _own(scope: Scope, table: Any, which: Callable[[Any], ColumnElement[Any]]) -> ColumnElement[Any]:
    if not scope.viewer.kind.signed_in:
        return literal_column("false")
    mark = table.alias()
    found: Any = select(literal_column("1")).where(which(mark), mark.c.member_id == scope.viewer.member_id)
    return found.exists()  # type: ignore[no-any-return] # SQLAlchemy's own


def own_pre_order(scope: Scope) -> ColumnElement[Any]:
    """Return how many of a variant the viewer has pre-ordered; null for none."""
    if not scope.viewer.kind.signed_in:
        return cast(null(), BigInteger)
    order = pre_orders.alias()
    own = order.c.member_id == scope.viewer.member_id
    return select(order.c.quantity).where(order.c.variant_id == scope.row.c.id, own).scalar_subquery()


def voted_variant(scope: Scope) -> ColumnElement[Any]:
    """Return the variant that the viewer votes for in a test; null for none."""
    if not scope.viewer.kind.signed_in:
        return cast(null(), BigInteger)
    vote = votes.alias()
    own = vote.c.member_id == scope.viewer.member_id
    return select(vote.c.variant_id).where(vote.c.product_test_id == scope.row.c.id, own).scalar_subquery()


def participant_count(scope: Scope) -> ColumnElement[Any]:
    """Return how many took part in a test."""
    return _participants(scope.row.c.id)


def _participants(test_id: ColumnElement[Any], most: int | None = None) -> ColumnElement[Any]:
    member = participants.alias()
    some: Select[Any] = select(literal_column("1").label("one")).where(member.c.product_test_id == test_id)
    if most is not None:
        some = some.limit(literal_column(str(most)))
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def totals_of(scope: Scope) -> Select[Any]:
    """Make a variant's totals for members: where its test tells them, and enough took part."""
    test = product_tests.alias()
    told = (
        select(test.c.show_totals)
        .where(test.c.id == scope.row.c.product_test_id, test.c.state != literal("DRAFT"))
        .scalar_subquery()
    )
    enough = _participants(scope.row.c.product_test_id, FEWEST_TOLD) >= literal_column(str(FEWEST_TOLD))
    return _summed(scope).having(and_(told, enough))


def funnel_of(scope: Scope) -> Select[Any]:
    """Make all totals of a variant, for who may see insights."""
    comment = comments.alias()
    replies = select(comment.c.reply_count).where(comment.c.id == scope.row.c.comment_id).scalar_subquery()
    seen: ColumnElement[Any] = literal_column("true" if scope.viewer.kind.sees_insights else "false")
    return _summed(scope).add_columns(func.coalesce(replies, literal_column("0")).label("comments")).having(seen)


def _summed(scope: Scope) -> Select[Any]:
    tally = variant_tallies.alias()
    sums: list[Any] = [
        cast(func.coalesce(func.sum(getattr(tally.c, name)), literal_column("0")), BigInteger).label(name)
        for name in COUNTED
    ]
    return select(*sums).where(tally.c.variant_id == scope.row.c.id)


def seconds_each(scope: Scope) -> ColumnElement[Any]:
    """Return for how many seconds a variant was looked at in a viewing; null where there was none."""
    viewings = cast(scope.row.c.viewings, Double)
    return case((viewings > literal_column("0"), scope.row.c.dwell_ms / literal_column("1000.0") / viewings))


def priced(column: str) -> Callable[[Scope], Select[Any]]:
    """Return a query of an amount that a variant's column holds, with its test's currency."""

    def query(scope: Scope) -> Select[Any]:
        test = product_tests.alias()
        amount = getattr(scope.row.c, column)
        return select(amount.label("amount"), test.c.currency.label("currency")).where(
            test.c.id == scope.row.c.product_test_id, amount.is_not(None)
        )

    return query


def insights(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer may see insights."""
    return literal_column("true" if scope.viewer.kind.sees_insights else "false")
