"""Rounds as GraphQL shows them: the question, the viewer's own ballot, and the result with how it came about."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Text, cast

from api.cocreation.rounds.sources import (
    choices_of,
    exported_ballots,
    may_vote,
    options_named,
    options_of,
    receipt_counted,
    steps_of,
    tally_of,
    ties_of,
    winners_of,
)
from api.node import Node
from api.reading.fields import Argument, column, embedded, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from community.cocreation.rounds.lifecycle import MOST_OPTIONS
from community.cocreation.rounds.tables import ballots, round_options, rounds
from community.cocreation.rounds.visibility import visible_ballots, visible_options, visible_rounds

if TYPE_CHECKING:
    from api.discussions.space_types import Space

LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]

MOST_STEPS = 1_000


@strawberry.enum(description="By which rule a round is counted; see docs/rounds.md for what each does.")
class VotingMethod(Enum):
    """By which rule a round is counted."""

    APPROVAL = strawberry.enum_value("APPROVAL", description="Name any; who is named most wins.")
    PLURALITY = strawberry.enum_value("PLURALITY", description="Name one; who is named most wins.")
    SCORE = strawberry.enum_value("SCORE", description="Give scores; the highest sum wins.")
    BORDA = strawberry.enum_value("BORDA", description="Order; each place is worth points.")
    INSTANT_RUNOFF = strawberry.enum_value(
        "INSTANT_RUNOFF", description="Order; who is first least often goes, until one has more than half."
    )
    SCHULZE = strawberry.enum_value("SCHULZE", description="Order; who beats all others over the strongest paths wins.")
    RANKED_PAIRS = strawberry.enum_value(
        "RANKED_PAIRS", description="Order; the clearest victories between two are kept first."
    )
    SINGLE_TRANSFERABLE_VOTE = strawberry.enum_value(
        "SINGLE_TRANSFERABLE_VOTE", description="Order; several win in proportion, and votes to spare move on."
    )
    SEQUENTIAL_PROPORTIONAL_APPROVAL = strawberry.enum_value(
        "SEQUENTIAL_PROPORTIONAL_APPROVAL",
        description="Name any; several win, each further one that a voter likes counting less.",
    )
    EQUAL_SHARES = strawberry.enum_value(
        "EQUAL_SHARES", description="Name any; several win, paid for by equal shares of those who named them."
    )
    PHRAGMEN = strawberry.enum_value(
        "PHRAGMEN", description="Name any; several win, their load spread evenly over those who named them."
    )
    QUADRATIC = strawberry.enum_value("QUADRATIC", description="Give votes, which cost their square in credits.")
    BUDGET_GREEDY = strawberry.enum_value(
        "BUDGET_GREEDY", description="Name any; what is named most is paid for first, while the budget lasts."
    )
    BUDGET_EQUAL_SHARES = strawberry.enum_value(
        "BUDGET_EQUAL_SHARES", description="Name any; each has an equal share of the budget for what they named."
    )


@strawberry.enum(description="What a ballot says of options.")
class BallotKind(Enum):
    """What a ballot says of options."""

    APPROVING = strawberry.enum_value("APPROVING", description="It names as many as it likes, without a value.")
    CHOOSING = strawberry.enum_value("CHOOSING", description="It names one, without a value.")
    RANKING = strawberry.enum_value(
        "RANKING", description="It gives ranks from 1, the best; options may be level, and some left out."
    )
    SCORING = strawberry.enum_value("SCORING", description="It gives scores, from the lowest to the highest.")
    VOTING = strawberry.enum_value(
        "VOTING", description="It gives votes, for or (negative) against, which cost their square in credits."
    )


@strawberry.enum(description="How far a round has come.")
class RoundState(Enum):
    """How far a round has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="It is being prepared; few see it.")
    OPEN = strawberry.enum_value("OPEN", description="Members vote, until it closes.")
    CLOSED = strawberry.enum_value(
        "CLOSED", description="No ballot is taken any more; the result is there once counted."
    )


@entity("round_option", round_options, visible_options)
class RoundOption(Node):
    """What may be chosen in a round."""

    title: str = column("title", "What it is called.")
    body: str = column("body", "What it is, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    cost: int | None = column("cost", "What it takes of the budget, in the budget's unit.")
    won_as: int | None = column("won_as", "1 is who won first; null for who did not win, and before the count.")
    tally: float | None = column("tally", "What the rule last counted it to have; null before the count.")


@object_type
class BallotChoice:
    """What a ballot says of one option."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "Which option.")
    value: int | None = column("value", "Its rank from 1, its score or its votes; null where naming it is all.")


@entity("ballot", ballots, visible_ballots)
class Ballot:
    """What the viewer answered. Nobody else sees it, whoever they are."""

    choices: list[BallotChoice] = rows(choices_of, "What it says, in the order of the options.", limit=MOST_OPTIONS)
    cast_at: datetime = column("cast_at", "When it was cast.")
    receipt: str = column(
        "receipt", "Keep it: with it `receiptCounted` of the round's result says whether this ballot was counted."
    )


@object_type
class OptionCount:
    """What an option had in a step of a count."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "Which option.")
    count: float = column("count", "How much.")
    exactly: str = column("exactly", "The same exactly, as a whole number or a fraction such as 7/3.")


@object_type
class CountStep:
    """One step of a count."""

    what: str = column("what", "What happened: counted, elected, eliminated and so on.")
    options: list[RoundOption] = rows(options_named, "To which options.", limit=MOST_OPTIONS)
    tally: list[OptionCount] = rows(tally_of, "What each option had then.", limit=MOST_OPTIONS)


@object_type
class BrokenTie:
    """Options that the ballots left level where it mattered, and the one that the lot preferred."""

    where: str = column("at", "Where in the count.")
    options: list[RoundOption] = rows(options_named, "Which were level.", limit=MOST_OPTIONS)
    chosen: RoundOption | None = reference(lambda scope: scope.row.c.chosen, "Which was drawn first.")


def _result(name: str, kind: Any) -> Any:
    return lambda scope: cast(scope.row.c.result.op("->>")(literal(name)), kind)


@object_type
class RoundResult:
    """What became of a round."""

    ballot_count: int = column("ballot_count", "How many ballots were counted.")
    counted_at: datetime = column("counted_at", "When.")
    withheld: bool = expression(
        _result("withheld", Boolean()),
        "Whether nothing else is told, as there were too few ballots to keep them secret.",
    )
    quorum_reached: bool = expression(
        _result("quorumReached", Boolean()), "Whether enough voted; otherwise nobody wins."
    )
    rule: str | None = expression(_result("rule", Text()), "The rule that counted.")
    winners: list[RoundOption] = rows(winners_of, "Who won, the first first.", limit=MOST_OPTIONS)
    steps: list[CountStep] = rows(steps_of, "How the count went.", limit=MOST_STEPS)
    ties: list[BrokenTie] = rows(ties_of, "What was broken by lot; none: nothing hung on it.", limit=MOST_STEPS)
    receipt_counted: bool = expression(
        receipt_counted,
        "Whether the ballot with this receipt was counted.",
        arguments={"receipt": Argument(str, "As `viewerBallot` had it.")},
    )
    exported_ballots: str | None = expression(
        exported_ballots,
        "All ballots without who cast them, for counting again: a line for each that differs, `how many: mark,mark,...` "
        "with a mark for each option in their order; ranks from 0, 32767 and -32768 for what a ballot leaves out.",
        cost=500,
    )


@entity("round", rounds, visible_rounds)
class Round(Node):
    """A question to the community: options, a time to vote, and a rule by which ballots are counted."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is asked.", inherits=True)
    title: str = column("title", "The question.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    method: VotingMethod = column("method", "By which rule it is counted.")
    ballot_kind: BallotKind = column("ballot_kind", "What a ballot says of its options.")
    seats: int = column("winners", "How many are to win, where no budget says so.")
    lowest_score: int | None = column("lowest_score", "The lowest score, where scores are given.")
    highest_score: int | None = column("highest_score", "The highest score.")
    credits: int | None = column(
        "credits", "What the votes of a ballot may cost together, where they cost their square."
    )
    budget: int | None = column("budget", "What the winners may cost together, where they cost anything.")
    joined_before: datetime | None = column("joined_before", "Who joined later may not vote.")
    space_members_only: bool = column("space_members_only", "Whether only who joined the space may vote.")
    quorum: int = column("quorum", "With fewer ballots nobody wins.")
    smallest_result: int = column(
        "smallest_result", "With fewer ballots nothing is told, or it would tell who voted what."
    )
    seed: str = column(
        "seed",
        "Known before anybody votes: options that are level are drawn in the order of SHA-256 of `seed/number`, numbers "
        "from 0.",
    )
    state: RoundState = column("state", "How far it has come.")
    created_at: datetime = column("created_at", "When it was made.")
    opened_at: datetime | None = column("opened_at", "When it was opened.")
    closes_at: datetime = column("closes_at", "Ballots are taken before this moment, by the database's clock.")
    closed_at: datetime | None = column("closed_at", "When it was closed.")
    options: list[RoundOption] = rows(options_of, "What may be chosen.", limit=MOST_OPTIONS)
    viewer_can_vote: bool = expression(may_vote, "Whether the viewer may cast a ballot now.")
    viewer_ballot: Ballot | None = reference(
        lambda scope: scope.row.c.id, "What the viewer answered; null if nothing.", column="round_id"
    )
    result: RoundResult | None = embedded(
        "What became of it; null before it is counted.", exists=lambda scope: scope.row.c.result.is_not(None)
    )
