"""Notifications as tests see them, straight from the tables."""

from dataclasses import dataclass

from community.foundation.database import Database
from community.foundation.event_readers import EventReader
from community.notifications.reader import notifications_reader
from tests.factories.events import settle
from tests.waiting import until

_BEHIND = """
    SELECT EXISTS (
        SELECT FROM event JOIN event_cursor ON reader = $1
        WHERE (event.transaction_id, event.id) > (event_cursor.transaction_id, event_cursor.event_id)
    )
"""

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
    """Let the reader come to the log's end, whoever else is at it: a server that a test started reads it, too."""
    await reader.begin(database)
    await settle(database)

    async def caught_up() -> bool:
        while await reader.advance(database):
            pass
        async with database.reading() as connection:
            return not await connection.raw.fetchval(_BEHIND, reader.name)

    await until(caught_up)


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
