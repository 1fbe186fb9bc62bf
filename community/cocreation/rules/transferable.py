"""The single transferable vote: as many winners as a group of voters fills quotas, by the voters' own rankings.

Shapes: b ballots that differ, m options.

Sources:
    1. H. R. Droop: On methods of electing representatives. Journal of the Statistical Society of London 44(2), 1881.
    2. J. B. Gregory: A simple suggestion in explanation of Hare's proportional representation. 1880 (surpluses as
       fractions of each ballot).
    3. N. Tideman: The single transferable vote. Journal of Economic Perspectives 9(1), 1995.
    4. The Scottish Local Government Elections Order 2007, schedule 1, rules 45 to 52 (a weighted inclusive count).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rules.profiles import UNRANKED, Rankings
from community.cocreation.rules.runoff import highest
from community.cocreation.rules.seats import check_seats, highest_first

PRECISION = 10**12
"""The largest denominator of a transfer value."""
CHUNK = 65_536
"""How many ballots are handed on at a time."""


def single_transferable_vote(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect whoever reaches a quota, and hand on what is beyond it and what the weakest have. O(b m^2) and more, see below.

    A ballot counts for the option that it has highest among those standing; several that are level there share it
    equally. Whoever has the Droop quota [1],

        quota = floor(ballots that order any option / (winners + 1)) + 1,

    is elected and stands no longer. A surplus is handed on before anybody is eliminated, the largest first, of equal
    ones that of who was elected first. All that the elected holds is handed on, each part at its value times

        transfer value = surplus / all that the elected holds

    to whom its ballot has highest of those standing: the weighted inclusive Gregory method [2, 3, 4]. If nobody has a
    surplus, the option with the fewest is eliminated and what it holds handed on at its full value; of several the one
    drawn last, but those that have nothing go together as long as enough are left. When no more stand than there are
    seats, all are elected, the most first. What nobody standing is ordered for is exhausted, and lost.

    Values are exact fractions. A transfer value whose denominator is above `PRECISION` is rounded down to its multiples,
    as laws do at five decimals [4]: else each transfer would double the digits of all that follow, and twenty winners
    be out of reach. Nobody wins a vote by that; the elected keeps less than a millionth of a millionth of what it holds.

    The law of it (Droop's, for solid coalitions): if at least n quotas of ballots have the same options above all
    others, without any level, then n of those are elected, or all of them.

    Cost: handing on takes O(m) a ballot, and a step in Python for each value that differs.

    Steps: `counted`, the first places; `elected` and `eliminated`, as it stood then; `transferred`, as it stands after.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    seats = min(winners, ballots.options)
    ordering = (ballots.ranks != UNRANKED).any(axis=1)
    quota = droop_quota(int(ballots.counts[ordering].sum()), winners)
    piles = _Piles(ballots)
    steps = [Step("counted", (), piles.tally())]
    elected: list[int] = []
    surpluses: list[int] = []
    while len(elected) < seats:
        left = piles.standing()
        reached = [option for option in left if piles.sums[option] >= quota]
        if len(left) <= seats - len(elected):
            reached = left
        if reached:
            ordered = highest_first(piles.sums, lots, len(reached), among=reached, filled=len(elected))
            steps.append(Step("elected", ordered, piles.tally()))
            elected += ordered
            surpluses += [option for option in ordered if piles.sums[option] > quota]
            piles.stands[list(ordered)] = False
        elif surpluses:
            largest = max(surpluses, key=piles.sums.__getitem__)
            surpluses.remove(largest)
            piles.hand_on(largest, _transfer_value(piles.sums[largest], quota))
            steps.append(Step("transferred", (largest,), piles.tally()))
        else:
            out = _weakest(piles, left, lots, seats - len(elected))
            steps.append(Step("eliminated", out, piles.tally()))
            piles.stands[list(out)] = False
            piles.disband(out)
            steps.append(Step("transferred", out, piles.tally()))
    return Outcome("single_transferable_vote", tuple(elected), tuple(steps), tuple(lots.ties))


def droop_quota(ballots: int, winners: int) -> int:
    """Return the least whole number of ballots that no more options than winners can have at once [1]. O(1)."""
    return ballots // (winners + 1) + 1


def _transfer_value(held: Fraction, quota: int) -> Fraction:
    exact = (held - quota) / held
    if exact.denominator <= PRECISION:
        return exact
    return Fraction(exact.numerator * PRECISION // exact.denominator, PRECISION)


def _weakest(piles: _Piles, left: list[int], lots: Lots, seats: int) -> tuple[int, ...]:
    """Return who goes: one, or all that have nothing, for these hand nothing on and go first in any order."""
    nothing = tuple(option for option in left if not piles.sums[option])
    if nothing and len(left) - len(nothing) >= seats:
        return nothing
    return (lots.worst(piles.sums, left, f"elimination, {len(left)} left for {seats}"),)


class _Piles:
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
            tops = highest(self._ballots.ranks[rows], self.stands)
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


def _pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """Return which pairs of elements there are, none negative and below 2^31, and which of them stands where."""
    different, member = np.unique(first.astype(np.int64) << 32 | second, return_inverse=True)
    pairs = list(zip((different >> 32).tolist(), (different & 0xFFFF_FFFF).tolist(), strict=True))
    return pairs, member
