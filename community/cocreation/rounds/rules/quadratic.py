"""Quadratic voting: a ballot buys votes for and against options out of a budget, v votes on an option costing v^2 credits.

So it pays to vote on each option in proportion to how much one cares: the last vote bought costs as much as it is worth.

Shapes: b ballots that differ, m options.

Sources:
    1. S. P. Lalley, E. G. Weyl: Quadratic Voting: How Mechanism Design Can Radicalize Democracy. AEA Papers and
       Proceedings 108, 2018.
    2. E. A. Posner, E. G. Weyl: Radical Markets. Princeton University Press 2018, chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.groups import seats
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import BadProfileError, Counts


class OverspentError(BadProfileError):
    """A ballot that costs more credits than it has."""

    def __init__(self, ballot: int, spent: int, credit: int) -> None:
        """Say which ballot it is, by its row from 0."""
        super().__init__(f"ballot {ballot} spends {spent} credits, and has {credit}")
        self.ballot = ballot


@dataclass(frozen=True, slots=True, eq=False)
class QuadraticVotes:
    """Ballots that give each option a whole number of votes, below 0 against it, and none costs too much."""

    votes: NDArray[np.int64]
    """[b, m]."""
    counts: Counts
    """[b], how many cast it."""
    credit: int
    """What a ballot may spend."""

    @property
    def options(self) -> int:
        """How many options there are."""
        return int(self.votes.shape[1])


def quadratic_votes(votes: NDArray[np.int64], credit: int, counts: Counts | None = None) -> QuadraticVotes:
    """Return ballots whose cost is within their credit. O(b m).

    Raises:
        OverspentError: for the first ballot that spends more.
        BadProfileError: if shapes do not fit, the credit is negative, or a count is not above 0.
    """
    if votes.ndim != 2:  # noqa: PLR2004 - ballots and options
        raise BadProfileError(f"ballots are a table of two dimensions, not of {votes.ndim}")
    if not np.issubdtype(votes.dtype, np.integer):
        raise BadProfileError(f"votes are whole numbers, not {votes.dtype}")
    if credit < 0:
        raise BadProfileError(f"a credit is not negative, as {credit} is")
    amount = np.ones(len(votes), np.int64) if counts is None else counts
    if amount.shape != votes.shape[:1] or (amount.size and amount.min() <= 0):
        raise BadProfileError("there is a count above 0 for each ballot, and no more")
    # No option can have more votes than the root of the credit: what has is found first, as its square may not fit in
    # 64 bits.
    most = isqrt(credit)
    over = np.any((votes > most) | (votes < -most), axis=1).reshape(-1)
    bounded = np.where(over.reshape(-1, 1), 0, votes)
    if votes.shape[1] * most**2 < 1 << 63:
        over |= np.einsum("ij,ij->i", bounded, bounded, dtype=np.int64) > credit
    else:
        over |= np.array([sum(vote * vote for vote in row) > credit for row in bounded.tolist()], bool)
    if over.any():
        ballot = int(over.argmax())
        raise OverspentError(ballot, sum(vote * vote for vote in votes[ballot].tolist()), credit)
    return QuadraticVotes(votes.astype(np.int64), amount, credit)


def quadratic(ballots: QuadraticVotes, lots: Lots, winners: int = 1) -> Outcome:
    """Elect whom the sum of votes, for less against, is the highest [1, 2]. O(b m). Step: `counted`, with the sums.

    Raises:
        ValueError: if there are fewer than no winners.
    """
    size = seats(winners, ballots.options)
    if isqrt(ballots.credit) * int(ballots.counts.sum()) < 1 << 63:
        sums: list[int] = (ballots.counts @ ballots.votes).tolist()
    else:
        sums = [
            sum(vote * many for vote, many in zip(column, ballots.counts.tolist(), strict=True))
            for column in ballots.votes.T.tolist()
        ]
    left, elected = set(range(ballots.options)), list[int]()
    while len(elected) < size:
        elected.append(lots.best(sums, left, f"place {len(elected) + 1}"))
        left.remove(elected[-1])
    return Outcome("quadratic", tuple(elected), (Step("counted", tuple(elected), tuple(sums)),), tuple(lots.ties))
