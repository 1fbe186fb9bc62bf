"""Steps: reached by what is so, each once, and counted; and what marketers see of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.reputation import keep_reputations
from tests.api.conftest import Client
from tests.api.referrals.bringing import campaign_code, claimed, later, make_program, own_code, reached, referral
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.members import make_member
from tests.factories.referrals import RECOUNT, claim, counts_kept_and_recounted, read_log

RECOUNTED = f"""
    INSERT INTO referral_day (program_id, day, code_id, channel, campaign, clicks, bot_clicks, people, sign_ups, verified,
        qualified, rewarded, cost, cohort_verified, cohort_qualified, cohort_rewarded, cohort_cost) {RECOUNT}
"""
BOUGHT = {"kind": "PURCHASE", "threshold": "10000"}
INSIGHTS = """
query($program: ID!, $window: Window!, $by: [ReferralDimension!]!) {
    referralInsights(program: $program, window: $window, by: $by) {
        total { clicks signUps verified qualified }
        rows(first: 100) { totalCount nodes { day channel campaign code { id } referrer { id } funnel { signUps qualified } } }
    }
}
"""


def purchase(member: Acting, number: int, amount: int, currency: str = "CNY", days: float = 0) -> Any:
    return {
        "externalId": f"订单-{number}",
        "member": f"member_{member.member_id}",
        "amount": {"amount": str(amount), "currency": currency},
        "purchasedAt": later(days),
    }


async def tell(graphql: Client, marketer: Acting, *purchases: Any) -> Any:
    return await graphql.change("recordReferralPurchases", "recorded", as_=marketer, purchases=list(purchases))


async def test_a_purchase_for_enough_after_joining_is_a_step(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer, steps=[BOUGHT], currency="CNY")
    code = await own_code(graphql, await make_acting(database), program)
    newcomer, other = await make_acting(database), await make_acting(database)
    found = (await claimed(graphql, newcomer, code=code["code"]))["referral"]
    for given in (
        purchase(newcomer, 1, 9_999),
        purchase(newcomer, 2, 99_999, "EUR"),
        purchase(newcomer, 3, 99_999, days=-30),
        purchase(other, 4, 99_999),
    ):
        assert (await tell(graphql, marketer, given))["recorded"] == 1
    await read_log(database)
    assert reached(await referral(graphql, found, newcomer)) == {"SIGN_UP", "VERIFIED"}

    last = purchase(newcomer, 5, 10_000)
    told = await asyncio.gather(*(tell(graphql, marketer, last, last) for _ in range(5)))

    assert sum(each["recorded"] for each in told) == 1
    assert (await tell(graphql, marketer, {**last, "amount": {"amount": "1", "currency": "CNY"}}))["recorded"] == 0
    await read_log(database)
    found = await referral(graphql, found, newcomer)
    assert reached(found) == {"SIGN_UP", "VERIFIED", "PURCHASE"}
    assert found["qualifiedAt"] is not None
    async with database.reading() as connection:
        assert (
            await connection.raw.fetchval("SELECT count(*) FROM event WHERE data ->> 'step' = 'PURCHASE'"),
            await connection.raw.fetchval("SELECT count(*) FROM event WHERE kind = 'ReferralQualified'"),
        ) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"externalId": "  "},
        {"externalId": "x" * 101},
        {"amount": {"amount": "0", "currency": "CNY"}},
        {"amount": {"amount": "-1", "currency": "CNY"}},
        {"amount": {"amount": "9" * 19, "currency": "CNY"}},
        {"amount": {"amount": "1", "currency": "元"}},
        {"purchasedAt": "2099-01-01T00:00:00Z"},
    ],
)
async def test_what_is_no_purchase_is_refused_with_all_that_came_with_it(
    graphql: Client, database: Database, marketer: Acting, change: Any
) -> None:
    newcomer = await make_acting(database)

    done = await tell(graphql, marketer, purchase(newcomer, 1, 100), {**purchase(newcomer, 2, 100), **change})

    assert (done["recorded"], done["userErrors"][0]["code"]) == (None, "INVALID")
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM referral_purchase") == 0


async def test_a_level_is_a_step_once_a_scoring_finds_it(graphql: Client, database: Database, marketer: Acting) -> None:
    steps = [{"kind": "LEVEL", "threshold": "2"}, {"kind": "LEVEL", "threshold": "3"}]
    program = await make_program(graphql, marketer, steps=steps)
    code = await own_code(graphql, await make_acting(database), program)
    newcomer = await make_acting(database)
    found = (await claimed(graphql, newcomer, code=code["code"]))["referral"]

    async def scored(level: int) -> list[str]:
        async with database.writing() as connection:
            await keep_reputations(connection, f"SELECT {newcomer.member_id}::bigint, {level}, 50, NULL::bigint")
        await read_log(database)
        seen = await referral(graphql, found, newcomer)
        return [step["threshold"] for step in seen["steps"] if step["kind"] == "LEVEL" and step["reachedAt"]]

    assert await scored(1) == []
    assert await scored(2) == ["2"]
    assert await scored(4) == ["2", "3"]
    assert await scored(1) == ["2", "3"], "what was reached stays so"
    assert (await referral(graphql, found, newcomer))["qualifiedAt"] is not None


async def test_what_was_so_before_a_claim_counts_and_what_comes_at_once_is_not_missed(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer, steps=[{"kind": "FIRST_POST"}])
    code = await own_code(graphql, await make_acting(database), program)
    space = await make_space(database)
    before = await make_acting(database)
    await make_post(database, before, space)
    found = (await claimed(graphql, before, code=code["code"]))["referral"]
    assert reached(found) == {"SIGN_UP", "VERIFIED", "FIRST_POST"}

    at_once = [await make_acting(database) for _ in range(20)]
    await asyncio.gather(
        *(claimed(graphql, member, code=code["code"]) for member in at_once),
        *(make_post(database, member, space) for member in at_once),
    )
    await read_log(database)

    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM referral WHERE qualified_at IS NOT NULL") == 21
        assert await connection.raw.fetchval("SELECT count(*) FROM event WHERE kind = 'ReferralQualified'") == 21
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_whose_address_is_not_verified_has_that_step_before_them(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await own_code(graphql, await make_acting(database), program)
    newcomer = await make_member(database, verified=False)
    done = await graphql.change(
        "claimReferral", "referral { steps { kind reachedAt } qualifiedAt }", as_=newcomer, code=code["code"]
    )
    assert reached(done["referral"]) == {"SIGN_UP"}
    assert done["referral"]["qualifiedAt"] is None


async def test_insights_part_what_came_by_what_is_asked(graphql: Client, database: Database, marketer: Acting) -> None:
    program = await make_program(graphql, marketer)
    friend = await make_acting(database)
    own = await own_code(graphql, friend, program)
    poster = await campaign_code(graphql, marketer, program, channel="海报", campaign="春")
    window = await campaign_code(graphql, marketer, program, channel="橱窗", campaign="春")
    for code, amount in ((own, 3), (poster, 2), (window, 1)):
        for _ in range(amount):
            assert (await claimed(graphql, await make_acting(database), code=code["code"]))["userErrors"] == []

    async def asked(*by: str, as_: Acting = marketer, days: tuple[float, float] = (-1, 1)) -> Any:
        given = {"program": program["id"], "by": by, "window": {"from": later(days[0]), "to": later(days[1])}}
        return (await graphql(INSIGHTS, given, as_=as_))["referralInsights"]

    def parts(found: Any, *names: str) -> list[Any]:
        return [(*(row[name] for name in names), row["funnel"]["signUps"]) for row in found["rows"]["nodes"]]

    assert await asked("CHANNEL", as_=friend) is None
    found = await asked()
    assert found["total"] == {"clicks": 0, "signUps": 6, "verified": 6, "qualified": 6}
    assert parts(found, "day", "channel", "campaign", "code", "referrer") == [(None, None, None, None, None, 6)]
    assert parts(await asked("CHANNEL"), "channel") == [("", 3), ("海报", 2), ("橱窗", 1)]
    assert parts(await asked("CAMPAIGN"), "campaign", "channel") == [("", None, 3), ("春", None, 3)]
    assert parts(await asked("REFERRER"), "referrer") == [({"id": f"member_{friend.member_id}"}, 3), (None, 3)]
    by_day = await asked("DAY", "CODE")
    assert by_day["rows"]["totalCount"] == 3
    assert [row["code"]["id"] for row in by_day["rows"]["nodes"]] == [own["id"], poster["id"], window["id"]]
    assert by_day["rows"]["nodes"][0]["day"].endswith("T00:00:00Z")
    assert parts(await asked(days=(-9, -3)), "day") == []


async def test_cohorts_tell_what_became_of_who_joined_and_how_long_it_took(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer, steps=[{"kind": "FIRST_POST"}])
    code = await campaign_code(graphql, marketer, program, channel="微信")
    number = int(code["id"].removeprefix("referral_code_"))
    # Two Mondays of May and one of June; the last qualifies weeks after joining, and one never does.
    for joined, posts_after in (("2026-05-04", 1), ("2026-05-10", 5), ("2026-05-11", None), ("2026-06-01", 21)):
        newcomer = await make_acting(database)
        at = datetime.fromisoformat(f"{joined}T12:00:00+00:00")
        referral_id = await claim(database, newcomer, number)
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE member SET joined_at = $2 WHERE id = $1", newcomer.member_id, at)
            await connection.raw.execute("ALTER TABLE referral DISABLE TRIGGER referral_set_once")
            await connection.raw.execute(
                "UPDATE referral_step SET reached_at = $2 WHERE referral_id = $1", referral_id, at
            )
            await connection.raw.execute(
                "UPDATE referral SET claimed_at = $2, clicked_at = $2::timestamptz - interval '40 minutes', qualified_at = $2::timestamptz + $3::integer * "
                "interval '1 day' WHERE id = $1",
                *(referral_id, at, posts_after),
            )
            await connection.raw.execute("ALTER TABLE referral ENABLE TRIGGER referral_set_once")
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM referral_day")
        await connection.raw.execute(RECOUNTED)

    asked = """query($program: ID!, $by: [ReferralDimension!]!, $cohorts: ReferralCohortLength!) {
        referralInsights(program: $program, by: $by, cohorts: $cohorts,
            window: {from: "2026-05-01T00:00:00Z", to: "2026-07-01T00:00:00Z"}) {
            times { signUpMedian qualifiedMedian qualifiedNinetieth }
            rows(first: 10) { nodes { cohort channel funnel { signUps qualified } times { qualifiedMedian } } } } }"""

    async def cohorts(length: str, *by: str) -> Any:
        given = {"program": program["id"], "by": ["COHORT", *by], "cohorts": length}
        return (await graphql(asked, given, as_=marketer))["referralInsights"]

    weeks, months = await cohorts("WEEK"), await cohorts("MONTH", "CHANNEL")

    def told(found: Any) -> Any:
        return [
            (each["cohort"][:10], each["channel"], *each["funnel"].values(), each["times"]["qualifiedMedian"])
            for each in found["rows"]["nodes"]
        ]

    day = 86_400.0
    assert told(weeks) == [
        ("2026-05-04", None, 2, 2, 1 * day),
        ("2026-05-11", None, 1, 0, None),
        ("2026-06-01", None, 1, 1, 21 * day),
    ]
    assert told(months) == [("2026-05-01", "微信", 3, 2, 1 * day), ("2026-06-01", "微信", 1, 1, 21 * day)]
    assert weeks["times"] == {"signUpMedian": 2_400.0, "qualifiedMedian": 5 * day, "qualifiedNinetieth": 21 * day}
