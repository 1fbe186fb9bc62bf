"""The independent cascade: who is activated when each tie passes activation on with its own probability, or not at all.

A member listens to each of those they attend to with the share of their attention that goes there. Shares add up to 1,
so that most ties of a row are silent, and testing each would be wasted. Instead the ties of a row are laid side by side
on a line, each as long as its hazard -log(1 - share), and points are thrown on the line at rate 1. A tie holds a point
with probability 1 - exp(-hazard) = share, independently of the others: those with a point are the live ones. Points are
an exponential step apart, and the step past the rest of a live tie starts anew, as the exponential has no memory. So a
row costs as many draws as it has live ties, plus one, and a search for each in the line of its ties.

Random numbers are those of SplitMix64 [1], started anew for each cascade from a seed and the cascade's number: what is
drawn does not depend on how many threads draw it.

Sources:
    1. Steele, Lea, Flood: Fast splittable pseudorandom number generators. OOPSLA 2014.
    2. Kempe, Kleinberg, Tardos: Maximizing the spread of influence through a social network. KDD 2003.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights, transposed
from graph.kernels import kernel

Lines: TypeAlias = NDArray[np.float64]
Result = TypeVar("Result")

_CERTAIN = 40.0
"""The hazard of a share of 1: it fails once in 10^17, which no random number of 53 bits can tell from never."""
_NEAR = 8
"""How many ties are looked at one after another before larger steps are taken: one line of the processor's cache."""
_BLOCKS = 4
"""How many blocks of work a thread gets: a core that is held up leaves some to the others."""
_STRIDE, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31, _ONE = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(1)


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """Along which ties activation passes, and how readily."""

    offsets: Offsets
    """int64[n + 1]."""
    neighbours: Places
    """uint32[m]."""
    lines: Lines
    """float64[m], the hazards of a row added up from its beginning."""

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.offsets) - 1


def backwards(out: Adjacency) -> Passages:
    """Return the passages from each member to those they listen to. O(n + m) time, 12 m bytes."""
    return Passages(out.offsets, out.neighbours, _lines(out.offsets, _hazards(out.offsets, out.weights)))


def forwards(out: Adjacency) -> Passages:
    """Return the passages from each member to those who listen to them. O(n + m) time, 16 m bytes."""
    into = transposed(Adjacency(out.offsets, out.neighbours, _hazards(out.offsets, out.weights)))
    return Passages(into.offsets, into.neighbours, _lines(into.offsets, into.weights))


def in_blocks(count: int, work: Callable[[int, int], Result]) -> list[Result]:
    """Run `work(first, count)` for blocks of the numbers 0 to count - 1, on all threads; results in the blocks' order."""
    threads = numba.get_num_threads()
    pieces = max(1, min(_BLOCKS * threads, count))
    bounds = [count * piece // pieces for piece in range(pieces + 1)]
    blocks = [(first, after - first) for first, after in pairwise(bounds)]
    if threads == 1:
        return [work(*block) for block in blocks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda block: work(*block), blocks))


@kernel
def _hazards(offsets: Offsets, weights: Weights) -> Weights:
    """Return -log(1 - share) of each tie."""
    hazards = np.empty(len(weights), np.float32)
    for place in range(len(offsets) - 1):
        total = 0.0
        for tie in range(offsets[place], offsets[place + 1]):
            total += weights[tie]
        for tie in range(offsets[place], offsets[place + 1]):
            share = weights[tie] / total
            hazards[tie] = min(-math.log1p(-share), _CERTAIN) if share < 1 else _CERTAIN
    return hazards


@kernel
def _lines(offsets: Offsets, hazards: Weights) -> Lines:
    lines = np.empty(len(hazards), np.float64)
    for place in range(len(offsets) - 1):
        length = 0.0
        for tie in range(offsets[place], offsets[place + 1]):
            length += hazards[tie]
            lines[tie] = length
    return lines


@kernel
def started(seed: np.uint64, number: int) -> np.uint64:
    """Return the state from which the numbers of one cascade are drawn.

    Mixed once more, as states a stride apart would give the next cascade the same numbers, one draw later.
    """
    return _mixed(_mixed(seed + _STRIDE) + np.uint64(number) * _STRIDE)


@kernel
def drawn(state: np.uint64) -> tuple[np.uint64, float]:
    """Return the next state, and a number above 0 and up to 1."""
    state += _STRIDE
    return state, float((_mixed(state) >> _11) + _ONE) * 2.0**-53


@kernel
def _mixed(bits: np.uint64) -> np.uint64:
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


@kernel
def _first_beyond(lines: Lines, tie: int, end: int, point: float) -> int:
    """Return the first tie from `tie` on that reaches beyond the point; the last one before `end` is known to."""
    near = min(tie + _NEAR, end)
    while tie < near:
        if lines[tie] > point:
            return tie
        tie += 1
    stride = _NEAR
    while tie + stride < end and lines[tie + stride] <= point:
        tie += stride + 1
        stride *= 2
    beyond = min(tie + stride, end - 1)
    while tie < beyond:
        middle = (tie + beyond) // 2
        if lines[middle] > point:
            beyond = middle
        else:
            tie = middle + 1
    return tie


@kernel
def run(
    offsets: Offsets,
    neighbours: Places,
    lines: Lines,
    activated: Places,
    first: int,
    end: int,
    seen: NDArray[np.uint8],
    state: np.uint64,
) -> tuple[Places, int, np.uint64]:
    """Let a cascade go on until nobody new is activated.

    Args:
        offsets: of the passages.
        neighbours: the same.
        lines: the same.
        activated: who is activated at the start, from `first` to `end`; who follows is added behind.
        first: where this cascade begins in `activated`.
        end: where it ends so far.
        seen: uint8[n], 1 for who is activated already.
        state: of the random numbers.

    Returns:
        `activated`, moved to a larger array if need be, its new end, and the state after the last number drawn.
    """
    while first < end:
        member = activated[first]
        first += 1
        tie, after = offsets[member], offsets[member + 1]
        point = 0.0
        while tie < after:
            state, number = drawn(state)
            point -= math.log(number)
            if lines[after - 1] <= point:
                break
            tie = _first_beyond(lines, tie, after, point)
            point = lines[tie]
            other = neighbours[tie]
            tie += 1
            if seen[other] == 0:
                seen[other] = 1
                if end == len(activated):
                    activated = grown(activated, end)
                activated[end] = other
                end += 1
    return activated, end, state


@kernel
def grown(activated: Places, end: int) -> Places:
    """Return a copy with room for as many again."""
    larger = np.empty(max(1024, 2 * len(activated)), np.uint32)
    larger[:end] = activated[:end]
    return larger
