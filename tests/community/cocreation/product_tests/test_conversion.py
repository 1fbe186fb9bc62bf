"""How many buy of those who would: the hierarchy against normal distributions written out in full."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.product_tests.models.conversion import (
    PRIOR_MEAN,
    PRIOR_SPREAD,
    Conversion,
    Floats,
    Outcome,
    draw_conversions,
    learnt,
    outcome,
)


def log_normal(values: Floats, mean: Floats, covariance: Floats) -> float:
    apart = values - mean
    _, determinant = np.linalg.slogdet(covariance)
    return float(-0.5 * (determinant + apart @ np.linalg.solve(covariance, apart)))


def made(seed: int, sizes: list[int]) -> list[Outcome]:
    random = np.random.default_rng(seed)
    return [Outcome(random.normal(-1, 0.8, size), random.uniform(0.01, 0.5, size)) for size in sizes]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_what_is_learnt_is_what_one_large_normal_distribution_gives(seed: int, sizes: list[int]) -> None:
    outcomes = made(seed, sizes)
    values = np.concatenate([each.log_ratio for each in outcomes])
    variances = np.concatenate([each.variance for each in outcomes])
    test = np.repeat(np.arange(len(sizes)), sizes)
    together = (test[:, None] == test[None, :]).astype(float)
    ones = np.ones(len(values))

    found = learnt(outcomes)

    plain = learnt([])
    places = np.argsort(-found.mass)[:20]
    weights = []
    for place in places:
        tau, sigma = found.between_tests[place], found.between_variants[place]
        covariance = np.diag(variances + sigma**2) + tau**2 * together
        whole = covariance + PRIOR_SPREAD**2 * np.outer(ones, ones)
        weights.append(log_normal(values, PRIOR_MEAN * ones, whole) + np.log(plain.mass[place]))
        precision = 1 / PRIOR_SPREAD**2 + ones @ np.linalg.solve(covariance, ones)
        mean = (PRIOR_MEAN / PRIOR_SPREAD**2 + ones @ np.linalg.solve(covariance, values)) / precision
        assert found.variance[place] == pytest.approx(1 / precision)
        assert found.mean[place] == pytest.approx(mean)
    logs = np.log(found.mass[places])
    assert logs - logs[0] == pytest.approx(np.array(weights) - weights[0], abs=1e-8)


def test_without_a_past_half_of_what_is_intended_is_bought_give_or_take_much() -> None:
    drawn = np.log(draw_conversions(learnt([]), 1, 100_000, np.random.default_rng(1))[:, 0])

    known = learnt([])
    expected = PRIOR_SPREAD**2 + known.mass @ (known.between_tests**2 + known.between_variants**2)
    assert drawn.mean() == pytest.approx(np.log(0.5), abs=0.01)
    assert drawn.var() == pytest.approx(expected, rel=0.02)
    low, high = np.exp(np.quantile(drawn, [0.1, 0.9]))
    assert (low, high) == pytest.approx((0.158, 1.58), rel=0.03), "as the documents say"


def test_a_test_of_which_nothing_was_sold_teaches_nothing() -> None:
    nothing = Outcome(np.empty(0), np.empty(0))

    assert np.array_equal(learnt([nothing]).mass, learnt([]).mass)
    assert np.array_equal(learnt([*made(1, [3]), nothing]).mean, learnt(made(1, [3])).mean)


def test_many_tests_outweigh_the_prior() -> None:
    past = [outcome(np.full(5, 30.0), np.full(5, 300.0), np.full(5, 0.01)) for _ in range(20)]

    drawn = draw_conversions(learnt(past), 1, 20_000, np.random.default_rng(1))

    assert np.median(drawn) == pytest.approx(0.1, rel=0.05)
    assert np.quantile(drawn, 0.95) < 0.2


def test_what_the_own_sale_shows_is_given_as_normal_distributions_condition() -> None:
    own = Outcome(np.array([-1.2, -0.3]), np.array([0.05, 0.2]), np.array([2, 0]))
    tau, sigma, mean, variance = 0.4, 0.3, -0.7, 0.0
    one = Conversion(*(np.array([value]) for value in (tau, sigma, 1.0, mean, variance)))

    drawn = np.log(draw_conversions(one, 3, 300_000, np.random.default_rng(1), own))

    # Of (c_0, c_1, c_2), all with mean m: known are c_2 and c_0, with errors.
    prior = tau**2 * np.ones((3, 3)) + sigma**2 * np.eye(3)
    seen = np.array([[0, 0, 1], [1, 0, 0]])
    gain = prior @ seen.T @ np.linalg.inv(seen @ prior @ seen.T + np.diag(own.variance))
    expected = mean + gain @ (own.log_ratio - mean)
    covariance = prior - gain @ seen @ prior
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=0.005)
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.003)


def test_pieces_bought_are_known_to_the_error_of_a_count() -> None:
    found = outcome(np.array([0.0, 99.5]), np.array([10.0, 200.0]), np.array([0.1, 0.0]))

    assert found.log_ratio == pytest.approx(np.log([0.05, 0.5]))
    assert found.variance == pytest.approx([2.1, 0.01])
