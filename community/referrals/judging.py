"""Judging what is promised for referrals: all claims of a programme together, by the signals of `fraud`; a job.

Who is plainly honest is rewarded once the terms' time has passed; what looks made up waits for somebody to look at it, with
the evidence in words; what is as good as certain comes to nothing, and says why. What is held is judged anew with whatever
comes in, until it is granted.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from community.foundation.errors import Refusal
from community.referrals.fraud.claims import Claims
from community.referrals.fraud.score import Band, Evidence, evidence, judged
from community.referrals.mails import Domain, mail_signs
from community.rewards.moving import hold_for_review, reject
from community.rewards.promises import earn

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

MOST_EVIDENCE = 3
"""Sentences that a moderator is given, the strongest first."""

_PROGRAMS = """
    SELECT DISTINCT program_id FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND reward.state = 'PENDING' ORDER BY program_id
"""
_CLAIMS = """
    SELECT referral.id, referrer_id AS referrer, referral.member_id AS referee,
        extract(epoch FROM referral.clicked_at)::float8 AS clicked_at,
        extract(epoch FROM member.joined_at)::float8 AS signed_up_at,
        extract(epoch FROM account.email_verified_at)::float8 AS verified_at,
        extract(epoch FROM least(
            (SELECT min(created_at) FROM post WHERE author_id = member.id),
            (SELECT min(created_at) FROM comment WHERE author_id = member.id)
        ))::float8 AS active_at,
        extract(epoch FROM (
            SELECT min(purchased_at) FROM referral_purchase AS purchase WHERE purchase.member_id = member.id
        ))::float8 AS purchased_at,
        (member.post_count + member.comment_count)::float8 AS acts,
        (reputation.trust / 100.0)::float8 AS trust, (above.trust / 100.0)::float8 AS referrer_trust,
        account.email, referrer_account.email AS referrer_email, extract(epoch FROM now())::float8 AS now
    FROM referral JOIN member ON member.id = referral.member_id
        LEFT JOIN account ON account.member_id = member.id
        LEFT JOIN account AS referrer_account ON referrer_account.member_id = referrer_id
        LEFT JOIN reputation ON reputation.member_id = member.id
        LEFT JOIN reputation AS above ON above.member_id = referrer_id
    WHERE program_id = $1 AND referrer_id IS NOT NULL ORDER BY referral.id
"""
_OPEN = """
    SELECT reward.id, reward.state, cause_id FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND program_id = $1
        AND (reward.state = 'PENDING' OR reward.state = 'HELD' AND review_since IS NULL)
    ORDER BY reward.id
"""
_NUMBERS = ("clicked_at", "signed_up_at", "verified_at", "active_at", "purchased_at", "acts", "trust", "referrer_trust")


async def judge_referrals(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Judge what is promised in all programmes; a job, whose result says how many rewards went which way."""
    del parameters, job_id
    went = {band.name: 0 for band in Band}
    async with database.reading() as connection:
        programs = [row["program_id"] for row in await connection.raw.fetch(_PROGRAMS)]
    for number, program_id in enumerate(programs):
        told(number / len(programs), "judging")
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            rows = await connection.raw.fetch(_CLAIMS, program_id)
            open_ = await connection.raw.fetch(_OPEN, program_id)
        verdicts = await asyncio.to_thread(_verdicts, rows, {each["cause_id"] for each in open_})
        for each in open_:
            # Of a code that is nobody's, nobody gains by making members up.
            band, why = verdicts.get(each["cause_id"], (Band.GRANT, ""))
            if await database.transact(lambda c, each=each, band=band, why=why: _follow(c, each, band, why)):  # type: ignore[misc] # bound now
                went[band.name] += 1
    return went


def claims_of(rows: Sequence[asyncpg.Record]) -> Claims:
    """Return what is known of a programme's referrals, mail addresses as hashes that mean nothing afterwards."""
    key = secrets.token_bytes(16)

    def hashed(text: str) -> int:
        return int.from_bytes(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest()) >> 1

    own = [mail_signs(row["email"]) if row["email"] else None for row in rows]
    above = [mail_signs(row["referrer_email"]) if row["referrer_email"] else None for row in rows]
    return Claims.made(
        now=rows[0]["now"],
        referrer=[row["referrer"] for row in rows],
        referee=[row["referee"] for row in rows],
        mailbox=[0 if signs is None else hashed(signs.key) for signs in own],
        referrer_mailbox=[0 if signs is None else hashed(signs.key) for signs in above],
        domain=[0 if signs is None or signs.kind is not Domain.OWN else hashed(signs.domain) for signs in own],
        disposable=[signs is not None and signs.kind is Domain.DISPOSABLE for signs in own],
        aliased=[signs is not None and signs.aliased for signs in own],
        **{name: np.array([np.nan if row[name] is None else row[name] for row in rows]) for name in _NUMBERS},
    )


def _verdicts(rows: Sequence[asyncpg.Record], wanted: set[int]) -> dict[int, tuple[Band, str]]:
    """Return the band of some referrals by id, and why, where it is not to be granted."""
    if not rows:
        return {}
    found = judged(claims_of(rows))
    return {
        row["id"]: (band := Band(found.bands[place]), "" if band is Band.GRANT else _words(evidence(found, place)))
        for place, row in enumerate(rows)
        if row["id"] in wanted
    }


def _words(found: Sequence[Evidence]) -> str:
    against = sorted((each for each in found if each.weight > 0), key=lambda each: -each.weight)
    return " ".join(each.sentence for each in against[:MOST_EVIDENCE])


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
