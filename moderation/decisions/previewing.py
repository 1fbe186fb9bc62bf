"""What a decision would do, found out by making it: the very same code runs, is looked at, and is rolled back.

So a preview cannot say anything else than what happens; it costs what deciding costs, and nothing of it stays.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from community.foundation.errors import NotFound
from community.foundation.event_readers import COLUMNS, recorded
from moderation.cases.access import case_for
from moderation.decisions.deciding import decide
from moderation.decisions.judgement import Judgement
from moderation.decisions.thresholds import Suggestion, suggested
from moderation.telling import notifications_reader

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

# What others see of the thread that the case is about, and of all that whom it is about wrote. $1: the member; $2: the post.
_SHOWN_POSTS = """
    SELECT post.id FROM post JOIN member AS author ON author.id = post.author_id
    WHERE (post.author_id = $1 OR post.id = $2) AND post.visibility = 0 AND author.state = 'ACTIVE'
"""
_SHOWN_COMMENTS = """
    SELECT comment.id FROM comment JOIN post ON post.id = comment.post_id
        JOIN member AS author ON author.id = comment.author_id JOIN member AS starter ON starter.id = post.author_id
    WHERE (comment.author_id = $1 OR post.id = $2) AND comment.visibility = 0 AND post.visibility = 0
        AND author.state = 'ACTIVE' AND starter.state = 'ACTIVE'
"""
_COUNTERS = """
    SELECT 'POST_COMMENTS' AS counter, 'post_' || id AS of, comment_count AS value FROM post WHERE id = $2
    UNION ALL
    SELECT 'SPACE_POSTS', 'space_' || space.id, space.post_count FROM space
    WHERE id = ANY(array_append($3::bigint[], (SELECT space_id FROM post WHERE id = $2)))
    UNION ALL
    SELECT 'TAG_POSTS', 'tag_' || tag.id, tag.post_count FROM tag JOIN post_tag ON tag_id = tag.id WHERE post_id = $2
    UNION ALL SELECT 'MEMBER_POSTS', 'member_' || id, post_count FROM member WHERE id = $1
    UNION ALL SELECT 'MEMBER_COMMENTS', 'member_' || id, comment_count FROM member WHERE id = $1
    UNION ALL
    SELECT 'COMMENT_REPLIES', 'comment_' || parent.id, parent.reply_count
    FROM comment JOIN comment AS parent ON parent.id = comment.parent_id WHERE comment.id = $4
"""
_STANDING = "SELECT state, suspended_until FROM member WHERE id = $1"
_POINTS = "SELECT coalesce(sum(points), 0)::int FROM strike WHERE member_id = $1 AND expires_at > now()"
_POST_OF_COMMENT = "SELECT post_id FROM comment WHERE id = $1"
_HAPPENED = f"""
    SELECT {COLUMNS} FROM event WHERE transaction_id = (pg_current_xact_id()::text)::bigint AND id > $1 ORDER BY id
"""  # noqa: S608 - made of a constant of ours
_LAST = "SELECT coalesce(max(id), 0) FROM event WHERE transaction_id = (pg_current_xact_id()::text)::bigint"
_TOLD = """
    SELECT notification.kind, count(DISTINCT event.member_id)::int AS members
    FROM event JOIN notification ON notification.id = event.subject_id
    WHERE event.transaction_id = (pg_current_xact_id()::text)::bigint AND event.id > $1
        AND event.kind = 'NotificationReceived'
    GROUP BY notification.kind ORDER BY notification.kind
"""


class _RolledBack(Exception):  # noqa: N818 - what is to happen to what was tried
    """All has been seen."""


class Moved(NamedTuple):
    """A counter that would change."""

    counter: str
    of: str
    """The id of what counts."""
    before: int
    after: int


class Told(NamedTuple):
    """How many members would be told of something."""

    kind: str
    members: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would do."""

    verdict: str
    hidden_posts: int
    hidden_comments: int
    shown_posts: int
    shown_comments: int
    counters: tuple[Moved, ...]
    told: tuple[Told, ...]
    standing_before: str
    standing_after: str
    suspended_until: datetime | None
    points_before: int
    points_after: int
    suggestion: Suggestion | None
    """What the member's record suggests, this decision included."""


@dataclass(frozen=True, slots=True)
class _Seen:
    posts: frozenset[int]
    comments: frozenset[int]
    counters: dict[tuple[str, str], int]
    standing: asyncpg.Record
    points: int
    suggestion: Suggestion | None


async def preview_decision(connection: Connection, acting: Acting, case_id: int, judgement: Judgement) -> Preview:
    """Return what a decision would do. What refuses it refuses its preview.

    Raises:
        As `decide`.
    """
    found: list[Preview] = []
    with suppress(_RolledBack):
        async with connection.savepoint():
            found.append(await _tried(connection, acting, case_id, judgement))
            raise _RolledBack
    return found[0]


async def _tried(connection: Connection, acting: Acting, case_id: int, judgement: Judgement) -> Preview:
    case = await case_for(connection, acting, case_id)
    spaces = [measure.details["space"] for measure in judgement.measures if "space" in measure.details]
    before = await _look(connection, case, spaces)
    begin = await connection.raw.fetchval(_LAST)
    decided = await decide(connection, acting, case_id, judgement)
    happened = [recorded(row) for row in await connection.raw.fetch(_HAPPENED, begin)]
    await notifications_reader.apply(connection, happened)
    told = await connection.raw.fetch(_TOLD, begin)
    after = await _look(connection, case, spaces)
    verdict = await connection.raw.fetchval("SELECT verdict FROM decision WHERE id = $1", decided.id)
    return _compared(before, after, verdict, told)


async def _look(connection: Connection, case: asyncpg.Record, spaces: list[int]) -> _Seen:
    member_id, raw = case["member_id"], connection.raw
    comment_id = case["subject_id"] if case["subject_kind"] == "comment" else None
    post_id = case["subject_id"] if case["subject_kind"] == "post" else None
    if comment_id is not None:
        post_id = await raw.fetchval(_POST_OF_COMMENT, comment_id)
    posts = await raw.fetch(_SHOWN_POSTS, member_id, post_id)
    comments = await raw.fetch(_SHOWN_COMMENTS, member_id, post_id)
    counters = await raw.fetch(_COUNTERS, member_id, post_id, spaces, comment_id)
    standing = await raw.fetchrow(_STANDING, member_id)
    if standing is None:
        raise NotFound(what="member")
    return _Seen(
        frozenset(row["id"] for row in posts),
        frozenset(row["id"] for row in comments),
        {(row["counter"], row["of"]): row["value"] for row in counters},
        standing,
        await raw.fetchval(_POINTS, member_id),
        await suggested(connection, member_id),
    )


def _compared(before: _Seen, after: _Seen, verdict: str, told: list[Any]) -> Preview:
    known = before.counters.keys() | after.counters.keys()
    moved = (
        Moved(*key, before.counters.get(key, after.counters.get(key, 0)), after.counters.get(key, 0)) for key in known
    )
    return Preview(
        verdict,
        len(before.posts - after.posts),
        len(before.comments - after.comments),
        len(after.posts - before.posts),
        len(after.comments - before.comments),
        tuple(sorted(each for each in moved if each.before != each.after)),
        tuple(Told(row["kind"], row["members"]) for row in told),
        before.standing["state"],
        after.standing["state"],
        after.standing["suspended_until"],
        before.points,
        after.points,
        after.suggestion,
    )
