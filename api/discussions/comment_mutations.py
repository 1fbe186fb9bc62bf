"""Changes to comments, and which of them answers its post."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.post_mutations import PostInput
from api.discussions.types import Comment, Post
from api.ids import MUTATION_ID, number_of
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.discussions import comments, curation
from community.foundation.database import Connection
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="A comment to be written.")
class CreateCommentInput:
    """A comment to be written."""

    post: strawberry.ID = strawberry.field(description="The post it is on.")
    parent: strawberry.ID | None = strawberry.field(
        description="The comment it replies to, on the same post.", default=None
    )
    body: str = strawberry.field(description="1 to 32,000 characters of Markdown.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a comment shall say.")
class EditCommentInput:
    """What a comment shall say."""

    comment: strawberry.ID = strawberry.field(description="The comment's id.")
    body: str = strawberry.field(description="Its new body, as Markdown.")
    expected_revision: int | None = strawberry.field(
        description="Its `revisionCount` as the editor read it; if someone was faster, EDIT_CONFLICT is answered.",
        default=None,
    )
    reason: str = strawberry.field(description="Why, for those who read its revisions.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which comment to take down, and why.")
class DeleteCommentInput:
    """Which comment to take down, and why."""

    comment: strawberry.ID = strawberry.field(description="The comment's id.")
    reason: str = strawberry.field(description="Why, for its author and for moderators.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which comment.")
class CommentInput:
    """Which comment."""

    comment: strawberry.ID = strawberry.field(description="The comment's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateCommentPayload(Returns):
    """What `createComment` answers."""

    comment: Comment | None = returned("The new comment.")


@payload
class EditCommentPayload(Returns):
    """What `editComment` answers."""

    comment: Comment | None = returned("The comment as it is now.")


@payload
class DeleteCommentPayload(Returns):
    """What `deleteComment` answers."""

    comment: Comment | None = returned("The comment as its author and moderators still see it.")


@payload
class RestoreCommentPayload(Returns):
    """What `restoreComment` answers."""

    comment: Comment | None = returned("The comment.")


@payload
class AcceptAnswerPayload(Returns):
    """What `acceptAnswer` answers."""

    comment: Comment | None = returned("The comment that is the answer now.")


@payload
class UnacceptAnswerPayload(Returns):
    """What `unacceptAnswer` answers."""

    post: Post | None = returned("The post, which has no accepted answer now.")


@object_type
class CommentMutations:
    """Changes to comments, and which of them answers its post."""

    @change(single=True)
    async def create_comment(info: Change, input: CreateCommentInput) -> CreateCommentPayload:
        """Comment on a post, or reply to a comment on it. The community's rules are asked as of a post."""
        caller, post_id = info.caller(), number_of("post", input.post)
        parent_id = None if input.parent is None else number_of("comment", input.parent)

        async def write(connection: Connection, held: bool) -> int:  # noqa: FBT001 - as it is screened
            return await comments.create_comment(
                connection, caller, post_id=post_id, parent_id=parent_id, body=input.body, held=held
            )

        draft = Draft(Kind.COMMENT, input.body, post_id=post_id)
        comment_id = await write_screened(info, draft, "comment", write)
        return CreateCommentPayload.of(comment=comment_id)

    @change
    async def edit_comment(info: Change, input: EditCommentInput) -> EditCommentPayload:
        """Change what a comment says; what it said before is kept. For its author and moderators.

        The community's rules are asked as for a new one.
        """
        acting, comment_id = await info.acting(), number_of("comment", input.comment)

        async def write(connection: Connection, held: bool) -> int | None:  # noqa: FBT001 - as it is screened
            changed = await comments.edit_comment(
                connection,
                acting,
                comment_id,
                body=input.body,
                expected_revision=input.expected_revision,
                reason=input.reason,
                held=held,
            )
            return comment_id if changed else None

        draft = Draft(Kind.COMMENT, input.body, besides=input.reason, comment_id=comment_id)
        await write_screened(info, draft, "comment", write)
        return EditCommentPayload.of(comment=comment_id)

    @change(moves_viewer=True, deed=Deed.OWN)
    async def delete_comment(info: Change, input: DeleteCommentInput) -> DeleteCommentPayload:
        """Take a comment down: its author withdraws it, a moderator removes it. Its replies stay."""
        comment_id = number_of("comment", input.comment)
        if author_id := await comments.delete_comment(
            info.connection, await info.acting(), comment_id, reason=input.reason
        ):
            info.moves(author_id)
        return DeleteCommentPayload.of(comment=comment_id)

    @change(moves_viewer=True)
    async def restore_comment(info: Change, input: CommentInput) -> RestoreCommentPayload:
        """Bring a comment back: its author what they withdrew, a moderator what was removed or held."""
        comment_id = number_of("comment", input.comment)
        if author_id := await comments.restore_comment(info.connection, await info.acting(), comment_id):
            info.moves(author_id)
        return RestoreCommentPayload.of(comment=comment_id)

    @change
    async def accept_answer(info: Change, input: CommentInput) -> AcceptAnswerPayload:
        """Mark a comment as the answer to its post, in place of any other. For the post's author and moderators."""
        comment_id = number_of("comment", input.comment)
        await curation.accept_answer(info.connection, await info.acting(), comment_id)
        return AcceptAnswerPayload.of(comment=comment_id)

    @change(deed=Deed.OWN)
    async def unaccept_answer(info: Change, input: PostInput) -> UnacceptAnswerPayload:
        """Let a post have no accepted answer. For its author and moderators."""
        post_id = number_of("post", input.post)
        await curation.unaccept_answer(info.connection, await info.acting(), post_id)
        return UnacceptAnswerPayload.of(post=post_id)
