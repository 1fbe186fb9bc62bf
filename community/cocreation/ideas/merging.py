"""Merging ideas that are the same, and undoing it.

A merged idea keeps its votes and followers, at rest: nobody can change them. The idea that it went into gets a vote of each
who had none there, and each who followed follows it, unless they had unfollowed it; such rows name the merge. So nobody
has two votes for what is one idea now, and what undoing must give back was never taken.

Undoing takes the rows that name the merge away again, except where another merge that stands still carries them: then they
name that one. Who voted or followed anew meanwhile did so for the idea that they saw, and keeps it there. Who took their
vote back, or unfollowed, meanwhile did so for all that it was made of (see `support`), and has nothing at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.cocreation.asking import require_asking
from community.cocreation.ideas import events
from community.cocreation.ideas.access import Held, Place, idea_seen, refuse_unmanaged, tell
from community.cocreation.ideas.advancing import clean_answer, keep_answer
from community.cocreation.ideas.errors import MergeFinal, MergeUndone, StageNotNext
from community.cocreation.ideas.stages import MERGEABLE, MERGED, SHIPPED
from community.discussions.access import refuse_archived
from community.discussions.events import POST_LOCKED, POST_UNLOCKED
from community.foundation.errors import Invalid, NotFound

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_MERGED = 20

# Posts first, and each in the order of ids, as everywhere.
_HOLD_POSTS = """
    SELECT FROM post WHERE id IN (SELECT post_id FROM idea WHERE id = ANY($1::bigint[])) ORDER BY id FOR NO KEY UPDATE
"""
_HOLD_IDEAS = "SELECT id FROM idea WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
_INSERT = "INSERT INTO idea_merge (into_id, merged_by) VALUES ($1, $2) RETURNING id"
_LOCK_POST = "UPDATE post SET locked_at = clock_timestamp() WHERE id = $1 AND locked_at IS NULL RETURNING locked_at"
_MERGE = """
    UPDATE idea SET stage = 'MERGED', stage_since = now(), merged_into = $2 WHERE id = $1
"""
_MOVE_VOTES = """
    INSERT INTO idea_vote (idea_id, member_id, created_at, merge_id)
    SELECT $2, member_id, created_at, $3 FROM idea_vote WHERE idea_id = $1 ORDER BY member_id
    ON CONFLICT DO NOTHING RETURNING member_id
"""
_MOVE_FOLLOWERS = """
    INSERT INTO idea_follow (idea_id, member_id, following, created_at, merge_id)
    SELECT $2, member_id, true, created_at, $3 FROM idea_follow WHERE idea_id = $1 AND following ORDER BY member_id
    ON CONFLICT DO NOTHING RETURNING member_id
"""
_KEEP_SOURCE = """
    INSERT INTO idea_merge_source (merge_id, idea_id, stage, stage_since, locked_at, moved_votes, moved_followers)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_COUNT = """
    UPDATE idea SET vote_count = vote_count + $2, follower_count = follower_count + $3, merge_count = merge_count + 1
    WHERE id = $1
"""

_MERGE_OF = """
    SELECT into_id, array_agg(idea_id ORDER BY idea_id) AS sources
    FROM idea_merge JOIN idea_merge_source ON merge_id = idea_merge.id WHERE idea_merge.id = $1 GROUP BY into_id
"""
_UNDO = "UPDATE idea_merge SET undone_at = now(), undone_by = $2 WHERE id = $1 AND undone_at IS NULL RETURNING id"
_SOURCES = """
    SELECT idea_merge_source.*, idea.post_id, post.author_id, post.space_id
    FROM idea_merge_source JOIN idea ON idea.id = idea_id JOIN post ON post.id = idea.post_id
    WHERE merge_id = $1 ORDER BY idea_id
"""
_RESTORE = "UPDATE idea SET stage = $2, stage_since = $3, merged_into = NULL WHERE id = $1"
# What another merge into the same idea carries too is from now on that one's.
_CARRIED_VOTES = """
    UPDATE idea_vote SET merge_id = carried.merge_id
    FROM (
        SELECT rested.member_id, min(source.merge_id) AS merge_id
        FROM idea_merge_source AS source
            JOIN idea_merge ON idea_merge.id = source.merge_id AND into_id = $2 AND undone_at IS NULL
            JOIN idea_vote AS rested ON rested.idea_id = source.idea_id
        GROUP BY rested.member_id
    ) AS carried
    WHERE idea_vote.idea_id = $2 AND idea_vote.merge_id = $1 AND idea_vote.member_id = carried.member_id
"""
_CARRIED_FOLLOWS = """
    UPDATE idea_follow SET merge_id = carried.merge_id
    FROM (
        SELECT rested.member_id, min(source.merge_id) AS merge_id
        FROM idea_merge_source AS source
            JOIN idea_merge ON idea_merge.id = source.merge_id AND into_id = $2 AND undone_at IS NULL
            JOIN idea_follow AS rested ON rested.idea_id = source.idea_id AND rested.following
        GROUP BY rested.member_id
    ) AS carried
    WHERE idea_follow.idea_id = $2 AND idea_follow.merge_id = $1 AND idea_follow.member_id = carried.member_id
"""
_TAKE_VOTES = "DELETE FROM idea_vote WHERE idea_id = $2 AND merge_id = $1 RETURNING member_id"
_TAKE_FOLLOWS = "DELETE FROM idea_follow WHERE idea_id = $2 AND merge_id = $1 AND following RETURNING member_id"
# Who unfollowed meanwhile has said so of this idea, too.
_KEEP_UNFOLLOWED = "UPDATE idea_follow SET merge_id = NULL WHERE idea_id = $2 AND merge_id = $1"
_UNLOCK_POST = "UPDATE post SET locked_at = NULL WHERE id = $1 AND locked_at = $2 RETURNING id"


async def merge_ideas(
    connection: Connection, acting: Acting, source_ids: Sequence[int], into_id: int, *, answer: str
) -> int:
    """Make some ideas one with another, and say why; return the merge's id. For staff.

    Raises:
        NotFound: if the member may not see one of them.
        NotPermitted: unless they run campaigns or moderate where they are; and if one is hidden.
        SpaceArchived: if their space is read-only.
        IdeaClosed: if the one that they are to go into is closed.
        StageNotNext: if one of the others has come too far to be merged.
        Invalid: if there are none or too many of them, one twice, or some of another space.
    """
    answer = clean_answer(answer)
    _refuse_bad(source_ids, into_id)
    every = sorted({*source_ids, into_id})
    # All are locked before any is looked at, so that who merges the same ideas the other way round waits.
    await connection.raw.execute(_HOLD_POSTS, every)
    await connection.raw.execute(_HOLD_IDEAS, every)
    # Whether all are there to be seen is asked first: what else is said tells nothing of what is not.
    held = {idea_id: await _seen(connection, acting, idea_id, into_id) for idea_id in every}
    for each in held.values():
        refuse_unmanaged(acting, each, "merge ideas here")
    into = held[into_id]
    into.refuse_closed()
    sources = [held[idea_id] for idea_id in sorted(source_ids)]
    for source in sources:
        if source.space_id != into.space_id:
            # A vote must not tell of what its member cannot see.
            raise Invalid(field="from", reason="Only ideas of one space are merged.")
        if source.stage not in MERGEABLE:
            raise StageNotNext(before=source.stage, after=MERGED, path=("from",))
    merge_id: int = await connection.raw.fetchval(_INSERT, into_id, acting.member_id)
    votes = followers = 0
    for source in sources:
        moved = await _move(connection, acting, source, into_id, merge_id)
        votes, followers = votes + moved[0], followers + moved[1]
        await keep_answer(connection, acting, source.id, source.stage, MERGED, answer)
        await tell(
            connection,
            events.IDEAS_MERGED,
            acting,
            source,
            member_id=source.author_id,
            into=into_id,
            merge=merge_id,
        )
    await connection.raw.execute(_COUNT, into_id, votes, followers)
    await tell(connection, events.IDEA_RECOUNTED, acting, into, member_id=into.author_id, merge=merge_id)
    return merge_id


async def undo_merge(connection: Connection, acting: Acting, merge_id: int, *, answer: str) -> None:
    """Have merged ideas stand by themselves again, as they were, and say why. For staff.

    Raises:
        NotFound: if the member may not see the idea that they went into, or there is no such merge.
        NotPermitted: unless they run campaigns or moderate where the ideas are.
        SpaceArchived: if the space is read-only.
        MergeUndone: if it was undone before.
        MergeFinal: if the idea that they went into has shipped, or was itself merged into another.
        Invalid: if there is no answer, or it is not what it may be.
    """
    answer = clean_answer(answer)
    merge = await connection.raw.fetchrow(_MERGE_OF, merge_id)
    if merge is None:
        raise NotFound(what="merge")
    into_id: int = merge["into_id"]
    await connection.raw.execute(_HOLD_POSTS, [*merge["sources"], into_id])
    # What went into an idea is locked after it, as who takes a vote back does.
    await connection.raw.execute(_HOLD_IDEAS, [into_id])
    await connection.raw.execute(_HOLD_IDEAS, merge["sources"])
    try:
        into = await idea_seen(connection, acting, into_id)
    except NotFound:
        raise NotFound(what="merge") from None
    sources = await connection.raw.fetch(_SOURCES, merge_id)
    for space_id in sorted({into.space_id, *(source["space_id"] for source in sources)}):
        require_asking(acting, space_id, "undo this merge")
    refuse_archived(into.post)
    if await connection.raw.fetchval(_UNDO, merge_id, acting.member_id) is None:
        raise MergeUndone
    if into.stage in {MERGED, SHIPPED}:
        raise MergeFinal(stage=into.stage)
    for source in sources:
        await _give_back(connection, acting, source, into_id, answer)
    for statement in (_CARRIED_VOTES, _CARRIED_FOLLOWS):
        await connection.raw.execute(statement, merge_id, into_id)
    votes = await connection.raw.fetch(_TAKE_VOTES, merge_id, into_id)
    followers = await connection.raw.fetch(_TAKE_FOLLOWS, merge_id, into_id)
    await connection.raw.execute(_KEEP_UNFOLLOWED, merge_id, into_id)
    await connection.raw.execute(_COUNT, into_id, -len(votes), -len(followers))
    await tell(connection, events.IDEA_RECOUNTED, acting, into, member_id=into.author_id, merge=merge_id)


def _refuse_bad(source_ids: Sequence[int], into_id: int) -> None:
    if not 1 <= len(source_ids) <= MOST_MERGED:
        raise Invalid(field="from", reason=f"Give 1 to {MOST_MERGED} ideas.")
    if len(set(source_ids)) != len(source_ids):
        raise Invalid(field="from", reason="An idea is there twice.")
    if into_id in source_ids:
        raise Invalid(field="into", reason="An idea is not merged into itself.")


async def _seen(connection: Connection, acting: Acting, idea_id: int, into_id: int) -> Held:
    try:
        return await idea_seen(connection, acting, idea_id)
    except NotFound:
        raise NotFound(what="idea", path=("into" if idea_id == into_id else "from",)) from None


async def _move(connection: Connection, acting: Acting, source: Held, into_id: int, merge_id: int) -> tuple[int, int]:
    """Bring an idea's votes and followers to another and close it; return how many votes and followers are new there."""
    places = source.id, into_id
    votes = await connection.raw.fetch(_MOVE_VOTES, *places, merge_id)
    followers = await connection.raw.fetch(_MOVE_FOLLOWERS, *places, merge_id)
    locked_at = await connection.raw.fetchval(_LOCK_POST, source.post_id)
    await connection.raw.execute(_MERGE, *places)
    await connection.raw.execute(
        _KEEP_SOURCE,
        merge_id,
        source.id,
        source.stage,
        source.stage_since,
        locked_at,
        len(votes),
        len(followers),
    )
    if locked_at is not None:
        await tell(
            connection,
            POST_LOCKED,
            acting,
            source,
            member_id=source.author_id,
            subject=("post", source.post_id),
        )
    return len(votes), len(followers)


async def _give_back(connection: Connection, acting: Acting, source: asyncpg.Record, into_id: int, answer: str) -> None:
    """Let a merged idea be as it was."""
    idea_id, merge_id = source["idea_id"], source["merge_id"]
    await connection.raw.execute(_RESTORE, idea_id, source["stage"], source["stage_since"])
    place = Place(idea_id, source["post_id"], source["author_id"], source["space_id"])
    await keep_answer(connection, acting, idea_id, MERGED, source["stage"], answer)
    await tell(connection, events.MERGE_UNDONE, acting, place, member_id=place.author_id, into=into_id, merge=merge_id)
    if source["locked_at"] is not None and await connection.raw.fetchval(
        _UNLOCK_POST, source["post_id"], source["locked_at"]
    ):
        subject = ("post", place.post_id)
        await tell(connection, POST_UNLOCKED, acting, place, member_id=place.author_id, subject=subject)
