"""The event log, for tests that read it."""

from community.foundation.database import Database
from community.foundation.event_readers import EventReader
from tests.waiting import until

_BEHIND = """
    SELECT EXISTS (
        SELECT FROM event JOIN event_cursor ON reader = $1
        WHERE (event.transaction_id, event.id) > (event_cursor.transaction_id, event_cursor.event_id)
    )
"""


_ANY_BEHIND = """
    SELECT EXISTS (
        SELECT FROM event, event_cursor
        WHERE (event.transaction_id, event.id) > (event_cursor.transaction_id, event_cursor.event_id)
    )
"""


async def all_caught_up(database: Database) -> None:
    """Wait until every reader that a server under test runs has come to the log's end."""
    await settle(database)

    async def caught_up() -> bool:
        async with database.reading() as connection:
            return not await connection.raw.fetchval(_ANY_BEHIND)

    await until(caught_up)


async def settle(database: Database) -> None:
    """Wait until every event may be read: transactions anywhere on the server, another test's too, hold the log back."""

    async def settled() -> bool:
        async with database.reading() as connection:
            behind: bool = await connection.raw.fetchval(
                "SELECT coalesce(max(transaction_id), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM event"
            )
            return behind

    await until(settled)


async def read_all(database: Database, reader: EventReader) -> None:
    """Let a reader come to the log's end, whoever else is at it: a server that a test started reads it, too."""
    await reader.begin(database)
    await settle(database)

    async def caught_up() -> bool:
        while await reader.advance(database):
            pass
        async with database.reading() as connection:
            return not await connection.raw.fetchval(_BEHIND, reader.name)

    await until(caught_up)
