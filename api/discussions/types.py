"""The types of spaces, posts and comments, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import Integer, and_, case, func, literal_column, or_, select

from api.discussions.arguments import CommentFilter, CommentSort, PostFilter, PostSort
from api.discussions.sources import comment_replies, post_comments, space_posts, tag_posts
from api.members.types import Member
from api.node import Node
from api.reading.connections import Connection
from api.reading.cursors import by_number
from api.reading.fields import (
    Argument,
    Scope,
    Source,
    column,
    connection,
    entity,
    expression,
    interface_type,
    object_type,
    reference,
    rows,
)
from community.discussions.tables import (
    comment_reactions,
    comments,
    post_reactions,
    post_tags,
    posts,
    reaction_kinds,
    space_members,
    spaces,
    tags,
)
from community.discussions.visibility import visible_comments, visible_posts, visible_spaces
from community.foundation.visibility import Visible
from community.members.viewer import any_of

LONGEST_EXCERPT = 1_000


@strawberry.enum(description="Who may read a space.")
class SpaceAccess(Enum):
    """Who may read a space."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone, signed in or not.")
    MEMBERS = strawberry.enum_value("MEMBERS", description="Every member of the community.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="Those who were invited and joined.")


@object_type
class ReactionKind:
    """A way to react, the community's to choose."""

    name: str = column("name", "What `addReaction` takes.")
    emoji: str = column("emoji", "A sign to show.")
    label: str = expression(
        lambda scope: func.coalesce(
            scope.row.c.labels.op("->>")(func.lower(literal_column("'en'"))),
            scope.row.c.name,
        ),
        "Its name in words.",
    )


@object_type
class ReactionCount:
    """How many reacted in one way."""

    kind: str = column("name", "The kind's name; see `community.reactionKinds`.")
    count: int = column("count", "How many members reacted so.")


def _reaction_counts(scope: Scope) -> Source:
    kind = scope.enter(reaction_kinds)
    count = func.coalesce(scope.row.c.reaction_counts[kind.c.id], 0)
    return Source(
        kind,
        (by_number(kind.c.position), by_number(kind.c.id)),
        "position",
        where=[count > 0],
        extras={"count": (count, Integer())},
    )


def _viewer_reactions(table: Any, subject: str) -> Any:
    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("'{}'::text[]")
        reaction, kind = scope.enter(table), scope.enter(reaction_kinds)
        mine = (
            select(func.array_agg(kind.c.name))
            .select_from(reaction.source.join(kind.source, kind.c.id == reaction.c.kind_id))  # type: ignore[union-attr]
            .where(getattr(reaction.c, subject) == scope.row.c.id, reaction.c.member_id == scope.viewer.member_id)
        )
        return func.coalesce(mine.scalar_subquery(), literal_column("'{}'::text[]"))

    return sql


def _viewer_has_reacted(table: Any, subject: str) -> Any:
    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        reaction = scope.enter(table)
        return (
            select(literal_column("1"))
            .select_from(reaction.source)  # type: ignore[arg-type]
            .where(getattr(reaction.c, subject) == scope.row.c.id, reaction.c.member_id == scope.viewer.member_id)
            .exists()
        )

    return sql


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


EXCERPT = {"length": Argument(int, f"How many graphemes (what a reader calls characters) at most, 1 to {LONGEST_EXCERPT}.", 200)}


@interface_type
class Reactable:
    """What members can react to."""

    reaction_count: int = column("reaction_count", "How many reactions there are, of all kinds.")
    reaction_counts: list[ReactionCount] = rows(_reaction_counts, "How many of each kind; kinds with none are left out.")


def _moderates(scope: Scope, space_id: Any) -> Any:
    kind = scope.viewer.kind
    if kind.oversees:
        return literal_column("true")
    return space_id == any_of(scope.viewer.moderated_spaces) if kind.moderates else literal_column("false")


@entity("space", spaces, visible_spaces)
class Space(Node):
    """A room of the community, with its own subject, rules and people."""

    slug: str = column("slug", "Its name in addresses.")
    name: str = column("name", "Its name.")
    description: str = column("description", "What it is for.")
    rules: str = column("rules", "What is asked of those who write here, as Markdown.")
    rules_html: str = column("rules_html", "The same as safe HTML.")
    access: SpaceAccess = column("access", "Who may read it.")
    created_at: datetime = column("created_at", "When it was opened.")
    archived_at: datetime | None = column("archived_at", "Since when it is read-only.")
    member_count: int = column("member_count", "How many joined.")
    post_count: int = column("post_count", "How many posts are plainly visible.")
    viewer_has_joined: bool = expression(
        lambda scope: _joined(scope),
        "Whether the viewer joined.",
    )
    viewer_can_moderate: bool = expression(
        lambda scope: _moderates(scope, scope.row.c.id),
        "Whether the viewer moderates it.",
    )
    posts: Connection[Post] = connection(
        space_posts,
        "The posts in it.",
        arguments={
            "filter": Argument(PostFilter | None, "Which posts.", None),
            "sort": Argument(PostSort, "In which order.", PostSort.NEWEST),
        },
    )


def _joined(scope: Scope) -> Any:
    if not scope.viewer.kind.signed_in:
        return literal_column("false")
    row = scope.enter(space_members)
    return (
        select(literal_column("1"))
        .select_from(row.source)  # type: ignore[arg-type]
        .where(row.c.space_id == scope.row.c.id, row.c.member_id == scope.viewer.member_id)
        .exists()
    )


@entity("tag", tags, lambda _row, _viewer: Visible())
class Tag(Node):
    """What posts are about, in the members' own words."""

    name: str = column("name", "The tag: lower case, with hyphens for spaces.")
    description: str = column("description", "What it is used for.")
    post_count: int = column("post_count", "How many plainly visible posts carry it.")
    follower_count: int = column("follower_count", "How many follow it.")
    posts: Connection[Post] = connection(
        tag_posts,
        "The posts that carry it, the newest first.",
        arguments={"filter": Argument(PostFilter | None, "Which posts.", None)},
    )


def _tags(scope: Scope) -> Source:
    tag, link = scope.enter(tags), scope.enter(post_tags)
    return Source(
        tag,
        (by_number(link.c.position), by_number(link.c.tag_id)),
        "position",
        where=[link.c.post_id == scope.row.c.id],
        joined=[(link, link.c.tag_id == tag.c.id)],
    )


@entity("post", posts, visible_posts)
class Post(Node, Reactable):
    """What a member starts a discussion with."""

    title: str = column("title", "The title, as plain text.")
    body: str = column("body", "What was written, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    excerpt: str = expression(_excerpt, "The beginning as plain text, never cut within a grapheme.", arguments=EXCERPT)
    official: bool = column("official", "Whether it is the brand's own.")
    created_at: datetime = column("created_at", "When it was posted.")
    edited_at: datetime | None = column("edited_at", "When it was last edited.")
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
    tags: list[Tag] = rows(_tags, "Its tags, in the author's order.")
    viewer_has_reacted: bool = expression(
        _viewer_has_reacted(post_reactions, "post_id"),
        "Whether the viewer reacted in any way.",
    )
    viewer_reactions: list[str] = expression(
        _viewer_reactions(post_reactions, "post_id"),
        "The kinds of the viewer's own reactions.",
    )
    viewer_can_moderate: bool = expression(
        lambda scope: _moderates(scope, scope.row.c.space_id),
        "Whether the viewer moderates its space.",
    )
    viewer_can_edit: bool = expression(
        lambda scope: or_(_mine(scope), _moderates(scope, scope.row.c.space_id)),
        "Whether the viewer may edit it.",
    )
    comments: Connection[Comment] = connection(
        post_comments,
        "The comments on it.",
        arguments={
            "filter": Argument(CommentFilter | None, "Which comments.", None),
            "sort": Argument(CommentSort, "In which order.", CommentSort.OLDEST),
        },
    )


def _mine(scope: Scope) -> Any:
    if not scope.viewer.kind.signed_in:
        return literal_column("false")
    return and_(literal_column("true"), scope.row.c.author_id == scope.viewer.member_id)


@entity("comment", comments, visible_comments)
class Comment(Node, Reactable):
    """An answer to a post or to another comment."""

    body: str = column("body", "What was written, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    excerpt: str = expression(_excerpt, "The beginning as plain text, never cut within a grapheme.", arguments=EXCERPT)
    official: bool = column("official", "Whether it is the brand's own.")
    created_at: datetime = column("created_at", "When it was written.")
    edited_at: datetime | None = column("edited_at", "When it was last edited.")
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
    viewer_has_reacted: bool = expression(
        _viewer_has_reacted(comment_reactions, "comment_id"),
        "Whether the viewer reacted in any way.",
    )
    viewer_reactions: list[str] = expression(
        _viewer_reactions(comment_reactions, "comment_id"),
        "The kinds of the viewer's own reactions.",
    )
    replies: Connection[Comment] = connection(
        comment_replies,
        "The replies to it.",
        arguments={"sort": Argument(CommentSort, "In which order.", CommentSort.OLDEST)},
    )
