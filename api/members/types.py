"""The types of members, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ARRAY, Text, Uuid, case, cast, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.cocreation.ideas.sources import credited_ideas
from api.discussions.arguments import PostFilter
from api.discussions.sources import member_comments, member_posts
from api.graph.arguments import GraphScope, Level
from api.graph.networks import ego_network
from api.graph.sources import in_scope, member_level
from api.members.enums import Role, TokenScope
from api.members.sources import member_badges, member_followers, member_following, member_spaces
from api.moderation.sources import MOST_ON_RECORD, restrictions_of_member, strikes_of_member
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    Argument,
    column,
    connection,
    derived,
    entity,
    expression,
    identity,
    interface_type,
    reference,
    rows,
)
from api.reading.readings import Scope
from api.rewards.sources import current_tier
from api.subjects import Subject, can_report, url
from community.members.tables import access_tokens, badges, blocks, follows, members, mutes, role_grants, sessions
from community.members.visibility import own_rows, profile_shown, visible_badges, visible_members

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    from api.cocreation.ideas.types import Idea
    from api.discussions.space_types import Space
    from api.discussions.types import Comment, Post
    from api.graph.networks import EgoNetwork
    from api.graph.types import Influence, SocialCapital
    from api.moderation.history_types import MemberHistory
    from api.moderation.record_types import Restriction, Strike
    from api.rewards.types import MemberTier

LazyIdea = Annotated["Idea", strawberry.lazy("api.cocreation.ideas.types")]
LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]
LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
LazyEgoNetwork = Annotated["EgoNetwork", strawberry.lazy("api.graph.networks")]
LazySocialCapital = Annotated["SocialCapital", strawberry.lazy("api.graph.types")]
LazyInfluence = Annotated["Influence", strawberry.lazy("api.graph.types")]
LazyMemberHistory = Annotated["MemberHistory", strawberry.lazy("api.moderation.history_types")]
LazyMemberTier = Annotated["MemberTier", strawberry.lazy("api.rewards.types")]
LazyRestriction = Annotated["Restriction", strawberry.lazy("api.moderation.record_types")]
LazyStrike = Annotated["Strike", strawberry.lazy("api.moderation.record_types")]
LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]
LazyComment = Annotated["Comment", strawberry.lazy("api.discussions.types")]


def _said(name: str, description: str) -> Any:
    """Read what a member says of themselves, which is nothing where it is not shown."""

    def sql(scope: Scope) -> Any:
        said = getattr(scope.row.c, name)
        nothing = null() if members.c[name].nullable else literal_column("''", Text)
        return case((profile_shown(scope.row, scope.viewer), said), else_=nothing)

    return expression(sql, description)


@interface_type
class Actor:
    """Someone who acts here under a name."""

    handle: str = column("handle", "The name that mentions use, unique among all that could be taken for it.")
    display_name: str = column("display_name", "The name to show.")
    avatar_url: str | None = _said("avatar_url", "A picture; null when there is none.")


def _related(table: Table, own: str, other: str) -> Callable[[Scope], Any]:
    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        row = scope.enter(table)
        return (
            select(literal_column("1"))
            .select_from(row.source)
            .where(getattr(row.c, own) == scope.viewer.member_id, getattr(row.c, other) == scope.row.c.id)
            .exists()
        )

    return sql


def customer_since(scope: Scope) -> Any:
    """Return since when a member is known as a customer, to who may know."""
    since, viewer = scope.row.c.customer_since, scope.viewer
    if viewer.kind.sees_insights:
        return since
    if not viewer.kind.signed_in:
        return literal_column("NULL::timestamptz")
    return case((scope.row.c.id == viewer.member_id, since))


def roles_of(scope: Scope, member_id: Any) -> Any:
    """Return a member's roles everywhere, as an array."""
    grant = scope.enter(role_grants)
    held = (
        select(func.array_agg(aggregate_order_by(grant.c.role, grant.c.role)))
        .select_from(grant.source)
        .where(grant.c.member_id == member_id, grant.c.space_id.is_(None))
    )
    return func.coalesce(held.scalar_subquery(), literal_column("'{}'::text[]"))


@entity("badge", badges, visible_badges)
class Badge:
    """A fact about a member that was earned, here or elsewhere."""

    id: strawberry.ID = identity("An opaque id, for clients to tell badges apart.")
    name: str = column("name", "What it is called.")
    awarded_at: datetime = column("awarded_at", "When it was awarded.")
    source: str = column("source", "The platform that awarded it; empty for this one.")


@entity("session", sessions, own_rows)
class Session:
    """One sign-in on one device. Only its owner sees it."""

    id: strawberry.ID = identity("What `endSession` takes.")
    client: str = column("client", "What the browser or app called itself when it signed in.")
    created_at: datetime = column("created_at", "When it began.")
    refreshed_at: datetime = column("refreshed_at", "When it was last kept going, to within ten minutes of its use.")
    expires_at: datetime = column("expires_at", "When it ends, unless it is kept going.")
    current: bool = expression(
        lambda scope: scope.row.c.id.is_not_distinct_from(cast(scope.viewer.session_id, Uuid)),
        "Whether this very request came by it.",
    )


@entity("access_token", access_tokens, own_rows)
class AccessToken(Node):
    """A key for a program that acts for a member. Only its owner sees it, and its text never again."""

    name: str = column("name", "What its owner calls it.")
    scopes: list[TokenScope] = expression(
        lambda scope: cast(func.upper(cast(scope.row.c.scopes, Text)), ARRAY(Text)),
        "How far it reaches.",
    )
    created_at: datetime = column("created_at", "When it was made.")
    expires_at: datetime | None = column("expires_at", "When it ends; null: not before it is revoked.")
    last_used_at: datetime | None = column("last_used_at", "When it was last used, to within ten minutes.")
    revoked_at: datetime | None = column("revoked_at", "Since when it takes no more requests.")


@entity("member", members, visible_members)
class Member(Node, Actor, Subject):
    """A person in the community."""

    url: str = url("/@", lambda scope: scope.row.c.handle, "Where people find them on the web.")
    moderation_history: LazyMemberHistory | None = reference(
        lambda scope: scope.row.c.id, "What moderators know of them, for moderators.", column="id"
    )

    viewer_can_report: bool = can_report(lambda scope: scope.row.c.id)
    bio: str = _said("bio", "What they say of themselves, as Markdown; nothing of who is suspended.")
    bio_html: str = _said("bio_html", "The same as safe HTML.")
    official: bool = column("official", "Whether they speak for the brand.")
    location: str | None = _said("location", "Where they say they are.")
    website_url: str | None = _said("website_url", "Their page elsewhere.")
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
    roles: list[Role] = expression(lambda scope: roles_of(scope, scope.row.c.id), "What they are beyond a member.")
    badges: Connection[Badge] = connection(member_badges, "What they earned, the latest first.")
    spaces: Connection[LazySpace] = connection(
        member_spaces,
        "The spaces that they joined, of those that the viewer may see, the latest first.",
    )
    credited_ideas: Connection[LazyIdea] = connection(
        credited_ideas, "The ideas that shipped and are, among others', their doing, the latest first."
    )
    social_capital: LazySocialCapital | None = reference(
        lambda scope: scope.row.c.id,
        "What their ties and deeds are worth. Members see their own, and who may see insights everybody's.",
        column="member_id",
    )
    merged_into: LazyMember | None = reference(
        lambda scope: scope.row.c.merged_into,
        "The member whose account stands for this one, too, as both are one person's; null for nearly everybody. What was "
        "written under either name stays there.",
    )
    customer_since: datetime | None = expression(
        customer_since,
        "Since when the brand knows them as a customer. Members see their own, and who may see insights everybody's.",
    )
    level: Level | None = expression(
        member_level,
        "How much they are part of the community; null for who is not scored: newcomers of today, and who objects to it.",
    )
    restrictions: list[LazyRestriction] = rows(
        restrictions_of_member,
        "What they may not do now, what ends last first. Members see their own, and who oversees the community everybody's.",
        limit=MOST_ON_RECORD,
    )
    strikes: list[LazyStrike] = rows(
        strikes_of_member,
        "What is on their record and has not expired, the latest first. Members see their own, and who oversees the "
        "community everybody's.",
        limit=MOST_ON_RECORD,
    )
    tier: LazyMemberTier | None = reference(
        lambda scope: current_tier(scope.row.c.id),
        "Their tier now: the latest granted that lasts. Members see their own, and who may see insights everybody's.",
    )
    influence: LazyInfluence | None = reference(
        lambda scope: scope.row.c.id,
        "Their place in a ranking; null for who is not in it. Members see their own, and who may see insights all.",
        column="member_id",
        also=in_scope,
        arguments={"scope": Argument(GraphScope | None, "Within what.", None)},
    )
    ego_network: LazyEgoNetwork | None = derived(
        ego_network,
        "The members around them, for drawing. Members see their own with direct ties; who may see insights, all.",
        arguments={
            "depth": Argument(int, "Over how many ties, 1 or 2.", 1),
            "first": Argument(int, "How many members at most, 1 to 100.", 50),
        },
        cost=1_500,
    )
