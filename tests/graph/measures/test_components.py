"""Components: the same as networkx finds, labelled by size."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from graph.adjacency import symmetrized, transposed
from graph.measures.components import strong_components, strong_components_ends_first, weak_components
from tests.factories.ties import drawn_graphs, numbered, ties_of


def labelled(graph: Any, components: Any) -> list[int]:
    """Label components as they are to be: the largest first, of two as large the one with the smaller member."""
    labels = [-1] * len(graph)
    for label, members in enumerate(sorted(components, key=lambda members: (-len(members), min(members)))):
        for member in members:
            labels[member] = label
    return labels


@settings(deadline=None, max_examples=100)
@given(drawn_graphs(directed=True))
def test_components_are_those_of_networkx_and_labelled_by_size(graph: Any) -> None:
    out = ties_of(graph)
    into = transposed(out)

    weak, strong = weak_components(out), strong_components(out)

    assert weak.dtype == strong.dtype == np.int64
    assert weak.tolist() == labelled(graph, nx.weakly_connected_components(graph))
    assert strong.tolist() == labelled(graph, nx.strongly_connected_components(graph))
    # and the direction that ties are given in does not matter
    assert np.array_equal(weak_components(into), weak)
    assert np.array_equal(weak_components(symmetrized(out, into)), weak)
    assert np.array_equal(strong_components(into), strong)


@settings(deadline=None, max_examples=60)
@given(drawn_graphs(directed=True))
def test_strong_components_come_in_an_order_that_ties_lead_down(graph: Any) -> None:
    out = ties_of(graph)

    numbers = strong_components_ends_first(out)

    components = {
        frozenset(np.flatnonzero(numbers == number).tolist()) for number in range(numbers.max(initial=-1) + 1)
    }
    assert components == set(map(frozenset, nx.strongly_connected_components(graph)))
    assert all(numbers[one] >= numbers[other] for one, other in graph.edges)


@pytest.mark.parametrize(
    "graph",
    [
        nx.davis_southern_women_graph(),
        nx.scale_free_graph(400, seed=1),
        nx.gn_graph(300, seed=2),
        nx.fast_gnp_random_graph(400, 0.004, seed=3, directed=True),
        nx.fast_gnp_random_graph(400, 0.003, seed=4, directed=True),
    ],
    ids=["davis", "scale-free", "growing", "near the threshold", "below the threshold"],
)
def test_larger_graphs_have_the_components_of_networkx(graph: Any) -> None:
    graph = numbered(nx.DiGraph(graph))
    out = ties_of(graph)
    assert weak_components(out).tolist() == labelled(graph, nx.weakly_connected_components(graph))
    assert strong_components(out).tolist() == labelled(graph, nx.strongly_connected_components(graph))


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_of_a_hundred_thousand_is_gone_through_without_recursion(closed: bool) -> None:  # noqa: FBT001
    size = 100_000
    out = ties_of((nx.cycle_graph if closed else nx.path_graph)(size, create_using=nx.DiGraph))
    expected: NDArray[np.int64] = np.zeros(size, np.int64) if closed else np.arange(size)
    assert np.array_equal(weak_components(out), np.zeros(size))
    assert np.array_equal(strong_components(out), expected)


def test_members_without_ties_are_components_of_their_own() -> None:
    out = ties_of(nx.empty_graph(3))
    assert weak_components(out).tolist() == strong_components(out).tolist() == [0, 1, 2]


def test_a_graph_without_members_has_no_components() -> None:
    out = ties_of(nx.empty_graph(0))
    assert weak_components(out).shape == strong_components(out).shape == (0,)
