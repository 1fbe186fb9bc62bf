"""Rows cut into chunks that cost about the same, for loops whose chunks run side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency

_COST_OF_A_ROW = 4
"""How many ties a row costs to begin with, about."""


def balanced(adjacency: Adjacency, count: int = 256) -> NDArray[np.int64]:
    """Return where chunks of rows begin and the last one ends, ascending, from 0 to n.

    There are `count` of them or fewer, whatever the number of cores: what is summed chunk by chunk is then the same on
    every machine. Many small chunks keep a member with very many ties from holding up the others. O(count log n).
    """
    costs = adjacency.offsets + np.arange(adjacency.size + 1) * _COST_OF_A_ROW
    bounds = np.searchsorted(costs, np.linspace(0, costs[-1], count + 1))
    return np.unique(bounds).astype(np.int64, copy=False)
