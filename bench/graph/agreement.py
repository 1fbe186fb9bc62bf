"""How far an order of members agrees with what became of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def correlation(one: Values, other: Values) -> float:
    """Return Spearman's rank correlation; equal values share their mean rank."""
    ranks = np.array([ranked(one), ranked(other)])
    if not np.all(ranks.std(axis=1)):
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def area(values: Values, truth: Values) -> float:
    """Return how likely a member for whom the truth is 1 has more than one for whom it is 0, equal counting half."""
    yes = int(np.count_nonzero(truth))
    no = len(truth) - yes
    if not yes or not no:
        return float("nan")
    return (float(ranked(values)[truth > 0].sum()) - yes * (yes + 1) / 2) / (yes * no)


def ranked(values: Values) -> Values:
    """Return the mean rank of each value, from 1."""
    _, of_value, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Values = ((ends - counts + 1 + ends) / 2)[of_value]
    return ranks
