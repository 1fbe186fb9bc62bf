"""The types of members, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import literal_column, select

from api.discussions.arguments import PostFilter
from api.discussions.sources import member_comments, member_posts
from api.members.sources import member_followers, member_following
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    Argument,
    Scope,
    column,
    connection,
    entity,
    expression,
    interface_type,
)
from community.members.tables import blocks, follows, members, mutes
from community.members.visibility import visible_members

LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]
LazyComment = Annotated["Comment", strawberry.lazy("api.discussions.types")]


@interface_type
class Actor:
    """Someone who acts here under a name."""

    handle: str = column("handle", "The name that mentions use, unique among all that could be taken for it.")
    display_name: str = column("display_name", "The name to show.")
    avatar_url: str | None = column("avatar_url", "A picture; null when there is none.")


def _related(table: object, own: str, other: str):  # type: ignore[no-untyped-def] # a declaration, typed where it is used
    def sql(scope: Scope):  # type: ignore[no-untyped-def]
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        row = scope.enter(table)  # type: ignore[arg-type]
        return (
            select(literal_column("1"))
            .select_from(row.source)
            .where(getattr(row.c, own) == scope.viewer.member_id, getattr(row.c, other) == scope.row.c.id)
            .exists()
        )

    return sql


@entity("member", members, visible_members)
class Member(Node, Actor):
    """A person in the community."""

    bio: str = column("bio", "What they say of themselves, as Markdown.")
    bio_html: str = column("bio_html", "The same as safe HTML.")
    official: bool = column("official", "Whether they speak for the brand.")
    location: str | None = column("location", "Where they say they are.")
    website_url: str | None = column("website_url", "Their page elsewhere.")
    joined_at: datetime = column("joined_at", "When they joined.")
    follower_count: int = column("follower_count", "How many follow them.")
    following_count: int = column("following_count", "How many they follow.")
    post_count: int = column("post_count", "How many of their posts are plainly visible.")
    comment_count: int = column("comment_count", "How many of their comments are plainly visible.")
    viewer_follows: bool = expression(_related(follows, "follower_id", "member_id"), "Whether the viewer follows them.")
    follows_viewer: bool = expression(_related(follows, "member_id", "follower_id"), "Whether they follow the viewer.")
    viewer_blocks: bool = expression(_related(blocks, "blocker_id", "member_id"), "Whether the viewer blocks them.")
    viewer_mutes: bool = expression(_related(mutes, "muter_id", "member_id"), "Whether the viewer mutes them.")
    posts: Connection[LazyPost] = connection(
        member_posts,
        "What they posted, the newest first.",
        arguments={"filter": Argument(PostFilter | None, "Which posts.", None)},
    )
    comments: Connection[LazyComment] = connection(member_comments, "What they commented, the newest first.")
    followers: Connection[Member] = connection(member_followers, "Who follows them, the latest first.")
    following: Connection[Member] = connection(member_following, "Whom they follow, the latest first.")
