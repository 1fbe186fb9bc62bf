"""Posts: starting, editing, taking down and bringing back."""

from collections.abc import Sequence

import asyncpg

from community.discussions.access import (
    post_for_edit,
    post_seen,
    space_for_post,
)
from community.discussions.errors import EditConflict
from community.discussions.events import (
    CONTENT_EDITED,
    CONTENT_REMOVED,
    CONTENT_RESTORED,
    POST_CREATED,
    happened,
)
from community.discussions.holding import brought_back, hold_post, keep_withdrawn
from community.discussions.images import show_in_post
from community.discussions.mentions import in_whose_name, members_meant, tell_mentioned
from community.discussions.states import move_posts, visibility_after_removal, visibility_after_restoring
from community.discussions.tables import Visibility
from community.discussions.tags import attach_tags, fold_tags, replace_tags
from community.discussions.texts import BodyColumns, clean_body, clean_reason, clean_title
from community.foundation.database import Connection
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import record
from community.foundation.markdown import Rendered, render
from community.members.acting import Acting
from community.members.contributing import Carried, count_post, refuse_writing

_INSERT = """
    INSERT INTO post (space_id, author_id, title, body, body_html, body_text, body_breaks, official)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id, created_at
"""
_START_ACTIVITY = "INSERT INTO post_activity (post_id, space_id, active_at) VALUES ($1, $2, $3)"
# The space is archived while the post was written: then nothing is counted, and all undone.
_COUNT_IN_SPACE = "UPDATE space SET post_count = post_count + 1 WHERE id = $1 AND archived_at IS NULL RETURNING id"
_KEEP_REVISION = """
    INSERT INTO post_revision (post_id, number, editor_id, title, body, reason) VALUES ($1, $2, $3, $4, $5, $6)
"""
_EDIT = """
    UPDATE post SET title = $2, body = $3, body_html = $4, body_text = $5, body_breaks = $6,
        revision_count = revision_count + 1, edited_at = now()
    WHERE id = $1
"""


async def create_post(
    connection: Connection,
    acting: Acting,
    *,
    space_id: int,
    title: str,
    body: str,
    tags: Sequence[str] = (),
    held: bool = False,
) -> int:
    """Start a post; return its id. One that is `held` is shown to nobody else, nor told of, until somebody approves it.

    Raises:
        Invalid: if the title, the body or a tag is not what it may be.
        NotFound: if the member may not see the space.
        NotPermitted: if only moderators start posts there.
        SpaceArchived: if the space is read-only.
        MemberLimited, LevelTooLow, PaceExceeded: if it is more than they may write now.
    """
    title, names = clean_title(title), fold_tags(tags)
    columns, rendered = clean_body(body)
    await space_for_post(connection, acting, space_id)
    (post,) = await connection.raw.fetch(
        _INSERT,
        space_id,
        acting.member_id,
        title,
        columns["body"],
        columns["body_html"],
        columns["body_text"],
        columns["body_breaks"],
        acting.official,
    )
    post_id: int = post["id"]
    await connection.raw.execute(_START_ACTIVITY, post_id, space_id, post["created_at"])
    if await connection.raw.fetchval(_COUNT_IN_SPACE, space_id) is None:
        await space_for_post(connection, acting, space_id)
        raise NotFound(what="space")
    await attach_tags(connection, post_id, names, post["created_at"], visible=True)
    carried = Carried.by(rendered)
    if not await count_post(connection, acting.member_id, carried):
        await refuse_writing(connection, acting.member_id, carried)
        raise NotPermitted(action="post while suspended")
    await show_in_post(connection, post_id, rendered, of=(acting.member_id,))
    if held:
        await hold_post(connection, post_id, author_id=acting.member_id, space_id=space_id, context=acting.context)
        return post_id
    await record(
        connection,
        happened(
            POST_CREATED,
            acting,
            subject_kind="post",
            subject_id=post_id,
            post_id=post_id,
            space_id=space_id,
            tags=names,
        ),
    )
    meant = await members_meant(connection, acting, rendered.mentions, space_id)
    await tell_mentioned(
        connection, acting, meant, subject_kind="post", subject_id=post_id, post_id=post_id, space_id=space_id
    )
    return post_id


async def edit_post(
    connection: Connection,
    acting: Acting,
    post_id: int,
    *,
    title: str | None = None,
    body: str | None = None,
    tags: Sequence[str] | None = None,
    expected_revision: int | None = None,
    reason: str = "",
    held: bool = False,
) -> bool:
    """Change what a post says; what it said before is kept as a revision. Say whether anything changed.

    What is None stays. `expected_revision` is the post's `revision_count` as the editor read it. What is `held` hides the
    post in the same moment, until somebody approves what it says now.

    Raises:
        Invalid: if the title, the body or a tag is not what it may be.
        NotFound: if the member may not see the post.
        NotPermitted: unless it is theirs, or theirs to moderate.
        PostLocked, SpaceArchived: if it cannot be changed.
        EditConflict: if someone was faster.
        MemberLimited, LevelTooLow: if it carries more than it did, and more than they may write.
    """
    new_title = None if title is None else clean_title(title)
    cleaned = None if body is None else clean_body(body)
    names, reason = (None if tags is None else fold_tags(tags)), clean_reason(reason)
    post = await post_for_edit(connection, acting, post_id)
    if expected_revision is not None and expected_revision != post["revision_count"]:
        raise EditConflict(revision=post["revision_count"])
    visible = post["visibility"] == Visibility.VISIBLE
    await refuse_more(connection, acting, cleaned, post["body"])
    retagged = names is not None and await replace_tags(connection, post_id, names, post["created_at"], visible=visible)
    rewritten = (new_title is not None and new_title != post["title"]) or (
        cleaned is not None and cleaned[0]["body"] != post["body"]
    )
    if not (retagged or rewritten):
        return False
    revision: int = post["revision_count"]
    if rewritten:
        revision = await rewrite_post(
            connection,
            acting,
            post,
            title=new_title,
            cleaned=cleaned,
            reason=reason,
            editor_id=acting.member_id,
            held=held,
        )
    else:
        await _record(connection, CONTENT_EDITED, acting, post, revision=revision, reason=reason)
    return True


async def refuse_more(
    connection: Connection, acting: Acting, cleaned: tuple[BodyColumns, Rendered] | None, before: str
) -> None:
    """Refuse another body (None: the same) if it carries more than it did before, and more than the member may write.

    Raises:
        MemberLimited, LevelTooLow: if it does.
    """
    if cleaned is None or cleaned[0]["body"] == before:
        return
    if any(carried := Carried.by(cleaned[1]).beyond(Carried.by(render(before)))):
        await refuse_writing(connection, acting.member_id, carried, contributes=False)


async def rewrite_post(
    connection: Connection,
    acting: Acting,
    post: asyncpg.Record,
    *,
    title: str | None,
    cleaned: tuple[BodyColumns, Rendered] | None,
    reason: str,
    editor_id: int,
    held: bool = False,
) -> int:
    """Have a post, locked, say something else as a revision of the editor's; return the revision's number.

    The acting member answers for it; whose words they are is the editor's. What is None stays. `held` as in `edit_post`.
    """
    revision: int = post["revision_count"] + 1
    columns, rendered = cleaned or clean_body(post["body"])
    await connection.raw.execute(_KEEP_REVISION, post["id"], revision, editor_id, post["title"], post["body"], reason)
    await connection.raw.execute(
        _EDIT,
        post["id"],
        title or post["title"],
        columns["body"],
        columns["body_html"],
        columns["body_text"],
        columns["body_breaks"],
    )
    if cleaned is not None:
        owners = (post["author_id"], acting.member_id, editor_id)
        await show_in_post(connection, post["id"], rendered, of=owners, before=post["body"])
    known = set(render(post["body"]).mentions) if cleaned is not None else set(rendered.mentions)
    if post["visibility"] == Visibility.VISIBLE and cleaned is not None and not held:
        fresh = [each for each in rendered.mentions if each not in known]
        author = in_whose_name(acting, post["author_id"])
        await tell_mentioned(
            connection,
            author,
            await members_meant(connection, author, fresh, post["space_id"]),
            subject_kind="post",
            subject_id=post["id"],
            post_id=post["id"],
            space_id=post["space_id"],
        )
    await _record(connection, CONTENT_EDITED, acting, post, revision=revision, reason=reason)
    if held:
        await hold_post(
            connection,
            post["id"],
            author_id=post["author_id"],
            space_id=post["space_id"],
            visibility=post["visibility"],
            told=sorted(known),
            context=acting.context,
        )
    return revision


async def delete_post(connection: Connection, acting: Acting, post_id: int, *, reason: str = "") -> int | None:
    """Take a post down: withdrawn by its author, or removed by a moderator. Return its author, if it was not away.

    A moderator can do so in an archived space too: what must go, must go.

    Raises:
        NotFound: if the member may not see the post.
        NotPermitted: unless it is theirs, or theirs to moderate.
        SpaceArchived: to the author, if the space is read-only.
    """
    reason = clean_reason(reason)
    post = await post_seen(connection, acting, post_id)
    after = visibility_after_removal(post, "post")
    if after is None:
        return None
    if after is Visibility.WITHDRAWN:
        await keep_withdrawn(connection, post, is_post=True)
    await move_posts(connection, [post_id], Visibility(post["visibility"]), after, acting.member_id)
    await _record(connection, CONTENT_REMOVED, acting, post, visibility=after, reason=reason)
    author_id: int = post["author_id"]
    return author_id


async def restore_post(connection: Connection, acting: Acting, post_id: int) -> int | None:
    """Bring a post back: its author what they withdrew, a moderator what was removed or held.

    Returns its author, if it was away. What was withdrawn while it was held is held again.

    Raises:
        NotFound: if the member may not see the post.
        NotPermitted: if it is not theirs to bring back.
        SpaceArchived: to the author, if the space is read-only.
    """
    post = await post_seen(connection, acting, post_id)
    after = visibility_after_restoring(post, "post")
    if after is None:
        return None
    after = await brought_back(connection, post, after, is_post=True)
    await move_posts(connection, [post_id], Visibility(post["visibility"]), after, acting.member_id)
    await _record(connection, CONTENT_RESTORED, acting, post, visibility=after)
    author_id: int = post["author_id"]
    return author_id


async def _record(
    connection: Connection, event_kind: str, acting: Acting, post: asyncpg.Record, **data: object
) -> None:
    await record(
        connection,
        happened(
            event_kind,
            acting,
            subject_kind="post",
            subject_id=post["id"],
            member_id=post["author_id"],
            post_id=post["id"],
            space_id=post["space_id"],
            **data,
        ),
    )
