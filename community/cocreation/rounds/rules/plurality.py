"""Rules that add up: whoever gets the most.

Sources:
    1. S. J. Brams, P. C. Fishburn: Approval Voting. American Political Science Review 72(3), 1978.
    2. W. D. Smith: Range voting. 2000 (score voting by sums).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import UNRANKED, UNRATED, Approvals, Rankings, Ratings


def approval(ballots: Approvals, lots: Lots, winners: int = 1) -> Outcome:
    """Elect whom the most name [1]. O(b m)."""
    return _most("approval", (ballots.counts @ ballots.approved.astype(np.int64)).tolist(), lots, winners)


def plurality(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect whom the most put first; a ballot that has several level at the top counts for none. O(b m)."""
    top = ballots.ranks == np.where(ballots.ranks == UNRANKED, -1, 0)
    alone = top & (top.sum(axis=1, keepdims=True) == 1)
    return _most("plurality", (ballots.counts @ alone.astype(np.int64)).tolist(), lots, winners)


def score(ballots: Ratings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect who has the highest sum of scores [2]; of whom a ballot says nothing, it gives nothing. O(b m)."""
    given = np.where(ballots.scores == UNRATED, 0, ballots.scores).astype(np.int64)
    return _most("score", (ballots.counts @ given).tolist(), lots, winners)


def _most(rule: str, tally: Sequence[int], lots: Lots, winners: int) -> Outcome:
    """Elect those with the most, the most first; the lot is only asked where it decides who is elected, or in which order."""
    left = set(range(len(tally)))
    elected: list[int] = []
    while left and len(elected) < winners:
        elected.append(lots.best(tally, left, f"place {len(elected) + 1}"))
        left.remove(elected[-1])
    return Outcome(rule, tuple(elected), (Step("counted", tuple(elected), tuple(tally)),), tuple(lots.ties))
