"""Tribes: as modular as they are known to be, each of them connected, and known by their names from run to run."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.graph.agreement import adjusted_mutual_information
from graph.adjacency import Adjacency, from_pairs, symmetrized, transposed
from graph.measures import leiden
from graph.measures.tribes import matched, modularity, tribes
from tests.graph.datasets import email, needs_email

LARGEST = 14


def arranged(graph: Any, *, weight: str | None = "weight") -> Adjacency:
    """Return a networkx graph's ties; nodes are placed in the order the graph has them."""
    place = {node: at for at, node in enumerate(graph)}
    ties = [(place[one], place[other], data.get(weight, 1)) for one, other, data in graph.edges(data=True)]
    return symmetric(len(place), ties)


def symmetric(size: int, ties: list[tuple[int, int, float]]) -> Adjacency:
    rows, columns, weights = zip(*ties, strict=True) if ties else ((), (), ())
    out = from_pairs(size, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))
    return symmetrized(out, transposed(out))


def as_networkx(adjacency: Adjacency) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(range(adjacency.size))
    for place in range(adjacency.size):
        for neighbour, weight in zip(*adjacency.row(place), strict=True):
            graph.add_edge(place, int(neighbour), weight=float(weight))
    return graph


def groups(labels: NDArray[Any]) -> list[set[int]]:
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]


def cliques(count: int, size: int) -> Adjacency:
    """Return cliques in a ring, each tied to the next by one tie."""
    return arranged(nx.ring_of_cliques(count, size))


@st.composite
def graphs(draw: st.DrawFn) -> Adjacency:
    size = draw(st.integers(1, LARGEST))
    place = st.integers(0, size - 1)
    tie = st.tuples(place, place, st.sampled_from([0.25, 1.0, 1.0, 8.0]))
    return symmetric(size, draw(st.lists(tie, max_size=3 * size)))


@st.composite
def grouped_graphs(draw: st.DrawFn) -> tuple[Adjacency, NDArray[np.int64]]:
    graph = draw(graphs())
    label = draw(st.sampled_from([st.just(-1), st.integers(-1, 4)]))
    labels = draw(st.lists(label, min_size=graph.size, max_size=graph.size))
    return graph, np.array(labels, np.int64)


resolutions = st.sampled_from([0.3, 1.0, 2.5])


@settings(deadline=None, max_examples=60)
@given(grouped_graphs(), resolutions)
def test_modularity_is_that_of_networkx(grouped: tuple[Adjacency, NDArray[np.int64]], resolution: float) -> None:
    graph, labels = grouped
    found = modularity(graph, labels, resolution=resolution)
    if not graph.ties:
        assert found == 0
        return
    expected = nx.community.modularity(as_networkx(graph), groups(labels), resolution=resolution)
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(graphs(), resolutions, st.integers(0, 2**16))
def test_ties_to_oneself_count_as_they_do_in_networkx(graph: Adjacency, resolution: float, seed: int) -> None:
    weights = np.random.default_rng(seed).choice([0.0, 0.5, 4.0], graph.size)
    whole = as_networkx(graph)
    whole.add_edges_from((place, place, {"weight": weight}) for place, weight in enumerate(weights.tolist()) if weight)

    found = tribes(graph, resolution=resolution, own=2 * weights)

    if whole.number_of_edges():
        expected = nx.community.modularity(whole, groups(found.labels), resolution=resolution)
        assert found.modularity == pytest.approx(expected, abs=1e-6)
        alone = nx.community.modularity(whole, [{place} for place in whole], resolution=resolution)
        assert expected >= alone - 1e-9
    with pytest.raises(ValueError, match="ties to oneself"):
        tribes(graph, own=np.ones(graph.size + 1))


@settings(deadline=None, max_examples=150)
@given(grouped_graphs(), resolutions, st.integers(0, 3))
def test_every_tribe_is_connected_wherever_it_began(
    grouped: tuple[Adjacency, NDArray[np.int64]], resolution: float, seed: int
) -> None:
    graph, before = grouped  # where all are in the tribe -1, they begin alone

    found = tribes(graph, resolution=resolution, seed=seed, start=before)

    whole = as_networkx(graph)
    for tribe in groups(found.labels):
        assert nx.is_connected(whole.subgraph(tribe))


@pytest.mark.parametrize("resolution", [0.5, 1.0, 20.0])
def test_tribes_of_a_larger_graph_are_connected_though_they_began_at_random(resolution: float) -> None:
    graph = nx.powerlaw_cluster_graph(2000, 3, 0.3, seed=1)
    before = np.random.default_rng(0).integers(0, 50, 2000)
    for start in (None, before):
        found = tribes(arranged(graph), resolution=resolution, start=start)
        assert all(nx.is_connected(graph.subgraph(tribe)) for tribe in groups(found.labels))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([1e-40, 1e-20, 1.0, 1e20])), max_size=40)
)
def test_ties_of_very_different_weight_leave_tribes_connected_too(ties: list[tuple[int, int, float]]) -> None:
    graph = symmetric(10, ties)
    found = tribes(graph)
    assert all(nx.is_connected(as_networkx(graph).subgraph(tribe)) for tribe in groups(found.labels))


@settings(deadline=None, max_examples=80)
@given(grouped_graphs(), resolutions)
def test_what_is_found_is_never_worse_than_what_it_began_with(
    grouped: tuple[Adjacency, NDArray[np.int64]], resolution: float
) -> None:
    graph, before = grouped
    found = tribes(graph, resolution=resolution, start=before, rounds=1)

    before[before < 0] = 5 + np.arange(np.count_nonzero(before < 0))  # each alone
    assert found.modularity == pytest.approx(modularity(graph, found.labels, resolution=resolution), abs=1e-12)
    assert found.modularity >= modularity(graph, before, resolution=resolution) - 1e-9


def test_going_on_from_what_was_found_never_loses_any_of_it() -> None:
    graph = arranged(nx.powerlaw_cluster_graph(2000, 3, 0.3, seed=1))
    found = tribes(graph, rounds=4)
    again = [tribes(graph, start=found.labels, rounds=1, seed=seed).modularity for seed in range(5)]
    assert min(again) >= found.modularity - 1e-12


@settings(deadline=None, max_examples=60)
@given(graphs(), resolutions)
def test_no_two_tribes_would_do_better_as_one(graph: Adjacency, resolution: float) -> None:
    found = tribes(graph, resolution=resolution)
    for one, other in combinations(np.unique(found.labels), 2):
        joined = np.where(found.labels == other, one, found.labels)
        assert modularity(graph, joined, resolution=resolution) <= found.modularity + 1e-7


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_tribes_are_numbered_by_size_and_then_by_their_first_members(graph: Adjacency) -> None:
    labels = tribes(graph).labels
    sizes = np.bincount(labels)
    keys = [(-sizes[label], int(np.argmax(labels == label))) for label in range(len(sizes))]
    assert keys == sorted(keys)


@settings(deadline=None, max_examples=40)
@given(graphs(), st.sampled_from([2.0**-20, 0.5, 2.0**20]), st.integers(0, 3))
def test_the_same_ties_give_the_same_tribes_on_whatever_scale_they_are_weighed(
    graph: Adjacency, scale: float, seed: int
) -> None:
    scaled = Adjacency(graph.offsets, graph.neighbours, graph.weights * np.float32(scale))
    found, again, other = tribes(graph, seed=seed), tribes(graph, seed=seed), tribes(scaled, seed=seed)
    assert np.array_equal(found.labels, again.labels)
    assert np.array_equal(found.labels, other.labels)
    assert found.modularity == pytest.approx(other.modularity, abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(30)))
def test_cliques_are_found_in_whatever_order_their_members_are(order: list[int]) -> None:
    shuffled = nx.Graph()
    shuffled.add_nodes_from(order)
    shuffled.add_edges_from(nx.ring_of_cliques(6, 5).edges)

    labels = tribes(arranged(shuffled)).labels

    found = [{order[place] for place in tribe} for tribe in groups(labels)]
    assert sorted(map(sorted, found)) == [list(range(first, first + 5)) for first in range(0, 30, 5)]


@pytest.mark.parametrize(
    ("graph", "best"),
    [
        # The largest modularity there is, by Brandes et al. (2008) and Aloise et al. (2010).
        (nx.karate_club_graph(), 0.4198),
        (nx.les_miserables_graph(), 0.5600),
    ],
    ids=["karate club", "les miserables"],
)
def test_the_best_known_tribes_of_classic_graphs_are_found(graph: Any, best: float) -> None:
    undirected = arranged(graph, weight=None)
    assert max(tribes(undirected, seed=seed, rounds=5).modularity for seed in range(10)) == pytest.approx(
        best, abs=1e-4
    )
    assert tribes(undirected).modularity > best - 0.01


@pytest.mark.parametrize(
    "graph",
    [
        nx.florentine_families_graph(),
        nx.davis_southern_women_graph(),
        nx.karate_club_graph(),
        nx.les_miserables_graph(),
    ],
    ids=["florentine families", "southern women", "weighted karate club", "weighted les miserables"],
)
def test_tribes_are_as_modular_as_the_communities_of_networkx(graph: Any) -> None:
    expected = max(
        nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed)) for seed in range(10)
    )
    found = max(tribes(arranged(graph), seed=seed, rounds=5).modularity for seed in range(10))
    assert found >= expected - 1e-6


def test_a_higher_resolution_finds_more_tribes() -> None:
    graph = arranged(nx.les_miserables_graph())
    few, many = tribes(graph, resolution=0.3), tribes(graph, resolution=3.0)
    assert few.labels.max() < tribes(graph).labels.max() < many.labels.max()


def test_a_tribe_is_parted_into_connected_subsets_that_do_better_than_everyone_alone() -> None:
    # given all of the karate club, and a clique that is not tied to it, as one tribe
    graph = arranged(nx.disjoint_union(nx.karate_club_graph(), nx.complete_graph(5)))
    level, labels = leiden.of_members(graph), np.zeros(graph.size, np.uint32)

    subsets = leiden._parted(level, labels, 1 / level.strengths.sum(), np.random.default_rng(0))

    found = groups(subsets)
    assert 1 < len(found) < graph.size
    assert all(nx.is_connected(as_networkx(graph).subgraph(subset)) for subset in found)
    assert modularity(graph, subsets) > modularity(graph, np.arange(graph.size))


def test_subsets_lie_within_tribes() -> None:
    graph = cliques(4, 6)
    level, labels = leiden.of_members(graph), (np.arange(24) % 2).astype(np.uint32)
    subsets = leiden._parted(level, labels, 1 / level.strengths.sum(), np.random.default_rng(0))
    assert all(len({place % 2 for place in subset}) == 1 for subset in groups(subsets))


@pytest.mark.parametrize(
    ("ties", "order", "expected"),
    [
        # 1 gains the most from 0, which has most of its ties outside of the tribe 0 to 3.
        ([(0, 1, 1.0), (1, 2, 0.6), (2, 3, 5.0), (0, 5, 9.0)], [1, 3, 0, 2, 4, 5], [{0}, {1, 2, 3}, {4}, {5}]),
        ([(0, 1, 1.0), (1, 2, 0.6), (2, 3, 5.0), (0, 5, 9.0)], [0, 1, 3, 2, 4, 5], [{0}, {1, 2, 3}, {4}, {5}]),
        # 1 gains the most from 0 and 4 together, of which nearly all ties are between the two: 0 alone would do.
        ([(0, 4, 5.0), (0, 1, 1.0), (1, 2, 0.6), (2, 3, 5.0)], [4, 1, 3, 0, 2, 5], [{0, 4}, {1, 2, 3}, {5}]),
        ([(0, 4, 5.0), (0, 1, 1.0), (1, 2, 0.6), (2, 3, 5.0)], [1, 4, 3, 0, 2, 5], [{0, 1, 4}, {2, 3}, {5}]),
    ],
)
def test_nobody_joins_a_subset_that_is_not_well_connected_to_its_tribe(
    ties: list[tuple[int, int, float]], order: list[int], expected: list[set[int]]
) -> None:
    level = leiden.of_members(symmetric(6, ties))
    labels = np.array([0, 0, 0, 0, 0, 1], np.uint32)
    wholes = np.bincount(labels, level.strengths, 6).astype(np.float64)
    draws = np.full(6, 0.5)

    subsets = leiden._part(level, labels, wholes, np.array(order, np.uint32), draws, 1 / level.strengths.sum())

    assert sorted(groups(subsets), key=min) == expected


def test_a_tribe_in_which_nobody_is_well_connected_is_parted_into_what_is_tied() -> None:
    graph = arranged(nx.path_graph(9))
    subsets = leiden._parted(
        leiden.of_members(graph), np.zeros(9, np.uint32), pull=100.0, random=np.random.default_rng(0)
    )
    found = groups(subsets)
    assert len(found) < 9
    assert all(nx.is_connected(as_networkx(graph).subgraph(subset)) for subset in found)


def test_subsets_that_gain_more_are_joined_more_often() -> None:
    draws = np.random.default_rng(0).random(2000)
    chosen = [leiden._drawn(np.array([0.0, 1.0, -0.5, 2.0]), draw, 1.0) for draw in draws]
    chances = np.bincount(chosen, minlength=5) / len(draws)
    expected = np.exp([0, 1, -np.inf, 2, 0]) / np.exp([0, 1, -np.inf, 2, 0]).sum()
    assert chances == pytest.approx(expected, abs=0.03)


def test_one_tribe_of_all_falls_apart_where_that_is_better() -> None:
    found = tribes(cliques(6, 5), start=np.zeros(30, np.int64))
    assert found.labels.tolist() == (np.arange(30) // 5).tolist()


def test_members_without_ties_are_a_tribe_each() -> None:
    graph = symmetric(5, [(1, 3, 1.0)])
    found = tribes(graph, start=np.zeros(5, np.int64))
    assert found.labels.tolist() == [1, 0, 2, 0, 3]


@pytest.mark.parametrize("size", [0, 3])
def test_where_there_are_no_ties_nobody_shares_a_tribe(size: int) -> None:
    found = tribes(symmetric(size, []))
    assert found.labels.tolist() == list(range(size))
    assert found.modularity == 0
    assert modularity(symmetric(size, []), found.labels) == 0


def test_who_is_new_joins_the_tribe_they_are_tied_to_and_the_others_stay() -> None:
    graph = cliques(5, 8)
    before = np.arange(40) // 8
    before[[0, 9]] = -1
    assert tribes(graph, start=before).labels.tolist() == (np.arange(40) // 8).tolist()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"resolution": 0.0}, "not above 0"),
        ({"resolution": float("nan")}, "not above 0"),
        ({"resolution": float("inf")}, "not above 0"),
        ({"rounds": 0}, "0 rounds"),
        ({"start": np.zeros(2, np.int64)}, "do not fit"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        tribes(symmetric(3, [(0, 1, 1.0)]), **arguments)


def test_weights_that_overflow_are_refused() -> None:
    with pytest.raises(ValueError, match="more than a float32 holds"):
        tribes(symmetric(3, [(0, 1, 3e38), (1, 2, 3e38)]))


def test_modularity_of_labels_for_others_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 3 members"):
        modularity(symmetric(3, []), np.zeros(4, np.int64))


@needs_email
def test_tribes_of_those_who_write_to_one_another_are_much_like_their_departments() -> None:
    out, departments = email()
    found = tribes(symmetrized(out, transposed(out)), rounds=5)
    assert adjusted_mutual_information(found.labels, departments) > 0.5


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.permutations(range(6)))
def test_tribes_that_stay_the_same_keep_their_names(before: list[int], renamed: list[int]) -> None:
    old = np.array(before, np.int64)
    new = np.array(renamed, np.int64)[old]
    assert matched(new, old).tolist() == before


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5)), max_size=30))
def test_naming_neither_joins_tribes_nor_parts_them(pairs: list[tuple[int, int]]) -> None:
    labels, before = np.array(pairs, np.int64).reshape(-1, 2).T
    names = matched(labels, before)
    assert len(set(zip(labels.tolist(), names.tolist(), strict=True))) == len(set(labels)) == len(set(names))
    assert np.all(names >= 0)


def test_the_largest_part_of_a_tribe_keeps_its_name() -> None:
    before = np.array([4] * 6 + [2] * 3)
    now = np.array([0] * 2 + [1] * 4 + [2] * 3)
    assert matched(now, before).tolist() == [5] * 2 + [4] * 4 + [2] * 3


def test_tribes_that_became_one_go_by_the_name_of_who_brought_more() -> None:
    before = np.array([1] * 2 + [0] * 3 + [7])
    assert matched(np.array([0] * 5 + [1]), before).tolist() == [0] * 5 + [7]


def test_a_tribe_of_new_members_gets_a_name_that_was_never_given() -> None:
    before, now = np.array([3, 3, -1, -1]), np.array([1, 1, 0, 0])
    assert matched(now, before).tolist() == [3, 3, 4, 4]
    assert matched(now, before, unused=10).tolist() == [3, 3, 10, 10]


def test_a_name_is_not_handed_on_for_a_small_share_of_a_tribe() -> None:
    # given a tribe of which one member is left among twenty who came
    before, now = np.array([0] + [-1] * 20), np.zeros(21, np.int64)
    assert set(matched(now, before)) == {1}
    assert set(matched(now, before, least=0.0)) == {0}


def test_names_of_equal_claim_go_to_the_smaller_label() -> None:
    assert matched(np.array([5, 5, 3, 3]), np.array([0, 0, 0, 0])).tolist() == [1, 1, 0, 0]


def test_names_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be matched"):
        matched(np.zeros(2, np.int64), np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="3 is used"):
        matched(np.zeros(1, np.int64), np.array([3]), unused=3)
