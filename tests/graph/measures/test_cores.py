"""Cores: the same numbers as networkx has, and what the definition says."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graph.adjacency import symmetrized, transposed
from graph.measures.cores import core_numbers
from tests.factories.ties import by_place, drawn_graphs, numbered, scattered, ties_of


@settings(deadline=None, max_examples=100)
@given(drawn_graphs(directed=False))
def test_core_numbers_are_those_of_networkx(graph: Any) -> None:
    numbers = core_numbers(ties_of(graph))
    assert numbers.dtype == np.int64
    assert numbers.tolist() == by_place(nx.core_number(graph))


@pytest.mark.parametrize(
    ("graph", "innermost"),
    [
        (nx.karate_club_graph(), 4),
        (nx.florentine_families_graph(), 2),
        (nx.davis_southern_women_graph(), 4),
        (nx.les_miserables_graph(), 9),
        (nx.complete_graph(7), 6),
        (nx.star_graph(9), 1),
        (nx.empty_graph(3), 0),
    ],
    ids=["karate club", "florentine families", "davis", "les miserables", "complete", "star", "empty"],
)
def test_classic_graphs_have_the_core_numbers_of_networkx(graph: Any, innermost: int) -> None:
    graph = numbered(graph)
    numbers = core_numbers(ties_of(graph))
    assert numbers.tolist() == by_place(nx.core_number(graph))
    assert numbers.max() == innermost


def test_in_each_core_everyone_is_tied_to_as_many_of_it_and_nobody_else_is() -> None:
    out = scattered(3000, 20_000, seed=1)
    undirected = symmetrized(out, transposed(out))

    numbers = core_numbers(undirected)

    rows = np.repeat(np.arange(undirected.size), undirected.degrees())
    for k in range(1, numbers.max() + 1):
        within = (numbers[rows] >= k) & (numbers[undirected.neighbours] >= k)
        ties_within = np.bincount(rows[within], minlength=undirected.size)
        assert ties_within[numbers >= k].min() >= k
    assert undirected.degrees().max() > numbers.max() > undirected.degrees().mean() / 2


def test_a_graph_without_members_has_no_cores() -> None:
    assert core_numbers(ties_of(nx.empty_graph(0))).shape == (0,)
