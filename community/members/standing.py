"""Whether a member may take part: suspension and its end. What they wrote is hidden and shown by the discussions."""

from datetime import datetime

from community.foundation.clock import now
from community.foundation.database import Connection
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.foundation.events import Event, record
from community.members.errors import NotOneself
from community.members.events import MEMBER_REINSTATED, MEMBER_SUSPENDED
from community.members.names import INVISIBLE
from community.members.roles import Permission, Role, keep_an_administrator, require_permission, roles_of
from community.members.sessions import SUSPENDED, end_sessions

LONGEST_REASON = 2_000

# A second suspension replaces the first one's end and reason.
_SUSPEND = """
    UPDATE member SET state = 'SUSPENDED', suspended_until = $2, suspension_reason = $3
    WHERE id = $1 AND state IN ('ACTIVE', 'SUSPENDED')
    RETURNING id
"""
_REINSTATE = """
    UPDATE member SET state = 'ACTIVE', suspended_until = NULL, suspension_reason = NULL
    WHERE id = $1 AND state = 'SUSPENDED'
    RETURNING id
"""
_EXISTS = "SELECT EXISTS (SELECT FROM member WHERE id = $1 AND state <> 'ERASED')"
_REINSTATE_LAPSED = """
    UPDATE member SET state = 'ACTIVE', suspended_until = NULL, suspension_reason = NULL
    WHERE id IN (
        SELECT id FROM member WHERE state = 'SUSPENDED' AND suspended_until <= now()
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


async def suspend_member(
    connection: Connection,
    actor_id: int | None,
    member_id: int,
    *,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Keep a member from taking part until a day, or (with none) until someone reinstates them. Their sessions end.

    What they wrote is the caller's to hide, in the same transaction.

    Raises:
        NotPermitted: unless the actor may suspend members; administrators are suspended by administrators alone.
        NotFound: if there is no such member.
        LastAdministrator: if nobody could manage roles afterwards.
        Invalid: without a reason, or for a day that has passed.
    """
    reason = checked_terms(reason, until)
    await may_judge(connection, actor_id, member_id, "suspend")
    await keep_an_administrator(connection, member_id)
    if await connection.raw.fetchval(_SUSPEND, member_id, until, reason) is None:
        raise NotFound(what="member")
    await end_sessions(connection, member_id, SUSPENDED, actor_id=actor_id)
    await _record(
        connection,
        MEMBER_SUSPENDED,
        actor_id,
        member_id,
        {"until": until.isoformat() if until else None, "reason": reason},
    )


def checked_terms(reason: str, until: datetime | None) -> str:
    """Return the reason of a suspension as it is kept.

    Raises:
        Invalid: without a reason, or for a day that has passed.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or INVISIBLE.search(reason.replace("\n", " ")) is not None:
        raise Invalid(field="reason", reason=f"Say why, in 1 to {LONGEST_REASON} characters.")
    if until is not None and until <= now():
        raise Invalid(field="until", reason="A suspension ends in the future.")
    return reason


async def reinstate_member(connection: Connection, actor_id: int | None, member_id: int) -> bool:
    """Let a suspended member take part again; say whether they were suspended. What they wrote is the caller's to show.

    Raises:
        NotPermitted: unless the actor may suspend members.
        NotFound: if there is no such member.
    """
    await may_judge(connection, actor_id, member_id, "reinstate")
    if await connection.raw.fetchval(_REINSTATE, member_id) is None:
        if not await connection.raw.fetchval(_EXISTS, member_id):
            raise NotFound(what="member")
        return False
    await _record(connection, MEMBER_REINSTATED, actor_id, member_id, {"because": "decided"})
    return True


async def reinstate_lapsed(connection: Connection) -> list[int]:
    """Let those take part again whose suspension has run out; return who, for the caller to show what they wrote."""
    lapsed: list[int] = [row["id"] for row in await connection.raw.fetch(_REINSTATE_LAPSED)]
    for member_id in lapsed:
        await _record(connection, MEMBER_REINSTATED, None, member_id, {"because": "lapsed"})
    return lapsed


async def may_judge(connection: Connection, actor_id: int | None, member_id: int, action: str) -> None:
    """Refuse unless the actor (none: who runs the server) may suspend this very member."""
    if actor_id is None:
        return
    if actor_id == member_id:
        raise NotOneself(action=action)
    roles = await require_permission(connection, actor_id, Permission.SUSPEND_MEMBERS)
    if Role.ADMIN not in roles and any(grant.role is Role.ADMIN for grant in await roles_of(connection, member_id)):
        raise NotPermitted(action=f"{action} an administrator")


async def _record(
    connection: Connection,
    kind: str,
    actor_id: int | None,
    member_id: int,
    data: dict[str, object],
) -> None:
    await record(
        connection,
        Event(
            kind,
            actor_id=actor_id,
            member_id=member_id,
            subject_kind="member",
            subject_id=member_id,
            data=data,
        ),
    )
