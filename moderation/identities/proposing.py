"""How it comes up that two accounts may be one person's: somebody proposes it, and a case waits for whoever decides."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from community.discussions.texts import clean_text
from community.foundation.clock import now
from community.foundation.errors import Invalid, NotPermitted
from community.members import links
from community.members.errors import LinkExpired, NotOneself
from community.members.links import Purpose
from community.members.merging import refuse_merge
from community.members.roles import Permission
from community.members.signing import new_token
from moderation.cases.notes import LONGEST_BODY
from moderation.cases.opening import open_case
from moderation.decisions.grounds import OWN_INITIATIVE, REPORT
from moderation.identities.errors import IdentityCaseOpen, MergeCodeInvalid
from moderation.subjects import Subject

if TYPE_CHECKING:
    from datetime import datetime

    from community.foundation.database import Connection
    from community.members.acting import Acting
    from community.members.principals import Principal

REASON = "OTHER"
"""Under which of the reasons it stands in the queue: what was really found the statement says in other words."""

CODE_LIFETIME = timedelta(hours=1)
BOTH_PROVED = "The member has signed in to both accounts, and asks for it. 该成员已登录两个账号，并提出合并请求。"

_REASON = "SELECT id, severity FROM report_reason WHERE name = $1"
_ACCOUNT = """
    SELECT jsonb_build_object('handle', handle, 'displayName', display_name, 'bio', bio, 'body', $2::text, 'found', $3::text)
            AS content,
        (1 + ln(1 + follower_count))::float8 AS reach
    FROM member WHERE id = $1
"""
# However often it is said, and of whichever of the two first, it is one question.
_OPEN = """
    SELECT moderation_case.id, member.handle, (member_id, other_id) IN (($1, $2), ($2, $1)) AS same
    FROM moderation_case JOIN member ON member.id = member_id
    WHERE kind = 'IDENTITY' AND closed_at IS NULL AND (
        subject_kind = 'member' AND subject_id = $1 OR subject_kind = 'member' AND subject_id = $2 AND other_id = $1
    )
    ORDER BY same DESC LIMIT 1
"""
_SAID_TOO = "INSERT INTO moderation_case_note (case_id, author_id, body) VALUES ($1, $2, $3)"


async def propose_identity_merge(
    connection: Connection, acting: Acting, member_id: int, into_id: int, *, reason: str
) -> int:
    """Propose that an account be closed, as another is the same person's and stands for both; return the case.

    Where that is asked already, what is said is a note on the case that is open.

    Raises:
        NotPermitted: unless they may suspend members.
        NotOneself: for an account of their own: nobody judges themselves.
        Invalid: unless they say why.
        And as `open_identity_case`.
    """
    acting.require(Permission.SUSPEND_MEMBERS, action="merge accounts")
    if acting.member_id in {member_id, into_id}:
        raise NotOneself(action="propose to merge")
    reason = clean_text(reason, "reason", LONGEST_BODY)
    if not reason:
        raise Invalid(field="reason", reason="Say what makes them one person's.")
    case_id, opened = await open_identity_case(connection, member_id, into_id, reason=reason, found=OWN_INITIATIVE)
    if not opened:
        await connection.raw.execute(_SAID_TOO, case_id, acting.member_id, reason)
    return case_id


async def offer_merge_code(connection: Connection, principal: Principal) -> tuple[str, datetime]:
    """Return a code that proves within the hour, once, that an account is theirs, and until when; any before it is void.

    Raises:
        NotPermitted: to a request that did not come by a session.
    """
    if principal.session_id is None:
        raise NotPermitted(action="prove an account with an access token")
    await links.void(connection, principal.member_id, Purpose.MERGE_ACCOUNT)
    code = new_token("thm_")
    await links.add(connection, code, principal.member_id, Purpose.MERGE_ACCOUNT, "", CODE_LIFETIME)
    return code, now() + CODE_LIFETIME


async def request_account_merge(connection: Connection, principal: Principal, code: str) -> None:
    """Ask that another account of one's own, which `code` proves, be closed, as this one stands for both.

    Raises:
        NotPermitted: to a request that did not come by a session.
        MergeCodeInvalid: for a code that was used, is too old, or none.
        NotOneself: for the code of this very account.
        And as `open_identity_case`.
    """
    if principal.session_id is None:
        raise NotPermitted(action="merge accounts with an access token")
    try:
        member_id, _ = await links.use(connection, code.strip(), Purpose.MERGE_ACCOUNT)
    except LinkExpired:
        raise MergeCodeInvalid(path=("code",)) from None
    case_id, opened = await open_identity_case(
        connection, member_id, principal.member_id, reason=BOTH_PROVED, found=REPORT
    )
    if not opened:
        await connection.raw.execute(_SAID_TOO, case_id, None, BOTH_PROVED)


async def open_identity_case(
    connection: Connection, member_id: int, into_id: int, *, reason: str, found: str
) -> tuple[int, bool]:
    """Open the case whether two accounts are one person's, or return the one that is open; say whether it is new.

    `found` is how it was come upon, as a statement of reasons tells it.

    Raises:
        IdentityCaseOpen: if it is asked already whether the account is one with yet another.
        And as `refuse_merge`.
    """
    await refuse_merge(connection, member_id, into_id)
    asked = await connection.raw.fetchrow(_OPEN, member_id, into_id)
    if asked is not None:
        if not asked["same"]:
            raise IdentityCaseOpen(member=asked["handle"])
        return asked["id"], False
    why = await connection.raw.fetchrow(_REASON, REASON)
    account = await connection.raw.fetchrow(_ACCOUNT, member_id, reason, found)
    assert why is not None
    assert account is not None  # it was there just now, and members stay
    subject = Subject("member", member_id, member_id, None, 0, account["content"], account["reach"])
    return await open_case(
        connection,
        "IDENTITY",
        subject,
        reason_id=why["id"],
        severity=why["severity"],
        weight=1.0,
        other_id=into_id,
    )
