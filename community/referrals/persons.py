"""Referrals between accounts that look like one person's: what they earned waits until somebody has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.rewards.moving import hold_for_review
from community.rewards.promises import earn
from community.rewards.states import HELD, PENDING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_WAITING = """
    SELECT reward.id, reward.state FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND (referral.member_id, referral.referrer_id) IN (($1, $2), ($2, $1))
        AND reward.state = ANY($3::text[]) AND review_since IS NULL
    ORDER BY reward.id FOR NO KEY UPDATE OF reward
"""


async def question_referral(connection: Connection, member_id: int, other_id: int, reason: str) -> None:
    """Keep what was promised for a referral between two accounts from being granted by the clock."""
    for reward in await connection.raw.fetch(_WAITING, member_id, other_id, [PENDING, HELD]):
        if reward["state"] == PENDING:
            await earn(connection, reward["id"])
        await hold_for_review(connection, reward["id"], reason)
