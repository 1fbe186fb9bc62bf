"""Moving: a reward comes from state to state by one guarded statement, with an event and a line that says who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.foundation.events import Event, record
from community.rewards import events
from community.rewards.budgets import give_back
from community.rewards.errors import RewardNotMovable
from community.rewards.states import COUNTED, GRANTED, HELD, REJECTED, REVERSED, from_where

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from community.foundation.database import Connection

LONGEST_REASON = 500

# $2 where from, $3 where to, $4 why. What is under review is not moved by the clock ($5), whoever was quicker.
_MOVE = """
    WITH at AS (
        SELECT id, state FROM reward WHERE id = $1 AND state = ANY($2::text[])
            AND ($5::boolean IS FALSE OR review_since IS NULL AND held_until <= clock_timestamp())
        FOR NO KEY UPDATE
    ), moved AS (
        UPDATE reward SET state = $3, reason = $4, review_since = NULL,
            held_until = CASE $3 WHEN 'HELD' THEN clock_timestamp() + hold_for ELSE held_until END,
            granted_at = CASE $3 WHEN 'GRANTED' THEN clock_timestamp() ELSE granted_at END,
            ended_at = CASE WHEN $3 IN ('REJECTED', 'REVERSED') THEN clock_timestamp() END
        FROM at WHERE reward.id = at.id
        RETURNING reward.*
    ), told AS (
        INSERT INTO reward_move (reward_id, before, after, reason, moved_by)
        SELECT at.id, at.state, $3, $4, $6 FROM at JOIN moved ON moved.id = at.id
    )
    SELECT * FROM moved
"""
_STATE = "SELECT state FROM reward WHERE id = $1"
_REVIEW = """
    UPDATE reward SET review_since = coalesce(review_since, clock_timestamp()), reason = $2
    WHERE id = $1 AND state = 'HELD' RETURNING member_id
"""
_RELEASE = """
    UPDATE reward SET review_since = NULL, reason = $2 WHERE id = $1 AND state = 'HELD' AND review_since IS NOT NULL
    RETURNING member_id
"""

_TOLD: Mapping[str, str] = {
    HELD: events.REWARD_HELD,
    GRANTED: events.REWARD_GRANTED,
    REJECTED: events.REWARD_REJECTED,
    REVERSED: events.REWARD_REVERSED,
}


async def move(
    connection: Connection,
    reward_id: int,
    after: str,
    *,
    reason: str,
    moved_by: int | None = None,
    by_clock: bool = False,
) -> asyncpg.Record:
    """Move a reward to a state, from wherever that can be; return it as it is now.

    What that means for its member (points, a badge) `granting` sees to; what it means for its budget is done here.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: if it cannot be moved there from where it is.
    """
    reward = await connection.raw.fetchrow(
        _MOVE, reward_id, list(from_where(after)), after, reason[:LONGEST_REASON], by_clock, moved_by
    )
    if reward is None:
        raise await _not_movable(connection, reward_id)
    if after not in COUNTED:
        await give_back(connection, reward)
    await _record(connection, _TOLD[after], reward_id, reward["member_id"], moved_by)
    return reward


async def hold_for_review(connection: Connection, reward_id: int, reason: str) -> None:
    """Keep the clock from granting a reward until somebody has looked at it.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: unless it is held.
    """
    await _review(connection, _REVIEW, reward_id, reason, events.REWARD_UNDER_REVIEW, None)


async def release(connection: Connection, reward_id: int, reason: str, *, released_by: int | None = None) -> None:
    """Let the clock grant a reward that was under review.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: unless it is held and under review.
    """
    await _review(connection, _RELEASE, reward_id, reason, events.REWARD_RELEASED, released_by)


async def reject(connection: Connection, reward_id: int, reason: str, *, rejected_by: int | None = None) -> None:
    """Let a reward that is pending or held come to nothing; its budget has back what it cost.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: if it is granted already, or off.
    """
    await move(connection, reward_id, REJECTED, reason=reason, moved_by=rejected_by)


async def _review(
    connection: Connection, sql: str, reward_id: int, reason: str, kind: str, actor_id: int | None
) -> None:
    member_id: int | None = await connection.raw.fetchval(sql, reward_id, reason[:LONGEST_REASON])
    if member_id is None:
        raise await _not_movable(connection, reward_id)
    await _record(connection, kind, reward_id, member_id, actor_id)


async def _not_movable(connection: Connection, reward_id: int) -> NotFound | RewardNotMovable:
    state: str | None = await connection.raw.fetchval(_STATE, reward_id)
    return NotFound(what="reward") if state is None else RewardNotMovable(state=state)


async def _record(connection: Connection, kind: str, reward_id: int, member_id: int, actor_id: int | None) -> None:
    happened = Event(kind, actor_id=actor_id, member_id=member_id, subject_kind="reward", subject_id=reward_id)
    await record(connection, happened)
