"""Programmes, codes and referrals, made by the verbs that members use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.referrals.attribution import Brought, claim_referral
from community.referrals.issuing import issue_code, personal_code
from community.referrals.programs import Step, Terms, create_program
from community.referrals.steps import reach, referrals_reader
from community.referrals.verifying import differences
from community.rewards.moving import hold_for_review
from community.rewards.promises import Cause, PointsOf, Promise, promise
from tests.factories.discussions import make_acting
from tests.factories.events import read_all
from tests.factories.rewards import make_budget

FOR_EVER = timedelta(days=300)

# What the counts of days must be, from the rows themselves.
RECOUNT = """
    WITH granted AS (
        SELECT cause_id AS referral_id, min(granted_at) AS rewarded_at, sum(cost)::bigint AS cost
        FROM reward WHERE cause_kind = 'referral' AND state = 'GRANTED' GROUP BY cause_id
    ), stands AS (
        SELECT referral.id, program_id, code_id, channel, campaign, claimed_at, qualified_at, granted.rewarded_at,
            coalesce(granted.cost, 0) AS cost,
            (SELECT reached_at FROM referral_step WHERE referral_id = referral.id AND step = 'SIGN_UP') AS signed_up_at,
            (SELECT reached_at FROM referral_step WHERE referral_id = referral.id AND step = 'VERIFIED') AS verified_at
        FROM referral LEFT JOIN granted ON referral_id = referral.id
    )
    SELECT program_id, day, code_id, channel, campaign, sum(clicks)::int AS clicks, sum(bot_clicks)::int AS bot_clicks,
        sum(people)::int AS people, sum(sign_ups)::int AS sign_ups, sum(verified)::int AS verified,
        sum(qualified)::int AS qualified, sum(rewarded)::int AS rewarded, sum(cost)::int AS cost,
        sum(cohort_verified)::int AS cohort_verified, sum(cohort_qualified)::int AS cohort_qualified,
        sum(cohort_rewarded)::int AS cohort_rewarded, sum(cohort_cost)::int AS cohort_cost
    FROM (
        SELECT referral_code.program_id, (clicked_at AT TIME ZONE 'UTC')::date AS day, code_id, click.channel, click.campaign,
            count(*) FILTER (WHERE NOT bot) AS clicks, count(*) FILTER (WHERE bot) AS bot_clicks,
            count(DISTINCT visitor) FILTER (WHERE NOT bot) AS people, 0 AS sign_ups, 0 AS verified, 0 AS qualified,
            0 AS rewarded, 0 AS cost, 0 AS cohort_verified, 0 AS cohort_qualified, 0 AS cohort_rewarded, 0 AS cohort_cost
        FROM referral_click AS click JOIN referral_code ON referral_code.id = code_id GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT program_id, (moment AT TIME ZONE 'UTC')::date, code_id, channel, campaign, 0, 0, 0,
            (what = 1)::int, (what = 2)::int, (what = 3)::int, (what = 4)::int, CASE what WHEN 4 THEN cost ELSE 0 END,
            CASE what WHEN 5 THEN (verified_at IS NOT NULL)::int ELSE 0 END,
            CASE what WHEN 5 THEN (qualified_at IS NOT NULL)::int ELSE 0 END,
            CASE what WHEN 5 THEN (rewarded_at IS NOT NULL)::int ELSE 0 END,
            CASE what WHEN 5 THEN cost ELSE 0 END
        FROM stands, LATERAL (VALUES
            (signed_up_at, 1), (verified_at, 2), (qualified_at, 3), (rewarded_at, 4), (claimed_at, 5)
        ) AS counted_on (moment, what)
        WHERE moment IS NOT NULL
    ) AS counted
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
# Days of which all is gone, as a reward that was taken back leaves them, are as good as none.
KEPT = """
    SELECT program_id, day, code_id, channel, campaign, clicks, bot_clicks, people, sign_ups, verified, qualified,
        rewarded, cost, cohort_verified, cohort_qualified, cohort_rewarded, cohort_cost
    FROM referral_day
    WHERE clicks + bot_clicks + people + sign_ups + verified + qualified + rewarded + cost
        + cohort_verified + cohort_qualified + cohort_rewarded + cohort_cost > 0
    ORDER BY 1, 2, 3, 4, 5
"""


async def make_program(
    database: Database,
    acting: Acting,
    *,
    name: str = "老带新",
    steps: Sequence[Step] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    **terms: Any,
) -> int:
    """Make a programme, by somebody who may; return its id."""
    async with database.writing() as connection:
        return await create_program(
            connection, acting, name, Terms(steps=steps, **terms), starts_at=starts_at, ends_at=ends_at
        )


async def make_code(database: Database, acting: Acting, program_id: int, kind: str = "PERSONAL", **given: Any) -> int:
    """Make a code: a member's own, or one of a campaign by somebody who may; return its id."""
    async with database.writing() as connection:
        if kind == "PERSONAL":
            return await personal_code(connection, program_id, acting.member_id, actor_id=acting.member_id, context={})
        return await issue_code(connection, acting, program_id, kind, **given)


async def text_of(database: Database, code_id: int) -> str:
    """Return a code as it is given to friends."""
    async with database.reading() as connection:
        written: str = await connection.raw.fetchval("SELECT code FROM referral_code WHERE id = $1", code_id)
    return written


async def claim(database: Database, member: Acting | int, code_id: int, **given: Any) -> int:
    """Let a member say by which code they came; return the referral's id."""
    member_id = member if isinstance(member, int) else member.member_id

    async def claimed(connection: Any) -> int:
        referral_id = await claim_referral(connection, member_id, Brought(code_id, **given))
        await reach(connection, [member_id])
        return referral_id

    return await database.transact(claimed)


async def read_log(database: Database) -> None:
    """Have the reader of referrals read all there is."""
    await read_all(database, referrals_reader)


async def counts_kept_and_recounted(database: Database) -> tuple[list[Any], list[Any]]:
    """Return the counts of days that have any, as they are kept, and as they are found by counting again."""
    async with database.reading() as connection:
        kept = [tuple(row) for row in await connection.raw.fetch(KEPT)]
        counted = [tuple(row) for row in await connection.raw.fetch(RECOUNT)]
        assert bool(await differences(connection)) == (kept != counted), "what operators are told agrees"
    return kept, counted


def in_days(days: float) -> datetime:
    """Return a moment so many days from now."""
    return datetime.now(UTC) + timedelta(days=days)


async def referral_under_review(database: Database) -> tuple[int, int]:
    """Have a reward of a referral wait until somebody has looked at it; return both."""
    staff, mei, kai = await make_acting(database, roles=(Role.ADMIN,)), *[await make_acting(database) for _ in range(2)]
    referral = await claim(database, kai, await make_code(database, mei, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(mei.member_id, cause, PointsOf(70), budget))
        await hold_for_review(connection, reward, "RING: 6 claims in a ring. 六人成环。")
    return referral, reward
