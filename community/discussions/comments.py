"""Comments: answering a post or another comment, editing, taking down and bringing back."""

from community.discussions.access import comment_for_edit, comment_seen, post_for_comment, refuse_archived
from community.discussions.errors import EditConflict, PostLocked
from community.discussions.events import (
    COMMENT_CREATED,
    CONTENT_EDITED,
    CONTENT_REMOVED,
    CONTENT_RESTORED,
    happened,
)
from community.discussions.mentions import members_meant, tell_mentioned
from community.discussions.states import move_comments, visibility_after_removal, visibility_after_restoring
from community.discussions.tables import Visibility
from community.discussions.texts import clean_body, clean_reason
from community.foundation.database import Connection
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import record
from community.foundation.markdown import render
from community.members.acting import Acting

DEEPEST = 50
"""Replies to a comment this deep attach to the comment it replies to, and stand beside it."""

# The comment, all that counts it, and the event: one statement, as commenting is among the changes made most often. The
# post and the parent are locked by their doors, and the post's activity with the post, so that the author's row alone is
# waited for here. If the author was suspended while they wrote, nobody is counted, and the caller undoes all.
_CREATE = f"""
    WITH added AS (
        INSERT INTO comment (post_id, author_id, parent_id, depth, body, body_html, body_text, body_breaks, official)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id, created_at
    ), counted_reply AS (
        UPDATE comment SET reply_count = reply_count + 1 WHERE id = $3
    ), counted_in_post AS (
        UPDATE post SET comment_count = comment_count + 1 WHERE id = $1
    ), counted_in_activity AS (
        UPDATE post_activity SET score = score + 2, active_at = greatest(active_at, added.created_at)
        FROM added WHERE post_id = $1
    ), counted_for_author AS (
        UPDATE member SET comment_count = comment_count + 1 WHERE id = $2 AND state = 'ACTIVE' RETURNING id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id, data, context)
        SELECT '{COMMENT_CREATED}', $2, $10, 'comment', added.id, $1, $11, $12, $13 FROM added
    )
    SELECT added.id, EXISTS (SELECT FROM counted_for_author) AS counted FROM added
"""  # noqa: S608 - made of a name of ours
_KEEP_REVISION = """
    INSERT INTO comment_revision (comment_id, number, editor_id, body, reason) VALUES ($1, $2, $3, $4, $5)
"""
_EDIT = """
    UPDATE comment SET body = $2, body_html = $3, body_text = $4, body_breaks = $5,
        revision_count = revision_count + 1, edited_at = now()
    WHERE id = $1
"""


async def create_comment(
    connection: Connection,
    acting: Acting,
    *,
    post_id: int,
    body: str,
    parent_id: int | None = None,
) -> int:
    """Comment on a post, or reply to a comment on it; return the comment's id.

    Raises:
        Invalid: if the body is not what it may be.
        NotFound: if the member may not see the post or the parent, the parent is on another post, or the member and
            the author of either have blocked each other.
        NotPermitted: if the post or the parent is hidden.
        PostLocked, SpaceArchived: if nothing can be added.
    """
    columns, rendered = clean_body(body)
    post = await post_for_comment(connection, acting, post_id)
    answered, depth, attached_to = post["author_id"], 0, None
    if parent_id is not None:
        parent = await comment_seen(connection, acting, parent_id)
        if parent["post_id"] != post_id or parent["blocked"]:
            raise NotFound(what="comment")
        if parent["visibility"] != Visibility.VISIBLE:
            raise NotPermitted(action="reply to this comment")
        answered = parent["author_id"]
        deeper = parent["depth"] < DEEPEST
        depth, attached_to = (parent["depth"] + 1, parent_id) if deeper else (DEEPEST, parent["parent_id"])
    (comment,) = await connection.raw.fetch(
        _CREATE,
        post_id,
        acting.member_id,
        attached_to,
        depth,
        columns["body"],
        columns["body_html"],
        columns["body_text"],
        columns["body_breaks"],
        acting.official,
        answered,
        post["space_id"],
        {"parent_id": parent_id, "post_author_id": post["author_id"]},
        dict(acting.context),
    )
    if not comment["counted"]:
        raise NotPermitted(action="comment while suspended")
    comment_id: int = comment["id"]
    await tell_mentioned(
        connection,
        acting,
        await members_meant(connection, acting, rendered.mentions, post["space_id"]),
        subject_kind="comment",
        subject_id=comment_id,
        post_id=post_id,
        space_id=post["space_id"],
    )
    return comment_id


async def edit_comment(
    connection: Connection,
    acting: Acting,
    comment_id: int,
    *,
    body: str,
    expected_revision: int | None = None,
    reason: str = "",
) -> bool:
    """Change what a comment says; what it said before is kept as a revision. Say whether anything changed.

    Raises:
        Invalid: if the body is not what it may be.
        NotFound: if the member may not see the comment.
        NotPermitted: unless it is theirs, or theirs to moderate.
        PostLocked, SpaceArchived: if it cannot be changed.
        EditConflict: if someone was faster.
    """
    (columns, rendered), reason = clean_body(body), clean_reason(reason)
    comment = await comment_for_edit(connection, acting, comment_id)
    if expected_revision is not None and expected_revision != comment["revision_count"]:
        raise EditConflict(revision=comment["revision_count"])
    if columns["body"] == comment["body"]:
        return False
    revision = comment["revision_count"] + 1
    await connection.raw.execute(_KEEP_REVISION, comment_id, revision, acting.member_id, comment["body"], reason)
    await connection.raw.execute(
        _EDIT,
        comment_id,
        columns["body"],
        columns["body_html"],
        columns["body_text"],
        columns["body_breaks"],
    )
    await record(
        connection,
        happened(
            CONTENT_EDITED,
            acting,
            subject_kind="comment",
            subject_id=comment_id,
            member_id=comment["author_id"],
            post_id=comment["post_id"],
            space_id=comment["space_id"],
            revision=revision,
            reason=reason,
        ),
    )
    if comment["visibility"] == Visibility.VISIBLE:
        known = set(render(comment["body"]).mentions)
        fresh = [each for each in rendered.mentions if each not in known]
        await tell_mentioned(
            connection,
            acting,
            await members_meant(connection, acting, fresh, comment["space_id"]),
            subject_kind="comment",
            subject_id=comment_id,
            post_id=comment["post_id"],
            space_id=comment["space_id"],
        )
    return True


async def delete_comment(connection: Connection, acting: Acting, comment_id: int, *, reason: str = "") -> bool:
    """Take a comment down: withdrawn by its author, or removed by a moderator. Its replies stay.

    Returns whether that changed anything. The refusals are those of deleting a post.
    """
    reason = clean_reason(reason)
    comment = await comment_seen(connection, acting, comment_id)
    after = visibility_after_removal(comment, "comment")
    if after is None:
        return False
    await move_comments(connection, [comment_id], Visibility(comment["visibility"]), after, acting.member_id)
    await record(
        connection,
        happened(
            CONTENT_REMOVED,
            acting,
            subject_kind="comment",
            subject_id=comment_id,
            member_id=comment["author_id"],
            post_id=comment["post_id"],
            space_id=comment["space_id"],
            visibility=after,
            reason=reason,
        ),
    )
    return True


async def restore_comment(connection: Connection, acting: Acting, comment_id: int) -> bool:
    """Bring a comment back: its author what they withdrew, a moderator what was removed or held.

    Returns whether it was away. The refusals are those of restoring a post, and PostLocked to its author.
    """
    comment = await comment_seen(connection, acting, comment_id)
    after = visibility_after_restoring(comment, "comment")
    if after is None:
        return False
    if not comment["moderates"]:
        refuse_archived(comment)
        if comment["locked_at"] is not None:
            raise PostLocked
    await move_comments(connection, [comment_id], Visibility(comment["visibility"]), after, acting.member_id)
    await record(
        connection,
        happened(
            CONTENT_RESTORED,
            acting,
            subject_kind="comment",
            subject_id=comment_id,
            member_id=comment["author_id"],
            post_id=comment["post_id"],
            space_id=comment["space_id"],
            visibility=after,
        ),
    )
    return True
