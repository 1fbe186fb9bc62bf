"""Measuring what referrals are worth: the K-factor, who stays, what they spend, and the forest they are; a job.

One snapshot of everything is read into arrays, each programme and all together are computed apart from the database, and
the rows that are read replace those of the time before.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from community.foundation.jobs import ask

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told
    from community.referrals.surveying import Measured

MEASURING = "REFERRAL_INSIGHT"
"""The kind of job that measures what referrals are worth."""
EVERY, AT_LEAST_EVERY = "1 hour", "1 day"
"""How often at most, if anything has changed; and how often in any case, as silence tells too that members have left."""

KNOWN = """
    ARRAY[
        (SELECT count(*) FROM referral), (SELECT count(qualified_at) FROM referral),
        (SELECT coalesce(max(id), 0) FROM referral_purchase), (SELECT coalesce(sum(people), 0) FROM referral_day)::bigint
    ]
"""
# What is known is counted once an hour at most, and not whenever somebody asks whether it is due.
_DUE = f"""
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM referral_program) THEN false
        WHEN EXISTS (
            SELECT FROM job WHERE kind = $1 AND (state IN ('QUEUED', 'RUNNING') OR asked_at > now() - interval '{EVERY}')
        ) THEN false
        ELSE NOT EXISTS (
            SELECT FROM referral_insight WHERE program_id IS NULL AND computed_at > now() - interval '{AT_LEAST_EVERY}'
                AND (computed_at > now() - interval '{EVERY}' OR known = {KNOWN})
        )
    END
"""  # noqa: S608 - made of constants of ours
_FORGET = "DELETE FROM referral_insight WHERE program_id IS NOT DISTINCT FROM $1"
_STORE = """
    INSERT INTO referral_insight (program_id, computed_at, known, members, invitations_per_member, conversion, k_factor,
        generations, breadths, branching)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
"""
_STORE_RETENTION = "INSERT INTO referral_retention VALUES ($1, $2, $3, $4, $5)"
_STORE_SPENDING = "INSERT INTO referral_spending VALUES ($1, $2, $3, $4, $5, $6, $7)"
_STORE_NODES = """
    INSERT INTO referral_node (insight_id, place, member_id, referrer_id, depth, below, qualified)
    SELECT $1, place, member_id, nullif(referrer_id, 0), depth, below, qualified
    FROM unnest($2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::boolean[]) WITH ORDINALITY
        AS node (member_id, referrer_id, depth, below, qualified, place)
"""


async def ask_for_measuring(connection: Connection) -> None:
    """Ask for referrals to be measured, if that is due."""
    if await connection.raw.fetchval(_DUE, MEASURING):
        await ask(connection, MEASURING, {}, asked_by=None, once=True)


async def measure_referrals(
    database: Database, parameters: Mapping[str, Any], job_id: int, told: Told
) -> dict[str, Any]:
    """Measure all programmes, and all of them together; a job, whose result says how many programmes there were."""
    # Imported late: arrays are of no use to who only asks.
    from community.referrals.surveying import measured, survey

    del parameters, job_id
    async with database.writing() as connection:
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        facts = await survey(connection, KNOWN)
    wanted: list[int | None] = [None, *facts.began]
    for number, program_id in enumerate(wanted):
        told(number / len(wanted), "measuring")
        found = await asyncio.to_thread(measured, facts, program_id)
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            await _store(connection, program_id, found)
    return {"programs": len(facts.began)}


async def _store(connection: Connection, program_id: int | None, found: Measured) -> None:
    worth, forest = found.findings, found.forest
    await connection.raw.execute(_FORGET, program_id)
    insight_id = await connection.raw.fetchval(
        _STORE,
        *(program_id, found.computed_at, found.known, found.members),
        *(_bounds(each) for each in worth.invitations[:3]),
        _finite(worth.invitations.generations),
        *(forest.breadths, _finite(forest.branching)),
    )
    await connection.raw.executemany(
        _STORE_RETENTION,
        [
            (insight_id, int(each.horizon), *(_bounds(one) for one in (each.referred, each.others, each.difference)))
            for each in worth.retentions
        ],
    )
    await connection.raw.executemany(
        _STORE_SPENDING,
        [
            (insight_id, each.currency, each.days, each.referred_members, _bounds(each.referred), each.other_members,
             _bounds(each.others))
            for each in worth.spendings
        ],
    )  # fmt: skip
    await connection.raw.execute(
        _STORE_NODES,
        *(insight_id, forest.members, forest.referrers, forest.depths, forest.below, forest.qualified),
    )


def _bounds(estimate: Sequence[float]) -> list[float | None]:
    return [_finite(number) for number in estimate]


def _finite(number: float) -> float | None:
    """Return a number that JSON can say; None for what is not known, or without end."""
    return float(number) if math.isfinite(number) else None
