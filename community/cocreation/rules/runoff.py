"""Instant run-off: whoever has the fewest first places goes, until one has more than half.

Shapes: b ballots that differ, m options.

Sources:
    1. W. R. Ware: Application of Mr. Hare's system of voting to the nomination of overseers. Harvard, 1871.
    2. M. Delemazure, D. Peters: Generalizing Instant Runoff Voting to Allow for Indifferences. EC 2024 (options that are
       level; what is done here is their split rule).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rules.profiles import UNRANKED, Rankings
from community.cocreation.rules.seats import check_seats

CHUNK = 65_536
"""How many ballots are looked at at a time: some megabytes, however many there are."""


def instant_runoff(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect one who gets more than half as the weakest are eliminated one by one [1]. O(b m^2 winners).

    A ballot counts for the option that it has highest among those still standing. Several that are level there share it
    equally [2], in exact fractions. When all that it orders are out it is exhausted, and counts no longer: more than
    half is of the ballots that still do. Of several that have the fewest the one drawn last goes; but if even together
    they have less than the next, all of them go at once, for they would go one after another whichever was first.

    Several winners are elected one after another, each as if those before had not stood: each is a majority's choice,
    and a majority may have all of them. Where everybody is to have a share, see the single transferable vote.

    Steps, with the ballots as they stood: `eliminated`, `elected`.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    steps: list[Step] = []
    elected: list[int] = []
    while len(elected) < min(winners, ballots.options):
        standing = np.ones(ballots.options, np.bool_)
        standing[elected] = False
        elected.append(_elect_one(ballots, standing, lots, f"place {len(elected) + 1}", steps))
    return Outcome("instant_runoff", tuple(elected), tuple(steps), tuple(lots.ties))


def first_places(ballots: Rankings, standing: NDArray[np.bool_]) -> list[Fraction]:
    """Return how many ballots have each option highest of those standing, shared by those that are level. O(b m)."""
    votes = np.zeros((ballots.options + 1, ballots.options), np.int64)
    for begin in range(0, len(ballots.ranks), CHUNK):
        tops = highest(ballots.ranks[begin : begin + CHUNK], standing)
        counts = ballots.counts[begin : begin + CHUNK]
        level = tops.sum(axis=1)
        for size in np.unique(level[level > 0]).tolist():
            alike = level == size
            votes[size] += counts[alike] @ tops[alike]
    return [
        sum((Fraction(amount, size) for size, amount in enumerate(by_size) if amount), Fraction(0))
        for by_size in votes.T.tolist()
    ]


def highest(ranks: NDArray[np.int16], standing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return, [b, m], which options each ballot has highest of those standing: none, if it orders none. O(b m)."""
    left = np.where(standing, ranks, UNRANKED)
    best = left.min(axis=1, initial=UNRANKED)
    tops: NDArray[np.bool_] = (left == best[:, None]) & (best != UNRANKED)[:, None]
    return tops


def _elect_one(ballots: Rankings, standing: NDArray[np.bool_], lots: Lots, place: str, steps: list[Step]) -> int:
    while True:
        shares = first_places(ballots, standing)
        left = np.flatnonzero(standing).tolist()
        tally = tuple(share if stands else None for share, stands in zip(shares, standing, strict=True))
        leader: int = max(left, key=shares.__getitem__)
        if len(left) == 1 or 2 * shares[leader] > sum(shares):
            steps.append(Step("elected", (leader,), tally))
            return leader
        out = _weakest(shares, left, lots, f"elimination for {place}, {len(left)} left")
        steps.append(Step("eliminated", out, tally))
        standing[list(out)] = False


def _weakest(shares: list[Fraction], left: list[int], lots: Lots, where: str) -> tuple[int, ...]:
    """Return who goes: one, or several between whom no lot need be drawn."""
    fewest = min(shares[option] for option in left)
    level = tuple(option for option in left if shares[option] == fewest)
    more = [shares[option] for option in left if shares[option] > fewest]
    if more and len(level) * fewest < min(more):
        return level
    return (lots.worst(shares, left, where),)
