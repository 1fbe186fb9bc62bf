"""Ballots that have fared alike so far in a count go together: what proportional rules need to know of a million ballots.

Shapes: b ballots that differ, m options, g groups.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.outcomes import Number
from community.cocreation.rounds.rules.profiles import Approvals


class Groups:
    """Who approves of each option, and to which group each ballot belongs; all to group 0 at first."""

    def __init__(self, ballots: Approvals) -> None:
        """Find the supporters of each option. O(b m), 4 bytes for each approval."""
        self.options = ballots.options
        self.voters = int(ballots.counts.sum())
        self.of: NDArray[np.int64] = np.zeros(len(ballots.counts), np.int64)
        """[b], the group of each ballot."""
        self.counts = ballots.counts
        self.supporters: list[NDArray[np.int32]] = [
            np.flatnonzero(ballots.approved[:, option]).astype(np.int32) for option in range(ballots.options)
        ]
        self.approvals: list[int] = [int(self.counts[supporters].sum()) for supporters in self.supporters]
        """[m], how many approve of each option."""
        # Sums of float64 are exact up to 2^53 ballots, and that is what bincount adds in.
        self._weights = ballots.counts.astype(np.float64)

    def support(self, option: int, groups: int) -> list[int]:
        """Return by group how many approve of an option. O(s + g) for s supporters."""
        amounts: list[int] = self.weights_by_group(option, groups).astype(np.int64).tolist()
        return amounts

    def weights_by_group(self, option: int, groups: int) -> NDArray[np.float64]:
        """Return the same as floats, [g]."""
        supporters = self.supporters[option]
        found: NDArray[np.float64] = np.bincount(self.of[supporters], self._weights[supporters], groups).astype(
            np.float64
        )
        return found


def tally(values: dict[int, Number], options: int, left: Iterable[int]) -> tuple[Number | None, ...]:
    """Return what a step shows by option: the value of whoever is left and has one, None for the others."""
    still = set(left)
    return tuple(values.get(option) if option in still else None for option in range(options))


def seats(winners: int, options: int) -> int:
    """Return how many can be elected.

    Raises:
        ValueError: if it is asked for fewer than none.
    """
    if winners < 0:
        raise ValueError(f"there cannot be {winners} winners")
    return min(winners, options)
