"""What can be changed about the queue: whose a case is, teams, saved replies, and many cases at once."""

from __future__ import annotations

from api.changing import Change, Returns, change, payload
from api.ids import number_of
from api.moderation.case_types import Case
from api.moderation.following import follow
from api.moderation.inputs import DecideManyInput, PreviewDecisionInput, judgement_of, judgement_of_many, looked_at
from api.moderation.preview_types import DecideManyPayload, PreviewDecisionPayload, refusals, shown
from api.moderation.queue_inputs import (
    AssignCaseInput,
    CreateSavedReplyInput,
    CreateTeamInput,
    SavedReplyInput,
    UpdateSavedReplyInput,
    UpdateTeamInput,
    reply_of,
    team_of,
)
from api.moderation.team_types import SavedReply, Team
from api.reading.fields import object_type, returned
from community.members.principals import Scope
from moderation.decisions.many import MOST_AT_ONCE, decide_many
from moderation.decisions.previewing import preview_decision
from moderation.replies import saving
from moderation.teams import managing, routing


@payload
class AssignCasePayload(Returns):
    """What `assignCase` answers."""

    case: Case | None = returned("The case.")


@payload
class CreateTeamPayload(Returns):
    """What `createTeam` answers."""

    team: Team | None = returned("The team.")


@payload
class UpdateTeamPayload(Returns):
    """What `updateTeam` answers."""

    team: Team | None = returned("The team as it is now.")


@payload
class CreateSavedReplyPayload(Returns):
    """What `createSavedReply` answers."""

    saved_reply: SavedReply | None = returned("The saved reply.")


@payload
class UpdateSavedReplyPayload(Returns):
    """What `updateSavedReply` answers."""

    saved_reply: SavedReply | None = returned("The saved reply as it is now.")


@payload
class DeleteSavedReplyPayload(Returns):
    """What `deleteSavedReply` answers."""

    deleted: bool | None = returned("Whether it is gone.")


@object_type
class QueueMutations:
    """What can be changed about the queue."""

    @change(traced=True)
    async def assign_case(info: Change, input: AssignCaseInput) -> AssignCasePayload:
        """Give an open case to a team, or to a moderator, or to both. Whose it becomes is told."""
        acting = await info.acting(Scope.MODERATE)
        case_id = number_of("case", input.case)
        await routing.assign_case(
            info.connection,
            acting,
            case_id,
            team_id=None if input.team is None else number_of("team", input.team),
            member_id=None if input.member is None else number_of("member", input.member),
        )
        return AssignCasePayload.of(case=case_id)

    @change(traced=True, cost=10)
    async def preview_decision(info: Change, input: PreviewDecisionInput) -> PreviewDecisionPayload:
        """Say what a decision would do, by making it and taking it back before anybody could see it. Nothing is changed."""
        acting = await info.acting(Scope.MODERATE)
        preview = await preview_decision(info.connection, acting, number_of("case", input.case), judgement_of(input))
        return PreviewDecisionPayload.of(preview=shown(preview))

    @change(traced=True, cost=MOST_AT_ONCE)
    async def decide_many(info: Change, input: DecideManyInput) -> DecideManyPayload:
        """Decide on many cases in the same way. Each is decided as a whole, or refused as a whole and listed with the reason.

        The first decision stands for all of them: undoing it undoes all.
        """
        acting = await info.acting(Scope.MODERATE)
        many = await decide_many(info.connection, acting, looked_at(input.cases), judgement_of_many(input))
        for decided in many.decided:
            follow(info, decided)
        return DecideManyPayload.of(decision=many.parent_id, decided_count=len(many.decided), refused=refusals(many))

    @change(traced=True)
    async def create_team(info: Change, input: CreateTeamInput) -> CreateTeamPayload:
        """Make a team, to which cases go by its routes. For who manages the community."""
        acting = await info.acting(Scope.ADMIN)
        return CreateTeamPayload.of(team=await managing.create_team(info.connection, acting, team_of(input)))

    @change(traced=True)
    async def update_team(info: Change, input: UpdateTeamInput) -> UpdateTeamPayload:
        """Change what is given of a team. For who manages the community."""
        acting = await info.acting(Scope.ADMIN)
        team_id = number_of("team", input.team)
        await managing.update_team(info.connection, acting, team_id, team_of(input))
        return UpdateTeamPayload.of(team=team_id)

    @change(traced=True)
    async def create_saved_reply(info: Change, input: CreateSavedReplyInput) -> CreateSavedReplyPayload:
        """Write a saved reply, in both languages. For who moderates the whole community."""
        acting = await info.acting(Scope.MODERATE)
        reply_id = await saving.create_saved_reply(info.connection, acting, reply_of(input))
        return CreateSavedReplyPayload.of(saved_reply=reply_id)

    @change(traced=True)
    async def update_saved_reply(info: Change, input: UpdateSavedReplyInput) -> UpdateSavedReplyPayload:
        """Have a saved reply say something else; decisions say what they said."""
        acting = await info.acting(Scope.MODERATE)
        reply_id = number_of("saved_reply", input.saved_reply)
        await saving.update_saved_reply(info.connection, acting, reply_id, reply_of(input))
        return UpdateSavedReplyPayload.of(saved_reply=reply_id)

    @change(traced=True)
    async def delete_saved_reply(info: Change, input: SavedReplyInput) -> DeleteSavedReplyPayload:
        """Throw a saved reply away; decisions say what they said."""
        acting = await info.acting(Scope.MODERATE)
        await saving.delete_saved_reply(info.connection, acting, number_of("saved_reply", input.saved_reply))
        return DeleteSavedReplyPayload.of(deleted=True)
