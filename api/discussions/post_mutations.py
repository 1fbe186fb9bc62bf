"""Changes to posts."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.types import Post
from api.ids import MUTATION_ID, number_of
from api.moderation.screening import write_screened
from api.node import id_of
from api.reading.fields import object_type, returned
from community.discussions import curation, posts
from community.foundation.database import Connection
from community.foundation.errors import Invalid
from community.members.principals import Scope
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind

MOST_VIEWS = 100


@strawberry.input(description="A post to be written.")
class CreatePostInput:
    """A post to be written."""

    space: strawberry.ID = strawberry.field(description="The space it goes into.")
    title: str = strawberry.field(description="1 to 200 characters of plain text.")
    body: str = strawberry.field(description="1 to 32,000 characters of Markdown.")
    tags: list[str] = strawberry.field(description="Up to 8 tags.", default_factory=list)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a post shall say. What is left out or null stays.")
class EditPostInput:
    """What a post shall say. What is left out or null stays."""

    post: strawberry.ID = strawberry.field(description="The post's id.")
    title: str | None = strawberry.field(description="Another title.", default=None)
    body: str | None = strawberry.field(description="Another body, as Markdown.", default=None)
    tags: list[str] | None = strawberry.field(description="The tags that it shall have.", default=None)
    expected_revision: int | None = strawberry.field(
        description="Its `revisionCount` as the editor read it; if someone was faster, EDIT_CONFLICT is answered.",
        default=None,
    )
    reason: str = strawberry.field(description="Why, for those who read its revisions.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which post to take down, and why.")
class DeletePostInput:
    """Which post to take down, and why."""

    post: strawberry.ID = strawberry.field(description="The post's id.")
    reason: str = strawberry.field(description="Why, for its author and for moderators.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which post.")
class PostInput:
    """Which post."""

    post: strawberry.ID = strawberry.field(description="The post's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which post goes where.")
class MovePostInput:
    """Which post goes where."""

    post: strawberry.ID = strawberry.field(description="The post's id.")
    space: strawberry.ID = strawberry.field(description="The id of the space that it goes to.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="The posts that someone has read.")
class RecordPostViewsInput:
    """The posts that someone has read."""

    posts: list[strawberry.ID] = strawberry.field(description=f"The posts' ids, {MOST_VIEWS} at most.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreatePostPayload(Returns):
    """What `createPost` answers."""

    post: Post | None = returned("The new post.")


@payload
class EditPostPayload(Returns):
    """What `editPost` answers."""

    post: Post | None = returned("The post as it is now.")


@payload
class DeletePostPayload(Returns):
    """What `deletePost` answers."""

    post: Post | None = returned("The post as its author and moderators still see it.")


@payload
class RestorePostPayload(Returns):
    """What `restorePost` answers."""

    post: Post | None = returned("The post.")


@payload
class PinPostPayload(Returns):
    """What `pinPost` answers."""

    post: Post | None = returned("The post.")


@payload
class UnpinPostPayload(Returns):
    """What `unpinPost` answers."""

    post: Post | None = returned("The post.")


@payload
class LockPostPayload(Returns):
    """What `lockPost` answers."""

    post: Post | None = returned("The post.")


@payload
class UnlockPostPayload(Returns):
    """What `unlockPost` answers."""

    post: Post | None = returned("The post.")


@payload
class MovePostPayload(Returns):
    """What `movePost` answers."""

    post: Post | None = returned("The post in its new space.")


@payload
class RecordPostViewsPayload(Returns):
    """What `recordPostViews` answers."""

    counted: int | None = returned("How many of the ids can be posts' ids; the others count for nothing.")


@object_type
class PostMutations:
    """Changes to posts."""

    @change
    async def create_post(info: Change, input: CreatePostInput) -> CreatePostPayload:
        """Start a discussion in a space. The community's rules may hold it until a moderator has seen it, or refuse it."""
        acting, space_id = await info.acting(), number_of("space", input.space)

        async def write(connection: Connection, held: bool) -> int:  # noqa: FBT001 - as it is screened
            return await posts.create_post(
                connection,
                acting,
                space_id=space_id,
                title=input.title,
                body=input.body,
                tags=input.tags,
                held=held,
            )

        draft = Draft(Kind.POST, input.body, input.title, " ".join(input.tags), space_id=space_id)
        post_id = await write_screened(info, draft, "post", write)
        return CreatePostPayload.of(post=post_id)

    @change
    async def edit_post(info: Change, input: EditPostInput) -> EditPostPayload:
        """Change what a post says; what it said before is kept. For its author and moderators.

        The community's rules are asked as for a new one.
        """
        acting, post_id = await info.acting(), number_of("post", input.post)

        async def write(connection: Connection, held: bool) -> int | None:  # noqa: FBT001 - as it is screened
            changed = await posts.edit_post(
                connection,
                acting,
                post_id,
                title=input.title,
                body=input.body,
                tags=input.tags,
                expected_revision=input.expected_revision,
                reason=input.reason,
                held=held,
            )
            return post_id if changed else None

        besides = " ".join((*(input.tags or ()), input.reason))
        draft = Draft(Kind.POST, input.body or "", input.title or "", besides, post_id=post_id)
        await write_screened(info, draft, "post", write)
        return EditPostPayload.of(post=post_id)

    @change(moves_viewer=True, deed=Deed.OWN)
    async def delete_post(info: Change, input: DeletePostInput) -> DeletePostPayload:
        """Take a post down: its author withdraws it, a moderator removes it."""
        post_id = number_of("post", input.post)
        if author_id := await posts.delete_post(info.connection, await info.acting(), post_id, reason=input.reason):
            info.moves(author_id)
        return DeletePostPayload.of(post=post_id)

    @change(moves_viewer=True)
    async def restore_post(info: Change, input: PostInput) -> RestorePostPayload:
        """Bring a post back: its author what they withdrew, a moderator what was removed or held."""
        post_id = number_of("post", input.post)
        if author_id := await posts.restore_post(info.connection, await info.acting(), post_id):
            info.moves(author_id)
        return RestorePostPayload.of(post=post_id)

    @change
    async def pin_post(info: Change, input: PostInput) -> PinPostPayload:
        """Put a post on top of its space. For moderators."""
        post_id = number_of("post", input.post)
        await curation.pin_post(info.connection, await info.acting(Scope.MODERATE), post_id)
        return PinPostPayload.of(post=post_id)

    @change
    async def unpin_post(info: Change, input: PostInput) -> UnpinPostPayload:
        """Keep a post on top no longer. For moderators."""
        post_id = number_of("post", input.post)
        await curation.unpin_post(info.connection, await info.acting(Scope.MODERATE), post_id)
        return UnpinPostPayload.of(post=post_id)

    @change
    async def lock_post(info: Change, input: PostInput) -> LockPostPayload:
        """Let a post take no more comments. For moderators."""
        post_id = number_of("post", input.post)
        await curation.lock_post(info.connection, await info.acting(Scope.MODERATE), post_id)
        return LockPostPayload.of(post=post_id)

    @change
    async def unlock_post(info: Change, input: PostInput) -> UnlockPostPayload:
        """Let a post take comments again. For moderators."""
        post_id = number_of("post", input.post)
        await curation.unlock_post(info.connection, await info.acting(Scope.MODERATE), post_id)
        return UnlockPostPayload.of(post=post_id)

    @change
    async def move_post(info: Change, input: MovePostInput) -> MovePostPayload:
        """Move a post to another space. For who moderates both."""
        post_id, space_id = number_of("post", input.post), number_of("space", input.space)
        await curation.move_post(info.connection, await info.acting(Scope.MODERATE), post_id, space_id)
        return MovePostPayload.of(post=post_id)

    @change(single=True, deed=Deed.OWN)
    async def record_post_views(info: Change, input: RecordPostViewsInput) -> RecordPostViewsPayload:
        """Say which posts were read, signed in or not. Views are counted a few seconds later."""
        if len(input.posts) > MOST_VIEWS:
            raise Invalid(field="posts", reason=f"At most {MOST_VIEWS} posts.")
        numbers = {id_of("post", written) for written in input.posts} - {None}
        context = info.context
        context.application.views.record_views(numbers, context.viewer.member_id)  # type: ignore[arg-type] # None was taken out
        return RecordPostViewsPayload.of(counted=len(numbers))
