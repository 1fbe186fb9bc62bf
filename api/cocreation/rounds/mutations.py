"""What can be changed about rounds, and how members vote."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.rounds.types import Round, VotingMethod
from api.graph.job_types import Job
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.cocreation.rounds import ballots, lifecycle
from community.cocreation.rounds.ballots import Choice
from community.cocreation.rounds.lifecycle import Option, Question


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
        description=f"What may be chosen, {lifecycle.FEWEST_OPTIONS} to {lifecycle.MOST_OPTIONS}."
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
    joined_before: datetime | None = strawberry.field(description="Who joined later may not vote.", default=None)
    space_members_only: bool = strawberry.field(
        description="Whether only who joined the space may vote.", default=False
    )
    quorum: int = strawberry.field(description="With fewer ballots nobody wins.", default=0)
    smallest_result: int = strawberry.field(
        description=f"With fewer ballots nothing is told; {lifecycle.SMALLEST_RESULT} at least.",
        default=lifecycle.SMALLEST_RESULT,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which round.")
class RoundInput:
    """Which round."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a ballot says of one option.")
class BallotChoiceInput:
    """What a ballot says of one option."""

    option: strawberry.ID = strawberry.field(description="The option's id.")
    value: int | None = strawberry.field(
        description="Its rank from 1, its score or its votes, as the round's ballots have it.", default=None
    )


@strawberry.input(description="A ballot.")
class CastBallotInput:
    """A ballot."""

    round: strawberry.ID = strawberry.field(description="The round's id.")
    choices: list[BallotChoiceInput] = strawberry.field(description="What it says of options, each once.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateRoundPayload(Returns):
    """What `createRound` answers."""

    round: Round | None = returned("The draft.")


@payload
class OpenRoundPayload(Returns):
    """What `openRound` answers."""

    round: Round | None = returned("The round, open now.")


@payload
class CloseRoundPayload(Returns):
    """What `closeRound` answers."""

    round: Round | None = returned("The round, closed now.")
    job: Job | None = returned("The job that counts it.")


@payload
class CastBallotPayload(Returns):
    """What `castBallot` answers."""

    round: Round | None = returned("The round, with the viewer's ballot.")


@payload
class WithdrawBallotPayload(Returns):
    """What `withdrawBallot` answers."""

    round: Round | None = returned("The round, without a ballot of the viewer's.")


@object_type
class CocreationMutations:
    """What can be changed about rounds, and how members vote."""

    @change
    async def create_round(info: Change, input: CreateRoundInput) -> CreateRoundPayload:
        """Make a draft of a round. For who runs campaigns, and a space's moderators there."""
        acting = await info.acting()
        question = Question(
            title=input.title,
            body=input.body,
            method=input.method.name,
            options=[Option(each.title, each.body, each.cost) for each in input.options],
            closes_at=input.closes_at,
            winners=input.seats,
            lowest_score=input.lowest_score,
            highest_score=input.highest_score,
            credits=input.credits,
            budget=input.budget,
            joined_before=input.joined_before,
            space_members_only=input.space_members_only,
            quorum=input.quorum,
            smallest_result=input.smallest_result,
        )
        space_id = number_of("space", input.space)
        return CreateRoundPayload.of(round=await lifecycle.create_round(info.connection, acting, space_id, question))

    @change
    async def open_round(info: Change, input: RoundInput) -> OpenRoundPayload:
        """Let members vote, until the round closes."""
        acting = await info.acting()
        round_id = number_of("round", input.round)
        await lifecycle.open_round(info.connection, acting, round_id)
        return OpenRoundPayload.of(round=round_id)

    @change
    async def close_round(info: Change, input: RoundInput) -> CloseRoundPayload:
        """Close a round before its time; it is counted at once."""
        acting = await info.acting()
        round_id = number_of("round", input.round)
        job_id = await lifecycle.close_round(info.connection, acting, round_id)
        return CloseRoundPayload.of(round=round_id, job=job_id)

    @change(single=True)
    async def cast_ballot(info: Change, input: CastBallotInput) -> CastBallotPayload:
        """Cast a ballot, or another in its place: one a member, changeable until the round closes, and secret."""
        round_id = number_of("round", input.round)
        choices = [Choice(number_of("round_option", each.option), each.value) for each in input.choices]
        await ballots.cast_ballot(info.connection, info.caller(), round_id, choices)
        return CastBallotPayload.of(round=round_id)

    @change(single=True)
    async def withdraw_ballot(info: Change, input: RoundInput) -> WithdrawBallotPayload:
        """Take one's ballot back, while the round is open."""
        round_id = number_of("round", input.round)
        await ballots.withdraw_ballot(info.connection, info.caller(), round_id)
        return WithdrawBallotPayload.of(round=round_id)
