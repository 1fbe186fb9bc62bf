"""Maximum coverage: lazy greed chooses what plain greed would, and is not fooled by the cheap."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.measures.coverage import cover, meeting
from graph.measures.reach import ReverseSets

SIZE = 7

Sets = list[set[int]]


def some_sets() -> st.SearchStrategy[Sets]:
    return st.lists(st.sets(st.integers(0, SIZE - 1), min_size=1), min_size=1, max_size=25)


def some_costs() -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from([0.5, 1.0, 2.0, 4.0]), min_size=SIZE, max_size=SIZE)


def arranged(sets: Sets) -> ReverseSets:
    offsets = np.concatenate([[0], np.cumsum([len(members) for members in sets])]).astype(np.int64)
    return ReverseSets(offsets, np.array([member for members in sets for member in members], np.uint32), None)


def plainly(sets: Sets, possible: set[int], k: int, costs: list[float], budget: float) -> list[int]:
    """Choose by counting everyone anew each time."""
    chosen: list[int] = []
    while len(chosen) < k:
        left = [members for members in sets if not members & set(chosen)]
        worth = {
            member: sum(member in members for members in left) / costs[member]
            for member in sorted(possible - set(chosen))
            if costs[member] <= budget
        }
        if not worth or max(worth.values()) == 0:
            break
        best = max(worth, key=lambda member: worth[member])
        chosen.append(best)
        budget -= costs[best]
    return chosen


def met(sets: Sets, chosen: list[int] | tuple[int, ...]) -> int:
    return sum(bool(members & set(chosen)) for members in sets)


@settings(deadline=None, max_examples=150)
@given(
    some_sets(), st.sets(st.integers(0, SIZE - 1)), st.integers(1, SIZE), some_costs(), st.sampled_from([0.5, 3.0, 9.0])
)
def test_what_is_chosen_is_what_plain_greed_chooses_or_the_best_alone(
    sets: Sets, possible: set[int], k: int, costs: list[float], budget: float
) -> None:
    candidates = np.isin(np.arange(SIZE), list(possible))

    found = cover(arranged(sets), candidates, k, np.array(costs), budget)

    greedy = plainly(sets, possible, k, costs, budget)
    alone = max((met(sets, [member]) for member in possible if costs[member] <= budget), default=0)
    assert found.covered == max(met(sets, greedy), alone)
    if met(sets, greedy) >= alone:
        assert found.members.tolist() == greedy
    assert np.array_equal(meeting(arranged(sets), found.members, SIZE).gains, found.gains)


@settings(deadline=None, max_examples=60)
@given(some_sets(), st.integers(1, 4))
def test_without_costs_it_is_at_least_one_minus_one_in_e_of_the_best(sets: Sets, k: int) -> None:
    found = cover(arranged(sets), np.ones(SIZE, np.bool_), k, np.ones(SIZE), np.inf)

    best = max(met(sets, chosen) for chosen in combinations(range(SIZE), k))
    assert found.covered >= (1 - 1 / np.e) * best


def test_a_cheap_member_does_not_keep_out_one_who_meets_nearly_everything() -> None:
    sets = [{0}, *({1} for _ in range(50))]
    costs = np.array([0.01, 10.0, 1, 1, 1, 1, 1])

    found = cover(arranged(sets), np.ones(SIZE, np.bool_), SIZE, costs, 10.0)

    assert found.members.tolist() == [1], "although the first is 20 times as good for the money, and both are too dear"
    assert found.gains.tolist() == [50]
