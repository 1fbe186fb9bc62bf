"""Shares and their differences, with intervals that hold for few and for many."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

LEVEL = 0.95


class Estimate(NamedTuple):
    """A value and its bounds; NaN where there is nothing to tell it from."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


def deviations(level: float = LEVEL) -> float:
    """Return how many standard deviations to both sides a normal number stays within with this probability.

    Raises:
        ValueError: if the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def share(found: int, trials: int, level: float = LEVEL) -> Estimate:
    """Return a share, with Wilson's score interval [1].

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). Never beyond 0 and 1, and wide where n is
    small [2]. Of none nothing is known: NaN, between 0 and 1.

    Raises:
        ValueError: if more were found than tried, or fewer than none.

    Sources:
        1. Wilson: Probable inference, the law of succession, and statistical inference. JASA 22, 1927.
        2. Brown, Cai, DasGupta: Interval estimation for a binomial proportion. Statistical Science 16, 2001.
    """
    if not 0 <= found <= trials:
        raise ValueError(f"{found} of {trials} cannot be found")
    squared = deviations(level) ** 2
    if not trials:
        return Estimate(float("nan"), 0.0, 1.0)
    value = found / trials
    middle = value + squared / (2 * trials)
    margin = float(np.sqrt(squared / trials * (value * (1 - value) + squared / (4 * trials))))
    whole = 1 + squared / trials
    # Of none and of all the bound is exact, but for rounding.
    low = 0.0 if not found else max(middle - margin, 0.0) / whole
    high = 1.0 if found == trials else min((middle + margin) / whole, 1.0)
    return Estimate(value, low, high)


def difference(found: int, trials: int, others_found: int, others: int, level: float = LEVEL) -> Estimate:
    """Return how much greater a share is than another, with Newcombe's interval: his tenth, of Wilson's bounds [1].

    d - sqrt((p1 - l1)^2 + (u2 - p2)^2) to d + sqrt((u1 - p1)^2 + (p2 - l2)^2), for d = p1 - p2 and bounds l, u. Never
    beyond -1 and 1. If there are none on either side it is NaN, between -1 and 1.

    Raises:
        ValueError: as for `share`.

    Sources:
        1. Newcombe: Interval estimation for the difference between independent proportions. Statistics in Medicine 17,
           1998.
    """
    one, other = share(found, trials, level), share(others_found, others, level)
    if not (trials and others):
        return Estimate(float("nan"), -1.0, 1.0)
    value = one.value - other.value
    low = value - float(np.hypot(one.value - one.low, other.high - other.value))
    high = value + float(np.hypot(one.high - one.value, other.value - other.low))
    return Estimate(value, max(low, -1.0), min(high, 1.0))
