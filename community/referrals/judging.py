"""Judging what is promised for referrals: all claims of a programme together, by the signals of `fraud`; a job.

Who is plainly honest is rewarded once the terms' time has passed; what looks made up waits for somebody to look at it, with
the evidence in words; what is as good as certain comes to nothing, and says why. What is held is judged anew with whatever
comes in, until it is granted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Any

from community.foundation.errors import Refusal
from community.referrals.evidence.known import claims_of, read_claims
from community.referrals.evidence.teaching import Kept, learn_if_due
from community.referrals.evidence.verdicts import Verdict, keep_verdicts, verdict_of
from community.referrals.fraud.score import Band, Judging, judged
from community.rewards.moving import hold_for_review, reject
from community.rewards.promises import earn

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

_PROGRAMS = """
    SELECT DISTINCT program_id FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND (reward.state = 'PENDING' OR reward.state = 'HELD' AND review_since IS NULL)
    ORDER BY program_id
"""
_OPEN = """
    SELECT reward.id, reward.state, cause_id FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND program_id = $1
        AND (reward.state = 'PENDING' OR reward.state = 'HELD' AND review_since IS NULL)
    ORDER BY reward.id
"""


async def judge_referrals(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Judge what is promised in all programmes; a job, whose result says how many rewards went which way.

    What has been decided since the last time is learned of before.
    """
    del parameters, job_id
    went = {band.name: 0 for band in Band}
    told(0, "learning")
    judging_id, judging, _ = await database.transact(_learn)
    async with database.reading() as connection:
        programs = [row["program_id"] for row in await connection.raw.fetch(_PROGRAMS)]
    for number, program_id in enumerate(programs):
        told(number / len(programs), "judging")
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            rows = await read_claims(connection, program_id)
            open_ = await connection.raw.fetch(_OPEN, program_id)
        verdicts = await asyncio.to_thread(verdicts_of, rows, {each["cause_id"] for each in open_}, judging)
        found = list(verdicts.values())
        await database.transact(partial(keep_verdicts, judging_id=judging_id, verdicts=found))
        for each in open_:
            # Of a code that is nobody's, nobody gains by making members up.
            verdict = verdicts.get(each["cause_id"])
            band, why = (Band.GRANT, "") if verdict is None else (verdict.band, verdict.words)
            if await database.transact(partial(_follow, reward=each, band=band, why=why)):
                went[band.name] += 1
    return went


def verdicts_of(rows: Sequence[asyncpg.Record], wanted: AbstractSet[int], judging: Judging) -> dict[int, Verdict]:
    """Judge all referrals of a programme together; return what was found of those that are wanted, by id."""
    if not rows:
        return {}
    found = judged(claims_of(rows), judging)
    return {
        row["id"]: verdict_of(found, place, row["id"], judging) for place, row in enumerate(rows) if row["id"] in wanted
    }


async def _learn(connection: Connection) -> Kept:
    await connection.raw.execute("SET LOCAL statement_timeout = 0")
    return await learn_if_due(connection)


async def _follow(connection: Connection, reward: asyncpg.Record, band: Band, why: str) -> bool:
    """Do with a reward what its referral's band says; say whether that is new."""
    try:
        async with connection.savepoint():
            if band is Band.REJECT:
                await reject(connection, reward["id"], why)
                return True
            if reward["state"] == "PENDING":
                await earn(connection, reward["id"])
            if band is Band.HOLD:
                await hold_for_review(connection, reward["id"], why)
            return reward["state"] == "PENDING" or band is Band.HOLD
    except Refusal:
        return False  # somebody has moved it meanwhile
