"""One PostgreSQL for the whole run, a migrated template in it, and a database of its own for each worker.

Without anything set, an embedded server is started and thrown away. TEAHOUSE_TEST_DATABASE overrides it: with a folder
of PostgreSQL's programs to start, or with the URL of a server where databases may be made.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from community.foundation import embedded
from community.foundation.database import Database, plain_url
from community.members import accounts
from migrations import upgrade

# Servers under test score only when a test asks for it.
os.environ.setdefault("TEAHOUSE_SCORE_EVERY", "0")

# How long an example takes says how busy the machine is: what is compiled at its first call takes seconds by itself.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
SERVER_KEY = pytest.StashKey[tuple[embedded.EmbeddedServer | None, Path | None]]()
URL_KEY = pytest.StashKey[str]()
TEMPLATE_KEY = pytest.StashKey[str]()


def with_database(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return urlunsplit(urlsplit(plain_url(url))._replace(path=f"/{name}"))


def run_sql(url: str, *statements: str) -> None:
    """Run statements, each on its own."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def pytest_configure(config: pytest.Config) -> None:
    """Remember where the server is, in a worker: the controller started it."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[URL_KEY] = given["teahouse_url"]
        config.stash[TEMPLATE_KEY] = given["teahouse_template"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Tell a worker where the server is."""
    url, template = server_of(node.config)
    node.workerinput |= {"teahouse_url": url, "teahouse_template": template}  # type: ignore[attr-defined] # pytest-xdist's


def server_of(config: pytest.Config) -> tuple[str, str]:
    """Return the server's URL and the name of the migrated template in it; start and migrate at the first call."""
    if URL_KEY not in config.stash:
        chosen = os.environ.get("TEAHOUSE_TEST_DATABASE") or os.environ.get("DATABASE_URL")
        if chosen and "://" in chosen:
            config.stash[URL_KEY] = url = plain_url(chosen)
            config.stash[SERVER_KEY] = (None, None)
        else:
            directory = Path(tempfile.mkdtemp(prefix="teahouse-tests-"))
            directory.chmod(0o755)
            server = embedded.start(
                directory / "postgresql",
                binaries=Path(chosen) if chosen else None,
                disposable=True,
            )
            config.stash[URL_KEY] = url = server.url
            config.stash[SERVER_KEY] = (server, directory)
        config.stash[TEMPLATE_KEY] = f"teahouse_template_{uuid.uuid4().hex[:12]}"
        template = config.stash[TEMPLATE_KEY]
        run_sql(url, f"CREATE DATABASE {template}")
        upgrade(with_database(url, template))
    return config.stash[URL_KEY], config.stash[TEMPLATE_KEY]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop the template, and throw the server away if it is ours."""
    server, directory = config.stash.get(SERVER_KEY, (None, None))
    if server is not None and directory is not None:
        server.close(wait_within=20)
        shutil.rmtree(directory, ignore_errors=True)
    elif SERVER_KEY in config.stash:
        run_sql(config.stash[URL_KEY], f"DROP DATABASE IF EXISTS {config.stash[TEMPLATE_KEY]} WITH (FORCE)")


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of the test server's maintenance database, where databases can be made."""
    return server_of(request.config)[0]


@pytest.fixture(scope="session")
def old_server_url() -> Iterator[str]:
    """Give the URL of a PostgreSQL 15, the oldest that is supported; skip where it is not installed."""
    if not POSTGRESQL_15.exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    directory = Path(tempfile.mkdtemp(prefix="teahouse-tests-15-"))
    directory.chmod(0o755)
    with embedded.start(directory / "postgresql", binaries=POSTGRESQL_15, disposable=True) as server:
        yield server.url
        server.close(wait_within=20)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(request: pytest.FixtureRequest) -> str:
    """Give the name of the migrated, empty database that others are cloned from."""
    return server_of(request.config)[1]


@pytest.fixture(scope="session")
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give the URL of this worker's own migrated database."""
    name = f"teahouse_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{uuid.uuid4().hex[:12]}"
    run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy")
    run_sql(with_database(server_url, name), REMEMBER_AS_MIGRATED, NOBODY_IS_PACED)
    yield with_database(server_url, name)
    run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker_pool(database_url: str) -> AsyncIterator[Database]:
    """Keep one pool for the worker: opening one for each test took longer than most tests."""
    database = await Database.connect(database_url, minimum=1, maximum=20, acquire_within=10, maximum_waiting=10_000)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def _short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare what only hides how long something took; a server that runs meanwhile would take letters away."""
    monkeypatch.setattr(accounts, "RESET_STEP", 1e-9)


@pytest_asyncio.fixture(loop_scope="session")
async def database(worker_pool: Database) -> AsyncIterator[Database]:
    """Give the worker's database, with no row in it but those that the migrations made."""
    yield worker_pool
    async with worker_pool.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")


# Everybody in a test has joined just now. What their level lets them write is tried by itself (tests/api/moderation), with the
# levels as migrations made them; everywhere else nobody reaches it.
NOBODY_IS_PACED = """
ALTER TABLE as_migrated.level_policy RENAME TO shipped_level_policy;
UPDATE public.level_policy SET contributions_an_hour = NULL, links = NULL, images = NULL, mentions = NULL;
CREATE TABLE as_migrated.level_policy AS SELECT * FROM public.level_policy;
"""

# Only tables that hold rows are emptied, with DELETE: TRUNCATE makes new files for each table and index, and a new clone
# copies them all. Both took many times longer. Triggers and foreign keys stand aside, so that any order will do.
REMEMBER_AS_MIGRATED = """
CREATE SCHEMA as_migrated;

CREATE TABLE as_migrated.tables (name text PRIMARY KEY, columns text);

DO $$
DECLARE
    item record;
    filled boolean;
BEGIN
    FOR item IN
        SELECT
            tables.tablename AS name,
            string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
        FROM pg_tables AS tables
        JOIN pg_class ON relname = tablename AND relnamespace = 'public'::regnamespace
        JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' AND relkind = 'r'
        GROUP BY tablename
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', item.name) INTO filled;
        INSERT INTO as_migrated.tables VALUES (item.name, CASE WHEN filled THEN item.columns END);
        IF filled THEN
            EXECUTE format('CREATE TABLE as_migrated.%I AS SELECT %s FROM public.%1$I', item.name, item.columns);
        END IF;
    END LOOP;
END $$;

CREATE PROCEDURE as_migrated.restore() LANGUAGE plpgsql AS $$
DECLARE
    item record;
    filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    -- Its months may have been made since, by a server that a test started.
    DELETE FROM public.event;
    FOR item IN SELECT * FROM as_migrated.tables LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', item.name) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM public.%I', item.name);
        END IF;
        IF item.columns IS NOT NULL THEN
            EXECUTE format(
                'INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM as_migrated.%1$I',
                item.name, item.columns
            );
        END IF;
    END LOOP;
END $$;
"""
