"""Following tags."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.space_types import Tag
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.discussions import tags
from community.members.restrictions import Deed


@strawberry.input(description="Which tag.")
class TagInput:
    """Which tag."""

    tag: strawberry.ID = strawberry.field(description="The tag's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class FollowTagPayload(Returns):
    """What `followTag` answers."""

    tag: Tag | None = returned("The tag.")


@payload
class UnfollowTagPayload(Returns):
    """What `unfollowTag` answers."""

    tag: Tag | None = returned("The tag.")


@object_type
class TagMutations:
    """Following tags."""

    @change(deed=Deed.OWN)
    async def follow_tag(info: Change, input: TagInput) -> FollowTagPayload:
        """Read what is posted with a tag in one's home feed from now on."""
        tag_id = number_of("tag", input.tag)
        await tags.follow_tag(info.connection, await info.acting(), tag_id)
        return FollowTagPayload.of(tag=tag_id)

    @change(deed=Deed.OWN)
    async def unfollow_tag(info: Change, input: TagInput) -> UnfollowTagPayload:
        """Follow a tag no longer."""
        tag_id = number_of("tag", input.tag)
        await tags.unfollow_tag(info.connection, await info.acting(), tag_id)
        return UnfollowTagPayload.of(tag=tag_id)
