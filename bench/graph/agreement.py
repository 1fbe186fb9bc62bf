"""How far two ways to order the same members agree, or two ways to group them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Groups = NDArray[np.integer[Any]]


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


def adjusted_mutual_information(one: Groups, other: Groups) -> float:
    """Return what two groupings tell of each other beyond chance: 1 if they are the same, about 0 if unrelated.

    `(I - E) / ((H1 + H2) / 2 - E)` for their mutual information I, its expectation E over groupings of the same sizes
    (equation 24a in [1]), and their entropies H1 and H2. 1 if both are one group. O(groups * groups * largest group).

    [1] Vinh, Epps & Bailey (2010), Information theoretic measures for clusterings comparison: variants, properties,
        normalization and correction for chance. Journal of Machine Learning Research 11, 2837-2854.

    Args:
        one: the group of each member, [n].
        other: the other group of each, [n].
    """
    _, rows = np.unique(one, return_inverse=True)
    _, columns = np.unique(other, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1), np.int64)
    np.add.at(table, (rows, columns), 1)
    ones, others = table.sum(axis=1), table.sum(axis=0)
    if len(ones) == len(others) == 1:
        return 1.0
    size = len(one)
    shared = table[table > 0]
    independent = np.outer(ones, others)[table > 0]
    information = float(np.sum(shared / size * np.log(size * shared / independent)))
    expected = _expected(ones, others)
    return (information - expected) / ((_entropy(ones) + _entropy(others)) / 2 - expected)


def _entropy(counts: NDArray[np.int64]) -> float:
    shares = counts / counts.sum()
    return float(-np.sum(shares * np.log(shares)))


def _expected(ones: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    """Return the mutual information expected if members were dealt out anew: overlaps are hypergeometric."""
    size = int(ones.sum())
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])  # of factorials
    total = 0.0
    for first in ones.tolist():
        for second in others.tolist():
            overlap = np.arange(max(1, first + second - size), min(first, second) + 1)
            chance = (
                logarithms[first]
                + logarithms[second]
                + logarithms[size - first]
                + logarithms[size - second]
                - logarithms[size]
                - logarithms[overlap]
                - logarithms[first - overlap]
                - logarithms[second - overlap]
                - logarithms[size - first - second + overlap]
            )
            total += float(np.sum(overlap / size * np.log(size * overlap / (first * second)) * np.exp(chance)))
    return total
