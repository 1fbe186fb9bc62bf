"""How members stand to each other: following, blocking, muting. Doing it again changes nothing.

Both members' rows are locked first, in the order of their ids: whoever changes anything between the same two waits, so
a follow cannot slip past a block, counters are exact, and nobody waits in a circle.
"""

from community.foundation.database import Connection
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import Event, record
from community.members.errors import NotOneself
from community.members.events import (
    MEMBER_BLOCKED,
    MEMBER_FOLLOWED,
    MEMBER_MUTED,
    MEMBER_UNBLOCKED,
    MEMBER_UNFOLLOWED,
    MEMBER_UNMUTED,
)

_LOCK_BOTH = "SELECT id, state FROM member WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE"
_BLOCKS = """
    SELECT EXISTS (SELECT FROM block WHERE blocker_id = $1 AND member_id = $2) AS blocking,
           EXISTS (SELECT FROM block WHERE blocker_id = $2 AND member_id = $1) AS blocked
"""
_FOLLOW = """
    WITH added AS (
        INSERT INTO follow (follower_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING follower_id
    )
    UPDATE member
    SET follower_count = follower_count + (id = $2)::int, following_count = following_count + (id = $1)::int
    FROM added WHERE id IN ($1, $2)
"""
# Also of use both ways at once: each removed row takes one from its follower and one from whom it followed.
_UNFOLLOW = """
    WITH removed AS (
        DELETE FROM follow
        WHERE follower_id = $1 AND member_id = $2 OR $3 AND follower_id = $2 AND member_id = $1
        RETURNING follower_id, member_id
    ), change AS (
        SELECT id, sum(followers) AS followers, sum(following) AS following
        FROM (
            SELECT member_id AS id, 1 AS followers, 0 AS following FROM removed
            UNION ALL
            SELECT follower_id, 0, 1 FROM removed
        ) AS sides
        GROUP BY id
    ), counted AS (
        UPDATE member
        SET follower_count = follower_count - change.followers, following_count = following_count - change.following
        FROM change WHERE member.id = change.id
    )
    SELECT follower_id, member_id FROM removed
"""
_BLOCK = "INSERT INTO block (blocker_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING blocker_id"
_UNBLOCK = "DELETE FROM block WHERE blocker_id = $1 AND member_id = $2 RETURNING blocker_id"
_MUTE = "INSERT INTO mute (muter_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING muter_id"
_UNMUTE = "DELETE FROM mute WHERE muter_id = $1 AND member_id = $2 RETURNING muter_id"


async def follow_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Have the actor follow a member.

    Raises:
        NotFound: if there is no such member, or either has blocked the other: the answers are the same.
        NotOneself: for oneself.
        NotPermitted: to who is not in good standing.
    """
    await _meet(connection, actor_id, member_id, "follow")
    # Two rows are counted, or none when it was so before.
    if _touched(await connection.raw.execute(_FOLLOW, actor_id, member_id)):
        await _record(connection, MEMBER_FOLLOWED, actor_id, member_id)


async def unfollow_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Have the actor follow a member no longer.

    Raises:
        NotFound, NotOneself, NotPermitted: as for following.
    """
    await _meet(connection, actor_id, member_id, "unfollow")
    if await connection.raw.fetch(_UNFOLLOW, actor_id, member_id, False):
        await _record(connection, MEMBER_UNFOLLOWED, actor_id, member_id, because="asked")


async def block_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Hide the actor and a member from each other; neither follows the other any more.

    Raises:
        NotFound: if there is no such member, or they blocked the actor first: the answers are the same.
        NotOneself: for oneself.
        NotPermitted: to who is not in good standing.
    """
    await _meet(connection, actor_id, member_id, "block", though_blocking=True)
    if await connection.raw.fetchval(_BLOCK, actor_id, member_id) is None:
        return
    for ended in await connection.raw.fetch(_UNFOLLOW, actor_id, member_id, True):
        await _record(connection, MEMBER_UNFOLLOWED, ended["follower_id"], ended["member_id"], because="blocked")
    await _record(connection, MEMBER_BLOCKED, actor_id, member_id)


async def unblock_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Take the actor's block back. Who followed whom before does not come back.

    Raises:
        NotFound, NotOneself, NotPermitted: as for blocking.
    """
    await _meet(connection, actor_id, member_id, "unblock", though_blocking=True)
    if await connection.raw.fetchval(_UNBLOCK, actor_id, member_id) is not None:
        await _record(connection, MEMBER_UNBLOCKED, actor_id, member_id)


async def mute_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Keep a member out of the actor's feed and notifications. The other never learns of it.

    Raises:
        NotFound, NotOneself, NotPermitted: as for following.
    """
    await _meet(connection, actor_id, member_id, "mute")
    if await connection.raw.fetchval(_MUTE, actor_id, member_id) is not None:
        await _record(connection, MEMBER_MUTED, actor_id, member_id)


async def unmute_member(connection: Connection, actor_id: int, member_id: int) -> None:
    """Let the actor hear of a member again.

    Raises:
        NotFound, NotOneself, NotPermitted: as for following.
    """
    await _meet(connection, actor_id, member_id, "unmute")
    if await connection.raw.fetchval(_UNMUTE, actor_id, member_id) is not None:
        await _record(connection, MEMBER_UNMUTED, actor_id, member_id)


async def _meet(
    connection: Connection,
    actor_id: int,
    member_id: int,
    action: str,
    *,
    though_blocking: bool = False,
) -> None:
    """Lock both, and refuse unless the actor may act and may see the other.

    Who blocked the other themselves may go on when `though_blocking`; who was blocked never may.
    """
    if actor_id == member_id:
        raise NotOneself(action=action)
    states = {row["id"]: row["state"] for row in await connection.raw.fetch(_LOCK_BOTH, actor_id, member_id)}
    if states.get(actor_id) != "ACTIVE":
        raise NotPermitted(action=f"{action} members")
    # Asked after the locks, in a statement of its own, which sees what was committed while this waited for them.
    [between] = await connection.raw.fetch(_BLOCKS, actor_id, member_id)
    hidden = (between["blocking"] and not though_blocking) or (between["blocked"] and not between["blocking"])
    if states.get(member_id, "ERASED") == "ERASED" or hidden:
        raise NotFound(what="member")


def _touched(status: str) -> bool:
    return not status.endswith(" 0")


async def _record(connection: Connection, kind: str, actor_id: int, member_id: int, **data: str) -> None:
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
