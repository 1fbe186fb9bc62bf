"""Which rule counts which method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.methods import (
    APPROVING,
    CHOOSING,
    COMPARING,
    METHOD,
    OPINING,
    RANKING,
    SCORING,
    VOTING,
)
from community.cocreation.rounds.rules import budgeting, committees, plurality
from community.cocreation.rounds.rules.borda import borda
from community.cocreation.rounds.rules.common_ground import common_ground, opinions_of
from community.cocreation.rounds.rules.outcomes import Lots, Outcome
from community.cocreation.rounds.rules.pairwise import bradley_terry
from community.cocreation.rounds.rules.profiles import (
    UNRANKED,
    Approvals,
    BadProfileError,
    Comparisons,
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
    """Count ballots, [b, m] and how many cast each, by the method's rule. Ballots that compare are [b, m (m - 1) / 2].

    Raises:
        KeyError: for a method that there is not.
        BadProfileError: if the ballots do not fit the method.
    """
    return _BY_KIND[METHOD[terms.method].ballot_kind](terms, marks, counts)


def _approving(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    lots, ballots = Lots(terms.seed, marks.shape[1]), approvals(marks == 1, counts)
    if not METHOD[terms.method].spends:
        return ELECTING[terms.method](ballots, lots, terms.winners)
    if terms.budget is None:
        raise BadProfileError("there is no budget to spend")
    return SPENDING[terms.method](ballots, terms.costs, terms.budget, lots)


def _choosing(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    # A ballot that names one option is an order with that one at the top.
    named = rankings(np.where(marks == 1, np.int16(0), UNRANKED), counts)
    return plurality.plurality(named, Lots(terms.seed, marks.shape[1]), terms.winners)


def _ranking(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    return ORDERING[terms.method](rankings(marks, counts), Lots(terms.seed, marks.shape[1]), terms.winners)


def _scoring(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    lots, ballots = Lots(terms.seed, marks.shape[1]), ratings(marks, counts)
    if not METHOD[terms.method].spends:
        return plurality.score(ballots, lots, terms.winners)
    if terms.budget is None:
        raise BadProfileError("there is no budget to spend")
    return budgeting.greedy_budget_by_scores(ballots, terms.costs, terms.budget, lots)


def _voting(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    if terms.credits is None:
        raise BadProfileError("votes cost credits, and ballots have none")
    votes = quadratic_votes(marks.astype(np.int64), terms.credits, counts)
    return quadratic(votes, Lots(terms.seed, marks.shape[1]), terms.winners)


def _comparing(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    judgements = compared(marks, counts)
    return bradley_terry(judgements, Lots(terms.seed, judgements.options), terms.winners)


def _opining(terms: Terms, marks: NDArray[np.int16], counts: Counts) -> Outcome:
    return common_ground(opinions_of(marks, counts, terms.seed), Lots(terms.seed, marks.shape[1]), terms.winners)


_BY_KIND: Mapping[str, Callable[[Terms, NDArray[np.int16], Counts], Outcome]] = {
    APPROVING: _approving,
    CHOOSING: _choosing,
    RANKING: _ranking,
    SCORING: _scoring,
    VOTING: _voting,
    COMPARING: _comparing,
    OPINING: _opining,
}


def compared(marks: NDArray[np.int16], counts: Counts) -> Comparisons:
    """Return how often each option was judged better than each other, from ballots with a mark for each two.

    Raises:
        BadProfileError: if there is no number of options with so many pairs.
    """
    width = marks.shape[1]
    options = (1 + math.isqrt(1 + 8 * width)) // 2
    if options * (options - 1) // 2 != width:
        raise BadProfileError(f"no number of options makes {width} pairs")
    won = np.zeros((options, options), np.int64)
    first, second = np.triu_indices(options, 1)
    won[first, second] = counts @ (marks == 1)
    won[second, first] = counts @ (marks == -1)
    return Comparisons(won)
