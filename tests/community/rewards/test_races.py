"""What many do at once: stock, budgets and points hold, however many ask."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.members.roles import Role
from community.rewards.granting import grant
from tests.factories.discussions import make_acting, value
from tests.factories.rewards import (
    all_in_order,
    balance_of,
    make_budget,
    make_item,
    make_redemption,
    make_reward,
    make_vouchers,
    promise_to,
)


async def outcomes(attempts: list[Awaitable[int]]) -> Counter[str]:
    """Do all at once; return how many were done and how many refused, by their codes."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException) and not isinstance(each, Refusal):
            raise each
    return Counter(each.code if isinstance(each, Refusal) else "DONE" for each in ended)


async def test_two_hundred_redemptions_at_once_of_a_stock_of_twenty_five_are_twenty_five(database: Database) -> None:
    staff = await make_acting(database, roles=(Role.MARKETER,))
    members = [await make_acting(database) for _ in range(40)]
    budget = await make_budget(database, staff)
    for member in members:
        await make_reward(database, member, budget, 100)
    item = await make_item(database, staff, 30, stock=25)

    came = await outcomes([make_redemption(database, members[number % 40], item) for number in range(200)])

    assert came["DONE"] == 25
    assert set(came) <= {"DONE", "ITEM_SOLD_OUT", "INSUFFICIENT_BALANCE"}
    assert await value(database, "SELECT taken FROM reward_item") == 25
    await all_in_order(database)


async def test_points_are_not_spent_twice_however_many_redemptions_a_member_asks_for_at_once(
    database: Database,
) -> None:
    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    budget = await make_budget(database, staff)
    for _ in range(5):
        await make_reward(database, member, budget, 20)
    items = [await make_item(database, staff, 30) for _ in range(4)]

    came = await outcomes([make_redemption(database, member, items[number % 4]) for number in range(40)])

    assert came == {"DONE": 3, "INSUFFICIENT_BALANCE": 37}
    assert await balance_of(database, member) == 10
    await all_in_order(database)


async def test_two_hundred_promises_at_once_against_a_budget_of_thirty_are_thirty(database: Database) -> None:
    staff = await make_acting(database, roles=(Role.MARKETER,))
    members = [await make_acting(database) for _ in range(20)]
    budget = await make_budget(database, staff, 300, per_member=20)

    async def promised(number: int) -> int:
        return await database.transact(lambda connection: promise_to(connection, members[number % 20], budget, 10))

    came = await outcomes([promised(number) for number in range(200)])

    assert came["DONE"] == 30
    assert await value(database, "SELECT spent FROM reward_budget") == 300
    assert await value(database, "SELECT max(spent) FROM reward_share") == 20
    await all_in_order(database)


async def test_a_cause_that_is_told_many_times_at_once_earns_once_and_is_granted_once(database: Database) -> None:
    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    budget = await make_budget(database, staff)
    told = await asyncio.gather(
        *(
            database.transact(lambda connection: promise_to(connection, member, budget, 10, cause=7_000_001))
            for _ in range(30)
        )
    )
    (reward,) = set(told)

    async def granted() -> int:
        await database.transact(lambda connection: grant(connection, reward))
        return reward

    came = await outcomes([granted() for _ in range(30)])

    assert came == {"DONE": 1, "REWARD_NOT_MOVABLE": 29}
    assert await balance_of(database, member) == 10
    await all_in_order(database)


async def test_each_voucher_is_given_once_however_many_want_one(database: Database) -> None:
    staff = await make_acting(database, roles=(Role.MARKETER,))
    members = [await make_acting(database) for _ in range(30)]
    budget = await make_budget(database, staff)
    for member in members:
        await make_reward(database, member, budget, 100)
    pool = await make_vouchers(database, staff, *(f"茶{number}" for number in range(10)))
    item = await make_item(database, staff, 10, fulfilment="VOUCHER", pool_id=pool)

    came = await outcomes([make_redemption(database, member, item) for member in members])

    assert came == {"DONE": 10, "NO_VOUCHER_LEFT": 20}
    assert await value(database, "SELECT count(DISTINCT redemption_id) FROM voucher") == 10
    await all_in_order(database)
