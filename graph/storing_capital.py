"""Writing the social capital of members, and what stands of it beside their places in rankings.

Columns are made for some thousand rows after the other, as they are written: all of them at once would take more memory
than all that a run has to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, INTEGER, REAL, SMALLINT, Cells, Column, copy_arrays, in_pieces, without_nulls
from graph.past import Found
from graph.scoring import Scores
from graph.tables import VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST_MOVED = 0.5
"""If more than this share of the rows have moved, all are written: that is then no slower."""


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """What was found of everybody, by place in the snapshot, beside what was found of them before."""

    scores: Scores
    tribe_ids: NDArray[np.int64]
    """-1 for who is in none."""
    before: Found
    known: NDArray[np.int64]
    """Where each is in `before`; -1 for who was not scored."""

    def moved(self) -> NDArray[np.bool_]:
        """Return of whom anything is other than before by so much that anybody would see it."""
        scores = self.scores
        moved = self.known < 0
        if scores.touched is not None:
            moved |= scores.touched
        for name in VALUES:
            moved |= self.before.moved(name, self.known, scores.values[name], scores.percentiles[name])
        return moved

    def columns(self, names: Sequence[str], places: NDArray[np.int64]) -> list[Column]:
        """Return the columns of some scores, of the level and of the tribe, for those at some places."""
        columns: list[Column] = [
            ("level", SMALLINT, self.scores.levels[places]),
            ("tribe_id", BIGINT, self.tribe_ids[places]),
        ]
        known = self.known[places]
        for name in names:
            percentiles = self.scores.percentiles[name][places]
            columns += [
                (name, DOUBLE, self.scores.values[name][places]),
                (f"{name}_percentile", REAL, percentiles),
                (f"{name}_change", REAL, self.before.change(name, known, percentiles)),
            ]
        return columns

    def missing(self, names: Sequence[str], places: NDArray[np.int64]) -> Mapping[str, NDArray[np.bool_]]:
        """Return where these columns are null."""
        new = self.known[places] < 0
        return {"tribe_id": self.tribe_ids[places] < 0} | {f"{name}_change": new for name in names}


async def store_capital(connection: Connection, run_id: int, standings: Standings, moved: NDArray[np.bool_]) -> None:
    """Write the rows of those who have moved."""
    members, cores = standings.scores.snapshot.members, standings.scores.cores
    if np.count_nonzero(moved) > MOST_MOVED * len(members):
        moved = np.ones_like(moved)
        await connection.raw.execute("DELETE FROM social_capital")
    else:
        forget = "DELETE FROM social_capital WHERE member_id = ANY($1::bigint[])"
        await connection.raw.execute(forget, members[moved].tolist())

    def groups() -> Iterator[Sequence[tuple[str, str, Cells]]]:
        for places in in_pieces(np.flatnonzero(moved)):
            columns: list[Column] = [
                ("member_id", BIGINT, members[places]),
                ("run_id", BIGINT, np.full(len(places), run_id)),
                ("core", INTEGER, cores[places]),
                *standings.columns(VALUES, places),
            ]
            yield from without_nulls(columns, standings.missing(VALUES, places))

    await copy_arrays(connection, "social_capital", groups())
