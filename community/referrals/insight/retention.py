"""Who stays: members who were brought, beside those who came by themselves."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.intervals import LEVEL, Estimate, deviations


class Retention(NamedTuple):
    """Which share stays for so long."""

    referred: Estimate
    others: Estimate
    difference: Estimate
    """Referred less others: above 0 if who is brought by a friend stays longer."""
    horizon: float
    """In the unit of the times that were given."""


def retention(
    stayed: NDArray[np.float64],
    left: NDArray[np.bool_],
    referred: NDArray[np.bool_],
    horizon: float,
    level: float = LEVEL,
) -> Retention:
    """Return which share of members who were referred, and of others, stays longer than a horizon. O(n log n).

    Members who joined lately have not had the time to stay or to leave: they count for as long as they were watched
    [1], where to leave them out, or to count them as staying, would tell of how old a group is and not of how faithful.
    The difference of two such shares has the interval of Newcombe's way [2] from the bounds of both, which are on the
    log-log scale [3] and never beyond 0 and 1; without censoring see `intervals.difference`.

    Args:
        stayed: how long each has been there, until they left or until now.
        left: who has left; who has not may yet.
        referred: who was brought by a member.
        horizon: how long to stay, in the same unit.
        level: of the intervals.

    Returns:
        NaN where nobody of a group was watched for so long.

    Raises:
        ValueError: if the arrays do not fit, or a time is below 0 or none.

    Sources:
        1. Kaplan, Meier: Nonparametric estimation from incomplete observations. JASA 53, 1958.
        2. Newcombe: Interval estimation for the difference between independent proportions. Statistics in Medicine 17,
           1998; for the sum of squared margins of any two: Zou, Donner: Construction of confidence limits about effect
           measures. ibid. 27, 2008.
        3. Kalbfleisch, Prentice: The statistical analysis of failure time data. Wiley, 1980.
    """
    if not stayed.shape == left.shape == referred.shape:
        raise ValueError("every member has stayed for some time, and has left or not, and was referred or not")
    if not (np.all(stayed >= 0) and np.all(np.isfinite(stayed))):
        raise ValueError("times are finite and not below 0")
    one = staying(stayed[referred], left[referred], horizon, level)
    other = staying(stayed[~referred], left[~referred], horizon, level)
    value = one.value - other.value
    low = value - float(np.hypot(one.value - one.low, other.high - other.value))
    high = value + float(np.hypot(one.high - one.value, other.value - other.low))
    return Retention(one, other, Estimate(value, max(low, -1.0), min(high, 1.0)), horizon)


def staying(stayed: NDArray[np.float64], left: NDArray[np.bool_], horizon: float, level: float = LEVEL) -> Estimate:
    """Return which share stays longer than a horizon: Kaplan and Meier's, with Greenwood's variance [1].

    S = product over times t <= horizon of (1 - d / r), for d who left at t and r who were watched until then; the
    variance of ln S is the sum of d / (r (r - d)), and bounds are S^exp(-+ z sqrt(variance) / ln S). Where all or none
    have left, there is no variance, and the bounds are Clopper and Pearson's one-sided of none of n, at half of what
    the level leaves: 1 - rest^(1/n), for the n who were watched to the end. O(n log n).

    Sources:
        1. Greenwood: The natural duration of cancer. Reports on Public Health 33, London, 1926.
    """
    if not len(stayed) or (not np.any(stayed >= horizon) and not np.all(left[stayed == stayed.max()])):
        return Estimate(float("nan"), float("nan"), float("nan"))
    times, place = np.unique(stayed, return_inverse=True)
    gone = np.bincount(place, weights=left)
    watched = len(stayed) - np.concatenate([[0], np.cumsum(np.bincount(place))[:-1]])
    until = (times <= horizon) & (gone > 0)
    gone, watched = gone[until], watched[until]
    value = float(np.prod(1 - gone / watched))
    rest = (1 - level) / 2
    if not len(gone):
        there = max(int(np.count_nonzero(stayed >= horizon)), 1)
        return Estimate(1.0, float(rest ** (1 / there)), 1.0)
    if value <= 0:
        return Estimate(0.0, 0.0, float(1 - rest ** (1 / len(stayed))))
    variance = float(np.sum(gone / (watched * (watched - gone))))
    widening = deviations(level) * float(np.sqrt(variance)) / np.log(value)
    bounds = sorted((float(value ** np.exp(widening)), float(value ** np.exp(-widening))))
    return Estimate(value, *bounds)


def watched(
    joined_at: NDArray[np.float64], last_seen_at: NDArray[np.float64], now: float, silence: float
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return for how long members were there, and who has left: who was not seen for longer than a silence.

    Who was seen since is there still, and may leave yet. Whoever has left did so when last seen. O(n).

    Raises:
        ValueError: if somebody was last seen before joining, or a time is after now or none.
    """
    if not (np.all(last_seen_at >= joined_at) and np.all(last_seen_at <= now) and np.all(np.isfinite(joined_at))):
        raise ValueError("members join, are seen, and it is now, in that order")
    left = now - last_seen_at > silence
    # Who is in a silence that is too short to tell was certainly there when last seen, and is not known to be since.
    return last_seen_at - joined_at, left
