r"""How many pieces are bought for each that members say they would buy: learnt from the brand's past tests.

For variant i of a past test t, let y_ti = ln(bought / intended), where `intended` is what the market would have bought had
everybody done as those who were shown it said. The model is a normal hierarchy with two levels [1]_:

    y_ti ~ Normal(a_t + e_ti, s_ti^2),   a_t ~ Normal(m, tau^2),   e_ti ~ Normal(0, sigma^2)

a_t is what is particular to a test (the season, the price, how well the market was guessed), e_ti to a variant, s_ti^2 is
known. tau and sigma are summed over on a grid, m is integrated out exactly.

Priors, weak and said: m ~ Normal(ln 1/2, 0.7^2), tau ~ half-normal(0.5), sigma ~ half-normal(0.35). Together, for ten pieces
intended five are bought, and with 80% between one and a half and sixteen. That stated intentions are not purchases, and that what one makes
of the other differs from product to product, is what [2]_ and [3]_ find; the numbers are ours, and soon outweighed: a brand's
first tests say more.

.. [1] Gelman, A. et al. (2013), Bayesian Data Analysis, 3rd edition, sections 5.4 and 5.7.
.. [2] Jamieson, L. F., Bass, F. M. (1989), "Adjusting stated intention measures to predict trial purchase of new products",
   Journal of Marketing Research 26.
.. [3] Morwitz, V. G., Steckel, J. H., Gupta, A. (2007), "When do purchase intentions predict sales?", International Journal
   of Forecasting 23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR_MEAN, PRIOR_SPREAD = float(np.log(0.5)), 0.7
BETWEEN_TESTS, BETWEEN_VARIANTS = 0.5, 0.35
"""Of the half-normal priors of tau and sigma."""
_POINTS = 24
_LEAST = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one test: y_ti and s_ti^2 of some of its variants, both [k], and which they are, for the own test."""

    log_ratio: Floats
    variance: Floats
    places: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """The posterior of tau, sigma and m: a grid of points with mass, and at each m's mean and variance; all [g]."""

    between_tests: Floats
    between_variants: Floats
    mass: Floats
    mean: Floats
    variance: Floats


def outcome(bought: Floats, intended: Floats, intended_variance: Floats) -> Outcome:
    """Return what pieces bought say, beside pieces intended and the variance of the logarithm of these; all [k].

    ``y = ln((bought + 1/2) / intended)``, ``s^2 = 1/(bought + 1/2) + variance``: the first is the variance of the logarithm of
    a count, by the delta method. O(k).
    """
    return Outcome(np.log((bought + 0.5) / intended), 1 / (bought + 0.5) + intended_variance)


def learnt(outcomes: Sequence[Outcome]) -> Conversion:
    """Return what past tests, none or many, tell about conversion. O(g k), k the variants of all."""
    tests, variants = np.meshgrid(_axis(BETWEEN_TESTS), _axis(BETWEEN_VARIANTS), indexing="ij")
    tau, sigma = tests.ravel(), variants.ravel()
    weight = -0.5 * (tau / BETWEEN_TESTS) ** 2 - 0.5 * (sigma / BETWEEN_VARIANTS) ** 2
    precision = np.full(len(tau), 1 / PRIOR_SPREAD**2)
    moment = np.full(len(tau), PRIOR_MEAN / PRIOR_SPREAD**2)
    square = np.full(len(tau), PRIOR_MEAN**2 / PRIOR_SPREAD**2)
    logs = np.full(len(tau), -np.log(PRIOR_SPREAD**2))
    for each in outcomes:
        if not len(each.log_ratio):
            continue
        # Within a test: how its variants lie about their mean. Between: how that mean lies about m.
        inner = 1 / (sigma[:, None] ** 2 + each.variance[None, :])
        total = inner.sum(axis=1)
        mean = (inner * each.log_ratio).sum(axis=1) / total
        spread = (inner * (each.log_ratio[None, :] - mean[:, None]) ** 2).sum(axis=1)
        weight = weight + 0.5 * np.log(inner).sum(axis=1) - 0.5 * np.log(total) - 0.5 * spread
        outer = 1 / (tau**2 + 1 / total)
        precision, moment, square = precision + outer, moment + outer * mean, square + outer * mean**2
        logs = logs + np.log(outer)
    weight = weight + 0.5 * logs - 0.5 * np.log(precision) - 0.5 * (square - moment**2 / precision)
    mass = np.exp(weight - weight.max())
    return Conversion(tau, sigma, mass / mass.sum(), moment / precision, 1 / precision)


def draw_conversions(
    known: Conversion, variants: int, draws: int, random: Generator, own: Outcome | None = None
) -> Floats:
    """Draw exp(a + e_i) of a new test's variants; [draws, variants].

    `own` is what this very test's variants have shown so far, which must be among what was learnt from: then a and e_i are
    drawn given it. O(draws variants).
    """
    at = random.choice(len(known.mass), draws, p=known.mass)
    tau, sigma = known.between_tests[at], known.between_variants[at]
    middle = random.normal(known.mean[at], np.sqrt(known.variance[at]))
    if own is None or own.places is None:
        test = random.normal(middle, tau)
        drawn: Floats = np.exp(test[:, None] + random.normal(0.0, 1.0, (draws, variants)) * sigma[:, None])
        return drawn
    inner = 1 / (sigma[:, None] ** 2 + own.variance[None, :])
    precision = 1 / tau**2 + inner.sum(axis=1)
    mean = (middle / tau**2 + (inner * own.log_ratio).sum(axis=1)) / precision
    test = random.normal(mean, np.sqrt(1 / precision))
    centre, spread = np.zeros((draws, variants)), np.repeat(sigma[:, None], variants, axis=1)
    kept = sigma[:, None] ** 2 / (sigma[:, None] ** 2 + own.variance[None, :])
    centre[:, own.places] = kept * (own.log_ratio[None, :] - test[:, None])
    spread[:, own.places] = np.sqrt(kept * own.variance[None, :])
    given: Floats = np.exp(test[:, None] + random.normal(centre, spread))
    return given


def _axis(scale: float) -> Floats:
    """Return points from nearly 0 to where a half-normal of this scale has nothing left."""
    return np.linspace(_LEAST, 4 * scale, _POINTS)
