"""How far two moderators agree beyond what chance would give: Cohen's kappa, with an interval.

Of n cases that two judged, p_ij is the share that the first put into category i and the second into j:

    p_o = sum_i p_ii                     what they agree on
    p_e = sum_i p_i. * p_.i              what they would agree on if each drew by lot, with their own shares
    kappa = (p_o - p_e) / (1 - p_e)      1: always; 0: as by chance; below 0: less than by chance          [1]

Its variance in large samples [2], equation 13 for no weights:

    var = ( sum_i p_ii (1 - (p_i. + p_.i)(1 - kappa))^2
            + (1 - kappa)^2 sum_{i != j} p_ij (p_.i + p_j.)^2
            - (kappa - p_e (1 - kappa))^2 ) / (n (1 - p_e)^2)

and the interval kappa -+ 1.96 sqrt(var), cut at -1 and 1. It is one of large samples: below 50 cases it is a hint, and where all
agree it is a point, however few they are. Who is first and who is second is by time, and several people are behind each: what
is measured is whether the team would decide the same, and no single pair.

Sources:
    1. J. Cohen (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20(1), 37-46.
    2. J. L. Fleiss, J. Cohen, B. S. Everitt (1969). Large sample standard errors of kappa and weighted kappa.
       Psychological Bulletin 72(5), 323-327.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

NINETY_FIVE = 1.959964
"""Standard normal quantile of an interval that covers in 95 of 100 samples."""


class Agreement(NamedTuple):
    """How far two agree."""

    cases: int
    observed: float
    """The share of cases on which they agree."""
    kappa: float
    low: float
    high: float


def cohens_kappa(table: Sequence[Sequence[int]]) -> Agreement | None:
    """Return the agreement of a square table of counts, first judge by row and second by column; O(categories squared).

    None where nothing was judged twice, or both put everything into one category: then chance explains all.
    """
    cases = sum(map(sum, table))
    if cases == 0:
        return None
    size = range(len(table))
    share = [[count / cases for count in row] for row in table]
    first = [sum(row) for row in share]
    second = [sum(share[i][j] for i in size) for j in size]
    observed = sum(share[i][i] for i in size)
    expected = sum(first[i] * second[i] for i in size)
    if expected >= 1:
        return None
    kappa = (observed - expected) / (1 - expected)
    agreed = sum(share[i][i] * (1 - (first[i] + second[i]) * (1 - kappa)) ** 2 for i in size)
    differed = (1 - kappa) ** 2 * sum(share[i][j] * (second[i] + first[j]) ** 2 for i in size for j in size if i != j)
    variance = (agreed + differed - (kappa - expected * (1 - kappa)) ** 2) / (cases * (1 - expected) ** 2)
    half = NINETY_FIVE * sqrt(max(variance, 0.0))
    return Agreement(cases, observed, kappa, max(kappa - half, -1.0), min(kappa + half, 1.0))
