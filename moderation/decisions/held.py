"""What decisions do to what other features hold until somebody has looked: referrals, and rounds.

Each is settled by the feature's own function, and what that makes final stays so: such a decision cannot be undone.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from community.cocreation.rounds.auditing import release_round
from community.foundation.errors import NotPermitted
from community.members.roles import Permission
from community.referrals.errors import ReferralNotHeld
from community.referrals.evidence.decisions import GRANTED, REJECTED, REVERSED
from community.referrals.reviewing import settle_referral
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
    return await _settle(connection, ruling, granted=True)


async def remove(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Have what is held for a referral come to nothing."""
    if ruling.subject_kind == "round":
        raise ActionNotPossible(action="REMOVE", why="void the ballots that are not sound, and approve it.")
    return await _settle(connection, ruling, granted=False)


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


async def _settle(connection: Connection, ruling: Ruling, *, granted: bool) -> Changed:
    """Grant or turn down what waits, and take back what was granted where nothing does: a referral may be reported at any time."""
    _require_campaigns(ruling)
    settled_by, referral_id = ruling.acting.member_id, ruling.subject_id
    for decision in (GRANTED,) if granted else (REJECTED, REVERSED):
        with suppress(ReferralNotHeld):
            rewards = await settle_referral(connection, settled_by, referral_id, decision, reason=ruling.reason)
            return Changed({"rewards": rewards}, {"rewards": rewards, "granted": granted})
    if granted:
        return Changed({}, {})
    raise ActionNotPossible(action="REMOVE", why="nothing came of it that could be taken back.")
