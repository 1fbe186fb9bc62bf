"""Ties as arrays: for each member, the others it is tied to and how strongly (compressed sparse rows).

Members go by their place, 0 to n - 1, as all of `graph.measures` knows them; `graph.snapshot` says whose place is whose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.kernels import kernel

Offsets: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.uint32]
Weights: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """The ties of n members, m in all. Immutable: the arrays refuse to be written to.

    The row of member i is `neighbours[offsets[i]:offsets[i + 1]]`, ascending and without repeats, with `weights` beside
    it, all above 0. Unsigned indices need no check for a negative one: gathering is 1.75 times as fast as with signed.
    """

    offsets: Offsets
    """int64[n + 1], from 0 to m."""
    neighbours: Places
    """uint32[m]."""
    weights: Weights
    """float32[m]."""

    def __post_init__(self) -> None:
        for array in (self.offsets, self.neighbours, self.weights):
            array.flags.writeable = False

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.offsets) - 1

    @property
    def ties(self) -> int:
        """How many ties there are; in an undirected view each counts twice."""
        return len(self.neighbours)

    def row(self, place: int) -> tuple[Places, Weights]:
        """Return a member's neighbours and the weights of the ties to them, without a copy."""
        within = slice(self.offsets[place], self.offsets[place + 1])
        return self.neighbours[within], self.weights[within]

    def degrees(self) -> NDArray[np.int64]:
        """Return how many ties each row has, int64[n]."""
        return np.diff(self.offsets)

    def strengths(self) -> NDArray[np.float64]:
        """Return the sum of each row's weights, float64[n]. O(n + m)."""
        return _strengths(self.offsets, self.weights)


def from_pairs(size: int, rows: Places, columns: Places, weights: Weights) -> Adjacency:
    """Arrange ties given as pairs in any order; the weights of a pair that is given more than once add up.

    O(n + m), by two counting sorts. Ties to oneself and ties without weight are left out.

    Raises:
        ValueError: if the arrays differ in length, a place is not below `size`, or a weight is negative or not a number.
    """
    if not len(rows) == len(columns) == len(weights):
        raise ValueError(f"{len(rows)} rows, {len(columns)} columns and {len(weights)} weights do not make pairs")
    if len(rows) and max(int(rows.max()), int(columns.max())) >= size:
        raise ValueError(f"there are {size} members, and a pair names another")
    if not np.all(weights >= 0) or np.any(np.isinf(weights)):
        raise ValueError("a weight is negative, infinite or not a number")
    rows, columns = rows.astype(np.uint32, copy=False), columns.astype(np.uint32, copy=False)
    by_column = _counted(size, columns, rows, weights.astype(np.float32, copy=False))
    return Adjacency(*_merged(*_transposed(*by_column)))


def transposed(adjacency: Adjacency) -> Adjacency:
    """Return the same ties seen from their other end. O(n + m)."""
    return Adjacency(*_transposed(adjacency.offsets, adjacency.neighbours, adjacency.weights))


def symmetrized(out: Adjacency, into: Adjacency) -> Adjacency:
    """Return the undirected view: each tie in both rows, weighing as much as both directions together. O(n + m)."""
    return Adjacency(
        *_symmetrized(out.offsets, out.neighbours, out.weights, into.offsets, into.neighbours, into.weights),
    )


def limited(adjacency: Adjacency, most: float) -> Adjacency:
    """Return the same ties, none stronger than `most`. O(m).

    Raises:
        ValueError: if `most` is not above 0.
    """
    if not most > 0:
        raise ValueError(f"no tie can be as weak as {most}")
    return Adjacency(adjacency.offsets, adjacency.neighbours, np.minimum(adjacency.weights, np.float32(most)))


def renamed(adjacency: Adjacency, order: NDArray[np.int64]) -> tuple[Adjacency, Adjacency]:
    """Return the ties with members in another order, as they are and transposed: `order` has the old place at each new.

    O(n + m): rows are written in the new order, and turned twice, which sorts them.
    """
    place = np.empty(adjacency.size, np.uint32)
    place[order] = np.arange(adjacency.size, dtype=np.uint32)
    into = Adjacency(
        *_transposed(*_reordered(adjacency.offsets, adjacency.neighbours, adjacency.weights, order, place))
    )
    return transposed(into), into


@kernel
def _reordered(
    offsets: Offsets, neighbours: Places, weights: Weights, order: NDArray[np.int64], place: Places
) -> tuple[Offsets, Places, Weights]:
    size = len(order)
    reordered = np.zeros(size + 1, np.int64)
    named = np.empty(len(neighbours), np.uint32)
    moved = np.empty(len(neighbours), np.float32)
    at = 0
    for row in range(size):
        for tie in range(offsets[order[row]], offsets[order[row] + 1]):
            named[at] = place[neighbours[tie]]
            moved[at] = weights[tie]
            at += 1
        reordered[row + 1] = at
    return reordered, named, moved


@kernel
def _strengths(offsets: Offsets, weights: Weights) -> NDArray[np.float64]:
    size = len(offsets) - 1
    strengths = np.zeros(size, np.float64)
    for place in range(size):
        total = 0.0
        for tie in range(offsets[place], offsets[place + 1]):
            total += weights[tie]
        strengths[place] = total
    return strengths


@kernel
def _counted(size: int, rows: Places, columns: Places, weights: Weights) -> tuple[Offsets, Places, Weights]:
    """Sort pairs by row, keeping their order within a row."""
    offsets = np.zeros(size + 1, np.int64)
    for pair in range(len(rows)):
        if weights[pair] > 0 and rows[pair] != columns[pair]:
            offsets[rows[pair] + 1] += 1
    for place in range(size):
        offsets[place + 1] += offsets[place]
    free = offsets[:-1].copy()
    neighbours = np.empty(offsets[size], np.uint32)
    kept = np.empty(offsets[size], np.float32)
    for pair in range(len(rows)):
        if weights[pair] > 0 and rows[pair] != columns[pair]:
            row = rows[pair]
            neighbours[free[row]] = columns[pair]
            kept[free[row]] = weights[pair]
            free[row] += 1
    return offsets, neighbours, kept


@kernel
def _transposed(offsets: Offsets, neighbours: Places, weights: Weights) -> tuple[Offsets, Places, Weights]:
    """Turn rows into columns; rows come out sorted, as they are filled in the order of the old rows."""
    size, ties = len(offsets) - 1, len(neighbours)
    turned = np.zeros(size + 1, np.int64)
    for tie in range(ties):
        turned[neighbours[tie] + 1] += 1
    for place in range(size):
        turned[place + 1] += turned[place]
    free = turned[:-1].copy()
    others = np.empty(ties, np.uint32)
    carried = np.empty(ties, np.float32)
    for place in range(size):
        for tie in range(offsets[place], offsets[place + 1]):
            other = neighbours[tie]
            others[free[other]] = place
            carried[free[other]] = weights[tie]
            free[other] += 1
    return turned, others, carried


@kernel
def _merged(offsets: Offsets, neighbours: Places, weights: Weights) -> tuple[Offsets, Places, Weights]:
    """Add up neighbours that stand side by side more than once."""
    size = len(offsets) - 1
    merged = np.zeros(size + 1, np.int64)
    kept = 0
    for place in range(size):
        for tie in range(offsets[place], offsets[place + 1]):
            if kept > merged[place] and neighbours[kept - 1] == neighbours[tie]:
                weights[kept - 1] += weights[tie]
            else:
                neighbours[kept] = neighbours[tie]
                weights[kept] = weights[tie]
                kept += 1
        merged[place + 1] = kept
    return merged, neighbours[:kept].copy(), weights[:kept].copy()


@kernel
def _symmetrized(
    out_offsets: Offsets,
    out_neighbours: Places,
    out_weights: Weights,
    in_offsets: Offsets,
    in_neighbours: Places,
    in_weights: Weights,
) -> tuple[Offsets, Places, Weights]:
    """Merge each member's two sorted rows, once to count and once to fill."""
    size = len(out_offsets) - 1
    offsets = np.zeros(size + 1, np.int64)
    for place in range(size):
        out, into, found = out_offsets[place], in_offsets[place], 0
        while out < out_offsets[place + 1] and into < in_offsets[place + 1]:
            if out_neighbours[out] <= in_neighbours[into]:
                if out_neighbours[out] == in_neighbours[into]:
                    into += 1
                out += 1
            else:
                into += 1
            found += 1
        offsets[place + 1] = offsets[place] + found + (out_offsets[place + 1] - out) + (in_offsets[place + 1] - into)
    neighbours = np.empty(offsets[size], np.uint32)
    weights = np.empty(offsets[size], np.float32)
    for place in range(size):
        out, into, at = out_offsets[place], in_offsets[place], offsets[place]
        while out < out_offsets[place + 1] or into < in_offsets[place + 1]:
            if into >= in_offsets[place + 1] or (
                out < out_offsets[place + 1] and out_neighbours[out] < in_neighbours[into]
            ):
                neighbours[at], weights[at] = out_neighbours[out], out_weights[out]
                out += 1
            elif out >= out_offsets[place + 1] or in_neighbours[into] < out_neighbours[out]:
                neighbours[at], weights[at] = in_neighbours[into], in_weights[into]
                into += 1
            else:
                neighbours[at], weights[at] = out_neighbours[out], out_weights[out] + in_weights[into]
                out += 1
                into += 1
            at += 1
    return offsets, neighbours, weights
