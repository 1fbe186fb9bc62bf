"""Cores: how deep in the graph a member is. The k-core is what remains where everyone is tied to k who remain.

Source:
    1. V. Batagelj, M. Zaversnik: An O(m) Algorithm for Cores Decomposition of Networks. arXiv:cs/0310049, 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places
from graph.kernels import kernel


def core_numbers(undirected: Adjacency) -> NDArray[np.int64]:
    """Return for each member the greatest k such that the member is in the k-core, int64[n]; 0 without ties. O(n + m).

    Weights do not matter.
    """
    degrees = undirected.degrees()
    starts = np.zeros(degrees.max(initial=0) + 2, np.int64)
    np.cumsum(np.bincount(degrees, minlength=len(starts) - 1), out=starts[1:])
    return _cores(undirected.offsets, undirected.neighbours, degrees, np.argsort(degrees, kind="stable"), starts)


@kernel
def _cores(
    offsets: Offsets,
    neighbours: Places,
    degrees: NDArray[np.int64],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Take away the member with the fewest ties left, again and again.

    Members stand in `order` by how many ties they have left, those with d of them from `starts[d]` on. To lose a tie is to
    change places with the first of those who have as many, and to leave them by moving their start.
    """
    where = np.empty(len(order), np.int64)
    for turn in range(len(order)):
        where[order[turn]] = turn
    for turn in range(len(order)):
        member = order[turn]
        for tie in range(offsets[member], offsets[member + 1]):
            other = neighbours[tie]
            if degrees[other] > degrees[member]:
                first = starts[degrees[other]]
                exchanged = order[first]
                order[where[other]] = exchanged
                where[exchanged] = where[other]
                order[first] = other
                where[other] = first
                starts[degrees[other]] += 1
                degrees[other] -= 1
    return degrees
