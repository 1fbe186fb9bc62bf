import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest_asyncio

from community.foundation.clock import now
from community.foundation.database import Database
from community.foundation.event_partitions import ensure_partitions
from community.foundation.event_readers import BEGINNING, read_events
from community.foundation.events import Event, record
from tests.conftest import run_sql, with_database
from tests.factories.events import settle


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(server_url: str, template_database: str) -> AsyncIterator[Database]:
    """A database of its own, as months once made would stay."""
    name = f"teahouse_months_{uuid.uuid4().hex[:12]}"
    await asyncio.to_thread(run_sql, server_url, f"CREATE DATABASE {name} TEMPLATE {template_database}")
    database = await Database.connect(with_database(server_url, name))
    yield database
    await database.close()
    await asyncio.to_thread(run_sql, server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def partition_of_events(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT tableoid::regclass::text AS name FROM event ORDER BY id")
        return [row["name"] for row in rows]


async def test_months_are_made_ahead_of_time_and_once(fresh: Database) -> None:
    made = await ensure_partitions(fresh, months_ahead=13)
    again = await ensure_partitions(fresh, months_ahead=13)

    assert len(made) == 14
    assert made[0] == f"event_{now():%Y_%m}"
    assert again == []


async def test_processes_that_make_months_at_once_make_each_once(fresh: Database) -> None:
    made = await asyncio.gather(*(ensure_partitions(fresh) for _ in range(5)))

    assert sorted(name for names in made for name in names) == sorted(await all_months(fresh))


async def all_months(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass"
            " AND inhrelid <> 'event_default'::regclass",
        )
        return [row["name"] for row in rows]


async def test_events_of_a_month_made_late_move_into_it_and_keep_their_place(fresh: Database) -> None:
    async with fresh.writing() as connection:
        await record(connection, Event("早"), Event("Later"))
    await settle(fresh)
    before = await partition_of_events(fresh)
    async with fresh.reading() as connection:
        read_before = await read_events(connection, BEGINNING)

    await ensure_partitions(fresh)

    async with fresh.reading() as connection:
        read_after = await read_events(connection, BEGINNING)
    assert before == ["event_default", "event_default"]
    assert await partition_of_events(fresh) == [f"event_{now():%Y_%m}"] * 2
    assert read_after == read_before


async def test_a_new_event_goes_into_its_month(fresh: Database) -> None:
    await ensure_partitions(fresh)

    async with fresh.writing() as connection:
        await record(connection, Event("Happened"))

    assert await partition_of_events(fresh) == [f"event_{now():%Y_%m}"]


async def test_months_are_indexed_as_the_log_is_read(fresh: Database) -> None:
    (name, *_) = await ensure_partitions(fresh)

    async with fresh.reading() as connection:
        indexes = await connection.raw.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = $1", name)

    assert any("(transaction_id, id)" in row["indexdef"] for row in indexes)
