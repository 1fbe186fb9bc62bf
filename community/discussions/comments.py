"""Comments: answering a post or another comment, editing, taking down and bringing back."""

from collections.abc import Sequence
from itertools import product

from community.discussions.access import (
    blocked_with,
    comment_for_edit,
    comment_seen,
    post_for_comment,
    refuse_archived,
    sees_space,
)
from community.discussions.errors import EditConflict, PostLocked
from community.discussions.events import (
    COMMENT_CREATED,
    CONTENT_EDITED,
    CONTENT_REMOVED,
    CONTENT_RESTORED,
    MEMBER_MENTIONED,
    happened,
)
from community.discussions.holding import brought_back, hold_comment, keep_withdrawn
from community.discussions.images import images_of, show_in_comment, shown_in_added_comment
from community.discussions.mentions import (
    in_whose_name,
    members_meant,
    members_meant_in,
    possible_handles,
    tell_mentioned,
)
from community.discussions.states import move_comments, visibility_after_removal, visibility_after_restoring
from community.discussions.tables import Visibility
from community.discussions.texts import clean_body, clean_reason
from community.foundation.database import Connection
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import record
from community.foundation.markdown import render
from community.members.acting import Acting, Caller, done_or_refused, moderates
from community.members.contributing import Carried, counted, may_write, refuse_writing
from community.members.restrictions import Deed

DEEPEST = 50
"""Replies to a comment this deep attach to the comment it replies to, and stand beside it."""

# Commenting is among the changes made most often, so it is one statement that checks, adds, counts and records. Its parts
# depend on one another in the order in which they lock: the post, the parent, the writer; nothing is changed before all
# of them are held and found as they should be. The post's activity goes with the post's lock.
#
# $1 the post, $2 and $3 the caller, $4 to $7 the body, $8 the event's context, $9 the parent, $10 to $12 what the body carries,
# then $13 and $14 who may be meant, then the images kept here that it shows, and what is said of them.
_MODERATES = moderates("space.id")
_POST = f"""
    SELECT post.id, post.space_id, post.author_id
    FROM post JOIN space ON space.id = post.space_id JOIN member AS author ON author.id = post.author_id
    WHERE post.id = $1 AND post.visibility = 0 AND space.archived_at IS NULL AND {sees_space(_MODERATES)}
        AND (post.locked_at IS NULL OR {_MODERATES}) AND (author.state <> 'SUSPENDED' OR {_MODERATES})
        AND NOT {blocked_with("post.author_id")}
    FOR NO KEY UPDATE OF post
"""  # noqa: S608 - made of predicates of ours
_PARENT = f"""
    SELECT comment.id, comment.author_id, comment.depth, comment.parent_id
    FROM post_held
        JOIN comment ON comment.post_id = post_held.id
        JOIN member AS author ON author.id = comment.author_id
    WHERE comment.id = $9 AND comment.visibility = 0
        AND (author.state <> 'SUSPENDED' OR {moderates("post_held.space_id")}) AND NOT {blocked_with("comment.author_id")}
    FOR NO KEY UPDATE OF comment
"""  # noqa: S608 - made of predicates of ours
_ON_POST = "SELECT author_id AS member_id, NULL::bigint AS parent_id, 0 AS depth FROM post_held"
_UNDER_PARENT = f"""
    SELECT author_id AS member_id, CASE WHEN depth < {DEEPEST} THEN id ELSE parent_id END AS parent_id,
        least(depth + 1, {DEEPEST}) AS depth
    FROM parent_held
"""  # noqa: S608 - made of a number of ours

_MAY_WRITE = may_write("member", "$10::integer", "$11::integer", "$12::integer")


def _creation(*, reply: bool, naming: bool, showing: bool, held: bool = False) -> str:
    images = 13 + 2 * naming
    shown = f", {shown_in_added_comment(f'${images}', f'${images + 1}')}" if showing else ""
    parent = f"parent_held AS ({_PARENT})," if reply else ""
    counted_reply = """
        counted_reply AS (
            UPDATE comment SET reply_count = reply_count + 1 FROM added WHERE comment.id = added.parent_id
        ),
    """
    # Who is answered and named in one comment is told of it once, so that the events' order matters.
    mentions = f"""
        UNION ALL SELECT place + 1, '{MEMBER_MENTIONED}', member_id, '{{}}'
        FROM ({members_meant_in("(SELECT space_id FROM post_held)", "$13", "$14")}) AS meant
    """  # noqa: S608 - made of names of ours
    told = f""",
        told AS (
            INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id, data, context)
            SELECT event.kind, $2, event.member_id, 'comment', added.id, $1, post_held.space_id, event.data, $8
            FROM added, post_held, (
                SELECT 0 AS place, '{COMMENT_CREATED}' AS kind, answered.member_id,
                    jsonb_build_object(
                        'parent_id', $9::bigint, 'post_author_id', post_held.author_id, 'official', writer.official
                    ) AS data
                FROM answered, post_held, writer
                {mentions if naming else ""}
            ) AS event {"ORDER BY event.place" if naming else ""}
        )
        SELECT (SELECT id FROM added) AS id
    """  # noqa: S608 - made of names and predicates of ours
    # What is held is told of when it is shown. The parameters are the same.
    untold = " SELECT (SELECT id FROM added) AS id, (SELECT space_id FROM post_held) AS space_id, $8::jsonb, $9::bigint"
    return f"""
        WITH post_held AS ({_POST}), {parent}
        answered AS ({_UNDER_PARENT if reply else _ON_POST}),
        writer AS (
            UPDATE member SET comment_count = comment_count + 1, {counted("member")} FROM answered
            WHERE member.id = $2 AND member.state = 'ACTIVE' AND {_MAY_WRITE} RETURNING member.official
        ),
        added AS (
            INSERT INTO comment (post_id, author_id, parent_id, depth, body, body_html, body_text, body_breaks, official)
            SELECT $1, $2, answered.parent_id, answered.depth, $4, $5, $6, $7, writer.official FROM answered, writer
            RETURNING id, parent_id, created_at
        ), {counted_reply if reply else ""}
        counted_in_post AS (
            UPDATE post SET comment_count = comment_count + 1 FROM added WHERE post.id = $1
        ),
        counted_in_activity AS (
            UPDATE post_activity SET score = score + 2, active_at = greatest(active_at, added.created_at)
            FROM added WHERE post_id = $1
        ){shown}{untold if held else told}
    """  # noqa: S608 - made of names and predicates of ours


_EITHER = (False, True)
_CREATE = {
    (reply, naming, showing): _creation(reply=reply, naming=naming, showing=showing)
    for reply, naming, showing in product(_EITHER, repeat=3)
}
_CREATE_HELD = {
    (reply, showing): _creation(reply=reply, naming=False, showing=showing, held=True)
    for reply, showing in product(_EITHER, repeat=2)
}
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
    caller: Caller,
    *,
    post_id: int,
    body: str,
    parent_id: int | None = None,
    held: bool = False,
) -> int:
    """Comment on a post, or reply to a comment on it, by one statement; return the comment's id.

    A comment that is `held` takes a transaction. It is shown to nobody else, nor told of, until somebody approves it.

    Raises:
        Invalid: if the body is not what it may be.
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited, LevelTooLow, PaceExceeded: if it is more than they may write now.
        NotFound: if the member may not see the post or the parent, or the parent is on another post.
        NotPermitted: if the post or the parent is hidden, or the member moderates them and has blocked, or is blocked
            by, the author of either.
        PostLocked, SpaceArchived: if nothing can be added.
    """
    columns, rendered = clean_body(body)
    naming: Sequence[object] = possible_handles(rendered.mentions) if rendered.mentions else ()
    images: Sequence[object] = images_of(rendered)
    reply, showing, carried = parent_id is not None, bool(images), Carried.by(rendered)
    statement = _CREATE[reply, bool(rendered.mentions), showing]
    if held:
        statement, naming = _CREATE_HELD[reply, showing], ()

    async def attempt() -> int | None:
        added = await connection.change(
            statement,
            post_id,
            caller.member_id,
            caller.with_roles,
            columns["body"],
            columns["body_html"],
            columns["body_text"],
            columns["body_breaks"],
            dict(caller.context),
            parent_id,
            *carried,
            *naming,
            *images,
        )
        comment_id: int | None = added["id"]
        if held and comment_id is not None:
            await hold_comment(
                connection,
                comment_id,
                author_id=caller.member_id,
                post_id=post_id,
                space_id=added["space_id"],
                context=caller.context,
            )
        return comment_id

    async def doors(acting: Acting) -> None:
        await post_for_comment(connection, acting, post_id)
        if parent_id is not None:
            parent = await comment_seen(connection, acting, parent_id)
            if parent["post_id"] != post_id:
                raise NotFound(what="comment")
            if parent["blocked"] or parent["visibility"] != Visibility.VISIBLE:
                raise NotPermitted(action="reply to this comment")
        await refuse_writing(connection, acting.member_id, carried)

    return await done_or_refused(connection, caller, attempt, doors, deed=Deed.SHOWN)


async def edit_comment(
    connection: Connection,
    acting: Acting,
    comment_id: int,
    *,
    body: str,
    expected_revision: int | None = None,
    reason: str = "",
    held: bool = False,
) -> bool:
    """Change what a comment says; what it said before is kept as a revision. Say whether anything changed.

    What is `held` hides the comment in the same moment, until somebody approves what it says now.

    Raises:
        Invalid: if the body is not what it may be.
        NotFound: if the member may not see the comment.
        NotPermitted: unless it is theirs, or theirs to moderate.
        PostLocked, SpaceArchived: if it cannot be changed.
        EditConflict: if someone was faster.
        MemberLimited, LevelTooLow: if it carries more than it did, and more than they may write.
    """
    (columns, rendered), reason = clean_body(body), clean_reason(reason)
    comment = await comment_for_edit(connection, acting, comment_id)
    if expected_revision is not None and expected_revision != comment["revision_count"]:
        raise EditConflict(revision=comment["revision_count"])
    if columns["body"] == comment["body"]:
        return False
    before = render(comment["body"])
    if any(carried := Carried.by(rendered).beyond(Carried.by(before))):
        await refuse_writing(connection, acting.member_id, carried, contributes=False)
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
    owners = (comment["author_id"], acting.member_id)
    await show_in_comment(connection, comment_id, rendered, of=owners, before=comment["body"])
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
    known = set(before.mentions)
    if held:
        await hold_comment(
            connection,
            comment_id,
            author_id=comment["author_id"],
            post_id=comment["post_id"],
            space_id=comment["space_id"],
            visibility=comment["visibility"],
            told=sorted(known),
            context=acting.context,
        )
    elif comment["visibility"] == Visibility.VISIBLE:
        fresh = [each for each in rendered.mentions if each not in known]
        author = in_whose_name(acting, comment["author_id"])
        await tell_mentioned(
            connection,
            author,
            await members_meant(connection, author, fresh, comment["space_id"]),
            subject_kind="comment",
            subject_id=comment_id,
            post_id=comment["post_id"],
            space_id=comment["space_id"],
        )
    return True


async def delete_comment(connection: Connection, acting: Acting, comment_id: int, *, reason: str = "") -> int | None:
    """Take a comment down: withdrawn by its author, or removed by a moderator. Its replies stay.

    Returns its author if that changed anything. The refusals are those of deleting a post.
    """
    reason = clean_reason(reason)
    comment = await comment_seen(connection, acting, comment_id)
    after = visibility_after_removal(comment, "comment")
    if after is None:
        return None
    if after is Visibility.WITHDRAWN:
        await keep_withdrawn(connection, comment, is_post=False)
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
    author_id: int = comment["author_id"]
    return author_id


async def restore_comment(connection: Connection, acting: Acting, comment_id: int) -> int | None:
    """Bring a comment back: its author what they withdrew, a moderator what was removed or held.

    Returns its author if it was away. The refusals are those of restoring a post, and PostLocked to its author.
    """
    comment = await comment_seen(connection, acting, comment_id)
    after = visibility_after_restoring(comment, "comment")
    if after is None:
        return None
    if not comment["moderates"]:
        refuse_archived(comment)
        if comment["locked_at"] is not None:
            raise PostLocked
    after = await brought_back(connection, comment, after, is_post=False)
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
    author_id: int = comment["author_id"]
    return author_id
