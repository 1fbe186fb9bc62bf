"""Logistic regression on the n-grams of texts, by dual coordinate descent.

A text with n different n-grams, of which n-gram j has the ratio r_j, is the vector x with x_j = r_j / sqrt(n). Found is
the w and b that minimise

    (w.w + b^2) / 2  +  sum over texts of  cost * log(1 + exp(-y (w.x + b))),   y = 1 or -1

by its dual, one text at a time: each step solves a problem of one number exactly (algorithm 5 of [1]). That needs no
step size, costs what the text has n-grams, and a dozen rounds are enough. Texts come in an order drawn by a seed.

Sources:
    1. Yu, Huang, Lin: Dual coordinate descent methods for logistic regression and maximum entropy models. Machine
       Learning 85, 2011.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graph.kernels import kernel
from moderation.classifier.ngrams import Numbers, Rows

Floats = NDArray[np.float64]

MOST_ROUNDS = 40
_MOST_TRIES = 100
EXACT = 0.05
"""The largest derivative that is left. Smaller ones move no probability by what anybody could see."""


def fitted(rows: Rows, positive: NDArray[np.bool_], cost: Floats, ratios: Floats, *, seed: int) -> tuple[Floats, float]:
    """Return the weight of each number's presence, w_j r_j, and the intercept b.

    Args:
        rows: the texts' n-grams.
        positive: which texts are what is looked for.
        cost: of each text; one of none takes no part.
        ratios: r_j, by number; n-grams of ratio 0 take no part.
        seed: draws the order of texts. O(rounds * n-grams).
    """
    random = np.random.default_rng(seed)
    part = np.flatnonzero(cost > 0)
    orders = np.stack([random.permutation(part) for _ in range(MOST_ROUNDS)])
    weights = np.zeros(len(ratios))
    intercept = _descend(rows.numbers, rows.starts, np.where(positive, 1.0, -1.0), cost, ratios, orders, weights)
    return weights * ratios, intercept


@kernel
def sums(numbers: Numbers, starts: NDArray[np.int64], weights: NDArray[np.floating]) -> Floats:
    """Return, of each text, the sum of its n-grams' weights over the square root of how many n-grams it has."""
    found = np.zeros(len(starts) - 1)
    for row in range(len(found)):
        total = 0.0
        for at in range(starts[row], starts[row + 1]):
            total += weights[numbers[at]]
        found[row] = total / math.sqrt(max(1, starts[row + 1] - starts[row]))
    return found


@kernel
def counts(rows: Numbers, starts: NDArray[np.int64], importance: Floats, size: int) -> Floats:
    """Return, of each number, the importance of the texts that have it, together."""
    found = np.zeros(size)
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            found[rows[at]] += importance[row]
    return found


@kernel
def _descend(  # noqa: C901 - one loop, that a text's step stands in whole
    numbers: Numbers,
    starts: NDArray[np.int64],
    sides: Floats,
    cost: Floats,
    ratios: Floats,
    orders: NDArray[np.int64],
    weights: Floats,
) -> float:
    """Change `weights` to w; return b. `alpha` and `cost - alpha` are both kept, as their difference loses digits."""
    texts = len(sides)
    alpha, rest = np.empty(texts), np.empty(texts)
    scale, curvature = np.empty(texts), np.empty(texts)
    intercept = 0.0
    for row in range(texts):
        scale[row] = 1 / math.sqrt(max(1, starts[row + 1] - starts[row]))
        alpha[row] = min(0.001 * cost[row], 1e-8)
        rest[row] = cost[row] - alpha[row]
        curvature[row] = 1.0
        intercept += sides[row] * alpha[row]
        for at in range(starts[row], starts[row + 1]):
            value = ratios[numbers[at]] * scale[row]
            curvature[row] += value * value
            weights[numbers[at]] += sides[row] * alpha[row] * value
    close = 1e-2
    for order in orders:
        largest, steps = 0.0, 0
        for row in order:
            total = 0.0
            for at in range(starts[row], starts[row + 1]):
                total += weights[numbers[at]] * ratios[numbers[at]]
            slope = sides[row] * (total * scale[row] + intercept)
            # Of the two numbers that make up the cost, the smaller one is solved for.
            first = 0.5 * curvature[row] * (rest[row] - alpha[row]) + slope >= 0
            sign = 1.0 if first else -1.0
            old = alpha[row] if first else rest[row]
            new = old if cost[row] - old >= 0.5 * cost[row] else 0.1 * old
            derivative = curvature[row] * (new - old) + sign * slope + math.log(new / (cost[row] - new))
            largest = max(largest, abs(derivative))
            tries = 0
            while abs(derivative) >= close and tries < _MOST_TRIES:
                newton = new - derivative / (curvature[row] + cost[row] / (cost[row] - new) / new)
                new = newton if newton > 0 else 0.1 * new
                derivative = curvature[row] * (new - old) + sign * slope + math.log(new / (cost[row] - new))
                tries += 1
            if not tries:
                continue
            steps += tries
            alpha[row] = new if first else cost[row] - new
            rest[row] = cost[row] - new if first else new
            change = sign * (new - old) * sides[row]
            intercept += change
            for at in range(starts[row], starts[row + 1]):
                weights[numbers[at]] += change * scale[row] * ratios[numbers[at]]
        if largest < EXACT:
            break
        if steps <= len(order) / 10:
            close = max(1e-8, 0.1 * close)
    return intercept
