"""The types of notifications, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import BigInteger, DateTime, Select, cast, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.discussions.types import Comment, Post
from api.members.types import Member
from api.node import Node
from api.notifications.visibility import visible_notifications
from api.reading.connections import Connection
from api.reading.cursors import by_number, by_time
from api.reading.fields import (
    Argument,
    column,
    connection,
    entity,
    expression,
    object_type,
    polymorphic,
    reference,
    rows,
)
from api.reading.readings import Scope, Source
from community.members.tables import members
from community.notifications.kinds import NotificationKind
from community.notifications.tables import notification_causes, notification_preferences, notifications

COUNTED_UP_TO = 100


_enum: Any = strawberry.enum(
    NotificationKind, description="What a notification tells of. Clients word it, in the reader's language."
)
for _shown in _enum.__strawberry_definition__.values:
    _shown.description = NotificationKind[_shown.name].meaning


def _actors(scope: Scope) -> Source:
    """Draw on the members behind a notification, each once."""
    member, cause = scope.enter(members), scope.enter(notification_causes)
    latest = (
        select(func.max(cause.c.happened_at))
        .select_from(cause.source)
        .where(cause.c.notification_id == scope.row.c.id, cause.c.actor_id == member.c.id)
        .scalar_subquery()
    )
    latest_at: Any = cast(latest, DateTime(timezone=True))
    return Source(
        member,
        (by_time(latest_at, descending=True), by_number(member.c.id, descending=True)),
        "latest",
        where=[member.c.id.in_(_actor_ids(scope))],
    )


def _actor_ids(scope: Scope) -> Select[Any]:
    cause = scope.enter(notification_causes)
    return select(cause.c.actor_id).select_from(cause.source).where(cause.c.notification_id == scope.row.c.id)


def _latest_comment(scope: Scope) -> Any:
    cause = scope.enter(notification_causes)
    ordered = aggregate_order_by(cause.c.comment_id, cause.c.happened_at.desc(), cause.c.comment_id.desc())
    latest = func.array_agg(ordered).filter(cause.c.comment_id.is_not(None)).self_group()
    return (
        select(literal_column("(latest)[1]", BigInteger))
        .select_from(
            select(latest.label("latest"))
            .select_from(cause.source)
            .where(cause.c.notification_id == scope.row.c.id)
            .subquery()
        )
        .scalar_subquery()
    )


@entity("notification", notifications, visible_notifications)
class Notification(Node):
    """Something the viewer is told of. While it is unread, more of the same joins it."""

    kind: NotificationKind = column("kind", "What it tells of.")
    first_at: datetime = column("first_at", "When it first happened.")
    latest_at: datetime = column("latest_at", "When it happened last.")
    read_at: datetime | None = column("read_at", "When the viewer read it; null while unread.")
    actor_count: int = column("actor_count", "How many members are behind it; 0 where nobody is named.")
    actors: Connection[Member] = connection(_actors, "The members behind it, the latest first.")
    subject: Node | None = polymorphic(
        lambda scope: scope.row.c.subject_kind,
        lambda scope: scope.row.c.subject_id,
        "The post, comment, idea, amendment, round, pledge, referral, reward, redemption, decision, report, appeal, note or "
        "case it is about; null for a follow, and for points that expire soon.",
    )
    post: Post | None = reference(lambda scope: scope.row.c.post_id, "The post under which it happened.")
    comment: Comment | None = reference(_latest_comment, "The comment it happened with, the latest of them.")


@strawberry.input(description="Which notifications. All that is given must hold.")
class NotificationFilter:
    """Which notifications. All that is given must hold."""

    unread: bool | None = strawberry.field(default=strawberry.UNSET, description="Unread ones, or those read.")
    kinds: list[NotificationKind] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of these kinds.",
    )


@object_type
class NotificationPreference:
    """Whether the viewer wants to be told of one kind of thing."""

    kind: NotificationKind = column("kind", "The kind.")
    enabled: bool = column("enabled", "Whether they want to be told.")


def _notifications(scope: Scope) -> Source:
    notification = scope.enter(notifications)
    given = scope.arguments.shape("filter") or {}
    where: list[Any] = []
    if given.get("unread") is not None:
        read_at = notification.c.read_at
        where.append(read_at.is_(None) if given["unread"] else read_at.is_not(None))
    if given.get("kinds") is not None:
        # Names of an enum's values, so nothing that a client wrote.
        names = ", ".join(f"'{kind.value}'" for kind in given["kinds"])
        where.append(
            notification.c.kind.op("IN", is_comparison=True)(literal_column(f"({names})"))
            if names
            else literal_column("false")
        )
    keys = by_time(notification.c.latest_at, descending=True), by_number(notification.c.id, descending=True)
    return Source(notification, keys, "latest", where=where)


def unread_count(scope: Scope) -> Any:
    """Count the viewer's unread notifications, up to a limit."""
    notification = scope.enter(notifications)
    unread = (
        select(literal_column("1"))
        .select_from(notification.source)
        .where(notification.c.read_at.is_(None), *visible_notifications(notification, scope.viewer).whole())
        .limit(literal_column(str(COUNTED_UP_TO)))
        .subquery()
    )
    return select(func.count()).select_from(unread).scalar_subquery()


UNREAD_COUNT_MEANING = f"How many of the viewer's notifications are unread, counted up to {COUNTED_UP_TO}."


def preferences(scope: Scope) -> Source:
    """Draw on all kinds, with what the viewer said of each."""
    kinds = ", ".join(f"('{kind.value}', {place})" for place, kind in enumerate(NotificationKind))
    preference = notification_preferences.alias()
    enabled = (
        select(preference.c.enabled)
        .where(preference.c.member_id == scope.viewer.member_id, preference.c.kind == literal_column("known.kind"))
        .scalar_subquery()
    )
    listed = scope.enter(
        select(
            literal_column("known.kind", notification_preferences.c.kind.type).label("kind"),
            literal_column("known.place", BigInteger).label("place"),
            func.coalesce(enabled, literal_column("true"), type_=notification_preferences.c.enabled.type).label(
                "enabled"
            ),
        )
        .select_from(text(f"(VALUES {kinds}) AS known (kind, place)"))
        .subquery(),
    )
    return Source(listed, (by_number(listed.c.place),), "place")


@object_type
class NotificationsViewer:
    """What of notifications is the viewer's own."""

    notifications: Connection[Notification] = connection(
        _notifications,
        "What the viewer is told of, the latest first.",
        arguments={"filter": Argument(NotificationFilter | None, "Which notifications.", None)},
    )
    unread_notification_count: int = expression(unread_count, UNREAD_COUNT_MEANING)
    notification_preferences: list[NotificationPreference] = rows(
        preferences,
        "Of what the viewer wants to be told: one entry for each kind.",
        limit=len(NotificationKind),
    )
