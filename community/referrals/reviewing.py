"""Deciding on referrals whose rewards wait for somebody to look at them, or were granted and ought not to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.members.roles import Permission
from community.referrals.errors import ReferralNotHeld
from community.referrals.evidence import decisions
from community.rewards.granting import grant, reverse_reward
from community.rewards.moving import reject
from community.rewards.promises import earn
from community.rewards.staff import checked_reason
from community.rewards.states import GRANTED, HELD, PENDING

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

_REWARDS = """
    SELECT reward.id, reward.state FROM reward
    WHERE cause_kind = 'referral' AND cause_id = $1 AND state = ANY($2::text[]) ORDER BY id FOR NO KEY UPDATE
"""
_UNDER_REVIEW = """
    SELECT EXISTS (
        SELECT FROM reward WHERE cause_kind = 'referral' AND cause_id = $1 AND review_since IS NOT NULL
    )
"""
_THERE = "SELECT EXISTS (SELECT FROM referral WHERE id = $1)"


async def is_under_review(connection: Connection, referral_id: int) -> bool:
    """Say whether anything that a referral earned waits for somebody to look at it."""
    waits: bool = await connection.raw.fetchval(_UNDER_REVIEW, referral_id)
    return waits


async def review_referral(
    connection: Connection, acting: Acting, referral_id: int, decision: str, *, reason: str
) -> int:
    """Decide on all that a referral earned and that a decision can still move; return how many rewards that were.

    `decision` is one of `evidence.decisions`. What is decided is kept, for judging learns of it.

    Raises:
        NotFound: if there is no such referral that the member may see.
        ReferralNotHeld: if nothing of it waits, or nothing of it was granted that could be taken back.
        NoVoucherLeft: if it is a voucher, and none is left.
        Invalid: for a reason that is none.
    """
    if not acting.may(Permission.MANAGE_CAMPAIGNS):
        raise NotFound(what="referral")
    if not await connection.raw.fetchval(_THERE, referral_id):
        raise NotFound(what="referral")
    return len(await settle_referral(connection, acting.member_id, referral_id, decision, reason=reason))


async def settle_referral(
    connection: Connection, settled_by: int, referral_id: int, decision: str, *, reason: str
) -> list[int]:
    """Do what a decision on a referral says, on the word of who was let in; return the rewards that it moved.

    Raises:
        ReferralNotHeld: if nothing of it waits, or nothing of it was granted that could be taken back.
        NoVoucherLeft: if it is a voucher, and none is left.
        Invalid: for a reason that is none.
    """
    why = checked_reason(reason)
    reverses = decision == decisions.REVERSED
    rewards = await connection.raw.fetch(_REWARDS, referral_id, [PENDING, HELD, *([GRANTED] if reverses else [])])
    if not rewards or (reverses and all(row["state"] != GRANTED for row in rewards)):
        raise ReferralNotHeld
    for row in rewards:
        if row["state"] == GRANTED:
            await reverse_reward(connection, row["id"], why, reversed_by=settled_by)
        elif decision == decisions.GRANTED:
            if row["state"] == PENDING:
                await earn(connection, row["id"], reason=why)
            await grant(connection, row["id"], reason=why, granted_by=settled_by)
        else:
            await reject(connection, row["id"], why, rejected_by=settled_by)
    await decisions.keep_decision(connection, referral_id, settled_by, decision)
    return [row["id"] for row in rewards]
