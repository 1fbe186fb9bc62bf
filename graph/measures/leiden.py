"""One round of the Leiden algorithm, which makes modularity larger: move, part, merge, and so on level by level.

Nodes move between tribes while that gains anything; then each tribe is parted into subsets that hold together, and each
subset becomes one node of a smaller graph, where all begins again. Parting is what sets it apart from Louvain [2], which
makes whole tribes into nodes and so may leave a tribe in pieces that no tie connects [1].

[1] Traag, Waltman & van Eck (2019), From Louvain to Leiden: guaranteeing well-connected communities.
    Scientific Reports 9, 5233. Its pseudocode is in the supplement, algorithm A.2.
[2] Blondel, Guillaume, Lambiotte & Lefebvre (2008), Fast unfolding of communities in large networks.
    Journal of Statistical Mechanics, P10008.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel

Strengths: TypeAlias = NDArray[np.float64]

_RANDOMNESS = 0.001
"""How readily a subset is joined that is not the best: theta in [1], as a share of the strength of who joins."""
_LEAST_GAIN = 1e-9
"""What a move has to gain, as a share of the strength of who moves. What is less may come of rounding alone."""
_VISITS = 100
"""How often each node may be visited, on average, before moving stops. Only rounding would take it that far."""


class Level(NamedTuple):
    """A graph whose nodes are members at first, then subsets of them. Weight within a node is in its strength only."""

    offsets: Offsets
    neighbours: Places
    """In any order."""
    weights: Weights
    strengths: Strengths


def of_members(undirected: Adjacency) -> Level:
    """Return the first level, where each member is a node."""
    return Level(undirected.offsets, undirected.neighbours, undirected.weights, undirected.strengths())


def improved(level: Level, labels: Places, pull: float, random: np.random.Generator) -> Places:
    """Return tribes of larger modularity, each of them connected: labels from 0 by their first members.

    Args:
        level: the members and their ties.
        labels: the tribe of each to begin with, below the number of members.
        pull: resolution / W, for the strength W of all.
        random: of the order in which nodes are looked at, and of how tribes are parted.
    """
    subset_of: Places | None = None
    while True:
        labels = _moved(level, labels, pull, random)
        if _count(labels) == len(labels):
            break
        subsets = _parted(level, labels, pull, random)
        count = _count(subsets)
        if count == len(labels):  # nobody is tied to any of their tribe
            labels = subsets
            break
        subset_of = subsets if subset_of is None else subsets[subset_of]
        tribes = np.empty(count, np.uint32)
        tribes[subsets] = labels
        labels = tribes
        level = _merged(level, subsets, count)
    return _numbered(labels if subset_of is None else labels[subset_of])


def _count(labels: Places) -> int:
    return int(labels.max(initial=0)) + 1


def _totals(labels: Places, strengths: Strengths, count: int) -> Strengths:
    return np.bincount(labels, strengths, count).astype(np.float64, copy=False)


def _order(random: np.random.Generator, size: int) -> Places:
    order = np.arange(size, dtype=np.uint32)
    random.shuffle(order)
    return order


def _moved(level: Level, labels: Places, pull: float, random: np.random.Generator) -> Places:
    """Move nodes between tribes until nothing is gained by it (MoveNodesFast in [1])."""
    size = len(labels)
    counts = np.bincount(labels, minlength=size)
    totals = _totals(labels, level.strengths, size)
    empty = np.flatnonzero(counts == 0).astype(np.uint32)
    labels = labels.copy()
    _move(level, labels, totals, counts, empty, _order(random, size), pull)
    return _numbered(labels)


def _parted(level: Level, labels: Places, pull: float, random: np.random.Generator) -> Places:
    """Part tribes into fewer subsets than there are nodes, each of them connected (RefinePartition in [1]).

    If none is well connected enough to be merged, any that are tied are: a tribe is to be one node in the end, as only
    then its being connected is certain.
    """
    size = len(labels)
    wholes = _totals(labels, level.strengths, size)
    draws = random.random(size)
    subsets = _numbered(_part(level, labels, wholes, _order(random, size), draws, pull))
    if _count(subsets) == size:
        # To stay alone is never likelier than all else together, and is what the lower draws stand for.
        subsets = _numbered(_part(level, labels, wholes, _order(random, size), (1 + draws) / 2, 0.0))
    return subsets


@kernel
def _move(
    level: Level,
    labels: Places,
    totals: Strengths,
    counts: NDArray[np.int64],
    empty: Places,
    queue: Places,
    pull: float,
) -> None:
    """Move each node to the tribe where it gains the most, and look again at the neighbours of those that moved.

    Args:
        level: nodes and ties.
        labels: the tribe of each node; written to, as are the next three.
        totals: the strength of each tribe.
        counts: how many nodes each has.
        empty: the tribes that have none.
        queue: all nodes in the order in which they are looked at first.
        pull: resolution / W.
    """
    size = len(labels)
    empty_ones = np.empty(size, np.uint32)
    empty_ones[: len(empty)] = empty
    empties = len(empty)
    tied = np.zeros(size, np.float64)
    near = np.empty(size, np.uint32)
    waiting = np.ones(size, np.bool_)
    head, length, visits = 0, size, 0
    while length > 0 and visits < _VISITS * size:
        place = queue[head]
        head = head + 1 if head + 1 < size else 0
        length -= 1
        visits += 1
        waiting[place] = False
        here = labels[place]
        better = _better(level, place, labels, totals, counts, tied, near, pull)
        if better == here:
            continue
        if better == size:
            empties -= 1
            better = empty_ones[empties]
        labels[place] = better
        totals[better] += level.strengths[place]
        totals[here] -= level.strengths[place]
        counts[better] += 1
        counts[here] -= 1
        if counts[here] == 0:
            totals[here] = 0.0  # not what rounding left
            empty_ones[empties] = here
            empties += 1
        for tie in range(level.offsets[place], level.offsets[place + 1]):
            neighbour = level.neighbours[tie]
            if not waiting[neighbour] and labels[neighbour] != better:
                waiting[neighbour] = True
                end = head + length
                queue[end if end < size else end - size] = neighbour
                length += 1


@kernel
def _better(
    level: Level,
    place: int,
    labels: Places,
    totals: Strengths,
    counts: NDArray[np.int64],
    tied: Strengths,
    near: Places,
    pull: float,
) -> int:
    """Return the tribe where a node gains the most: the number of nodes for one of its own, its present one if none.

    A node of strength s gains `w - pull * s * S` from a tribe of strength S, itself left out, that it is tied to with
    weight w: W / 2 times the modularity. `tied` is all 0, before and after; `near` is room for as many labels as nodes.
    """
    found = 0
    for tie in range(level.offsets[place], level.offsets[place + 1]):
        label = labels[level.neighbours[tie]]
        if tied[label] == 0.0:
            near[found] = label
            found += 1
        tied[label] += level.weights[tie]
    strength = level.strengths[place]
    best = labels[place]
    gain = tied[best] - pull * strength * (totals[best] - strength) + _LEAST_GAIN * strength
    if counts[best] > 1 and gain < 0.0:
        best, gain = len(labels), 0.0
    for index in range(found):
        label = near[index]
        there = tied[label] - pull * strength * totals[label]
        tied[label] = 0.0
        if there > gain:
            best, gain = label, there
    return int(best)


@kernel
def _part(
    level: Level,
    labels: Places,
    wholes: Strengths,
    order: Places,
    draws: NDArray[np.float64],
    pull: float,
) -> Places:
    """Merge nodes within each tribe, each alone at first, once over (MergeNodesSubset in [1]).

    Who is still alone joins a subset. Both are to be well connected: what is of strength s, in a tribe of strength S,
    has at least the weight to the rest of it that chance would give, `pull * s * (S - s)`.

    Args:
        level: nodes and ties.
        labels: the tribe of each node.
        wholes: the strength of each tribe.
        order: all nodes in the order in which they may join.
        draws: for each node a random number in [0, 1).
        pull: resolution / W, or 0 if all are well connected enough.

    Returns:
        The subset of each node, named after the node that began it.
    """
    size = len(labels)
    subsets = np.arange(size).astype(np.uint32)
    totals = level.strengths.copy()
    inward = _inward(level, labels)
    alone = np.ones(size, np.bool_)
    tied = np.zeros(size, np.float64)
    near = np.empty(size, np.uint32)
    chances = np.empty(size, np.float64)
    for place in order:
        strength, whole = level.strengths[place], wholes[labels[place]]
        if not alone[place] or inward[place] == 0.0 or inward[place] < pull * strength * (whole - strength):
            continue
        found = 0
        for tie in range(level.offsets[place], level.offsets[place + 1]):
            neighbour = level.neighbours[tie]
            if labels[neighbour] == labels[place]:
                subset = subsets[neighbour]
                if tied[subset] == 0.0:
                    near[found] = subset
                    found += 1
                tied[subset] += level.weights[tie]
        for index in range(found):
            subset = near[index]
            total = totals[subset]
            connected = inward[subset] >= pull * total * (whole - total)
            chances[index] = tied[subset] - pull * strength * total if connected else -1.0
        chosen = _drawn(chances[:found], draws[place], _RANDOMNESS * strength)
        if chosen < found:
            subset = near[chosen]
            subsets[place] = subset
            alone[place] = alone[subset] = False
            totals[subset] += strength
            inward[subset] += inward[place] - 2.0 * tied[subset]
        for index in range(found):
            tied[near[index]] = 0.0
    return subsets


@kernel
def _inward(level: Level, labels: Places) -> Strengths:
    """Return the weight that ties each node to the rest of its tribe."""
    inward = np.zeros(len(labels), np.float64)
    for place in range(len(labels)):
        weight = 0.0
        for tie in range(level.offsets[place], level.offsets[place + 1]):
            if labels[level.neighbours[tie]] == labels[place]:
                weight += level.weights[tie]
        inward[place] = weight
    return inward


@kernel
def _drawn(gains: NDArray[np.float64], draw: float, scale: float) -> int:
    """Choose with probability proportional to `exp(gain / scale)` one that loses nothing; their number is for none.

    To choose none gains 0. `draw` is a random number in [0, 1); `gains` is written to.
    """
    most = 0.0
    for gain in gains:
        most = max(most, gain)
    total = np.exp(-most / scale)  # measured from the largest, so that no exponential overflows
    none = total
    for index in range(len(gains)):
        if gains[index] >= 0.0:
            total += np.exp((gains[index] - most) / scale)
        gains[index] = total
    if draw * total < none:
        return len(gains)
    return int(np.searchsorted(gains, draw * total, side="right"))


def _merged(level: Level, subsets: Places, count: int) -> Level:
    """Make each subset a node (AggregateGraph in [1]). O(n + m)."""
    strengths = _totals(subsets, level.strengths, count)
    offsets, neighbours, weights = _merge(level, subsets, np.argsort(subsets, kind="stable").astype(np.uint32), count)
    for array in (offsets, neighbours, weights):
        array.flags.writeable = False  # as those of the members, or all kernels would be compiled once more
    return Level(offsets, neighbours, weights, strengths)


@kernel
def _merge(level: Level, subsets: Places, by_subset: Places, count: int) -> tuple[Offsets, Places, Weights]:
    """Add up, subset by subset, the ties to each other subset."""
    offsets = np.zeros(count + 1, np.int64)
    neighbours = np.empty(len(level.neighbours), np.uint32)
    weights = np.empty(len(level.neighbours), np.float32)
    tied = np.zeros(count, np.float64)
    begin = end = index = 0
    for subset in range(count):
        while index < len(by_subset) and subsets[by_subset[index]] == subset:
            place = by_subset[index]
            for tie in range(level.offsets[place], level.offsets[place + 1]):
                other = subsets[level.neighbours[tie]]
                if other != subset:
                    if tied[other] == 0.0:
                        neighbours[end] = other
                        end += 1
                    tied[other] += level.weights[tie]
            index += 1
        while begin < end:
            weights[begin] = tied[neighbours[begin]]
            tied[neighbours[begin]] = 0.0
            begin += 1
        offsets[subset + 1] = end
    return offsets, neighbours[:end], weights[:end]  # room that was never written to takes no memory


@kernel
def _numbered(labels: Places) -> Places:
    """Number labels, which are below how many there are, anew by their first appearance."""
    numbers = np.full(len(labels), -1, np.int64)
    numbered = np.empty(len(labels), np.uint32)
    found = 0
    for place in range(len(labels)):
        if numbers[labels[place]] < 0:
            numbers[labels[place]] = found
            found += 1
        numbered[place] = numbers[labels[place]]
    return numbered
