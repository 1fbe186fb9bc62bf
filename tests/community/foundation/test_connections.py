"""Connections passed from hand to hand: nobody is forgotten, nothing is lost, and closing ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from community.foundation import connections
from community.foundation.database import Database
from community.foundation.errors import DatabaseUnavailable, Overloaded


@pytest_asyncio.fixture(loop_scope="session")
async def single(database_url: str) -> AsyncIterator[Database]:
    """A pool of one connection, for which two may wait."""
    database = await Database.connect(database_url, maximum=1, acquire_within=0.2, maximum_waiting=2)
    yield database
    await database.close()


async def borrowed(database: Database) -> int:
    async with database.reading() as connection:
        number: int = await connection.raw.fetchval("SELECT pg_backend_pid()")
        return number


async def test_those_who_waited_in_vain_are_not_counted_among_those_who_wait(single: Database) -> None:
    async with single.reading():
        for _ in range(3):
            vain = await asyncio.gather(borrowed(single), borrowed(single), return_exceptions=True)
            assert [type(each) for each in vain] == [Overloaded, Overloaded]
        waiting = asyncio.create_task(borrowed(single))
        await asyncio.sleep(0)
    assert await waiting > 0


async def test_one_more_than_may_wait_is_told_at_once(single: Database) -> None:
    async with single.reading():
        first, second = (asyncio.create_task(borrowed(single)) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await borrowed(single)
    assert await first == await second


async def test_what_is_given_to_one_who_is_told_to_stop_goes_on_to_the_next(single: Database) -> None:
    async with single.reading():
        stopped, served = (asyncio.create_task(borrowed(single)) for _ in range(2))
        await asyncio.sleep(0)
    # The connection is the first one's by now, though its task has not run since.
    stopped.cancel()
    assert await served > 0
    assert stopped.cancelled()
    assert await borrowed(single) > 0


async def test_a_connection_that_was_cut_is_replaced_for_whoever_waits(single: Database) -> None:
    async def cut() -> None:
        async with single.reading() as connection:
            number = await connection.raw.fetchval("SELECT pg_backend_pid()")
            await started.wait()
            await connection.raw.execute("SELECT pg_terminate_backend($1)", number)

    started = asyncio.Event()
    cutting = asyncio.create_task(cut())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(borrowed(single))
    await asyncio.sleep(0)
    started.set()
    (lost,) = await asyncio.gather(cutting, return_exceptions=True)
    assert isinstance(lost, DatabaseUnavailable), "who is cut off is told to come again"
    assert await waiting > 0


async def test_closing_ends_though_somebody_keeps_a_connection(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CLOSE_WITHIN", 0.1)
    database = await Database.connect(database_url, maximum=2)
    kept = database.reading()
    await kept.__aenter__()
    await asyncio.wait_for(database.close(), 5)


async def test_connections_that_the_server_ended_while_they_lay_idle_leave_their_room(
    single: Database, database: Database
) -> None:
    for _ in range(3):
        process = await borrowed(single)
        async with database.reading() as connection:
            await connection.raw.execute("SELECT pg_terminate_backend($1, 10000)", process)
        await asyncio.sleep(0.05)  # the end of the connection is heard of

        assert await borrowed(single) not in {0, process}
