"""How often intervals of the K-factor hold what they promise, for members of whom few bring most."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.intervals import deviations
from community.referrals.insight.invitations import mean_of_counts

SAMPLES = 400
TRULY = 4_000_000
"""Members from whom the true K-factor is taken."""
LARGEST = 200
"""Invitations of a member at most."""

INVITING = 0.3
"""Share of members who invite anybody, of the power laws."""

Counts = NDArray[np.int64]
Drawn = Callable[[np.random.Generator, int], Counts]


def poisson(random: np.random.Generator, size: int) -> Counts:
    """Everybody invites two, but for chance; one in five comes."""
    return random.binomial(random.poisson(2, size), 0.2)


def geometric(random: np.random.Generator, size: int) -> Counts:
    """Some invite many more than others; three in ten come."""
    return random.binomial(random.geometric(0.25, size) - 1, 0.3)


def few(random: np.random.Generator, size: int) -> Counts:
    """Three in ten invite, by a power law of exponent 2.2, 200 at most."""
    return _power_law(random, size, 2.2)


def very_few(random: np.random.Generator, size: int) -> Counts:
    """The same of exponent 1.5."""
    return _power_law(random, size, 1.5)


def _power_law(random: np.random.Generator, size: int, exponent: float) -> Counts:
    invited = np.minimum(np.floor(random.pareto(exponent, size) + 1), LARGEST) * (random.random(size) < INVITING)
    return random.binomial(invited.astype(np.int64), 0.3)


COMMUNITIES: dict[str, Drawn] = {
    "Poisson": poisson,
    "geometric": geometric,
    "power law, 2.2": few,
    "power law, 1.5": very_few,
}
NAMES = ("delta method", "delta method of the logarithm", "**score**", "bootstrap, percentiles", "bootstrap, t")


def bounds(counts: Counts, random: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Return the bounds by each method, in the order of their names."""
    size, mean, wide = len(counts), float(counts.mean()), deviations()
    error = float(counts.std(ddof=1)) / size**0.5
    none = (0.0, wide**2 / size)
    yield mean - wide * error, mean + wide * error
    yield (mean * np.exp(-wide * error / mean), mean * np.exp(wide * error / mean)) if mean else none
    yield mean_of_counts(counts)[1:]
    drawn = counts[random.integers(0, size, (SAMPLES, size))]
    means, errors = drawn.mean(1), drawn.std(1, ddof=1) / size**0.5
    low, high = np.quantile(means, [0.025, 0.975])
    yield float(low), float(high)
    known = errors > 0
    if not known.any():
        yield none
        return
    low, high = np.quantile((means[known] - mean) / errors[known], [0.025, 0.975])
    yield mean - float(high) * error, mean - float(low) * error


def table(rounds: int) -> str:
    """Return how often each holds, in percent, and how wide it is beside the narrowest of those."""
    lines = [
        "| members bring by | members | K | " + " | ".join(NAMES) + " |",
        "|---" * (len(NAMES) + 3) + "|",
    ]
    random = np.random.default_rng(1)
    for name, drawn in COMMUNITIES.items():
        true = float(drawn(random, TRULY).mean())
        for size in (50, 200, 1_000):
            held, width = np.zeros(len(NAMES)), np.zeros(len(NAMES))
            for _ in range(rounds):
                found = np.array(list(bounds(drawn(random, size), random)))
                held += (found[:, 0] <= true) & (true <= found[:, 1])
                width += found[:, 1] - found[:, 0]
            cells = (f"{100 * one / rounds:.1f} ({other / rounds:.2f})" for one, other in zip(held, width, strict=True))
            lines.append(f"| {name} | {size} | {true:.3f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
