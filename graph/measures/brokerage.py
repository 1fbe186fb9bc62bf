"""Brokerage: who stands between others that are not tied to each other, from one pass over all triangles.

With w(i, j) the weight of a tie, p(i, j) = w(i, j) / sum over k of w(i, k), and m(i, j) = w(i, j) / greatest w(i, k):

    clustering(i)     = triangles(i) / (degree(i) * (degree(i) - 1) / 2)
    constraint(i)     = sum over neighbours j of (p(i, j) + sum over q of p(i, q) p(q, j))^2
    effective size(i) = degree(i) - sum over neighbours j and q of p(i, q) m(j, q)

A sum over q is one over the triangles that the tie (i, j) is in, and p(i, q) p(q, j) = w(i, q) w(q, j) / strength(q),
divided by strength(i): without that division both ends of the tie have the same sum, so that one is kept for each tie.

Sources:
    1. R. S. Burt: Structural Holes: The Social Structure of Competition. Harvard University Press, 1992.
    2. D. J. Watts, S. H. Strogatz: Collective Dynamics of Small-World Networks. Nature 393, 1998 (clustering).
    3. M. Latapy: Main-Memory Triangle Computations for Very Large (Sparse (Power-Law)) Graphs. Theoretical Computer
       Science 407, 2008 (members in the order of their degrees, each triangle found from its first).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel, parallel_kernel

_LANES = 4
"""How many parts of the members are gone through side by side, whatever the number of cores: each has sums of its own.

That is 4 bytes a tie and 24 a member each: 64 MB for a million members and 10 million ties.
"""

_Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Brokerage:
    """What triangles tell of n members."""

    triangles: NDArray[np.int64]
    """[n], how many pairs of the member's neighbours are tied to each other."""
    clustering: NDArray[np.float64]
    """[n], the part of all pairs of neighbours that are; 0 for members with fewer than two. Weights do not matter."""
    constraint: NDArray[np.float64]
    """[n], how much all of a member's ties lead to the same people: low for a broker. NaN without ties."""
    effective_size: NDArray[np.float64]
    """[n], the number of neighbours less what they have in common: high for a broker. NaN without ties."""


def brokerage(undirected: Adjacency) -> Brokerage:
    """Return triangles, clustering and Burt's measures of structural holes for every member.

    Of a directed graph take the undirected view, whose weights are those of both directions together, as Burt does.
    O(n + m sqrt(m)) at worst; weighted sums within one tie are kept in float32, right to about 1e-6 of their value.

    Raises:
        ValueError: if more ties, or fewer, lead up in the order of degrees than down, as in no undirected view.
    """
    degrees = undirected.degrees()
    order = np.argsort(degrees, kind="stable")
    position = np.empty(undirected.size, np.uint32)
    position[order] = np.arange(undirected.size, dtype=np.uint32)
    starts, later, weights, strengths, strongest = _oriented(
        order,
        position,
        undirected.offsets,
        undirected.neighbours,
        undirected.weights,
    )
    if 2 * len(later) != undirected.ties:
        raise ValueError("not every tie is in the rows of both its ends: this takes the undirected view")
    triangles, redundancies, detours = _triangles(starts, later, weights, strengths, strongest, _LANES)
    constraint = _constraint(starts, later, weights, strengths, detours)[position]
    triangle_counts = triangles.sum(axis=0)[position]
    possible = degrees * (degrees - 1) / 2
    tied = degrees > 0
    redundancy = np.divide(redundancies.sum(axis=0), strengths, where=strengths > 0, out=np.zeros(len(order)))[position]
    return Brokerage(
        triangles=triangle_counts,
        clustering=np.divide(triangle_counts, possible, where=possible > 0, out=np.zeros(len(order))),
        constraint=np.where(tied, constraint, np.nan),
        effective_size=np.where(tied, degrees - redundancy, np.nan),
    )


@kernel
def _oriented(
    order: NDArray[np.int64],
    position: Places,
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
) -> tuple[Offsets, Places, Weights, _Values, _Values]:
    """Keep each tie once, with the end that comes first in the order, and name members by their position in it.

    Members with many ties come last, and so have few whom they come before: no row is longer than sqrt(2 m).
    """
    size = len(order)
    starts = np.zeros(size + 1, np.int64)
    strengths = np.zeros(size, np.float64)
    strongest = np.zeros(size, np.float64)
    for place in range(size):
        own = position[place]
        for tie in range(offsets[place], offsets[place + 1]):
            other = position[neighbours[tie]]
            if other < own:
                starts[other + 1] += 1
            strengths[own] += weights[tie]
            strongest[own] = max(strongest[own], weights[tie])
    for at in range(size):
        starts[at + 1] += starts[at]
    free = starts[:-1].copy()
    later = np.empty(starts[size], np.uint32)
    kept = np.empty(starts[size], np.float32)
    for at in range(size):
        place = order[at]
        for tie in range(offsets[place], offsets[place + 1]):
            other = position[neighbours[tie]]
            if other < at:
                later[free[other]] = at
                kept[free[other]] = weights[tie]
                free[other] += 1
    return starts, later, kept, strengths, strongest


@parallel_kernel
def _triangles(
    starts: Offsets,
    later: Places,
    weights: Weights,
    strengths: _Values,
    strongest: _Values,
    lanes: int,
) -> tuple[NDArray[np.int64], _Values, Weights]:
    """Find each triangle once, from its first member: first < second < third.

    Return by lane how many triangles each member is in; strength(i) * sum over j, q of p(i, q) m(j, q) for each member;
    and for each tie (i, j) the sum over q of w(i, q) w(q, j) / strength(q).
    """
    size = len(starts) - 1
    triangles = np.zeros((lanes, size), np.int64)
    redundancies = np.zeros((lanes, size), np.float64)
    detours = np.zeros((lanes, len(later)), np.float32)
    for lane in numba.prange(lanes):
        counted, redundancy, detour = triangles[lane], redundancies[lane], detours[lane]
        tie_to = np.full(size, -1, np.int64)
        for first in range(lane, size, lanes):
            if starts[first + 1] - starts[first] < 2:  # noqa: PLR2004 - two more members make a triangle
                continue
            for tie in range(starts[first], starts[first + 1]):
                tie_to[later[tie]] = tie
            for to_second in range(starts[first], starts[first + 1]):
                second = later[to_second]
                for between in range(starts[second], starts[second + 1]):
                    third = later[between]
                    to_third = tie_to[third]
                    if to_third < 0:
                        continue
                    counted[first] += 1
                    counted[second] += 1
                    counted[third] += 1
                    # In float64, in which a product of any two weights is finite.
                    a, b, c = (
                        np.float64(weights[between]),
                        np.float64(weights[to_third]),
                        np.float64(weights[to_second]),
                    )
                    detour[between] += b * c / strengths[first]
                    detour[to_third] += a * c / strengths[second]
                    detour[to_second] += a * b / strengths[third]
                    redundancy[first] += a * (b / strongest[second] + c / strongest[third])
                    redundancy[second] += b * (a / strongest[first] + c / strongest[third])
                    redundancy[third] += c * (a / strongest[first] + b / strongest[second])
            for tie in range(starts[first], starts[first + 1]):
                tie_to[later[tie]] = -1
    return triangles, redundancies, detours


@kernel
def _constraint(starts: Offsets, later: Places, weights: Weights, strengths: _Values, detours: Weights) -> _Values:
    size = len(starts) - 1
    constraint = np.zeros(size, np.float64)
    for first in range(size):
        for tie in range(starts[first], starts[first + 1]):
            second = later[tie]
            invested = np.float64(weights[tie])
            for lane in range(len(detours)):
                invested += detours[lane, tie]
            constraint[first] += (invested / strengths[first]) ** 2
            constraint[second] += (invested / strengths[second]) ** 2
    return constraint
