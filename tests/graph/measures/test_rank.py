"""Rank: the same scores as solving for them exactly, as networkx has, and as symmetry demands."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.adjacency import Adjacency, from_pairs, transposed
from graph.measures.rank import Ranking, pagerank, ranked, transitions
from tests.factories.ties import by_place, drawn_graphs, numbered, on_one_thread, scattered, ties_of


def rank(out: Adjacency, **options: Any) -> Ranking:
    return pagerank(out, transposed(out), **options)


def solved(out: Adjacency, teleport: NDArray[np.float64], damping: float) -> NDArray[np.float64]:
    """Solve the linear equations that the scores are defined by, as a dense matrix."""
    towards: NDArray[np.float64] = np.zeros((out.size, out.size))
    for place in range(out.size):
        neighbours, weights = out.row(place)
        if len(neighbours):
            towards[neighbours, place] = weights / weights.sum(dtype=np.float64)
        else:
            towards[:, place] = teleport
    return np.asarray(np.linalg.solve(np.eye(out.size) - damping * towards, (1 - damping) * teleport), np.float64)


@settings(deadline=None, max_examples=60)
@given(drawn_graphs(directed=True), st.randoms(use_true_random=False), st.sampled_from([0.0, 0.5, 0.85]))
def test_scores_solve_the_equation_they_are_defined_by(graph: Any, random: Any, damping: float) -> None:
    out = ties_of(graph)
    teleport = np.array([random.choice([0.0, 1.0, 7.0]) for _ in range(out.size)])
    if out.size and not teleport.any():
        teleport[0] = 1

    ranking = rank(out, teleport=teleport, damping=damping)

    assert ranking.converged
    if out.size:
        assert np.allclose(ranking.scores, solved(out, teleport / teleport.sum(), damping), rtol=0, atol=1e-8)
        assert ranking.scores.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "graph",
    [
        nx.karate_club_graph(),
        nx.les_miserables_graph(),
        nx.florentine_families_graph(),
        nx.scale_free_graph(80, seed=3),
    ],
    ids=["karate club", "les miserables", "florentine families", "scale-free"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classic_graphs_have_the_scores_of_networkx(graph: Any, dtype: Any) -> None:
    graph = numbered(nx.DiGraph(graph))

    ranking = rank(ties_of(graph), dtype=dtype, tolerance=1e-6 if dtype == np.float32 else 1e-9)

    # networkx.pagerank itself needs scipy; it stops at a change of n times its tolerance.
    reference = nx.algorithms.link_analysis.pagerank_alg._pagerank_python(graph, tol=1e-12, max_iter=500)
    assert ranking.scores.dtype == dtype
    assert np.allclose(ranking.scores, by_place(reference), rtol=0, atol=1e-6 if dtype == np.float32 else 1e-8)


def test_members_that_the_teleport_cannot_reach_have_no_score() -> None:
    out = ties_of(nx.DiGraph([(0, 1), (1, 0), (2, 3), (3, 2), (2, 0)]))
    scores = rank(out, teleport=[1, 0, 0, 0]).scores
    assert scores[2] == scores[3] == 0
    assert scores[0] > scores[1] > 0


def test_the_unit_of_weights_and_of_the_teleport_does_not_matter() -> None:
    out = scattered(200, 1500, seed=1)
    scaled = Adjacency(out.offsets, out.neighbours, out.weights * np.float32(1024))
    teleport = np.arange(200.0)
    expected = rank(out, teleport=teleport).scores
    assert np.allclose(rank(scaled, teleport=teleport * 1e300).scores, expected, rtol=1e-12)


def test_ties_that_have_all_but_faded_still_share_what_they_are_given() -> None:
    faint = np.float32(1e-44)
    out = from_pairs(3, np.array([0, 0], np.uint32), np.array([1, 2], np.uint32), np.array([faint, faint]))
    for dtype in (np.float32, np.float64):
        ranking = rank(out, dtype=dtype, tolerance=1e-6)
        assert ranking.scores[1] == ranking.scores[2] > ranking.scores[0] > 0


def test_members_keep_their_scores_when_they_change_places() -> None:
    out = scattered(200, 1500, seed=2)
    place = np.random.default_rng(0).permutation(200).astype(np.uint32)
    rows = np.repeat(np.arange(200, dtype=np.uint32), out.degrees())
    moved = from_pairs(200, place[rows], place[out.neighbours], out.weights)
    assert np.allclose(rank(moved).scores[place], rank(out).scores, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_warm_start_needs_clearly_fewer_iterations_after_a_few_ties_have_changed(dtype: Any) -> None:
    # given a graph and its scores
    tolerance = 1e-6
    out = scattered(20_000, 200_000, seed=3)
    before = rank(out, dtype=dtype, tolerance=tolerance / 10).scores
    # when one tie in ten thousand is added
    random = np.random.default_rng(4)
    rows = np.concatenate([np.repeat(np.arange(20_000), out.degrees()), random.integers(0, 20_000, 20)])
    columns = np.concatenate([out.neighbours, random.integers(0, 20_000, 20)])
    weights = np.concatenate([out.weights, np.ones(20, np.float32)])
    changed = from_pairs(20_000, rows.astype(np.uint32), columns.astype(np.uint32), weights)
    # then beginning from the old scores gets to the same new ones sooner
    cold = rank(changed, dtype=dtype, tolerance=tolerance)
    warm = rank(changed, dtype=dtype, tolerance=tolerance, start=before)
    assert warm.iterations <= cold.iterations * 2 / 3
    assert np.abs(warm.scores - cold.scores).sum() < 20 * tolerance


def test_transitions_serve_several_teleports_and_scores_are_the_same_to_the_bit_on_any_number_of_threads() -> None:
    out = scattered(5000, 40_000, seed=5)
    into = transposed(out)
    shared = transitions(out, into)
    for topic in (np.arange(5000) % 7 == 0, np.arange(5000) % 5 == 0):
        usual = ranked(shared, teleport=topic)
        with on_one_thread():
            alone = pagerank(out, into, teleport=topic)
        assert np.array_equal(usual.scores, alone.scores)


@settings(deadline=None, max_examples=30)
@given(drawn_graphs(directed=True, at_most=8), st.integers(0, 7))
def test_walkers_go_on_from_dead_ends_as_they_are_told(graph: Any, there: int) -> None:
    """As if those who attend to nobody attended to the one named, and nobody else."""
    if not len(graph):
        return
    there %= len(graph)
    ended = {place for place in graph if not graph[place]}
    dangling = np.arange(len(graph)) == there
    out = ties_of(graph)

    ranking = ranked(transitions(out, transposed(out)), dangling=dangling * 3.0, tolerance=1e-12)

    towards = np.zeros((len(graph), len(graph)))
    for place in range(len(graph)):
        neighbours, weights = out.row(place)
        towards[neighbours, place] = weights / weights.sum(dtype=np.float64)
    towards[there, sorted(ended)] = 1
    expected = np.linalg.solve(np.eye(len(graph)) - 0.85 * towards, np.full(len(graph), 0.15 / len(graph)))
    assert np.allclose(ranking.scores, expected, rtol=0, atol=1e-10)


def test_weights_may_be_given_as_a_float32_does_not_hold_them() -> None:
    graph = nx.DiGraph([(0, 1), (0, 2), (1, 0)])
    out = ties_of(graph)
    into = transposed(out)  # the ties 1 -> 0, 0 -> 1, 0 -> 2

    shares = transitions(out, into, exact=np.array([1.0, 0.1, 0.2])).shares

    assert shares.tolist() == pytest.approx([1, 1 / 3, 2 / 3], rel=1e-15)


def test_too_few_iterations_are_told() -> None:
    ranking = rank(scattered(100, 500, seed=6), iterations=2)
    assert not ranking.converged
    assert ranking.iterations == 2
    assert ranking.change > 1e-9
    assert ranking.scores.sum() == pytest.approx(1)


def test_a_graph_without_ties_and_one_without_members_are_ranked() -> None:
    assert np.array_equal(rank(ties_of(nx.empty_graph(4))).scores, np.full(4, 0.25))
    assert rank(ties_of(nx.empty_graph(4)), teleport=[0, 3, 1, 0]).scores.tolist() == [0, 0.75, 0.25, 0]
    nobody = rank(ties_of(nx.empty_graph(0)))
    assert nobody.converged
    assert nobody.scores.shape == (0,)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"teleport": [0, 0, 0]}, "teleport is zero everywhere"),
        ({"teleport": [1, -1, 1]}, "teleport is negative"),
        ({"teleport": [1, float("nan"), 1]}, "not a number"),
        ({"teleport": [1, float("inf"), 1]}, "infinite"),
        ({"teleport": [1, 1]}, "where there are 3 members"),
        ({"start": [1, 1, 1, 1]}, "start has the shape"),
        ({"damping": 1.0}, "damping"),
        ({"damping": float("nan")}, "damping"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"iterations": 0}, "iteration"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rank(ties_of(nx.path_graph(3)), **options)


def test_directions_of_different_graphs_are_refused() -> None:
    with pytest.raises(ValueError, match="not the same"):
        pagerank(ties_of(nx.path_graph(3)), ties_of(nx.path_graph(4)))
