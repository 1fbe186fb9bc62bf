"""What was held as it was written is told of when it is shown, and not before.

Whichever way it comes to be shown (approved, brought back, a decision undone, its author reinstated), it goes through
`states`, which calls these; so no way can forget it, and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from community.discussions.events import COMMENT_CREATED, POST_CREATED, happened
from community.discussions.mentions import members_meant, tell_mentioned
from community.foundation.events import record
from community.foundation.markdown import render
from community.members.acting import Caller

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

_KEEP = """
    INSERT INTO held_back (post_id, comment_id, is_new, told, context) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
_IS_KEPT = "SELECT EXISTS (SELECT FROM held_back WHERE post_id = $1 OR comment_id = $2)"
_TAKE_POSTS = """
    DELETE FROM held_back USING post
    WHERE held_back.post_id = post.id AND post.id = ANY($1::bigint[])
    RETURNING post.id, post.id AS post_id, post.space_id, post.author_id, post.body, is_new, told, context,
        ARRAY(
            SELECT tag.name FROM post_tag JOIN tag ON tag.id = tag_id WHERE post_id = post.id ORDER BY position
        ) AS tags
"""
_TAKE_COMMENTS = """
    DELETE FROM held_back
    USING comment JOIN post ON post.id = comment.post_id LEFT JOIN comment AS parent ON parent.id = comment.parent_id
    WHERE held_back.comment_id = comment.id AND comment.id = ANY($1::bigint[])
    RETURNING comment.id, comment.post_id, post.space_id, comment.author_id, comment.body, is_new, told, context,
        comment.parent_id, comment.official, post.author_id AS post_author_id,
        coalesce(parent.author_id, post.author_id) AS answered_id
"""


async def keep_back(
    connection: Connection,
    *,
    post_id: int | None = None,
    comment_id: int | None = None,
    is_new: bool,
    told: Sequence[str] = (),
    context: Mapping[str, object],
) -> None:
    """Remember what is to be told once it is shown; what is kept back already stays as it was kept back first."""
    await connection.raw.execute(_KEEP, post_id, comment_id, is_new, list(told), dict(context))


async def is_kept_back(connection: Connection, *, post_id: int | None = None, comment_id: int | None = None) -> bool:
    """Say whether something waits to be shown for the first time since it was held."""
    kept: bool = await connection.raw.fetchval(_IS_KEPT, post_id, comment_id)
    return kept


async def publish_posts(connection: Connection, post_ids: Sequence[int]) -> None:
    """Tell of those of the posts that were kept back; they are shown from now on."""
    for post in await connection.raw.fetch(_TAKE_POSTS, post_ids):
        author = Caller(post["author_id"], post["context"])
        if post["is_new"]:
            created = happened(
                POST_CREATED,
                author,
                subject_kind="post",
                subject_id=post["id"],
                post_id=post["id"],
                space_id=post["space_id"],
                tags=post["tags"],
            )
            await record(connection, created)
        await _tell_of(connection, author, "post", post)


async def publish_comments(connection: Connection, comment_ids: Sequence[int]) -> None:
    """Tell of those of the comments that were kept back; they are shown from now on."""
    for comment in await connection.raw.fetch(_TAKE_COMMENTS, comment_ids):
        author = Caller(comment["author_id"], comment["context"])
        if comment["is_new"]:
            created = happened(
                COMMENT_CREATED,
                author,
                subject_kind="comment",
                subject_id=comment["id"],
                member_id=comment["answered_id"],
                post_id=comment["post_id"],
                space_id=comment["space_id"],
                parent_id=comment["parent_id"],
                post_author_id=comment["post_author_id"],
                official=comment["official"],
            )
            await record(connection, created)
        await _tell_of(connection, author, "comment", comment)


async def _tell_of(connection: Connection, author: Caller, subject_kind: str, row: asyncpg.Record) -> None:
    """Tell whom it names now and did not name when it was last shown."""
    fresh = [mention for mention in render(row["body"]).mentions if mention not in set(row["told"])]
    await tell_mentioned(
        connection,
        author,
        await members_meant(connection, author, fresh, row["space_id"]),
        subject_kind=subject_kind,
        subject_id=row["id"],
        post_id=row["post_id"],
        space_id=row["space_id"],
    )
