"""Reacting to posts and comments: the changes made most often."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.reaction_types import Reactable
from api.ids import MUTATION_ID
from api.node import decode_id
from api.reading.fields import object_type, returned
from community.discussions import reactions
from community.members.restrictions import Deed


@strawberry.input(description="A reaction to a post or a comment.")
class ReactionInput:
    """A reaction to a post or a comment."""

    subject: strawberry.ID = strawberry.field(description="The id of the post or comment.")
    kind: str = strawberry.field(description="A kind's name, e.g. `like`; see `community.reactionKinds`.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class AddReactionPayload(Returns):
    """What `addReaction` answers."""

    subject: Reactable | None = returned("The post or comment, with the reaction counted.")


@payload
class RemoveReactionPayload(Returns):
    """What `removeReaction` answers."""

    subject: Reactable | None = returned("The post or comment, with the reaction taken back.")


@object_type
class ReactionMutations:
    """Reacting to posts and comments."""

    @change(single=True, deed=Deed.VOTE)
    async def add_reaction(info: Change, input: ReactionInput) -> AddReactionPayload:
        """React to a post or comment. One reaction of each kind counts; adding it again changes nothing."""
        kind, number = _subject(input.subject)
        await reactions.add_reaction(info.connection, info.caller(), kind=input.kind, **{f"{kind}_id": number})
        return AddReactionPayload.of(subject=(kind, number))

    @change(single=True, deed=Deed.OWN)
    async def remove_reaction(info: Change, input: ReactionInput) -> RemoveReactionPayload:
        """Take a reaction back. Taking back one that is not there changes nothing."""
        kind, number = _subject(input.subject)
        await reactions.remove_reaction(info.connection, info.caller(), kind=input.kind, **{f"{kind}_id": number})
        return RemoveReactionPayload.of(subject=(kind, number))


def _subject(written: str) -> tuple[str, int]:
    """Return the kind and the number of what is reacted to; what is neither a post nor a comment is one that nobody has."""
    decoded = decode_id(written)
    return decoded if decoded is not None and decoded[0] in {"post", "comment"} else ("post", 0)
