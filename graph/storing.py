"""What a run found, written in place of what the run before found: in one transaction, so that readers see one or the other.

Everything goes in by COPY from arrays. A whole run deletes what is kept by member and writes it anew, as nearly all of it
changes; a run that brings up to date does so for the rows in which anybody would see a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, INTEGER, REAL, SMALLINT, Cells, copy_arrays, gathered, without_nulls
from graph.interactions import Activity
from graph.past import NONE, Past
from graph.scoring import TOP_TIES, Ranking, Scores, TopTies, top_ties
from graph.snapshot import Snapshot
from graph.storing_tribes import store_tribes
from graph.tables import DIMENSIONS, OF_A_MEMBER, STANDING, VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

SEEN_OF_A_PERCENTILE, SEEN_OF_A_VALUE = 0.05, 1e-3
"""By how many points, and by what share, a score must have moved for its row to be written anew between whole runs."""
MOST_MOVED = 0.5
"""If more rows than that have moved, all are written: that is then no slower."""
SNAPSHOT_PART = 64 * 2**20  # bytes; one value can hold a gigabyte, and is held in memory whole

_SCOPE = """
    INSERT INTO graph_scope (space_id, tag_id, since, run_id, members)
    SELECT $1, $2, $3, $4, $5
    WHERE ($1::bigint IS NULL OR EXISTS (SELECT FROM space WHERE id = $1))
        AND ($2::bigint IS NULL OR EXISTS (SELECT FROM tag WHERE id = $2))
    ON CONFLICT (space_id, tag_id, since) DO UPDATE SET run_id = excluded.run_id, members = excluded.members
    RETURNING id
"""
_FORGET_SCOPES = "DELETE FROM graph_scope WHERE run_id IS DISTINCT FROM $1"
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

_LOOK = "ANALYZE influence, social_capital, strongest_ties, social_capital_point, tribe, tribe_tag, tribe_bridge, graph_scope"


async def store(
    connection: Connection, run_id: int, scores: Scores, past: Past, as_of: datetime, activity: Activity | None
) -> None:
    """Write what a run found, within the caller's transaction.

    `activity` is what a whole run has read. Without it, as after one that brings up to date, tribes, the rankings other than
    those found, the ties of who is not touched, the social capital of who has not moved, and the history stay as they are.
    """
    if activity is None:
        tribe_ids = past.of("tribe", scores.snapshot.members, NONE).astype(np.int64)
    else:
        tribe_ids = await store_tribes(connection, run_id, scores, past, activity)
    await _store_capital(connection, run_id, scores, tribe_ids, past, whole=activity is not None)
    await _store_rankings(connection, run_id, scores, tribe_ids, past, whole=activity is not None)
    await _store_ties(connection, scores)
    await _store_snapshot(connection, run_id, scores.snapshot)
    for statement in _FORGET_OBJECTING:
        await connection.raw.execute(statement)
    if activity is not None:
        await connection.raw.execute(_POINT, as_of)
        await connection.raw.execute(_THIN, as_of)
    # All rows are others than before: until PostgreSQL has looked at them, it plans reads by what was there, or by nothing.
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
    packed = snapshot.pack()
    await connection.raw.execute("DELETE FROM graph_snapshot")
    for part, start in enumerate(range(0, len(packed), SNAPSHOT_PART)):
        await connection.raw.execute(
            "INSERT INTO graph_snapshot (run_id, part, data) VALUES ($1, $2, $3)",
            *(run_id, part, packed[start : start + SNAPSHOT_PART]),
        )


async def _store_rankings(
    connection: Connection, run_id: int, scores: Scores, tribe_ids: NDArray[np.int64], before: Past, *, whole: bool
) -> None:
    columns_of_all = [
        ("level", SMALLINT, scores.levels),
        ("joined_at", BIGINT, await _joined(connection, scores.snapshot.members)),
        ("tribe_id", BIGINT, tribe_ids),
        *(column for name in STANDING for column in _columns_of(scores, name, before)),
    ]
    new = before.missing(scores.snapshot.members)
    scope_ids = [
        (scope_id, ranking)
        for ranking in scores.rankings
        if (scope_id := await _scope_id(connection, run_id, ranking)) is not None
    ]
    # Numbers of ours: COPY takes no parameters.
    among = "true" if whole else f"scope_id IN ({', '.join(str(scope_id) for scope_id, _ in scope_ids) or 'NULL'})"
    found = await gathered(
        connection,
        f"SELECT scope_id, member_id, score_percentile FROM influence WHERE {among} ORDER BY scope_id, member_id",  # noqa: S608 - as said
        (("scope", BIGINT), ("member", BIGINT), ("percentile", REAL)),
    )
    await connection.raw.execute(f"DELETE FROM influence WHERE {among}")  # noqa: S608 - as said

    def groups() -> Iterator[list[tuple[str, str, Cells]]]:
        for scope_id, ranking in scope_ids:
            within = slice(*np.searchsorted(found["scope"], [scope_id, scope_id + 1]))
            past = Past(found["member"][within], {"score": found["percentile"][within]})
            places = scores.snapshot.places_of(ranking.members)
            columns: list[tuple[str, str, NDArray[Any]]] = [
                ("scope_id", BIGINT, np.full(len(places), scope_id)),
                ("member_id", BIGINT, ranking.members),
                ("position", INTEGER, np.arange(1, len(places) + 1)),
                ("score", DOUBLE, ranking.scores),
                ("score_percentile", REAL, ranking.percentiles),
                ("score_change", REAL, past.change("score", ranking.members, ranking.percentiles)),
                ("reach", REAL, ranking.reach),
                ("reach_low", REAL, ranking.reach_low),
                ("reach_high", REAL, ranking.reach_high),
                *((name, kind, cells[places]) for name, kind, cells in columns_of_all),
            ]
            missing = {"score_change": past.missing(ranking.members), "tribe_id": tribe_ids[places] < 0}
            yield from without_nulls(columns, missing | {f"{name}_change": new[places] for name in STANDING})

    await copy_arrays(connection, "influence", groups())
    if whole:
        await connection.raw.execute(_FORGET_SCOPES, run_id)


async def _joined(connection: Connection, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when members joined, as COPY writes times: in microseconds."""
    query = "SELECT id, joined_at FROM member ORDER BY id"
    found = await gathered(connection, query, (("member", BIGINT), ("joined_at", BIGINT)))
    joined: NDArray[np.int64] = found["joined_at"][np.searchsorted(found["member"], members)]
    return joined


async def _scope_id(connection: Connection, run_id: int, ranking: Ranking) -> int | None:
    """Return the id of a ranking's scope; None if its space or tag has gone since it was read."""
    scope = ranking.scope
    found: int | None = await connection.raw.fetchval(
        _SCOPE, scope.space_id, scope.tag_id, scope.since, run_id, len(ranking.members)
    )
    return found


async def _store_capital(
    connection: Connection, run_id: int, scores: Scores, tribe_ids: NDArray[np.int64], before: Past, *, whole: bool
) -> None:
    members = scores.snapshot.members
    columns: list[tuple[str, str, NDArray[Any]]] = [
        ("member_id", BIGINT, members),
        ("run_id", BIGINT, np.full(len(members), run_id)),
        ("level", SMALLINT, scores.levels),
        ("core", INTEGER, scores.cores),
        ("tribe_id", BIGINT, tribe_ids),
        *(column for name in VALUES for column in _columns_of(scores, name, before)),
    ]
    new = before.missing(members)
    moved = np.ones(len(members), np.bool_) if whole else _moved(scores, before, new)
    if whole or np.count_nonzero(moved) > MOST_MOVED * len(members):
        moved[:] = True
        await connection.raw.execute("DELETE FROM social_capital")
    else:
        forget = "DELETE FROM social_capital WHERE member_id = ANY($1::bigint[])"
        await connection.raw.execute(forget, members[moved].tolist())
    missing = {f"{name}_change": new[moved] for name in VALUES} | {"tribe_id": tribe_ids[moved] < 0}
    written = [(name, kind, cells[moved]) for name, kind, cells in columns]
    await copy_arrays(connection, "social_capital", without_nulls(written, missing))


def _moved(scores: Scores, before: Past, new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whose social capital is other than before by more than anybody would see."""
    members = scores.snapshot.members
    moved = new if scores.touched is None else new | scores.touched
    for name in VALUES:
        value = before.of(f"{name}_value", members, 0.0)
        moved = moved | (np.abs(scores.values[name] - value) > SEEN_OF_A_VALUE * np.abs(value))
        moved |= np.abs(scores.percentiles[name] - before.of(name, members, 0.0)) > SEEN_OF_A_PERCENTILE
    return moved


def _columns_of(scores: Scores, name: str, before: Past) -> Iterator[tuple[str, str, NDArray[Any]]]:
    percentiles = scores.percentiles[name]
    yield name, DOUBLE, scores.values[name]
    yield f"{name}_percentile", REAL, percentiles
    yield f"{name}_change", REAL, before.change(name, scores.snapshot.members, percentiles)


async def _store_ties(connection: Connection, scores: Scores) -> None:
    members, touched = scores.snapshot.members, scores.touched
    if touched is None:
        touched = np.ones(len(members), np.bool_)
        await connection.raw.execute("DELETE FROM strongest_ties")
    else:
        forget = "DELETE FROM strongest_ties WHERE member_id = ANY($1::bigint[])"
        await connection.raw.execute(forget, members[touched].tolist())
    strongest = top_ties(scores.snapshot.out, scores.snapshot.into, TOP_TIES)
    await copy_arrays(connection, "strongest_ties", _tie_rows(members, strongest, touched))


def _tie_rows(
    members: NDArray[np.int64], ties: TopTies, touched: NDArray[np.bool_]
) -> Iterator[list[tuple[str, str, Cells]]]:
    """Yield the rows of those who have equally many ties together: arrays of one length."""
    amounts = np.where(touched, np.diff(ties.offsets), 0)
    for amount in np.unique(amounts[amounts > 0]):
        places = np.flatnonzero(amounts == amount)
        cells = ties.offsets[places][:, None] + np.arange(amount)
        yield [
            ("member_id", BIGINT, members[places]),
            ("others", BIGINT, members[ties.others[cells]]),
            ("given", REAL, ties.given[cells]),
            ("received", REAL, ties.received[cells]),
        ]
