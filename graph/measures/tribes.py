"""Tribes: groups of members who attend to one another more than to the rest, found by the Leiden algorithm.

[1] Traag, Waltman & van Eck (2019), From Louvain to Leiden: guaranteeing well-connected communities.
    Scientific Reports 9, 5233.
[2] Reichardt & Bornholdt (2006), Statistical mechanics of community detection. Physical Review E 74, 016110.
[3] Preis (1999), Linear time 1/2-approximation algorithm for maximum weighted matching in general graphs.
    STACS 99, 259-269.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel
from graph.measures import leiden

Labels: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tribes:
    """Which tribe each member is in."""

    labels: Labels
    """The tribe of each member, int64[n]: 0 is the largest; of tribes as large, the one with the smallest place first."""
    modularity: float
    """How much more weight lies within tribes than chance would put there, at the resolution asked for."""
    rounds: int
    """How many rounds were made: fewer than asked for, if one changed nothing."""


def tribes(
    undirected: Adjacency,
    *,
    resolution: float = 1.0,
    rounds: int = 2,
    seed: int = 0,
    start: NDArray[np.integer[Any]] | None = None,
    own: NDArray[np.float64] | None = None,
) -> Tribes:
    """Find tribes that make `modularity` large, by Leiden [1].

    Every tribe is connected, and after each round no two tribes would do better as one. The same arguments give the same
    tribes. Members without ties are a tribe each. About O(m) a round for m ties; beside O(n), memory for the ties
    between subsets on two levels: at most 16 bytes a tie, and 10 as measured.

    Args:
        undirected: symmetric ties, such as `Snapshot.undirected`.
        resolution: above 1 finds more and smaller tribes, below 1 fewer and larger ones.
        rounds: how often to go through all levels. Each improves on the one before; most is gained by the first two.
        seed: of the order in which members are looked at.
        start: the tribe each member was in, as found earlier, -1 for who was in none. Tribes are then led on from there
            instead of being found anew, so that few members change; `matched` gives them their names of before.
        own: the weight of each member's tie to themself, counted from both ends, float64[n]; none unless given.

    Raises:
        ValueError: if the resolution is not above 0, no round is asked for, `start` or `own` does not fit, or weights
            add up to more than a float32 holds.
    """
    size = undirected.size
    if not 0 < resolution < np.inf:
        raise ValueError(f"the resolution is {resolution}, which is not above 0")
    if rounds < 1:
        raise ValueError(f"{rounds} rounds find nothing")
    labels = np.arange(size, dtype=np.uint32) if start is None else _started(start, size)
    own = np.zeros(size) if own is None else own
    if own.shape != (size,) or not np.all(own >= 0):
        raise ValueError(f"ties to oneself of shape {own.shape} do not fit {size} members, or weigh less than nothing")
    level = leiden.of_members(undirected)
    level = level._replace(strengths=level.strengths + own)
    total = float(level.strengths.sum())
    if not total <= float(np.finfo(np.float32).max):
        raise ValueError("the weights add up to more than a float32 holds")
    if not total:
        return Tribes(np.arange(size), 0.0, 0)
    random = np.random.default_rng(seed)
    best, made = -np.inf, 0
    while made < rounds:
        found = leiden.improved(level, labels, resolution / total, random)
        made += 1
        quality = _modularity(undirected.offsets, undirected.neighbours, undirected.weights, own, found, resolution)
        if made > 1 and not quality > best:
            break
        best, labels = quality, found
    return Tribes(_by_size(labels), best, made)


def modularity(undirected: Adjacency, labels: NDArray[np.integer[Any]], *, resolution: float = 1.0) -> float:
    """Return how much more weight lies within tribes than if the same strengths were tied at random.

    `sum over tribes c of (W_c / W - resolution * (S_c / W) ** 2)` [2], where W_c is the weight of ties within c, S_c the
    strength of its members, and W the strength of all, each tie counting from both ends. 0 if there are no ties. O(m).

    Args:
        undirected: symmetric ties.
        labels: the tribe of each member, [n]: any numbers, of which the same mean the same tribe.
        resolution: how much the expected weight counts.

    Raises:
        ValueError: if there are not as many labels as members.
    """
    if labels.shape != (undirected.size,):
        raise ValueError(f"labels of shape {labels.shape} do not fit {undirected.size} members")
    numbered = np.unique(labels, return_inverse=True)[1].astype(np.uint32)
    own = np.zeros(undirected.size)
    return float(_modularity(undirected.offsets, undirected.neighbours, undirected.weights, own, numbered, resolution))


def matched(
    labels: NDArray[np.integer[Any]],
    before: NDArray[np.integer[Any]],
    *,
    unused: int | None = None,
    least: float = 0.1,
) -> Labels:
    """Name tribes as they were named before: each by the tribe most of whose members it shares.

    Names go to the largest overlap first, then to the smaller name, then to the smaller label: if a tribe falls apart,
    its name stays with the largest part, and if two become one, it takes the name of the one that brought more. The
    overlaps named for are at least half of those in the best assignment [3], which may rename a tribe for what happened
    in another. O(n log n).

    Args:
        labels: the tribe of each member now, [n].
        before: the name of the tribe each was in, [n], -1 for who is new. Who has left is in neither.
        unused: the first name never given so far; tribes that match none are named from there, in order of their
            labels. One above the largest in `before`, unless given: a name that died out may then come again.
        least: the overlap, as a share of the members of either tribe together, below which a name is not handed on.

    Raises:
        ValueError: if the arrays differ in shape, or `unused` has been used.
    """
    if labels.shape != before.shape or labels.ndim != 1:
        raise ValueError(f"labels of shape {labels.shape} cannot be matched with labels of shape {before.shape}")
    before = before.astype(np.int64, copy=False)
    known = before >= 0
    first = int(before.max(initial=-1)) + 1
    if unused is not None and unused < first:
        raise ValueError(f"{unused} cannot be a new name: {first - 1} is used")
    new, of_member, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    old, of_known, old_sizes = np.unique(before[known], return_inverse=True, return_counts=True)
    shared, overlaps = np.unique(of_known * len(new) + of_member[known], return_counts=True)
    olds, news = np.divmod(shared, max(len(new), 1))
    enough = overlaps >= least * (old_sizes[olds] + sizes[news] - overlaps)
    names = np.full(len(new), -1, np.int64)
    given = np.zeros(len(old), np.bool_)
    order = np.argsort(-overlaps[enough], kind="stable")  # within the same overlap they stay by name, then by label
    for then, now in zip(olds[enough][order].tolist(), news[enough][order].tolist(), strict=True):
        if not given[then] and names[now] < 0:
            given[then] = True
            names[now] = old[then]
    nameless = names < 0
    names[nameless] = np.arange(np.count_nonzero(nameless)) + (first if unused is None else unused)
    return names[of_member]


def _started(start: NDArray[np.integer[Any]], size: int) -> Places:
    """Number the tribes of before from 0, those in none after them."""
    if start.shape != (size,):
        raise ValueError(f"earlier labels of shape {start.shape} do not fit {size} members")
    alone = start < 0
    labels = np.empty(size, np.uint32)
    there, labels[~alone] = np.unique(start[~alone], return_inverse=True)
    labels[alone] = np.arange(np.count_nonzero(alone)) + len(there)
    return labels


def _by_size(labels: Places) -> Labels:
    """Number tribes by their size. They are numbered by their first members already, which a stable sort keeps."""
    order = np.argsort(-np.bincount(labels), kind="stable")
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[labels]


@kernel
def _modularity(
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
    own: NDArray[np.float64],
    labels: Places,
    resolution: float,
) -> float:
    size = len(labels)
    within = 0.0
    totals = np.zeros(size, np.float64)
    for place in range(size):
        strength = own[place]
        within += own[place]
        for tie in range(offsets[place], offsets[place + 1]):
            strength += weights[tie]
            if labels[neighbours[tie]] == labels[place]:
                within += weights[tie]
        totals[labels[place]] += strength
    whole = totals.sum()
    if whole == 0.0:
        return 0.0
    expected = 0.0
    for label in range(size):
        expected += (totals[label] / whole) ** 2
    return float(within / whole - resolution * expected)
