"""Restrictions and levels as tests need them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from community.foundation.clock import now
from community.members.restricting import Restriction, place_restrictions
from community.members.restrictions import Limit

if TYPE_CHECKING:
    from datetime import datetime

    from community.foundation.database import Database
    from community.members.acting import Acting

TOMORROW = timedelta(days=1)


async def restrict(
    database: Database,
    member: Acting,
    *limits: Limit,
    seconds: int = 600,
    lasting: timedelta = TOMORROW,
    decision_id: int = 1,
) -> datetime:
    """Restrict a member as a rule would, committed; return until when."""
    until = now() + lasting
    named = [Restriction(limit, seconds if limit is Limit.SLOW_MODE else None) for limit in limits]
    await database.transact(
        lambda connection: place_restrictions(
            connection, None, member.member_id, named, until=until, decision_id=decision_id
        )
    )
    return until


async def a_day_later(database: Database, member: Acting) -> None:
    """Have a day and an hour pass for what restricts a member, and for what they wrote; no job runs."""
    async with database.writing() as connection:
        await connection.raw.execute(
            """
            UPDATE member SET contributed_at = contributed_at - interval '25 hours',
                hour_began = hour_began - interval '25 hours',
                limits = (
                    SELECT jsonb_agg(jsonb_build_object(
                        'kind', held->'kind', 'seconds', held->'seconds',
                        'until', (held->>'until')::timestamptz - interval '25 hours'
                    )) FROM jsonb_array_elements(limits) AS held
                )
            WHERE id = $1
            """,
            member.member_id,
        )
        await connection.raw.execute(
            "UPDATE restriction SET until = until - interval '25 hours' WHERE member_id = $1", member.member_id
        )


async def levels_as_shipped(database: Database) -> None:
    """Have members be paced as the migrations say, until the test is over."""
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM level_policy")
        await connection.raw.execute("INSERT INTO level_policy SELECT * FROM as_migrated.shipped_level_policy")
