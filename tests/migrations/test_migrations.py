import asyncio
import subprocess
import sys
import uuid
from collections.abc import Iterator

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

import migrations
from tests.conftest import run_sql, with_database

SCRIPTS = ScriptDirectory.from_config(migrations.configuration())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]

# Everything that a migration can make, as text: columns, constraints, indexes, functions, types, and rows of data.
DESCRIBE = """
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT format('%s.%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
            attgenerated, pg_get_expr(adbin, adrelid)) AS line
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'
        UNION ALL
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ) AS lines
"""


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """An empty database."""
    name = f"teahouse_empty_{uuid.uuid4().hex[:12]}"
    run_sql(server_url, f"CREATE DATABASE {name}")
    yield with_database(server_url, name)
    run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def ask(url: str, sql: str) -> object:
    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_there_is_one_head() -> None:
    assert SCRIPTS.get_heads() == [migrations.head()]


def test_the_tables_that_are_declared_are_those_that_are_made(empty_url: str) -> None:
    migrations.upgrade(empty_url)

    command.check(migrations.configuration(empty_url))


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_can_be_undone_and_done_again(empty_url: str, revision: str) -> None:
    before = SCRIPTS.get_revision(revision).down_revision or "base"
    if before != "base":
        assert isinstance(before, str)
        migrations.upgrade(empty_url, before)
    described_before = ask(empty_url, DESCRIBE)

    migrations.upgrade(empty_url, revision)
    described_after = ask(empty_url, DESCRIBE)
    migrations.downgrade(empty_url, before)
    if before != "base":  # an empty database has not even Alembic's own table
        assert ask(empty_url, DESCRIBE) == described_before
    migrations.upgrade(empty_url, revision)

    assert ask(empty_url, DESCRIBE) == described_after


def test_nothing_is_left_of_a_database_that_was_emptied(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    migrations.downgrade(empty_url, "base")

    left = ask(empty_url, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'")
    functions = ask(
        empty_url,
        "SELECT array_agg(proname::text) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    )

    assert left == ["alembic_version"]
    assert functions is None


def test_processes_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    program = "import sys, migrations; migrations.upgrade(sys.argv[1])"
    migrators = [subprocess.Popen([sys.executable, "-c", program, empty_url]) for _ in range(3)]

    assert [migrator.wait(60) for migrator in migrators] == [0, 0, 0]
    assert ask(empty_url, "SELECT string_agg(version_num, ',') FROM alembic_version") == migrations.head()
    locks = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE datname = current_database()"
    assert ask(empty_url, f"{locks} AND locktype = 'advisory'") == 0


async def test_a_migration_gives_up_rather_than_wait_for_a_lock(empty_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, empty_url, REVISIONS[0])
    busy = await asyncpg.connect(empty_url)
    try:
        async with busy.transaction():
            await busy.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Exception, match="lock timeout"):
                await asyncio.to_thread(migrations.upgrade, empty_url)
    finally:
        await busy.close()

    await asyncio.to_thread(migrations.upgrade, empty_url)


@pytest.mark.postgresql_15
def test_the_migrations_run_both_ways_on_the_oldest_supported_version(old_server_url: str) -> None:
    name = f"teahouse_old_{uuid.uuid4().hex[:12]}"
    run_sql(old_server_url, f"CREATE DATABASE {name}")
    url = with_database(old_server_url, name)

    migrations.upgrade(url)
    command.check(migrations.configuration(url))
    migrations.downgrade(url, "base")
    migrations.upgrade(url)
