"""The K-factor: how many members each member brings."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.intervals import LEVEL, Estimate, deviations, share


class Invitations(NamedTuple):
    """How a community grows by invitations."""

    per_member: Estimate
    """Invitations sent."""
    conversion: Estimate
    """Members per invitation. Its interval takes invitations as independent, whoever sent them."""
    k_factor: Estimate
    """Members per member: above 1 a community grows by itself."""
    generations: float
    """Members in the end for each there is now, if all goes on as it is: 1 / (1 - K), infinite from 1 on."""


def invitations(sent: NDArray[np.integer[Any]], joined: NDArray[np.integer[Any]], level: float = LEVEL) -> Invitations:
    """Return the K-factor: invitations per member * conversion [1], which is members brought per member. O(n).

    Args:
        sent: how many invitations each member sent, of all members, most of whom sent none.
        joined: how many of them became members.
        level: of the intervals.

    Raises:
        ValueError: if the arrays do not fit, or somebody brought more than were invited, or fewer than none.

    Sources:
        1. Adam Penenberg: Viral loop. Hyperion, 2009; the reproduction number of epidemics, in other words.
    """
    if sent.shape != joined.shape or np.any(joined < 0) or np.any(joined > sent):
        raise ValueError("every member brings some of those whom they invited")
    k_factor = mean_of_counts(joined, level)
    growth = 1 / (1 - k_factor.value) if k_factor.value < 1 else float("inf")
    return Invitations(
        mean_of_counts(sent, level),
        share(int(joined.sum()), int(sent.sum()), level),
        k_factor,
        float("nan") if np.isnan(k_factor.value) else growth,
    )


def mean_of_counts(counts: NDArray[np.integer[Any]], level: float = LEVEL) -> Estimate:
    """Return the mean of counts of which a few have most, with a score interval.

    The variance is taken to be in proportion to the mean: the bounds are the m for which (mean - m)^2 = z^2 f m / n, f
    = variance / mean being at least 1, as of Poisson's counts [1]: m = mean + z^2 f / 2n -+ z sqrt(f / n) sqrt(mean +
    z^2 f / 4n). It is to the delta method, mean -+ z s / sqrt(n), what Wilson's interval is to Wald's: skewed, never
    below 0, and good where all counts are 0. Of five that were measured it covers best where few bring most
    (docs/referral_fraud.md); of counts whose variance has no bound all cover too little. O(n).

    Sources:
        1. Wedderburn: Quasi-likelihood functions, generalized linear models, and the Gauss-Newton method. Biometrika
           61, 1974.
    """
    size = len(counts)
    if not size:
        return Estimate(float("nan"), 0.0, float("inf"))
    mean = float(counts.mean())
    spread = max(float(counts.var(ddof=1)) / mean, 1.0) if mean and size > 1 else 1.0
    wide = deviations(level) ** 2 * spread / size
    margin = float(np.sqrt(wide * (mean + wide / 4)))
    return Estimate(mean, max(mean + wide / 2 - margin, 0.0), mean + wide / 2 + margin)
