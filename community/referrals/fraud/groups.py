"""Counting within groups of claims: how many share something, by whom they were brought.

All are O(n log n) for n claims, by sorting, and treat the key 0 as not known: nothing is shared by it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each claim is in: numbers from 0 to `count` - 1."""

    place: Keys
    count: int

    def sums(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of values of each group."""
        return np.bincount(self.place, weights=values, minlength=self.count).astype(np.float64, copy=False)

    def sizes(self) -> Counts:
        """Return how many claims are in each group."""
        return np.bincount(self.place, minlength=self.count)


def grouped(*keys: NDArray[np.int64]) -> Groups:
    """Return the groups of claims that have all of the keys in common."""
    places, count = _places(keys[0])
    for key in keys[1:]:
        more, others = _places(key)
        places, count = _places(places * others + more)
    return Groups(places, count)


def _places(key: NDArray[np.int64]) -> tuple[Keys, int]:
    values, places = np.unique(key, return_inverse=True)
    return places.astype(np.int64, copy=False), len(values)


def sharing(groups: Groups, key: Keys) -> Counts:
    """Return how many claims of the same group have the same key as a claim, less itself; 0 where it is unknown."""
    both = grouped(groups.place, key)
    return np.where(key != 0, both.sizes()[both.place] - 1, 0)


def sharing_anywhere(key: Keys) -> Counts:
    """Return how many claims have the same key, itself not counted; 0 where it is unknown."""
    same = grouped(key)
    return np.where(key != 0, same.sizes()[same.place] - 1, 0)


def different(groups: Groups, key: Keys) -> Counts:
    """Return how many different known keys each group has."""
    known = key != 0
    if not known.any():
        return np.zeros(groups.count, np.int64)
    within = groups.place[known]
    both = grouped(within, key[known])
    first = np.zeros(both.count, np.int64)
    first[both.place] = within
    return np.bincount(first, minlength=groups.count)


def place_of(wanted: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each of some numbers is among others, the last place if there are several, and -1 if it is not."""
    if not len(among):
        return np.full(len(wanted), -1)
    order = np.argsort(among, kind="stable")
    found = np.searchsorted(among[order], wanted, side="right") - 1
    place = order[np.maximum(found, 0)]
    return np.where((found >= 0) & (among[place] == wanted), place, -1)
