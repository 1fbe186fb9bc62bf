"""Which rule counts which method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.methods import APPROVING, CHOOSING, METHOD, RANKING, SCORING
from community.cocreation.rules import plurality
from community.cocreation.rules.outcomes import Lots, Outcome
from community.cocreation.rules.profiles import UNRANKED, Approvals, Rankings, approvals, rankings, ratings

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round says about how it is counted."""

    method: str
    seed: str
    winners: int = 1
    credits: int | None = None
    costs: tuple[int, ...] = ()
    budget: int | None = None


_Approving = Callable[[Approvals, Lots, Terms], Outcome]
_Ranking = Callable[[Rankings, Lots, int], Outcome]
_Voting = Callable[[NDArray[np.int16], Counts, Lots, Terms], Outcome]

APPROVING_RULES: Mapping[str, _Approving] = {
    "APPROVAL": lambda ballots, lots, terms: plurality.approval(ballots, lots, terms.winners),
}
RANKING_RULES: Mapping[str, _Ranking] = {}
VOTING_RULES: Mapping[str, _Voting] = {}


def counted(terms: Terms, values: NDArray[np.int16], counts: Counts) -> Outcome:
    """Count ballots, [b, m] and how many cast each, by the method's rule.

    Raises:
        KeyError: for a method that there is not.
        BadProfileError: if the ballots do not fit the method.
    """
    kind = METHOD[terms.method].ballot_kind
    lots = Lots(terms.seed, values.shape[1])
    if kind == APPROVING:
        return APPROVING_RULES[terms.method](approvals(values == 1, counts), lots, terms)
    if kind == CHOOSING:
        return plurality.plurality(_chosen(values, counts), lots, terms.winners)
    if kind == RANKING:
        return RANKING_RULES[terms.method](rankings(values, counts), lots, terms.winners)
    if kind == SCORING:
        return plurality.score(ratings(values, counts), lots, terms.winners)
    return VOTING_RULES[terms.method](values, counts, lots, terms)


def _chosen(values: NDArray[np.int16], counts: Counts) -> Rankings:
    """Return ballots that name one option as orders with that one at the top."""
    return rankings(np.where(values == 1, np.int16(0), UNRANKED), counts)
