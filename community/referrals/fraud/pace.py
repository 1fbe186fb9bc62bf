"""How fast and how evenly referees come."""

import numpy as np

from community.referrals.fraud.activity import idle_excess
from community.referrals.fraud.claims import Claims, Numbers
from community.referrals.fraud.groups import different, grouped
from community.referrals.fraud.surprise import evenness

HOUR = 3_600.0
"""Seconds."""
EVEN_FROM = 5
"""Gaps from which on their evenness tells something."""
RUSH = 300.0
"""Seconds between friends, on average, below which their gaps are too coarse to be judged: a viral hour."""
LEAST_GAP = 1.0
"""Seconds; gaps below count as much, as clocks are not finer."""


def burst(claims: Claims) -> Numbers:
    """Return how much more come within an hour than is usual, in doublings, times how much the burst lacks breadth.

    log2(c / usual) * max(1 - networks / c, 1 - devices / c, idle). c came by this referrer in this hour (by the clock);
    usual is the most of one, what else the referrer brings in an hour in which anybody comes, and the same of the whole
    programme. A viral post brings hundreds in an hour, of as many networks, who are as active later as anyone: breadth
    is all there, and the signal nothing. `idle` is by how much fewer of them were ever active, a week later, than
    usual.
    """
    hour = np.floor(claims.signed_up_at / HOUR)
    known = np.isfinite(hour)
    hours = np.where(known, hour, 0).astype(np.int64)
    bursts = grouped(claims.referrer, hours)
    sizes = bursts.sizes().astype(np.float64)
    referrer = np.zeros(bursts.count, np.int64)
    referrer[bursts.place] = claims.by_referrer.place
    brought = np.bincount(referrer, weights=sizes)[referrer]
    active = np.bincount(referrer)[referrer]
    own = np.divide(brought - sizes, active - 1, out=np.ones(bursts.count), where=active > 1)
    usual = np.maximum(np.maximum(own, 1.0), len(claims) / max(bursts.count, 1))
    doublings = np.maximum(np.log2(sizes / usual), 0)
    lacking = np.maximum.reduce(
        [
            _sameness(bursts.sums((key != 0).astype(np.float64)), different(bursts, key))
            for key in (claims.network, claims.device)
        ]
        + [idle_excess(claims, bursts)]
    )
    return np.where(known, (doublings * lacking)[bursts.place], 0)


def _sameness(known: Numbers, distinct: np.typing.NDArray[np.int64]) -> Numbers:
    return np.divide(known - distinct, known, out=np.zeros(len(known)), where=known > 0)


def even_pace(claims: Claims) -> Numbers:
    """Return by how many deviations a referrer's friends come more evenly than people do; NaN for fewer than six."""
    referrers = claims.by_referrer
    order = np.lexsort((claims.signed_up_at, referrers.place))
    order = order[np.isfinite(claims.signed_up_at[order])]
    if len(order) <= EVEN_FROM:
        return np.full(len(claims), np.nan)
    who, when = referrers.place[order], claims.signed_up_at[order]
    within = who[1:] == who[:-1]
    gap = np.maximum(np.diff(when)[within], LEAST_GAP)
    owner = who[1:][within]
    count = np.bincount(owner, minlength=referrers.count).astype(np.float64)
    at_least_one = np.maximum(count, 1)
    mean = np.bincount(owner, weights=gap, minlength=referrers.count) / at_least_one
    mean_log = np.bincount(owner, weights=np.log(gap), minlength=referrers.count) / at_least_one
    deviations = evenness(np.where(count > 0, mean, 1.0), mean_log, count)
    return np.where((count >= EVEN_FROM) & (mean >= RUSH), deviations, np.nan)[referrers.place]


def hurry(claims: Claims) -> Numbers:
    """Return the seconds from following the link to having signed up; NaN where not known."""
    seconds = claims.signed_up_at - claims.clicked_at
    return np.where(seconds >= 0, seconds, np.nan)
