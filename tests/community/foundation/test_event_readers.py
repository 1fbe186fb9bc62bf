import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from community.foundation.database import Connection, Database
from community.foundation.event_readers import (
    BEGINNING,
    BadEventCursor,
    EventReader,
    Position,
    RecordedEvent,
    Relay,
    decode_cursor,
    encode_cursor,
    read_events,
    settled_position,
)
from community.foundation.events import Event, record
from tests.factories.events import settle
from tests.waiting import until

READER = "tests"
TOP = Path(__file__).parents[3]


async def record_one(database: Database, kind: str = "Happened", *, wait: bool = True, **data: object) -> None:
    async with database.writing() as connection:
        await record(connection, Event(kind, data=data))
    if wait:
        await settle(database)


async def kinds_after(database: Database, position: Position) -> list[str]:
    async with database.reading() as connection:
        return [event.kind for event in await read_events(connection, position)]


async def make_effects(database: Database) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "CREATE TABLE IF NOT EXISTS effect (place bigserial, event_id bigint NOT NULL, kind text NOT NULL)"
        )
        await connection.raw.execute("DELETE FROM effect")


async def note_effects(connection: Connection, events: Sequence[RecordedEvent]) -> None:
    for event in events:
        await connection.raw.execute(
            "INSERT INTO effect (event_id, kind) VALUES ($1, $2)", event.position.event_id, event.kind
        )


async def effects(database: Database) -> list[int]:
    async with database.reading() as connection:
        return [row["event_id"] for row in await connection.raw.fetch("SELECT event_id FROM effect ORDER BY place")]


async def recorded_ids(database: Database) -> list[int]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT id FROM event ORDER BY transaction_id, id")
        return [row["id"] for row in rows]


async def test_events_are_read_in_the_order_of_the_log_from_any_place(database: Database) -> None:
    for kind in ("壹", "贰", "叁"):
        await record_one(database, kind)
    async with database.reading() as connection:
        first, *_ = await read_events(connection, BEGINNING)

    assert await kinds_after(database, BEGINNING) == ["壹", "贰", "叁"]
    assert await kinds_after(database, first.position) == ["贰", "叁"]


async def test_a_slow_transaction_that_commits_late_is_not_skipped(database: Database) -> None:
    async with database.writing() as slow:
        await record(slow, Event("Slow"))
        await record_one(database, "Quick", wait=False)
        held_back = await kinds_after(database, BEGINNING)
        async with database.reading() as connection:
            settled = await settled_position(connection)

    await settle(database)
    assert held_back == []
    assert await kinds_after(database, BEGINNING) == ["Slow", "Quick"]
    assert await kinds_after(database, settled) == ["Slow", "Quick"]


async def test_a_transaction_that_is_rolled_back_holds_up_nobody(database: Database) -> None:
    with pytest.raises(ValueError, match="never mind"):
        async with database.writing() as connection:
            await record(connection, Event("Undone"))
            raise ValueError("never mind")
    await record_one(database, "Done")

    assert await kinds_after(database, BEGINNING) == ["Done"]


async def test_nothing_ever_appears_at_or_before_the_settled_position(database: Database) -> None:
    async with database.writing() as slow:
        await record(slow, Event("Slow"))
        async with database.reading() as connection:
            settled = await settled_position(connection)

    async with database.reading() as connection:
        assert all(event.position > settled for event in await read_events(connection, BEGINNING))


async def test_a_reader_has_each_events_effect_once(database: Database) -> None:
    await make_effects(database)
    reader = EventReader(READER, note_effects)
    await reader.begin(database)
    for _ in range(7):
        await record_one(database)

    read = [await reader.advance(database, limit=3) for _ in range(4)]

    assert read == [3, 3, 1, 0]
    assert await effects(database) == await recorded_ids(database)


async def test_a_reader_that_begins_at_the_end_hears_only_what_comes(database: Database) -> None:
    await make_effects(database)
    await record_one(database)
    reader = EventReader(READER, note_effects)
    await reader.begin(database, at_the_end=True)
    await record_one(database)

    await reader.advance(database)

    assert await effects(database) == (await recorded_ids(database))[1:]


async def test_beginning_again_does_not_move_a_reader(database: Database) -> None:
    await make_effects(database)
    reader = EventReader(READER, note_effects)
    await reader.begin(database)
    await record_one(database)
    await reader.advance(database)

    await reader.begin(database)

    assert await reader.advance(database) == 0


async def test_of_many_workers_one_reads_at_a_time(database: Database) -> None:
    await make_effects(database)
    reader = EventReader(READER, note_effects)
    await reader.begin(database)
    for _ in range(40):
        await record_one(database)

    async def work() -> None:
        for _ in range(30):
            await reader.advance(database, limit=3)

    await asyncio.gather(*(work() for _ in range(8)))
    while await reader.advance(database):
        pass

    assert await effects(database) == await recorded_ids(database)


async def test_a_reader_that_is_cancelled_in_the_middle_has_each_effect_once(database: Database) -> None:
    await make_effects(database)

    async def slowly(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        for event in events:
            await note_effects(connection, [event])
            await asyncio.sleep(random.uniform(0, 0.002))

    reader = EventReader(READER, slowly)
    await reader.begin(database)
    for _ in range(60):
        await record_one(database)

    for _ in range(20):
        task = asyncio.create_task(reader.advance(database, limit=5))
        await asyncio.sleep(random.uniform(0, 0.02))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    while await reader.advance(database):
        pass

    assert await effects(database) == await recorded_ids(database)


KILLED = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from community.foundation.database import Database
from community.foundation.event_readers import EventReader
from tests.community.foundation.test_event_readers import READER, note_effects

async def main():
    database = await Database.connect(sys.argv[1])
    print("ready", flush=True)
    while True:
        await EventReader(READER, note_effects).advance(database, limit=2)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_process_that_is_killed_20_times_has_each_effect_once(database: Database, database_url: str) -> None:
    await make_effects(database)
    reader = EventReader(READER, note_effects)
    await reader.begin(database)

    for _ in range(20):
        for _ in range(5):
            await record_one(database)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, database_url, str(TOP), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        for _ in range(5):
            await record_one(database)
        await asyncio.sleep(random.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def finished() -> bool:
        await reader.advance(database)
        return len(await effects(database)) >= len(await recorded_ids(database))

    await until(finished)  # PostgreSQL may not have noticed yet that the last one is gone

    assert await effects(database) == await recorded_ids(database)


async def test_a_relay_passes_over_an_event_that_cannot_be_applied(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_effects(database)
    monkeypatch.setattr("community.foundation.event_readers.LONGEST_PAUSE_AFTER_FAILURE", 0.01)

    async def choke(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        await note_effects(connection, events)
        if any(event.kind == "Poison" for event in events):
            raise ValueError("cannot be applied")

    for kind in ("Before", "Poison", "After"):
        await record_one(database, kind)
    relay = Relay(database, [EventReader(READER, choke)])
    await relay.start()

    async def both_are_there() -> bool:
        return len(await effects(database)) == 2

    try:
        await until(both_are_there)
    finally:
        await relay.stop()

    ids = await recorded_ids(database)
    assert await effects(database) == [ids[0], ids[2]]


async def test_a_relay_tells_sleepers_once_a_batch(database: Database, database_url: str) -> None:
    await make_effects(database)
    heard: list[str] = []
    listener = await asyncpg.connect(database_url)
    try:
        await listener.add_listener("teahouse_event", lambda *_: heard.append("wake up"))
        for _ in range(5):
            await record_one(database)
        reader = EventReader(READER, note_effects)
        await reader.begin(database)

        await reader.advance(database)
        await listener.fetchval("SELECT 1")
    finally:
        await listener.close()

    assert heard == ["wake up"]


def test_a_cursor_reads_back_as_the_position_it_was_made_of() -> None:
    for position in (BEGINNING, Position(812, 9), Position(2**63 - 1, 2**63 - 1)):
        assert decode_cursor(encode_cursor(position)) == position


@pytest.mark.parametrize(
    "written",
    [
        "",
        "event",
        "event~1",
        "event~1~2~3",
        "event~-1~2",
        "event~1~",
        "event~1~٣",
        "event~1~二",
        "event~ 1~2",
        "event~1_0~2",
        "event~9223372036854775808~1",
        "event~" + "9" * 6000 + "~1",
        "new~1~2",
        "event~1~2\0",
        None,
        7,
        b"event~1~2",
    ],
)
def test_what_is_no_cursor_is_refused(written: object) -> None:
    with pytest.raises(BadEventCursor):
        decode_cursor(written)
