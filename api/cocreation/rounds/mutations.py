"""What can be changed about rounds, and how members vote."""

from __future__ import annotations

from api.changing import Change, Returns, change, payload
from api.cocreation.rounds.inputs import (
    CastBallotInput,
    CreateRoundInput,
    ProposeOptionInput,
    ReleaseRoundInput,
    RoundInput,
    VoidBallotInput,
    WithdrawOptionInput,
    question_of,
)
from api.cocreation.rounds.options import RoundOption
from api.cocreation.rounds.types import Round
from api.graph.job_types import Job
from api.ids import number_of
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.cocreation.rounds import auditing, ballots, lifecycle, proposing
from community.cocreation.rounds.marks import Choice, Judgement
from community.cocreation.rounds.questions import Option
from community.foundation.database import Connection
from community.foundation.networks import is_public, network_of
from community.members.principals import Scope
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


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


@payload
class ProposeOptionPayload(Returns):
    """What `proposeOption` answers."""

    option: RoundOption | None = returned("The option.")
    round: Round | None = returned("The round, with it.")


@payload
class WithdrawOptionPayload(Returns):
    """What `withdrawOption` answers."""

    round: Round | None = returned("The round, without it.")


@payload
class VoidBallotPayload(Returns):
    """What `voidBallot` answers."""

    round: Round | None = returned("The round.")
    voided: int | None = returned("How many ballots were voided.")
    job: Job | None = returned("The job that counts it again; null if it was not counted yet.")


@payload
class ReleaseRoundPayload(Returns):
    """What `releaseRound` answers."""

    round: Round | None = returned("The round.")
    job: Job | None = returned("The job that counts it.")


@object_type
class RoundMutations:
    """What can be changed about rounds, and how members vote."""

    @change
    async def create_round(info: Change, input: CreateRoundInput) -> CreateRoundPayload:
        """Make a draft of a round. For who runs campaigns, and a space's moderators there."""
        acting = await info.acting()
        space_id = number_of("space", input.space)
        question = question_of(input, space_id)
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

    @change
    async def propose_option(info: Change, input: ProposeOptionInput) -> ProposeOptionPayload:
        """Propose an option, while the round takes proposals. The community's rules may refuse it."""
        acting = await info.acting()
        round_id = number_of("round", input.round)
        option = Option(input.title, input.body, input.cost)

        async def write(connection: Connection, _: bool) -> int:  # noqa: FBT001 - as it is screened
            return await proposing.propose_option(connection, acting, round_id, option)

        draft = Draft(Kind.OPTION, input.body, input.title, within=("round", round_id))
        option_id = await write_screened(info, draft, "round_option", write)
        return ProposeOptionPayload.of(option=option_id, round=round_id)

    @change(deed=Deed.OWN)
    async def withdraw_option(info: Change, input: WithdrawOptionInput) -> WithdrawOptionPayload:
        """Take an option out of a round: one's own while proposals are taken, any by who manages the round before voting."""
        acting = await info.acting()
        round_id = await proposing.withdraw_option(info.connection, acting, number_of("round_option", input.option))
        return WithdrawOptionPayload.of(round=round_id)

    @change(single=True, deed=Deed.VOTE)
    async def cast_ballot(info: Change, input: CastBallotInput) -> CastBallotPayload:
        """Cast a ballot, or another in its place: one a member, changeable until the round closes, and secret."""
        round_id = number_of("round", input.round)
        said: list[Choice | Judgement] = [
            Choice(number_of("round_option", each.option), each.value) for each in input.choices
        ]
        said += [
            Judgement(number_of("round_option", each.better), number_of("round_option", each.worse))
            for each in input.judgements
        ]
        address = info.context.address
        network = network_of(address) if is_public(address) else None
        await ballots.cast_ballot(info.connection, info.caller(), round_id, said, network=network)
        return CastBallotPayload.of(round=round_id)

    @change(single=True, deed=Deed.OWN)
    async def withdraw_ballot(info: Change, input: RoundInput) -> WithdrawBallotPayload:
        """Take one's ballot back, while the round is open."""
        round_id = number_of("round", input.round)
        await ballots.withdraw_ballot(info.connection, info.caller(), round_id)
        return WithdrawBallotPayload.of(round=round_id)

    @change
    async def void_ballot(info: Change, input: VoidBallotInput) -> VoidBallotPayload:
        """Void the ballots of some members, who are told why: they count no more, and cannot be cast anew.

        For auditors, in rounds that they did not ask. What was counted is counted again; if few ballots are voided, of that
        only who won is told, as the difference would tell how they voted.
        """
        acting = await info.acting(Scope.MODERATE)
        round_id = number_of("round", input.round)
        member_ids = [number_of("member", each) for each in input.members]
        voided, job_id = await auditing.void_ballots(info.connection, acting, round_id, member_ids, input.reason)
        return VoidBallotPayload.of(round=round_id, voided=voided, job=job_id)

    @change
    async def release_round(info: Change, input: ReleaseRoundInput) -> ReleaseRoundPayload:
        """Have a round counted that was held for review. For auditors, in rounds that they did not ask."""
        acting = await info.acting(Scope.MODERATE)
        round_id = number_of("round", input.round)
        job_id = await auditing.release_round(info.connection, acting, round_id, input.reason)
        return ReleaseRoundPayload.of(round=round_id, job=job_id)
