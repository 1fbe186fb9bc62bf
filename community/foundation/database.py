"""The one pool of connections, and the only place that commits.

    async with database.reading() as connection:      # one statement, one snapshot, no BEGIN
        record = await connection.fetch_one(select(...))

    await database.transact(action)                   # BEGIN, the action, COMMIT; the whole again after a deadlock

SQLAlchemy's Core writes the SQL (`statements`); asyncpg alone runs it. No session state is ever set on a connection, so
that none need be reset when it goes back: that saved a round trip on every request.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import asyncpg
import orjson

from community.foundation.connections import ROLLBACK_WITHIN, UNREACHABLE, Connections, is_gone
from community.foundation.errors import DatabaseUnavailable
from community.foundation.pipelines import Pipeline
from community.foundation.statements import compile_for_many, compile_statement

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy
    from sqlalchemy.sql import Executable

T = TypeVar("T")

# A transaction lost to a deadlock or to a concurrent change is begun again this many times at most.
MAXIMUM_RETRIES = 5
FIRST_RETRY_WITHIN = 0.01  # seconds; doubled for each retry, and the pause is drawn evenly from nought to it

REMEMBERED_PIPELINES = 1_000

_RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # A migration changed a table under a prepared statement; within a transaction asyncpg cannot prepare it again.
    asyncpg.InvalidCachedStatementError,
)
_JSONB_VERSION = b"\x01"


class CommitRefused(Exception):  # noqa: N818 - named for what happened
    """The transaction was rolled back at COMMIT, because a statement in it had failed and its error was swallowed."""


class Connection:
    """One connection, which runs SQLAlchemy Core statements.

    `raw` is asyncpg's own connection, for SQL text with `$1` arguments, COPY and LISTEN. Its `transaction()` cannot be
    used within `writing()`; use :meth:`savepoint`.
    """

    __slots__ = ("_savepoints", "raw")

    raw: asyncpg.Connection[asyncpg.Record]

    def __init__(self, raw: asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]) -> None:
        """Wrap a connection that has the codecs of :func:`prepare_connection`."""
        self.raw = cast("asyncpg.Connection[asyncpg.Record]", raw)
        self._savepoints = itertools.count(1)

    async def fetch_all(
        self,
        statement: Executable,
        parameters: Mapping[str, object] | None = None,
    ) -> list[asyncpg.Record]:
        """Run a statement and return all its rows."""
        sql, values = compile_statement(statement, parameters)
        return await self.raw.fetch(sql, *values)

    async def fetch_one(
        self,
        statement: Executable,
        parameters: Mapping[str, object] | None = None,
    ) -> asyncpg.Record | None:
        """Run a statement and return its first row, or None when it has none."""
        sql, values = compile_statement(statement, parameters)
        return await self.raw.fetchrow(sql, *values)

    async def fetch_value(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> Any:
        """Run a statement and return the first column of its first row, or None when it has none."""
        sql, values = compile_statement(statement, parameters)
        return await self.raw.fetchval(sql, *values)

    async def execute(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> int:
        """Run a statement and return how many rows it touched (0 for what touches none, such as DDL)."""
        sql, values = compile_statement(statement, parameters)
        count = (await self.raw.execute(sql, *values)).rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def read(self, sql: str, *values: object) -> Any:
        """Run SQL that changes nothing and gives one row, and return the row's first column."""
        return await self.raw.fetchval(sql, *values)

    async def change(self, sql: str, *values: object) -> asyncpg.Record:
        """Run SQL that is a whole change by itself and gives one row, and return the row."""
        row = await self.raw.fetchrow(sql, *values)
        assert row is not None  # as it was asked
        return row

    async def execute_many(self, statement: Executable, parameter_sets: Sequence[Mapping[str, object]]) -> None:
        """Run a statement once for each set of parameters, in one round trip; all of them or, on an error, none."""
        if parameter_sets:
            sql, values = compile_for_many(statement, parameter_sets)
            await self.raw.executemany(sql, values)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Run a part of a transaction that may fail alone: on an error only the part is undone, and the error goes on."""
        name = f"savepoint_{next(self._savepoints)}"
        await self.raw.execute(f"SAVEPOINT {name}")
        try:
            yield
        except Exception:
            await self.raw.execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
            raise
        await self.raw.execute(f"RELEASE SAVEPOINT {name}")


class Database:
    """The one pool of connections to PostgreSQL."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        *,
        acquire_within: float = 0.5,
        maximum_waiting: int = 200,
    ) -> None:
        """Wrap a pool made by :meth:`connect`."""
        self.pool = pool
        self._pipelines: dict[str, Pipeline] = {}
        self._connections = Connections(pool, acquire_within=acquire_within, maximum_waiting=maximum_waiting)

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        minimum: int = 1,
        maximum: int = 10,
        acquire_within: float = 0.5,
        maximum_waiting: int = 200,
        statement_within: float = 10.0,
        lock_within: float = 5.0,
        idle_in_transaction_within: float = 30.0,
        statements: int = 512,
        application_name: str = "teahouse",
    ) -> Self:
        """Open the pool.

        `acquire_within` bounds the wait for a free connection, `maximum_waiting` how many may wait; past either,
        :class:`Overloaded` is raised. The other `..._within` are PostgreSQL's own timeouts. All are in seconds. Each
        connection keeps so many `statements` prepared, the latest used; a long one takes PostgreSQL a megabyte or two.

        Raises:
            DatabaseUnavailable: if the server cannot be reached.
        """
        try:
            pool = await asyncpg.create_pool(
                plain_url(url),
                min_size=minimum,
                max_size=maximum,
                max_queries=2**62,  # a connection does not wear out
                max_inactive_connection_lifetime=0,  # saves arming a timer on every release
                statement_cache_size=statements,
                max_cached_statement_lifetime=0,  # the same for every statement
                max_cacheable_statement_size=0,  # compiled reads are long, and the ones that profit most
                init=prepare_connection,
                reset=_leave_as_it_is,
                server_settings={
                    "application_name": application_name,
                    "timezone": "UTC",
                    # Planning cost more than running for most statements here, and compiling to machine code more yet.
                    "plan_cache_mode": "force_generic_plan",
                    "jit": "off",
                    "statement_timeout": _milliseconds(statement_within),
                    "lock_timeout": _milliseconds(lock_within),
                    "idle_in_transaction_session_timeout": _milliseconds(idle_in_transaction_within),
                },
            )
        except UNREACHABLE as error:
            raise DatabaseUnavailable(f"The database cannot be reached: {error}", retry_after=5) from error
        return cls(pool, acquire_within=acquire_within, maximum_waiting=maximum_waiting)

    async def close(self) -> None:
        """Wait for the connections in use, then close all."""
        await self._connections.close()

    async def read(self, sql: str, values: Sequence[object]) -> Any:
        """Run a statement that changes nothing and gives one row, and return the row's first column.

        The shortest way to an answer: who asks while the database is busy with the same statement goes along with others.

        Raises:
            Overloaded: if its turn did not come in time.
        """
        return (await self._pipeline(sql, changes=False).run(tuple(values)))[0]

    async def change(self, sql: str, values: Sequence[object]) -> asyncpg.Record:
        """Run a statement that is a whole change and gives one row, and return the row.

        Changes by the same statement that come while one is under way are committed together.

        Raises:
            Overloaded: if its turn did not come in time.
        """
        return await self._pipeline(sql, changes=True).run(tuple(values))

    def _pipeline(self, sql: str, *, changes: bool) -> Pipeline:
        pipeline = self._pipelines.get(sql)
        if pipeline is None:
            if len(self._pipelines) >= REMEMBERED_PIPELINES:
                self._pipelines = {known: each for known, each in self._pipelines.items() if not each.idle}
            pipeline = self._pipelines[sql] = Pipeline(self._connections, sql, changes=changes)
        return pipeline

    @property
    def autocommit(self) -> Connection:
        """What does as a connection does, with each statement a transaction of its own, on whichever connection is free."""
        return Autocommit(self)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Lend a connection without a transaction: each statement on it sees a snapshot of its own.

        Raises:
            Overloaded: if none became free in time.
        """
        async with self._connections.lent() as raw:
            yield Connection(raw)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """Lend a connection within a transaction: committed at the end, rolled back when an error goes through.

        Coming out of it without an error means that the server has acknowledged the COMMIT.

        Raises:
            Overloaded: if no connection became free in time.
            CommitRefused: if an error of the database was swallowed on the way.
        """
        async with self.reading() as connection:
            await connection.raw.execute("BEGIN")
            try:
                yield connection
                outcome = await connection.raw.execute("COMMIT")
            except BaseException:
                await _roll_back(connection.raw)
                raise
            # PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, and calls that a success.
            if outcome != "COMMIT":
                raise CommitRefused

    async def transact(self, action: Callable[[Connection], Awaitable[T]]) -> T:
        """Run an action in a transaction; after a deadlock or a serialization failure, all of it again.

        The action may run up to six times, so it has no effect outside the database. What it returns is that of the
        run which was committed.
        """

        async def whole() -> T:
            async with self.writing() as connection:
                # Bound before COMMIT, returned after it.
                return await action(connection)

        return await run_again_when_lost(whole)


class Autocommit(Connection):
    """Statements that need not run on one connection: those that are whole changes go along with others of their kind."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        """Run statements on whichever of the database's connections is free."""
        super().__init__(cast("asyncpg.Connection[asyncpg.Record]", _AnyConnection(database)))
        self._database = database

    async def read(self, sql: str, *values: object) -> Any:
        """Run SQL that changes nothing and gives one row, and return the row's first column."""
        return await self._database.read(sql, values)

    async def change(self, sql: str, *values: object) -> asyncpg.Record:
        """Run SQL that is a whole change by itself and gives one row, and return the row."""
        return await self._database.change(sql, values)


class _AnyConnection:
    """Runs each statement on a connection that is borrowed for it."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        async with self._database.reading() as connection:
            return await connection.raw.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> asyncpg.Record | None:
        async with self._database.reading() as connection:
            return await connection.raw.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        async with self._database.reading() as connection:
            return await connection.raw.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> str:
        async with self._database.reading() as connection:
            return await connection.raw.execute(sql, *values)


async def run_again_when_lost(action: Callable[[], Awaitable[T]]) -> T:
    """Run what is a whole transaction; after a deadlock or a serialization failure, run it again.

    An action that makes its whole change by one statement needs no more than this around it, on a connection of
    :meth:`Database.reading`: the statement is a transaction by itself, and the round trips of BEGIN and COMMIT are saved.
    """
    for retry in itertools.count():
        try:
            return await action()
        except _RETRIED:
            if retry == MAXIMUM_RETRIES:
                raise
            await asyncio.sleep(random.uniform(0, FIRST_RETRY_WITHIN * 2**retry))  # noqa: S311 - guards nothing
    raise AssertionError  # unreachable: the count has no end


async def prepare_connection(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a new connection JSON: `jsonb` and `json` values are Python dicts, lists and scalars."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: _JSONB_VERSION + orjson.dumps(value),
        decoder=lambda encoded: orjson.loads(encoded[1:]),
        format="binary",
    )
    await connection.set_type_codec(
        "json",
        schema="pg_catalog",
        encoder=orjson.dumps,
        decoder=orjson.loads,
        format="binary",
    )


def plain_url(url: str) -> str:
    """Return a database's address as asyncpg takes it, without the name of a driver that others put into it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


async def _leave_as_it_is(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Stand in for the reset query: asyncpg has rolled back what was open, and nothing else is ever set."""


async def _roll_back(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    if is_gone(raw) or not raw.is_in_transaction():
        return
    try:
        await raw.execute("ROLLBACK", timeout=ROLLBACK_WITHIN)
    except (Exception, asyncio.CancelledError):  # noqa: BLE001 - whatever it was, a dropped connection rolls back too
        raw.terminate()


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
