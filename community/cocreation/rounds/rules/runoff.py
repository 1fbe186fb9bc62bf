"""Instant run-off: whoever has the fewest first places goes, until one has more than half.

Shapes: b ballots that differ, m options.

Sources:
    1. W. R. Ware: Application of Mr. Hare's system of voting to the nomination of overseers. Harvard, 1871.
    2. M. Delemazure, D. Peters: Generalizing Instant Runoff Voting to Allow for Indifferences. EC 2024 (options that
       are level; what is done here is their split rule).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import UNRANKED, Rankings
from community.cocreation.rounds.rules.seats import check_seats

CHUNK = 65_536
"""How many ballots are looked at at a time: some megabytes, however many there are."""
LOOK_AHEAD = 400_000_000
"""How many ranks may be read, in all, to see where other lots would lead: seconds at most."""
LEAST_READ = 100_000
"""How many ranks could be read in the time that a round takes besides."""


def instant_runoff(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect one who gets more than half as the weakest are eliminated one by one [1]. O(b m^2 winners).

    A ballot counts for the option that it has highest among those still standing. Several that are level there share it
    equally [2], in exact fractions. When all that it orders are out it is exhausted, and counts no longer: more than
    half is of the ballots that still do. Of several that have the fewest the one drawn last goes; but if even together
    they have less than the next, all of them go at once, for they would go one after another whichever was first. A tie
    is noted if who wins may hang on it. That is seen by counting where other lots lead, as far as `LOOK_AHEAD` goes;
    what would take more is noted.

    Several winners are elected one after another, each as if those before had not stood: each is a majority's choice,
    and a majority may have all of them. Where everybody is to have a share, see the single transferable vote.

    Steps, with the ballots as they stood: `eliminated`, `elected`.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    steps: list[Step] = []
    elected: list[int] = []
    rounds = _Rounds(ballots)
    while len(elected) < min(winners, ballots.options):
        standing = frozenset(range(ballots.options)).difference(elected)
        elected.append(_elect_one(rounds, standing, lots, f"place {len(elected) + 1}", steps))
    return Outcome("instant_runoff", tuple(elected), tuple(steps), tuple(lots.ties))


class _Round(NamedTuple):
    """What the ballots say of those who stand."""

    shares: list[Fraction]
    won: tuple[int, ...]
    """Who is elected, if anybody."""
    weakest: tuple[int, ...]
    """Who goes if nobody is elected: one of these, or all if `together`."""
    together: bool


class _Rounds:
    """The rounds from which one is elected, each counted once."""

    def __init__(self, ballots: Rankings) -> None:
        # An option's ranks side by side: a minimum over options is then taken of many ballots at a time.
        self._ranks = np.ascontiguousarray(ballots.ranks.T)
        self._counts = ballots.counts
        self._counted: dict[frozenset[int], _Round] = {}
        self._ends: dict[frozenset[int], frozenset[int] | None] = {}
        self._left = LOOK_AHEAD

    def count(self, standing: frozenset[int]) -> _Round:
        """Return what the ballots say of those who stand. O(b m)."""
        if standing not in self._counted:
            self._counted[standing] = _judged(self._first_places(np.array(sorted(standing))), standing)
        return self._counted[standing]

    def _first_places(self, standing: NDArray[np.int64]) -> list[Fraction]:
        """Return how many ballots have each option highest of those standing, shared by those level. O(b m)."""
        options, ballots = self._ranks.shape
        votes = np.zeros((options + 1) * options, np.int64)
        for begin in range(0, ballots, CHUNK):
            ranks = self._ranks[standing, begin : begin + CHUNK]
            best = ranks.min(axis=0)
            tops = (ranks == best) & (best != UNRANKED)
            level = tops.sum(axis=0, dtype=np.int64)
            place, ballot = np.nonzero(tops)
            np.add.at(votes, level[ballot] * options + standing[place], self._counts[begin : begin + CHUNK][ballot])
        shared = votes.reshape(options + 1, options).T.tolist()
        return [sum((Fraction(n, size) for size, n in enumerate(by_size) if n), Fraction(0)) for by_size in shared]

    def lot_matters(self, standing: frozenset[int], level: tuple[int, ...]) -> bool:
        """Return whether it may make a difference to who wins which of some level options goes."""
        ends = {self._possible(standing - {option}) for option in level}
        return len(ends) > 1 or None in ends

    def _possible(self, standing: frozenset[int]) -> frozenset[int] | None:
        """Return who wins from here by any lots at all; None if that takes too long to say."""
        ahead = [standing]
        while ahead:
            now = ahead[-1]
            if now not in self._ends and not self._affordable(now):
                self._ends[now] = None
            if now in self._ends:
                ahead.pop()
                continue
            following = self._following(now)
            known = [self._ends[state] for state in following if state in self._ends]
            winners = [found for found in known if found is not None]
            if len(winners) < len(known):
                self._ends[now] = None
            elif len(known) < len(following):
                ahead.append(next(state for state in following if state not in self._ends))
            else:
                self._ends[now] = frozenset(self.count(now).won).union(*winners)
        return self._ends[standing]

    def _following(self, standing: frozenset[int]) -> list[frozenset[int]]:
        """Return who may be left after a round: nothing follows one in which somebody is elected."""
        _, won, weakest, together = self.count(standing)
        if won:
            return []
        return [standing.difference(weakest)] if together else [standing - {option} for option in weakest]

    def _affordable(self, standing: frozenset[int]) -> bool:
        """Return whether a round may be counted, and pay for it; what is counted already costs nothing."""
        if standing in self._counted:
            return True
        self._left -= self._ranks.size + LEAST_READ
        return self._left >= 0


def _judged(shares: list[Fraction], standing: frozenset[int]) -> _Round:
    """Return who is elected or goes. Those who have less than the next even together go together."""
    leader = max(standing, key=shares.__getitem__)
    won = (leader,) if len(standing) == 1 or 2 * shares[leader] > sum(shares) else ()
    fewest = min(shares[option] for option in standing)
    weakest = tuple(sorted(option for option in standing if shares[option] == fewest))
    more = [shares[option] for option in standing if shares[option] > fewest]
    together = bool(more) and len(weakest) * fewest < min(more)
    return _Round(shares, won, weakest, together)


def _elect_one(rounds: _Rounds, standing: frozenset[int], lots: Lots, place: str, steps: list[Step]) -> int:
    while True:
        shares, won, out, together = rounds.count(standing)
        tally = tuple(share if option in standing else None for option, share in enumerate(shares))
        if won:
            steps.append(Step("elected", won, tally))
            return won[0]
        if not together and len(out) > 1 and rounds.lot_matters(standing, out):
            out = (lots.worst(shares, out, f"elimination for {place}, {len(standing)} left"),)
        elif not together:
            out = (max(out, key=lots.place),)
        steps.append(Step("eliminated", out, tally))
        standing = standing.difference(out)
