"""What the lists and connections of rewards draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, and_, case, cast, func, literal_column, or_, select

from api.node import id_of
from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.ledger.tables import accounts, entries, transactions
from community.members.tables import badges
from community.rewards.tables import (
    member_tiers,
    point_lots,
    redemptions,
    reward_budgets,
    reward_items,
    reward_moves,
    rewards,
    voucher_pools,
    vouchers,
)
from community.rewards.visibility import runs_rewards

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_FALSE: ColumnElement[Any] = literal_column("false")
_NULL: ColumnElement[Any] = literal_column("NULL::bigint")
MOST_COUNTED = 100_000


def staff(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer runs rewards."""
    return literal_column("true" if runs_rewards(scope.viewer) else "false")


def all_rewards(scope: Scope) -> Source:
    """Draw on rewards, the latest first."""
    reward = scope.enter(rewards)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if given.get("state") is not None:
        where.append(reward.c.state == literal(given["state"].value))
    if given.get("under_review") is not None:
        waits = reward.c.review_since.is_not(None)
        where.append(waits if given["under_review"] else reward.c.review_since.is_(None))
    if given.get("member") is not None:
        where.append(
            reward.c.member_id == scope.arguments.value("filter.member", BigInteger(), lambda id_: id_of("member", id_))
        )
    if given.get("budget") is not None:
        budget = scope.arguments.value("filter.budget", BigInteger(), lambda id_: id_of("reward_budget", id_))
        where.append(reward.c.budget_id == budget)
    return Source(reward, (by_number(reward.c.id, descending=True),), "new", where=where)


def all_items(scope: Scope) -> Source:
    """Draw on what is offered for points, the latest first."""
    item = scope.enter(reward_items)
    where: list[ColumnElement[Any]] = []
    if (scope.arguments.shape("filter") or {}).get("active") is not None:
        active = and_(
            item.c.active_from <= func.now(),
            or_(item.c.active_until.is_(None), item.c.active_until > func.now()),
        )
        where.append(active if scope.arguments.shape("filter")["active"] else ~active)
    keys = by_time(item.c.created_at, descending=True), by_number(item.c.id, descending=True)
    return Source(item, keys, "new", where=where)


def all_budgets(scope: Scope) -> Source:
    """Draw on budgets, the latest first."""
    budget = scope.enter(reward_budgets)
    return Source(budget, (by_number(budget.c.id, descending=True),), "new")


def all_pools(scope: Scope) -> Source:
    """Draw on pools of vouchers, the latest first."""
    pool = scope.enter(voucher_pools)
    return Source(pool, (by_number(pool.c.id, descending=True),), "new")


def moves_of(scope: Scope) -> Source:
    """Draw on a reward's moves, in order."""
    move = scope.enter(reward_moves)
    return Source(move, (by_number(move.c.id),), "moved", where=[move.c.reward_id == scope.row.c.id])


def lot_of(scope: Scope) -> Any:
    """Return the lot of a reward's points."""
    lot = point_lots.alias()
    return select(lot.c.amount, lot.c.remaining, lot.c.unit, lot.c.granted_at, lot.c.expires_at).where(
        lot.c.reward_id == scope.row.c.id
    )


def redemptions_of_item(scope: Scope) -> Source:
    """Draw on an item's redemptions, the latest first."""
    redemption = scope.enter(redemptions)
    where = [redemption.c.item_id == scope.row.c.id]
    return Source(redemption, (by_number(redemption.c.id, descending=True),), "new", where=where)


def name_of_pool(scope: Scope) -> Any:
    """Return the name of a voucher's pool."""
    pool = voucher_pools.alias()
    return select(pool.c.name).where(pool.c.id == scope.row.c.pool_id).scalar_subquery()


def codes_left(scope: Scope) -> Any:
    """Return how many codes of a pool nobody has, counted so far and no further."""
    voucher = vouchers.alias()
    some = (
        select(literal_column("1"))
        .where(voucher.c.pool_id == scope.row.c.id, voucher.c.given_at.is_(None))
        .limit(literal_column(str(MOST_COUNTED)))
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def item_viewer_left(scope: Scope) -> Any:
    """Return how many more of an item the viewer may have."""
    if not scope.viewer.kind.signed_in:
        return literal_column("NULL::integer")
    redemption = redemptions.alias()
    had = (
        select(func.count())
        .where(
            redemption.c.item_id == scope.row.c.id,
            redemption.c.member_id == scope.viewer.member_id,
            redemption.c.state != literal("CANCELLED"),
        )
        .scalar_subquery()
    )
    return func.greatest(scope.row.c.per_member - had, case((scope.row.c.per_member.is_not(None), literal_column("0"))))


def current_tier(member_id: Any) -> Any:
    """Return the id of a member's tier: the latest granted of those that last."""
    tier = member_tiers.alias()
    return (
        select(tier.c.id)
        .where(
            tier.c.member_id == member_id,
            tier.c.ended_at.is_(None),
            or_(tier.c.until.is_(None), tier.c.until > func.now()),
        )
        .order_by(tier.c.id.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )


def own_balance(scope: Scope) -> Any:
    """Return the viewer's balance of a unit, as the one row that it is."""
    unit = scope.arguments.value("unit", Text(), _checked_unit)
    account = accounts.alias()
    return select(
        cast(func.coalesce(func.sum(account.c.balance), literal_column("0")), BigInteger).label("amount"),
        cast(unit, Text).label("currency"),
    ).where(
        account.c.owner_kind == literal("member"),
        account.c.owner_id == scope.viewer.member_id,
        account.c.kind == literal("POINTS"),
        account.c.unit == unit,
    )


def own_lots(scope: Scope) -> Source:
    """Draw on the viewer's lots of which something is left, the oldest first: in the order in which they are spent."""
    lot = scope.enter(point_lots)
    where = [lot.c.member_id == scope.viewer.member_id, lot.c.remaining > literal_column("0")]
    return Source(lot, (by_number(lot.c.id),), "spent", where=where)


def own_statement(scope: Scope) -> Source:
    """Draw on what was booked on the viewer's accounts of points, the latest first."""
    entry, account, booked = entries.alias(), accounts.alias(), transactions.alias()
    line = scope.enter(
        select(
            entry.c.id,
            entry.c.position,
            entry.c.amount,
            entry.c.balance_after,
            entry.c.unit,
            booked.c.kind,
            booked.c.subject_kind,
            booked.c.subject_id,
            booked.c.booked_at,
        )
        .select_from(
            entry.join(account, account.c.id == entry.c.account_id).join(booked, booked.c.id == entry.c.transaction_id)
        )
        .where(
            account.c.owner_kind == literal("member"),
            account.c.owner_id == scope.viewer.member_id,
            account.c.kind == literal("POINTS"),
        )
        .subquery()
    )
    return Source(line, (by_number(line.c.id, descending=True),), "booked")


def own_rewards(scope: Scope) -> Source:
    """Draw on the viewer's rewards, the latest first."""
    reward = scope.enter(rewards)
    where: list[ColumnElement[Any]] = [reward.c.member_id == scope.viewer.member_id]
    if (state := scope.arguments.shape("state")) is not None:
        where.append(reward.c.state == literal(state.value))
    return Source(reward, (by_number(reward.c.id, descending=True),), "new", where=where)


def own_redemptions(scope: Scope) -> Source:
    """Draw on the viewer's redemptions, the latest first."""
    return _own(scope, redemptions)


def own_vouchers(scope: Scope) -> Source:
    """Draw on the viewer's vouchers, those that came into the shop's pool last first."""
    return _own(scope, vouchers)


def own_badges(scope: Scope) -> Source:
    """Draw on the viewer's badges, the latest first."""
    badge = scope.enter(badges)
    keys = by_time(badge.c.awarded_at, descending=True), by_number(badge.c.id, descending=True)
    return Source(badge, keys, "new", where=[badge.c.member_id == scope.viewer.member_id])


def _own(scope: Scope, table: Any) -> Source:
    row = scope.enter(table)
    where = [row.c.member_id == scope.viewer.member_id]
    return Source(row, (by_number(row.c.id, descending=True),), "new", where=where)


def _checked_unit(written: object) -> str:
    unit = str(written)
    if not (2 <= len(unit) <= 12 and unit.isascii() and unit.isalpha() and unit.isupper()):  # noqa: PLR2004 - as a unit is
        raise ValueError("a unit is 2 to 12 capital letters, such as POINTS.")
    return unit
