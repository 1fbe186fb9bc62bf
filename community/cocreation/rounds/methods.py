"""Methods: by which rule a round is counted, and what its ballots say. A table to read; arrays are for who counts."""

from __future__ import annotations

from dataclasses import dataclass

APPROVING, CHOOSING, RANKING, SCORING, VOTING = "APPROVING", "CHOOSING", "RANKING", "SCORING", "VOTING"
COMPARING, OPINING = "COMPARING", "OPINING"
BALLOT_KINDS = (APPROVING, CHOOSING, RANKING, SCORING, VOTING, COMPARING, OPINING)
"""Name any; name one; order, with options level or left out; give each a score; give each votes, which cost their square;
say of some pairs which is better; agree with statements, disagree, or pass."""


UNRANKED, UNRATED = 32_767, -32_768
"""What a ballot has for an option that it does not order, or says nothing of."""


@dataclass(frozen=True, slots=True)
class Method:
    """What a method asks of a round."""

    ballot_kind: str
    several: bool = False
    """Whether more than one may win; rules for one winner that order all options may elect the first few as well."""
    spends: bool = False
    """Whether options have costs, and winners are those that a budget pays for."""


METHOD: dict[str, Method] = {
    "APPROVAL": Method(APPROVING, several=True),
    "PLURALITY": Method(CHOOSING, several=True),
    "SCORE": Method(SCORING, several=True),
    "BORDA": Method(RANKING, several=True),
    "INSTANT_RUNOFF": Method(RANKING),
    "SCHULZE": Method(RANKING, several=True),
    "RANKED_PAIRS": Method(RANKING, several=True),
    "SINGLE_TRANSFERABLE_VOTE": Method(RANKING, several=True),
    "SEQUENTIAL_PROPORTIONAL_APPROVAL": Method(APPROVING, several=True),
    "EQUAL_SHARES": Method(APPROVING, several=True),
    "PHRAGMEN": Method(APPROVING, several=True),
    "QUADRATIC": Method(VOTING, several=True),
    "BUDGET_GREEDY": Method(APPROVING, spends=True),
    "BUDGET_EQUAL_SHARES": Method(APPROVING, spends=True),
    "BUDGET_SCORES": Method(SCORING, spends=True),
    "PAIRWISE": Method(COMPARING, several=True),
    "OPINIONS": Method(OPINING, several=True),
}
METHODS = tuple(METHOD)

MOST_COMPARED = 50
"""Options of a round that compares: a ballot has a mark for each two of them, 1,225 at most."""


def ballot_width(ballot_kind: str, options: int) -> int:
    """Return how many marks a ballot has."""
    return options * (options - 1) // 2 if ballot_kind == COMPARING else options


def pair_place(first: int, second: int, options: int) -> int:
    """Return where the mark of two options stands on a ballot: 0/1, 0/2, ..., 1/2, ...; `first` is the lower number."""
    return first * (2 * options - first - 1) // 2 + second - first - 1
