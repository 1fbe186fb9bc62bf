"""Reactions: the change made most often, so each is one statement that checks, changes, counts and records.

Its parts depend on one another in the order in which they lock: the reaction itself, the post or comment, its activity.
"""

import asyncpg

from community.discussions.access import blocked_with, comment_seen, post_seen, sees_space
from community.discussions.errors import ReactionUnknown, SpaceArchived
from community.discussions.events import REACTION_ADDED, REACTION_REMOVED
from community.discussions.tables import Visibility
from community.foundation.database import Connection
from community.foundation.errors import NotPermitted
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, moderates
from community.members.restrictions import Deed

SEES_SPACE = sees_space(moderates("space.id"))


# $1 what is reacted on, $2 and $3 the caller, $4 the kind's name, $5 the event's context.
def _post_door(deed: Deed) -> str:
    return f"""
        SELECT post.id, post.id AS post_id, post.space_id, post.author_id, space.archived_at IS NOT NULL AS archived
        FROM post JOIN space ON space.id = post.space_id JOIN member AS author ON author.id = post.author_id
        WHERE {in_good_standing(deed)} AND post.id = $1 AND post.visibility = 0 AND author.state <> 'SUSPENDED'
            AND {SEES_SPACE} AND NOT {blocked_with("post.author_id")}
    """  # noqa: S608 - made of predicates of ours


def _comment_door(deed: Deed) -> str:
    return f"""
        SELECT comment.id, comment.post_id, post.space_id, comment.author_id, space.archived_at IS NOT NULL AS archived
        FROM comment
            JOIN post ON post.id = comment.post_id
            JOIN space ON space.id = post.space_id
            JOIN member AS author ON author.id = comment.author_id
            JOIN member AS post_author ON post_author.id = post.author_id
        WHERE {in_good_standing(deed)} AND comment.id = $1 AND comment.visibility = 0 AND post.visibility = 0
            AND author.state <> 'SUSPENDED' AND post_author.state <> 'SUSPENDED'
            AND {SEES_SPACE} AND NOT {blocked_with("comment.author_id")} AND NOT {blocked_with("post.author_id")}
    """  # noqa: S608 - made of predicates of ours


def _addition(subject: str, door: str) -> str:
    return f"""
        WITH door AS ({door}),
        wanted AS (SELECT id FROM reaction_kind WHERE name = $4 AND retired_at IS NULL),
        changed AS (
            INSERT INTO {subject}_reaction ({subject}_id, member_id, kind_id)
            SELECT door.id, $2, wanted.id FROM door, wanted WHERE NOT door.archived
            ON CONFLICT DO NOTHING
            RETURNING {subject}_id AS id, kind_id
        ), {_consequences(subject, REACTION_ADDED, 1)}
    """  # noqa: S608 - made of names of ours


def _removal(subject: str, door: str) -> str:
    # One can take back a reaction of a kind that is retired.
    return f"""
        WITH door AS ({door}),
        wanted AS (SELECT id FROM reaction_kind WHERE name = $4),
        changed AS (
            DELETE FROM {subject}_reaction USING door, wanted
            WHERE {subject}_reaction.{subject}_id = door.id AND member_id = $2 AND kind_id = wanted.id AND NOT door.archived
            RETURNING {subject}_reaction.{subject}_id AS id, kind_id
        ), {_consequences(subject, REACTION_REMOVED, -1)}
    """  # noqa: S608 - made of names of ours


def _consequences(subject: str, event_kind: str, change: int) -> str:
    ranked = f"""
        ranked AS (
            UPDATE post_activity SET score = score + {change} FROM counted WHERE post_id = counted.id
        ),
    """  # noqa: S608 - made of names of ours
    return f"""
        counted AS (
            UPDATE {subject} SET
                reaction_count = reaction_count + {change},
                reaction_counts = reaction_counts_changed(reaction_counts, changed.kind_id, {change})
            FROM changed WHERE {subject}.id = changed.id
            RETURNING {subject}.id
        ), {ranked if subject == "post" else ""}
        told AS (
            INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id, data, context)
            SELECT '{event_kind}', $2, door.author_id, '{subject}', door.id, door.post_id, door.space_id,
                jsonb_build_object('kind', $4), $5
            FROM counted, door
        )
        SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
            SELECT door.archived, EXISTS (SELECT FROM wanted) AS known, EXISTS (SELECT FROM counted) AS changed FROM door
        ) AS outcome ON true
    """  # noqa: S608 - made of names of ours


_ADD = {"post": _addition("post", _post_door(Deed.VOTE)), "comment": _addition("comment", _comment_door(Deed.VOTE))}
_REMOVE = {"post": _removal("post", _post_door(Deed.OWN)), "comment": _removal("comment", _comment_door(Deed.OWN))}


async def add_reaction(
    connection: Connection,
    caller: Caller,
    *,
    kind: str,
    post_id: int | None = None,
    comment_id: int | None = None,
) -> bool:
    """React to a post or a comment; say whether that is new. One reaction of each kind for each member.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited: if they may not vote.
        NotFound: if the member may not see it.
        NotPermitted: if it is hidden, or the member moderates it and has blocked, or is blocked by, its author.
        ReactionUnknown: if there is no such kind, or no more.
        SpaceArchived: if the space is read-only.
    """
    return await _react(connection, caller, _ADD, Deed.VOTE, kind, post_id, comment_id)


async def remove_reaction(
    connection: Connection,
    caller: Caller,
    *,
    kind: str,
    post_id: int | None = None,
    comment_id: int | None = None,
) -> bool:
    """Take a reaction back; say whether there was one. Refusals as for adding one, but restrictions refuse nobody."""
    return await _react(connection, caller, _REMOVE, Deed.OWN, kind, post_id, comment_id)


async def _react(
    connection: Connection,
    caller: Caller,
    statements: dict[str, str],
    deed: Deed,
    kind: str,
    post_id: int | None,
    comment_id: int | None,
) -> bool:
    if (post_id is None) == (comment_id is None):
        raise ValueError("Either a post or a comment is reacted to.")
    subject = "post" if comment_id is None else "comment"
    number = post_id or comment_id or 0

    async def attempt() -> asyncpg.Record | None:
        outcome = await connection.change(
            statements[subject],
            number,
            caller.member_id,
            caller.with_roles,
            kind,
            dict(caller.context),
        )
        return None if outcome["known"] is None else outcome

    async def doors(acting: Acting) -> None:
        seen = await (post_seen if subject == "post" else comment_seen)(connection, acting, number)
        if seen["blocked"] or _is_hidden(seen, subject):
            raise NotPermitted(action=f"react to this {subject}")

    outcome = await done_or_refused(connection, caller, attempt, doors, deed=deed)
    if not outcome["known"]:
        raise ReactionUnknown(kind=kind)
    if outcome["archived"]:
        raise SpaceArchived
    return bool(outcome["changed"])


def _is_hidden(row: asyncpg.Record, subject: str) -> bool:
    """Say whether what its author or a moderator sees is hidden from others, itself or with its post."""
    if row["visibility"] != Visibility.VISIBLE or row["author_suspended"]:
        return True
    return subject == "comment" and (row["post_visibility"] != Visibility.VISIBLE or row["post_author_suspended"])
