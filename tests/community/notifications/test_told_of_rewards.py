"""Members are told of friends whom they brought, and of what becomes of their rewards, once and as they want it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.notifications.kinds import NotificationKind
from community.notifications.reading import update_notification_preferences
from community.referrals.attribution import Brought, claim_referral
from community.referrals.programs import Step
from community.referrals.steps import reach
from community.rewards import granting
from community.rewards.expiring import announce_expiring
from community.rewards.moving import hold_for_review, reject
from community.rewards.promises import PointsOf, VoucherOf
from community.rewards.redemptions import cancel_redemption, fulfil_redemption
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.notifications import Told, catch_up, kinds_told, told
from tests.factories.referrals import claim, make_code, make_program, read_log
from tests.factories.rewards import make_budget, make_item, make_redemption, make_reward, make_vouchers

FORTNIGHT = timedelta(days=14)


@pytest.fixture
async def staff(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


@pytest.fixture
async def member(database: Database) -> Acting:
    return await make_acting(database)


def of(kind: str, subject: str | None, *actors: Acting) -> Told:
    """Return a notification as it is told."""
    return Told(kind, subject, frozenset(each.member_id for each in actors), len(actors), read=False)


async def test_who_brought_a_friend_is_told_that_they_joined_and_that_they_came_all_the_way(
    database: Database, staff: Acting, member: Acting
) -> None:
    friend = await make_acting(database)
    program = await make_program(database, staff, steps=(Step("FIRST_POST"),))
    referral = await claim(database, friend, await make_code(database, member, program))
    await catch_up(database)
    joined = of("FRIEND_JOINED", f"referral_{referral}", friend)
    assert await told(database, member.member_id) == [joined]

    await make_post(database, friend, await make_space(database), body="第一次写")
    await read_log(database)
    await read_log(database)
    await catch_up(database)

    assert sorted(await told(database, member.member_id), key=lambda each: each.kind) == [
        joined,
        of("REFERRAL_QUALIFIED", f"referral_{referral}", friend),
    ]
    assert await told(database, friend.member_id) == [], "they know what they did"


async def test_friends_who_are_brought_in_from_a_file_or_by_the_brand_are_told_of_to_nobody(
    database: Database, staff: Acting, member: Acting
) -> None:
    long_since, newcomer = await make_acting(database), await make_acting(database)
    program = await make_program(database, staff)
    code = await make_code(database, member, program)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE referral_program SET starts_at = now() - interval '9 days'")
        await connection.raw.execute("UPDATE member SET joined_at = now() - interval '5 days'")
        await connection.raw.execute("UPDATE account SET email_verified_at = now() - interval '5 days'")
        past = datetime.now(UTC) - timedelta(days=4)
        brought = Brought(code, source="IMPORTED")
        await claim_referral(connection, long_since.member_id, brought, claimed_at=past)
        await reach(connection, [long_since.member_id])
        assert await connection.raw.fetchval("SELECT qualified_at FROM referral") == past
    await claim(database, newcomer, await make_code(database, staff, program, "CAMPAIGN"))

    await catch_up(database)

    assert [await kinds_told(database, each.member_id) for each in (member, staff, newcomer)] == [[], [], []]


async def test_a_member_is_told_what_becomes_of_their_rewards_and_not_of_what_is_on_its_way(
    database: Database, staff: Acting, member: Acting
) -> None:
    budget = await make_budget(database, staff)
    pool = await make_vouchers(database, staff, "春茶-1")
    waiting = await make_reward(database, member, budget, hold=timedelta(days=3), granted=False)
    await database.transact(lambda connection: hold_for_review(connection, waiting, "看看 look"))
    await catch_up(database)
    assert await told(database, member.member_id) == [], "held, and under review"

    await database.transact(lambda connection: reject(connection, waiting, "不行 no", rejected_by=staff.member_id))
    granted = await make_reward(database, member, budget)
    voucher = await make_reward(database, member, budget, VoucherOf(pool))
    await database.transact(lambda connection: granting.reverse_reward(connection, granted, "错 wrong"))
    await catch_up(database)

    assert {(each.kind, each.subject) for each in await told(database, member.member_id)} == {
        ("REWARD_REJECTED", f"reward_{waiting}"),
        ("REWARD_GRANTED", f"reward_{granted}"),
        ("VOUCHER_GIVEN", f"reward_{voucher}"),
        ("REWARD_REVERSED", f"reward_{granted}"),
    }
    assert all(each.count == 0 for each in await told(database, member.member_id)), "nobody of staff is named"


async def test_what_was_redeemed_is_told_when_it_is_there_or_called_off(
    database: Database, staff: Acting, member: Acting
) -> None:
    reward = await make_reward(database, member, await make_budget(database, staff), 100)
    cup = await make_item(database, staff, 30)
    code = await make_item(
        database, staff, 10, fulfilment="VOUCHER", pool_id=await make_vouchers(database, staff, "茶券")
    )
    there, off = [await make_redemption(database, member, cup) for _ in range(2)]
    await make_redemption(database, member, code)
    await database.transact(lambda c: fulfil_redemption(c, staff, there, note="寄出 sent"))
    await database.transact(lambda c: cancel_redemption(c, staff, off, reason="没有了 none left"))
    await catch_up(database)

    found = await told(database, member.member_id)

    assert {(each.kind, each.subject) for each in found} == {
        ("REWARD_GRANTED", f"reward_{reward}"),
        ("REDEMPTION_FULFILLED", f"redemption_{there}"),
        ("REDEMPTION_CANCELLED", f"redemption_{off}"),
    }, "and a voucher is in the answer already"


async def test_points_that_expire_soon_are_told_of_once_and_together(
    database: Database, staff: Acting, member: Acting
) -> None:
    budget = await make_budget(database, staff)
    for days in (3, 13, 15):
        await make_reward(database, member, budget, PointsOf(10, timedelta(days=days)))
    await make_reward(database, member, budget, 10)

    assert await announce_expiring(database, FORTNIGHT) == 2
    assert await announce_expiring(database, FORTNIGHT) == 0
    await catch_up(database)

    found = [each for each in await told(database, member.member_id) if each.kind == "POINTS_EXPIRING"]
    assert found == [of("POINTS_EXPIRING", None)]


async def test_points_that_are_spent_or_over_are_not_told_of(database: Database, staff: Acting, member: Acting) -> None:
    budget = await make_budget(database, staff)
    for _ in range(2):
        await make_reward(database, member, budget, PointsOf(10, timedelta(days=3)))
    await make_redemption(database, member, await make_item(database, staff, 10))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE point_lot SET expires_at = now() WHERE remaining > 0")

    assert await announce_expiring(database, FORTNIGHT) == 0


async def test_who_does_not_want_to_be_told_of_a_kind_is_not(database: Database, staff: Acting, member: Acting) -> None:
    unwanted = {NotificationKind.REWARD_GRANTED: False, NotificationKind.FRIEND_JOINED: False}
    await database.transact(lambda c: update_notification_preferences(c, member.member_id, unwanted))
    friend = await make_acting(database)
    await claim(database, friend, await make_code(database, member, await make_program(database, staff)))
    reward = await make_reward(database, member, await make_budget(database, staff))
    await database.transact(lambda connection: granting.reverse_reward(connection, reward, "错 wrong"))

    await read_log(database)
    await catch_up(database)

    assert set(await kinds_told(database, member.member_id)) == {"REFERRAL_QUALIFIED", "REWARD_REVERSED"}
