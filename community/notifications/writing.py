"""How notifications come to be and go again. Only the reader of the event log calls this, so one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from community.discussions.access import blocked, member_sees_space
from community.notifications.events import NOTIFICATION_RECEIVED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent
    from community.notifications.kinds import NotificationKind


TOLD_AT_ONCE = 500

# What is told is told by one statement, however much it is: a statement this wide costs more to begin than to run.
# Occasions of one group are one notification, whose actors and causes are counted in the order that they came in.
_NOTIFY = f"""
    WITH occasion AS (
        SELECT * FROM unnest(
            $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::text[], $10::bigint[], $11::timestamptz[]
        ) WITH ORDINALITY AS occasion (
            member_id, actor_id, kind, group_key, subject_kind, subject_id, post_id, space_id,
            cause, comment_id, happened_at, place
        )
    ), told AS MATERIALIZED (
        SELECT occasion.* FROM occasion
        WHERE EXISTS (SELECT FROM member WHERE member.id = occasion.member_id AND member.state <> 'ERASED')
            AND occasion.actor_id IS DISTINCT FROM occasion.member_id
            AND (occasion.actor_id IS NULL OR EXISTS (
                SELECT FROM member AS actor WHERE actor.id = occasion.actor_id AND actor.state = 'ACTIVE'
            ))
            AND NOT {blocked("occasion.member_id", "occasion.actor_id")}
            AND NOT EXISTS (
                SELECT FROM mute WHERE muter_id = occasion.member_id AND mute.member_id = occasion.actor_id
            )
            AND NOT EXISTS (
                SELECT FROM notification_preference AS preference
                WHERE preference.member_id = occasion.member_id AND preference.kind = occasion.kind AND NOT enabled
            )
            AND (occasion.post_id IS NULL OR EXISTS (
                SELECT FROM post JOIN space ON space.id = post.space_id
                WHERE post.id = occasion.post_id AND (post.visibility = 0 OR post.author_id = occasion.member_id)
                    AND NOT {blocked("occasion.member_id", "post.author_id")}
                    AND {member_sees_space("occasion.member_id")}
            ))
            AND (occasion.comment_id IS NULL OR EXISTS (
                SELECT FROM comment WHERE comment.id = occasion.comment_id AND visibility = 0
            ))
            AND (occasion.subject_kind IS DISTINCT FROM 'comment' OR EXISTS (
                SELECT FROM comment
                WHERE comment.id = occasion.subject_id AND (visibility = 0 OR comment.author_id = occasion.member_id)
            ))
    ), noted AS (
        INSERT INTO notification AS kept
            (member_id, kind, group_key, subject_kind, subject_id, post_id, space_id, actor_count, first_at, latest_at)
        SELECT member_id, max(kind), group_key, max(subject_kind), max(subject_id), max(post_id),
            (array_agg(space_id ORDER BY place DESC))[1], count(DISTINCT actor_id), min(happened_at), max(happened_at)
        FROM told GROUP BY member_id, group_key ORDER BY member_id, group_key
        ON CONFLICT (member_id, group_key) WHERE read_at IS NULL DO UPDATE SET
            latest_at = greatest(kept.latest_at, excluded.latest_at),
            actor_count = kept.actor_count + (
                SELECT count(DISTINCT told.actor_id) FROM told
                WHERE told.member_id = kept.member_id AND told.group_key = kept.group_key AND NOT EXISTS (
                    SELECT FROM notification_cause AS known
                    WHERE known.notification_id = kept.id AND known.actor_id = told.actor_id
                )
            )
        RETURNING kept.id, kept.member_id, kept.group_key
    ), caused AS (
        INSERT INTO notification_cause (notification_id, actor_id, cause, comment_id, happened_at)
        SELECT noted.id, actor_id, cause, comment_id, happened_at FROM told JOIN noted USING (member_id, group_key)
        WHERE actor_id IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING notification_id
    )
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, post_id, space_id)
    SELECT DISTINCT ON (noted.id)
        '{NOTIFICATION_RECEIVED}', actor_id, member_id, 'notification', noted.id, post_id, space_id
    FROM told JOIN noted USING (member_id, group_key)
    WHERE actor_id IS NULL OR noted.id IN (SELECT notification_id FROM caused)
    ORDER BY noted.id, place DESC
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

    @classmethod
    def of(
        cls,
        event: RecordedEvent,
        kind: NotificationKind,
        member_id: int | None = None,
        *,
        named: bool = False,
        cause: str | None = None,
        comment_id: int | None = None,
    ) -> Self:
        """Return what an event is to tell a member, whom it concerns where none is given; `named`, with who did it."""
        concerned = event.member_id if member_id is None else member_id
        assert concerned is not None  # what concerns nobody is told to nobody
        return cls(
            concerned,
            kind,
            event.occurred_at,
            actor_id=event.actor_id if named else None,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            post_id=event.post_id,
            space_id=event.space_id,
            cause=event.kind if cause is None else cause,
            comment_id=comment_id,
        )

    @property
    def group_key(self) -> str:
        """Under which key it joins others while they are unread."""
        return group_key(self.kind, self.subject_kind, self.subject_id)


def group_key(kind: NotificationKind, subject_kind: str | None = None, subject_id: int | None = None) -> str:
    """Return the key under which what concerns one subject in one way is one notification."""
    return str(kind) if subject_kind is None else f"{kind}:{subject_kind}_{subject_id}"


async def notify_all(connection: Connection, occasions: Sequence[Occasion]) -> None:
    """Tell somebody of each thing, unless it is their own doing, unwanted, or not for their eyes."""
    if not occasions:
        return
    rows = [
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
    ]
    # One step of an idea is told to all its followers; what is told is compared with what waits, so parts take less than all.
    for start in range(0, len(rows), TOLD_AT_ONCE):
        await connection.raw.execute(_NOTIFY, *zip(*rows[start : start + TOLD_AT_ONCE], strict=True))


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
