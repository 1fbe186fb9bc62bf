"""Where a value stands among all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def percentiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what percent of the others have less, float64[n] from 0 to 100: 0 for the least, 100 for one above all.

    Equal values share the lowest place that any of them has, so that who did nothing is at 0 however many did nothing.
    O(n log n).
    """
    if len(values) < 2:  # noqa: PLR2004 - one has no others
        return np.zeros(len(values))
    order = np.argsort(values)
    ascending = values[order]
    # Where values begin that are above the one before; what equals the one before stands where that does.
    begins = np.arange(len(values))
    begins[1:][ascending[1:] == ascending[:-1]] = 0
    less = np.empty(len(values))
    less[order] = np.maximum.accumulate(begins)
    return less * (100 / (len(values) - 1))


def composite(parts: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the weighted geometric mean of percentiles, float64[n] from 0 to 100.

    exp(sum of weight * log(1 + part) / sum of weights) - 1: a geometric mean, so that much of one thing does not make up
    for nothing of another, and 1 added, so that nothing of one thing does not undo all others.

    Raises:
        ValueError: if a part has no weight, or the weights are negative or all 0.
    """
    if set(parts) != set(weights):
        raise ValueError(f"there are weights for {sorted(weights)}, and parts {sorted(parts)}")
    whole = sum(weights.values())
    if min(weights.values()) < 0 or not whole > 0:
        raise ValueError("weights are not negative, and not all 0")
    logarithms = np.zeros(len(next(iter(parts.values()))))
    for name, part in parts.items():
        logarithms += weights[name] / whole * np.log1p(part)
    return np.expm1(logarithms)
