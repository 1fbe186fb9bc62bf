"""How posts and comments become visible and cease to be, with every counter that this moves.

Each function takes many at once, for one change and for hiding all that a suspended member wrote alike. Rows are locked
in the one order that `access` lays down. A post's activity is changed only under the lock of its post. What was held as it
was written is told of when it becomes visible (`publishing`).
"""

from collections.abc import Sequence

import asyncpg

from community.discussions.access import refuse_archived
from community.discussions.publishing import publish_comments, publish_posts
from community.discussions.tables import Visibility
from community.foundation.database import Connection
from community.foundation.errors import NotPermitted

_MOVE_POSTS = """
    WITH chosen AS (
        SELECT id FROM post WHERE id = ANY($1::bigint[]) AND visibility = $2::smallint ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE post SET
        visibility = $3::smallint,
        hidden_at = CASE WHEN $3::smallint = 0 THEN NULL ELSE coalesce(hidden_at, now()) END,
        hidden_by = CASE WHEN $3::smallint = 0 THEN NULL ELSE $4::bigint END
    FROM chosen WHERE post.id = chosen.id
    RETURNING post.id
"""
_MOVE_ACTIVITY = "UPDATE post_activity SET visibility = $2::smallint WHERE post_id = ANY($1::bigint[])"
_COUNT_IN_SPACES = """
    WITH changed AS (
        SELECT space_id, count(*)::int AS posts FROM post WHERE id = ANY($1::bigint[]) GROUP BY space_id
    ), locked AS (
        SELECT id FROM space WHERE id IN (SELECT space_id FROM changed) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE space SET post_count = post_count + $2::int * changed.posts
    FROM locked JOIN changed ON changed.space_id = locked.id WHERE space.id = locked.id
"""
_COUNT_IN_TAGS = """
    WITH changed AS (
        SELECT tag_id, count(*)::int AS posts FROM post_tag WHERE post_id = ANY($1::bigint[]) GROUP BY tag_id
    ), locked AS (
        SELECT id FROM tag WHERE id IN (SELECT tag_id FROM changed) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE tag SET post_count = post_count + $2::int * changed.posts
    FROM locked JOIN changed ON changed.tag_id = locked.id WHERE tag.id = locked.id
"""
_COUNT_AUTHORS_POSTS = """
    WITH changed AS (
        SELECT author_id, count(*)::int AS posts FROM post WHERE id = ANY($1::bigint[]) GROUP BY author_id
    ), locked AS (
        SELECT id FROM member WHERE id IN (SELECT author_id FROM changed) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE member SET post_count = post_count + $2::int * changed.posts
    FROM locked JOIN changed ON changed.author_id = locked.id WHERE member.id = locked.id
"""
_LOCK_POSTS = """
    SELECT FROM post WHERE id IN (SELECT post_id FROM comment WHERE id = ANY($1::bigint[]))
    ORDER BY id FOR NO KEY UPDATE
"""
_LOCK_COMMENTS = """
    SELECT FROM comment
    WHERE id = ANY($1::bigint[]) OR id IN (SELECT parent_id FROM comment WHERE id = ANY($1::bigint[]))
    ORDER BY id FOR NO KEY UPDATE
"""
_MOVE_COMMENTS = """
    UPDATE comment SET
        visibility = $3::smallint,
        hidden_at = CASE WHEN $3::smallint = 0 THEN NULL ELSE coalesce(hidden_at, now()) END,
        hidden_by = CASE WHEN $3::smallint = 0 THEN NULL ELSE $4::bigint END
    WHERE id = ANY($1::bigint[]) AND visibility = $2::smallint
    RETURNING id
"""
_COUNT_REPLIES = """
    UPDATE comment SET reply_count = reply_count + $2::int * changed.replies
    FROM (
        SELECT parent_id, count(*)::int AS replies FROM comment
        WHERE id = ANY($1::bigint[]) AND parent_id IS NOT NULL GROUP BY parent_id
    ) AS changed
    WHERE comment.id = changed.parent_id
"""
_COUNT_IN_POSTS = """
    UPDATE post SET comment_count = comment_count + $2::int * changed.comments
    FROM (
        SELECT post_id, count(*)::int AS comments FROM comment WHERE id = ANY($1::bigint[]) GROUP BY post_id
    ) AS changed
    WHERE post.id = changed.post_id
"""
_COUNT_IN_ACTIVITY = """
    UPDATE post_activity SET
        score = score + 2 * $2::int * changed.comments,
        active_at = (
            SELECT coalesce(max(comment.created_at), post.created_at)
            FROM post LEFT JOIN comment ON comment.post_id = post.id AND comment.visibility = 0
            WHERE post.id = changed.post_id GROUP BY post.created_at
        )
    FROM (
        SELECT post_id, count(*)::int AS comments FROM comment WHERE id = ANY($1::bigint[]) GROUP BY post_id
    ) AS changed
    WHERE post_activity.post_id = changed.post_id
"""
_COUNT_AUTHORS_COMMENTS = """
    WITH changed AS (
        SELECT author_id, count(*)::int AS comments FROM comment WHERE id = ANY($1::bigint[]) GROUP BY author_id
    ), locked AS (
        SELECT id FROM member WHERE id IN (SELECT author_id FROM changed) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE member SET comment_count = comment_count + $2::int * changed.comments
    FROM locked JOIN changed ON changed.author_id = locked.id WHERE member.id = locked.id
"""


async def move_posts(
    connection: Connection,
    post_ids: Sequence[int],
    before: Visibility,
    after: Visibility,
    moved_by: int | None = None,
) -> list[int]:
    """Move those of the posts that stand at `before` to `after`; return which."""
    moved = [row["id"] for row in await connection.raw.fetch(_MOVE_POSTS, post_ids, before, after, moved_by)]
    if not moved:
        return moved
    await connection.raw.execute(_MOVE_ACTIVITY, moved, after)
    if change := _change(before, after):
        await connection.raw.execute(_COUNT_IN_SPACES, moved, change)
        await connection.raw.execute(_COUNT_IN_TAGS, moved, change)
        await connection.raw.execute(_COUNT_AUTHORS_POSTS, moved, change)
    if after == Visibility.VISIBLE:
        await publish_posts(connection, moved)
    return moved


async def move_comments(
    connection: Connection,
    comment_ids: Sequence[int],
    before: Visibility,
    after: Visibility,
    moved_by: int | None = None,
) -> list[int]:
    """Move those of the comments that stand at `before` to `after`; return which."""
    await connection.raw.execute(_LOCK_POSTS, comment_ids)
    await connection.raw.execute(_LOCK_COMMENTS, comment_ids)
    moved = [row["id"] for row in await connection.raw.fetch(_MOVE_COMMENTS, comment_ids, before, after, moved_by)]
    if moved and (change := _change(before, after)):
        await connection.raw.execute(_COUNT_REPLIES, moved, change)
        await connection.raw.execute(_COUNT_IN_POSTS, moved, change)
        await connection.raw.execute(_COUNT_IN_ACTIVITY, moved, change)
        await connection.raw.execute(_COUNT_AUTHORS_COMMENTS, moved, change)
    if after == Visibility.VISIBLE:
        await publish_comments(connection, moved)
    return moved


def visibility_after_removal(row: asyncpg.Record, what: str) -> Visibility | None:
    """Return where taking a post or comment down brings it, or None if it is down already.

    Raises:
        NotPermitted: unless it is the member's own, or theirs to moderate.
        SpaceArchived: to its author, if the space is read-only.
    """
    if not (row["own"] or row["moderates"]):
        raise NotPermitted(action=f"delete this {what}")
    if not row["moderates"]:
        refuse_archived(row)
    before = Visibility(row["visibility"])
    if row["own"]:
        return Visibility.WITHDRAWN if before in {Visibility.VISIBLE, Visibility.HELD} else None
    return None if before in {Visibility.REMOVED, Visibility.WITHDRAWN} else Visibility.REMOVED


def visibility_after_restoring(row: asyncpg.Record, what: str) -> Visibility | None:
    """Return where bringing a post or comment back brings it, or None if it is not away.

    Raises:
        NotPermitted: if it is not the member's to bring back.
        SpaceArchived: to its author, if the space is read-only.
    """
    before = Visibility(row["visibility"])
    if before is Visibility.WITHDRAWN:
        allowed = row["own"]
    else:
        allowed = row["moderates"] or (before is Visibility.VISIBLE and row["own"])
    if not allowed:
        raise NotPermitted(action=f"restore this {what}")
    if not row["moderates"]:
        refuse_archived(row)
    if before in {Visibility.VISIBLE, Visibility.AUTHOR_SUSPENDED}:
        return None
    return Visibility.AUTHOR_SUSPENDED if row["author_suspended"] else Visibility.VISIBLE


def _change(before: Visibility, after: Visibility) -> int:
    """Return by how much the count of visible ones changes."""
    return (after == Visibility.VISIBLE) - (before == Visibility.VISIBLE)
