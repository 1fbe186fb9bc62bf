"""Closeness: how near a member is to all who reach them, as the sum of 1 / distance over those members (harmonic).

    closeness(v) = sum over members u, other than v, from whom v is reached, of 1 / steps(u, v)

Exactly by a search from every member, or for large graphs by HyperBall: for each member a small sketch (HyperLogLog) of
the set of those within t steps. Whoever is within t + 1 steps of a member is within t steps of one the member is tied to,
so that a round of uniting sketches, which is taking the greater of each register, goes one step farther. How many
there are is told by the sketch.

Sources:
    1. P. Boldi, S. Vigna: In-Core Computation of Geometric Centralities with HyperBall. ICDM Workshops 2013,
       arXiv:1308.2144.
    2. P. Boldi, S. Vigna: Axioms for Centrality. Internet Mathematics 10, 2014 (why harmonic).
    3. P. Flajolet, E. Fusy, O. Gandouet, F. Meunier: HyperLogLog. AofA 2007 (the sketch, its factor and its error).
    4. O. Ertl: New Cardinality Estimation Algorithms for HyperLogLog Sketches. arXiv:1702.01284, 2017 (algorithm 6: what
       registers that are still 0 add, so that small sets are counted as well as large ones).
    5. G. Steele, D. Lea, C. Flood: Fast Splittable Pseudorandom Number Generators. OOPSLA 2014 (the hash).
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places
from graph.kernels import kernel, parallel_kernel
from graph.measures.chunks import balanced

_FEWEST_REGISTERS_LOG2, _MOST_REGISTERS_LOG2 = 4, 12
_HIGHEST_REGISTER = 50
"""Reached by one in 2^50 of what is hashed. The sum of 2^(50 - register) over 4096 registers is an int64 still."""


def harmonic(into: Adjacency, *, registers_log2: int = 6, seed: int = 0, farthest: int = 64) -> NDArray[np.float64]:
    """Estimate the harmonic closeness of every member, float64[n].

    The standard deviation of each estimate is about 1.05 / sqrt(2^registers_log2) * (closeness + 1) at most, 13 % with
    64 registers and a little more than the formula says, 28 %, with 16: counts of those within some distance err by that
    much, closeness + 1 is a sum of such counts with positive factors, and the direct ties in it are counted exactly.
    Members of one graph err alike, as who is near one is near others: the order of members is more reliable than the
    values.

    O(rounds * (n + m) * 2^registers_log2), with as many rounds as the longest of all shortest paths has steps;
    2 n 2^registers_log2 bytes.

    Args:
        into: the ties by who is attended to, so that near are those who attend. The undirected view for both.
        registers_log2: the binary logarithm of the number of registers, 4 to 12; each one more is twice the work, and
            the error falls by a factor of 0.7.
        seed: what places are hashed with. The same seed gives the same estimates.
        farthest: who is more steps away does not count. A graph that is one long path would else need n rounds.

    Raises:
        ValueError: if `registers_log2` or `farthest` is out of its range.
    """
    if not _FEWEST_REGISTERS_LOG2 <= registers_log2 <= _MOST_REGISTERS_LOG2:
        raise ValueError(
            f"registers_log2 is from {_FEWEST_REGISTERS_LOG2} to {_MOST_REGISTERS_LOG2}, not {registers_log2}"
        )
    if farthest < 1:
        raise ValueError(f"the farthest who count are at least one step away, not {farthest}")
    before = _alone(into.size, registers_log2, seed)
    after = before.copy()
    changed, changing = np.ones(into.size, np.bool_), np.empty(into.size, np.bool_)
    closeness = into.degrees().astype(np.float64)
    counts = closeness + 1
    chunks, factor, corrections = balanced(into), _factor(1 << registers_log2), _corrections(1 << registers_log2)
    for distance in range(1, farthest + 1):
        _spread(
            chunks,
            into.offsets,
            into.neighbours,
            distance,
            before,
            changed,
            after,
            changing,
            factor,
            corrections,
            counts,
            closeness,
        )
        if not changing.any():
            break
        before, after, changed, changing = after, before, changing, changed
    return closeness


def harmonic_exact(into: Adjacency, places: Places | None = None) -> NDArray[np.float64]:
    """Return the harmonic closeness of k members, or of all, float64[k], as `networkx.harmonic_centrality` does.

    O(k (n + m)).

    Args:
        into: as for `harmonic`.
        places: uint32[k], the members that are asked for, each below n.

    Raises:
        ValueError: if one of them is not there.
    """
    starts = np.arange(into.size, dtype=np.uint32) if places is None else places
    if len(starts) and int(starts.max()) >= into.size:
        raise ValueError(f"there are {into.size} members, and the place {starts.max()} is asked for")
    return _searched(into.offsets, into.neighbours, starts)


def _alone(size: int, registers_log2: int, seed: int) -> NDArray[np.uint8]:
    """Return the sketch of each member alone, uint8[n, registers]: the hash chooses a register and what is in it.

    What is in it is 1 + the number of zeros that the rest of the hash ends with.
    """
    hashed = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed % 2**64)
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    hashed ^= hashed >> np.uint64(31)
    rest = (hashed >> np.uint64(registers_log2)) | np.uint64(1 << (_HIGHEST_REGISTER - 1))
    registers = np.zeros((size, 1 << registers_log2), np.uint8)
    chosen = hashed & np.uint64((1 << registers_log2) - 1)
    registers[np.arange(size), chosen.astype(np.intp)] = np.bitwise_count(rest ^ (rest - np.uint64(1)))
    return registers


def _factor(registers: int) -> float:
    """Return registers^2 times the factor by which HyperLogLog would else be wrong on average."""
    few = {16: 0.673, 32: 0.697, 64: 0.709}
    return registers * registers * few.get(registers, 0.7213 / (1 + 1.079 / registers))


def _corrections(registers: int) -> NDArray[np.float64]:
    """Return by how many registers are 0 what is to be added to the sum of 2^-register, float64[registers + 1].

    With x the part of registers that are 0, their share of the sum, registers * x, is to be registers * sigma(x), where
    sigma(x) = x + sum over k > 0 of x^(2^k) 2^(k - 1).
    """
    corrections = np.empty(registers + 1)
    corrections[registers] = math.inf  # nobody was seen
    for zeros in range(registers):
        power, factor, before, total = zeros / registers, 1.0, -1.0, 0.0
        while total != before:
            before = total
            power *= power
            total += power * factor
            factor *= 2
        corrections[zeros] = registers * total
    return corrections


@parallel_kernel
def _spread(
    chunks: NDArray[np.int64],
    offsets: Offsets,
    neighbours: Places,
    distance: int,
    before: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    after: NDArray[np.uint8],
    changing: NDArray[np.bool_],
    factor: float,
    corrections: NDArray[np.float64],
    counts: NDArray[np.float64],
    closeness: NDArray[np.float64],
) -> None:
    """Unite the sketch of each member with those it is tied to, as far as they changed in the round before.

    The count of a sketch is factor / (sum of 2^-register + correction), and only grows; the count of direct ties, being
    exact, may be above the next one, and then stays.
    """
    registers = before.shape[1]
    for chunk in numba.prange(len(chunks) - 1):
        for place in range(chunks[chunk], chunks[chunk + 1]):
            own = after[place]
            own[:] = before[place]
            for tie in range(offsets[place], offsets[place + 1]):
                other = neighbours[tie]
                if changed[other]:
                    for register in range(registers):
                        own[register] = max(own[register], before[other, register])
            grown = False
            for register in range(registers):
                grown |= own[register] != before[place, register]
            changing[place] = grown
            if grown and distance > 1:
                zeros, total = 0, 0
                for register in range(registers):
                    zeros += own[register] == 0
                    total += 1 << (_HIGHEST_REGISTER - own[register])
                count = factor / (total / (1 << _HIGHEST_REGISTER) + corrections[zeros])
                if count > counts[place]:
                    closeness[place] += (count - counts[place]) / distance
                    counts[place] = count


@kernel
def _searched(offsets: Offsets, neighbours: Places, starts: Places) -> NDArray[np.float64]:
    """Search from each of `starts`, a distance after the other."""
    size = len(offsets) - 1
    closeness = np.zeros(len(starts), np.float64)
    found_by = np.full(size, -1, np.int64)
    queue = np.empty(size, np.uint32)
    for start in range(len(starts)):
        queue[0] = starts[start]
        found_by[starts[start]] = start
        looked, found, distance = 0, 1, 0
        while looked < found:
            distance += 1
            last = found
            while looked < last:
                member = queue[looked]
                looked += 1
                for tie in range(offsets[member], offsets[member + 1]):
                    other = neighbours[tie]
                    if found_by[other] != start:
                        found_by[other] = start
                        queue[found] = other
                        found += 1
            closeness[start] += (found - last) / distance
    return closeness
