from collections.abc import AsyncIterator

import pytest_asyncio

from community.foundation.database import Database
from community.foundation.event_readers import RecordedEvent
from community.foundation.event_tail import Batch, EventTail
from community.foundation.events import Event, record
from tests.factories.events import settle
from tests.waiting import until


class Heard:
    """What a tail told."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.urgent: list[RecordedEvent] = []

    @property
    def kinds(self) -> list[str]:
        return [event.kind for batch in self.batches for event in batch.events]

    @property
    def urgent_kinds(self) -> list[str]:
        return [event.kind for event in self.urgent]


async def record_kinds(database: Database, *kinds: str) -> None:
    async with database.writing() as connection:
        await record(connection, *(Event(kind) for kind in kinds))


@pytest_asyncio.fixture(loop_scope="session")
async def heard(database: Database, database_url: str) -> AsyncIterator[Heard]:
    await record_kinds(database, "BeforeItsTime")
    await settle(database)
    heard = Heard()
    tail = EventTail(database_url)
    tail.hear(heard.batches.append)
    tail.hear_urgent({"SessionEnded"}, heard.urgent.append)
    await tail.start()
    yield heard
    await tail.stop()


async def test_a_tail_hears_what_comes_and_nothing_from_before(database: Database, heard: Heard) -> None:
    await record_kinds(database, "来了")
    await record_kinds(database, "Second", "Third")
    await until(lambda: len(heard.kinds) >= 3)

    assert heard.kinds == ["来了", "Second", "Third"]


async def test_batches_join_without_a_gap(database: Database, heard: Heard) -> None:
    for number in range(30):
        await record_kinds(database, f"Event{number}")
    await until(lambda: len(heard.kinds) == 30)

    assert all(earlier.up_to == later.after for earlier, later in zip(heard.batches, heard.batches[1:], strict=False))


async def test_what_is_urgent_comes_before_a_slow_transaction_is_over_and_once(
    database: Database, heard: Heard
) -> None:
    async with database.writing() as slow:
        await record(slow, Event("Slow"))
        await record_kinds(database, "SessionEnded")
        await until(lambda: heard.urgent_kinds == ["SessionEnded"])
        early = list(heard.kinds)
    await until(lambda: len(heard.kinds) == 2)

    assert early == []
    assert heard.kinds == ["Slow", "SessionEnded"]
    assert heard.urgent_kinds == ["SessionEnded"]


async def test_a_tail_whose_connection_is_cut_misses_nothing(database: Database, heard: Heard) -> None:
    await record_kinds(database, "Before")
    await until(lambda: heard.kinds == ["Before"])
    async with database.reading() as connection:
        await connection.raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'teahouse event tail'"
            " AND datname = current_database()",
        )
    await record_kinds(database, "After")
    await until(lambda: len(heard.kinds) == 2)

    assert heard.kinds == ["Before", "After"]


async def test_a_hearer_that_fails_does_not_keep_the_news_from_the_others(
    database: Database, database_url: str
) -> None:
    heard: list[Batch] = []

    def fail(_: Batch) -> None:
        raise ValueError("not today")

    tail = EventTail(database_url)
    tail.hear(fail)
    tail.hear(heard.append)
    await tail.start()
    try:
        await record_kinds(database, "First")
        await until(lambda: len(heard) == 1)
        await record_kinds(database, "Second")
        await until(lambda: len(heard) == 2)
    finally:
        await tail.stop()

    assert [event.kind for batch in heard for event in batch.events] == ["First", "Second"]
