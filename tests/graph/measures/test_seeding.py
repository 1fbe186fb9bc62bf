"""Seeding: the members who together reach the most, within what may be chosen and spent."""

import math
from itertools import combinations
from typing import Any

import networkx as nx
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.adjacency import Adjacency
from graph.measures import seeding
from graph.measures.coverage import Covering
from graph.measures.reach import ReverseSets, spread
from graph.measures.seeding import GREEDY, plan
from tests.graph.attacks import honest
from tests.graph.worlds import SIZE, Pairs, arranged, exactly, few_pairs, worlds


def of_networkx(network: nx.Graph) -> Adjacency:
    places = {node: place for place, node in enumerate(network.nodes)}
    both = [(places[one], places[other], 1.0) for one, other in network.edges]
    return arranged([*both, *((other, one, weight) for one, other, weight in both)], len(places))


def stars(*sizes: int) -> Adjacency:
    """Return stars whose leaves attend to their centre alone; the centres come first."""
    leaf, pairs = len(sizes), []
    for centre, size in enumerate(sizes):
        pairs += [(leaf + each, centre, 1.0) for each in range(size)]
        leaf += size
    return arranged(pairs, leaf)


@settings(deadline=None, max_examples=15)
@given(few_pairs(), st.integers(1, 3), st.sampled_from([None, [1.0, 0, 2.5, 0, 1.0]]))
def test_a_plan_reaches_what_is_guaranteed_of_what_the_best_does(
    given_pairs: Pairs, k: int, weights: list[float] | None
) -> None:
    out = arranged(given_pairs)
    audience = None if weights is None else np.array(weights)
    own = np.ones(SIZE) if audience is None else audience

    found = plan(out, k, audience=audience, seed=1)

    everything = worlds(out)
    best = max(exactly(everything, list(seeds), own) for seeds in combinations(range(SIZE), k))
    reached = exactly(everything, found.members.tolist(), own)
    assert reached >= 0.95 * best, "far more than is guaranteed"
    assert reached >= found.guarantee * best - 1e-9
    assert found.guarantee >= 1 - 1 / math.e - 0.2
    assert abs(found.total.value - reached) <= 2 * (found.total.high - found.total.low) + 0.01
    assert math.isclose(found.gains.sum(), found.total.value)


def test_the_centres_of_the_largest_stars_are_chosen_in_order() -> None:
    found = plan(stars(5, 40, 3, 20), 3, seed=1)

    assert found.members.tolist() == [1, 3, 0]
    assert np.allclose(found.gains, [41, 21, 6], rtol=0.1)
    assert found.total.low <= 68 <= found.total.high
    assert found.chosen == GREEDY


def test_nobody_is_chosen_who_adds_nothing() -> None:
    ring = arranged([(place, (place + 1) % SIZE, 1.0) for place in range(SIZE)])

    found = plan(ring, 3, seed=1)

    assert len(found.members) == 1, "each reaches everyone"
    assert found.total.value == SIZE


def test_forward_cascades_confirm_what_a_plan_says_it_reaches() -> None:
    out = of_networkx(nx.davis_southern_women_graph())

    found = plan(out, 3, seed=1)

    played = spread(out, found.members, 4000, seed=2)
    assert abs(found.total.value - played.value) <= (found.total.high - found.total.low) + (played.high - played.low)


def test_a_plan_for_a_segment_is_judged_by_the_segment() -> None:
    out = stars(40, 20, 10)
    segment = np.zeros(out.size)
    segment[43:63] = 1  # the leaves of the second star

    found = plan(out, 1, audience=segment, seed=1)

    assert found.members.tolist() == [1]
    assert found.total.value == 20


def test_only_candidates_are_chosen_and_no_more_is_spent_than_there_is() -> None:
    out = stars(40, 20, 10, 5)
    candidates = np.ones(out.size, np.bool_)
    candidates[0] = False
    costs = np.ones(out.size)
    costs[:4] = [1, 7, 3, 1]

    limited = plan(out, 2, candidates=candidates, seed=1)
    paid = plan(out, 30, candidates=candidates, costs=costs, budget=4.0, seed=1)

    assert limited.members.tolist() == [1, 2]
    assert paid.members.tolist() == [3, 2]
    assert costs[paid.members].sum() <= 4


def test_what_is_guaranteed_with_costs_depends_on_what_ends_the_choice() -> None:
    out, costs = stars(40, 20, 10), np.full(73, 2.0)

    by_budget = plan(out, 10, costs=costs, budget=5.0, seed=1)
    by_number = plan(out, 2, costs=costs, budget=50.0, seed=1)

    assert by_budget.members.tolist() == by_number.members.tolist() == [0, 1]
    assert (1 - 1 / math.e) / 2 - 0.2 <= by_budget.guarantee <= 1
    assert by_number.guarantee == 0


def test_alternatives_are_compared_and_the_best_choice_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    out = stars(40, 20, 10)
    alternatives = {"best": np.array([0, 1, 2]), "worst": np.array([72, 71, 70])}
    honestly = plan(out, 2, alternatives=alternatives, seed=1)

    def badly(sets: ReverseSets, *_: Any) -> Covering:
        return Covering(np.array([60, 61]), np.array([sets.count // 4] * 2))

    monkeypatch.setattr(seeding, "cover", badly)
    misled = plan(out, 2, alternatives=alternatives, seed=1)

    assert honestly.chosen == GREEDY
    assert honestly.compared["best"] == honestly.compared[GREEDY] == honestly.total
    assert honestly.compared["worst"].high < honestly.total.low
    assert misled.chosen == "best"
    assert misled.members.tolist() == [0, 1]
    assert misled.total == misled.compared["best"]
    assert misled.compared[GREEDY].value < misled.total.value


def test_a_plan_is_no_worse_than_cheap_choices_in_a_community() -> None:
    ties = honest(2000, seed=3)
    by_attention = np.argsort(-ties.received(), kind="stable")

    found = plan(ties.arranged(), 20, alternatives={"most attended to": by_attention}, seed=1)

    assert len(found.members) == len(set(found.members.tolist())) == 20
    assert found.total.value >= found.compared["most attended to"].value
    assert found.total.high - found.total.low <= 0.03 * found.total.value
    assert 1 - 1 / math.e - 0.2 < found.guarantee < 1 - 1 / math.e, "the sets have proved more than was certain"


def test_the_same_plan_comes_of_any_number_of_threads() -> None:
    out = of_networkx(nx.les_miserables_graph())
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = plan(out, 4, seed=5)
    finally:
        numba.set_num_threads(threads)

    again = plan(out, 4, seed=5)

    assert again.members.tolist() == alone.members.tolist()
    assert again.gains.tolist() == alone.gains.tolist()
    assert again.sets == alone.sets


def test_where_there_is_no_room_for_enough_sets_less_is_guaranteed(monkeypatch: pytest.MonkeyPatch) -> None:
    out = of_networkx(nx.karate_club_graph())
    amply = plan(out, 3, seed=1)

    monkeypatch.setattr(seeding, "_MOST_MEMBERS", 5000)
    scantly = plan(out, 3, seed=1)

    assert scantly.sets < amply.sets
    assert scantly.guarantee < amply.guarantee
    assert scantly.total.value > 0.9 * amply.total.value


def test_where_nobody_may_be_chosen_nobody_is() -> None:
    out = stars(3)
    nobody = plan(arranged([], 0), 3, alternatives={"any": np.array([], np.int64)}, seed=1)
    unwanted = plan(out, 3, candidates=np.zeros(4, np.bool_), seed=1)
    unpaid = plan(out, 3, costs=np.ones(4), budget=0.5, alternatives={"any": np.array([0, 1])}, seed=1)

    for found in (nobody, unwanted, unpaid):
        assert len(found.members) == len(found.gains) == 0
        assert found.total.value == 0
    assert unpaid.compared["any"].value == 0


def test_candidates_who_reach_none_of_the_audience_are_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "_MOST_MEMBERS", 100_000)  # it draws on until there is no more room
    out = stars(10, 10)
    audience = np.zeros(out.size)
    audience[2:12] = 1
    second_only = np.arange(out.size) == 1

    found = plan(out, 1, audience=audience, candidates=second_only, seed=1)

    assert len(found.members) == 0
    assert found.guarantee == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"k": 0}, "a plan of 0"),
        ({"epsilon": 0.0}, "epsilon is 0"),
        ({"epsilon": 1.0}, "epsilon is 1"),
        ({"audience": np.ones(2)}, "the audience has 2"),
        ({"candidates": np.ones(2, np.bool_)}, "candidates are told from 2"),
        ({"costs": np.ones(4)}, "come together"),
        ({"budget": 1.0}, "come together"),
        ({"costs": np.zeros(4), "budget": 1.0}, "above 0"),
        ({"costs": np.ones(3), "budget": 1.0}, "not 4 numbers"),
        ({"costs": np.ones(4), "budget": -1.0}, "cannot be spent"),
        ({"costs": np.ones(4), "budget": math.inf}, "cannot be spent"),
        ({"alternatives": {"far": np.array([4])}}, "the alternative far"),
        ({"alternatives": {"below": np.array([-1])}}, "the alternative below"),
        ({"alternatives": {GREEDY: np.array([1])}}, "cannot be called"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        plan(stars(3), **{"k": 2, "seed": 1, **arguments})
