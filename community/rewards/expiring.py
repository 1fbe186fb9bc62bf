"""Expiring: whose points will expire soon is told so in time to spend them, once for each lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.rewards import events

if TYPE_CHECKING:
    from datetime import timedelta

    from community.foundation.database import Database

AT_ONCE = 1_000

# What somebody spends just now is passed over: if anything is left of it, it is told of the next time.
_ANNOUNCE = f"""
    WITH soon AS (
        SELECT id FROM point_lot
        WHERE remaining > 0 AND announced_at IS NULL
            AND expires_at > clock_timestamp() AND expires_at <= clock_timestamp() + $1::interval
        ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
    ), announced AS (
        UPDATE point_lot SET announced_at = clock_timestamp() FROM soon WHERE point_lot.id = soon.id
        RETURNING member_id, reward_id
    ), told AS (
        INSERT INTO event (kind, member_id, subject_kind, subject_id)
        SELECT '{events.POINTS_EXPIRING}', member_id, 'reward', reward_id FROM announced ORDER BY reward_id
    )
    SELECT count(*) FROM announced
"""  # noqa: S608 - a name of ours


async def announce_expiring(database: Database, within: timedelta) -> int:
    """Record of which points something is left that expires within a time; return of how many lots. Any process may do this."""
    async with database.writing() as connection:
        announced: int = await connection.raw.fetchval(_ANNOUNCE, within, AT_ONCE)
    return announced
