"""Codes: made for members, campaigns or a single use, and revoked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from community.eligibility.rules import eligible
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.names import clean_line
from community.members.roles import Permission
from community.referrals import events
from community.referrals.codes import draw, length_for
from community.referrals.errors import MayNotRefer, ReferralProgramNotOpen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection
    from community.members.acting import Acting

CODE_LENGTH = length_for(1_000_000)
"""As long as a community needs that has a million codes."""
LONGEST_CHANNEL = 40
MOST_USES = 10**9

OPEN = """referral_program.state = 'ACTIVE' AND referral_program.starts_at <= {moment}
    AND (referral_program.ends_at IS NULL OR referral_program.ends_at > {moment})"""
"""The predicate that a programme takes referrals at some moment."""

_STANDS = f"""
    SELECT {OPEN.format(moment="now()")} AS open, {eligible("referrers", "$2::bigint")} AS eligible
    FROM referral_program JOIN referral_terms ON referral_terms.id = terms_id
        LEFT JOIN eligibility AS referrers ON referrers.id = referrers_id
    WHERE referral_program.id = $1 AND (starts_at <= now() OR $3::boolean)
"""  # noqa: S608 - made of predicates of ours
_PERSONAL = """
    SELECT id FROM referral_code WHERE program_id = $1 AND member_id = $2 AND kind = 'PERSONAL' AND revoked_at IS NULL
"""
_INSERT = """
    INSERT INTO referral_code (program_id, code, kind, member_id, channel, campaign, most_uses, expires_at, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id
"""
_REVOKE = """
    UPDATE referral_code SET revoked_at = now()
    WHERE id = $1 AND (member_id = $2 OR $3) RETURNING member_id, channel, campaign
"""
_KNOWN = "SELECT revoked_at IS NOT NULL FROM referral_code WHERE id = $1 AND (member_id = $2 OR $3) FOR UPDATE"


async def personal_code(
    connection: Connection, program_id: int, member_id: int, *, actor_id: int | None, context: Mapping[str, object]
) -> int:
    """Return the id of a member's own code in a programme, made now if there is none.

    Raises:
        NotFound: if there is no such programme.
        ReferralProgramNotOpen: if it takes no referrals.
        MayNotRefer: if it is for others to refer by.
    """
    stands = await connection.raw.fetchrow(_STANDS, program_id, member_id, False)
    if stands is None:
        raise NotFound(what="referral programme")
    if not stands["open"]:
        raise ReferralProgramNotOpen
    if not stands["eligible"]:
        raise MayNotRefer
    while (code_id := await connection.raw.fetchval(_PERSONAL, program_id, member_id)) is None:
        code_id = await connection.raw.fetchval(
            _INSERT, program_id, draw(CODE_LENGTH), "PERSONAL", member_id, "", "", None, None, actor_id
        )
        if code_id is not None:
            await _tell(connection, events.REFERRAL_CODE_ISSUED, code_id, actor_id, member_id, context)
            break
    return int(code_id)


async def issue_code(
    connection: Connection,
    acting: Acting,
    program_id: int,
    kind: str,
    *,
    member_id: int | None = None,
    channel: str = "",
    campaign: str = "",
    most_uses: int | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Make a code of a campaign, or for one use; return its id. `member_id` is whom those who join by it were brought by.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        NotFound: if there is no such programme or member.
        ReferralProgramNotOpen: if the programme is paused or over.
        Invalid: for what a code cannot be.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="issue codes of campaigns")
    channel, campaign = (
        clean_line(channel, "channel", LONGEST_CHANNEL),
        clean_line(campaign, "campaign", LONGEST_CHANNEL),
    )
    if most_uses is not None and not 1 <= most_uses <= MOST_USES:
        raise Invalid(field="mostUses", reason=f"1 to {MOST_USES:,}, or any number if left out.")
    if kind == "ONE_USE":
        if most_uses not in {None, 1}:
            raise Invalid(field="mostUses", reason="A code for one use is used once.")
        most_uses = 1
    if expires_at is not None and not await connection.raw.fetchval("SELECT $1::timestamptz > now()", expires_at):
        raise Invalid(field="expiresAt", reason="A code expires in the future.")
    program = await connection.raw.fetchrow("SELECT state FROM referral_program WHERE id = $1", program_id)
    if program is None:
        raise NotFound(what="referral programme")
    if program["state"] != "ACTIVE":
        raise ReferralProgramNotOpen
    if member_id is not None and not await connection.raw.fetchval(
        "SELECT state = 'ACTIVE' FROM member WHERE id = $1", member_id
    ):
        raise NotFound(what="member", path=("member",))
    code_id = None
    while code_id is None:
        code_id = await connection.raw.fetchval(
            _INSERT,
            *(program_id, draw(CODE_LENGTH), kind, member_id, channel, campaign, most_uses, expires_at),
            acting.member_id,
        )
    context = {**acting.context, "channel": channel, "campaign": campaign}
    await _tell(connection, events.REFERRAL_CODE_ISSUED, code_id, acting.member_id, member_id, context)
    return int(code_id)


async def revoke_code(connection: Connection, acting: Acting, code_id: int) -> None:
    """Let a code count no more: one's own, or any for who runs campaigns. Who was brought by it stays so.

    Raises:
        NotFound: if there is no such code that they may see.
    """
    manages = acting.may(Permission.MANAGE_CAMPAIGNS)
    revoked = await connection.raw.fetchval(_KNOWN, code_id, acting.member_id, manages)
    if revoked is None:
        raise NotFound(what="code")
    if revoked:
        return
    (code,) = await connection.raw.fetch(_REVOKE, code_id, acting.member_id, manages)
    context = {**acting.context, "channel": code["channel"], "campaign": code["campaign"]}
    await _tell(connection, events.REFERRAL_CODE_REVOKED, code_id, acting.member_id, code["member_id"], context)


async def _tell(
    connection: Connection,
    kind: str,
    code_id: int,
    actor_id: int | None,
    member_id: int | None,
    context: Mapping[str, object],
) -> None:
    happened = Event(
        kind,
        actor_id=actor_id,
        member_id=member_id,
        subject_kind="referral_code",
        subject_id=code_id,
        context=context,
    )
    await record(connection, happened)
