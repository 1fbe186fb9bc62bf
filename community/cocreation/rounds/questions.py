"""What a round asks, of whom, when, and by which method: and what no round can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.rounds.methods import COMPARING, METHOD, MOST_COMPARED, SCORING, VOTING
from community.eligibility.rules import ANYBODY, Eligibility
from community.foundation.errors import Invalid
from community.members.names import clean_line

if TYPE_CHECKING:
    from community.foundation.database import Connection

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
FEWEST_OPTIONS, MOST_OPTIONS = 2, 100
MOST_PROPOSALS = 20
"""Of one member."""
LONGEST_ROUND = timedelta(days=366)
LOWEST_SCORE, HIGHEST_SCORE = -100, 100
MOST_CREDITS = 10_000
MOST_MONEY = 2**31 - 1
SMALLEST_RESULT = 5
"""Of how many ballots at least a result is told, unless the round asks for more: of few, it would tell who voted what."""
LARGEST_THRESHOLD = 1_000_000
MOST_SEGMENTS = 20
"""Parts of the voters by one thing that are told of, the largest; each is a count of its own."""

# $1 to $4: opening, end of proposals, begin of voting, end of it; any but the last may be null.
_IN_ORDER = """
    SELECT $4::timestamptz > now() AND $4::timestamptz < now() + $5::interval AS ends,
        ($1::timestamptz IS NULL OR $1::timestamptz > now() AND $1::timestamptz < coalesce($2, $3, $4)) AS opens,
        ($2::timestamptz IS NULL OR $2::timestamptz > now() AND $2::timestamptz <= coalesce($3, $4)) AS proposes,
        ($3::timestamptz IS NULL OR $3::timestamptz > now() AND $3::timestamptz < $4::timestamptz) AS votes
"""


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen."""

    title: str
    body: str = ""
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a round asks, of whom, and how it is counted."""

    title: str
    method: str
    options: Sequence[Option]
    closes_at: datetime
    body: str = ""
    winners: int = 1
    lowest_score: int | None = None
    highest_score: int | None = None
    credits: int | None = None
    budget: int | None = None
    voters: Eligibility = ANYBODY
    proposers: Eligibility = ANYBODY
    proposals_each: int = 0
    opens_at: datetime | None = None
    proposals_until: datetime | None = None
    voting_from: datetime | None = None
    discussed: bool = False
    """Whether it has a post to be discussed under, until voting begins or, where that is at once, until it closes."""
    tally_open: bool = False
    quorum: int = 0
    smallest_result: int = SMALLEST_RESULT


async def refuse_bad(connection: Connection, question: Question) -> None:
    """Refuse what cannot be asked or counted.

    Raises:
        Invalid: naming what is wrong.
    """
    method = METHOD.get(question.method)
    if method is None:
        raise Invalid(field="method", reason="There is no such method.")
    _refuse_bad_options(question, method.ballot_kind, several=method.several)
    if not 0 <= question.quorum <= LARGEST_THRESHOLD:
        raise Invalid(field="quorum", reason=f"A quorum is 0 to {LARGEST_THRESHOLD:,} ballots.")
    if not SMALLEST_RESULT <= question.smallest_result <= LARGEST_THRESHOLD:
        raise Invalid(field="smallestResult", reason=f"Nothing is told of fewer than {SMALLEST_RESULT} ballots.")
    _refuse_bad_scale(question, method.ballot_kind)
    _refuse_bad_money(question, spends=method.spends)
    await _refuse_bad_times(connection, question)


def refuse_bad_cost(cost: int | None, *, spends: bool, field: str) -> None:
    """Refuse an option that costs something where nothing is spent, or nothing where something is.

    Raises:
        Invalid: if so.
    """
    if not spends and cost is not None:
        raise Invalid(field=field, reason="Nothing is spent by this method.")
    if spends and (cost is None or not 0 < cost <= MOST_MONEY):
        raise Invalid(field=field, reason="Each option costs something.")


def clean_title(written: str, field: str) -> str:
    """Return the title of a round or an option, on one line.

    Raises:
        Invalid: if it is empty or too long.
    """
    line = clean_line(written, field, LONGEST_TITLE)
    if not line:
        raise Invalid(field=field, reason="There is a title.")
    return line


def most_options(ballot_kind: str) -> int:
    """Return how many options a round may have."""
    return MOST_COMPARED if ballot_kind == COMPARING else MOST_OPTIONS


def _refuse_bad_options(question: Question, ballot_kind: str, *, several: bool) -> None:
    amount, most = len(question.options), most_options(ballot_kind)
    fewest = 0 if question.proposals_each else FEWEST_OPTIONS
    if not fewest <= amount <= most:
        raise Invalid(field="options", reason=f"Give {fewest} to {most} options.")
    if not 0 <= question.proposals_each <= MOST_PROPOSALS:
        raise Invalid(field="proposalsEach", reason=f"A member proposes {MOST_PROPOSALS} options at most.")
    most_winners = most if question.proposals_each else amount
    if not 1 <= question.winners <= most_winners or (question.winners > 1 and not several):
        raise Invalid(field="seats", reason="As many win as the method may elect, and no more than there are options.")


async def _refuse_bad_times(connection: Connection, question: Question) -> None:
    opens_at, proposals_until, voting_from = question.opens_at, question.proposals_until, question.voting_from
    if (question.proposals_each == 0) != (proposals_until is None):
        raise Invalid(field="proposalsUntil", reason="Where members propose options, say until when; else neither.")
    if question.proposals_each == 0 and question.proposers != ANYBODY:
        raise Invalid(field="proposers", reason="Nobody proposes options in this round.")
    if proposals_until is not None and voting_from is None:
        raise Invalid(
            field="votingFrom", reason="Where members propose options, voting begins when they have: say when."
        )
    (row,) = await connection.raw.fetch(
        _IN_ORDER, opens_at, proposals_until, voting_from, question.closes_at, LONGEST_ROUND
    )
    if not row["ends"]:
        raise Invalid(field="closesAt", reason=f"A round closes in the future, within {LONGEST_ROUND.days} days.")
    for field, holds in (("opensAt", "opens"), ("proposalsUntil", "proposes"), ("votingFrom", "votes")):
        if not row[holds]:
            raise Invalid(
                field=field, reason="A round opens, takes proposals, takes ballots and closes, in this order."
            )


def _refuse_bad_scale(question: Question, ballot_kind: str) -> None:
    lowest, highest, credits_ = question.lowest_score, question.highest_score, question.credits
    if ballot_kind == SCORING:
        if lowest is None or highest is None or not LOWEST_SCORE <= lowest < highest <= HIGHEST_SCORE:
            reason = f"Scores go from a lower to a higher whole number, {LOWEST_SCORE} to {HIGHEST_SCORE}."
            raise Invalid(field="highestScore", reason=reason)
    elif lowest is not None or highest is not None:
        raise Invalid(field="highestScore", reason="Nobody gives scores by this method.")
    if ballot_kind == VOTING:
        if credits_ is None or not 1 <= credits_ <= MOST_CREDITS:
            raise Invalid(field="credits", reason=f"A ballot has 1 to {MOST_CREDITS:,} credits.")
    elif credits_ is not None:
        raise Invalid(field="credits", reason="Votes cost nothing by this method.")


def _refuse_bad_money(question: Question, *, spends: bool) -> None:
    if not spends and question.budget is not None:
        raise Invalid(field="budget", reason="Nothing is spent by this method.")
    if spends and (question.budget is None or not 0 < question.budget <= MOST_MONEY):
        raise Invalid(field="budget", reason="There is a budget above 0.")
    for option in question.options:
        refuse_bad_cost(option.cost, spends=spends, field="options")
