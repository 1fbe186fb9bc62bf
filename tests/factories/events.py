"""The event log, for tests that read it."""

from community.foundation.database import Database
from tests.waiting import until


async def settle(database: Database) -> None:
    """Wait until every event may be read: transactions anywhere on the server, another test's too, hold the log back."""

    async def settled() -> bool:
        async with database.reading() as connection:
            behind: bool = await connection.raw.fetchval(
                "SELECT coalesce(max(transaction_id), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM event"
            )
            return behind

    await until(settled)
