"""Shares who would buy: the hierarchy against what is known of it in closed form, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.product_tests.models.gamma import log_gamma
from community.cocreation.product_tests.models.rates import Floats, Grid, Wholes, draw_rates, interest, posterior

# Tumours in groups of rats: Gelman et al., Bayesian Data Analysis, 3rd edition, table 5.1 (data of Tarone 1982).
RATS = """
    0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19 1/19 1/18 1/18 2/25 2/24
    2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50 4/20 4/20 4/20 4/20
    4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 16/52 15/47 15/46 9/24 4/14
"""


def wholes(*values: int) -> Wholes:
    return np.array(values, np.int64)


def means(grid: Grid, exposed: Wholes, ordering: Wholes, signal: Floats | None = None) -> Floats:
    """Return the posterior means of theta, summed over the grid exactly."""
    signal = np.zeros(len(exposed)) if signal is None else signal
    share = 1 / (1 + np.exp(-(grid.mean[:, None] + grid.strength[:, None] * signal)))
    kappa = grid.concentration[:, None]
    found: Floats = grid.mass @ ((kappa * share + ordering) / (kappa + exposed))
    return found


def test_the_logarithm_of_the_gamma_function_is_that_of_the_standard_library() -> None:
    values = np.geomspace(1e-9, 1e9, 400)

    assert log_gamma(values) == pytest.approx([math.lgamma(value) for value in values], rel=1e-13, abs=1e-13)


def test_one_variant_with_a_known_prior_is_a_plain_beta_binomial() -> None:
    known = Grid(np.array([math.log(0.3 / 0.7)]), np.array([10.0]), np.zeros(1), np.ones(1))

    drawn = draw_rates(known, wholes(20), wholes(5), np.zeros(1), 200_000, np.random.default_rng(1))[:, 0]

    # What is known beforehand, 3 of 10, and what was seen, 5 of 20, are added up.
    assert drawn.mean() == pytest.approx(8 / 30, abs=0.001)
    assert drawn.var() == pytest.approx(8 * 22 / (30**2 * 31), rel=0.02)
    assert means(known, wholes(20), wholes(5))[0] == pytest.approx(8 / 30)


def test_the_mass_of_a_point_is_the_prior_times_the_beta_binomial() -> None:
    exposed, ordering = wholes(30, 12), wholes(4, 5)

    grid = posterior(exposed, ordering)

    def expected(mean: float, kappa: float) -> float:
        share = 1 / (1 + math.exp(-mean))
        yes, no = kappa * share, kappa * (1 - share)
        found = math.log(share * (1 - share)) / 3 + math.log(kappa) - 2 * math.log(21 + kappa)
        for n, x in zip(exposed.tolist(), ordering.tolist(), strict=True):
            found += math.lgamma(yes + x) + math.lgamma(no + n - x) - math.lgamma(kappa + n)
            found -= math.lgamma(yes) + math.lgamma(no) - math.lgamma(kappa)
        return found

    places = np.argsort(-grid.mass)[:200]
    logs = np.log(grid.mass[places])
    reference = np.array([expected(grid.mean[place], grid.concentration[place]) for place in places])
    assert logs - logs[0] == pytest.approx(reference - reference[0], abs=1e-6)


def test_what_is_published_of_groups_of_rats_is_found() -> None:
    pairs = [tuple(map(int, group.split("/"))) for group in RATS.split()]
    ordering, exposed = wholes(*(yes for yes, _ in pairs)), wholes(*(all_ for _, all_ in pairs))
    assert len(pairs) == 71

    grid = posterior(exposed, ordering)

    # The book's prior is (alpha + beta)^(-5/2): kappa^(-3/2) where ours is n0 / (n0 + kappa)^2, n0 the median of 20;
    # and the share is uniform.
    share = 1 / (1 + np.exp(-grid.mean))
    mass = grid.mass * grid.concentration**-1.5 * (20 + grid.concentration) ** 2 * (share * (1 - share)) ** (2 / 3)
    mass /= mass.sum()
    assert mass @ (grid.concentration * share) == pytest.approx(2.4, abs=0.05)
    assert mass @ (grid.concentration * (1 - share)) == pytest.approx(14.3, abs=0.1)
    # Ours differs little.
    assert means(grid, exposed, ordering)[-1] == pytest.approx((2.4 + 4) / (2.4 + 14.3 + 14), abs=0.005)


@settings(max_examples=30, deadline=None)
@given(
    data=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=6), seed=st.integers(0, 99)
)
def test_the_order_of_variants_does_not_matter(data: list[tuple[int, int]], seed: int) -> None:
    exposed = wholes(*(max(pair) for pair in data))
    ordering = wholes(*(min(pair) for pair in data))
    order = np.random.default_rng(seed).permutation(len(data))

    straight = means(posterior(exposed, ordering), exposed, ordering)
    turned = means(posterior(exposed[order], ordering[order]), exposed[order], ordering[order])

    assert turned == pytest.approx(straight[order], rel=1e-6)


def test_variants_that_are_alike_are_drawn_together_and_those_that_differ_are_left_alone() -> None:
    def found(exposed: Wholes, ordering: Wholes) -> Floats:
        grid = posterior(exposed, ordering)
        drawn = draw_rates(grid, exposed, ordering, np.zeros(len(exposed)), 20_000, np.random.default_rng(1))
        return np.asarray(drawn.mean(axis=0))

    alike = found(wholes(*[100] * 5), wholes(8, 9, 10, 11, 12))
    apart = found(wholes(*[1_000] * 4), wholes(10, 200, 500, 800))

    assert np.all(np.diff(alike) > 0)
    assert np.ptp(alike) < 0.04 / 2
    assert apart == pytest.approx([0.01, 0.2, 0.5, 0.8], abs=0.003)


@settings(max_examples=30, deadline=None)
@given(exposed=st.integers(1, 300), data=st.data())
def test_one_order_more_is_never_a_smaller_share(exposed: int, data: st.DataObject) -> None:
    ordering = data.draw(st.integers(0, exposed - 1))
    others = wholes(200, 50), wholes(20, 4)

    def mean(count: int) -> float:
        n, x = wholes(exposed, *others[0]), wholes(count, *others[1])
        return float(means(posterior(n, x), n, x)[0])

    assert mean(ordering) < mean(ordering + 1)


def test_being_shown_to_more_people_makes_a_variant_better_known_and_not_better() -> None:
    exposed, ordering = wholes(10_000, 500), wholes(500, 50)
    drawn = draw_rates(posterior(exposed, ordering), exposed, ordering, np.zeros(2), 20_000, np.random.default_rng(1))

    assert (drawn[:, 1] > drawn[:, 0]).mean() > 0.99, "ten times as many orders, of twenty times as many viewers"
    widths = np.diff(np.quantile(drawn, [0.1, 0.9], axis=0), axis=0)[0]
    assert widths[0] < widths[1] / 3


@pytest.mark.parametrize(
    ("exposed", "ordering"),
    [((0, 0), (0, 0)), ((5, 0), (5, 0)), ((10**6, 10**6), (10**6, 10**6)), ((10**6, 1), (0, 0)), ((1, 10**7), (1, 0))],
)
def test_the_most_extreme_answers_give_shares(exposed: tuple[int, ...], ordering: tuple[int, ...]) -> None:
    n, x = wholes(*exposed), wholes(*ordering)
    drawn = draw_rates(posterior(n, x), n, x, np.zeros(2), 4_000, np.random.default_rng(1))

    assert np.all((drawn > 0) & (drawn <= 1))
    assert np.isfinite(np.log(drawn)).all()
    own = np.where(n > 0, x / np.maximum(n, 1), np.nan)
    known = n >= 10**6
    assert drawn.mean(axis=0)[known] == pytest.approx(own[known], abs=1e-4)


def test_of_variants_that_few_saw_those_that_are_liked_are_thought_better_of() -> None:
    exposed, ordering = wholes(400, 400, 400, 20, 20), wholes(20, 40, 60, 2, 2)
    signal = interest(exposed, wholes(60, 120, 180, 2, 12))

    plain = means(posterior(exposed, ordering), exposed, ordering)
    told = means(posterior(exposed, ordering, signal), exposed, ordering, signal)

    assert plain[3] == pytest.approx(plain[4])
    assert told[4] > told[3] * 1.2
    assert told[:3] == pytest.approx(plain[:3], rel=0.1), "of those that many saw it changes little"


def test_likes_that_go_against_orders_are_believed_little() -> None:
    exposed, ordering = wholes(*[2_000] * 6), wholes(40, 60, 80, 100, 120, 140)
    against = interest(exposed, wholes(700, 600, 500, 400, 300, 200))
    along = interest(exposed, wholes(200, 300, 400, 500, 600, 700))

    strengths = [
        float(grid.mass @ grid.strength) for grid in (posterior(exposed, ordering, s) for s in (against, along))
    ]

    assert strengths[0] < 0.2
    assert strengths[1] > 0.5


def test_interest_is_relative_and_of_nothing_where_nobody_looked() -> None:
    signal = interest(wholes(1_000, 1_000, 0, 4), wholes(100, 300, 0, 4))

    assert signal[0] < 0 < signal[1]
    assert signal[2] == 0
    assert 0 < signal[3] < 3, "four of four is less than it looks"
    assert interest(wholes(10, 0), wholes(3, 0)).tolist() == [0, 0]


@pytest.mark.parametrize("interested", [(0, 0), (2_000, 200), (200, 20)])
def test_variants_that_are_liked_alike_are_told_apart_by_nothing(interested: tuple[int, int]) -> None:
    assert interest(wholes(2_000, 200), wholes(*interested)).tolist() == [0, 0]


def test_to_be_shown_to_few_neither_raises_nor_lowers_what_is_thought_of_a_variant() -> None:
    random = np.random.default_rng(5)
    exposed = wholes(2_000, 200)
    ratios = []
    for _ in range(200):
        share = random.beta(2, 38)
        ordering, interested = random.binomial(exposed, share), random.binomial(exposed, 3 * share / (1 + 2 * share))
        signal = interest(exposed, interested)
        found = means(posterior(exposed, ordering, signal), exposed, ordering, signal)
        ratios.append(np.log(found[1] / found[0]))

    assert np.median(ratios) == pytest.approx(0, abs=0.04)
