"""Where those who are invited are lost, and how long each step takes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.intervals import LEVEL, Estimate, share


class Times(NamedTuple):
    """How long a step took those who took it, in the unit of the times; NaN if nobody did."""

    lower_quartile: float
    median: float
    upper_quartile: float


class Step(NamedTuple):
    """One step of a funnel."""

    reached: int
    """How many got so far: to this step or any later one."""
    of_previous: Estimate
    """Which share of those who reached the step before."""
    of_all: Estimate
    """Which share of those who reached the first."""
    took: Times
    """From the step before, of those of whom both times are known, and in that order."""


def funnel(times: NDArray[np.float64], level: float = LEVEL) -> tuple[Step, ...]:
    """Return how many reach each step, with Wilson's intervals, and how long it took. O(n * steps * log n).

    Who did a later step has reached those before, also where these were not seen (a link that was followed on another
    phone), so that no share is above 1. Who came lately has not had the time for later steps: leave out who came after
    some day.

    Args:
        times: float64[n, steps], when each one did each step; NaN is not, or not seen.
        level: of the intervals.

    Raises:
        ValueError: if it has not two dimensions.
    """
    if times.ndim != 2:  # noqa: PLR2004 (said above)
        raise ValueError(f"a funnel has people and steps, not {times.ndim} dimensions")
    done = np.isfinite(times)
    reached = np.logical_or.accumulate(done[:, ::-1], axis=1)[:, ::-1]
    counts = [int(count) for count in np.count_nonzero(reached, axis=0)]
    return tuple(
        Step(
            count,
            share(count, counts[max(place - 1, 0)], level),
            share(count, counts[0], level),
            taken(times[:, place - 1], times[:, place]) if place else taken(times[:0, 0], times[:0, 0]),
        )
        for place, count in enumerate(counts)
    )


def taken(begun: NDArray[np.float64], done: NDArray[np.float64]) -> Times:
    """Return how long it took from one time to another: of whom both are known, and in that order. O(n)."""
    gaps = done - begun
    gaps = gaps[np.isfinite(gaps) & (gaps >= 0)]
    if not len(gaps):
        return Times(float("nan"), float("nan"), float("nan"))
    return Times(*(float(quartile) for quartile in np.quantile(gaps, [0.25, 0.5, 0.75])))
