"""A database whose user dies at a statement that is chosen: before it, within its transaction, or before its answer comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import asyncpg

from community.foundation.database import Connection, Database
from community.foundation.errors import DatabaseUnavailable

HOWS = ("aborted", "terminated", "unanswered")
_TERMINATE = "SELECT pg_terminate_backend($1, 10000)"


class Crashed(Exception):  # noqa: N818 - says what happened
    """Whoever ran the statement is gone."""


_GONE = (
    Crashed,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # it was told while asyncpg did something else
    DatabaseUnavailable,
)


@dataclass
class Fate:
    """At which statement, from 1, it ends, and how; 0: at its COMMIT, whichever statement that is.

    `aborted`: an error in the program, and the transaction is rolled back. `terminated`: the server ends the connection
    before the statement. `unanswered`: it ends it when the statement is done, so that of a COMMIT nobody knows.
    """

    statement: int
    how: str


class Crashing(Database):
    """The same database by a pool of its own, whose next user may have a fate."""

    fate: Fate | None = None
    fulfilled = False
    killer: Database

    def let(self, fate: Fate | None) -> None:
        """Let the next user have a fate, or none."""
        self.fate, self.fulfilled = fate, False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Lend a connection that counts statements."""
        async with super().reading() as connection:
            yield Connection(cast("Any", _Counting(connection.raw, self)))

    def forgives(self, error: BaseException) -> bool:
        """Say whether an error is what the fate did, and no other."""
        return self.fulfilled and isinstance(error, _GONE)

    def due(self, sql: str) -> str | None:
        """Count a statement; return how it ends, if it does."""
        if self.fate is None:
            return None
        self.fate.statement -= 1
        if sql != "COMMIT" if self.fate.statement < 0 else self.fate.statement > 0:
            return None
        how, self.fate, self.fulfilled = self.fate.how, None, True
        return how

    async def terminate(self, process: int) -> None:
        """End a connection from the server's side."""
        async with self.killer.reading() as connection:
            await connection.raw.execute(_TERMINATE, process)


class _Counting:
    """asyncpg's connection, each of whose statements may be the last."""

    def __init__(self, raw: Any, database: Crashing) -> None:
        self._raw, self._database = raw, database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    async def fetch(self, sql: str, *values: object) -> Any:
        return await self._run(self._raw.fetch, sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> Any:
        return await self._run(self._raw.fetchrow, sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        return await self._run(self._raw.fetchval, sql, *values)

    async def execute(self, sql: str, *values: object) -> Any:
        return await self._run(self._raw.execute, sql, *values)

    async def _run(self, run: Any, sql: str, *values: object) -> Any:
        how = self._database.due(sql)
        if how == "aborted":
            raise Crashed
        if how == "terminated":
            await self._database.terminate(self._raw.get_server_pid())
        answer = await run(sql, *values)
        if how == "unanswered":
            await self._database.terminate(self._raw.get_server_pid())
            raise Crashed
        return answer
