"""Lending connections out: asyncpg's pool opens and mends them, and what is in good order is passed on from hand to hand.

A pool's own acquire and release arm two timers, begin a task and look over the connection, each time: a quarter of what
a short read costs. A connection that comes back in good order needs none of it. It is kept here, or given at once to
whoever has waited longest; one that comes back after an error goes to the pool, which resets or replaces it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from community.foundation.errors import DatabaseUnavailable, Overloaded

if TYPE_CHECKING:
    from types import TracebackType

    from asyncpg.pool import PoolConnectionProxy

    Lent: TypeAlias = PoolConnectionProxy[asyncpg.Record]

CLOSE_WITHIN = 5.0
"""Seconds that borrowers have to give back what they hold."""
ROLLBACK_WITHIN = 5.0
"""Seconds for a connection to be put in order after an error; after that it is dropped, which has the same end."""

UNREACHABLE = (
    OSError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
)
# What asyncpg says of a connection that ended under a statement, by the server or by the network; the last, where it was told
# while it did something else.
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Connections:
    """The connections of one pool, lent to one borrower at a time, to waiting ones in the order they came."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], *, acquire_within: float, maximum_waiting: int) -> None:
        """Lend a pool's connections; borrow from it nowhere else."""
        self._pool = pool
        self.maximum = pool.get_max_size()
        self.acquire_within = acquire_within
        self._maximum_waiting = maximum_waiting
        self._free: list[Lent] = []
        self._taken = 0
        """How many are out of the pool, or on their way: free ones, lent ones and those being opened."""
        self._waiting: deque[asyncio.Future[Lent | None]] = deque()
        self._joined = 0
        """How many wait for a statement that runs for others, and count like those who wait for a connection."""
        self._closing = False

    def lent(self) -> _Loan:
        """Lend a connection for as long as a block runs; after an error in it the pool puts the connection in order.

        Raises (when it is entered):
            Overloaded: if none became free in time, or too many wait already.
            DatabaseUnavailable: if the database cannot be reached; also out of the block, if it went away meanwhile.
        """
        return _Loan(self)

    async def borrow(self) -> Lent:
        """Return a connection that nobody else has until it is given back. The refusals are those of :meth:`lent`."""
        while self._free:
            connection = self._free.pop()
            if not is_gone(connection):
                return connection
            await self.mend(connection)
        if self._taken < self.maximum and not self._waiting:
            self._taken += 1
        else:
            lent = await self._wait()
            if lent is not None:
                return lent
            # Room for a connection, which was counted for us by whoever made it.
        try:
            async with asyncio.timeout(self.acquire_within):
                return await self._pool.acquire()
        except BaseException as error:
            self._leave_room()
            if isinstance(error, TimeoutError):
                raise Overloaded from error
            if isinstance(error, UNREACHABLE):
                raise DatabaseUnavailable(retry_after=2) from error
            raise

    def give_back(self, connection: Lent) -> bool:
        """Take back a connection whose borrower met no error; returns whether it was in good order.

        One that was not is still the borrower's, to be mended.
        """
        if self._closing or is_gone(connection) or connection.is_in_transaction():
            return False
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(connection)
                return True
        self._free.append(connection)
        return True

    async def mend(self, connection: Lent) -> None:
        """Give a connection back to the pool, which resets it or drops it."""
        try:
            await self._pool.release(connection, timeout=ROLLBACK_WITHIN)
        finally:
            self._leave_room()

    async def close(self) -> None:
        """Wait a little for the connections that are lent, then close all: whoever keeps one must not keep the server."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                while self._free:
                    await self.mend(self._free.pop())
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    def join(self) -> None:
        """Begin to wait for a statement that runs for others.

        Raises:
            Overloaded: if too many wait already.
        """
        self._refuse_when_crowded()
        self._joined += 1

    def leave(self) -> None:
        """Wait for it no longer."""
        self._joined -= 1

    def _refuse_when_crowded(self) -> None:
        if len(self._waiting) + self._joined >= self._maximum_waiting:
            raise Overloaded

    def _leave_room(self) -> None:
        """Let whoever has waited longest open a connection in place of one that is gone."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
        self._taken -= 1

    async def _wait(self) -> Lent | None:
        """Return the next connection that is given back; None when there is room to open one instead.

        Raises:
            Overloaded: if neither happened in time, or too many wait already.
        """
        self._refuse_when_crowded()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Lent | None] = loop.create_future()
        timer = loop.call_later(self.acquire_within, _overloaded, future)
        self._waiting.append(future)
        try:
            return await future
        except BaseException:
            if future in self._waiting:
                self._waiting.remove(future)  # whoever waits no longer is not counted among those who do
            elif not future.cancelled() and future.exception() is None:
                # What was given to us in the moment that we were told to stop goes on to the next.
                connection = future.result()
                if connection is None:
                    self._leave_room()
                elif not self.give_back(connection):
                    await self.mend(connection)
            raise
        finally:
            timer.cancel()


class _Loan:
    """A connection that is lent to one block. Not a generator, which would cost a short read several times as much."""

    __slots__ = ("_connection", "_connections")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> Lent:
        self._connection = await self._connections.borrow()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            if not self._connections.give_back(self._connection):
                await self._connections.mend(self._connection)
            return
        lost = isinstance(error, _LOST) and is_gone(self._connection)
        await self._connections.mend(self._connection)
        if lost:
            raise DatabaseUnavailable(retry_after=2) from error


def is_gone(connection: Lent | asyncpg.Connection[asyncpg.Record]) -> bool:
    """Say whether a connection is of no use any more. When a server dies the pool takes those back that lay idle, untold."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


def _overloaded(waiting: asyncio.Future[Lent | None]) -> None:
    if not waiting.done():
        waiting.set_exception(Overloaded())
