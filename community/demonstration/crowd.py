"""Drawing members at random: the more active more often, and none before they joined."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Crowd:
    """Members in tribes, each with a weight. Members are numbered in the order in which they joined."""

    def __init__(self, tribe: Integers, weight: Numbers) -> None:
        """Prepare the draws; costs one sort."""
        self._members = len(tribe)
        self._keys = np.sort(tribe * self._members + np.arange(self._members))
        self._member = self._keys % self._members
        self._summed = np.concatenate(([0.0], np.cumsum(weight[self._member])))

    def draw(self, tribe: Integers, joined: Integers, chance: Numbers) -> Integers:
        """Draw a member of each given tribe among the first `joined` members, by weight.

        Where a tribe has none yet, any of the first `joined` is drawn. `chance` is uniform in [0, 1).
        """
        first = np.searchsorted(self._keys, tribe * self._members)
        last = np.searchsorted(self._keys, tribe * self._members + joined)
        below, above = self._summed[first], self._summed[last]
        place = np.searchsorted(self._summed, below + chance * (above - below), side="right") - 1
        drawn = self._member[np.clip(place, first, np.maximum(last - 1, first)) % self._members]
        return np.where(last > first, drawn, (chance * joined).astype(np.int64))


class Followers:
    """Who follows whom, for drawing one of a member's followers."""

    def __init__(self, follower: Integers, followed: Integers, members: int) -> None:
        """Order the follows by who is followed."""
        order = np.lexsort((follower, followed))
        self._follower = follower[order]
        self._first = np.searchsorted(followed[order], np.arange(members + 1))

    def draw(self, followed: Integers, chance: Numbers) -> Integers:
        """Draw one follower of each member, evenly; -1 where there is none."""
        first = self._first[followed]
        amount = self._first[followed + 1] - first
        if not len(self._follower):
            return np.full(len(followed), -1)
        place = np.minimum(first + (chance * amount).astype(np.int64), len(self._follower) - 1)
        return np.where(amount > 0, self._follower[place], -1)


def some(stream: np.random.Generator, share: float, amount: int) -> Flags:
    """Choose about a share of so many."""
    return stream.random(amount) < share


def by_weight(weight: NDArray[np.floating[Any]], chance: Numbers) -> Integers:
    """Draw places of an array in proportion to what stands there."""
    summed = np.cumsum(weight)
    drawn: Integers = np.minimum(np.searchsorted(summed, chance * summed[-1], side="right"), len(weight) - 1)
    return drawn
