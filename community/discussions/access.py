"""The guarded doors of actions: each loads and locks what an action needs, or refuses.

What the acting member may not see is NotFound, in the words used when it does not exist; what they see and may not do is
NotPermitted, or a refusal that says why. Locks are taken in one order everywhere: post, its comments by id, the
post's activity, spaces by id, tags by id, members by id.
"""

import asyncpg

from community.discussions.errors import PostLocked, SpaceArchived
from community.discussions.tables import Visibility
from community.foundation.database import Connection
from community.foundation.errors import NotFound, NotPermitted
from community.members.acting import Acting

# $2 is the acting member, $3 whether they moderate everywhere, $4 the spaces they moderate.
MODERATES = "($3::boolean OR space.id = ANY($4::bigint[]))"


def sees_space(moderates: str) -> str:
    """Return the predicate that the acting member ($2) may see a space, given the one that they moderate it."""
    return f"""(
        space.access <> 'PRIVATE' OR {moderates}
        OR EXISTS (
            SELECT FROM space_member WHERE space_member.space_id = space.id AND space_member.member_id = $2::bigint
        )
    )"""


SEES_SPACE = sees_space(MODERATES)


def member_sees_space(member: str) -> str:
    """Return the predicate that a member, whoever it is, may see a space."""
    return f"""(
        space.access <> 'PRIVATE'
        OR EXISTS (SELECT FROM space_member WHERE space_member.space_id = space.id AND space_member.member_id = {member})
        OR EXISTS (
            SELECT FROM role_grant WHERE role_grant.member_id = {member} AND role IN ('MODERATOR', 'ADMIN')
                AND (role_grant.space_id IS NULL OR role_grant.space_id = space.id)
        )
    )"""  # noqa: S608 - made of column names of ours


def blocked(one: str, other: str) -> str:
    """Return the predicate that either of two members has blocked the other."""
    return f"""(
        EXISTS (SELECT FROM block WHERE block.blocker_id = {one} AND block.member_id = {other})
        OR EXISTS (SELECT FROM block WHERE block.blocker_id = {other} AND block.member_id = {one})
    )"""  # noqa: S608 - made of column names of ours


def blocked_with(member: str) -> str:
    """Return the predicate that either of the acting member ($2) and another has blocked the other."""
    return blocked("$2::bigint", member)


def sees_content(content: str, author: str) -> str:
    """Return the predicate that a post or comment is plainly visible, one's own, or in a space one moderates."""
    return f"""(
        {content}.visibility = 0 AND {author}.state <> 'SUSPENDED'
        OR {content}.author_id = $2::bigint OR {MODERATES}
    )"""


_SPACE = f"""
    SELECT space.*, {MODERATES} AS moderates,
        EXISTS (SELECT FROM space_member WHERE space_member.space_id = space.id AND space_member.member_id = $2::bigint)
            AS joined,
        EXISTS (
            SELECT FROM space_invitation
            WHERE space_invitation.space_id = space.id AND space_invitation.member_id = $2::bigint
        ) AS invited,
        {SEES_SPACE} AS seen
    FROM space WHERE space.id = $1
"""  # noqa: S608 - made of the predicates above
_SPACE_LOCKED = f"{_SPACE} FOR NO KEY UPDATE OF space"

_POST_COLUMNS = f"""
    post.id, post.space_id, post.author_id, post.title, post.body, post.visibility, post.revision_count,
    post.created_at, post.pinned_at, post.locked_at, post.accepted_comment_id,
    space.archived_at, author.state = 'SUSPENDED' AS author_suspended,
    post.author_id = $2::bigint AS own, {MODERATES} AS moderates,
    {blocked_with("post.author_id")} AS blocked
"""
_POST = f"""
    SELECT {_POST_COLUMNS}
    FROM post JOIN space ON space.id = post.space_id JOIN member AS author ON author.id = post.author_id
    WHERE post.id = $1 AND {SEES_SPACE} AND {sees_content("post", "author")}
    FOR NO KEY UPDATE OF post
"""  # noqa: S608 - made of the predicates above
_COMMENT = f"""
    SELECT comment.id, comment.post_id, comment.author_id, comment.parent_id, comment.depth, comment.body,
        comment.visibility, comment.revision_count, post.space_id, post.author_id AS post_author_id,
        post.accepted_comment_id, post.locked_at, space.archived_at, author.state = 'SUSPENDED' AS author_suspended,
        post.visibility AS post_visibility, post_author.state = 'SUSPENDED' AS post_author_suspended,
        comment.author_id = $2::bigint AS own, {MODERATES} AS moderates,
        {blocked_with("comment.author_id")} OR {blocked_with("post.author_id")} AS blocked
    FROM post
        JOIN comment ON comment.post_id = post.id
        JOIN space ON space.id = post.space_id
        JOIN member AS post_author ON post_author.id = post.author_id
        JOIN member AS author ON author.id = comment.author_id
    WHERE comment.id = $1 AND {SEES_SPACE} AND {sees_content("post", "post_author")}
        AND {sees_content("comment", "author")}
    FOR NO KEY UPDATE OF post, comment
"""  # noqa: S608 - made of the predicates above

_TAG = f"""
    SELECT EXISTS (
        SELECT FROM tag
        WHERE tag.id = $1 AND (
            $3::boolean OR tag.description <> '' OR EXISTS (
                SELECT FROM post_tag
                    JOIN post ON post.id = post_tag.post_id
                    JOIN space ON space.id = post.space_id
                    JOIN member AS author ON author.id = post.author_id
                WHERE post_tag.tag_id = tag.id AND {SEES_SPACE} AND {sees_content("post", "author")}
                    AND ({MODERATES} OR NOT {blocked_with("post.author_id")})
            )
        )
    )
"""  # noqa: S608 - made of the predicates above


def _arguments(acting: Acting, thing: int) -> tuple[int, int, bool, list[int]]:
    return thing, acting.member_id, acting.moderates_everywhere, sorted(acting.moderated_space_ids)


async def space_seen(connection: Connection, acting: Acting, space_id: int, *, lock: bool = False) -> asyncpg.Record:
    """Return a space that the member may see.

    Raises:
        NotFound: if there is none, or it is private and neither joined nor moderated.
    """
    space = await space_known(connection, acting, space_id, lock=lock)
    if not space["seen"]:
        raise NotFound(what="space")
    return space


async def space_known(connection: Connection, acting: Acting, space_id: int, *, lock: bool = False) -> asyncpg.Record:
    """Return a space that the member may see or is invited to.

    Raises:
        NotFound: if there is none.
    """
    space = await connection.raw.fetchrow(_SPACE_LOCKED if lock else _SPACE, *_arguments(acting, space_id))
    if space is None or not (space["seen"] or space["invited"]):
        raise NotFound(what="space")
    return space


async def space_for_post(connection: Connection, acting: Acting, space_id: int) -> asyncpg.Record:
    """Return a space to start a post in.

    Raises:
        NotFound: if the member may not see it.
        SpaceArchived: if it is read-only.
        NotPermitted: if only its moderators start posts.
    """
    space = await space_seen(connection, acting, space_id)
    refuse_archived(space)
    if space["posting"] == "MODERATORS" and not space["moderates"]:
        raise NotPermitted(action="start a post in this space")
    return space


async def post_seen(connection: Connection, acting: Acting, post_id: int) -> asyncpg.Record:
    """Return a post that the member may see, locked.

    Raises:
        NotFound: if they may not, or there is none.
    """
    post = await connection.raw.fetchrow(_POST, *_arguments(acting, post_id))
    # To whom blocks hide a post, it does not exist; a moderator must still do their work.
    if post is None or (post["blocked"] and not post["moderates"]):
        raise NotFound(what="post")
    return post


async def post_for_comment(connection: Connection, acting: Acting, post_id: int) -> asyncpg.Record:
    """Return a post to comment on, locked.

    Raises:
        NotFound: if the member may not see it.
        SpaceArchived: if the space is read-only.
        NotPermitted: if the post is hidden, or its author and the member, who moderates it, have blocked each other.
        PostLocked: if it takes no comments, but from moderators.
    """
    post = await post_seen(connection, acting, post_id)
    if post["blocked"]:
        raise NotPermitted(action="comment on this post")
    refuse_archived(post)
    if post["visibility"] != Visibility.VISIBLE:
        raise NotPermitted(action="comment on this post")
    if post["locked_at"] is not None and not post["moderates"]:
        raise PostLocked
    return post


async def post_for_edit(connection: Connection, acting: Acting, post_id: int) -> asyncpg.Record:
    """Return a post to edit, locked: one's own, or one that the member moderates.

    Raises:
        NotFound: if the member may not see it.
        SpaceArchived: if the space is read-only.
        NotPermitted: if it is someone else's, or hidden.
        PostLocked: if it is locked, but to moderators.
    """
    post = await post_seen(connection, acting, post_id)
    refuse_archived(post)
    _refuse_edit(post, "post")
    return post


async def post_for_moderation(connection: Connection, acting: Acting, post_id: int, action: str) -> asyncpg.Record:
    """Return a post that the member moderates, locked.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: if it is not theirs to moderate.
    """
    post = await post_seen(connection, acting, post_id)
    if not post["moderates"]:
        raise NotPermitted(action=action)
    refuse_archived(post)
    return post


async def comment_seen(connection: Connection, acting: Acting, comment_id: int) -> asyncpg.Record:
    """Return a comment that the member may see, locked with its post.

    Raises:
        NotFound: if they may not, or there is none.
    """
    comment = await connection.raw.fetchrow(_COMMENT, *_arguments(acting, comment_id))
    if comment is None or (comment["blocked"] and not comment["moderates"]):
        raise NotFound(what="comment")
    return comment


async def comment_for_edit(connection: Connection, acting: Acting, comment_id: int) -> asyncpg.Record:
    """Return a comment to edit, locked with its post; the refusals are those of :func:`post_for_edit`."""
    comment = await comment_seen(connection, acting, comment_id)
    refuse_archived(comment)
    _refuse_edit(comment, "comment")
    return comment


async def tag_seen(connection: Connection, acting: Acting, tag_id: int) -> None:
    """Let the member through to a tag that they may see.

    Raises:
        NotFound: if there is none, or it stands on no post that they may see.
    """
    if not await connection.raw.fetchval(_TAG, *_arguments(acting, tag_id)):
        raise NotFound(what="tag")


def refuse_archived(row: asyncpg.Record) -> None:
    """Refuse a change in a space that is read-only.

    Raises:
        SpaceArchived: if it is.
    """
    if row["archived_at"] is not None:
        raise SpaceArchived


def _refuse_edit(row: asyncpg.Record, what: str) -> None:
    if not (row["own"] or row["moderates"]):
        raise NotPermitted(action=f"edit this {what}")
    if row["visibility"] not in {Visibility.VISIBLE, Visibility.HELD} and not row["moderates"]:
        raise NotPermitted(action=f"edit this {what}")
    if row["locked_at"] is not None and not row["moderates"]:
        raise PostLocked
