import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from community.foundation.database import MAXIMUM_RETRIES, CommitRefused, Connection, Database, plain_url
from community.foundation.errors import DatabaseUnavailable, Overloaded, Refusal

jar = sa.Table(
    "jar",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("label", sa.Text),
    sa.Column("leaves", sa.BigInteger, server_default=sa.text("0")),
    sa.Column("data", JSONB),
    sa.Column("tags", ARRAY(sa.Text)),
    sa.Column("filled_at", sa.DateTime(timezone=True)),
)
add_leaf = sa.update(jar).where(jar.c.id == sa.bindparam("jar")).values(leaves=jar.c.leaves + 1)


class Grade(StrEnum):
    FINE = "fine"


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(database_url: str) -> AsyncIterator[str]:
    """A database with two empty jars in it."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "DROP TABLE IF EXISTS jar; CREATE TABLE jar (id bigint PRIMARY KEY, label text,"
        " leaves bigint NOT NULL DEFAULT 0, data jsonb, tags text[], filled_at timestamptz);"
        "INSERT INTO jar (id) VALUES (1), (2)"
    )
    yield database_url
    await connection.execute("DROP TABLE jar")
    await connection.close()


async def leaves(database: Database, number: int = 1) -> int:
    async with database.reading() as connection:
        found = await connection.fetch_value(sa.select(jar.c.leaves).where(jar.c.id == number))
    assert isinstance(found, int)
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def small(shelf: str) -> AsyncIterator[Database]:
    """A pool of two connections on it."""
    database = await Database.connect(shelf, maximum=2, acquire_within=0.2, maximum_waiting=5)
    yield database
    await database.close()


async def test_values_come_back_as_they_went_in(small: Database) -> None:
    moment = datetime(2026, 2, 17, 8, 30, tzinfo=UTC)
    data = {"茶": ["龙井", 1, None, True, {"深": "è"}]}

    async with small.writing() as connection:
        touched = await connection.execute(
            sa.insert(jar).values(id=3, label=Grade.FINE, data=data, tags=["绿茶", "a"], filled_at=moment)
        )
    async with small.reading() as connection:
        found = await connection.fetch_one(sa.select(jar).where(jar.c.filled_at == moment))

    assert touched == 1
    assert found is not None
    assert dict(found) == {
        "id": 3,
        "label": "fine",
        "leaves": 0,
        "data": data,
        "tags": ["绿茶", "a"],
        "filled_at": moment,
    }
    assert found["filled_at"].utcoffset() == timedelta(0)


async def test_execute_counts_the_rows_it_touched(small: Database) -> None:
    async with small.writing() as connection:
        assert await connection.execute(sa.update(jar).values(label="x")) == 2
        assert await connection.execute(sa.update(jar).where(jar.c.id == 99).values(label="x")) == 0
        assert await connection.execute(sa.delete(jar).where(jar.c.id == 1)) == 1
        assert await connection.execute(sa.text("CREATE TEMPORARY TABLE gone (id int) ON COMMIT DROP")) == 0


async def test_execute_many_does_all_or_nothing(small: Database) -> None:
    async with small.reading() as connection:
        await connection.execute_many(sa.insert(jar), [{"id": number, "label": "多"} for number in range(10, 20)])
        await connection.execute_many(sa.insert(jar), [])
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute_many(sa.insert(jar), [{"id": 30}, {"id": 10}])

        assert await connection.fetch_value(sa.select(sa.func.count()).where(jar.c.id >= 10)) == 10
        assert len(await connection.fetch_all(sa.select(jar).where(jar.c.label == "多"))) == 10


async def test_a_refused_transaction_leaves_nothing(small: Database) -> None:
    async def refuse(connection: Connection) -> None:
        await connection.execute(add_leaf, {"jar": 1})
        raise Refusal

    with pytest.raises(Refusal):
        await small.transact(refuse)

    assert await leaves(small) == 0


async def test_nothing_is_seen_by_others_before_commit_and_all_of_it_after(small: Database) -> None:
    async with small.writing() as connection:
        await connection.execute(add_leaf, {"jar": 1})
        assert await leaves(small) == 0
    assert await leaves(small) == 1


async def test_a_swallowed_error_is_never_acknowledged(small: Database) -> None:
    with pytest.raises(CommitRefused):
        async with small.writing() as connection:
            await connection.execute(add_leaf, {"jar": 1})
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.execute(sa.insert(jar).values(id=1))

    assert await leaves(small) == 0


async def test_a_connection_lost_before_commit_is_never_acknowledged(small: Database, shelf: str) -> None:
    killer = await asyncpg.connect(shelf)
    with pytest.raises(DatabaseUnavailable):
        async with small.writing() as connection:
            await connection.execute(add_leaf, {"jar": 1})
            await killer.execute("SELECT pg_terminate_backend($1)", connection.raw.get_server_pid())
            await asyncio.sleep(0.05)
    await killer.close()

    assert await leaves(small) == 0


async def test_what_fails_at_commit_is_raised(small: Database, shelf: str) -> None:
    async with small.reading() as connection:
        await connection.raw.execute(
            "ALTER TABLE jar ADD CONSTRAINT one_label UNIQUE (label) DEFERRABLE INITIALLY DEFERRED"
        )
    with pytest.raises(asyncpg.UniqueViolationError):
        async with small.writing() as connection:
            await connection.execute(sa.update(jar).values(label="同"))

    async with small.reading() as connection:
        assert await connection.fetch_value(sa.select(sa.func.count()).where(jar.c.label == "同")) == 0


async def test_a_savepoint_undoes_only_its_part(small: Database) -> None:
    async with small.writing() as connection:
        await connection.execute(add_leaf, {"jar": 1})
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.savepoint():
                await connection.execute(add_leaf, {"jar": 2})
                await connection.execute(sa.insert(jar).values(id=1))
        async with connection.savepoint():
            await connection.execute(add_leaf, {"jar": 1})

    assert (await leaves(small, 1), await leaves(small, 2)) == (2, 0)


async def test_deadlocked_transactions_both_come_through(shelf: str) -> None:
    database = await Database.connect(shelf, maximum=4)
    both_hold_one = asyncio.Barrier(2)
    runs = 0

    def fill(first: int, second: int) -> Callable[[Connection], Awaitable[None]]:
        meet = True

        async def action(connection: Connection) -> None:
            nonlocal meet, runs
            runs += 1
            await connection.execute(add_leaf, {"jar": first})
            if meet:
                meet = False
                await both_hold_one.wait()
            await connection.execute(add_leaf, {"jar": second})

        return action

    await asyncio.gather(database.transact(fill(1, 2)), database.transact(fill(2, 1)))

    found = await leaves(database, 1), await leaves(database, 2)
    await database.close()
    assert found == (2, 2)
    # PostgreSQL breaks one off; or both, where it comes late to look.
    assert runs in {3, 4}


async def test_serialization_failures_are_tried_again_until_they_pass(shelf: str) -> None:
    database = await Database.connect(shelf, maximum=3)
    both_have_read = asyncio.Barrier(2)
    met: set[object] = set()

    async def read_then_write(connection: Connection, who: int) -> None:
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        held = await connection.fetch_value(sa.select(jar.c.leaves).where(jar.c.id == 1))
        if who not in met:
            met.add(who)
            await both_have_read.wait()
        await connection.execute(sa.update(jar).where(jar.c.id == 1).values(leaves=held + 1))

    await asyncio.gather(*(database.transact(lambda c, who=who: read_then_write(c, who)) for who in (1, 2)))  # type: ignore[misc] # a lambda with a default

    assert await leaves(database) == 2
    await database.close()


async def test_a_hopeless_transaction_is_given_up_after_the_last_retry(small: Database) -> None:
    runs = 0

    async def never(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await connection.execute(add_leaf, {"jar": 1})
        raise asyncpg.SerializationError

    with pytest.raises(asyncpg.SerializationError):
        await small.transact(never)

    assert runs == 1 + MAXIMUM_RETRIES
    assert await leaves(small) == 0


async def test_other_errors_are_not_tried_again(small: Database) -> None:
    runs = 0

    async def twice(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await connection.execute(sa.insert(jar).values(id=1))

    with pytest.raises(asyncpg.UniqueViolationError):
        await small.transact(twice)

    assert runs == 1


async def test_a_table_changed_meanwhile_does_not_fail_a_transaction(small: Database, shelf: str) -> None:
    everything = sa.text("SELECT * FROM jar WHERE id = :id")
    migrator = await asyncpg.connect(shelf)

    async def read(connection: Connection) -> asyncpg.Record | None:
        return await connection.fetch_one(everything, {"id": 1})

    for number in range(3):
        await small.transact(read)
        await migrator.execute(f"ALTER TABLE jar ADD COLUMN extra_{number} int")
    found = await small.transact(read)
    await migrator.close()

    assert found is not None
    assert "extra_2" in dict(found)


async def test_a_busy_pool_refuses_within_its_bound_and_then_serves_again(small: Database) -> None:
    async with small.reading(), small.reading():
        with pytest.raises(Overloaded) as refused:
            async with small.reading():
                pass
    assert refused.value.retry_after >= 1

    assert await leaves(small) == 0


async def test_a_queue_that_is_full_refuses_at_once(shelf: str) -> None:
    database = await Database.connect(shelf, maximum=1, acquire_within=60, maximum_waiting=3)

    async with database.reading():
        waiting = [asyncio.create_task(leaves(database)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await leaves(database)
    assert await asyncio.gather(*waiting) == [0, 0, 0]
    await database.close()


async def test_a_thousand_cancelled_requests_leak_no_connection(shelf: str) -> None:
    database = await Database.connect(shelf, maximum=4, acquire_within=30, maximum_waiting=2_000)
    chance = random.Random(7)

    async def request() -> None:
        async with database.writing() as connection:
            await connection.execute(add_leaf, {"jar": 1})
            await connection.raw.execute("SELECT pg_sleep(0.002)")
            raise Refusal

    for _ in range(50):
        tasks = [asyncio.create_task(request()) for _ in range(20)]
        for task in tasks:
            await asyncio.sleep(chance.choice((0, 0, 0.0005)))
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Every connection of the pool can be had at once, none is in a transaction, and nothing was left behind.
    async with database.reading() as a, database.reading() as b, database.reading() as c, database.reading() as d:
        assert not any(connection.raw.is_in_transaction() for connection in (a, b, c, d))
    assert database.pool.get_size() <= 4
    assert await leaves(database) == 0
    await asyncio.wait_for(database.close(), 5)


async def test_a_server_that_is_not_there_is_said_to_be_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        await Database.connect("postgresql://nobody@127.0.0.1:1/nothing")


async def test_the_session_is_set_up_for_short_statements(small: Database) -> None:
    async with small.reading() as connection:
        shown = {
            name: await connection.raw.fetchval("SELECT current_setting($1)", name)
            for name in ("jit", "plan_cache_mode", "TimeZone", "statement_timeout", "application_name")
        }
    assert shown == {
        "jit": "off",
        "plan_cache_mode": "force_generic_plan",
        "TimeZone": "UTC",
        "statement_timeout": "10s",
        "application_name": "teahouse",
    }


def test_a_driver_in_the_address_is_left_out() -> None:
    assert plain_url("postgresql+asyncpg://a:b@h/n?host=/x") == "postgresql://a:b@h/n?host=/x"
    assert plain_url("postgres://h/n") == "postgres://h/n"
