"""A made-up community to measure on: who attends to whom, with the laws that real ones are known for.

    rows, columns, weights, tribe = generated(1_000_000, 10_000_000, seed=0)

The laws are those of the LFR benchmark [1] in its directed form [2], loosened in two places so that ten million ties
take seconds: degrees are met on average instead of exactly, and a pair that comes out twice is drawn anew.

[1] Lancichinetti, Fortunato & Radicchi (2008), Benchmark graphs for testing community detection algorithms.
    Physical Review E 78, 046110.
[2] Lancichinetti & Fortunato (2009), Benchmarks for testing community detection algorithms on directed and weighted
    graphs with overlapping communities. Physical Review E 80, 016118.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.kernels import kernel

ATTENDING, ATTENDED, SIZES, INTERACTIONS = 2.7, 2.3, 1.5, 2.5
"""Exponents: of how many a member attends to, of how many attend to them, of the sizes of tribes, of interactions."""
SMALLEST = 30
"""Members of the smallest tribe."""
LARGEST = 1 / 50
"""Share of all members in the largest tribe."""
MOST = 1 / 100
"""Share of all members that attend to the one most attended to, on average."""
ROUNDS = 30


def generated(
    members: int,
    ties: int,
    *,
    seed: int,
    mixing: float = 0.3,
    reciprocity: float = 0.3,
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32], NDArray[np.int32]]:
    """Return the rows, columns and weights of directed ties in random order, and the tribe of each member.

    In- and out-degrees, and sizes of tribes, follow truncated power laws. A tie leaves its tribe with probability
    `mixing`; within and without, its end is drawn by how much it is attended to. Exactly `ties` ties, none twice and
    none to oneself, of which the share `reciprocity` goes both ways. A tie weighs log(1 + interactions), where the
    interactions follow a power law too. The same arguments give the same graph. O(ties log ties).

    Args:
        members: how many members, n.
        ties: how many ties, m.
        seed: of what is random.
        mixing: share of ties that leave a tribe; a little more come out, as pairs within small tribes run short.
        reciprocity: share of ties whose opposite is there too.

    Returns:
        uint32[m] who attends, uint32[m] to whom, float32[m] how much, and int32[n] tribes, 0 being the largest.

    Raises:
        ValueError: if so many ties do not fit between so many members.
    """
    random = np.random.default_rng(seed)
    mutual = round(ties * reciprocity / 2)
    pairs = ties - mutual
    if pairs > members * (members - 1) // 8:
        raise ValueError(f"{ties} ties are too many for {members} members: at most a quarter of all pairs are drawn")
    mean = pairs / max(members, 1)
    limit = min(max(members * MOST, 10 * mean), max(members - 1, 1))
    attending = _degrees(random, members, mean, ATTENDING, limit)
    attended = _degrees(random, members, mean, ATTENDED, limit)
    sizes = _sizes(random, members)
    tribe = _placed(random, sizes, (1 - mixing) * np.maximum(attending, attended))
    drawn = _pairs(random, attending, attended, tribe, sizes, pairs, mixing)
    drawn_rows, drawn_columns = _ends(drawn, members)
    rows = np.concatenate([drawn_rows, drawn_columns[:mutual]])
    columns = np.concatenate([drawn_columns, drawn_rows[:mutual]])
    interactions = np.floor(_power_law(random.random(ties), INTERACTIONS, 1, 1000))
    return rows, columns, np.log1p(interactions).astype(np.float32), tribe


def _power_law(uniform: NDArray[np.float64], exponent: float, least: float, most: float) -> NDArray[np.float64]:
    """Turn uniform numbers into ones of density x ** -exponent between two bounds, by inverting the distribution."""
    low, high = least ** (1 - exponent), most ** (1 - exponent)
    numbers: NDArray[np.float64] = (low + uniform * (high - low)) ** (1 / (1 - exponent))
    return numbers


def _degrees(
    random: np.random.Generator, members: int, mean: float, exponent: float, limit: float
) -> NDArray[np.int64]:
    """Draw degrees of a given mean, none above a limit. Each is rounded up as often as its fraction says."""
    numbers = _power_law(random.random(members), exponent, 1, max(limit / max(mean, 1), 2))
    scaled = np.minimum(numbers * (mean / numbers.mean() if members else 0), limit)
    return np.floor(scaled + random.random(members)).astype(np.int64)


def _sizes(random: np.random.Generator, members: int) -> NDArray[np.int64]:
    """Draw sizes of tribes until all members have one, the largest first."""
    largest = max(members * LARGEST, 4 * SMALLEST)
    numbers = np.floor(_power_law(random.random(members // SMALLEST + 1), SIZES, SMALLEST, largest)).astype(np.int64)
    ends = np.cumsum(numbers)
    sizes = numbers[: int(np.searchsorted(ends, members)) + 1]
    sizes[-1] -= sizes.sum() - members
    return np.sort(sizes[sizes > 0])[::-1].copy()


def _placed(random: np.random.Generator, sizes: NDArray[np.int64], wanted: NDArray[np.float64]) -> NDArray[np.int32]:
    """Give each member a random tribe among those that hold as many as the member is to know within it."""
    members = len(wanted)
    tribe = np.empty(members, np.int32)
    if not members:
        return tribe
    order = np.lexsort((random.random(members), -wanted))
    fitting = np.searchsorted(-sizes, -wanted[order], side="left")  # tribes larger than what is wanted
    within = np.concatenate([[0], np.cumsum(sizes)])[fitting]
    steps = np.arange(members)
    until = np.maximum(np.maximum.accumulate(within), steps + 1)
    chosen = steps + (random.random(members) * (until - steps)).astype(np.int64)
    slots = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    _shuffled(slots, chosen)
    tribe[order] = slots
    return tribe


@kernel
def _shuffled(slots: NDArray[np.int32], chosen: NDArray[np.int64]) -> None:
    """Swap each slot with the one chosen for it, as Fisher and Yates do."""
    for step in range(len(slots)):
        slots[step], slots[chosen[step]] = slots[chosen[step]], slots[step]


def _pairs(
    random: np.random.Generator,
    attending: NDArray[np.int64],
    attended: NDArray[np.int64],
    tribe: NDArray[np.int32],
    sizes: NDArray[np.int64],
    wanted: int,
    mixing: float,
) -> NDArray[np.uint64]:
    """Draw pairs that differ, in random order; each as a number that `_ends` reads.

    Everyone is listed as often as they are attended to, tribe by tribe: a random place in a tribe's stretch of the list
    is a member of it by how much they are attended to.
    """
    members = len(tribe)
    by_tribe = np.argsort(tribe, kind="stable").astype(np.uint32)
    listed = np.repeat(by_tribe, attended[by_tribe])
    lengths = np.bincount(tribe, weights=attended, minlength=len(sizes)).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    sources = np.repeat(np.arange(members, dtype=np.uint32), attending)
    found = np.empty(0, np.uint64)
    for _ in range(ROUNDS):
        missing = wanted - len(found)
        if missing <= 0:
            break
        if len(found):
            missing += missing // 4 + 10
            rows = sources[random.integers(0, len(sources), missing)]
        else:
            rows = sources
        own = tribe[rows]
        inside = (random.random(len(rows)) >= mixing) & (lengths[own] > 0)
        start = np.where(inside, starts[own], 0)
        length = np.where(inside, lengths[own], len(listed))
        columns = listed[start + (random.random(len(rows)) * length).astype(np.int64)]
        found = _differing(np.concatenate([found, _numbers(rows, columns, members)]))
    if len(found) < wanted:
        raise ValueError(f"only {len(found)} of {wanted} pairs that differ were found: there are too many ties")
    random.shuffle(found)
    return found[:wanted]


def _numbers(rows: NDArray[np.uint32], columns: NDArray[np.uint32], members: int) -> NDArray[np.uint64]:
    """Write pairs as numbers: which two they are, then, in the last bit, whether the larger attends to the smaller."""
    rows, columns = rows[rows != columns], columns[rows != columns]
    smaller = np.minimum(rows, columns).astype(np.uint64)
    larger = np.maximum(rows, columns).astype(np.uint64)
    return (smaller * np.uint64(members) + larger) * np.uint64(2) + (rows > columns)


def _differing(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keep one of the pairs that are the same two members, whoever attends."""
    numbers.sort()
    two = numbers >> np.uint64(1)
    kept = np.ones(len(numbers), np.bool_)
    kept[1:] = two[1:] != two[:-1]
    return numbers[kept]


def _ends(numbers: NDArray[np.uint64], members: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Read pairs from their numbers: who attends, and to whom."""
    smaller, larger = np.divmod(numbers >> np.uint64(1), np.uint64(max(members, 1)))
    turned = (numbers & np.uint64(1)).astype(np.bool_)
    rows, columns = np.where(turned, larger, smaller), np.where(turned, smaller, larger)
    return rows.astype(np.uint32), columns.astype(np.uint32)
