"""Accounts that are one person's: one is closed, and the other stands for both.

Merges stand alone: an account that others are merged into is merged into none, and none is merged into one that is merged. So
there are no chains and no rings. Both rows are locked first, in the order of their ids: of two merges that do not go together
the second finds what the first has done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.foundation.events import Event, record
from community.members.errors import MergeNotPossible, NotOneself
from community.members.events import MEMBER_MERGED, MEMBER_PARTED
from community.members.roles import keep_an_administrator
from community.members.sessions import MERGED, end_sessions
from community.members.standing import may_judge

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

_BOTH = """
    SELECT member.id, handle, state, merged_into,
        EXISTS (SELECT FROM member AS account WHERE account.merged_into = member.id) AS stands_for_others
    FROM member WHERE id IN ($1, $2) AND state <> 'ERASED' ORDER BY id
"""
_LOCK = "SELECT FROM member WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE"
# Whose counters move, in the order in which all that moves them locks them.
_LOCK_FOLLOWERS = """
    SELECT FROM member WHERE id IN (SELECT follower_id FROM {follows} WHERE {of} = $1) ORDER BY id FOR NO KEY UPDATE
"""
_MERGE = "UPDATE member SET state = 'MERGED', merged_into = $2 WHERE id = $1"
_PART = "UPDATE member SET state = 'ACTIVE', merged_into = NULL WHERE id = $1 AND state = 'MERGED' AND merged_into = $2"
# Who has blocked the other account, or is blocked by it, did not ask to follow it.
_CARRY_FOLLOWS = """
    WITH carried AS (
        INSERT INTO follow (follower_id, member_id)
        SELECT follower_id, $2 FROM follow JOIN member ON member.id = follower_id AND member.state <> 'ERASED'
        WHERE follow.member_id = $1 AND follower_id <> $2 AND NOT EXISTS (
            SELECT FROM block WHERE (blocker_id, block.member_id) IN ((follower_id, $2), ($2, follower_id))
        )
        ORDER BY follower_id ON CONFLICT DO NOTHING RETURNING follower_id, created_at
    ), kept AS (
        INSERT INTO carried_follow (merged_id, follower_id, created_at) SELECT $1, follower_id, created_at FROM carried
    )
    UPDATE member SET
        following_count = following_count + (id <> $2)::int,
        follower_count = follower_count + CASE WHEN id = $2 THEN (SELECT count(*) FROM carried) ELSE 0 END
    WHERE id = $2 OR id IN (SELECT follower_id FROM carried)
"""
# A follow that was taken back since, or made again, is their own doing, and stays as they made it.
_TAKE_FOLLOWS_BACK = """
    WITH carried AS (
        DELETE FROM carried_follow WHERE merged_id = $1 RETURNING follower_id, created_at
    ), ended AS (
        DELETE FROM follow USING carried
        WHERE follow.follower_id = carried.follower_id AND follow.member_id = $2 AND follow.created_at = carried.created_at
        RETURNING follow.follower_id
    )
    UPDATE member SET
        following_count = following_count - (id <> $2)::int,
        follower_count = follower_count - CASE WHEN id = $2 THEN (SELECT count(*) FROM ended) ELSE 0 END
    WHERE id = $2 OR id IN (SELECT follower_id FROM ended)
"""


async def refuse_merge(connection: Connection, member_id: int, into_id: int) -> None:
    """Refuse what two accounts' standing rules out; it is asked again when they are merged, with both held.

    Raises:
        NotFound: if one of them is not there.
        NotOneself: if they are one account.
        MergeNotPossible: if one stands for others, or another stands for it, or the one is suspended.
    """
    if member_id == into_id:
        raise NotOneself(action="merge an account into")
    accounts = {row["id"]: row for row in await connection.raw.fetch(_BOTH, member_id, into_id)}
    account, into = accounts.get(member_id), accounts.get(into_id)
    if account is None or into is None:
        raise NotFound(what="member")
    why = _ruled_out(account, into)
    if why is not None:
        raise MergeNotPossible(why=why)


async def merge_member(connection: Connection, actor_id: int, member_id: int, into_id: int) -> None:
    """Close an account, as another stands for both: its sessions end, and who followed it follows the other, too.

    What it wrote stays, under its name. What else counts one person is the caller's to see to.

    Raises:
        NotPermitted: unless the actor may suspend that very member; administrators are judged by administrators alone.
        LastAdministrator: if nobody could manage roles afterwards.
        And as `refuse_merge`.
    """
    await may_judge(connection, actor_id, member_id, "merge")
    await keep_an_administrator(connection, member_id)
    await connection.raw.execute(_LOCK, member_id, into_id)
    # Asked after the locks, in a statement of its own, which sees what was committed while this waited for them.
    await refuse_merge(connection, member_id, into_id)
    await connection.raw.execute(_LOCK_FOLLOWERS.format(follows="follow", of="member_id"), member_id)
    await connection.raw.execute(_CARRY_FOLLOWS, member_id, into_id)
    await connection.raw.execute(_MERGE, member_id, into_id)
    await end_sessions(connection, member_id, MERGED, actor_id=actor_id)
    await _record(connection, MEMBER_MERGED, actor_id, member_id, {"into": into_id})


async def part_member(connection: Connection, actor_id: int, member_id: int, from_id: int) -> bool:
    """Open a merged account again, and take back what was carried over; say whether the other stood for it until now.

    Raises:
        NotPermitted: unless the actor may suspend that very member.
    """
    await may_judge(connection, actor_id, member_id, "part")
    await connection.raw.execute(_LOCK, member_id, from_id)
    if not (await connection.raw.execute(_PART, member_id, from_id)).endswith(" 1"):
        return False
    await connection.raw.execute(_LOCK_FOLLOWERS.format(follows="carried_follow", of="merged_id"), member_id)
    await connection.raw.execute(_TAKE_FOLLOWS_BACK, member_id, from_id)
    await _record(connection, MEMBER_PARTED, actor_id, member_id, {"from": from_id})
    return True


def _ruled_out(account: asyncpg.Record, into: asyncpg.Record) -> str | None:
    if into["state"] == "MERGED":
        return f"another account stands for @{into['handle']} already: merge into that one."
    if account["state"] == "MERGED":
        return f"another account stands for @{account['handle']} already."
    if account["stands_for_others"]:
        return f"@{account['handle']} stands for others: merge @{into['handle']} into it, or undo that first."
    if account["state"] == "SUSPENDED":
        return (
            f"@{account['handle']} is suspended, which would be lost: suspend the other, or reinstate this one first."
        )
    return None


async def _record(connection: Connection, kind: str, actor_id: int, member_id: int, data: dict[str, object]) -> None:
    happened = Event(
        kind, actor_id=actor_id, member_id=member_id, subject_kind="member", subject_id=member_id, data=data
    )
    await record(connection, happened)
