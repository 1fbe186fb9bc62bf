"""From a friend's step to what it earns: promised once, judged, held, granted, and said why where it is not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.referrals.jobs import HANDLERS
from community.referrals.programs import RewardRule, Step
from community.referrals.rewarding import ask_for_judging
from community.referrals.steps import reach
from community.rewards import granting
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.referrals import claim, make_code, make_program, read_log
from tests.factories.rewards import all_in_order

FIRST_POST = Step("FIRST_POST")
POINTS_AND_BADGE = (
    RewardRule(FIRST_POST, "REFERRER", "POINTS", 100),
    RewardRule(FIRST_POST, "REFEREE", "BADGE", 1, "新朋友 Newcomer"),
)
ASKED = """query($id: ID!) { referral(id: $id) { qualifiedAt unrewarded { side kind reason }
    rewards { id state underReview reason name points { amount } member { id } } } }"""


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def aged(database: Database, *members: Acting) -> None:
    """Make members such as joined some days ago, one hours after the other, and have been seen since."""
    async with database.writing() as connection:
        for hours, member in enumerate(members):
            await connection.raw.execute(
                "UPDATE member SET joined_at = now() - interval '9 days' + $2 * interval '7 hours' WHERE id = $1",
                *(member.member_id, hours),
            )
            await connection.raw.execute(
                "UPDATE account SET email_verified_at = now() - interval '8 days' + $2 * interval '7 hours' WHERE member_id = $1",
                *(member.member_id, hours),
            )


async def judged_and_granted(database: Database) -> None:
    """Have the log read, what is promised judged, and what is due granted: as servers and workers do by themselves."""
    await read_log(database)
    async with database.writing() as connection:
        await ask_for_judging(connection)
    await jobs.work(database, HANDLERS)
    await granting.see_to(database)


async def read(graphql: Client, referral: int, member: Acting | None) -> Any:
    return (await graphql(ASKED, {"id": f"referral_{referral}"}, as_=member))["referral"]


async def balance(graphql: Client, member: Acting) -> str:
    asked = '{ viewer { rewards { balance(unit: "POINTS") { amount } } } }'
    return str((await graphql(asked, as_=member))["viewer"]["rewards"]["balance"]["amount"])


async def test_a_friends_first_post_earns_points_and_a_badge_once(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    mei, kai = [await make_acting(database) for _ in range(2)]
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=POINTS_AND_BADGE)
    referral = await claim(database, kai, await make_code(database, mei, program))
    await aged(database, mei, kai)
    assert (await read(graphql, referral, mei))["rewards"] == [], "nothing before the step"

    await make_post(database, kai, await make_space(database))
    await judged_and_granted(database)
    await asyncio.gather(*(database.transact(lambda c: reach(c, [kai.member_id])) for _ in range(8)))
    await judged_and_granted(database)

    assert await balance(graphql, mei) == "100"
    seen = {
        name: [(each["state"], each["name"], each["points"] and each["points"]["amount"]) for each in found["rewards"]]
        for name, found in {
            "referrer": await read(graphql, referral, mei),
            "newcomer": await read(graphql, referral, kai),
            "marketer": await read(graphql, referral, marketer),
        }.items()
    }
    assert seen == {
        "referrer": [("GRANTED", None, "100")],
        "newcomer": [("GRANTED", "新朋友 Newcomer", None)],
        "marketer": [("GRANTED", None, "100"), ("GRANTED", "新朋友 Newcomer", None)],
    }
    assert await read(graphql, referral, await make_acting(database)) is None
    await all_in_order(database)


async def test_caps_and_budgets_hold_and_say_so(graphql: Client, database: Database, marketer: Acting) -> None:
    mei = await make_acting(database)
    friends = [await make_acting(database) for _ in range(6)]
    space = await make_space(database)
    capped = await make_program(database, marketer, steps=(FIRST_POST,), rewards=POINTS_AND_BADGE[:1], rewarded_each=2)
    budgeted = await make_program(
        database, marketer, steps=(FIRST_POST,), rewards=POINTS_AND_BADGE[:1], budget=150, currency="CNY"
    )
    codes = [await make_code(database, mei, program) for program in (capped, budgeted)]
    referrals = [await claim(database, friend, codes[place // 3]) for place, friend in enumerate(friends)]
    await aged(database, mei, *friends)

    for friend in friends:
        await make_post(database, friend, space)
    await judged_and_granted(database)

    found = [await read(graphql, referral, mei) for referral in referrals]
    assert [len(each["rewards"]) for each in found] == [1, 1, 0, 1, 0, 0]
    assert "2 referrals, which is the most" in found[2]["unrewarded"][0]["reason"]
    assert all(each["unrewarded"][0]["side"] == "REFERRER" for each in (found[2], found[4], found[5]))
    assert await value(database, "SELECT max(spent) FROM reward_budget WHERE amount = 150") == 100
    await all_in_order(database)


async def test_what_looks_made_up_waits_for_somebody_with_the_evidence(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    mei = await make_acting(database)
    friends = [await make_acting(database) for _ in range(4)]
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=POINTS_AND_BADGE[:1])
    code = await make_code(database, mei, program)
    async with database.writing() as connection:
        for number, member in enumerate((mei, *friends)):
            await connection.raw.execute(
                "UPDATE account SET email = $2 WHERE member_id = $1", member.member_id, f"lin.mei+{number}@gmail.com"
            )
    referrals = [await claim(database, friend, code) for friend in friends]
    space = await make_space(database)
    for friend in friends:
        await make_post(database, friend, space)

    await judged_and_granted(database)

    found = [await read(graphql, referral, marketer) for referral in referrals]
    assert await balance(graphql, mei) == "0"
    states = {each["rewards"][0]["state"] for each in found}
    assert states <= {"HELD", "REJECTED"}
    reason = found[0]["rewards"][0]["reason"]
    assert "mailbox" in reason, reason
    refused = await graphql.change(
        "reviewReferral", "decided", as_=mei, referral=f"referral_{referrals[0]}", decision="GRANT", reason="我的"
    )
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("decision", "points"), [("GRANT", "100"), ("REJECT", "0")])
async def test_who_runs_campaigns_decides_on_what_is_held(
    graphql: Client, database: Database, marketer: Acting, decision: str, points: str
) -> None:
    mei, kai = [await make_acting(database) for _ in range(2)]
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=POINTS_AND_BADGE[:1], hold_days=30)
    referral = await claim(database, kai, await make_code(database, mei, program))
    await aged(database, mei, kai)
    await make_post(database, kai, await make_space(database))
    await judged_and_granted(database)
    assert (await read(graphql, referral, mei))["rewards"][0]["state"] == "HELD", "for thirty days"

    done = await graphql.change(
        "reviewReferral",
        "decided referral { rewards { state reason } }",
        as_=marketer,
        referral=f"referral_{referral}",
        decision=decision,
        reason="看过了",
    )
    again = await graphql.change(
        "reviewReferral", "decided", as_=marketer, referral=f"referral_{referral}", decision=decision, reason="再看"
    )

    assert (done["userErrors"], done["decided"]) == ([], 1)
    assert done["referral"]["rewards"][0]["reason"] == "看过了"
    assert again["userErrors"][0]["code"] == "REFERRAL_NOT_HELD"
    assert await balance(graphql, mei) == points
    await all_in_order(database)


async def test_who_brought_the_referrer_earns_where_terms_say_so(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    lin, mei, kai = [await make_acting(database) for _ in range(3)]
    rules = (RewardRule(FIRST_POST, "UPLINE", "POINTS", 30),)
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=rules)
    first = await claim(database, mei, await make_code(database, lin, program))
    await claim(database, kai, await make_code(database, mei, program))
    await aged(database, lin, mei, kai)

    space = await make_space(database)
    for member in (mei, kai):
        await make_post(database, member, space)
    await judged_and_granted(database)

    assert await balance(graphql, lin) == "30"
    assert "nobody on this side" in (await read(graphql, first, lin))["unrewarded"][0]["reason"]
