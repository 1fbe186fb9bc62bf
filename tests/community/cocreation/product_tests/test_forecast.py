"""Pieces that will be bought, and how a forecast is scored: closed forms and laws."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.product_tests.forecasting import Sale
from community.cocreation.product_tests.models.conversion import Conversion, Floats
from community.cocreation.product_tests.models.forecast import (
    LEVELS,
    Signals,
    draw_demand,
    draw_shares,
    pieces_each,
    quantiles,
    raw_rate,
)
from community.cocreation.product_tests.models.scores import crps_of_draws, crps_of_quantiles, pinball
from community.cocreation.product_tests.reckoning import Fact, Past, reckoned

EVERYBODY = Conversion(*(np.array([value]) for value in (1e-9, 1e-9, 1.0, 0.0, 0.0)))
"""As if all who would buy did."""
SALE = Sale(10_000, datetime(2027, 1, 1, tzinfo=UTC))


def fact(number: int, exposed: int, ordering: int, interested: int = 0) -> Fact:
    return Fact(number, 12_900, 4_000, 1_000, None, exposed, interested, ordering)


def test_a_market_of_whom_each_buys_with_a_known_probability_is_a_binomial() -> None:
    shares = np.full((50_000, 2), [0.1, 0.5])

    demand, _ = draw_demand(shares, 1_000, EVERYBODY, {1: 7})

    assert demand.mean(axis=0) == pytest.approx([100, 500], rel=0.005)
    assert demand.var(axis=0) == pytest.approx([90, 250], rel=0.03)


def test_buyers_take_as_many_pieces_as_those_who_pre_ordered() -> None:
    shares = np.full((50_000, 1), 0.1)
    pieces = {1: 60, 2: 30, 5: 10}

    demand, _ = draw_demand(shares, 1_000, EVERYBODY, pieces)

    # Compound binomial: mean n p E(k), variance n p Var(k) + n p (1 - p) E(k)^2.
    each, square = 0.6 + 0.6 + 0.5, 0.6 + 1.2 + 2.5
    assert pieces_each(pieces) == pytest.approx(each)
    assert demand.mean() == pytest.approx(100 * each, rel=0.005)
    assert demand.var() == pytest.approx(100 * (square - each**2) + 90 * each**2, rel=0.03)


def test_nobody_buys_more_often_than_everybody() -> None:
    everything = Conversion(*(np.array([value]) for value in (1e-9, 1e-9, 1.0, math.log(50), 0.0)))

    demand, _ = draw_demand(np.full((100, 1), 0.5), 1_000, everything, {})

    assert set(demand.ravel().tolist()) == {1_000}


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    signals = Signals(*(np.array(each) for each in ([100, 50], [0, 0], [10, 5])))

    first, again, other = [draw_shares(signals, seed=seed, draws=500) for seed in (1, 1, 2)]

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_who_orders_without_having_seen_is_refused() -> None:
    with pytest.raises(ValueError, match="among those who were shown"):
        Signals(np.array([10]), np.array([0]), np.array([11]))


def test_quantiles_are_draws_and_in_order() -> None:
    draws = np.random.default_rng(1).poisson(7, (2_000, 3))

    found = quantiles(draws)

    assert found.shape == (199, 3)
    assert np.all(np.diff(found, axis=0) >= 0)
    assert np.array_equal(found, np.round(found))
    for place, level in ((99, 0.5), (19, 0.1), (194, 0.975)):
        assert LEVELS[place] == pytest.approx(level)
        assert np.mean(draws[:, 0] <= found[place, 0]) >= level > np.mean(draws[:, 0] < found[place, 0])


@settings(max_examples=10, deadline=None)
@given(turn=st.permutations(range(4)))
def test_a_forecast_does_not_depend_on_the_order_of_variants_but_by_chance(turn: list[int]) -> None:
    facts = [fact(0, 900, 90), fact(1, 100, 20), fact(2, 400, 4), fact(3, 0, 0)]
    straight = {row[0]: row for row in reckoned(1, facts, {1: 1}, [], SALE).rows}

    turned = {row[0]: row for row in reckoned(1, [facts[place] for place in turn], {1: 1}, [], SALE).rows}

    for number in range(3):
        medians = [found[number][7][99] for found in (straight, turned)]  # type: ignore[index] # a list of quantiles
        assert medians[0] == pytest.approx(medians[1], rel=0.08)


def test_twice_the_market_is_twice_the_demand() -> None:
    facts = [fact(0, 900, 90), fact(1, 100, 20)]
    one, two = [reckoned(1, facts, {1: 1}, [], Sale(market, SALE.sales_until)) for market in (50_000, 100_000)]

    for here, there in zip(one.rows, two.rows, strict=True):
        assert there[8] == pytest.approx(2 * here[8], rel=0.02)  # type: ignore[operator] # the mean demand


def test_a_past_in_which_little_was_bought_is_a_smaller_demand() -> None:
    facts = [fact(0, 900, 90), fact(1, 100, 20)]
    past = [Past([20.0, 30.0], [200.0, 300.0], [0.01, 0.01]) for _ in range(5)]

    plain, told = reckoned(1, facts, {1: 1}, [], SALE), reckoned(1, facts, {1: 1}, past, SALE)

    assert told.conversion[99] == pytest.approx(0.1, rel=0.3)
    assert told.conversion[179] < plain.conversion[179] / 2
    assert told.rows[0][8] < plain.rows[0][8] / 2  # type: ignore[operator] # the mean demand


def test_the_raw_rate_of_what_nobody_saw_is_nothing() -> None:
    signals = Signals(*(np.array(each) for each in ([100, 0], [0, 0], [10, 0])))

    assert raw_rate(signals, 1_000, 1.5, 0.5).tolist() == [75, 0]


@pytest.mark.parametrize("actual", [-1.5, 0.0, 0.7, 4.0])
def test_the_score_of_a_normal_distribution_is_the_published_one(actual: float) -> None:
    normal = NormalDist()
    levels = np.arange(1, 4_000) / 4_000
    values = np.array([normal.inv_cdf(level) for level in levels])

    # Gneiting & Raftery 2007, equation 21.
    expected = actual * (2 * normal.cdf(actual) - 1) + 2 * normal.pdf(actual) - 1 / math.sqrt(math.pi)
    assert crps_of_quantiles(values, levels, actual) == pytest.approx(expected, rel=0.005)
    assert crps_of_draws(values, actual) == pytest.approx(expected, rel=0.005)


@given(
    draws=st.lists(st.integers(0, 50), min_size=1, max_size=20).map(lambda values: np.array(values, np.float64)),
    actual=st.integers(0, 60),
)
def test_the_score_of_draws_is_the_mean_distance_less_half_their_own(draws: Floats, actual: int) -> None:
    apart = np.abs(draws[:, None] - draws[None, :]).mean()

    assert crps_of_draws(draws, actual) == pytest.approx(np.abs(draws - actual).mean() - apart / 2)


@given(said=st.integers(0, 100), actual=st.integers(0, 100))
def test_a_forecast_that_is_one_number_is_scored_by_how_far_it_is_off(said: int, actual: int) -> None:
    assert crps_of_quantiles(np.full(199, float(said)), LEVELS, actual) == pytest.approx(abs(said - actual))
    assert crps_of_draws(np.array([float(said)]), actual) == abs(said - actual)


def test_a_pinball_weighs_too_low_by_the_level_and_too_high_by_the_rest() -> None:
    assert pinball(np.array([10.0, 10.0]), np.array([0.9, 0.9]), np.array([20.0, 0.0])) == pytest.approx([9, 1])
