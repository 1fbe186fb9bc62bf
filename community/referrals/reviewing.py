"""Deciding on referrals whose rewards wait for somebody to look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.members.roles import Permission
from community.referrals.errors import ReferralNotHeld
from community.rewards.granting import grant
from community.rewards.moving import reject
from community.rewards.promises import earn
from community.rewards.staff import checked_reason
from community.rewards.states import PENDING

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

_HELD = """
    SELECT reward.id, reward.state FROM reward
    WHERE cause_kind = 'referral' AND cause_id = $1 AND state IN ('PENDING', 'HELD') ORDER BY id FOR NO KEY UPDATE
"""
_THERE = "SELECT EXISTS (SELECT FROM referral WHERE id = $1)"


async def review_referral(
    connection: Connection, acting: Acting, referral_id: int, *, granted: bool, reason: str
) -> int:
    """Grant all that is held for a referral, or let it come to nothing; return how many rewards that were.

    Raises:
        NotFound: if there is no such referral that the member may see.
        NotPermitted: unless they run campaigns.
        ReferralNotHeld: if nothing of it waits.
        NoVoucherLeft: if it is a voucher, and none is left.
        Invalid: for a reason that is none.
    """
    if not acting.may(Permission.MANAGE_CAMPAIGNS):
        raise NotFound(what="referral")
    if not await connection.raw.fetchval(_THERE, referral_id):
        raise NotFound(what="referral")
    return len(await settle_referral(connection, acting.member_id, referral_id, granted=granted, reason=reason))


async def settle_referral(
    connection: Connection, settled_by: int, referral_id: int, *, granted: bool, reason: str
) -> list[int]:
    """Grant all that is held for a referral, or let it come to nothing, on the word of who was let in; return the rewards.

    Raises:
        ReferralNotHeld: if nothing of it waits.
        NoVoucherLeft: if it is a voucher, and none is left.
        Invalid: for a reason that is none.
    """
    why = checked_reason(reason)
    held = await connection.raw.fetch(_HELD, referral_id)
    if not held:
        raise ReferralNotHeld
    for row in held:
        if granted:
            if row["state"] == PENDING:
                await earn(connection, row["id"], reason=why)
            await grant(connection, row["id"], reason=why, granted_by=settled_by)
        else:
            await reject(connection, row["id"], why, rejected_by=settled_by)
    return [row["id"] for row in held]
