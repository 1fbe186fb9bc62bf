"""Methods: by which rule a round is counted, and what its ballots say. A table to read; arrays are for who counts."""

from __future__ import annotations

from dataclasses import dataclass

APPROVING, CHOOSING, RANKING, SCORING, VOTING = "APPROVING", "CHOOSING", "RANKING", "SCORING", "VOTING"
BALLOT_KINDS = (APPROVING, CHOOSING, RANKING, SCORING, VOTING)
"""Name any; name one; order, with options level or left out; give each a score; give each votes, which cost their square."""


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
}
METHODS = tuple(METHOD)
