"""Which rule counts which method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.methods import APPROVING, CHOOSING, METHOD, RANKING, SCORING
from community.cocreation.rounds.rules import budgeting, committees, plurality
from community.cocreation.rounds.rules.borda import borda
from community.cocreation.rounds.rules.outcomes import Lots, Outcome
from community.cocreation.rounds.rules.profiles import (
    UNRANKED,
    Approvals,
    BadProfileError,
    Rankings,
    approvals,
    rankings,
    ratings,
)
from community.cocreation.rounds.rules.quadratic import quadratic, quadratic_votes
from community.cocreation.rounds.rules.ranked_pairs import ranked_pairs
from community.cocreation.rounds.rules.runoff import instant_runoff
from community.cocreation.rounds.rules.schulze import schulze
from community.cocreation.rounds.rules.transferable import single_transferable_vote

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


_Elects = Callable[[Approvals, Lots, int], Outcome]
_Spends = Callable[[Approvals, Sequence[int], int, Lots], Outcome]
_Orders = Callable[[Rankings, Lots, int], Outcome]

ELECTING: Mapping[str, _Elects] = {
    "APPROVAL": plurality.approval,
    "SEQUENTIAL_PROPORTIONAL_APPROVAL": committees.sequential_proportional_approval,
    "EQUAL_SHARES": committees.equal_shares,
    "PHRAGMEN": committees.phragmen,
}
SPENDING: Mapping[str, _Spends] = {
    "BUDGET_GREEDY": budgeting.greedy_budget,
    "BUDGET_EQUAL_SHARES": budgeting.equal_shares_by_cost,
}
ORDERING: Mapping[str, _Orders] = {
    "BORDA": borda,
    "INSTANT_RUNOFF": instant_runoff,
    "SCHULZE": schulze,
    "RANKED_PAIRS": ranked_pairs,
    "SINGLE_TRANSFERABLE_VOTE": single_transferable_vote,
}


def counted(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    """Count ballots, [b, m] and how many cast each, by the method's rule.

    Raises:
        KeyError: for a method that there is not.
        BadProfileError: if the ballots do not fit the method.
    """
    method, lots = METHOD[terms.method], Lots(terms.seed, marks.shape[1])
    if method.spends:
        if terms.budget is None:
            raise BadProfileError("there is no budget to spend")
        return SPENDING[terms.method](approvals(marks == 1, counts), terms.costs, terms.budget, lots)
    if method.ballot_kind == APPROVING:
        return ELECTING[terms.method](approvals(marks == 1, counts), lots, terms.winners)
    if method.ballot_kind == CHOOSING:
        return plurality.plurality(_chosen(marks, counts), lots, terms.winners)
    if method.ballot_kind == RANKING:
        return ORDERING[terms.method](rankings(marks, counts), lots, terms.winners)
    if method.ballot_kind == SCORING:
        return plurality.score(ratings(marks, counts), lots, terms.winners)
    if terms.credits is None:
        raise BadProfileError("votes cost credits, and ballots have none")
    return quadratic(quadratic_votes(marks.astype(np.int64), terms.credits, counts), lots, terms.winners)


def _chosen(marks: NDArray[np.int16], counts: Counts) -> Rankings:
    """Return ballots that name one option as orders with that one at the top."""
    return rankings(np.where(marks == 1, np.int16(0), UNRANKED), counts)
