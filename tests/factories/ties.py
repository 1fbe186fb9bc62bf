"""Graphs for tests of measures: drawn or classic ones, as networkx has them and as arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import networkx as nx
import numba
import numpy as np
from hypothesis import strategies as st

from graph.adjacency import Adjacency, from_pairs

WEIGHTS = (0.25, 0.5, 1.0, 3.5, 40.0)
"""Exact in float32, so that what networkx counts in float64 counts the same."""


@st.composite
def drawn_graphs(draw: st.DrawFn, *, directed: bool, at_most: int = 12) -> Any:
    """Draw a weighted networkx graph of the members 0 to n - 1, n from 0 to `at_most`, without ties to oneself."""
    size = draw(st.integers(0, at_most))
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(size))
    if size:
        place = st.integers(0, size - 1)
        for one, other, weight in draw(st.lists(st.tuples(place, place, st.sampled_from(WEIGHTS)), max_size=4 * size)):
            if one != other:
                graph.add_edge(one, other, weight=weight)
    return graph


def numbered(graph: Any) -> Any:
    """Return a graph whose members go by their place, without ties to oneself."""
    graph = nx.convert_node_labels_to_integers(graph)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def ties_of(graph: Any) -> Adjacency:
    """Return the ties of a networkx graph of the members 0 to n - 1; of an undirected one each tie in both rows."""
    both = list((graph if graph.is_directed() else graph.to_directed()).edges(data="weight", default=1.0))
    rows, columns, weights = zip(*both, strict=True) if both else ((), (), ())
    return from_pairs(
        len(graph), np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32)
    )


def by_place(values: dict[int, float]) -> list[float]:
    """Return what networkx says of each member, in the order of their places."""
    return [values[place] for place in range(len(values))]


def scattered(size: int, ties: int, seed: int) -> Adjacency:
    """Return a directed graph in which few are attended to by many, as in a community, and weights differ."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, size, ties).astype(np.uint32)
    columns = (size * random.random(ties) ** 3).astype(np.uint32)
    return from_pairs(size, rows, columns, random.uniform(0.1, 2.0, ties).astype(np.float32))


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Have parallel loops run on one thread within the block."""
    usual = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(usual)
