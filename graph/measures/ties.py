"""Strong ties: what goes both ways, among people who know each other.

    bonding(i) = (1 + clustering(i)) * sum over j of voice(j) * log(1 + min(w(i, j), w(j, i)))

A tie counts by its weaker direction, as one that is not returned is none (Granovetter [1] has reciprocal services among
the marks of strength), saturates, and counts as far as the other's word does (`graph.measures.trust.voices`): else ten
accounts that follow each other would be the closest of friends. To the same end ties are given to these functions with
the strength that the trusted have at most (`graph.measures.trust.ceiling`, `graph.adjacency.limited`). Who is tied to people who are tied to each other is held by the group as well
(closure, Coleman [2]): the clustering coefficient lifts the sum by up to twice.

References:
    [1] M. S. Granovetter: The Strength of Weak Ties. American Journal of Sociology 78 (1973).
    [2] J. S. Coleman: Social Capital in the Creation of Human Capital. American Journal of Sociology 94 (1988).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel


def bonding(
    out: Adjacency, into: Adjacency, clustering: NDArray[np.float64], voices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how strongly each member is bound to others, float64[n]; 0 for who has no tie that is returned. O(n + m).

    `clustering` and `voices` are float64[n], from 0 to 1.
    """
    returned = _returned(out.offsets, out.neighbours, out.weights, into.offsets, into.neighbours, into.weights, voices)
    return returned * (1 + clustering)


def support(into: Adjacency, voices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much others did towards each member, each saturated and by how far their word counts, float64[n].

    support(v) = sum over u of voice(u) * log(1 + w(u, v)), where `voices` are from `graph.measures.trust.voices`: the
    trusted half have a full one, so it is not only the famous who support. O(n + m).
    """
    return _supported(into.offsets, into.neighbours, into.weights, voices)


@kernel
def _returned(
    out_offsets: Offsets,
    out_neighbours: Places,
    out_weights: Weights,
    in_offsets: Offsets,
    in_neighbours: Places,
    in_weights: Weights,
    voices: NDArray[np.float64],
) -> NDArray[np.float64]:
    size = len(out_offsets) - 1
    returned = np.zeros(size, np.float64)
    for place in range(size):
        out, into = out_offsets[place], in_offsets[place]
        while out < out_offsets[place + 1] and into < in_offsets[place + 1]:
            if out_neighbours[out] < in_neighbours[into]:
                out += 1
            elif in_neighbours[into] < out_neighbours[out]:
                into += 1
            else:
                returned[place] += voices[out_neighbours[out]] * np.log1p(min(out_weights[out], in_weights[into]))
                out += 1
                into += 1
    return returned


@kernel
def _supported(
    offsets: Offsets, neighbours: Places, weights: Weights, voices: NDArray[np.float64]
) -> NDArray[np.float64]:
    size = len(offsets) - 1
    supported = np.zeros(size, np.float64)
    for place in range(size):
        for tie in range(offsets[place], offsets[place + 1]):
            supported[place] += voices[neighbours[tie]] * np.log1p(weights[tie])
    return supported
