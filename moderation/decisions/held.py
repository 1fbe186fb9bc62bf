"""What decisions do to what other features hold until somebody has looked: referrals, and rounds.

Each is settled by the feature's own function, and what that makes final stays so: such a decision cannot be undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.rounds.auditing import release_round
from community.foundation.errors import NotPermitted
from community.members.roles import Permission
from community.referrals.errors import ReferralNotHeld
from community.referrals.evidence.decisions import GRANTED, REJECTED, REVERSED
from community.referrals.reviewing import is_under_review, settle_referral
from community.rewards.granting import reverse_reward
from moderation.decisions.errors import ActionNotPossible
from moderation.decisions.ruling import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection
    from moderation.decisions.ruling import Measure, Ruling


async def approve(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Grant what is held for a referral, or have a round counted."""
    if ruling.subject_kind == "round":
        job = await release_round(connection, ruling.acting, ruling.subject_id, ruling.reason)
        return Changed({"held": True}, {"held": False, "job": job})
    _require_campaigns(ruling)
    if not await is_under_review(connection, ruling.subject_id):
        # It was only reported: what it earns comes due as it would have.
        return Changed({}, {})
    return await _settle(connection, ruling, GRANTED)


async def remove(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Have what a referral earned come to nothing; what it was granted already is taken back.

    Raises:
        NotPermitted: unless they run campaigns.
        ActionNotPossible: for a round, and where nothing was earned.
    """
    if ruling.subject_kind == "round":
        raise ActionNotPossible(action="REMOVE", why="void the ballots that are not sound, and approve it.")
    _require_campaigns(ruling)
    try:
        return await _settle(connection, ruling, REJECTED)
    except ReferralNotHeld:
        pass  # nothing waits
    try:
        return await _settle(connection, ruling, REVERSED)
    except ReferralNotHeld:
        raise ActionNotPossible(action="REMOVE", why="nothing came of it that could be taken back.") from None


async def undo(connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Take back what was granted. A round that is counted, and a reward that came to nothing, stay so.

    Raises:
        NotPermitted: unless they run campaigns, where it is about a referral.
        ActionNotPossible: for what stays so.
    """
    del before
    if ruling.subject_kind == "referral":
        _require_campaigns(ruling)
    if not after.get("granted"):
        raise ActionNotPossible(action="Undoing", why="what was released or turned down stays so.")
    for reward_id in after["rewards"]:
        await reverse_reward(connection, reward_id, ruling.reason, reversed_by=ruling.acting.member_id)


def _require_campaigns(ruling: Ruling) -> None:
    """Refuse who may not decide on referrals by `reviewReferral` either: what they earn costs the brand.

    Raises:
        NotPermitted: unless they run campaigns.
    """
    if not ruling.acting.may(Permission.MANAGE_CAMPAIGNS):
        raise NotPermitted(action="decide on referrals")


async def _settle(connection: Connection, ruling: Ruling, decision: str) -> Changed:
    rewards = await settle_referral(
        connection, ruling.acting.member_id, ruling.subject_id, decision, reason=ruling.reason
    )
    return Changed({"rewards": rewards}, {"rewards": rewards, "granted": decision == GRANTED})
