"""The types of spaces and tags, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Text, cast, literal_column, select

from api.cocreation.ideas.sources import space_boards
from api.discussions.arguments import PostFilter, PostSort, SpaceAccess
from api.discussions.permissions import moderates
from api.discussions.sources import pinned_posts, space_member_source, space_posts, tag_posts
from api.members.deeds import free_to_write
from api.members.types import Member
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, entity, expression, object_type, reference, rows
from api.reading.readings import Scope
from community.discussions.tables import space_members, spaces, tag_follows, tags
from community.discussions.visibility import visible_spaces, visible_tags

if TYPE_CHECKING:
    from api.cocreation.ideas.types import IdeaBoard
    from api.discussions.types import Post

LazyIdeaBoard = Annotated["IdeaBoard", strawberry.lazy("api.cocreation.ideas.types")]
LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]
MOST_PINNED = 20


@strawberry.enum(description="Who may start posts in a space.")
class SpacePosting(Enum):
    """Who may start posts in a space."""

    EVERYONE = strawberry.enum_value("EVERYONE", description="Every member who may read it.")
    MODERATORS = strawberry.enum_value("MODERATORS", description="Its moderators; others comment.")


def _has_row(table: Any, column_: str) -> Any:
    """Whether the viewer has a row of a link table for this one."""

    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        row = scope.enter(table)
        return (
            select(literal_column("1"))
            .select_from(row.source)
            .where(getattr(row.c, column_) == scope.row.c.id, row.c.member_id == scope.viewer.member_id)
            .exists()
        )

    return sql


def _may_post(scope: Scope) -> Any:
    if not scope.viewer.kind.writes:
        return literal_column("false")
    everyone = scope.row.c.posting == "EVERYONE"
    return scope.row.c.archived_at.is_(None) & (everyone | moderates(scope, scope.row.c.id)) & free_to_write(scope)


@entity("space", spaces, visible_spaces)
class Space(Node):
    """A room of the community, with its own subject, rules and people."""

    slug: str = column("slug", "Its name in addresses.")
    name: str = column("name", "Its name.")
    description: str = column("description", "What it is for.")
    rules: str = column("rules", "What is asked of those who write here, as Markdown.")
    rules_html: str = column("rules_html", "The same as safe HTML.")
    access: SpaceAccess = column("access", "Who may read it.")
    posting: SpacePosting = column("posting", "Who may start posts in it.")
    created_at: datetime = column("created_at", "When it was opened.")
    archived_at: datetime | None = column("archived_at", "Since when it is read-only.")
    member_count: int = column("member_count", "How many joined.")
    post_count: int = column("post_count", "How many posts are plainly visible.")
    viewer_has_joined: bool = expression(_has_row(space_members, "space_id"), "Whether the viewer joined.")
    viewer_can_moderate: bool = expression(
        lambda scope: moderates(scope, scope.row.c.id),
        "Whether the viewer moderates it.",
    )
    viewer_can_post: bool = expression(_may_post, "Whether the viewer may start a post in it.")
    posts: Connection[LazyPost] = connection(
        space_posts,
        "The posts in it.",
        arguments={
            "filter": Argument(PostFilter | None, "Which posts.", None),
            "sort": Argument(PostSort, "In which order.", PostSort.NEWEST),
        },
    )
    pinned_posts: list[LazyPost] = rows(
        pinned_posts,
        f"The posts on top of it, {MOST_PINNED} at most, the latest pinned first.",
        limit=MOST_PINNED,
    )
    members: Connection[Member] = connection(space_member_source, "Who joined it, the latest first.")
    idea_boards: Connection[LazyIdeaBoard] = connection(
        space_boards, "The topics on which ideas are asked for in it, the newest first."
    )


@entity("tag", tags, visible_tags)
class Tag(Node):
    """What posts are about, in the members' own words."""

    name: str = column("name", "The tag: lower case, with hyphens for spaces.")
    description: str = column("description", "What it is used for.")
    created_at: datetime = column("created_at", "When it was first used.")
    post_count: int = column("post_count", "How many plainly visible posts carry it.")
    follower_count: int = column("follower_count", "How many follow it.")
    viewer_follows: bool = expression(_has_row(tag_follows, "tag_id"), "Whether the viewer follows it.")
    posts: Connection[LazyPost] = connection(
        tag_posts,
        "The posts that carry it, the newest first.",
        arguments={"filter": Argument(PostFilter | None, "Which posts.", None)},
    )


@object_type
class SpaceInvitation:
    """A private space that the viewer may join, and as much of it as one who has not joined may know."""

    space_id: strawberry.ID = expression(
        lambda scope: literal_column("'space_'") + cast(scope.row.c.space_id, Text),
        "What `joinSpace` and `withdrawInvitation` take.",
    )
    slug: str = column("slug", "The space's name in addresses.")
    name: str = column("name", "The space's name.")
    description: str = column("description", "What the space is for.")
    member_count: int = column("member_count", "How many joined the space.")
    invited_at: datetime = column("created_at", "When the viewer was invited.")
    invited_by: Member | None = reference(
        lambda scope: cast(scope.row.c.invited_by, BigInteger),
        "Who invited the viewer; null when they are not to be seen.",
    )
