"""Notifications as tests see them, straight from the tables."""

from dataclasses import dataclass

from community.foundation.database import Database
from community.foundation.event_readers import EventReader
from moderation.telling import notifications_reader
from tests.factories.events import read_all

reader: EventReader = notifications_reader


@dataclass(frozen=True)
class Told:
    """A notification."""

    kind: str
    subject: str | None
    actors: frozenset[int]
    count: int
    read: bool


async def catch_up(database: Database) -> None:
    """Let the reader of notifications come to the log's end."""
    await read_all(database, reader)


async def told(database: Database, member_id: int) -> list[Told]:
    """Return what a member was told, the latest first."""
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            """
            SELECT kind, subject_kind || '_' || subject_id AS subject, actor_count, read_at IS NOT NULL AS read,
                ARRAY(SELECT DISTINCT actor_id FROM notification_cause WHERE notification_id = notification.id) AS actors
            FROM notification WHERE member_id = $1 ORDER BY latest_at DESC, id DESC
            """,
            member_id,
        )
    return [
        Told(row["kind"], row["subject"], frozenset(row["actors"]), row["actor_count"], row["read"]) for row in rows
    ]


async def kinds_told(database: Database, member_id: int) -> list[str]:
    """Return of which kinds a member was told, the latest first."""
    return [each.kind for each in await told(database, member_id)]
