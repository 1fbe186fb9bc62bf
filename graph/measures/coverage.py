"""Maximum coverage: the members that meet the most sets together, within a number and a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Offsets, Places
from graph.kernels import kernel
from graph.measures.reach import ReverseSets


@dataclass(frozen=True, slots=True, eq=False)
class Covering:
    """Members in the order they were chosen, and how many sets each met that none before did."""

    members: NDArray[np.int64]
    gains: NDArray[np.int64]

    @property
    def covered(self) -> int:
        """How many sets they meet together."""
        return int(self.gains.sum())


def cover(
    sets: ReverseSets, candidates: NDArray[np.bool_], k: int, costs: NDArray[np.float64], budget: float
) -> Covering:
    """Choose up to k candidates that meet the most sets, by greed.

    Again and again the candidate is chosen who meets the most new sets for their cost, among those who can still be
    paid. A gain can only shrink, so that an old one is an upper bound: only who is on top by such bounds is counted
    anew (lazily [1]). Where costs are the same for all, k members so chosen meet at least 1 - 1/e of what the best k
    meet [2]. Otherwise the candidate who meets the most alone is taken instead if that is more than all the others meet,
    without which greed for cheap members would have no bound [3].

    Choosing stops early when nobody left meets a new set. Ties go to the first place.

    O(n log n + members of all sets) time, plus the sets of those who are counted anew; 4 bytes for each member of a set.

    Sources:
        1. Minoux: Accelerated greedy algorithms for maximizing submodular set functions. 1978.
        2. Nemhauser, Wolsey, Fisher: An analysis of approximations for maximizing submodular set functions. 1978.
        3. Khuller, Moss, Naor: The budgeted maximum coverage problem. Information Processing Letters 70, 1999.
    """
    size = len(candidates)
    starts, numbers = _indexed(sets.offsets, sets.members, size)
    met = np.diff(starts)
    possible = np.flatnonzero(candidates & (costs <= budget) & (met > 0))
    worth = met[possible] / costs[possible]
    order = np.argsort(-worth, kind="stable")
    heap = possible[order]
    members, gains = _greedy(starts, numbers, heap, worth[order], costs, k, budget, sets.count)
    chosen = Covering(members, gains)
    if len(possible):
        best = int(possible[np.argmax(met[possible])])
        if met[best] > chosen.covered:
            return Covering(np.array([best]), met[[best]])
    return chosen


def meeting(sets: ReverseSets, members: NDArray[np.int64], size: int) -> Covering:
    """Count how many sets each of the members meets that none before does. O(members of all sets)."""
    position = np.full(size, len(members), np.int64)
    position[members] = np.arange(len(members))
    return Covering(members, _met(sets.offsets, sets.members, position, len(members)))


@kernel
def _indexed(offsets: Offsets, members: Places, size: int) -> tuple[Offsets, Places]:
    """Return where the sets of each member begin, and the numbers of these sets."""
    starts = np.zeros(size + 1, np.int64)
    for member in members:
        starts[member + 1] += 1
    for place in range(size):
        starts[place + 1] += starts[place]
    free = starts[:-1].copy()
    numbers = np.empty(len(members), np.uint32)
    for each in range(len(offsets) - 1):
        for at in range(offsets[each], offsets[each + 1]):
            member = members[at]
            numbers[free[member]] = each
            free[member] += 1
    return starts, numbers


@kernel
def _greedy(
    starts: Offsets,
    numbers: Places,
    heap: NDArray[np.int64],
    bounds: NDArray[np.float64],
    costs: NDArray[np.float64],
    k: int,
    budget: float,
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose from a heap of candidates by upper bounds; one that descends from the first on is such a heap."""
    covered = np.zeros(count, np.uint8)
    chosen = np.empty(min(k, len(heap)), np.int64)
    gains = np.empty(len(chosen), np.int64)
    counted = np.full(len(starts) - 1, -1, np.int64)
    found, length = 0, len(heap)
    while found < len(chosen) and length:
        top = heap[0]
        gain = 0
        if costs[top] <= budget:
            for at in range(starts[top], starts[top + 1]):
                gain += covered[numbers[at]] == 0
        if gain and counted[top] == found:
            for at in range(starts[top], starts[top + 1]):
                covered[numbers[at]] = 1
            chosen[found], gains[found] = top, gain
            found += 1
            budget -= costs[top]
            gain = 0
        counted[top] = found
        if gain:
            bound = gain / costs[top]
        else:  # chosen, or of no use any more: the last of the heap takes its place
            length -= 1
            top, bound = heap[length], bounds[length]
        at = 0
        while True:
            below = 2 * at + 1
            if below + 1 < length and (
                bounds[below + 1] > bounds[below]
                or (bounds[below + 1] == bounds[below] and heap[below + 1] < heap[below])
            ):
                below += 1
            if below >= length or bound > bounds[below] or (bound == bounds[below] and top < heap[below]):
                break
            heap[at], bounds[at] = heap[below], bounds[below]
            at = below
        heap[at], bounds[at] = top, bound
    return chosen[:found].copy(), gains[:found].copy()


@kernel
def _met(offsets: Offsets, members: Places, position: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    gains = np.zeros(length + 1, np.int64)
    for each in range(len(offsets) - 1):
        first = length
        for at in range(offsets[each], offsets[each + 1]):
            first = min(first, position[members[at]])
        gains[first] += 1
    return gains[:length].copy()
