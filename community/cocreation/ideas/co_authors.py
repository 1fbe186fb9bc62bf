"""Co-authors: asked by the author, they decide with them on amendments and are credited when the idea ships.

Whoever changes an idea's co-authors holds the idea, so that there are never more than may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.ideas import events
from community.cocreation.ideas.access import Held, idea_seen, idea_to_change, tell
from community.cocreation.ideas.errors import InvitationDeclined, TooManyCoAuthors
from community.discussions.access import blocked_with, member_sees_space, refuse_archived
from community.foundation.errors import NotFound, NotPermitted

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_CO_AUTHORS = 10

# Who cannot see the idea is not called to it, and no block is crossed: to the author, they are not there.
_ASKED = f"""
    SELECT member.id, {member_sees_space("member.id")} AS sees FROM member JOIN space ON space.id = $3
    WHERE member.id = $1 AND member.state = 'ACTIVE' AND NOT {blocked_with("member.id")}
"""  # noqa: S608 - made of predicates of ours
_STANDING = "SELECT state FROM idea_co_author WHERE idea_id = $1 AND member_id = $2"
_AMOUNT = "SELECT count(*) FROM idea_co_author WHERE idea_id = $1 AND state <> 'DECLINED'"
_INVITE = "INSERT INTO idea_co_author (idea_id, member_id) VALUES ($1, $2)"
_ANSWER = """
    UPDATE idea_co_author SET state = $3, created_at = now()
    WHERE idea_id = $1 AND member_id = $2 AND state = 'INVITED' RETURNING member_id
"""
_REMOVE = """
    DELETE FROM idea_co_author WHERE idea_id = $1 AND member_id = $2 AND state <> 'DECLINED' RETURNING member_id
"""
_LEAVE = """
    DELETE FROM idea_co_author WHERE idea_id = $1 AND member_id = $2 AND state = 'ACCEPTED' RETURNING member_id
"""
_FOLLOW = """
    WITH added AS (
        INSERT INTO idea_follow (idea_id, member_id, following) VALUES ($1, $2, true)
        ON CONFLICT DO NOTHING RETURNING idea_id
    )
    UPDATE idea SET follower_count = follower_count + 1 FROM added WHERE idea.id = added.idea_id
"""


async def invite_co_author(connection: Connection, acting: Acting, idea_id: int, member_id: int) -> bool:
    """Ask a member to be a co-author; say whether they were not before. For the idea's author.

    Raises:
        NotFound: if the author may not see the idea or the member, or the member could not see the idea.
        NotPermitted: unless the idea is theirs.
        IdeaClosed, SpaceArchived: if it cannot be changed.
        InvitationDeclined: if the member did not want to before.
        TooManyCoAuthors: if there are as many as may be.
    """
    held = await _own(connection, acting, idea_id, "invite co-authors to this idea")
    held.refuse_closed()
    asked = await connection.raw.fetchrow(_ASKED, member_id, acting.member_id, held.space_id)
    if asked is None or member_id == acting.member_id or not asked["sees"]:
        raise NotFound(what="member")
    standing = await connection.raw.fetchval(_STANDING, idea_id, member_id)
    if standing == "DECLINED":
        raise InvitationDeclined
    if standing is not None:
        return False
    if await connection.raw.fetchval(_AMOUNT, idea_id) >= MOST_CO_AUTHORS:
        raise TooManyCoAuthors(most=MOST_CO_AUTHORS)
    await connection.raw.execute(_INVITE, idea_id, member_id)
    await tell(connection, events.CO_AUTHOR_INVITED, acting, held, member_id=member_id)
    return True


async def accept_co_authorship(connection: Connection, acting: Acting, idea_id: int) -> None:
    """Be a co-author, as one was asked; one follows the idea from then on, unless one unfollowed it.

    Raises:
        NotFound: if the member may not see the idea, or was not asked.
        NotPermitted, IdeaClosed, SpaceArchived: if it cannot be changed.
    """
    held = await idea_to_change(connection, acting, idea_id, "share in this idea")
    if await connection.raw.fetchval(_ANSWER, idea_id, acting.member_id, "ACCEPTED") is None:
        raise NotFound(what="invitation", path=("idea",))
    held.refuse_closed()
    await connection.raw.execute(_FOLLOW, idea_id, acting.member_id)
    await tell(connection, events.CO_AUTHOR_JOINED, acting, held, member_id=held.author_id)


async def decline_co_authorship(connection: Connection, acting: Acting, idea_id: int) -> None:
    """Say no to being a co-author; one is not asked again.

    Raises:
        NotFound: if the member may not see the idea, or was not asked.
    """
    held = await idea_seen(connection, acting, idea_id)
    if await connection.raw.fetchval(_ANSWER, idea_id, acting.member_id, "DECLINED") is None:
        raise NotFound(what="invitation", path=("idea",))
    await tell(connection, events.CO_AUTHOR_DECLINED, acting, held, member_id=held.author_id)


async def leave_idea(connection: Connection, acting: Acting, idea_id: int) -> bool:
    """Be a co-author no longer; say whether one was.

    Raises:
        NotFound: if the member may not see the idea.
    """
    return await _gone(connection, acting, await idea_seen(connection, acting, idea_id), acting.member_id, _LEAVE)


async def remove_co_author(connection: Connection, acting: Acting, idea_id: int, member_id: int) -> bool:
    """Part with a co-author, or take an invitation back; say whether there was one. For the idea's author.

    Raises:
        NotFound: if the author may not see the idea.
        NotPermitted: unless the idea is theirs.
        SpaceArchived: if it cannot be changed.
    """
    held = await _own(connection, acting, idea_id, "part with this idea's co-authors")
    return await _gone(connection, acting, held, member_id, _REMOVE)


async def _own(connection: Connection, acting: Acting, idea_id: int, action: str) -> Held:
    held = await idea_seen(connection, acting, idea_id)
    if held.author_id != acting.member_id:
        raise NotPermitted(action=action)
    refuse_archived(held.post)
    return held


async def _gone(connection: Connection, acting: Acting, held: Held, member_id: int, statement: str) -> bool:
    if await connection.raw.fetchval(statement, held.id, member_id) is None:
        return False
    await tell(connection, events.CO_AUTHOR_LEFT, acting, held, member_id=member_id)
    return True
