"""How signals add up to the probability that a claim is made up, and what that probability does."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud.claims import Claims
from community.referrals.fraud.signals import INTERCEPT, NAMES, SIGNALS, WEIGHTS, Measured, measured


class Band(IntEnum):
    """What is done with a claim."""

    GRANT = 0
    HOLD = 1
    """A moderator looks at it."""
    REJECT = 2


class Judging(NamedTuple):
    """By which numbers claims are judged: those that are shipped, or what moderators' decisions made of them."""

    intercept: float
    weights: NDArray[np.float64]
    """In nats, one for each signal."""
    hold_from: float
    """The probability from which on a claim is held."""
    reject_from: float


HOLD_FROM = 0.5
REJECT_FROM = 0.95
SHIPPED = Judging(INTERCEPT, WEIGHTS, HOLD_FROM, REJECT_FROM)


class Judged(NamedTuple):
    """What came of each claim."""

    probabilities: NDArray[np.float64]
    bands: NDArray[np.int8]
    """See `Band`."""
    measured: Measured


class Evidence(NamedTuple):
    """Why a claim is judged as it is: one signal, in words and numbers."""

    signal: str
    sentence: str
    measured: float
    weight: float
    """What it added to the log-odds of fraud, in nats: 0.7 doubles the odds, -0.7 halves them."""


def judged(claims: Claims, judging: Judging = SHIPPED) -> Judged:
    """Judge all claims of a programme: the probability of fraud, the band, and what was measured. O(n log n).

    log(p / (1 - p)) = intercept + sum of weight * strength over the signals: weights of evidence [1], which add up for
    what is independent, fitted together (`learning`) since it is not, and so that p is as often right as it says [2].

    Sources:
        1. Good: Probability and the weighing of evidence. Griffin, 1950.
        2. Platt: Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods.
           Advances in Large Margin Classifiers, MIT Press, 1999.
    """
    found = measured(claims)
    likely = probabilities(found.strengths, judging)
    return Judged(likely, bands(likely, judging), found)


def probabilities(strengths: NDArray[np.float64], judging: Judging = SHIPPED) -> NDArray[np.float64]:
    """Return the probability of fraud by the strengths of signals."""
    odds = judging.intercept + strengths @ judging.weights
    # Of a large number on either side, neither exponential overflows.
    return np.where(odds >= 0, 1 / (1 + np.exp(-np.abs(odds))), 1 - 1 / (1 + np.exp(-np.abs(odds))))


def bands(likely: NDArray[np.float64], judging: Judging = SHIPPED) -> NDArray[np.int8]:
    """Return what is done with claims of such probabilities."""
    return ((likely >= judging.hold_from).astype(np.int8) + (likely >= judging.reject_from)).astype(np.int8)


def evidence(found: Judged, claim: int, judging: Judging = SHIPPED) -> tuple[Evidence, ...]:
    """Return what spoke for fraud and against it in one claim, what weighed most first."""
    values, strengths = found.measured.values[claim], found.measured.strengths[claim]
    weighed = judging.weights * strengths
    return tuple(
        Evidence(
            NAMES[place],
            SIGNALS[NAMES[place]].sentence.format(measured=values[place]),
            float(values[place]),
            float(weighed[place]),
        )
        for place in np.argsort(-np.abs(weighed), kind="stable")
        if weighed[place]
    )
