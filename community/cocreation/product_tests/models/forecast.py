r"""How many of each variant will be bought: draws from the predictive distribution, and what is told of it.

Of a market of M people to whom each variant will be shown, each buys variant i with probability
``p_i = min(1, theta_i c_i)``: theta_i is the share who say that they would (`rates`), c_i how many buy for each who says so
(`conversion`). Buyers are Binomial(M, p_i), and each buys as many pieces as those who pre-ordered said, drawn from their
answers over all variants: few pre-order more than one, and fewer of them of one variant.

Draws are seeded, so the same facts give the same forecast. Quantiles of 20,000 draws are within about half a percent of
probability of the true ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from community.cocreation.product_tests.models.conversion import Conversion, Outcome, draw_conversions
from community.cocreation.product_tests.models.rates import draw_rates, interest, posterior

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

MODEL = 1
"""The version of all that stands here, in `rates` and in `conversion`; forecasts of different versions are not compared."""
DRAWS = 20_000
LEVELS = np.arange(1, 200) / 200
"""At which probabilities quantiles are kept: bounds of intervals of 1% to 99%, in steps of 1%."""


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What members did about each variant: looked at it, favoured it or voted for it, pre-ordered it. People; all [m]."""

    exposed: Wholes
    interested: Wholes
    ordering: Wholes

    def __post_init__(self) -> None:
        """Check that nobody is interested in, or orders, what they have not seen."""
        if np.any(self.interested > self.exposed) or np.any(self.ordering > self.exposed) or np.any(self.ordering < 0):
            message = "Who is interested, and who orders, is among those who were shown it."
            raise ValueError(message)


def draw_shares(signals: Signals, *, seed: int = 1, draws: int = DRAWS) -> Floats:
    """Draw theta, the share of those who look at each variant who would buy it; [draws, m]. O(g m + draws m)."""
    random = np.random.Generator(np.random.PCG64([seed, 1]))
    signal = interest(signals.exposed, signals.interested)
    grid = posterior(signals.exposed, signals.ordering, signal)
    return draw_rates(grid, signals.exposed, signals.ordering, signal, draws, random)


def draw_demand(
    shares: Floats,
    market: int,
    conversion: Conversion,
    pieces: Mapping[int, int],
    *,
    own: Outcome | None = None,
    seed: int = 1,
) -> tuple[Wholes, Floats]:
    """Draw the pieces bought of each variant by a market of so many people, and c_i; both [draws, m].

    `pieces` says how many pre-orders there were of 1, 2 and so on pieces; `own` is for a sale that has begun (see
    :func:`draw_conversions`). O(draws m k), k the numbers of pieces that differ.
    """
    random = np.random.Generator(np.random.PCG64([seed, 2]))
    draws, variants = shares.shape
    conversions = draw_conversions(conversion, variants, draws, random, own)
    buyers = random.binomial(market, np.minimum(1.0, shares * conversions))
    return _pieces(buyers, pieces, random), conversions


def pieces_each(pieces: Mapping[int, int]) -> float:
    """Return how many pieces a pre-order is of, on average; 1 where there is none."""
    orders = sum(pieces.values())
    return sum(number * count for number, count in pieces.items()) / orders if orders else 1.0


def quantiles(draws: NDArray[np.float64] | Wholes) -> Floats:
    """Return the quantiles of draws [draws, m] at LEVELS; [levels, m]. Each is a draw, so those of pieces are whole."""
    return np.quantile(draws, LEVELS, axis=0, method="inverted_cdf").astype(np.float64)


def raw_rate(signals: Signals, market: int, pieces: float, conversion: float) -> Floats:
    """Return the naive forecast, to compare with: the share seen is the share to come; nothing where nobody looked. [m]."""
    shares: Floats = signals.ordering / np.maximum(signals.exposed, 1)
    return shares * market * pieces * conversion


def _pieces(buyers: Wholes, pieces: Mapping[int, int], random: Generator) -> Wholes:
    """Draw how many pieces so many buyers buy together: for each number of pieces, how many of the rest buy that many."""
    counts = sorted((number, count) for number, count in pieces.items() if count > 0)
    rest, left = buyers.astype(np.int64), sum(count for _, count in counts)
    total = np.zeros_like(rest)
    for number, count in counts[:-1]:
        some = random.binomial(rest, count / left)
        total += number * some
        rest, left = rest - some, left - count
    total += (counts[-1][0] if counts else 1) * rest
    return total
