"""What a run found, written in place of what the run before found: in one transaction, so that readers see one or the other.

Everything goes in by COPY from arrays. What is kept by member is deleted and written anew, as nearly all of it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, INTEGER, REAL, SMALLINT, Cells, copy_arrays, gathered, without_nulls
from graph.interactions import Activity
from graph.scoring import Ranking, Scores, TopTies
from graph.snapshot import Snapshot
from graph.storing_tribes import store_tribes
from graph.tables import DIMENSIONS, STANDING, VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

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
_FORGET_OBJECTING = (
    "DELETE FROM influence WHERE member_id IN (SELECT member_id FROM profiling_objection)",
    "DELETE FROM social_capital WHERE member_id IN (SELECT member_id FROM profiling_objection)",
    "DELETE FROM strongest_ties WHERE member_id IN (SELECT member_id FROM profiling_objection)",
    "DELETE FROM social_capital_point WHERE member_id IN (SELECT member_id FROM profiling_objection)",
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


async def store(connection: Connection, run_id: int, activity: Activity, scores: Scores) -> None:
    """Write what a run found, within the caller's transaction."""
    tribe_ids = await store_tribes(connection, run_id, activity, scores)
    before = await _percentiles_before(connection)
    await _store_capital(connection, run_id, activity, scores, tribe_ids, before)
    await _store_rankings(connection, run_id, scores, tribe_ids, before)
    await connection.raw.execute("DELETE FROM strongest_ties")
    await copy_arrays(connection, "strongest_ties", _tie_rows(scores.snapshot.members, scores.top_ties))
    await _store_snapshot(connection, run_id, scores.snapshot)
    for statement in _FORGET_OBJECTING:
        await connection.raw.execute(statement)
    await connection.raw.execute(_THIN, activity.as_of)
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
    connection: Connection, run_id: int, scores: Scores, tribe_ids: NDArray[np.int64], before: Past
) -> None:
    found = await gathered(
        connection,
        "SELECT scope_id, member_id, score_percentile FROM influence ORDER BY scope_id, member_id",
        (("scope", BIGINT), ("member", BIGINT), ("percentile", REAL)),
    )
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
    await connection.raw.execute("DELETE FROM influence")

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
    connection: Connection,
    run_id: int,
    activity: Activity,
    scores: Scores,
    tribe_ids: NDArray[np.int64],
    before: Past,
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
    missing = {f"{name}_change": new for name in VALUES} | {"tribe_id": tribe_ids < 0}
    await connection.raw.execute("DELETE FROM social_capital")
    await copy_arrays(connection, "social_capital", without_nulls(columns, missing))
    await connection.raw.execute(_POINT, activity.as_of)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Who was scored before, ascending, and at which percentiles."""

    members: NDArray[np.int64]
    percentiles: Mapping[str, NDArray[np.float32]]

    def change(self, name: str, members: NDArray[np.int64], percentiles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how much percentiles changed, whatever for who is `missing`."""
        if not len(self.members):
            return np.zeros(len(members))
        return np.round(percentiles - self.percentiles[name][self._at(members)], 3)

    def missing(self, members: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return who was not scored."""
        if not len(self.members):
            return np.ones(len(members), np.bool_)
        missing: NDArray[np.bool_] = self.members[self._at(members)] != members
        return missing

    def _at(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self.members, members), len(self.members) - 1)


async def _percentiles_before(connection: Connection) -> Past:
    names = ", ".join(f"{name}_percentile" for name in VALUES)
    found = await gathered(
        connection,
        f"SELECT member_id, {names} FROM social_capital ORDER BY member_id",  # noqa: S608 - names of ours
        (("member", BIGINT), *((name, REAL) for name in VALUES)),
    )
    return Past(found.pop("member"), found)


def _columns_of(scores: Scores, name: str, before: Past) -> Iterator[tuple[str, str, NDArray[Any]]]:
    percentiles = scores.percentiles[name]
    yield name, DOUBLE, scores.values[name]
    yield f"{name}_percentile", REAL, percentiles
    yield f"{name}_change", REAL, before.change(name, scores.snapshot.members, percentiles)


def _tie_rows(members: NDArray[np.int64], ties: TopTies) -> Iterator[list[tuple[str, str, Cells]]]:
    """Yield the rows of those who have equally many ties together: arrays of one length."""
    amounts = np.diff(ties.offsets)
    for amount in np.unique(amounts[amounts > 0]):
        places = np.flatnonzero(amounts == amount)
        cells = ties.offsets[places][:, None] + np.arange(amount)
        yield [
            ("member_id", BIGINT, members[places]),
            ("others", BIGINT, members[ties.others[cells]]),
            ("given", REAL, ties.given[cells]),
            ("received", REAL, ties.received[cells]),
        ]
