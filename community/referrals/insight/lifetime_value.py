"""What members have spent so far, on average."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.intervals import LEVEL, UNKNOWN, Estimate, deviations

SAMPLES = 1_000
_NORMAL = NormalDist()
_AT_ONCE = 5_000_000
"""Numbers drawn at a time at most."""


def lifetime_value(
    spent: NDArray[np.integer[Any]], *, seed: int, level: float = LEVEL, samples: int = SAMPLES
) -> Estimate:
    """Return the mean of what members spent so far, with Efron's BCa interval [1]; the same for the same seed.

    Percentiles of the means of samples drawn with replacement, moved for bias and for skewness, as spending is very
    skew: the acceleration is skewness / (6 sqrt(n)), which the jackknife has of a mean. Sums are what is drawn, by how
    often each amount comes (multinomial), so that it is O(samples * different amounts). Amounts are in the smallest
    unit of one currency (分, cents), and so is the mean. It is what was spent so far and promises nothing: compare
    groups of one age.

    Args:
        spent: of each member, those who spent nothing too.
        seed: of the random numbers.
        level: of the interval.
        samples: how many to draw.

    Returns:
        NaN of nobody; the mean alone as both bounds where all spent the same.

    Raises:
        ValueError: if fewer than 100 samples are asked for, by which percentiles would be guesses.

    Sources:
        1. Efron: Better bootstrap confidence intervals. JASA 82, 1987.
    """
    if samples < 100:  # noqa: PLR2004 (said above)
        raise ValueError(f"{samples} samples are too few")
    size = len(spent)
    if not size:
        return UNKNOWN
    amounts, often = np.unique(spent, return_counts=True)
    mean = float(amounts @ often) / size
    if len(amounts) == 1:
        return Estimate(mean, mean, mean)
    means = np.sort(_means(amounts.astype(np.float64), often, samples, seed))
    apart = amounts - mean
    # The third moment over the second to the power of 3/2, as of the jackknife's differences.
    acceleration = float(often @ apart**3) / (6 * float(often @ apart**2) ** 1.5)
    below = np.clip(
        (np.count_nonzero(means < mean) + np.count_nonzero(means == mean) / 2) / samples, 1 / samples, 1 - 1 / samples
    )
    bias, wide = _NORMAL.inv_cdf(float(below)), deviations(level)
    low, high = (
        float(np.quantile(means, _NORMAL.cdf(bias + moved / (1 - acceleration * moved))))
        for moved in (bias - wide, bias + wide)
    )
    return Estimate(mean, min(low, mean), max(high, mean))


def _means(amounts: NDArray[np.float64], often: NDArray[np.int64], samples: int, seed: int) -> NDArray[np.float64]:
    size, random = int(often.sum()), np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // len(amounts))
    return np.concatenate(
        [
            random.multinomial(size, often / size, min(at_once, samples - begin)) @ amounts / size
            for begin in range(0, samples, at_once)
        ]
    )
