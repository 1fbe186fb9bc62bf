"""What each option holds of the ballots, while they are handed on from one to another.

Shapes: b ballots that differ, m options.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.profiles import UNRANKED, Rankings

CHUNK = 65_536
"""How many ballots are handed on at a time."""


class Piles:
    """Which part of each ballot each option holds.

    Parts are kept as numbers of the values that there are, few even where there are many ballots, so that ballots are
    handed on in arrays and fractions reckoned once a value.
    """

    def __init__(self, ballots: Rankings) -> None:
        self.stands = np.ones(ballots.options, np.bool_)
        self.sums = [Fraction(0)] * ballots.options
        self._ballots = ballots
        self._out: set[int] = set()
        self._values = [Fraction(0)]
        self._numbers = {Fraction(0): 0}
        self._held = np.zeros(ballots.ranks.shape, np.int32)
        whole = np.full(len(ballots.ranks), self._number(Fraction(1)), np.int32)
        self._give(np.arange(len(whole)), whole, Fraction(1))

    def standing(self) -> list[int]:
        """Return the options that are neither elected nor out."""
        found: list[int] = np.flatnonzero(self.stands).tolist()
        return found

    def tally(self) -> tuple[Fraction | None, ...]:
        """Return what each option holds, None for who is out."""
        return tuple(None if option in self._out else held for option, held in enumerate(self.sums))

    def hand_on(self, option: int, value: Fraction) -> None:
        """Give all that an elected option holds, times its transfer value, to whom its ballots have next."""
        rows = np.flatnonzero(self._held[:, option])
        parts = self._held[rows, option]
        # What the option keeps is never handed on again: it stays in the sum alone.
        self._held[rows, option] = 0
        self.sums[option] -= self.sums[option] * value
        self._give(rows, parts, value)

    def disband(self, options: Sequence[int]) -> None:
        """Take options out, and give all that they hold to whom their ballots have next."""
        self._out.update(options)
        for option in options:
            self.hand_on(option, Fraction(1))

    def _give(self, ballots: NDArray[np.int64], parts: NDArray[np.int32], value: Fraction) -> None:
        for begin in range(0, len(ballots), CHUNK):
            rows = ballots[begin : begin + CHUNK]
            tops = _highest(self._ballots.ranks[rows], self.stands)
            place, options = np.nonzero(tops)
            rows = rows[place]
            given = self._worth(
                parts[begin : begin + CHUNK][place],
                tops.sum(axis=1)[place],
                lambda part, level: self._values[part] * value / level,
            )
            self._held[rows, options] = self._worth(
                self._held[rows, options], given, lambda before, more: self._values[before] + self._values[more]
            )
            alike, member = _pairs(given, options)
            amounts = np.zeros(len(alike), np.int64)
            np.add.at(amounts, member, self._ballots.counts[rows])
            for (part, option), amount in zip(alike, amounts.tolist(), strict=True):
                self.sums[option] += amount * self._values[part]

    def _worth(
        self, first: NDArray[np.integer], second: NDArray[np.integer], value: Callable[[int, int], Fraction]
    ) -> NDArray[np.int32]:
        """Return the numbers of the values that a function has of two arrays, element by element."""
        alike, member = _pairs(first, second)
        return np.array([self._number(value(*pair)) for pair in alike], np.int32)[member]

    def _number(self, value: Fraction) -> int:
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number


def _highest(ranks: NDArray[np.int16], standing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return, [b, m], which options each ballot has highest of those standing: none, if it orders none. O(b m)."""
    left = np.where(standing, ranks, UNRANKED)
    best = left.min(axis=1, initial=UNRANKED)
    tops: NDArray[np.bool_] = (left == best[:, None]) & (best != UNRANKED)[:, None]
    return tops


def _pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """Return which pairs of elements there are, none negative and below 2^31, and which of them stands where."""
    different, member = np.unique(first.astype(np.int64) << 32 | second, return_inverse=True)
    pairs = list(zip((different >> 32).tolist(), (different & 0xFFFF_FFFF).tolist(), strict=True))
    return pairs, member
