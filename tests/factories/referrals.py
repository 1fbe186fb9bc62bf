"""Programmes, codes and referrals, made by the verbs that members use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.foundation.database import Database
from community.members.acting import Acting
from community.referrals.attribution import Brought, claim_referral
from community.referrals.issuing import issue_code, personal_code
from community.referrals.programs import Step, Terms, create_program
from community.referrals.steps import reach, referrals_reader
from tests.factories.events import read_all

FOR_EVER = timedelta(days=300)

# What the counts of days must be, from the rows themselves.
RECOUNT = """
    SELECT program_id, day, code_id, channel, campaign, sum(clicks)::int AS clicks, sum(bot_clicks)::int AS bot_clicks,
        sum(people)::int AS people, sum(sign_ups)::int AS sign_ups, sum(verified)::int AS verified,
        sum(qualified)::int AS qualified
    FROM (
        SELECT referral_code.program_id, (clicked_at AT TIME ZONE 'UTC')::date AS day, code_id, click.channel, click.campaign,
            count(*) FILTER (WHERE NOT bot) AS clicks, count(*) FILTER (WHERE bot) AS bot_clicks,
            count(DISTINCT visitor) FILTER (WHERE NOT bot) AS people, 0 AS sign_ups, 0 AS verified, 0 AS qualified
        FROM referral_click AS click JOIN referral_code ON referral_code.id = code_id GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT program_id, (reached_at AT TIME ZONE 'UTC')::date, code_id, channel, campaign, 0, 0, 0,
            count(*) FILTER (WHERE step = 'SIGN_UP'), count(*) FILTER (WHERE step = 'VERIFIED'), 0
        FROM referral JOIN referral_step ON referral_id = referral.id AND step IN ('SIGN_UP', 'VERIFIED')
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT program_id, (qualified_at AT TIME ZONE 'UTC')::date, code_id, channel, campaign, 0, 0, 0, 0, 0, count(*)
        FROM referral WHERE qualified_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ) AS counted
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
KEPT = """
    SELECT program_id, day, code_id, channel, campaign, clicks, bot_clicks, people, sign_ups, verified, qualified
    FROM referral_day ORDER BY 1, 2, 3, 4, 5
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
    return kept, counted


def in_days(days: float) -> datetime:
    """Return a moment so many days from now."""
    return datetime.now(UTC) + timedelta(days=days)
