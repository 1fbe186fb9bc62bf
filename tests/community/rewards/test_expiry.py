"""Points expire by lots, once."""

from __future__ import annotations

from datetime import timedelta

from community.foundation.database import Database
from community.members.roles import Role
from community.rewards import granting
from community.rewards.promises import PointsOf
from tests.factories.discussions import make_acting
from tests.factories.rewards import all_in_order, balance_of, lots_of, make_budget, make_reward


async def test_what_nobody_spent_in_time_expires_once_and_is_not_taken_again_when_its_reward_is_reversed(
    database: Database,
) -> None:
    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    budget = await make_budget(database, staff)
    reward = await make_reward(database, member, budget, PointsOf(100, timedelta(days=1)))
    await make_reward(database, member, budget, 7)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE point_lot SET expires_at = now() WHERE expires_at IS NOT NULL")

    await granting.see_to(database)
    await granting.see_to(database)

    assert (await balance_of(database, member), await lots_of(database, member)) == (7, [0, 7])
    await all_in_order(database)
    await database.transact(lambda connection: granting.reverse_reward(connection, reward, "错 wrong"))
    assert (await balance_of(database, member), await lots_of(database, member)) == (7, [0, 7])
    await all_in_order(database)
