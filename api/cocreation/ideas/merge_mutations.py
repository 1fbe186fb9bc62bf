"""Merging ideas, and undoing it."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.ideas.merge_types import IdeaMerge
from api.cocreation.ideas.types import Idea
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.cocreation.ideas import merging


@strawberry.input(description="Ideas that are the same.")
class MergeIdeasInput:
    """Ideas that are the same."""

    from_: list[strawberry.ID] = strawberry.field(
        name="from", description=f"The ideas that go into another, 1 to {merging.MOST_MERGED}."
    )
    into: strawberry.ID = strawberry.field(description="The idea that they go into, in the same space.")
    answer: str = strawberry.field(description="Why, as Markdown, for those who follow them.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which merge was a mistake, and why.")
class UndoMergeInput:
    """Which merge was a mistake, and why."""

    merge: strawberry.ID = strawberry.field(description="The merge's id.")
    answer: str = strawberry.field(description="Why, as Markdown, for those who follow the ideas.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class MergeIdeasPayload(Returns):
    """What `mergeIdeas` answers."""

    merge: IdeaMerge | None = returned("The merge.")
    idea: Idea | None = returned("The idea that the others went into.")


@payload
class UndoMergePayload(Returns):
    """What `undoMerge` answers."""

    merge: IdeaMerge | None = returned("The merge, undone, with the ideas as they are by themselves.")


@object_type
class IdeaMergeMutations:
    """Merging ideas, and undoing it."""

    @change
    async def merge_ideas(info: Change, input: MergeIdeasInput) -> MergeIdeasPayload:
        """Make some ideas one with another: its votes are those of all, each member's once, and so are its followers.

        The posts of the others are locked. For who runs campaigns, and a space's moderators there.
        """
        acting = await info.acting()
        into_id = number_of("idea", input.into)
        source_ids = [number_of("idea", written) for written in input.from_]
        merge_id = await merging.merge_ideas(info.connection, acting, source_ids, into_id, answer=input.answer)
        return MergeIdeasPayload.of(merge=merge_id, idea=into_id)

    @change
    async def undo_merge(info: Change, input: UndoMergeInput) -> UndoMergePayload:
        """Have merged ideas stand by themselves again, with their votes, followers, stages and locks as they were.

        Who took their vote back meanwhile, or unfollowed, did so for what the idea was made of. For who may merge.
        """
        acting = await info.acting()
        merge_id = number_of("idea_merge", input.merge)
        await merging.undo_merge(info.connection, acting, merge_id, answer=input.answer)
        return UndoMergePayload.of(merge=merge_id)
