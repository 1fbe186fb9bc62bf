"""Whatever is done to the audit log behind the server's back is found, and no death on the way breaks its chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from community.foundation.database import Connection, Database
from community.foundation.errors import DatabaseUnavailable
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.events import Event, record
from community.members.events import ROLE_GRANTED
from moderation.audit import sealing
from moderation.audit.redacting import take_out_words_about
from moderation.audit.verifying import Verified, verify_log
from moderation.cases.events import CASE_NOTED
from tests.conftest import run_sql
from tests.factories.discussions import make_acting, value
from tests.factories.events import read_all, settle

ENTRIES = 12
AS_SUPERUSER = "SET session_replication_role = replica; "
"""Triggers stand aside: nobody but a superuser can say so."""
WITHOUT_A_TRACE = (
    "DELETE FROM audit_entry WHERE id = 5; UPDATE audit_entry SET id = id - 1000 WHERE id > 5;"
    " UPDATE audit_entry SET id = id + 999 WHERE id < 0"
)
"""An entry taken out, with the numbers closed up: as if it had never been."""
CHANGED_PLACES = (
    "UPDATE audit_entry SET id = -7 WHERE id = 7; UPDATE audit_entry SET id = 7 WHERE id = 8;"
    " UPDATE audit_entry SET id = 8 WHERE id = -7"
)
COLUMNS = (
    "event_id, occurred_at, kind, actor_id, member_id, subject_kind, subject_id, space_id, data, data_digest, digest"
)

PUT_IN = (
    f"INSERT INTO audit_entry (id, {COLUMNS}) SELECT 13, -1, {COLUMNS.removeprefix('event_id, ')}"
    " FROM audit_entry WHERE id = 12"
)


@pytest.fixture
async def log(database: Database) -> list[int]:
    """Seal some entries, and return whose they are about."""
    people = [(await make_acting(database)).member_id for _ in range(2)]
    for number in range(ENTRIES):
        happened = Event(
            CASE_NOTED if number % 2 else ROLE_GRANTED,
            actor_id=people[number % 2],
            member_id=people[0],
            subject_kind="case",
            subject_id=number,
            data={"note": f"第{number}条 note", "role": "MODERATOR", "nested": {"b": [1, None, 0.5], "a": "é"}},
        )
        async with database.writing() as connection:
            await record(connection, happened)
    await read_all(database, sealing.audit_reader)
    return people


async def verify(database: Database) -> Verified:
    async with database.reading() as connection:
        return await verify_log(connection)


@pytest.mark.usefixtures("log")
async def test_a_sound_log_is_sound(database: Database) -> None:
    found = await verify(database)

    assert (found.entries, found.wrong) == (ENTRIES, "")
    assert found.last == await value(database, "SELECT digest FROM audit_entry ORDER BY id DESC LIMIT 1")


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("change", "sound", "said"),
    [
        ("UPDATE audit_entry SET actor_id = 777 WHERE id = 5", 4, "Entry 5 does not follow"),
        ("UPDATE audit_entry SET occurred_at = occurred_at + interval '1 microsecond' WHERE id = 5", 4, "Entry 5"),
        ("UPDATE audit_entry SET member_id = NULL WHERE id = 5", 4, "Entry 5"),
        ("UPDATE audit_entry SET kind = 'CaseClaimed' WHERE id = 1", 0, "Entry 1"),
        ('UPDATE audit_entry SET data = data || \'{"note": "nothing"}\' WHERE id = 6', 5, "What entry 6 says"),
        (
            "UPDATE audit_entry SET data = '{}', data_digest = sha256('{}'::bytea) WHERE id = 6",
            5,
            "Entry 6 does not follow",
        ),
        ("DELETE FROM audit_entry WHERE id = 5", 4, "Entry 5 is missing"),
        ("DELETE FROM audit_entry WHERE id = 1", 0, "Entry 1 is missing"),
        (WITHOUT_A_TRACE, 4, "Entry 5 does not follow"),
        (PUT_IN, 12, "Entry 13 does not follow"),
        (CHANGED_PLACES, 6, "Entry 7 does not follow"),
    ],
)
async def test_what_a_superuser_changes_takes_out_puts_in_or_moves_is_found(
    database: Database, database_url: str, change: str, sound: int, said: str
) -> None:
    # A check stands in the way of numbers below one for a while.
    loosened = "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_digests_check; "
    tightened = (
        "; ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_digests_check"
        " CHECK (id > 0 AND octet_length(digest) = 32 AND octet_length(data_digest) = 32)"
    )
    await asyncio.to_thread(run_sql, database_url, AS_SUPERUSER + loosened + change + tightened)

    found = await verify(database)

    assert found.entries == sound
    assert said in found.wrong


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET actor_id = 777 WHERE id = 5",
        "UPDATE audit_entry SET data = '{}' WHERE id = 5",
        "DELETE FROM audit_entry WHERE id = 12",
        "UPDATE audit_entry SET data = NULL, digest = data_digest WHERE id = 5",
    ],
)
async def test_nobody_else_changes_or_deletes_an_entry(database: Database, change: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="the audit log is added to, and not changed"):
        async with database.writing() as connection:
            await connection.raw.execute(change)

    assert (await verify(database)).wrong == ""


async def test_what_is_said_of_who_is_erased_goes_and_the_chain_holds(database: Database, log: list[int]) -> None:
    async with database.writing() as connection:
        taken = await take_out_words_about(connection, log[1])
        again = await take_out_words_about(connection, log[1])

    found = await verify(database)

    assert (taken, again) == (ENTRIES // 2, 0)
    assert await value(database, "SELECT count(*) FROM audit_entry WHERE data IS NULL") == ENTRIES // 2
    assert (found.entries, found.wrong) == (ENTRIES, "")


async def test_a_backend_that_dies_while_it_seals_leaves_the_chain_whole(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = (await make_acting(database)).member_id
    for number in range(ENTRIES):
        async with database.writing() as connection:
            await record(connection, Event(CASE_NOTED, actor_id=actor, subject_kind="case", subject_id=number))
    died = 0

    async def apply_and_die(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        nonlocal died
        await sealing.apply(connection, events)
        if died < 3:
            died += 1
            # The rows are written and not committed: killed now, as by kill -9 of the backend.
            pid = connection.raw.get_server_pid()
            other = await asyncpg.connect(database_url)
            try:
                await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
            finally:
                await other.close()

    dying = EventReader("audit, dying", apply_and_die)  # a name that no server of another test reads by
    await dying.begin(database)
    await settle(database)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await dying.advance(database, limit=5)
        assert (await verify(database)).wrong == ""

    await read_all(database, sealing.audit_reader)

    found = await verify(database)
    assert died == 3
    assert (found.entries, found.wrong) == (ENTRIES, "")
    assert await value(database, "SELECT count(DISTINCT event_id) FROM audit_entry") == ENTRIES
