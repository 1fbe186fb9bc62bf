"""Reach: reverse sets, forward cascades and all worlds of a small graph agree on who hears of it."""

from collections.abc import Iterator

import networkx as nx
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.measures.cascade import drawn, started
from graph.measures.reach import ReverseSets, expected_reach, sample, spread
from tests.graph.worlds import SIZE, Pairs, arranged, exactly, few_pairs, worlds

SETS = 20_000


def of_networkx(network: nx.Graph, seed: int) -> Adjacency:
    """Return a classic graph, each tie in both directions and with weights of its own."""
    places = {node: place for place, node in enumerate(network.nodes)}
    random = np.random.default_rng(seed)
    both = [(places[one], places[other]) for one, other in network.edges]
    pairs = [(row, column, float(random.exponential())) for row, column in [*both, *((b, a) for a, b in both)]]
    return arranged(pairs, len(places))


def each(sets: ReverseSets) -> Iterator[NDArray[np.uint32]]:
    for begin, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True):
        yield sets.members[begin:end]


def close(found: float, expected: float, most: float, count: int) -> bool:
    """Say whether a mean of so many numbers from 0 to `most` is within five standard deviations of what it should be."""
    variance = max(expected * (most - expected), most**2 / count) / count
    return bool(abs(found - expected) <= 5 * variance**0.5)


@settings(deadline=None, max_examples=25)
@given(few_pairs(), st.integers(0, 2**64), st.sampled_from([None, [1.0, 0, 2.5, 0, 1.0]]))
def test_reach_is_that_over_all_worlds(given_pairs: Pairs, seed: int, weights: list[float] | None) -> None:
    out = arranged(given_pairs)
    audience = None if weights is None else np.array(weights)
    own = np.ones(SIZE) if audience is None else audience

    sets = sample(out, SETS, audience=audience, seed=seed)
    reach = expected_reach(sets, SIZE)

    everything = worlds(out)
    for member in range(SIZE):
        expected = exactly(everything, [member], own)
        beside_themselves = reach.estimate[member] - own[member]
        assert close(beside_themselves, expected - own[member], own.sum(), SETS)
        assert own[member] <= reach.low[member] <= reach.estimate[member] <= reach.high[member] <= own.sum()
    together = sum(bool({0, 3} & set(members.tolist())) for members in each(sets)) * own.sum() / SETS
    assert close(together, exactly(everything, [0, 3], own), own.sum(), SETS), "of two together as well"
    forward = spread(out, np.array([3, 0, 3], np.uint32), SETS, audience=audience, seed=seed).value
    assert close(forward, exactly(everything, [0, 3], own), own.sum(), SETS), "and played forward"


def test_each_tie_is_live_with_its_share_and_independently_of_the_others() -> None:
    others = 300
    shares = np.random.default_rng(5).pareto(1.2, others) + 0.01
    shares /= shares.sum()
    out = arranged([(0, other + 1, float(share)) for other, share in enumerate(shares)], others + 1)
    first_only = np.zeros(others + 1)
    first_only[0] = 1

    sets = sample(out, SETS, audience=first_only, seed=11)

    live = np.zeros((SETS, others), np.bool_)
    for number, members in enumerate(each(sets)):
        assert members[0] == 0
        assert len(set(members.tolist())) == len(members)
        live[number, members[1:] - 1] = True
    assert np.all(np.abs(live.mean(axis=0) - shares) <= 5 * np.sqrt(np.maximum(shares, 1 / SETS) / SETS))
    largest = np.argsort(-shares)[:20]
    together = (live[:, largest].T.astype(np.float64) @ live[:, largest]) / SETS
    expected = np.outer(shares[largest], shares[largest])
    apart = ~np.eye(20, dtype=np.bool_)
    assert np.all(np.abs(together - expected)[apart] <= 5 * np.sqrt(np.maximum(expected, 1 / SETS) / SETS)[apart])


def test_the_only_one_attended_to_is_heard_for_certain() -> None:
    out = arranged([(place, place + 1, 0.1) for place in range(4)])

    reach = expected_reach(sample(out, SETS, seed=1), SIZE)

    assert np.allclose(reach.estimate, [1, 2, 3, 4, 5], atol=0.1)
    assert spread(out, np.array([4], np.uint32), 10, seed=1).value == SIZE


@pytest.mark.parametrize("network", [nx.karate_club_graph(), nx.florentine_families_graph(), nx.les_miserables_graph()])
def test_sets_foretell_what_forward_cascades_reach(network: nx.Graph) -> None:
    out = of_networkx(network, seed=3)

    reach = expected_reach(sample(out, SETS, seed=2), out.size)

    for member in np.argsort(-reach.estimate)[[0, 1, out.size // 2, -1]]:
        played = spread(out, np.array([member], np.uint32), 4000, seed=4)
        spare = 2 * (reach.high[member] - reach.low[member]) + 2 * (played.high - played.low)
        assert abs(played.value - reach.estimate[member]) <= spare


def test_bounds_hold_as_often_as_they_say() -> None:
    out = arranged([(0, 1, 1.0), (0, 2, 3.0), (1, 2, 1.0), (1, 3, 1.0), (3, 2, 2.0), (3, 4, 1.0)])
    expected = exactly(worlds(out), [2], np.ones(SIZE))

    held = 0
    for seed in range(300):
        reach = expected_reach(sample(out, 400, seed=seed), SIZE)
        held += bool(reach.low[2] <= expected <= reach.high[2])

    assert 0.9 * 300 <= held < 300


def test_no_two_cascades_draw_the_same_numbers() -> None:
    seen = set()
    for number in range(2000):
        state = started(np.uint64(7), number)
        for _ in range(5):
            state, found = drawn(np.uint64(state))
            assert 0 < found <= 1
            seen.add(found)

    assert len(seen) == 5 * 2000, "not even one after another, as cascades a stride apart would"


def test_neither_threads_nor_the_scale_of_weights_change_what_is_drawn() -> None:
    out = of_networkx(nx.les_miserables_graph(), seed=3)
    doubled = Adjacency(out.offsets, out.neighbours, out.weights * 2)
    seeds = np.array([0, 5], np.uint32)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone, played_alone = sample(out, 501, seed=9), spread(out, seeds, 501, seed=9)
    finally:
        numba.set_num_threads(threads)

    for again in (sample(out, 501, seed=9), sample(doubled, 501, seed=9)):
        assert np.array_equal(again.offsets, alone.offsets)
        assert np.array_equal(again.members, alone.members)
    assert spread(out, seeds, 501, seed=9) == played_alone
    more = sample(out, 700, seed=9)
    assert np.array_equal(more.members[: len(alone.members)], alone.members), "more sets begin with the same"
    assert not np.array_equal(sample(out, 501, seed=10).members, alone.members)


def test_a_community_of_nobody_and_members_without_ties() -> None:
    nobody, alone = arranged([], 0), arranged([], 3)

    assert len(expected_reach(sample(nobody, 10, seed=1), 0).estimate) == 0
    reach = expected_reach(sample(alone, 1000, seed=1), 3)
    assert reach.estimate.tolist() == reach.low.tolist() == [1, 1, 1]
    assert spread(alone, np.array([1, 2], np.uint32), 5, seed=1).value == 2
    assert spread(alone, np.zeros(0, np.uint32), 5, seed=1).value == 0


@pytest.mark.parametrize(
    ("count", "audience", "complaint"),
    [
        (0, None, "0 sets"),
        (10, [1.0], "the audience has 1"),
        (10, [1.0, -1.0, 0], "negative"),
        (10, [1.0, float("nan"), 0], "not a number"),
        (10, [1.0, float("inf"), 0], "infinite"),
        (10, [0.0, 0, 0], "nobody in the audience"),
    ],
)
def test_sets_that_make_no_sense_are_refused(count: int, audience: list[float] | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        sample(arranged([], 3), count, audience=None if audience is None else np.array(audience), seed=1)


@pytest.mark.parametrize(("seeds", "runs", "complaint"), [([0], 1, "1 runs"), ([3], 10, "a seed is another")])
def test_cascades_that_make_no_sense_are_refused(seeds: list[int], runs: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        spread(arranged([], 3), np.array(seeds, np.uint32), runs, seed=1)
