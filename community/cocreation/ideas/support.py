"""Voting for ideas and following them: one a member, each change one statement that looks at everything itself.

Its door holds the idea until the statement is committed. So votes for one idea are counted one after the other, and a merge,
which holds the ideas that it is about, finds no vote on its way: who comes later finds the idea merged.

Who takes a vote back takes back what was merged into it as well, or it would return when the merge is undone; so does who
unfollows. What that is, a statement sees as it was when it began: one that a merge has overtaken finds the idea's
`merge_count` to be another than it saw, does nothing, and is run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.ideas import events
from community.cocreation.ideas.access import idea_seen
from community.cocreation.ideas.errors import IdeaClosed
from community.cocreation.ideas.stages import MERGED, OPEN
from community.discussions.access import blocked_with, refuse_archived, sees_space
from community.foundation.tables import one_of
from community.members.acting import done_or_refused, in_good_standing, moderates
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting, Caller


# $1 the idea, $2 and $3 the caller, $4 the event's context.
def _seen(deed: Deed) -> str:
    return f"""
        SELECT idea.id, idea.post_id, post.space_id, post.author_id
        FROM idea
            JOIN post ON post.id = idea.post_id
            JOIN space ON space.id = post.space_id
            JOIN member AS author ON author.id = post.author_id
        WHERE {in_good_standing(deed)} AND idea.id = $1 AND post.visibility = 0 AND author.state <> 'SUSPENDED'
            AND {sees_space(moderates("space.id"))} AND NOT {blocked_with("post.author_id")}
    """  # noqa: S608 - made of predicates of ours


_HELD = "FOR NO KEY UPDATE OF idea"
_NOT_OVERTAKEN = "idea.merge_count = (SELECT merge_count FROM idea AS seen WHERE seen.id = $1)"
_TAKES_VOTES = f"space.archived_at IS NULL AND {one_of('idea.stage', OPEN)}"
_VOTABLE = f"{_seen(Deed.VOTE)} AND {_TAKES_VOTES}"
_WITHDRAWABLE = f"{_seen(Deed.OWN)} AND {_TAKES_VOTES}"
_FOLLOWABLE = f"{_seen(Deed.OWN)} AND idea.stage <> '{MERGED}'"
# An idea, and all that went into it.
_MADE_OF = """
    made_of AS (
        SELECT id FROM door UNION ALL SELECT idea.id FROM idea JOIN made_of ON idea.merged_into = made_of.id
    )
"""


def _change(door: str, changes: str, event_kind: str) -> str:
    """Return a statement: `changes` make `changed`, a row or none, and count it."""
    return f"""
        WITH RECURSIVE door AS ({door}), {changes},
        told AS (
            INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id, context)
            SELECT '{event_kind}', $2, door.author_id, 'idea', door.id, door.post_id, door.space_id, $4
            FROM changed, door
        )
        SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
            SELECT EXISTS (SELECT FROM changed) AS changed FROM door
        ) AS outcome ON true
    """  # noqa: S608 - made of names of ours


_VOTE = _change(
    f"{_VOTABLE} {_HELD}",
    """
        changed AS (
            INSERT INTO idea_vote (idea_id, member_id) SELECT id, $2 FROM door ON CONFLICT DO NOTHING RETURNING idea_id
        ), followed AS (
            INSERT INTO idea_follow (idea_id, member_id, following) SELECT idea_id, $2, true FROM changed
            ON CONFLICT DO NOTHING RETURNING idea_id
        ), counted AS (
            UPDATE idea SET vote_count = vote_count + 1,
                follower_count = follower_count + (SELECT count(*) FROM followed)
            FROM changed WHERE idea.id = changed.idea_id
        )
    """,
    events.IDEA_VOTED,
)
_WITHDRAW = _change(
    f"{_WITHDRAWABLE} AND {_NOT_OVERTAKEN} {_HELD}",
    f"""
        {_MADE_OF}, taken AS (
            DELETE FROM idea_vote USING made_of
            WHERE idea_vote.idea_id = made_of.id AND idea_vote.member_id = $2::bigint RETURNING idea_vote.idea_id
        ), counted AS (
            UPDATE idea SET vote_count = vote_count - 1 FROM taken WHERE idea.id = taken.idea_id
        ), changed AS (
            SELECT door.id FROM taken JOIN door ON door.id = taken.idea_id
        )
    """,  # noqa: S608 - made of names of ours
    events.IDEA_VOTE_WITHDRAWN,
)
# Who says so themselves follows whatever becomes of a merge.
_FOLLOW = _change(
    f"{_FOLLOWABLE} {_HELD}",
    """
        changed AS (
            INSERT INTO idea_follow AS known (idea_id, member_id, following) SELECT id, $2, true FROM door
            ON CONFLICT (idea_id, member_id) DO UPDATE SET following = true, created_at = now(), merge_id = NULL
                WHERE NOT known.following
            RETURNING idea_id
        ), counted AS (
            UPDATE idea SET follower_count = follower_count + 1 FROM changed WHERE idea.id = changed.idea_id
        )
    """,
    events.IDEA_FOLLOWED,
)
_UNFOLLOW = _change(
    f"{_FOLLOWABLE} AND {_NOT_OVERTAKEN} {_HELD}",
    f"""
        {_MADE_OF}, left_off AS (
            UPDATE idea_follow SET following = false FROM made_of
            WHERE idea_follow.idea_id = made_of.id AND idea_follow.member_id = $2::bigint AND idea_follow.following
                AND EXISTS (
                    SELECT FROM idea_follow AS mine JOIN door ON door.id = mine.idea_id
                    WHERE mine.member_id = $2::bigint AND mine.following
                )
            RETURNING idea_follow.idea_id
        ), counted AS (
            UPDATE idea SET follower_count = follower_count - 1 FROM left_off WHERE idea.id = left_off.idea_id
        ), changed AS (
            SELECT door.id FROM left_off JOIN door ON door.id = left_off.idea_id
        )
    """,  # noqa: S608 - made of names of ours
    events.IDEA_UNFOLLOWED,
)


async def vote_for_idea(connection: Connection, caller: Caller, idea_id: int) -> bool:
    """Vote for an idea, and follow it unless one unfollowed it before; say whether the vote is new.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        NotFound: if they may not see the idea.
        NotPermitted: if it is hidden, or they moderate it and a block stands between them and its author.
        IdeaClosed: if it shipped, was declined or merged.
        SpaceArchived: if its space is read-only.
    """
    return await _supported(connection, caller, _VOTE, idea_id, votes=True)


async def withdraw_idea_vote(connection: Connection, caller: Caller, idea_id: int) -> bool:
    """Take one's vote back, for the idea and all that went into it; say whether there was one.

    The refusals are those of :func:`vote_for_idea`.
    """
    return await _supported(connection, caller, _WITHDRAW, idea_id, votes=True)


async def follow_idea(connection: Connection, caller: Caller, idea_id: int) -> bool:
    """Hear of what becomes of an idea; say whether that is new.

    Raises:
        Unauthenticated, AccountSuspended, NotFound, NotPermitted: as for voting.
        IdeaClosed: if it was merged: then it is the other that can be followed.
    """
    return await _supported(connection, caller, _FOLLOW, idea_id, votes=False)


async def unfollow_idea(connection: Connection, caller: Caller, idea_id: int) -> bool:
    """Hear of it no longer, whatever one does with it; say whether one followed it. Refusals as for following."""
    return await _supported(connection, caller, _UNFOLLOW, idea_id, votes=False)


async def _supported(connection: Connection, caller: Caller, statement: str, idea_id: int, *, votes: bool) -> bool:
    async def attempt() -> bool | None:
        row = await connection.change(statement, idea_id, caller.member_id, caller.with_roles, dict(caller.context))
        return row["changed"]  # type: ignore[no-any-return] # of a record

    async def doors(acting: Acting) -> None:
        held = await idea_seen(connection, acting, idea_id)
        held.refuse_hidden("vote for this idea" if votes else "follow this idea")
        if votes:
            refuse_archived(held.post)
            held.refuse_closed()
        elif held.stage == MERGED:
            raise IdeaClosed(stage=MERGED)

    return await done_or_refused(connection, caller, attempt, doors, deed=Deed.VOTE if statement == _VOTE else Deed.OWN)
