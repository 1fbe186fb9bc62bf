"""Changes to spaces, posts, comments and reactions."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.types import Post
from api.node import id_of
from api.reading.fields import object_type, returned
from community.discussions import posts
from community.foundation.errors import NotFound


@strawberry.input(description="A post to be written.")
class CreatePostInput:
    """A post to be written."""

    space: strawberry.ID = strawberry.field(description="The space it goes into.")
    title: str = strawberry.field(description="1 to 200 characters of plain text.")
    body: str = strawberry.field(description="1 to 32,000 characters of Markdown.")
    tags: list[str] = strawberry.field(description="Up to 8 tags.", default_factory=list)
    client_mutation_id: str | None = strawberry.field(description="Given back in the payload.", default=None)


@payload
class CreatePostPayload(Returns):
    """What `createPost` answers."""

    post: Post | None = returned("The new post.")


@object_type
class DiscussionMutations:
    """Changes to spaces, posts, comments and reactions."""

    @change
    async def create_post(info: Change, input: CreatePostInput) -> CreatePostPayload:  # noqa: A002, N805
        """Start a discussion in a space."""
        acting = await info.acting()
        post_id = await posts.create_post(
            info.connection,
            acting,
            space_id=found("space", input.space, "space"),
            title=input.title,
            body=input.body,
            tags=input.tags,
        )
        return CreatePostPayload.of(post=post_id)


def found(prefix: str, written: str, field: str) -> int:
    """Return the number in an id of one type.

    Raises:
        NotFound: if it is none, exactly as for an object that is not there.
    """
    number = id_of(prefix, written)
    if number is None:
        raise NotFound(what=prefix, path=(field,))
    return number
