"""Components: who is connected with whom at all (weak), and who reaches each other along the ties (strong).

Labels say which component a member is in: 0 is the largest, and of two as large the one that has the smaller place.

Sources:
    1. R. E. Tarjan: Efficiency of a Good But Not Linear Set Union Algorithm. J. ACM 22(2), 1975.
    2. R. E. Tarjan: Depth-First Search and Linear Graph Algorithms. SIAM J. Computing 1(2), 1972.
    3. D. J. Pearce: A Space-Efficient Algorithm for Finding Strongly Connected Components. Information Processing
       Letters 116(1), 2016.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places
from graph.kernels import kernel


def weak_components(adjacency: Adjacency) -> NDArray[np.int64]:
    """Return the component of each member when ties count in both directions, int64[n]. O(n + m log n) at worst.

    Any of a graph's adjacencies will do: the ties out, the ties in, or the undirected view.
    """
    return _by_size(_weak(adjacency.offsets, adjacency.neighbours))


def strong_components(adjacency: Adjacency) -> NDArray[np.int64]:
    """Return the component of each member within which every member reaches every other, int64[n]. O(n + m).

    Ties out and ties in give the same.
    """
    return _by_size(_in_order(_strong(adjacency.offsets, adjacency.neighbours)))


def strong_components_ends_first(out: Adjacency) -> NDArray[np.int64]:
    """Return strong components numbered such that ties lead to smaller numbers only, int64[n]. O(n + m).

    Component 0 is one that no tie leads out of: the order is a topological one, backwards.
    """
    return out.size - _strong(out.offsets, out.neighbours)


def _by_size(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rename components, numbered in the order of their smallest places, by size."""
    largest_first = np.argsort(-np.bincount(numbers), kind="stable")
    labels = np.empty(len(largest_first), np.int64)
    labels[largest_first] = np.arange(len(largest_first))
    renamed: NDArray[np.int64] = labels[numbers]
    return renamed


@kernel
def _weak(offsets: Offsets, neighbours: Places) -> NDArray[np.int64]:
    """Unite the two ends of every tie; whoever has the smallest place of a union stands for it."""
    size = len(offsets) - 1
    above = np.arange(size).astype(np.uint32)
    for place in range(size):
        for tie in range(offsets[place], offsets[place + 1]):
            one, other = above[place], above[neighbours[tie]]
            while one != above[one]:
                above[one] = above[above[one]]  # halves the way for whoever comes after
                one = above[one]
            while other != above[other]:
                above[other] = above[above[other]]
                other = above[other]
            if one < other:
                above[other] = one
            else:
                above[one] = other
    numbers = np.empty(size, np.int64)
    count = 0
    for place in range(size):
        if above[place] == place:
            numbers[place] = count
            count += 1
        else:
            numbers[place] = numbers[above[place]]  # of a smaller place, which has its number
    return numbers


@kernel
def _strong(offsets: Offsets, neighbours: Places) -> NDArray[np.int64]:
    """Go as deep as ties lead, in Pearce's way: one number a member, and who is done waits for the component's first.

    `lowest` of a member is 0 before it is met; then the smallest number of a member still without component that is
    known to be reached from it, itself included; and at last the number of its component. Components are numbered
    downwards from n and members without one upwards from 1. Each component has at least one member, so that the two never
    meet, and a component's number is never taken for a lower one.
    """
    size = len(offsets) - 1
    lowest = np.zeros(size, np.int64)
    path = np.empty(size, np.uint32)
    entered = np.empty(size, np.int64)  # by depth: the number that a member on the path was given
    following = np.empty(size, np.int64)  # by depth: the tie to look at next
    waiting = np.empty(size, np.uint32)
    waits, met, component = 0, 0, size
    for start in range(size):
        depth = -1
        if lowest[start] == 0:
            depth, met = 0, met + 1
            path[0], entered[0], following[0], lowest[start] = start, met, offsets[start], met
        while depth >= 0:
            member = path[depth]
            if following[depth] < offsets[member + 1]:
                other = neighbours[following[depth]]
                if lowest[other] == 0:
                    # The tie stays the next one: what was found beyond it is looked up on coming back.
                    depth, met = depth + 1, met + 1
                    path[depth], entered[depth], following[depth], lowest[other] = other, met, offsets[other], met
                else:
                    lowest[member] = min(lowest[member], lowest[other])
                    following[depth] += 1
                continue
            if lowest[member] < entered[depth]:
                waiting[waits] = member
                waits += 1
            else:
                met -= 1
                while waits > 0 and lowest[waiting[waits - 1]] >= entered[depth]:
                    waits -= 1
                    lowest[waiting[waits]] = component
                    met -= 1
                lowest[member] = component
                component -= 1
            depth -= 1
    return lowest


@kernel
def _in_order(components: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number components, given as any of 1 to n, in the order of their smallest places."""
    known = np.full(len(components) + 1, -1, np.int64)
    numbers = np.empty(len(components), np.int64)
    count = 0
    for place in range(len(components)):
        if known[components[place]] < 0:
            known[components[place]] = count
            count += 1
        numbers[place] = known[components[place]]
    return numbers
