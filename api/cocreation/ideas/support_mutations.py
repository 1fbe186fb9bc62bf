"""Voting for ideas, following them, and moving them along."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.ideas.arguments import IdeaStage
from api.cocreation.ideas.types import Idea
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.cocreation.ideas import advancing, support
from community.members.restrictions import Deed


@strawberry.input(description="Which idea.")
class IdeaInput:
    """Which idea."""

    idea: strawberry.ID = strawberry.field(description="The idea's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="An official step of an idea.")
class AdvanceIdeaInput:
    """An official step of an idea."""

    idea: strawberry.ID = strawberry.field(description="The idea's id.")
    from_: IdeaStage = strawberry.field(
        name="from", description="The stage that it was seen in. If it is at another by now, STAGE_CHANGED is answered."
    )
    stage: IdeaStage = strawberry.field(description="The stage that it goes to; one of its `nextStages`.")
    answer: str = strawberry.field(description="Why, as Markdown, 1 to 10,000 characters: what all its followers read.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class VoteForIdeaPayload(Returns):
    """What `voteForIdea` answers."""

    idea: Idea | None = returned("The idea, with the vote counted.")


@payload
class WithdrawIdeaVotePayload(Returns):
    """What `withdrawIdeaVote` answers."""

    idea: Idea | None = returned("The idea, without the vote.")


@payload
class FollowIdeaPayload(Returns):
    """What `followIdea` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class UnfollowIdeaPayload(Returns):
    """What `unfollowIdea` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class AdvanceIdeaPayload(Returns):
    """What `advanceIdea` answers."""

    idea: Idea | None = returned("The idea at its new stage.")


@object_type
class IdeaSupportMutations:
    """Voting for ideas, following them, and moving them along."""

    @change(single=True, deed=Deed.VOTE)
    async def vote_for_idea(info: Change, input: IdeaInput) -> VoteForIdeaPayload:
        """Vote for an idea, and hear of what becomes of it. One vote counts; voting again changes nothing."""
        idea_id = number_of("idea", input.idea)
        await support.vote_for_idea(info.connection, info.caller(), idea_id)
        return VoteForIdeaPayload.of(idea=idea_id)

    @change(single=True, deed=Deed.OWN)
    async def withdraw_idea_vote(info: Change, input: IdeaInput) -> WithdrawIdeaVotePayload:
        """Take one's vote back. Taking back one that is not there changes nothing."""
        idea_id = number_of("idea", input.idea)
        await support.withdraw_idea_vote(info.connection, info.caller(), idea_id)
        return WithdrawIdeaVotePayload.of(idea=idea_id)

    @change(single=True, deed=Deed.OWN)
    async def follow_idea(info: Change, input: IdeaInput) -> FollowIdeaPayload:
        """Hear of what becomes of an idea. Who proposes one, shares in one or votes for one does so by itself."""
        idea_id = number_of("idea", input.idea)
        await support.follow_idea(info.connection, info.caller(), idea_id)
        return FollowIdeaPayload.of(idea=idea_id)

    @change(single=True, deed=Deed.OWN)
    async def unfollow_idea(info: Change, input: IdeaInput) -> UnfollowIdeaPayload:
        """Hear of an idea no longer, whether or not one votes for it."""
        idea_id = number_of("idea", input.idea)
        await support.unfollow_idea(info.connection, info.caller(), idea_id)
        return UnfollowIdeaPayload.of(idea=idea_id)

    @change
    async def advance_idea(info: Change, input: AdvanceIdeaInput) -> AdvanceIdeaPayload:
        """Move an idea to another stage, and say why. For who runs campaigns, and a space's moderators there."""
        acting = await info.acting()
        idea_id = number_of("idea", input.idea)
        await advancing.advance_idea(
            info.connection,
            acting,
            idea_id,
            before=input.from_.name,
            after=input.stage.name,
            answer=input.answer,
        )
        return AdvanceIdeaPayload.of(idea=idea_id)
