"""The trees that referrals grow: who was brought by whom, by whom they were brought, and how many are below each."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOBODY = -1
"""The parent of who came by themselves."""


class Trees(NamedTuple):
    """Of each member: how far from the root, and how many are below; of each level: how many are on it."""

    depths: NDArray[np.int64]
    """0 is a root."""
    below: NDArray[np.int64]
    """Members brought, by those brought as well, and so on; oneself not counted."""
    breadths: NDArray[np.int64]
    """How many members are at each depth."""
    branching: float
    """Members brought per member who brought any; NaN if nobody did."""


def trees(parents: NDArray[np.integer[Any]]) -> Trees:
    """Return the figures of the trees of a parent array.

    Leaves are taken off until nothing is left, each adding what is below it to its parent; the other way round, each is
    one deeper than its parent. O(n), for trees of any depth, without recursion.

    Args:
        parents: the place of who brought each, or -1.

    Raises:
        ValueError: if somebody was brought by nobody who is there, or by one whom they brought, themselves or others
        between.
    """
    size = len(parents)
    if size and not (int(parents.min()) >= NOBODY and int(parents.max()) < size):
        raise ValueError("somebody was brought by one who is not there")
    has = parents >= 0
    children = np.bincount(parents[has], minlength=size).astype(np.int64)
    branching = float(np.count_nonzero(has) / np.count_nonzero(children)) if has.any() else float("nan")
    above, waiting, below = parents.tolist(), children.tolist(), [0] * size
    order = np.flatnonzero(children == 0).tolist()
    for member in order:
        parent = above[member]
        if parent != NOBODY:
            below[parent] += below[member] + 1
            waiting[parent] -= 1
            if not waiting[parent]:
                # The list grows while it is walked: a parent comes after all its children.
                order.append(parent)
    if len(order) < size:
        raise ValueError("some brought each other in a circle")
    depths = [0] * size
    for member in reversed(order):
        if above[member] != NOBODY:
            depths[member] = depths[above[member]] + 1
    depth = np.array(depths, np.int64)
    return Trees(depth, np.array(below, np.int64), np.bincount(depth).astype(np.int64), branching)
