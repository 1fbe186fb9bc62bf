"""What moderators' decisions teach: the weights of signals, and the thresholds of bands.

Decisions are few and about what was held, so they move the shipped weights rather than replace them (a strong prior),
and no number of them can make evidence of fraud speak for a claim: a weight may come down to nothing and no further.
Judge what was granted as well, or weights only learn of what looks bad already: claims granted long ago and never
complained of may be given as honest, with a small importance.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud.score import SHIPPED, Judging
from community.referrals.fraud.signals import WEIGHTS

DOUBT = 0.5
"""Nats: the standard deviation of the prior of each weight: two in three communities are so near to what is shipped."""
DOUBT_OF_INTERCEPT = 2.0
"""Nats: how common fraud is differs more from one community to the next than what it looks like."""
MOST_FALSE = 0.01
"""Of honest claims, how many may be held at most."""
MOST_WRONGED = 0.002
"""Of honest claims, how many may be rejected at most, without a moderator who looks."""
CERTAINTY = 0.95
_ROUNDS = 100
_EXACT = 1e-9


def learned(
    strengths: NDArray[np.float64],
    fraud: NDArray[np.bool_],
    *,
    importance: NDArray[np.float64] | None = None,
    judging: Judging = SHIPPED,
    doubt: float = DOUBT,
) -> Judging:
    """Return by which weights to judge, given decisions; thresholds stay (`with_thresholds` sets them).

    The most likely weights of a logistic regression whose prior is normal around `judging`'s, under the constraint that
    each keeps its sign: minimises sum(importance * log-loss) + sum((w - w0)^2 / (2 doubt^2)), which is strictly convex,
    by Newton's method with projection [1]. Give it all decisions each time: what was learned once is no prior for the
    same decisions again. O(rounds * n * signals^2), some ten rounds.

    Args:
        strengths: float64[n, signals] of the decided claims (`signals.Measured`), as they were when decided.
        fraud: what was decided of each.
        importance: how much each decision counts, 1 if not given.
        judging: where to start from, the shipped weights if not given.
        doubt: the standard deviation of the prior of each weight, in nats.

    Raises:
        ValueError: if the arrays do not fit each other, or a number is none or below 0.

    Sources:
        1. Bertsekas: Projected Newton methods for optimization problems with simple constraints. SIAM Journal on
           Control and Optimization 20, 1982.
    """
    counted = np.ones(len(fraud)) if importance is None else importance
    if strengths.shape != (len(fraud), len(WEIGHTS)) or counted.shape != fraud.shape:
        raise ValueError(
            f"{strengths.shape} strengths and {counted.shape} importances do not fit {fraud.shape} decisions"
        )
    if not (np.isfinite(strengths).all() and np.isfinite(counted).all() and (counted >= 0).all() and doubt > 0):
        raise ValueError("strengths, importances and doubt are finite, and the last two not below 0")
    inputs = np.column_stack([np.ones(len(fraud)), strengths])
    middle = np.append(judging.intercept, judging.weights)
    precision = np.append(DOUBT_OF_INTERCEPT**-2, np.full(len(WEIGHTS), doubt**-2))
    sign = np.append(0.0, np.sign(WEIGHTS))
    task = _Task(inputs, fraud.astype(np.float64), counted, middle, precision)
    weights = middle
    loss = task.loss(weights)
    for _ in range(_ROUNDS):
        slope, curvature = task.derivatives(weights)
        # What is at its bound and would cross it stays, and takes no part in the step of the others.
        stays = (weights == 0) & (sign != 0) & (slope * sign > 0)
        moves = ~stays
        step = np.zeros_like(weights)
        step[moves] = np.linalg.solve(curvature[np.ix_(moves, moves)], slope[moves])
        length = 1.0
        while True:
            tried = weights - length * step
            tried = np.where((sign != 0) & (tried * sign < 0), 0.0, tried)
            fallen = loss - (tried_loss := task.loss(tried))
            if fallen >= 1e-4 * float(slope @ (weights - tried)) or length < _EXACT:
                break
            length /= 2
        if fallen <= _EXACT:
            break
        weights, loss = tried, tried_loss
    return judging._replace(intercept=float(weights[0]), weights=weights[1:])


class _Task(NamedTuple):
    """What is minimised."""

    inputs: NDArray[np.float64]
    fraud: NDArray[np.float64]
    importance: NDArray[np.float64]
    middle: NDArray[np.float64]
    precision: NDArray[np.float64]

    def loss(self, weights: NDArray[np.float64]) -> float:
        odds = self.inputs @ weights
        data = float(self.importance @ (np.logaddexp(0, odds) - self.fraud * odds))
        return data + float(self.precision @ (weights - self.middle) ** 2) / 2

    def derivatives(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        likely = 1 / (1 + np.exp(-np.clip(self.inputs @ weights, -500, 500)))
        slope = self.inputs.T @ (self.importance * (likely - self.fraud)) + self.precision * (weights - self.middle)
        bent = self.importance * likely * (1 - likely)
        return slope, (self.inputs * bent[:, None]).T @ self.inputs + np.diag(self.precision)


def with_thresholds(
    judging: Judging,
    likely: NDArray[np.float64],
    fraud: NDArray[np.bool_],
    *,
    most_false: float = MOST_FALSE,
    most_wronged: float = MOST_WRONGED,
    certainty: float = CERTAINTY,
) -> Judging:
    """Return a judging whose bands wrong few honest claims, by claims that took no part in learning it.

    A band that cannot be certified stays as it is: of fewer than 299 honest claims, none that is held does not yet show
    that fewer than one in a hundred are. Rejecting never begins before holding.
    """
    hold = lowest_threshold(likely, fraud, most_false=most_false, certainty=certainty)
    reject = lowest_threshold(likely, fraud, most_false=most_wronged, certainty=certainty)
    hold = judging.hold_from if hold is None else hold
    return judging._replace(hold_from=hold, reject_from=max(hold, judging.reject_from if reject is None else reject))


def lowest_threshold(
    likely: NDArray[np.float64], fraud: NDArray[np.bool_], *, most_false: float, certainty: float = CERTAINTY
) -> float | None:
    """Return from which probability on to act, to hit at most such a share of the honest; None if it cannot be known.

    Certainly, at `certainty`. The largest number k of n honest claims whose upper bound by Clopper and Pearson [1] is
    within the share, which holds if P(Bin(n, share) <= k) <= 1 - certainty; the threshold is just above the probability
    of the one after. Thresholds are tried from the strictest down until one fails, an order that is fixed beforehand,
    so that to try many costs no certainty [2]. O(n log n).

    Sources:
        1. Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
           Biometrika 26, 1934.
        2. Bauer: Multiple testing in clinical trials. Statistics in Medicine 10, 1991.
    """
    honest = np.sort(likely[~fraud])[::-1]
    tails = _binomial_tails(len(honest), most_false)
    allowed = int(np.searchsorted(tails, 1 - certainty, side="right"))
    if not allowed:
        return None
    # tails[k] is of k found, so `allowed` is one more than the largest k: the place of the first that may not be hit.
    return float(np.nextafter(honest[allowed - 1], 2)) if allowed <= len(honest) else 0.0


def _binomial_tails(trials: int, share: float) -> NDArray[np.float64]:
    """Return P(Bin(trials, share) <= k) for k from 0 to trials."""
    factorials = np.append(0.0, np.cumsum(np.log(np.arange(1, trials + 1))))
    found = np.arange(trials + 1)
    logarithms = (
        factorials[-1] - factorials - factorials[::-1] + found * np.log(share) + (trials - found) * np.log1p(-share)
    )
    tails: NDArray[np.float64] = np.minimum(np.cumsum(np.exp(logarithms)), 1.0)
    return tails


def exact_bounds(found: int, trials: int, certainty: float = CERTAINTY) -> tuple[float, float]:
    """Return Clopper and Pearson's bounds of a share: each side is wrong at most half as often as `certainty` leaves.

    The lower is where P(Bin >= found), the upper where P(Bin <= found), falls to (1 - certainty) / 2. By bisection,
    O(n).

    Raises:
        ValueError: if more were found than there are trials, or fewer than none.
    """
    if not 0 <= found <= trials:
        raise ValueError(f"{found} of {trials} cannot be found")
    rest = (1 - certainty) / 2
    low, high = 0.0, 1.0
    if found:
        low = _bisected(lambda share: 1 - float(_binomial_tails(trials, share)[found - 1]) >= rest)
    if found < trials:
        high = _bisected(lambda share: float(_binomial_tails(trials, share)[found]) <= rest)
    return low, high


def _bisected(above: Callable[[float], bool]) -> float:
    low, high = 1e-15, 1 - 1e-15
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if above(middle) else (middle, high)
    return (low + high) / 2


class Quality(NamedTuple):
    """How good a judging is, by claims of which it is known what they are; NaN where there is nothing to divide by."""

    precision: float
    """Of what is held or rejected, how much is fraud."""
    recall: float
    """Of fraud, how much is held or rejected."""
    false_positives: float
    """Of honest claims, how many are held or rejected."""
    false_positive_bounds: tuple[float, float]
    """Clopper and Pearson's, at 95%."""
    wronged: float
    """Of honest claims, how many are rejected."""
    calibration_error: float
    """By how much probabilities are off what happens, on average over ten bins of equally many claims."""


def quality(likely: NDArray[np.float64], fraud: NDArray[np.bool_], judging: Judging = SHIPPED) -> Quality:
    """Return how good a judging is. O(n log n)."""
    caught = likely >= judging.hold_from
    honest, hit = int(np.count_nonzero(~fraud)), int(np.count_nonzero(caught & ~fraud))
    bins = [part for part in np.array_split(np.argsort(likely, kind="stable"), 10) if len(part)]
    off = sum(len(part) * abs(float(likely[part].mean() - fraud[part].mean())) for part in bins)
    return Quality(
        precision=_share(np.count_nonzero(caught & fraud), np.count_nonzero(caught)),
        recall=_share(np.count_nonzero(caught & fraud), np.count_nonzero(fraud)),
        false_positives=_share(hit, honest),
        false_positive_bounds=exact_bounds(hit, honest),
        wronged=_share(np.count_nonzero((likely >= judging.reject_from) & ~fraud), honest),
        calibration_error=_share(off, len(fraud)),
    )


def _share(part: float | np.integer, whole: float | np.integer) -> float:
    return float(part) / float(whole) if whole else float("nan")
