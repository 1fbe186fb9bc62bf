"""Brokerage: the same clustering and structural holes as networkx has, and what Burt says of plain cases."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graph.adjacency import Adjacency, from_pairs, symmetrized, transposed
from graph.measures.brokerage import Brokerage, brokerage
from tests.factories.ties import by_place, drawn_graphs, numbered, on_one_thread, scattered, ties_of


def assert_is_that_of_networkx(found: Brokerage, graph: Any) -> None:
    assert found.triangles.dtype == np.int64
    assert found.triangles.tolist() == by_place(nx.triangles(graph))
    assert np.allclose(found.clustering, by_place(nx.clustering(graph)), rtol=1e-12)
    # All `nodes` by name: without them networkx takes another way, which is wrong for effective sizes.
    constraint = nx.constraint(graph, nodes=list(graph), weight="weight")
    effective_size = nx.effective_size(graph, nodes=list(graph), weight="weight")
    assert np.allclose(found.constraint, by_place(constraint), rtol=1e-5, equal_nan=True)
    assert np.allclose(found.effective_size, by_place(effective_size), rtol=1e-5, atol=1e-9, equal_nan=True)


@settings(deadline=None, max_examples=60)
@given(drawn_graphs(directed=False))
def test_weighted_graphs_have_the_values_of_networkx(graph: Any) -> None:
    for one, other in graph.edges:
        graph.edges[one, other].setdefault("weight", 1.0)
    assert_is_that_of_networkx(brokerage(ties_of(graph)), graph)


@settings(deadline=None, max_examples=30)
@given(drawn_graphs(directed=True))
def test_the_undirected_view_of_a_directed_graph_has_the_values_of_the_directed_graph(graph: Any) -> None:
    out = ties_of(graph)

    found = brokerage(symmetrized(out, transposed(out)))

    # networkx gives no value to who attends to nobody, though others attend to them; it is defined for them all the same.
    attending = [place for place in graph if graph.out_degree(place)]
    constraint = nx.constraint(graph, nodes=attending, weight="weight")
    effective_size = nx.effective_size(graph, nodes=attending, weight="weight")
    for place in attending:
        assert found.constraint[place] == pytest.approx(constraint[place], rel=1e-5)
        assert found.effective_size[place] == pytest.approx(effective_size[place], rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    "graph",
    [
        nx.karate_club_graph(),
        nx.florentine_families_graph(),
        nx.davis_southern_women_graph(),
        nx.les_miserables_graph(),
        nx.complete_graph(6),
    ],
    ids=["karate club", "florentine families", "davis", "les miserables", "complete"],
)
def test_classic_graphs_have_the_values_of_networkx(graph: Any) -> None:
    graph = numbered(graph)
    for one, other in graph.edges:
        graph.edges[one, other].setdefault("weight", 1.0)
    assert_is_that_of_networkx(brokerage(ties_of(graph)), graph)


def test_who_alone_ties_others_is_a_broker_and_who_is_in_a_clique_is_not() -> None:
    star, clique = brokerage(ties_of(nx.star_graph(5))), brokerage(ties_of(nx.complete_graph(6)))
    assert star.effective_size[0] == pytest.approx(5)
    assert star.constraint[0] == pytest.approx(1 / 5)
    assert clique.effective_size == pytest.approx(np.ones(6))
    assert clique.constraint == pytest.approx(np.full(6, 5 * (1 / 5 + 4 / 25) ** 2))
    assert clique.clustering == pytest.approx(np.ones(6))
    assert clique.triangles.tolist() == [10] * 6


def test_padgetts_families_have_the_medici_as_their_broker() -> None:
    graph = nx.florentine_families_graph()
    names = list(graph)
    found = brokerage(ties_of(numbered(graph)))
    assert names[int(np.nanargmin(found.constraint))] == "Medici"
    assert names[int(np.nanargmax(found.effective_size))] == "Medici"


def test_the_unit_of_weights_does_not_matter_however_small_or_large() -> None:
    out = scattered(60, 400, seed=1)
    undirected = symmetrized(out, transposed(out))
    expected = brokerage(undirected)
    for factor in (np.float32(1e-36), np.float32(1e36)):
        scaled = Adjacency(undirected.offsets, undirected.neighbours, undirected.weights * factor)
        found = brokerage(scaled)
        assert np.allclose(found.constraint, expected.constraint, rtol=1e-5)
        assert np.allclose(found.effective_size, expected.effective_size, rtol=1e-5)


def test_members_keep_their_values_when_they_change_places() -> None:
    out = scattered(300, 4000, seed=2)
    undirected = symmetrized(out, transposed(out))
    place = np.random.default_rng(0).permutation(300).astype(np.uint32)
    rows = np.repeat(np.arange(300, dtype=np.uint32), undirected.degrees())
    before = brokerage(undirected)

    after = brokerage(from_pairs(300, place[rows], place[undirected.neighbours], undirected.weights))

    assert np.array_equal(after.triangles[place], before.triangles)
    assert np.allclose(after.constraint[place], before.constraint, rtol=1e-5)
    assert np.allclose(after.effective_size[place], before.effective_size, rtol=1e-5)


def test_values_are_the_same_to_the_bit_on_any_number_of_threads() -> None:
    out = scattered(300, 4000, seed=3)
    undirected = symmetrized(out, transposed(out))
    usual = brokerage(undirected)
    with on_one_thread():
        alone = brokerage(undirected)
    assert np.array_equal(usual.constraint, alone.constraint)
    assert np.array_equal(usual.effective_size, alone.effective_size)


def test_ties_in_one_direction_are_refused() -> None:
    with pytest.raises(ValueError, match="takes the undirected view"):
        brokerage(ties_of(nx.DiGraph([(0, 1), (1, 2), (2, 0)])))


def test_members_without_ties_have_no_structural_holes_and_nobody_has_none() -> None:
    alone, nobody = brokerage(ties_of(nx.empty_graph(2))), brokerage(ties_of(nx.empty_graph(0)))
    assert np.all(np.isnan(alone.constraint))
    assert np.all(np.isnan(alone.effective_size))
    assert alone.clustering.tolist() == alone.triangles.tolist() == [0, 0]
    assert nobody.triangles.shape == nobody.constraint.shape == nobody.effective_size.shape == (0,)
