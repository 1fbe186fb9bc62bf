"""From evidence to probability: of texts that are given 0.8, eight in ten are what is looked for.

A regression that has seen its texts is too sure of them. So what it says of texts that it has not seen is fitted to what
they are, by beta calibration [1], which is Platt's scaling [2] where its two slopes are the same and bends where one
side is surer than the other. Both slopes are at least 0: more evidence never makes a text less likely.

Sources:
    1. Kull, Silva Filho, Flach: Beta calibration. AISTATS 2017.
    2. Platt: Probabilistic outputs for support vector machines. 1999.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDS = 50
_EXACT = 1e-9
# A text of each kind that was never seen (Laplace's rule), so that few texts do not make certain.
_PRECISION = 1e-3


class Calibration(NamedTuple):
    """log-odds = `above` * log s - `below` * log(1 - s) + `shift`, where s is the decision's sigmoid."""

    above: float = 1.0
    below: float = 1.0
    shift: float = 0.0

    def probabilities(self, decisions: Floats) -> Floats:
        """Return the probability that belongs to each decision."""
        odds = _inputs(decisions) @ np.array(self)
        found: Floats = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
        return found


def calibrated(decisions: Floats, positive: Flags, importance: Floats) -> Calibration:
    """Return the calibration that makes what is known most likely, by Newton's method. O(rounds * texts)."""
    inputs = _inputs(decisions)
    free = np.array([True, True, True])
    while True:
        found = np.zeros(3)
        found[free] = _most_likely(inputs[:, free], positive, importance)
        falls = free & (found < 0) & np.array([True, True, False])
        if not falls.any():
            return Calibration(*map(float, found))
        free &= ~falls


def _inputs(decisions: Floats) -> Floats:
    return np.column_stack([-np.logaddexp(0, -decisions), np.logaddexp(0, decisions), np.ones(len(decisions))])


def _most_likely(inputs: Floats, positive: Flags, importance: Floats) -> Floats:
    """Return the coefficients of a logistic regression, halving each step of Newton's until it makes things better."""

    def loss(coefficients: Floats) -> float:
        odds = inputs @ coefficients
        data = float(importance @ (np.logaddexp(0, odds) - positive * odds))
        return data + _PRECISION * float(coefficients @ coefficients) / 2

    found = np.zeros(inputs.shape[1])
    now = loss(found)
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-np.clip(inputs @ found, -50, 50)))
        slope = inputs.T @ (importance * (likely - positive)) + _PRECISION * found
        bent = (inputs * (importance * likely * (1 - likely))[:, None]).T @ inputs + _PRECISION * np.eye(len(found))
        step, length = np.linalg.solve(bent, slope), 1.0
        while (then := loss(found - length * step)) > now and length > _EXACT:
            length /= 2
        if now - then <= _EXACT * max(1.0, now):
            break
        found, now = found - length * step, then
    return found
