"""One that cannot be done holds up nothing else, and no name that staff choose is in a feature's way."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.roles import Role
from community.referrals.programs import RewardRule, Step
from community.rewards import granting
from community.rewards.budgets import Budget, create_reward_budget
from community.rewards.errors import BudgetNameTaken
from community.rewards.items import update_reward_item
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.referrals import claim, make_code, make_program, read_log
from tests.factories.rewards import all_in_order, balance_of, make_budget, make_item, make_redemption, make_reward

HELD_UP = "SELECT FROM ledger_account WHERE owner_kind = 'member' AND owner_id = $1 FOR UPDATE"


async def test_whose_points_are_held_by_another_holds_up_nobody_else(database: Database, database_url: str) -> None:
    staff = await make_acting(database, roles=(Role.MARKETER,))
    held_up, other = await make_acting(database), await make_acting(database)
    budget = await make_budget(database, staff)
    await make_reward(database, held_up, budget, 10)  # it has an account now
    for member in (held_up, other):
        await make_reward(database, member, budget, 10, granted=False)
    clock = await Database.connect(database_url, maximum=2, lock_within=0.2)

    async with database.writing() as connection:
        await connection.raw.execute(HELD_UP, held_up.member_id)
        done = await granting.see_to(clock)
        assert (done, await balance_of(database, other)) == (1, 10)
    assert await granting.see_to(clock) == 1
    await clock.close()

    assert await balance_of(database, held_up) == 20
    await all_in_order(database)


@pytest.mark.parametrize("name", ["referral_program_1", "backing_campaign_7"])
async def test_no_budget_of_staff_has_a_name_that_a_feature_may_keep_one_by(database: Database, name: str) -> None:
    staff = await make_acting(database, roles=(Role.MARKETER,))

    with pytest.raises(BudgetNameTaken):
        await database.transact(lambda connection: create_reward_budget(connection, staff, Budget(name, "EUR", 5)))

    mei, kai = await make_acting(database), await make_acting(database)
    post = Step("FIRST_POST")
    rules = (RewardRule(post, "REFERRER", "POINTS", 100),)
    program = await make_program(database, staff, steps=(post,), rewards=rules)
    await claim(database, kai, await make_code(database, mei, program))
    await make_post(database, kai, await make_space(database))
    await read_log(database)
    assert await value(database, "SELECT count(*) FROM reward") == 1


async def test_an_item_that_is_offered_for_other_points_adds_up_in_both(database: Database) -> None:
    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    await make_reward(database, member, await make_budget(database, staff), 100)
    item = await make_item(database, staff, 30)
    await make_redemption(database, member, item)

    await database.transact(lambda c: update_reward_item(c, staff, item, {"unit": "STARS"}, webhook=False))

    await all_in_order(database)
