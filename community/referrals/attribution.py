"""Who brought whom: found out once, when somebody joins or soon after, and never changed.

All claims of a community wait for one lock, for a look that sees no cycle must still be true when the claim is written: A
brings B and B brings A at once are two claims of which each alone is none. Joining is rare enough for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from community.eligibility.rules import eligible
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.referrals import events
from community.referrals.codes import read
from community.referrals.errors import (
    ReferralCodeNotValid,
    ReferralCodeUsedUp,
    ReferralCycle,
    ReferralProgramNotOpen,
    ReferralTooLate,
    ReferredAlready,
    SelfReferral,
)
from community.referrals.issuing import OPEN
from community.referrals.tables import GENERATIONS_KEPT

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.referrals.touches import Touch

_TAKE_TURNS = "SELECT pg_advisory_xact_lock(1782440717)"
_FIND = f"""
    SELECT referral_code.id FROM referral_code JOIN referral_program ON referral_program.id = program_id
    WHERE code = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        AND (most_uses IS NULL OR uses < most_uses) AND {OPEN.format(moment="now()")}
"""  # noqa: S608 - made of a predicate of ours
# $1 the code, $2 who joined, $3 the click, $4 when it is claimed.
_LOOK = f"""
    SELECT code.program_id, code.member_id AS referrer_id, terms.id AS terms_id, terms.window_days,
        coalesce(click.channel, code.channel) AS channel, coalesce(click.campaign, code.campaign) AS campaign,
        click.clicked_at, {OPEN.format(moment="$4::timestamptz")} AS open,
        coalesce(code.revoked_at > $4, true) AND coalesce(code.expires_at > $4, true) AS valid,
        code.member_id IS NULL OR referrer.state = 'ACTIVE' AND {eligible("referrers", "code.member_id")} AS may_refer,
        member.joined_at + terms.window_days * interval '1 day' >= $4
            AND coalesce(click.clicked_at + terms.window_days * interval '1 day' >= member.joined_at, true) AS in_time,
        $4 >= member.joined_at AND $4 <= clock_timestamp() AS past,
        EXISTS (SELECT FROM referral WHERE referral.member_id = $2) AS referred
    FROM referral_code AS code JOIN member ON member.id = $2
        JOIN referral_program ON referral_program.id = code.program_id
        JOIN referral_terms AS terms ON terms.id = terms_id
        LEFT JOIN member AS referrer ON referrer.id = code.member_id
        LEFT JOIN eligibility AS referrers ON referrers.id = terms.referrers_id
        LEFT JOIN referral_click AS click ON click.id = $3::bigint AND click.code_id = code.id AND NOT click.bot
    WHERE code.id = $1
"""  # noqa: S608 - made of predicates of ours
_STANDS_ABOVE = """
    WITH RECURSIVE above AS (
        SELECT $1::bigint AS id
        UNION
        SELECT referrer_id FROM above JOIN referral ON referral.member_id = above.id WHERE referrer_id IS NOT NULL
    )
    SELECT EXISTS (SELECT FROM above WHERE id = $2::bigint)
"""
_USE = """
    UPDATE referral_code SET uses = uses + 1 WHERE id = $1 AND (most_uses IS NULL OR uses < most_uses) RETURNING id
"""
_INSERT = """
    INSERT INTO referral (member_id, referrer_id, program_id, terms_id, code_id, source, channel, campaign, click_id,
        clicked_at, claimed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
"""
# Whoever stands below a member stands below all who stand above the member now.
_DRAW_LINES = f"""
    INSERT INTO referral_line (member_id, ancestor_id, generation)
    SELECT below.id, above.id, below.far + above.far
    FROM (
        SELECT $1::bigint AS id, 0 AS far
        UNION ALL SELECT member_id, generation FROM referral_line WHERE ancestor_id = $1
    ) AS below, (
        SELECT $2::bigint AS id, 1 AS far
        UNION ALL SELECT ancestor_id, generation + 1 FROM referral_line WHERE member_id = $2
    ) AS above
    WHERE below.far + above.far <= {GENERATIONS_KEPT}
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True, slots=True)
class Brought:
    """What brought somebody: a code that they typed, or the click that they came by."""

    code_id: int
    click_id: int | None = None
    source: str = "TYPED"

    @classmethod
    def by_touch(cls, touch: Touch) -> Brought:
        """Return what a token says."""
        return cls(touch.code_id, touch.click_id, "LINK")

    def kept(self) -> dict[str, object]:
        """Return it as it is kept with somebody's wish to join."""
        return {"code": self.code_id, "click": self.click_id, "source": self.source}

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any]) -> Brought:
        """Return what :meth:`kept` has kept."""
        return cls(kept["code"], kept["click"], kept["source"])


async def find_code(connection: Connection, written: str, *, field: str = "code") -> int:
    """Return the id of a code as somebody typed it, if it can count now.

    Raises:
        Invalid: if it is no code at all; `field` is where it stood.
        ReferralCodeNotValid: if there is none such, or none that counts now.
    """
    code_id: int | None = await connection.raw.fetchval(_FIND, read(written, field=field))
    if code_id is None:
        raise ReferralCodeNotValid(path=(field,))
    return code_id


async def claim_referral(
    connection: Connection,
    member_id: int,
    brought: Brought,
    *,
    claimed_at: datetime | None = None,
    where: tuple[str, str] | None = None,
    context: Mapping[str, object] | None = None,
) -> int:
    """Settle who brought a member, once and for all; return the referral's id. Which steps it has come to is `steps`' to see.

    `where` names channel and campaign, where they are others than those of the code or the click.

    Raises:
        ReferredAlready: if it is settled.
        ReferralCodeNotValid: if the code, or whose it is, does not count (any more).
        ReferralProgramNotOpen: if the programme takes none.
        SelfReferral, ReferralCycle: if it cannot be.
        ReferralTooLate: if the member joined too long ago, or too long after the click.
        ReferralCodeUsedUp: if others were faster.
        Invalid: for a moment at which they were no member, or that is yet to come.
    """
    await connection.raw.execute(_TAKE_TURNS)
    moment: datetime = claimed_at or await connection.raw.fetchval("SELECT clock_timestamp()")
    look = await connection.raw.fetchrow(_LOOK, brought.code_id, member_id, brought.click_id, moment)
    if look is None:
        raise ReferralCodeNotValid
    await _refuse_bad(connection, look, member_id)
    if await connection.raw.fetchval(_USE, brought.code_id) is None:
        raise ReferralCodeUsedUp
    referrer_id = look["referrer_id"]
    channel, campaign = where or (look["channel"], look["campaign"])
    referral_id: int = await connection.raw.fetchval(
        _INSERT,
        *(member_id, referrer_id, look["program_id"], look["terms_id"], brought.code_id, brought.source),
        *(channel, campaign, brought.click_id if look["clicked_at"] else None, look["clicked_at"]),
        moment,
    )
    if referrer_id is not None:
        await connection.raw.execute(_DRAW_LINES, member_id, referrer_id)
    claimed = Event(
        events.REFERRAL_CLAIMED,
        actor_id=member_id,
        member_id=referrer_id,
        subject_kind="referral",
        subject_id=referral_id,
        data={"source": brought.source},
        context={**(context or {}), "channel": channel, "campaign": campaign},
    )
    await record(connection, claimed)
    return referral_id


async def _refuse_bad(connection: Connection, look: asyncpg.Record, member_id: int) -> None:
    if look["referred"]:
        raise ReferredAlready
    if not look["open"]:
        raise ReferralProgramNotOpen
    if look["referrer_id"] == member_id:
        raise SelfReferral
    if not look["valid"] or not look["may_refer"]:
        raise ReferralCodeNotValid
    if not look["past"]:
        raise Invalid(field="claimedAt", reason="Nobody is brought before they join, or in the future.")
    if not look["in_time"]:
        raise ReferralTooLate(days=look["window_days"])
    if look["referrer_id"] is not None and await connection.raw.fetchval(_STANDS_ABOVE, look["referrer_id"], member_id):
        raise ReferralCycle
