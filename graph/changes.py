"""What has changed since a run, from the event log: so that the graph is brought up to date without reading all of it.

A tie is what one member did towards another, so a change is a change of somebody's row. The log says who did something
(or undid it, or lost it to a moderator); their interactions are read anew, and their rows replaced. What changes the graph
in other ways, such as who is in it, asks for all of it to be read.

Ages are counted to the moment of the run that the graph comes from, so that rows read anew and rows that are kept weigh
alike. All fade when everything is read the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from community.cocreation.ideas import events as ideas
from community.discussions import events as discussions
from community.foundation.events import RECORDS_BROUGHT_IN
from community.members import events as members
from graph import events as scores
from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST_EVENTS = 200_000
"""With more of them, reading everything is no slower."""

# What the actor of such an event did, or undid.
_BY_ACTOR = (
    discussions.POST_CREATED,
    discussions.COMMENT_CREATED,
    discussions.REACTION_ADDED,
    discussions.REACTION_REMOVED,
    discussions.MEMBER_MENTIONED,
    members.MEMBER_FOLLOWED,
    members.MEMBER_UNFOLLOWED,
    ideas.IDEA_VOTED,
    ideas.IDEA_VOTE_WITHDRAWN,
)
# What was done on such a subject counts from now on, or no more: that of all who did anything there.
_ON_SUBJECT = (
    discussions.CONTENT_REMOVED,
    discussions.CONTENT_RESTORED,
    discussions.ANSWER_ACCEPTED,
    discussions.ANSWER_UNACCEPTED,
    ideas.IDEA_CREDITED,
)
# Who is in the graph, what is private, and what the log does not tell, is for a whole run to say.
_OF_ALL = (
    RECORDS_BROUGHT_IN,
    members.MEMBER_SUSPENDED,
    members.MEMBER_REINSTATED,
    members.MEMBER_MERGED,
    members.MEMBER_PARTED,
    discussions.SPACE_UPDATED,
    discussions.POST_MOVED,
    scores.PROFILING_OBJECTED,
    scores.PROFILING_ALLOWED,
    scores.SCORE_WEIGHTS_CHANGED,
)

WATERMARK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
"""Below which transaction everything that happened has been seen."""

_COUNT = """
    SELECT count(*) FILTER (WHERE kind = ANY($2::text[])) AS whole, count(*) AS amount
    FROM (SELECT kind FROM event WHERE transaction_id >= $1 AND kind = ANY($2::text[] || $3::text[]) LIMIT $4) AS happened
"""
_ACTORS = """
    WITH happened AS MATERIALIZED (
        SELECT kind, actor_id, subject_kind, subject_id, post_id FROM event
        WHERE transaction_id >= $1 AND kind = ANY($2::text[] || $3::text[])
    ), posts AS (
        SELECT DISTINCT post_id AS id FROM happened WHERE kind = ANY($3::text[]) AND post_id IS NOT NULL
    )
    SELECT actor_id AS id FROM happened WHERE kind = ANY($2::text[]) AND actor_id IS NOT NULL
    UNION SELECT author_id FROM post WHERE id IN (SELECT id FROM posts)
    UNION SELECT author_id FROM comment WHERE post_id IN (SELECT id FROM posts)
    UNION SELECT member_id FROM post_reaction WHERE post_id IN (SELECT id FROM posts)
    UNION SELECT member_id FROM comment_reaction JOIN comment ON comment.id = comment_id
        WHERE comment.post_id IN (SELECT id FROM posts)
    UNION SELECT idea_vote.member_id FROM idea_vote JOIN idea ON idea.id = idea_id
        WHERE idea.post_id IN (SELECT id FROM posts)
    UNION SELECT idea_credit.member_id FROM idea_credit JOIN idea ON idea.id = idea_id
        WHERE idea.post_id IN (SELECT id FROM posts)
    UNION SELECT actor_id FROM event WHERE kind = 'MemberMentioned' AND post_id IN (SELECT id FROM posts)
        AND actor_id IS NOT NULL AND EXISTS (SELECT FROM posts)
    ORDER BY 1
"""


async def changed_actors(connection: Connection, watermark: int) -> NDArray[np.int64] | None:
    """Return whose ties may be others than at a watermark, ascending; None if everything is to be read.

    It may name members whose ties are as they were: events that were seen already, and what made no difference.
    """
    counted = await connection.raw.fetchrow(
        _COUNT, watermark, list(_OF_ALL), list(_BY_ACTOR + _ON_SUBJECT), MOST_EVENTS + 1
    )
    assert counted is not None  # an aggregate has a row
    if counted["whole"] or counted["amount"] > MOST_EVENTS:
        return None
    found = await connection.raw.fetch(_ACTORS, watermark, list(_BY_ACTOR), list(_ON_SUBJECT))
    return np.array([row["id"] for row in found], np.int64)


def with_rows_of(before: Adjacency, size: int, changed: NDArray[np.bool_], rows: Adjacency) -> Adjacency:
    """Return an adjacency of `size` members with the rows of the `changed` taken from `rows`, the others kept.

    Members beyond those of before have no row there. O(n + m), most of it copying.

    Raises:
        ValueError: if the sizes do not fit.
    """
    if not before.size <= size == rows.size == len(changed):
        raise ValueError(
            f"{before.size} members before, {size} now, {rows.size} rows and {len(changed)} marks do not fit"
        )
    return Adjacency(
        *_with_rows(
            before.offsets, before.neighbours, before.weights, changed, rows.offsets, rows.neighbours, rows.weights
        )
    )


@kernel
def _with_rows(
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
    changed: NDArray[np.bool_],
    new_offsets: Offsets,
    new_neighbours: Places,
    new_weights: Weights,
) -> tuple[Offsets, Places, Weights]:
    size, size_before = len(changed), len(offsets) - 1
    merged = np.zeros(size + 1, np.int64)
    for place in range(size):
        if changed[place]:
            length = new_offsets[place + 1] - new_offsets[place]
        else:
            length = offsets[place + 1] - offsets[place] if place < size_before else 0
        merged[place + 1] = merged[place] + length
    others = np.empty(merged[size], np.uint32)
    kept = np.empty(merged[size], np.float32)
    for place in range(size):
        at, end = merged[place], merged[place + 1]
        if changed[place]:
            start = new_offsets[place]
            others[at:end] = new_neighbours[start : start + end - at]
            kept[at:end] = new_weights[start : start + end - at]
        elif end > at:
            start = offsets[place]
            others[at:end] = neighbours[start : start + end - at]
            kept[at:end] = weights[start : start + end - at]
    return merged, others, kept
