"""Budgets against another implementation, and by what rules of participatory budgeting promise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.budgeting import (
    RAISES,
    equal_shares_by_cost,
    equal_shares_by_number,
    greedy_budget,
    greedy_budget_by_scores,
)
from community.cocreation.rounds.rules.equal_shares import Purses, purchases
from community.cocreation.rounds.rules.estimated_shares import estimated_purchases
from community.cocreation.rounds.rules.groups import Groups
from community.cocreation.rounds.rules.outcomes import Lots, Outcome
from community.cocreation.rounds.rules.profiles import UNRATED, Approvals, approvals, ratings

GOLDEN = Path(__file__).parent / "golden" / "budgeting.json"
Rule = Callable[[Approvals, Sequence[int], int, Lots], Outcome]
RULES: tuple[Rule, ...] = (greedy_budget, equal_shares_by_cost, equal_shares_by_number)


def ballots(named: Iterable[Iterable[int]], options: int) -> Approvals:
    rows = [list(ballot) for ballot in named]
    approved = np.zeros((len(rows), options), bool)
    for row, ballot in enumerate(rows):
        approved[row, ballot] = True
    return approvals(approved)


rounds = st.integers(1, 5).flatmap(
    lambda options: st.tuples(
        st.lists(st.integers(0, 12), min_size=options, max_size=options),
        st.integers(0, 40),
        st.lists(st.sets(st.integers(0, options - 1)).map(tuple), min_size=1, max_size=7),
    )
)
Round = tuple[list[int], int, list[tuple[int, ...]]]


def test_the_greedy_rule_spends_all_on_the_majority_and_equal_shares_do_not() -> None:
    # 60 want three options that cost 30 each, 40 want two others; 100 can be spent.
    named = [(0, 1, 2)] * 60 + [(3, 4)] * 40
    costs = [30, 30, 30, 20, 20]

    majority = greedy_budget(ballots(named, 5), costs, 100, Lots("city", 5))
    shared = equal_shares_by_cost(ballots(named, 5), costs, 100, Lots("city", 5))

    assert set(majority.winners) == {0, 1, 2}
    assert [step.options for step in majority.steps if step.what == "skipped"] == [(3,), (4,)]
    assert len({0, 1, 2}.intersection(shared.winners)) == 2
    assert {3, 4} <= set(shared.winners)


def test_what_an_option_is_worth_decides_what_comes_first() -> None:
    # 8 voters want an option that costs 8, and they and a ninth one that costs 12. For each that is 1 or 4/3 in money, and
    # 1/8 or 1/9 for what it is worth.
    named = [(0, 1)] * 8 + [(1,), ()]
    costs = [8, 12]

    by_cost = equal_shares_by_cost(ballots(named, 2), costs, 20, Lots("worth", 2))
    by_number = equal_shares_by_number(ballots(named, 2), costs, 20, Lots("worth", 2))

    assert by_cost.winners[0] == 1
    assert by_number.winners[0] == 0
    assert next(step.tally for step in by_cost.steps if step.what == "funded") == (None, Fraction(1, 9))
    assert next(step.tally for step in by_number.steps if step.what == "funded") == (Fraction(1), None)


def test_who_has_less_than_the_price_gives_all() -> None:
    # Each of 4 has 5. All pay 3 for the first, and have 2 left, so the second costs 2 for who paid, and 5 for the fifth.
    given = ballots([(0,), (0,), (0, 1), (1,)], 2)
    purses = Purses(Groups(given), Fraction(5))

    assert purses.price(0, 9) == 3
    purses.pay(0, Fraction(3))
    assert (purses.money, purses.units) == ([2, 5], 1)
    assert purses.price(1, 6) == 4
    assert purses.price(1, 7) == 5
    assert purses.price(1, 8) is None


def test_shares_are_raised_until_nothing_else_fits() -> None:
    # Each of 3 has 3, and the two of 0 only have 6 of 7 together; raised by 1 they have 8.
    found = equal_shares_by_cost(ballots([(0,), (0,), (1,)], 2), [7, 9], 9, Lots("raise", 2))

    assert found.winners == (0,)
    assert found.steps[0].what == "raised"
    assert found.steps[0].tally == (Fraction(4), Fraction(4))


def test_shares_are_not_raised_without_end() -> None:
    # The one who wants it has a million of a million and a half, and would have it after 500,000 raises.
    found = equal_shares_by_cost(ballots([(0,), ()], 1), [1_500_000], 2_000_000, Lots("end", 1))

    assert found.winners == (0,)
    assert [step.what for step in found.steps] == ["raised", "completed"]
    assert found.steps[0].tally == (1_000_000 + RAISES,)


def test_shares_may_be_raised_by_more_at_once() -> None:
    # As above in coins of which 100 are 1: raised by 40 twice each has 380, and 760 are enough for 700.
    given = ballots([(0,), (0,), (1,)], 2)

    found = equal_shares_by_cost(given, [700, 900], 900, Lots("raise", 2), raise_by=40)

    assert found.winners == (0,)
    assert found.steps[0].tally[0] == 380


def test_purchases_before_overspending_stand_and_the_rest_goes_greedily() -> None:
    # Each of 2 has 5; both options cost 6. Raised to 6 both would be bought for 12 of 10, so none is, and one is paid for
    # greedily.
    found = equal_shares_by_number(ballots([(0,), (1,)], 2), [6, 6], 10, Lots("over", 2))

    assert found.winners == (Lots("over", 2).order[0],)
    assert [step.what for step in found.steps] == ["completed", "skipped"]
    assert [tie.between for tie in found.ties] == [(0, 1)]


@pytest.mark.parametrize("name", ["greedy", "cost", "number"])
def test_another_implementation_pays_for_the_same(name: str) -> None:
    # Option `lots.order[j]` stands for the other's option j, which takes the lowest number of those that are level.
    rule = dict(zip(("greedy", "cost", "number"), RULES, strict=True))[name]
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))
    for case in cases:
        options = len(case["costs"])
        lots = Lots("golden", options)
        costs = [case["costs"][lots.place(option)] for option in range(options)]
        given = ballots(
            ([option for place, option in enumerate(lots.order) if mask >> place & 1] for mask in case["ballots"]),
            options,
        )

        found = rule(given, costs, case["budget"], lots)

        mask = sum(1 << lots.place(winner) for winner in found.winners)
        if name == "greedy":
            assert mask == case["greedy"], case
            continue
        worth = costs if name == "cost" else [1] * options
        share = Fraction(case["budget"], len(case["ballots"]))
        plain = purchases(Purses(Groups(given), share), costs, worth, Lots("golden", options))
        raised = [step.options[0] for step in found.steps if step.what == "funded"]
        assert sum(1 << lots.place(purchase.option) for purchase in plain) == case[name][0], case
        assert sum(1 << lots.place(option) for option in raised) == case[name][1], case
        assert mask == case[name][2], case
    assert len(cases) == 2000


@settings(deadline=None)
@given(rounds)
def test_a_budget_is_never_overspent_and_nothing_else_fits(given: Round) -> None:
    costs, budget, named = given
    wanted = set().union(*map(set, named))
    for rule in RULES:
        found = rule(ballots(named, len(costs)), costs, budget, Lots("fit", len(costs))).winners
        left = budget - sum(costs[option] for option in found)
        assert left >= 0
        assert len(set(found)) == len(found)
        assert set(found) <= wanted, "what nobody wants is not paid for"
        assert all(costs[option] > left for option in wanted - set(found)), rule


@settings(deadline=None)
@given(rounds, st.randoms(use_true_random=False))
def test_nobody_is_asked_who_cast_what(given: Round, random: Random) -> None:
    costs, budget, named = given
    other = list(named)
    random.shuffle(other)
    for rule in RULES:
        first = rule(ballots(named, len(costs)), costs, budget, Lots("alike", len(costs)))
        assert first == rule(ballots(other, len(costs)), costs, budget, Lots("alike", len(costs)))


@settings(deadline=None)
@given(rounds, st.data())
def test_options_are_alike_but_for_the_lot(given: Round, data: st.DataObject) -> None:
    costs, budget, named = given
    order = data.draw(st.permutations(range(len(costs))))
    moved = [costs[order.index(option)] for option in range(len(costs))]
    other = ballots([[order[option] for option in ballot] for ballot in named], len(costs))

    found = greedy_budget(ballots(named, len(costs)), costs, budget, Lots("alike", len(costs)))
    if not found.ties:
        again = greedy_budget(other, moved, budget, Lots("alike", len(costs)))
        assert again.winners == tuple(order[winner] for winner in found.winners)

    share, lots = Fraction(budget, len(named)), Lots("alike", len(costs))
    bought = purchases(Purses(Groups(ballots(named, len(costs))), share), costs, costs, lots)
    if not lots.ties:
        again_bought = purchases(Purses(Groups(other), share), moved, moved, Lots("alike", len(costs)))
        assert [purchase.option for purchase in again_bought] == [order[purchase.option] for purchase in bought]


@settings(deadline=None)
@given(rounds)
def test_no_supporter_pays_more_than_their_share_and_all_pay_alike(given: Round) -> None:
    # What is bought by shares is paid for: a count with a purse for each ballot, as the definition says.
    costs, budget, named = given
    options, share = len(costs), Fraction(budget, len(named))
    for worth in (costs, [1] * options):
        found = purchases(Purses(Groups(ballots(named, options)), share), costs, worth, Lots("pay", options))

        purses = [share] * len(named)
        for number, purchase in enumerate(found):
            bought = {earlier.option for earlier in found[:number]}
            rates = {}
            for option in set(range(options)) - bought:
                price = _price([purses[v] for v, ballot in enumerate(named) if option in ballot], costs[option])
                if price is not None:
                    rates[option] = price / worth[option] if worth[option] else Fraction(0)
            assert rates[purchase.option] == min(rates.values())
            for voter, ballot in enumerate(named):
                if purchase.option in ballot:
                    purses[voter] -= min(purses[voter], purchase.price)
        bought = {purchase.option for purchase in found}
        for option in set(range(options)) - bought:
            assert _price([purses[v] for v, ballot in enumerate(named) if option in ballot], costs[option]) is None


def _price(purses: list[Fraction], cost: int) -> Fraction | None:
    """Return the least price at which the purses pay the cost, which is where some are empty and the rest pay alike."""
    candidates = [
        Fraction(cost - sum(poor), len(purses) - len(poor))
        for amount in range(len(purses))
        for poor in [sorted(purses)[:amount]]
    ]
    paid = [price for price in candidates if sum(min(purse, price) for purse in purses) == cost]
    return min(paid, default=None)


@settings(deadline=None)
@given(rounds)
def test_floats_find_what_fractions_do_or_say_that_they_do_not_tell(given: Round) -> None:
    costs, budget, named = given
    groups, share = Groups(ballots(named, len(costs))), Fraction(budget, len(named))
    for worth in (costs, [1] * len(costs)):
        lots = Lots("floats", len(costs))
        exact = [purchase.option for purchase in purchases(Purses(groups, share), costs, worth, lots)]
        found = estimated_purchases(groups, share, costs, worth)
        assert found in (None, exact)
        assert not (lots.ties and found), "a tie is never for floats to break"


@pytest.mark.parametrize("budget", [3_000, 50_000, 600_000])
def test_of_a_city_floats_find_all(budget: int) -> None:
    generator = np.random.default_rng(budget)
    given = approvals(generator.random((800, 25)) < generator.uniform(0.02, 0.4, 25))
    costs: list[int] = generator.integers(budget // 200, budget // 5, 25).tolist()
    groups, share = Groups(given), Fraction(budget, 800)
    for worth in (costs, [1] * 25):
        exact = purchases(Purses(groups, share), costs, worth, Lots("city", 25))
        assert estimated_purchases(groups, share, costs, worth) == [purchase.option for purchase in exact]
        assert len(exact) > 3


@settings(deadline=None)
@given(rounds)
def test_equal_shares_by_number_represent_every_group_by_its_money(given: Round) -> None:
    # Extended justified representation (Peters, Pierczynski, Skowron 2021): whoever can pay for T with their shares, and
    # all want all of T, has a member with as many funded as T has.
    costs, budget, named = given
    options = len(costs)
    found = purchases(
        Purses(Groups(ballots(named, options)), Fraction(budget, len(named))),
        costs,
        [1] * options,
        Lots("ejr", options),
    )
    funded = {purchase.option for purchase in found}
    for size in range(1, options + 1):
        for common in combinations(range(options), size):
            short = [
                ballot for ballot in named if set(common) <= set(ballot) and len(funded.intersection(ballot)) < size
            ]
            enough = len(short) * budget >= sum(costs[option] for option in common) * len(named)
            assert not (short and enough), common


@settings(deadline=None)
@given(rounds)
def test_costs_and_budget_in_a_smaller_unit_fund_the_same_by_plain_shares(given: Round) -> None:
    costs, budget, named = given
    options = len(costs)
    found = [
        [
            purchase.option
            for purchase in purchases(
                Purses(Groups(ballots(named, options)), Fraction(budget * unit, len(named))),
                [cost * unit for cost in costs],
                [1] * options,
                Lots("unit", options),
            )
        ]
        for unit in (1, 100)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("rule", RULES)
def test_without_ballots_or_options_nothing_is_paid_for(rule: Rule) -> None:
    assert rule(approvals(np.zeros((0, 2), bool)), [1, 1], 5, Lots("none", 2)).winners == ()
    assert rule(approvals(np.zeros((3, 0), bool)), [], 5, Lots("none", 0)).winners == ()
    assert rule(approvals(np.ones((3, 1), bool)), [5], 5, Lots("none", 1)).winners == (0,)
    assert rule(approvals(np.ones((3, 1), bool)), [6], 5, Lots("none", 1)).winners == ()
    assert rule(approvals(np.ones((3, 1), bool)), [0], 0, Lots("none", 1)).winners == (0,)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("costs", "budget", "wrong"),
    [([1], 5, "1 costs for 2 options"), ([1, -2], 5, "option 1 costs less than nothing"), ([1, 1], -1, "budget")],
)
def test_costs_that_make_no_sense_are_refused(rule: Rule, costs: list[int], budget: int, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        rule(approvals(np.ones((1, 2), bool)), costs, budget, Lots("bad", 2))


def test_costs_of_an_array_do_not_overflow() -> None:
    named = [(0, 1), (0, 1), (1, 2), (2,), (0,)]
    costs = np.array([3, 2, 4]) * 10**17

    for rule in RULES:
        found = rule(ballots(named, 3), costs.tolist(), 7 * 10**17, Lots("array", 3))
        assert rule(ballots(named, 3), costs, 7 * 10**17, Lots("array", 3)) == found  # type: ignore[arg-type]


def test_shares_are_not_raised_by_nothing() -> None:
    with pytest.raises(ValueError, match="raised by 1 at least"):
        equal_shares_by_cost(approvals(np.ones((1, 1), bool)), [1], 1, Lots("bad", 1), raise_by=0)


def test_points_decide_who_is_paid_for_first() -> None:
    # Named by fewer, b has more points; c has as many as it loses.
    scores = ratings(np.array([[1, 5, 2], [1, 0, -2], [1, UNRATED, 0]], np.int16), np.array([1, 1, 1], np.int64))

    outcome = greedy_budget_by_scores(scores, [60, 50, 10], 100, Lots("seed", 3))

    assert outcome.winners == (1,)
    assert outcome.steps[0].tally == (3, 5, 0)
    assert [step.what for step in outcome.steps] == ["counted", "funded", "skipped"]


def test_points_of_one_are_approvals() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        named = rng.random((20, 6)) < 0.4
        costs = rng.integers(1, 50, 6).tolist()
        by_approvals = greedy_budget(approvals(named), costs, 80, Lots("seed", 6))
        by_scores = greedy_budget_by_scores(ratings(named.astype(np.int16)), costs, 80, Lots("seed", 6))
        assert by_scores.winners == by_approvals.winners
        assert by_scores.ties == by_approvals.ties
