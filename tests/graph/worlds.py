"""All worlds a small graph's cascades can play in: each tie live or not, and who reaches whom along the live ones."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.adjacency import Adjacency, from_pairs

SIZE = 5

Pairs = list[tuple[int, int, float]]


def few_pairs() -> st.SearchStrategy[Pairs]:
    place = st.integers(0, SIZE - 1)
    return st.lists(st.tuples(place, place, st.sampled_from([0.25, 1.0, 3.5])), max_size=8)


def arranged(given_pairs: Pairs, size: int = SIZE) -> Adjacency:
    rows, columns, weights = zip(*given_pairs, strict=True) if given_pairs else ((), (), ())
    return from_pairs(size, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))


def worlds(out: Adjacency) -> list[tuple[float, NDArray[np.bool_]]]:
    """Return each world's probability, and bool[n, n] whom each member (the row) reaches in it.

    From the definition, with nothing of what is tested: 2 to the number of ties, so for a dozen of them at most.
    """
    ties = []
    for place in range(out.size):
        neighbours, weights = out.row(place)
        ties += [
            (place, int(other), float(weight / weights.sum()))
            for other, weight in zip(neighbours, weights, strict=True)
        ]
    found = []
    for live in product([False, True], repeat=len(ties)):
        chances = [share if is_live else 1 - share for is_live, (_, _, share) in zip(live, ties, strict=True)]
        probability = float(np.prod(chances))
        if probability > 0:
            passing = nx.DiGraph()
            passing.add_nodes_from(range(out.size))
            passing.add_edges_from(
                (heard, hears) for is_live, (hears, heard, _) in zip(live, ties, strict=True) if is_live
            )
            reaches = np.eye(out.size, dtype=np.bool_)
            for place in range(out.size):
                reaches[place, list(nx.descendants(passing, place))] = True
            found.append((probability, reaches))
    return found


def exactly(
    all_worlds: list[tuple[float, NDArray[np.bool_]]], seeds: list[int], audience: NDArray[np.float64]
) -> float:
    """Return how many of the audience the seeds reach together, on average over the worlds."""
    return sum(probability * float(audience[reaches[seeds].any(axis=0)].sum()) for probability, reaches in all_worlds)
