"""What a run found, written in place of what the run before found: in one transaction, so that readers see one or the other.

Everything goes in by COPY from arrays. A whole run deletes what is kept by member and writes it anew, as nearly all of it
changes; a run that brings up to date does so for the rows in which anybody would see a difference, which are few.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from community.members.reputation import keep_reputations
from graph.interactions import Activity
from graph.past import NONE, Past
from graph.scoring import Scores
from graph.snapshot import Snapshot
from graph.storing_capital import Standings, store_capital
from graph.storing_rankings import store_rankings
from graph.storing_ties import store_ties
from graph.storing_tribes import store_tribes
from graph.tables import DIMENSIONS, OF_A_MEMBER

if TYPE_CHECKING:
    from community.foundation.database import Connection

SNAPSHOT_PART = 16 * 2**20  # bytes; one value could hold a gigabyte, but is held in memory whole, several times

# Those who objected while the run was under way are in none of what it wrote.
_FORGET_OBJECTING = tuple(
    f"DELETE FROM {table} WHERE member_id IN (SELECT member_id FROM profiling_objection)"  # noqa: S608 - names of ours
    for table in OF_A_MEMBER
)
# The newest point of each span of time is kept: a day's for a month, then a week's for a year, then a month's (30 days).
_THIN = """
    DELETE FROM social_capital_point WHERE as_of IN (
        SELECT as_of FROM (
            SELECT as_of, row_number() OVER (
                PARTITION BY CASE
                    WHEN as_of > $1::timestamptz - interval '30 days' THEN floor(extract(epoch FROM as_of) / 86400)
                    WHEN as_of > $1::timestamptz - interval '365 days' THEN -floor(extract(epoch FROM as_of) / 604800)
                    ELSE -1e6 - floor(extract(epoch FROM as_of) / 2592000)
                END ORDER BY as_of DESC
            ) AS place FROM (SELECT DISTINCT as_of FROM social_capital_point) AS run
        ) AS placed WHERE place > 1
    )
"""
_POINT = f"""
    INSERT INTO social_capital_point (member_id, as_of, composite, {", ".join(DIMENSIONS)})
    SELECT member_id, $1, composite_percentile, {", ".join(f"{name}_percentile" for name in DIMENSIONS)}
    FROM social_capital WHERE composite_percentile > 0 ON CONFLICT DO NOTHING
"""  # noqa: S608 - names of ours

_REPUTATIONS = "SELECT member_id, level, round(trust_percentile)::smallint, tribe_id FROM social_capital"

_LOOK = "ANALYZE influence, social_capital, strongest_ties, social_capital_point, tribe, tribe_tag, tribe_bridge, graph_scope, reputation"


async def store(
    connection: Connection, run_id: int, scores: Scores, past: Past, as_of: datetime, activity: Activity | None
) -> None:
    """Write what a run found, within the caller's transaction.

    `activity` is what a whole run has read; its interactions are not needed any more. Without it, as after a run that brings
    up to date, tribes, the rankings other than those found, the ties of who is not touched, the scores of who has not moved,
    and the history stay as they are.
    """
    # Larger than all else that was worked out on the way, and of no more use.
    vars(scores.snapshot).pop("undirected", None)
    known = past.capital.places_of(scores.snapshot.members)
    if activity is None:
        tribe_ids = past.capital.of("tribe", known, NONE).astype(np.int64)
    else:
        tribe_ids = await store_tribes(connection, run_id, scores, past, activity)
    standings = Standings(scores, tribe_ids, past.capital, known)
    moved = standings.moved() if activity is None else np.ones(scores.snapshot.size, np.bool_)
    await store_capital(connection, run_id, standings, moved)
    await store_rankings(connection, run_id, standings, moved, past, whole=activity is not None)
    await store_ties(connection, scores)
    await _store_snapshot(connection, run_id, scores.snapshot)
    only = None if activity is not None else scores.snapshot.members[moved].tolist()
    await keep_reputations(connection, _REPUTATIONS, only=only)
    for statement in _FORGET_OBJECTING:
        await connection.raw.execute(statement)
    if activity is not None:
        await connection.raw.execute(_POINT, as_of)
        await connection.raw.execute(_THIN, as_of)
        # All rows are others than before: until PostgreSQL has looked at them, it plans by what was there, or by nothing.
        await connection.raw.execute(_LOOK)


async def load_packed(connection: Connection) -> bytes | None:
    """Return the packed graph of the last run that is done; None before the first."""
    parts = await connection.raw.fetch(
        """
        SELECT data FROM graph_snapshot WHERE run_id = (
            SELECT id FROM score_run WHERE state = 'DONE' ORDER BY finished_at DESC LIMIT 1
        ) ORDER BY part
        """
    )
    return b"".join(part["data"] for part in parts) if parts else None


async def _store_snapshot(connection: Connection, run_id: int, snapshot: Snapshot) -> None:
    await connection.raw.execute("DELETE FROM graph_snapshot")
    for part, data in enumerate(snapshot.packed(SNAPSHOT_PART)):
        insert = "INSERT INTO graph_snapshot (run_id, part, data) VALUES ($1, $2, $3)"
        await connection.raw.execute(insert, run_id, part, data)
