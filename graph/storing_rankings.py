"""Writing who is where in which ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, INTEGER, REAL, Cells, Column, copy_arrays, gathered, in_pieces, without_nulls
from graph.past import Found, Past, load_ranking
from graph.scopes import GraphScope
from graph.scoring import Ranking
from graph.storing_capital import MOST_MOVED, Standings
from graph.tables import STANDING

if TYPE_CHECKING:
    from community.foundation.database import Connection

EXACT_POSITIONS, SEEN_OF_A_POSITION = 10_000, 1e-2
"""So many places are always those of now; further down a row is written anew if it has moved by this share of its place.

Or one member who climbs would have the rows of all written whom they leave behind.
"""

_SCOPE = """
    INSERT INTO graph_scope (space_id, tag_id, since, run_id, members)
    SELECT $1, $2, $3, $4, $5
    WHERE ($1::bigint IS NULL OR EXISTS (SELECT FROM space WHERE id = $1))
        AND ($2::bigint IS NULL OR EXISTS (SELECT FROM tag WHERE id = $2))
    ON CONFLICT (space_id, tag_id, since) DO UPDATE SET run_id = excluded.run_id, members = excluded.members
    RETURNING id
"""
_FORGET_SCOPES = "DELETE FROM graph_scope WHERE run_id IS DISTINCT FROM $1"
# Of scopes that went by themselves, with their space or tag, as well.
_FORGET_PLACES = "DELETE FROM influence WHERE NOT EXISTS (SELECT FROM graph_scope WHERE id = scope_id)"


async def store_rankings(
    connection: Connection, run_id: int, standings: Standings, moved: NDArray[np.bool_], past: Past, *, whole: bool
) -> None:
    """Write the rankings: of a `whole` run all rows, otherwise those of who has `moved` (by place), here or elsewhere."""
    joined = await _joined(connection, standings.scores.snapshot.members)
    for ranking in standings.scores.rankings:
        scope_id = await _scope_id(connection, run_id, ranking)
        if scope_id is None:
            continue
        everywhere = ranking.scope == GraphScope()
        before = past.everywhere if everywhere else await load_ranking(connection, scope_id)
        places = standings.scores.snapshot.places_of(ranking.members)
        chosen = np.ones(len(places), np.bool_) if whole else moved[places] | _moved(ranking, before)
        if np.count_nonzero(chosen) > MOST_MOVED * len(chosen):
            chosen[:] = True
            await connection.raw.execute("DELETE FROM influence WHERE scope_id = $1", scope_id)
        else:
            gone = np.setdiff1d(before.members, ranking.members)
            forget = "DELETE FROM influence WHERE scope_id = $1 AND member_id = ANY($2::bigint[])"
            await connection.raw.execute(forget, scope_id, [*ranking.members[chosen].tolist(), *gone.tolist()])
        rows = _rows(scope_id, ranking, np.flatnonzero(chosen), before, (places, joined, standings))
        await copy_arrays(connection, "influence", rows)
    if whole:
        await connection.raw.execute(_FORGET_SCOPES, run_id)
        await connection.raw.execute(_FORGET_PLACES)


def _moved(ranking: Ranking, before: Found) -> NDArray[np.bool_]:
    at = before.places_of(ranking.members)
    positions = np.arange(1, len(at) + 1)
    unseen = np.where(positions <= EXACT_POSITIONS, 0, SEEN_OF_A_POSITION * positions)
    moved: NDArray[np.bool_] = np.abs(positions - before.of("position", at, 0.0)) > unseen
    return moved | before.moved("score", at, ranking.scores, ranking.percentiles)


def _rows(
    scope_id: int,
    ranking: Ranking,
    chosen: NDArray[np.int64],
    before: Found,
    of_members: tuple[NDArray[np.int64], NDArray[np.int64], Standings],
) -> Iterator[Sequence[tuple[str, str, Cells]]]:
    places, joined, standings = of_members
    for rows in in_pieces(chosen):
        members, percentiles = ranking.members[rows], ranking.percentiles[rows]
        at = before.places_of(members)
        columns: list[Column] = [
            ("scope_id", BIGINT, np.full(len(rows), scope_id)),
            ("member_id", BIGINT, members),
            ("position", INTEGER, rows + 1),
            ("score", DOUBLE, ranking.scores[rows]),
            ("score_percentile", REAL, percentiles),
            ("score_change", REAL, before.change("score", at, percentiles)),
            ("reach", REAL, ranking.reach[rows]),
            ("reach_low", REAL, ranking.reach_low[rows]),
            ("reach_high", REAL, ranking.reach_high[rows]),
            ("joined_at", BIGINT, joined[places[rows]]),
            *standings.columns(STANDING, places[rows]),
        ]
        yield from without_nulls(columns, {"score_change": at < 0, **standings.missing(STANDING, places[rows])})


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
