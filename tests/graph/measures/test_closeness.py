"""Closeness: exact as networkx has it, and estimated within the error that is promised."""

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graph.adjacency import symmetrized, transposed
from graph.measures.closeness import harmonic, harmonic_exact
from tests.factories.ties import by_place, drawn_graphs, numbered, on_one_thread, scattered, ties_of


@settings(deadline=None, max_examples=80)
@given(drawn_graphs(directed=True))
def test_exact_closeness_is_that_of_networkx(graph: Any) -> None:
    exact = harmonic_exact(transposed(ties_of(graph)))
    assert np.allclose(exact, by_place(nx.harmonic_centrality(graph)), rtol=1e-12)


@pytest.mark.parametrize(
    "graph",
    [
        nx.karate_club_graph(),
        nx.florentine_families_graph(),
        nx.davis_southern_women_graph(),
        nx.les_miserables_graph(),
    ],
    ids=["karate club", "florentine families", "davis", "les miserables"],
)
def test_classic_graphs_have_the_closeness_of_networkx_and_estimates_near_it(graph: Any) -> None:
    graph = numbered(graph)
    ties = ties_of(graph)

    exact, estimated = harmonic_exact(ties), harmonic(ties, registers_log2=12)

    assert np.allclose(exact, by_place(nx.harmonic_centrality(graph)), rtol=1e-12)
    assert np.allclose(estimated, exact, rtol=0.08)


@pytest.mark.parametrize(("registers_log2", "promised"), [(4, 0.28), (6, 0.13), (8, 0.066)])
@pytest.mark.parametrize("ties", [1_300, 7_000])
def test_estimates_err_no_more_than_is_promised_and_not_to_one_side(
    registers_log2: int, promised: float, ties: int
) -> None:
    # given few ties, so that ways are long and many are not reached, or more
    into = transposed(scattered(1000, ties, seed=1))
    exact = harmonic_exact(into)
    # when estimated with many seeds
    errors = np.array(
        [(harmonic(into, registers_log2=registers_log2, seed=seed) - exact) / (exact + 1) for seed in range(100)]
    )
    # then they err as promised, and too much about as often as too little
    assert math.sqrt(np.mean(errors**2)) < promised
    assert abs(errors.mean()) < promised / 3


def test_estimates_put_members_in_nearly_the_exact_order() -> None:
    into = transposed(scattered(3000, 20_000, seed=2))
    exact, estimated = harmonic_exact(into), harmonic(into)
    ranks = np.array([np.argsort(np.argsort(values)) for values in (exact, estimated)])
    assert np.asarray(np.corrcoef(ranks))[0, 1] > 0.95


def test_direct_ties_are_counted_exactly() -> None:
    star = harmonic(transposed(ties_of(nx.DiGraph([(leaf, 0) for leaf in range(1, 500)]))))
    assert star.tolist() == [499] + [0] * 499


def test_the_same_seed_gives_the_same_estimates_on_any_number_of_threads_and_another_gives_others() -> None:
    into = transposed(scattered(1000, 5000, seed=3))
    with on_one_thread():
        alone = harmonic(into, seed=7)
    assert np.array_equal(harmonic(into, seed=7), alone)
    assert not np.array_equal(harmonic(into, seed=7), harmonic(into, seed=-8))


def test_who_is_farther_away_than_the_farthest_does_not_count() -> None:
    chain = transposed(ties_of(nx.path_graph(5000, create_using=nx.DiGraph)))
    near = harmonic(chain, registers_log2=10, farthest=3)
    assert near[:2].tolist() == [0, 1]
    assert near[3:].mean() == pytest.approx(1 + 1 / 2 + 1 / 3, rel=0.02)
    assert harmonic(chain, farthest=1).tolist() == [0] + [1] * 4999


def test_ties_in_both_directions_may_be_given() -> None:
    out = scattered(300, 2000, seed=4)
    undirected = symmetrized(out, transposed(out))
    graph = nx.Graph()
    graph.add_nodes_from(range(300))
    graph.add_edges_from(zip(np.repeat(np.arange(300), out.degrees()).tolist(), out.neighbours.tolist(), strict=True))
    assert np.allclose(harmonic_exact(undirected), by_place(nx.harmonic_centrality(graph)), rtol=1e-12)


def test_of_some_members_closeness_is_what_it_is_of_all() -> None:
    into = transposed(scattered(300, 2000, seed=5))
    some = np.array([7, 299, 7, 0], np.uint32)

    assert np.array_equal(harmonic_exact(into, some), harmonic_exact(into)[some])
    assert harmonic_exact(into, some[:0]).shape == (0,)
    for size in (0, 3):
        with pytest.raises(ValueError, match=f"there are {size} members"):
            harmonic_exact(ties_of(nx.empty_graph(size)), np.array([size], np.uint32))


@pytest.mark.parametrize("measure", [harmonic, harmonic_exact])
def test_nobody_is_close_without_ties(measure: Any) -> None:
    assert measure(ties_of(nx.empty_graph(3))).tolist() == [0, 0, 0]
    assert measure(ties_of(nx.empty_graph(0))).shape == (0,)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"registers_log2": 3}, "registers_log2"),
        ({"registers_log2": 13}, "registers_log2"),
        ({"farthest": 0}, "at least one step"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        harmonic(ties_of(nx.path_graph(3)), **options)
