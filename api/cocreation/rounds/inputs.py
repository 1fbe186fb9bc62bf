"""What the mutations of rounds are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from api.cocreation.rounds.enums import VotingMethod
from api.eligibility.types import EligibilityInput, eligibility_of
from api.ids import MUTATION_ID
from community.cocreation.rounds.auditing import MOST_VOIDED
from community.cocreation.rounds.questions import (
    FEWEST_OPTIONS,
    MOST_OPTIONS,
    MOST_PROPOSALS,
    SMALLEST_RESULT,
    Option,
    Question,
)
from community.foundation.errors import Invalid

_IN_VOTERS = "Since 2026-11-26: give it in `voters`. Goes after 2027-11-26."


@strawberry.input(description="What may be chosen.")
class RoundOptionInput:
    """What may be chosen."""

    title: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    body: str = strawberry.field(description="What it is, as Markdown.", default="")
    cost: int | None = strawberry.field(
        description="What it takes of the budget, in the budget's unit; for methods that spend one.", default=None
    )


@strawberry.input(description="A question to the community.")
class CreateRoundInput:
    """A question to the community."""

    space: strawberry.ID = strawberry.field(description="Where it is asked.")
    title: str = strawberry.field(description="The question, 1 to 200 characters.")
    body: str = strawberry.field(description="What there is to say about it, as Markdown.", default="")
    method: VotingMethod = strawberry.field(description="By which rule it is counted.")
    options: list[RoundOptionInput] = strawberry.field(
        description=f"What may be chosen, {FEWEST_OPTIONS} to {MOST_OPTIONS}; where members propose some, as few as none."
    )
    closes_at: datetime = strawberry.field(description="When voting ends, within a year.")
    seats: int = strawberry.field(description="How many are to win.", default=1)
    lowest_score: int | None = strawberry.field(description="Where scores are given: the lowest.", default=None)
    highest_score: int | None = strawberry.field(description="Where scores are given: the highest.", default=None)
    credits: int | None = strawberry.field(
        description="Where votes cost their square: what a ballot has to spend.", default=None
    )
    budget: int | None = strawberry.field(
        description="Where winners cost something: what they may cost together.", default=None
    )
    voters: EligibilityInput | None = strawberry.field(
        description="Who may vote, of those who see it; all of them unless given.", default=None
    )
    proposers: EligibilityInput | None = strawberry.field(
        description="Who may propose options; all who see it unless given.", default=None
    )
    proposals_each: int = strawberry.field(
        description=f"How many options a member may propose, {MOST_PROPOSALS} at most; 0: members propose none.",
        default=0,
    )
    opens_at: datetime | None = strawberry.field(
        description="When the clock is to open it; unless given, `openRound` does.", default=None
    )
    proposals_until: datetime | None = strawberry.field(
        description="Until when members propose options, where they do.", default=None
    )
    voting_from: datetime | None = strawberry.field(
        description="When voting begins; unless given, as soon as the round is open.", default=None
    )
    discussed: bool = strawberry.field(
        description="Whether it gets a post to be discussed under, until voting begins or, where that is at once, until "
        "it closes.",
        default=False,
    )
    tally_open: bool = strawberry.field(
        description="Whether it is told how it stands while votes come in.", default=False
    )
    joined_before: datetime | None = strawberry.field(
        description="Who joined later may not vote.", default=None, deprecation_reason=_IN_VOTERS
    )
    space_members_only: bool = strawberry.field(
        description="Whether only who joined the space may vote.", default=False, deprecation_reason=_IN_VOTERS
    )
    quorum: int = strawberry.field(description="With fewer ballots nobody wins.", default=0)
    smallest_result: int = strawberry.field(
        description=f"With fewer ballots nothing is told; {SMALLEST_RESULT} at least.",
        default=SMALLEST_RESULT,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which round.")
class RoundInput:
    """Which round."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="An option that a member proposes.")
class ProposeOptionInput:
    """An option that a member proposes."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    title: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    body: str = strawberry.field(description="What it is, as Markdown.", default="")
    cost: int | None = strawberry.field(
        description="What it takes of the budget, in the budget's unit; for methods that spend one.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which option.")
class WithdrawOptionInput:
    """Which option."""

    option: strawberry.ID = strawberry.field(description="The option's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a ballot says of one option.")
class BallotChoiceInput:
    """What a ballot says of one option."""

    option: strawberry.ID = strawberry.field(description="The option's id.")
    value: int | None = strawberry.field(
        description="Its rank from 1, its score, its votes or the opinion of it, as the round's ballots have it.",
        default=None,
    )


@strawberry.input(description="What a ballot says of two options.")
class JudgementInput:
    """What a ballot says of two options."""

    better: strawberry.ID = strawberry.field(description="Which is better.")
    worse: strawberry.ID = strawberry.field(description="Than which.")


@strawberry.input(description="A ballot.")
class CastBallotInput:
    """A ballot."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    choices: list[BallotChoiceInput] = strawberry.field(
        description="What it says of options, each once.", default_factory=list
    )
    judgements: list[JudgementInput] = strawberry.field(
        description="What it says of pairs of options, each once; where they are compared. All of them: what an earlier "
        "ballot said is gone.",
        default_factory=list,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Whose ballots are not to count, and why.")
class VoidBallotInput:
    """Whose ballots are not to count, and why."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    members: list[strawberry.ID] = strawberry.field(
        description=f"Their ids, {MOST_VOIDED:,} at most. Who cast no ballot is passed over."
    )
    reason: str = strawberry.field(description="Why: 1 to 500 characters. They are told.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which round is to be counted, and why.")
class ReleaseRoundInput:
    """Which round is to be counted, and why."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    reason: str = strawberry.field(description="What was found: 1 to 500 characters. Everybody reads it.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


def question_of(given: CreateRoundInput, space_id: int) -> Question:
    """Return what an input asks.

    Raises:
        Invalid: if it says of voters two things that may not be one.
    """
    voters = eligibility_of(given.voters)
    if given.joined_before is not None:
        voters = replace(voters, joined_before=given.joined_before)
    if given.space_members_only:
        if voters.belongs_to is not None:
            raise Invalid(field="spaceMembersOnly", reason="Say in `voters` alone to which space they belong.")
        voters = replace(voters, belongs_to=space_id)
    return Question(
        title=given.title,
        body=given.body,
        method=given.method.name,
        options=[Option(each.title, each.body, each.cost) for each in given.options],
        closes_at=given.closes_at,
        winners=given.seats,
        lowest_score=given.lowest_score,
        highest_score=given.highest_score,
        credits=given.credits,
        budget=given.budget,
        voters=voters,
        proposers=eligibility_of(given.proposers),
        proposals_each=given.proposals_each,
        opens_at=given.opens_at,
        proposals_until=given.proposals_until,
        voting_from=given.voting_from,
        discussed=given.discussed,
        tally_open=given.tally_open,
        quorum=given.quorum,
        smallest_result=given.smallest_result,
    )
