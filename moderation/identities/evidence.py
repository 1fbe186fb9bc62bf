"""What speaks for it that two accounts are one person's: keyed hashes that both have, where a referral of theirs looks made up.

That two people share a device is common, and no reason to ask; that one of them also earns by having brought the other is. What
is shared is told as numbers: the hashes lead nowhere, and are shown to nobody all the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from community.members.errors import MergeNotPossible
from moderation.decisions.grounds import AUTOMATED
from moderation.identities.errors import IdentityCaseOpen
from moderation.identities.proposing import open_identity_case

if TYPE_CHECKING:
    from community.foundation.database import Connection

# What was decided of the two, that they are one or that they are not, is not asked again while that holds.
_SHARED = """
    SELECT referral.member_id, referral.referrer_id,
        (SELECT count(*) FROM (
            SELECT device FROM referral_sighting WHERE member_id = referral.member_id AND device <> 0
            INTERSECT SELECT device FROM referral_sighting WHERE member_id = referral.referrer_id
        ) AS shared) AS devices,
        (SELECT count(*) FROM (
            SELECT instrument FROM referral_purchase WHERE member_id = referral.member_id AND instrument IS NOT NULL
            INTERSECT SELECT instrument FROM referral_purchase WHERE member_id = referral.referrer_id
        ) AS shared) AS instruments
    FROM referral
    WHERE referral.id = $1 AND referrer_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM moderation_case JOIN decision ON decision.case_id = moderation_case.id AND undone_at IS NULL
        WHERE kind = 'IDENTITY' AND (moderation_case.member_id, moderation_case.other_id)
            IN ((referral.member_id, referrer_id), (referrer_id, referral.member_id))
    )
"""
_SAYS = (
    "A referral between the two is under review. Seen on the same devices: {devices}. Paid with the same means: {instruments}.\n"
    "两个账号之间的推荐正在审核中。使用过的相同设备：{devices} 台；使用过的相同付款方式：{instruments} 个。"
)


async def propose_by_evidence(connection: Connection, referral_id: int) -> None:
    """Open the case whether who was brought and who brought them are one, if what was kept of them speaks for it.

    The newer account would be closed: that is who was brought.
    """
    found = await connection.raw.fetchrow(_SHARED, referral_id)
    if found is None or not (found["devices"] or found["instruments"]):
        return
    says = _SAYS.format(devices=found["devices"], instruments=found["instruments"])
    # What is asked already, or is ruled out by how they stand now, needs no second question.
    with suppress(MergeNotPossible, IdentityCaseOpen):
        await open_identity_case(connection, found["member_id"], found["referrer_id"], reason=says, found=AUTOMATED)
