"""The types of posts and comments, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Integer, and_, case, func, literal_column, or_

from api.discussions.arguments import CommentFilter, CommentSort
from api.discussions.label_types import ContentLabel, label
from api.discussions.permissions import (
    may_answer,
    may_delete,
    may_edit,
    may_react,
    mine,
    moderates,
    of_post,
)
from api.discussions.reaction_types import Reactable, viewer_has_reacted, viewer_reactions
from api.discussions.revision_types import (
    CommentRevision,
    PostRevision,
    comment_revisions_source,
    post_revisions_source,
)
from api.discussions.sources import comment_images, comment_replies, post_comments, post_images, post_tag_source
from api.discussions.space_types import Space, Tag
from api.members.types import Member
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, entity, expression, interface_type, reference, rows
from api.reading.readings import Scope
from api.subjects import can_report
from community.discussions.tables import Visibility, comments, posts
from community.discussions.visibility import visible_comments, visible_posts

if TYPE_CHECKING:
    from api.cocreation.ideas.types import Idea
    from api.media.types import Image

LazyIdea = Annotated["Idea", strawberry.lazy("api.cocreation.ideas.types")]
LazyImage = Annotated["Image", strawberry.lazy("api.media.types")]
LONGEST_EXCERPT = 1_000


@strawberry.enum(description="Whether a post or comment is plainly visible, or why it is not.")
class ContentState(Enum):
    """Whether a post or comment is plainly visible, or why it is not."""

    VISIBLE = strawberry.enum_value("VISIBLE", description="To be seen by everyone who may read its space.")
    HELD = strawberry.enum_value("HELD", description="Waiting for a moderator.")
    REMOVED = strawberry.enum_value("REMOVED", description="Taken down by a moderator.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Taken back by its author.")
    AUTHOR_SUSPENDED = strawberry.enum_value("AUTHOR_SUSPENDED", description="Hidden while its author is suspended.")


def _state(scope: Scope) -> Any:
    return case({state.value: literal_column(f"'{state.name}'") for state in Visibility}, value=scope.row.c.visibility)


def _excerpt(scope: Scope) -> Any:
    """Cut plain text after so many graphemes: characters, unless the row says where its graphemes end."""
    text, breaks = scope.row.c.body_text, scope.row.c.body_breaks
    length = scope.arguments.value("length", Integer(), _checked_length)
    characters = case((breaks.is_(None), length), else_=func.coalesce(breaks[length], length))
    return func.left(text, characters)


def _checked_length(length: Any) -> int:
    if not isinstance(length, int) or not 1 <= length <= LONGEST_EXCERPT:
        message = f"is {length}; give 1 to {LONGEST_EXCERPT}."
        raise ValueError(message)
    return length


EXCERPT = {
    "length": Argument(
        int, f"How many graphemes (what a reader calls characters) at most, 1 to {LONGEST_EXCERPT}.", 200
    )
}


@interface_type
class Moderatable:
    """What moderators can take down."""

    moderation: ContentState = expression(_state, "Whether it is plainly visible, or why it is not.")
    viewer_can_moderate: bool = expression(
        lambda scope: _moderates_post(scope),  # noqa: PLW0108 - it stands below
        "Whether the viewer moderates it.",
    )
    viewer_can_report: bool = can_report(lambda scope: scope.row.c.author_id)


def _moderates_post(scope: Scope) -> Any:
    return moderates(scope, scope.row.c.space_id)


def _moderates_comment(scope: Scope) -> Any:
    # Who moderates nothing need not have the comment's post looked up.
    return moderates(scope, of_post(scope, "space_id") if scope.viewer.kind.moderates else literal_column("0"))


def _post_visible(scope: Scope) -> Any:
    return scope.row.c.visibility == 0


def _comment_visible(scope: Scope) -> Any:
    return and_(scope.row.c.visibility == 0, of_post(scope, "visibility") == 0)


@entity("post", posts, visible_posts)
class Post(Node, Reactable, Moderatable):
    """What a member starts a discussion with."""

    title: str = column("title", "The title, as plain text.")
    body: str = column("body", "What was written, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    excerpt: str = expression(_excerpt, "The beginning as plain text, never cut within a grapheme.", arguments=EXCERPT)
    official: bool = column("official", "Whether it is the brand's own.")
    label: ContentLabel | None = label()
    created_at: datetime = column("created_at", "When it was posted.")
    edited_at: datetime | None = column("edited_at", "When it was last edited.")
    revision_count: int = column(
        "revision_count", "How often it was edited; give it to `editPost` as `expectedRevision`."
    )
    pinned_at: datetime | None = column("pinned_at", "Since when it is pinned in its space.")
    locked_at: datetime | None = column("locked_at", "Since when it takes no comments.")
    comment_count: int = column("comment_count", "How many comments are plainly visible.")
    view_count: int = column("view_count", "How often it was viewed.")
    imported_score: int | None = column("imported_score", "Its votes on the platform it came from.")
    author: Member | None = reference(
        lambda scope: scope.row.c.author_id,
        "Who wrote it; null when they are not to be seen.",
        inherits=True,
    )
    space: Space | None = reference(lambda scope: scope.row.c.space_id, "The space it is in.", inherits=True)
    accepted_answer: Comment | None = reference(
        lambda scope: scope.row.c.accepted_comment_id,
        "The comment that its author accepted as the answer.",
        inherits=True,
    )
    tags: list[Tag] = rows(post_tag_source, "Its tags, in the author's order.")
    images: list[LazyImage] = rows(
        post_images,
        "The images kept here that it shows, in their order; not those that were taken down, or are somebody else's.",
    )
    idea: LazyIdea | None = reference(
        lambda scope: scope.row.c.id,
        "The idea that it holds, where it was proposed on a board.",
        column="post_id",
        inherits=True,
    )
    viewer_has_reacted: bool = viewer_has_reacted("post_id")
    viewer_reactions: list[str] = viewer_reactions("post_id")
    viewer_can_moderate: bool = expression(_moderates_post, "Whether the viewer moderates its space.")
    viewer_can_edit: bool = expression(
        lambda scope: may_edit(scope, scope.row.c.space_id, scope.row.c.locked_at),
        "Whether the viewer may edit it.",
    )
    viewer_can_delete: bool = expression(
        lambda scope: may_delete(scope, scope.row.c.space_id),
        "Whether the viewer may take it down.",
    )
    viewer_can_comment: bool = expression(
        lambda scope: may_answer(scope, scope.row.c.space_id, scope.row.c.locked_at, _post_visible(scope)),
        "Whether the viewer may comment on it.",
    )
    viewer_can_react: bool = expression(
        lambda scope: may_react(scope, scope.row.c.space_id, _post_visible(scope)),
        "Whether the viewer may react to it.",
    )
    revisions: Connection[PostRevision] | None = connection(
        post_revisions_source,
        "Its edits, the latest first; null but to its author and moderators.",
        exists=lambda scope: or_(mine(scope), _moderates_post(scope)),
    )
    comments: Connection[Comment] = connection(
        post_comments,
        "The comments on it.",
        arguments={
            "filter": Argument(CommentFilter | None, "Which comments.", None),
            "sort": Argument(CommentSort, "In which order.", CommentSort.OLDEST),
        },
    )


@entity("comment", comments, visible_comments)
class Comment(Node, Reactable, Moderatable):
    """An answer to a post or to another comment."""

    body: str = column("body", "What was written, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    excerpt: str = expression(_excerpt, "The beginning as plain text, never cut within a grapheme.", arguments=EXCERPT)
    official: bool = column("official", "Whether it is the brand's own.")
    label: ContentLabel | None = label()
    created_at: datetime = column("created_at", "When it was written.")
    edited_at: datetime | None = column("edited_at", "When it was last edited.")
    revision_count: int = column(
        "revision_count",
        "How often it was edited; give it to `editComment` as `expectedRevision`.",
    )
    depth: int = column("depth", "How deep it stands in the thread; 0 answers the post itself.")
    reply_count: int = column("reply_count", "How many replies are plainly visible.")
    imported_score: int | None = column("imported_score", "Its votes on the platform it came from.")
    author: Member | None = reference(
        lambda scope: scope.row.c.author_id,
        "Who wrote it; null when they are not to be seen.",
        inherits=True,
    )
    post: Post | None = reference(lambda scope: scope.row.c.post_id, "The post it is on.")
    parent: Comment | None = reference(
        lambda scope: scope.row.c.parent_id,
        "The comment it replies to; null for the post itself, or when that comment is not to be seen.",
        inherits=True,
    )
    images: list[LazyImage] = rows(
        comment_images,
        "The images kept here that it shows, in their order; not those that were taken down, or are somebody else's.",
    )
    accepted: bool = expression(
        lambda scope: func.coalesce(of_post(scope, "accepted_comment_id") == scope.row.c.id, literal_column("false")),
        "Whether it is the accepted answer to its post.",
    )
    viewer_has_reacted: bool = viewer_has_reacted("comment_id")
    viewer_reactions: list[str] = viewer_reactions("comment_id")
    viewer_can_moderate: bool = expression(_moderates_comment, "Whether the viewer moderates its post's space.")
    viewer_can_edit: bool = expression(
        lambda scope: may_edit(scope, of_post(scope, "space_id"), of_post(scope, "locked_at")),
        "Whether the viewer may edit it.",
    )
    viewer_can_delete: bool = expression(
        lambda scope: may_delete(scope, of_post(scope, "space_id")),
        "Whether the viewer may take it down.",
    )
    viewer_can_reply: bool = expression(
        lambda scope: may_answer(
            scope,
            of_post(scope, "space_id"),
            of_post(scope, "locked_at"),
            _comment_visible(scope),
            of_post(scope, "author_id"),
        ),
        "Whether the viewer may reply to it.",
    )
    viewer_can_react: bool = expression(
        lambda scope: may_react(
            scope, of_post(scope, "space_id"), _comment_visible(scope), of_post(scope, "author_id")
        ),
        "Whether the viewer may react to it.",
    )
    revisions: Connection[CommentRevision] | None = connection(
        comment_revisions_source,
        "Its edits, the latest first; null but to its author and moderators.",
        exists=lambda scope: or_(mine(scope), _moderates_comment(scope)),
    )
    replies: Connection[Comment] = connection(
        comment_replies,
        "The replies to it.",
        arguments={"sort": Argument(CommentSort, "In which order.", CommentSort.OLDEST)},
    )
