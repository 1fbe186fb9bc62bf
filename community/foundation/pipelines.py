"""Many in one round trip: who asks for a statement while it runs for others goes along with whoever else waits for it.

PostgreSQL takes one prepared statement with many sets of values in one message, and answers all of them in one. What a
round trip costs beside the statement itself (system calls, waking two processes, a snapshot, and for changes the
commit, with its wait for the disk) is then paid once for all. Nobody waits in order to have company: a statement that
finds its lane free runs at once and alone, and only what must wait anyhow goes together.

A reader sees what was committed when it asked, as each set of values has a snapshot of its own that is younger than the
question. Changes that go together are one transaction: all are committed when any is told so. Where one of a batch
fails, all are undone, and each is run again alone, to meet its own fate.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from community.foundation.errors import DatabaseUnavailable, Overloaded
from community.foundation.telemetry import counter

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from community.foundation.connections import Connections

MOST_LANES = 3
"""How many batches of a reading statement run at a time, unless nothing moves: enough to keep PostgreSQL busy meanwhile."""
WORTH_A_LANE = 0.0001
"""Seconds of work that it takes to be better off on another lane than in company."""
LONGEST_BATCH = 32
BATCH_WITHIN = 0.01
"""Seconds that a batch should take at most: slow statements are better run beside one another than in a row."""
PATIENCE = 0.02
"""Seconds without a batch begun or done after which another lane is opened: those there are slow, or held up by a lock."""

# After these it is not known whether the server has committed what it was sent.
_OUTCOME_UNKNOWN = (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)

Values: TypeAlias = "tuple[object, ...]"

_batched = counter("pipelined_statements", "Statements that waited and then went along with others.", ["what"])
_shared = counter("shared_reads", "Reads answered by the same execution as an identical one that waited.")


class _Alone(Exception):  # noqa: N818 - an order, not an error
    """The batch was undone; run this again by itself."""


@dataclass(slots=True)
class _Waiting:
    """A set of values that waits, and who asked for what it gives."""

    values: Values
    since: float
    key: Hashable | None
    futures: list[asyncio.Future[Any]] = field(default_factory=list)

    @property
    def wanted(self) -> bool:
        return not all(future.done() for future in self.futures)

    def give(self, result: Any) -> None:
        for future in self.futures:
            if not future.done():
                future.set_result(result)

    def fail(self, error: Exception) -> None:
        for future in self.futures:
            if not future.done():
                future.set_exception(error)


class Pipeline:
    """One statement, for all who ask for it. It must give exactly one row for each set of values."""

    def __init__(self, connections: Connections, sql: str, *, changes: bool) -> None:
        """Run a statement on borrowed connections.

        What `changes` something is never shared and has one lane: its batches would wait for the same locks and the
        same disk. A batch of it goes by its first value, so that those of several processes lock in one order.
        """
        self._connections = connections
        self._sql = sql
        self._lanes = 1
        self._changes = changes
        self._count = _batched.labels("change" if changes else "read")
        self._running = 0
        self._waiting: deque[_Waiting] = deque()
        self._same: dict[Hashable, _Waiting] = {}
        self._seconds_each = BATCH_WITHIN / 4
        self._moved = 0.0
        """When a batch last began or was done."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nobody waits for it and nothing runs."""
        return self._running == 0 and not self._waiting

    async def run(self, values: Values) -> asyncpg.Record:
        """Return the row that the statement gives for these values.

        Raises:
            Overloaded: if its turn did not come in time, or too many wait already.
        """
        if self._running >= self._lanes or self._waiting:
            try:
                row: asyncpg.Record = await self._join(values)
            except _Alone:
                row = await self._alone(values)
            return row
        self._running += 1
        try:
            return await self._alone(values)
        finally:
            self._running -= 1
            if self._waiting and self._running < self._lanes:
                self._open_lane()

    async def _alone(self, values: Values) -> asyncpg.Record:
        async with self._connections.lent() as connection:
            began = monotonic()
            row = await connection.fetchrow(self._sql, *values)
            self._took(monotonic() - began)
        assert row is not None  # as this class asks of its statements
        return row

    def _took(self, seconds: float) -> None:
        """Learn how long a set of values takes, and with it how many are well off in one batch and on one lane."""
        self._seconds_each += (seconds - self._seconds_each) / 4
        if not self._changes:
            self._lanes = min(MOST_LANES, 1 + int(self._seconds_each / WORTH_A_LANE))

    def _join(self, values: Values) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        key = None if self._changes else _key(values)
        same = None if key is None else self._same.get(key)
        if same is not None:
            same.futures.append(future)
            _shared.inc()
            return future
        self._connections.join()
        waiting = _Waiting(values, monotonic(), key, [future])
        self._waiting.append(waiting)
        if key is not None:
            self._same[key] = waiting
        if self._running < self._lanes:
            self._open_lane()  # there are more lanes than when the others began to wait
        if self._timer is None:
            self._timer = loop.call_later(PATIENCE, self._look_after)
        return future

    def _look_after(self) -> None:
        """Turn away who has waited too long, and open another lane where nothing moves."""
        self._timer = None
        now = monotonic()
        while self._waiting and now - self._waiting[0].since > self._connections.acquire_within:
            self._take_one().fail(Overloaded())
        if not self._waiting:
            return
        if now - max(self._moved, self._waiting[0].since) >= PATIENCE and self._running < self._connections.maximum:
            self._open_lane()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._look_after)

    def _open_lane(self) -> None:
        self._running += 1
        task = asyncio.create_task(self._drain(), name="pipeline")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self) -> None:
        """Run batch after batch, until nobody waits. A task of its own: nobody's leaving breaks off others' changes."""
        try:
            while self._waiting:
                await self._run_batch()
                if self._running > self._lanes:
                    break  # things move again, and fewer lanes have more company
        finally:
            self._running -= 1

    async def _run_batch(self) -> None:
        """Run one batch, and hand out its rows or what has gone wrong."""
        batch: Sequence[_Waiting] = ()
        try:
            async with self._connections.lent() as connection:
                batch = self._take()
                if not batch:
                    return  # all have left
                began = self._moved = monotonic()
                rows = await connection.fetchmany(self._sql, [waiting.values for waiting in batch])
                self._moved = monotonic()
                assert len(rows) == len(batch)  # as this class asks of its statements
        except BaseException as error:
            _fail(error, batch or self._take())
            if not isinstance(error, Exception):
                raise
            return
        self._took((self._moved - began) / len(batch))
        self._count.inc(len(batch))
        for waiting, row in zip(batch, rows, strict=True):
            waiting.give(row)

    def _take_one(self) -> _Waiting:
        waiting = self._waiting.popleft()
        self._connections.leave()
        if waiting.key is not None:
            del self._same[waiting.key]
        return waiting

    def _take(self) -> list[_Waiting]:
        most = min(LONGEST_BATCH, max(1, int(BATCH_WITHIN / self._seconds_each)))
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < most:
            waiting = self._take_one()
            if waiting.wanted:
                batch.append(waiting)
        if self._changes:
            batch.sort(key=lambda waiting: waiting.values[0])  # type: ignore[arg-type, return-value] # one statement's are alike
        return batch


def _fail(error: BaseException, batch: Sequence[_Waiting]) -> None:
    """Tell a batch that it failed. What is known to be undone is run again, each by itself."""
    undone = isinstance(error, asyncpg.PostgresError | asyncpg.DataError) and not isinstance(error, _OUTCOME_UNKNOWN)
    for waiting in batch:
        if undone and len(batch) > 1:
            waiting.fail(_Alone())
        elif isinstance(error, Exception):
            waiting.fail(error)
        else:
            waiting.fail(DatabaseUnavailable("The server stops."))


def _key(values: Values) -> Hashable | None:
    """Return what identical values have in common; None where they cannot be told apart cheaply."""
    try:
        hash(values)
    except TypeError:
        return None
    return values
