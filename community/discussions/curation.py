"""What is done with posts beyond writing them: pinning, locking, moving, and accepting an answer."""

import asyncpg

from community.discussions.access import (
    comment_seen,
    post_for_moderation,
    post_seen,
    refuse_archived,
    space_for_post,
)
from community.discussions.events import (
    ANSWER_ACCEPTED,
    ANSWER_UNACCEPTED,
    POST_LOCKED,
    POST_MOVED,
    POST_PINNED,
    POST_UNLOCKED,
    POST_UNPINNED,
    happened,
)
from community.discussions.tables import Visibility
from community.foundation.database import Connection
from community.foundation.errors import NotPermitted
from community.foundation.events import record
from community.members.acting import Acting

_PIN = "UPDATE post SET pinned_at = now() WHERE id = $1 AND pinned_at IS NULL RETURNING id"
_UNPIN = "UPDATE post SET pinned_at = NULL WHERE id = $1 AND pinned_at IS NOT NULL RETURNING id"
_LOCK = "UPDATE post SET locked_at = now() WHERE id = $1 AND locked_at IS NULL RETURNING id"
_UNLOCK = "UPDATE post SET locked_at = NULL WHERE id = $1 AND locked_at IS NOT NULL RETURNING id"
_ACCEPT = """
    UPDATE post SET accepted_comment_id = $2 WHERE id = $1 AND accepted_comment_id IS DISTINCT FROM $2 RETURNING id
"""
_MOVE = "UPDATE post SET space_id = $2, pinned_at = NULL WHERE id = $1"
_MOVE_ACTIVITY = "UPDATE post_activity SET space_id = $2 WHERE post_id = $1"
_MOVE_COUNT = """
    WITH locked AS (SELECT id FROM space WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE)
    UPDATE space SET post_count = post_count + CASE WHEN space.id = $2 THEN 1 ELSE -1 END
    FROM locked WHERE space.id = locked.id
"""
_COMMENT_AUTHOR = "SELECT author_id FROM comment WHERE id = $1"


async def pin_post(connection: Connection, acting: Acting, post_id: int) -> bool:
    """Put a post on top of its space; say whether it was not there. For moderators; refusals as their doors have them."""
    return await _mark(connection, acting, post_id, _PIN, POST_PINNED, "pin this post")


async def unpin_post(connection: Connection, acting: Acting, post_id: int) -> bool:
    """Undo :func:`pin_post`."""
    return await _mark(connection, acting, post_id, _UNPIN, POST_UNPINNED, "unpin this post")


async def lock_post(connection: Connection, acting: Acting, post_id: int) -> bool:
    """Let a post take no more comments; say whether it did. For moderators; refusals as their doors have them."""
    return await _mark(connection, acting, post_id, _LOCK, POST_LOCKED, "lock this post")


async def unlock_post(connection: Connection, acting: Acting, post_id: int) -> bool:
    """Undo :func:`lock_post`."""
    return await _mark(connection, acting, post_id, _UNLOCK, POST_UNLOCKED, "unlock this post")


async def move_post(connection: Connection, acting: Acting, post_id: int, space_id: int) -> bool:
    """Move a post to another space; say whether it was not there. For who moderates both.

    Raises:
        NotFound: if the member may not see the post or the space.
        NotPermitted: unless both are theirs to moderate.
        SpaceArchived: if either is read-only.
    """
    post = await post_for_moderation(connection, acting, post_id, "move this post")
    space = await space_for_post(connection, acting, space_id)
    if not space["moderates"]:
        raise NotPermitted(action="move a post to this space")
    if post["space_id"] == space_id:
        return False
    await connection.raw.execute(_MOVE, post_id, space_id)
    await connection.raw.execute(_MOVE_ACTIVITY, post_id, space_id)
    if post["visibility"] == Visibility.VISIBLE:
        await connection.raw.execute(_MOVE_COUNT, post["space_id"], space_id)
    await record(
        connection,
        happened(
            POST_MOVED,
            acting,
            subject_kind="post",
            subject_id=post_id,
            member_id=post["author_id"],
            post_id=post_id,
            space_id=space_id,
            from_space_id=post["space_id"],
        ),
    )
    return True


async def accept_answer(connection: Connection, acting: Acting, comment_id: int) -> bool:
    """Mark a comment as the answer to its post, in place of any other; say whether it was not.

    Raises:
        NotFound: if the member may not see the comment.
        NotPermitted: unless the post is theirs, or theirs to moderate, and post and comment are plainly visible.
        SpaceArchived: if the space is read-only.
    """
    comment = await comment_seen(connection, acting, comment_id)
    refuse_archived(comment)
    if not (comment["post_author_id"] == acting.member_id or comment["moderates"]):
        raise NotPermitted(action="accept an answer to this post")
    if comment["visibility"] != Visibility.VISIBLE or comment["post_visibility"] != Visibility.VISIBLE:
        raise NotPermitted(action="accept what is hidden")
    if await connection.raw.fetchval(_ACCEPT, comment["post_id"], comment_id) is None:
        return False
    await _record_answer(connection, ANSWER_ACCEPTED, acting, comment, comment_id, comment["author_id"])
    return True


async def unaccept_answer(connection: Connection, acting: Acting, post_id: int) -> bool:
    """Let a post have no accepted answer; say whether it had one. The refusals are those of :func:`accept_answer`."""
    post = await post_seen(connection, acting, post_id)
    refuse_archived(post)
    if not (post["own"] or post["moderates"]):
        raise NotPermitted(action="accept an answer to this post")
    comment_id: int | None = post["accepted_comment_id"]
    if comment_id is None:
        return False
    await connection.raw.execute(_ACCEPT, post_id, None)
    author_id = await connection.raw.fetchval(_COMMENT_AUTHOR, comment_id)
    await _record_answer(connection, ANSWER_UNACCEPTED, acting, {**post, "post_id": post_id}, comment_id, author_id)
    return True


async def _mark(
    connection: Connection, acting: Acting, post_id: int, statement: str, event_kind: str, action: str
) -> bool:
    post = await post_for_moderation(connection, acting, post_id, action)
    if await connection.raw.fetchval(statement, post_id) is None:
        return False
    await record(
        connection,
        happened(
            event_kind,
            acting,
            subject_kind="post",
            subject_id=post_id,
            member_id=post["author_id"],
            post_id=post_id,
            space_id=post["space_id"],
        ),
    )
    return True


async def _record_answer(
    connection: Connection,
    event_kind: str,
    acting: Acting,
    place: asyncpg.Record | dict[str, int],
    comment_id: int,
    author_id: int,
) -> None:
    await record(
        connection,
        happened(
            event_kind,
            acting,
            subject_kind="comment",
            subject_id=comment_id,
            member_id=author_id,
            post_id=place["post_id"],
            space_id=place["space_id"],
        ),
    )
