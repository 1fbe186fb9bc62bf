"""Regulars: whom to trust beforehand where nobody has been named for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.measures.components import weak_components
from graph.measures.percentiles import percentiles
from graph.measures.rank import pagerank

SHARE = 0.01
"""How many of a community are taken for its regulars."""
FEWEST = 3
"""How many there are at least."""
LEAST_PART = 0.05
"""What share of all who are tied a part without ties to the rest needs to have regulars of its own."""


def regulars(out: Adjacency, into: Adjacency, keenness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whom the community attends to the most, of the keener half of those who take part, bool[n].

    They go by the lower of two percentiles: of how many attend to them, and of their plain PageRank. A ring of many fakes
    has many who attend to each, but about an average member's PageRank, as they share what little others give them; a
    ring of few may keep much PageRank among themselves, but few attend to each. Keenness is only asked for, and does not
    decide: it is cheap, as fakes are as busy as they like. No rule is safe where nobody is known: naming members of staff
    is better [1].

    Each part of the community that has no ties to the rest has its own, as no trust leads from one to the other; unless
    it is small, as a ring that nobody knows is. O(n log n + m) an iteration of PageRank.

    Args:
        out: who attends to whom, and how much.
        into: the same by who is attended to.
        keenness: float64[n], how much each takes part; who does not at all is no regular.

    Raises:
        ValueError: if there are not as many entries as members.

    Sources:
        1. Cheng, Friedman: Sybilproof reputation mechanisms. P2PECON 2005 (none is that treats all members alike).
    """
    if len(keenness) != out.size:
        raise ValueError(f"there are {out.size} members, and the keenness of {len(keenness)} is given")
    attended = pagerank(out, into, tolerance=1e-7).scores.astype(np.float64)
    known = percentiles(into.degrees().astype(np.float64))
    lower = np.minimum(percentiles(attended), known)
    keen = keenness > 0
    if keen.any():
        keen &= keenness >= np.median(keenness[keen])
    order = np.lexsort((-keenness, -lower))
    order = order[keen[order]]
    parts = weak_components(out)
    chosen = np.zeros(out.size, np.bool_)
    sizes = np.bincount(parts)
    least = max(FEWEST, LEAST_PART * int(sizes[sizes > 1].sum()))
    for part, members in enumerate(sizes.tolist()):
        if members < least:
            break  # parts are numbered by size
        chosen[order[parts[order] == part][: max(FEWEST, round(SHARE * members))]] = True
    return chosen
