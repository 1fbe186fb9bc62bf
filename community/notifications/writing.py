"""How notifications come to be and go again. Only the reader of the event log calls this, so one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.notifications.events import NOTIFICATION_RECEIVED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from community.foundation.database import Connection
    from community.notifications.kinds import NotificationKind

# $1 who is told, $2 who did it (null: nobody is named), $3 kind, $4 group, $5 and $6 subject, $7 post, $8 space,
# $9 cause, $10 the comment it was done with, $11 when.
_NOTIFY = f"""
    WITH recipient AS (
        SELECT member.id FROM member
        WHERE member.id = $1::bigint AND member.state <> 'ERASED'
            AND $2::bigint IS DISTINCT FROM $1
            AND ($2 IS NULL OR EXISTS (SELECT FROM member AS actor WHERE actor.id = $2 AND actor.state = 'ACTIVE'))
            AND NOT EXISTS (SELECT FROM block WHERE blocker_id = $1 AND member_id = $2)
            AND NOT EXISTS (SELECT FROM block WHERE blocker_id = $2 AND member_id = $1)
            AND NOT EXISTS (SELECT FROM mute WHERE muter_id = $1 AND member_id = $2)
            AND NOT EXISTS (
                SELECT FROM notification_preference
                WHERE notification_preference.member_id = $1 AND kind = $3 AND NOT enabled
            )
            AND ($7::bigint IS NULL OR EXISTS (
                SELECT FROM post JOIN space ON space.id = post.space_id
                WHERE post.id = $7 AND (post.visibility = 0 OR post.author_id = $1)
                    AND NOT EXISTS (SELECT FROM block WHERE blocker_id = $1 AND member_id = post.author_id)
                    AND NOT EXISTS (SELECT FROM block WHERE blocker_id = post.author_id AND member_id = $1)
                    AND (
                        space.access <> 'PRIVATE'
                        OR EXISTS (SELECT FROM space_member WHERE space_id = space.id AND space_member.member_id = $1)
                        OR EXISTS (
                            SELECT FROM role_grant
                            WHERE role_grant.member_id = $1 AND role IN ('MODERATOR', 'ADMIN')
                                AND (role_grant.space_id IS NULL OR role_grant.space_id = space.id)
                        )
                    )
            ))
            AND ($10::bigint IS NULL OR EXISTS (SELECT FROM comment WHERE comment.id = $10 AND visibility = 0))
            AND ($5::text IS DISTINCT FROM 'comment' OR EXISTS (
                SELECT FROM comment WHERE comment.id = $6 AND (visibility = 0 OR comment.author_id = $1)
            ))
    ), noted AS (
        INSERT INTO notification AS kept
            (member_id, kind, group_key, subject_kind, subject_id, post_id, space_id, actor_count, first_at, latest_at)
        SELECT recipient.id, $3, $4, $5, $6, $7, $8::bigint, ($2 IS NOT NULL)::int, $11, $11 FROM recipient
        ON CONFLICT (member_id, group_key) WHERE read_at IS NULL DO UPDATE SET
            latest_at = greatest(kept.latest_at, excluded.latest_at),
            actor_count = kept.actor_count + (
                $2 IS NOT NULL AND NOT EXISTS (
                    SELECT FROM notification_cause WHERE notification_id = kept.id AND actor_id = $2
                )
            )::int
        RETURNING kept.id
    ), caused AS (
        INSERT INTO notification_cause (notification_id, actor_id, cause, comment_id, happened_at)
        SELECT noted.id, $2, $9, $10, $11 FROM noted WHERE $2 IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING notification_id
    )
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id)
    SELECT '{NOTIFICATION_RECEIVED}', $2, $1, 'notification', noted.id, $7, $8
    FROM noted WHERE $2 IS NULL OR EXISTS (SELECT FROM caused)
"""  # noqa: S608 - made of names of ours

_TOLD_OF_COMMENT = """
    SELECT EXISTS (
        SELECT FROM notification_cause JOIN notification ON notification.id = notification_id
        WHERE notification_cause.comment_id = $2 AND notification.member_id = $1
    )
"""
_FORGET_CAUSES = """
    DELETE FROM notification_cause USING notification
    WHERE notification.id = notification_id AND notification.read_at IS NULL AND {condition}
    RETURNING notification_id
"""
_RECOUNT = """
    UPDATE notification SET actor_count = left_over.actors, latest_at = left_over.latest
    FROM (
        SELECT notification_id, count(DISTINCT actor_id)::int AS actors, max(happened_at) AS latest
        FROM notification_cause WHERE notification_id = ANY($1::bigint[]) GROUP BY notification_id
    ) AS left_over
    WHERE notification.id = left_over.notification_id
"""
_FORGET_BASELESS = """
    DELETE FROM notification
    WHERE id = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM notification_cause WHERE notification_id = notification.id)
"""
_FORGET = "DELETE FROM notification WHERE read_at IS NULL AND {condition}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to tell somebody of."""

    member_id: int
    kind: NotificationKind
    happened_at: datetime
    actor_id: int | None = None
    subject_kind: str | None = None
    subject_id: int | None = None
    post_id: int | None = None
    space_id: int | None = None
    cause: str = ""
    comment_id: int | None = None

    @property
    def group_key(self) -> str:
        """Under which key it joins others while they are unread."""
        return group_key(self.kind, self.subject_kind, self.subject_id)


def group_key(kind: NotificationKind, subject_kind: str | None = None, subject_id: int | None = None) -> str:
    """Return the key under which what concerns one subject in one way is one notification."""
    return str(kind) if subject_kind is None else f"{kind}:{subject_kind}_{subject_id}"


async def notify_all(connection: Connection, occasions: Sequence[Occasion]) -> None:
    """Tell somebody of each thing in turn, unless it is their own doing, unwanted, or not for their eyes."""
    if not occasions:
        return
    await connection.raw.executemany(
        _NOTIFY,
        [
            (
                occasion.member_id,
                occasion.actor_id,
                occasion.kind,
                occasion.group_key,
                occasion.subject_kind,
                occasion.subject_id,
                occasion.post_id,
                occasion.space_id,
                occasion.cause,
                occasion.comment_id,
                occasion.happened_at,
            )
            for occasion in occasions
        ],
    )


async def told_of_comment(connection: Connection, member_id: int, comment_id: int) -> bool:
    """Say whether a member was told of a comment before, in whatever way."""
    told: bool = await connection.raw.fetchval(_TOLD_OF_COMMENT, member_id, comment_id)
    return told


async def forget_causes(connection: Connection, condition: str, *values: object) -> None:
    """Take out of unread notifications what was undone: the causes for which a condition holds, an SQL text of ours."""
    statement = _FORGET_CAUSES.format(condition=condition)
    affected = sorted({row["notification_id"] for row in await connection.raw.fetch(statement, *values)})
    if affected:
        await connection.raw.execute(_RECOUNT, affected)
        await connection.raw.execute(_FORGET_BASELESS, affected)


async def forget(connection: Connection, condition: str, *values: object) -> None:
    """Take unread notifications back for which a condition holds, an SQL text of ours."""
    await connection.raw.execute(_FORGET.format(condition=condition), *values)
