"""What members do with their notifications: reading them, and saying of what they want to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from community.notifications.events import NOTIFICATIONS_READ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from community.foundation.database import Connection
    from community.notifications.kinds import NotificationKind

_MARK = """
    UPDATE notification SET read_at = now()
    WHERE member_id = $1 AND read_at IS NULL
        AND ($2::bigint[] IS NULL OR id = ANY($2)) AND ($3::timestamptz IS NULL OR latest_at <= $3)
    RETURNING id
"""
_PREFER = """
    INSERT INTO notification_preference (member_id, kind, enabled)
    SELECT $1, kind, enabled FROM unnest($2::text[], $3::boolean[]) AS wanted (kind, enabled)
    ON CONFLICT (member_id, kind) DO UPDATE SET enabled = excluded.enabled, changed_at = now()
"""


async def mark_notifications_read(
    connection: Connection,
    member_id: int,
    *,
    notification_ids: Sequence[int] | None = None,
    up_to: datetime | None = None,
) -> list[int]:
    """Mark a member's unread notifications as read: those named, those up to a time, or all; return which.

    Others' notifications are left alone, as if there were none. What joins a group after `up_to` keeps it unread.
    """
    ids = None if notification_ids is None else sorted(set(notification_ids))
    marked = [row["id"] for row in await connection.raw.fetch(_MARK, member_id, ids, up_to)]
    if marked:
        await record(connection, Event(NOTIFICATIONS_READ, actor_id=member_id, member_id=member_id))
    return marked


async def update_notification_preferences(
    connection: Connection,
    member_id: int,
    wanted: Mapping[NotificationKind, bool],
) -> None:
    """Have a member told of some kinds from now on, and of others not. Kinds that are not named stay as they are."""
    if wanted:
        await connection.raw.execute(_PREFER, member_id, [str(kind) for kind in wanted], list(wanted.values()))
