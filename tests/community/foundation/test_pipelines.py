"""Statements that go together: each has its own answer, sees what was there when it was asked, and meets its own fate."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from community.foundation import pipelines
from community.foundation.database import Database
from community.foundation.errors import Overloaded

# The first parameter says how long it takes, so that others come while it runs.
ASK = "SELECT $2::int * 10 FROM (SELECT pg_sleep($1)) AS slept"
TRANSACTION = "SELECT pg_current_xact_id()::text FROM (SELECT pg_sleep($1), $2::int) AS slept"
PROCESS = "SELECT pg_backend_pid() FROM (SELECT pg_sleep($1), $2::int) AS slept"
NUMBERED = "SELECT nextval('kettle') FROM (SELECT pg_sleep($1), $2::int) AS slept"
COUNTED = "SELECT count(*) FROM leaf, (SELECT pg_sleep($1), $2::int) AS slept"
PICK = """
    WITH slept AS MATERIALIZED (SELECT pg_sleep($2)), picked AS (INSERT INTO leaf SELECT $1 FROM slept RETURNING id)
    SELECT id, pg_current_xact_id()::text AS transaction FROM picked
"""
STIR = "WITH stirred AS (UPDATE leaf SET stirred = stirred + 1 WHERE id = $1 RETURNING stirred) SELECT stirred FROM stirred"


@pytest_asyncio.fixture(loop_scope="session")
async def garden(database_url: str) -> AsyncIterator[Database]:
    """A pool of three connections, and a table with a constraint."""
    database = await Database.connect(database_url, maximum=3, acquire_within=1.0, maximum_waiting=60)
    async with database.reading() as connection:
        await connection.raw.execute(
            "DROP TABLE IF EXISTS leaf; DROP SEQUENCE IF EXISTS kettle; CREATE SEQUENCE kettle;"
            "CREATE TABLE leaf (id int PRIMARY KEY CHECK (id > 0), stirred int NOT NULL DEFAULT 0)"
        )
    yield database
    async with database.reading() as connection:
        await connection.raw.execute("DROP TABLE leaf; DROP SEQUENCE kettle")
    await database.close()


@pytest.fixture
def _large_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch hold whatever waits, however slow the machine is."""
    monkeypatch.setattr(pipelines, "BATCH_WITHIN", 60.0)


async def leaves(database: Database) -> list[int]:
    async with database.reading() as connection:
        return [row["id"] for row in await connection.raw.fetch("SELECT id FROM leaf ORDER BY id")]


async def busy(database: Database, sql: str, *values: object) -> asyncio.Task[object]:
    """Keep a statement's only lane busy for a moment."""
    task: asyncio.Task[object] = asyncio.ensure_future(
        database.change(sql, values) if sql in {PICK, STIR} else database.read(sql, values)
    )
    await asyncio.sleep(0.005)
    return task


async def test_each_of_those_who_wait_gets_its_own_answer(garden: Database) -> None:
    first = await busy(garden, ASK, 0.03, 0)
    waiting = [garden.read(ASK, (0, number)) for number in range(1, 20)]
    assert await asyncio.gather(first, *waiting) == [number * 10 for number in range(20)]


@pytest.mark.usefixtures("_large_batches")
async def test_who_waits_goes_together(garden: Database) -> None:
    first = await busy(garden, TRANSACTION, 0.03, 0)
    alone, *together = await asyncio.gather(first, *(garden.read(TRANSACTION, (0, number)) for number in range(1, 4)))
    assert len(set(together)) == 1
    assert alone not in together


@pytest.mark.usefixtures("_large_batches")
async def test_identical_reads_that_wait_are_run_once(garden: Database) -> None:
    first = await busy(garden, NUMBERED, 0.03, 0)
    others = (garden.read(NUMBERED, (0, number)) for number in (1, 1, 1, 2))
    _, *same, other = await asyncio.gather(first, *others)
    assert len(set(same)) == 1
    assert other not in same


async def test_identical_changes_are_never_one(garden: Database) -> None:
    await garden.change(PICK, (1, 0))
    first = await busy(garden, PICK, 2, 0.03)
    await asyncio.gather(first, *(garden.change(STIR, (1,)) for _ in range(20)))
    async with garden.reading() as connection:
        assert await connection.raw.fetchval("SELECT stirred FROM leaf WHERE id = 1") == 20


async def test_a_read_sees_what_was_committed_before_it_was_asked(garden: Database) -> None:
    early = await busy(garden, COUNTED, 0.05, 0)
    waiting = asyncio.ensure_future(garden.read(COUNTED, (0, 1)))
    await garden.change(PICK, (1, 0))
    late = garden.read(COUNTED, (0, 2))
    assert (await early, await late) == (0, 1)
    assert await waiting in {0, 1}  # it was asked before the change was made


@pytest.mark.usefixtures("_large_batches")
async def test_changes_that_wait_are_committed_together(garden: Database) -> None:
    first = await busy(garden, PICK, 1, 0.03)
    rows = await asyncio.gather(*(garden.change(PICK, (number, 0)) for number in (4, 2, 3)))
    await first
    assert [row["id"] for row in rows] == [4, 2, 3]
    assert len({row["transaction"] for row in rows}) == 1
    assert await leaves(garden) == [1, 2, 3, 4]


@pytest.mark.usefixtures("_large_batches")
async def test_one_that_fails_fails_alone(garden: Database) -> None:
    await garden.change(PICK, (2, 0))
    first = await busy(garden, PICK, 1, 0.03)
    results = await asyncio.gather(
        first, *(garden.change(PICK, (number, 0)) for number in (4, 2, 3, -1)), return_exceptions=True
    )
    assert [type(result) for result in results] == [
        asyncpg.Record,
        asyncpg.Record,
        asyncpg.UniqueViolationError,
        asyncpg.Record,
        asyncpg.CheckViolationError,
    ]
    assert await leaves(garden) == [1, 2, 3, 4]


async def test_a_value_that_cannot_be_sent_fails_alone(garden: Database) -> None:
    first = await busy(garden, ASK, 0.03, 0)
    results = await asyncio.gather(
        first, garden.read(ASK, (0, 1)), garden.read(ASK, (0, "一")), garden.read(ASK, (0, 2)), return_exceptions=True
    )
    assert [results[0], results[1], results[3]] == [0, 10, 20]
    assert isinstance(results[2], asyncpg.DataError)


async def test_who_leaves_takes_nobody_along(garden: Database) -> None:
    first = await busy(garden, PICK, 1, 0.03)
    leaving, staying = (asyncio.ensure_future(garden.change(PICK, (number, 0.02))) for number in (2, 3))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying)["id"] == 3
    await first
    assert leaving.cancelled()
    # Who left before it began did nothing.
    assert await leaves(garden) == [1, 3]


async def test_the_first_may_leave_and_the_others_are_served(garden: Database) -> None:
    first = await busy(garden, ASK, 8.0, 0)
    others = [asyncio.ensure_future(garden.read(ASK, (0, number))) for number in range(1, 5)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(asyncio.gather(*others), 6) == [10, 20, 30, 40]


async def test_what_is_held_up_by_a_lock_does_not_hold_up_those_who_come_later(garden: Database) -> None:
    await garden.change(PICK, (1, 0))
    await garden.change(PICK, (2, 0))
    async with garden.writing() as connection:
        await connection.raw.execute("UPDATE leaf SET stirred = 7 WHERE id = 1")
        held_up = await busy(garden, STIR, 1)
        assert (await asyncio.wait_for(garden.change(STIR, (2,)), 4))["stirred"] == 1
        assert not held_up.done()
    assert (await held_up)["stirred"] == 8  # type: ignore[index] # a row


async def test_who_waits_too_long_is_told_so(garden: Database) -> None:
    async with garden.reading(), garden.reading(), garden.reading():
        waiting = [garden.read(ASK, (0, number)) for number in range(3)]
        results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)
    assert [type(result) for result in results] == [Overloaded] * 3
    assert await garden.read(ASK, (0, 4)) == 40


async def test_one_more_than_may_wait_is_told_at_once(garden: Database) -> None:
    first = await busy(garden, ASK, 0.03, 0)
    waiting = [asyncio.ensure_future(garden.read(ASK, (0, number))) for number in range(60)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await garden.read(ASK, (0, 100))
    await asyncio.gather(first, *waiting)
    assert await garden.read(ASK, (0, 100)) == 1000


@pytest.mark.usefixtures("_large_batches")
async def test_nothing_is_done_twice_when_a_connection_is_cut(garden: Database) -> None:
    first = await busy(garden, PICK, 1, 0.03)
    together = [asyncio.ensure_future(garden.change(PICK, (number, 0.2))) for number in (2, 3)]
    await first
    async with garden.reading() as connection:
        for _ in range(100):
            if await connection.raw.fetchval(
                "SELECT count(*) > 0 FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%INSERT INTO leaf%' AND state = 'active' AND pid <> pg_backend_pid()) AS cut"
            ):
                break
            await asyncio.sleep(0.005)
    results = await asyncio.gather(*together, return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)
    assert await leaves(garden) == [1]
    assert (await garden.change(PICK, (4, 0)))["id"] == 4


async def test_slow_statements_run_beside_one_another(garden: Database) -> None:
    await garden.read(PROCESS, (0.3, 0))  # how slow it is must be known
    processes = await asyncio.gather(*(garden.read(PROCESS, (0.3, number)) for number in range(3)))
    assert len(set(processes)) == 3
