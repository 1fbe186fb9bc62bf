"""Budgets, rewards, items and vouchers, made by the verbs that staff and promisers use."""

from __future__ import annotations

import itertools
from datetime import timedelta

from community.foundation.database import Connection, Database
from community.ledger.verifying import verify
from community.members.acting import Acting
from community.rewards.budgets import Budget, create_reward_budget
from community.rewards.granting import grant
from community.rewards.items import Item, create_reward_item
from community.rewards.promises import BadgeOf, Cause, PointsOf, Promise, TierOf, VoucherOf, promise
from community.rewards.redemptions import Redeeming, redeem_reward
from community.rewards.tables import POINTS
from community.rewards.verifying import differences
from community.rewards.vouchers import import_vouchers

_numbers = itertools.count(1)
What = PointsOf | BadgeOf | VoucherOf | TierOf


async def make_budget(
    database: Database, staff: Acting, amount: int = 1_000_000, *, per_member: int | None = None, unit: str = POINTS
) -> int:
    """Make a budget of points."""
    budget = Budget(f"预算 budget {next(_numbers)}", unit, amount, per_member)
    return await database.transact(lambda connection: create_reward_budget(connection, staff, budget))


async def promise_to(
    connection: Connection,
    member: Acting,
    budget_id: int,
    what: What | int,
    *,
    hold: timedelta = timedelta(),
    cause: int | None = None,
    earned: bool = True,
) -> int:
    """Promise a member something, points where a number says how many; return the reward's id."""
    promised = what if not isinstance(what, int) else PointsOf(what)
    named = Cause("test", cause or next(_numbers), "规则 rule", "REFERRER")
    return await promise(connection, Promise(member.member_id, named, promised, budget_id, hold, earned=earned))


async def make_reward(
    database: Database,
    member: Acting,
    budget_id: int,
    what: What | int = 100,
    *,
    granted: bool = True,
    hold: timedelta = timedelta(),
) -> int:
    """Promise a member something and, unless told otherwise, grant it; return the reward's id."""

    async def made(connection: Connection) -> int:
        reward_id = await promise_to(connection, member, budget_id, what, hold=hold)
        if granted:
            await grant(connection, reward_id)
        return reward_id

    return await database.transact(made)


async def make_item(database: Database, staff: Acting, price: int = 30, **others: object) -> int:
    """Offer something for points."""
    item = Item(**{"title": "茶杯 tea cup", "price": price, "body": "白瓷 **white**"} | others)  # type: ignore[arg-type] # by name
    return await database.transact(lambda connection: create_reward_item(connection, staff, item, webhook=True))


async def make_redemption(database: Database, member: Acting, item_id: int, key: str | None = None) -> int:
    """Let a member redeem their points."""
    return await database.transact(lambda connection: redeem_reward(connection, member, Redeeming(item_id, key)))


async def make_vouchers(database: Database, staff: Acting, *codes: str) -> int:
    """Bring codes into a pool of their own; return its id."""
    name = f"券 pool {next(_numbers)}"
    return (await database.transact(lambda connection: import_vouchers(connection, staff, name, codes))).pool_id


async def balance_of(database: Database, member: Acting) -> int:
    """Return how many points a member has, by the ledger."""
    async with database.reading() as connection:
        balance: int = await connection.raw.fetchval(
            "SELECT coalesce(sum(balance), 0)::bigint FROM ledger_account "
            "WHERE owner_kind = 'member' AND kind = 'POINTS' AND owner_id = $1",
            member.member_id,
        )
    return balance


async def lots_of(database: Database, member: Acting) -> list[int]:
    """Return what is left of a member's lots, the oldest first."""
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            "SELECT remaining FROM point_lot WHERE member_id = $1 ORDER BY id", member.member_id
        )
    return [row["remaining"] for row in rows]


async def all_in_order(database: Database) -> None:
    """Check that budgets, lots, stock, vouchers and balances are what a recount finds, and the ledger what it must be."""
    async with database.reading() as connection:
        assert await differences(connection) == []
        assert (await verify(connection)).problems == ()
