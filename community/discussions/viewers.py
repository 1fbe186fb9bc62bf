"""The facts about viewers, kept in memory and kept true by the event log.

They are loaded once by one statement, and dropped when an event says that one of them changed: at once by the process
that made the change, and by every other when it reads the event.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from community.discussions import events as discussions
from community.members import events as members
from community.members.principals import Scope
from community.members.viewer import Viewer

if TYPE_CHECKING:
    from uuid import UUID

    from community.foundation.database import Connection, Database
    from community.members.principals import Principal

KEPT = 50_000
KEPT_A_MEMBER = 20

_FACTS = """
    WITH moderated AS (
        SELECT space_id FROM role_grant
        WHERE $2::boolean AND member_id = $1 AND role = 'MODERATOR' AND space_id IS NOT NULL
    )
    SELECT
        ARRAY(SELECT role FROM role_grant WHERE $2 AND member_id = $1 AND space_id IS NULL) AS roles,
        ARRAY(SELECT space_id FROM moderated ORDER BY space_id) AS moderated_spaces,
        ARRAY(
            SELECT id FROM space
            WHERE access = 'PUBLIC'
                OR $1::bigint IS NOT NULL AND access = 'MEMBERS'
                OR id IN (SELECT space_id FROM space_member WHERE member_id = $1)
                OR id IN (SELECT space_id FROM moderated)
            ORDER BY id
        ) AS readable_spaces,
        EXISTS (SELECT FROM block WHERE blocker_id = $1 OR member_id = $1) AS hides_members,
        EXISTS (SELECT FROM post WHERE author_id = $1 AND visibility <> 0)
            OR EXISTS (SELECT FROM comment WHERE author_id = $1 AND visibility <> 0) AS has_hidden,
        EXISTS (SELECT FROM member WHERE id = $1 AND limits IS NOT NULL) AS limited
"""

# What an event of these kinds changes: the facts of its actor and of whom it concerns, or (a space opened or its
# access changed) those of everybody.
_OF_THE_CONCERNED = frozenset(
    {
        members.MEMBER_BLOCKED,
        members.MEMBER_UNBLOCKED,
        members.ROLE_GRANTED,
        members.ROLE_REVOKED,
        members.MEMBER_SUSPENDED,
        members.MEMBER_REINSTATED,
        members.MEMBER_RESTRICTED,
        members.MEMBER_UNRESTRICTED,
        members.MEMBER_MERGED,
        members.MEMBER_PARTED,
        discussions.SPACE_JOINED,
        discussions.SPACE_LEFT,
        discussions.CONTENT_REMOVED,
        discussions.CONTENT_RESTORED,
    },
)
_OF_ALL = frozenset({discussions.SPACE_CREATED, discussions.SPACE_UPDATED})
CHANGING_FACTS = _OF_THE_CONCERNED | _OF_ALL
"""The kinds of events that :meth:`Viewers.apply` should hear of as soon as they are there."""

_NO_SCOPES: frozenset[Scope] = frozenset()


async def load_viewer(connection: Connection, principal: Principal | None) -> Viewer:
    """Load the facts about whoever a request acts for; None for someone signed out."""
    member_id = principal.member_id if principal else None
    scopes = principal.scopes if principal else _NO_SCOPES
    # A token that may not moderate does not see with a moderator's eyes either.
    record = await connection.raw.fetchrow(_FACTS, member_id, Scope.MODERATE in scopes)
    assert record is not None  # an aggregate without GROUP BY has a row
    roles, moderated = frozenset(record["roles"]), tuple(record["moderated_spaces"])
    return Viewer(
        member_id=member_id,
        roles=roles,
        readable_spaces=tuple(record["readable_spaces"]),
        moderated_spaces=moderated,
        scopes=frozenset(scopes),
        session_id=str(principal.session_id) if principal and principal.session_id else None,
        kind=Viewer.classify(
            member_id,
            roles,
            moderated,
            hides_members=record["hides_members"],
            has_hidden=record["has_hidden"],
            limited=record["limited"],
            writes=Scope.WRITE in scopes,
        ),
    )


class Viewers:
    """The viewers that one process knows."""

    def __init__(self, database: Database) -> None:
        """Begin with none."""
        self._database = database
        # By member, as it is members that events are about; within, by what the token used may do, and its session.
        self._known: OrderedDict[int | None, dict[tuple[frozenset[Scope], UUID | None], Viewer]] = OrderedDict()
        self._changes = 0

    async def viewer(self, principal: Principal | None) -> Viewer:
        """Return the facts about whoever a request acts for."""
        member_id = principal.member_id if principal else None
        token = (principal.scopes, principal.session_id) if principal else (_NO_SCOPES, None)
        known = self._known.get(member_id)
        if known is not None and token in known:
            return known[token]
        changes = self._changes
        async with self._database.reading() as connection:
            loaded = await load_viewer(connection, principal)
        # An event that came while the facts were on their way may not be in them: then they serve this request alone.
        if changes == self._changes:
            kept = self._known.setdefault(member_id, {})
            if len(kept) >= KEPT_A_MEMBER:
                kept.clear()
            kept[token] = loaded
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return loaded

    def forget(self, *member_ids: int | None) -> None:
        """Drop what is known of some members, or of everybody when none is named."""
        self._changes += 1
        if not member_ids:
            self._known.clear()
        for member_id in member_ids:
            if member_id is not None:
                self._known.pop(member_id, None)

    def apply(self, kind: str, actor_id: int | None, member_id: int | None) -> None:
        """Drop what an event has made untrue."""
        if kind in _OF_ALL:
            self.forget()
        elif kind in _OF_THE_CONCERNED and (actor_id is not None or member_id is not None):
            self.forget(actor_id, member_id)
