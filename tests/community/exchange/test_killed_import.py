import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from community.discussions.recount import recount
from community.exchange.importing import ADVISORY_LOCK, Summary, import_records
from community.exchange.stackexchange import read_stackexchange
from community.foundation.database import Database
from tests.community.exchange.end_state import end_state
from tests.community.exchange.sources import HISTORY, needs_history
from tests.factories.discussions import value

# Rows go in kind by kind, so each of these is a moment on the way: the first of them are in, and no more than a batch.
MOMENTS = ("SELECT FROM member", "SELECT FROM comment", "SELECT FROM comment WHERE parent_id IS NOT NULL")


def begin_import(database_url: str) -> subprocess.Popen[bytes]:
    arguments = ["teahouse", "import", "stackexchange", str(HISTORY)]
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.argv = {arguments!r}; from api.cli import main; main()"],
        env={**os.environ, "DATABASE_URL": database_url},
        cwd=Path(__file__).parents[3],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def bring_in(database: Database) -> Summary:
    records = read_stackexchange(HISTORY, "imported")
    return await import_records(database, "stackexchange", records, may_rename=True, from_html=True)


async def kill_once(database: Database, database_url: str, moment: str) -> None:
    process = begin_import(database_url)
    try:
        while process.poll() is None and not await value(database, f"SELECT EXISTS ({moment})"):  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    # The server notices a moment later that the killed process is gone, and lets go of its lock.
    locked = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1)"
    while await value(database, locked, ADVISORY_LOCK):  # noqa: ASYNC110 - another process sets no event
        await asyncio.sleep(0.05)


@needs_history
async def test_an_import_killed_again_and_again_ends_as_one_that_never_was(
    database: Database, database_url: str
) -> None:
    await bring_in(database)
    never_killed = await end_state(database)
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")

    for moment in MOMENTS:
        await kill_once(database, database_url, moment)
        async with database.reading() as connection:
            assert await recount(connection) == []
    summary = await bring_in(database)

    assert summary.total().unchanged > 0
    killed = await end_state(database)
    assert killed.keys() == never_killed.keys()
    for table, rows in never_killed.items():
        assert killed[table] == rows, table
    assert len(killed["import_origin"]) == 2_314 + 1 + 556 + 1_095 + 3_454
