"""Writing each member's strongest ties, for showing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.copying import BIGINT, REAL, Cells, copy_arrays, in_pieces
from graph.kernels import kernel
from graph.scoring import Scores
from graph.snapshot import Snapshot

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST = 32
"""How many of each member's ties are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class TopTies:
    """The strongest ties of some members, in rows as those of an adjacency, the strongest first."""

    offsets: Offsets
    others: Places
    given: Weights
    received: Weights


async def store_ties(connection: Connection, scores: Scores) -> None:
    """Write the ties of who has others than before, which may be everybody."""
    members, touched = scores.snapshot.members, scores.touched
    if touched is None:
        touched = np.ones(len(members), np.bool_)
        await connection.raw.execute("DELETE FROM strongest_ties")
    else:
        forget = "DELETE FROM strongest_ties WHERE member_id = ANY($1::bigint[])"
        await connection.raw.execute(forget, members[touched].tolist())
    await copy_arrays(connection, "strongest_ties", _rows(scores.snapshot, np.flatnonzero(touched)))


def _rows(snapshot: Snapshot, chosen: NDArray[np.int64]) -> Iterator[list[tuple[str, str, Cells]]]:
    """Yield the rows of those who have equally many ties together: arrays of one length."""
    for places in in_pieces(chosen):
        ties = top_ties(snapshot.out, snapshot.into, places, MOST)
        amounts = np.diff(ties.offsets)
        for amount in np.unique(amounts[amounts > 0]):
            rows = np.flatnonzero(amounts == amount)
            cells = ties.offsets[rows][:, None] + np.arange(amount)
            yield [
                ("member_id", BIGINT, snapshot.members[places[rows]]),
                ("others", BIGINT, snapshot.members[ties.others[cells]]),
                ("given", REAL, ties.given[cells]),
                ("received", REAL, ties.received[cells]),
            ]


def top_ties(out: Adjacency, into: Adjacency, places: NDArray[np.int64], most: int) -> TopTies:
    """Return the strongest ties of those at some places, by both directions together. O(k + m log most) for their m ties."""
    return TopTies(
        *_top_ties(out.offsets, out.neighbours, out.weights, into.offsets, into.neighbours, into.weights, places, most)
    )


@kernel
def _top_ties(
    out_offsets: Offsets,
    out_neighbours: Places,
    out_weights: Weights,
    in_offsets: Offsets,
    in_neighbours: Places,
    in_weights: Weights,
    places: NDArray[np.int64],
    most: int,
) -> tuple[Offsets, Places, Weights, Weights]:
    room = 0
    for place in places:
        both = out_offsets[place + 1] - out_offsets[place] + in_offsets[place + 1] - in_offsets[place]
        room += min(both, most)
    offsets = np.empty(len(places) + 1, np.int64)
    others = np.empty(room, np.uint32)
    given = np.empty(room, np.float32)
    received = np.empty(room, np.float32)
    kept = 0
    for row in range(len(places)):
        place, begin = places[row], kept
        out, into = out_offsets[place], in_offsets[place]
        while out < out_offsets[place + 1] or into < in_offsets[place + 1]:
            gives, takes = np.float32(0), np.float32(0)
            more_out, more_in = out < out_offsets[place + 1], into < in_offsets[place + 1]
            first_out = more_out and (not more_in or out_neighbours[out] <= in_neighbours[into])
            first_in = more_in and (not more_out or in_neighbours[into] <= out_neighbours[out])
            other = out_neighbours[out] if first_out else in_neighbours[into]
            if first_out:
                gives = out_weights[out]
                out += 1
            if first_in:
                takes = in_weights[into]
                into += 1
            at = kept
            if kept - begin == most:
                at -= 1
                if gives + takes <= given[at] + received[at]:
                    continue
            else:
                kept += 1
            # Move weaker ones along until its place is free.
            while at > begin and given[at - 1] + received[at - 1] < gives + takes:
                others[at], given[at], received[at] = others[at - 1], given[at - 1], received[at - 1]
                at -= 1
            others[at], given[at], received[at] = other, gives, takes
        offsets[row] = begin
    offsets[len(places)] = kept
    return offsets, others[:kept].copy(), given[:kept].copy(), received[:kept].copy()
