"""Reading the event log, in its one order and without skipping any event.

An event's place in the log is its position: the transaction that recorded it, then its id. Ids alone would not do, as
they are handed out before a transaction commits. A batch is read below the oldest transaction that still runs, so that
nothing can appear behind a reader any more: what a slow transaction records waits with all that came after it.

A named reader keeps its position in a row, and moves it in the transaction that holds what the reader did: each event
has one effect, however often a process dies on the way. Of many processes one works, and the others pass on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import structlog

from community.foundation.errors import DatabaseUnavailable, Overloaded
from community.foundation.telemetry import counter

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database

BATCH = 200
CHANNEL = "teahouse_event"
"""What a relay notifies, once a batch, for tails that sleep."""

SHORTEST_SLEEP = 0.03  # seconds
"""A batch costs a commit and half a dozen round trips, however small: what comes in this while is one."""
SLEEP_AFTER_WORK = 0.05
LONGEST_SLEEP = 0.25
LONGEST_PAUSE_AFTER_FAILURE = 5.0
MOST_TRIES = 5

# A database that is away, busy or out of something is waited for, however long.
_NOT_THE_EVENTS_FAULT = (
    OSError,
    DatabaseUnavailable,
    Overloaded,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says when a connection is ended while it does something else
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
)

logger = structlog.get_logger(__name__)
_read = counter("events_read", "Events of the log that were applied, by reader.", ["reader"])
_skipped = counter("events_skipped", "Events that a reader could not apply and passed over.", ["reader"])


class Position(NamedTuple):
    """A place in the log. Positions compare as the log is ordered."""

    transaction_id: int
    event_id: int


BEGINNING = Position(0, 0)
_END_OF_TRANSACTION = 2**63 - 1
_PREFIX = "event"
_LONGEST_CURSOR = 60


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as the log has it."""

    position: Position
    kind: str
    occurred_at: datetime
    actor_id: int | None
    member_id: int | None
    subject_kind: str | None
    subject_id: int | None
    post_id: int | None
    space_id: int | None
    data: dict[str, Any]
    settled: bool = True
    """Whether all that stands before it in the log is known; see :class:`community.foundation.event_tail.EventTail`."""


Apply = Callable[["Connection", Sequence[RecordedEvent]], Awaitable[None]]

# Transactions below the snapshot's xmin have all ended, and this very snapshot sees what those of them recorded.
OLDEST_RUNNING = "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
COLUMNS = """
    id, transaction_id, kind, occurred_at, actor_id, member_id, subject_kind, subject_id, post_id, space_id, data
"""
_BATCH = f"""
    SELECT {COLUMNS} FROM event
    WHERE (transaction_id, id) > ($1::bigint, $2::bigint) AND transaction_id < {OLDEST_RUNNING}
    ORDER BY transaction_id, id LIMIT $3
"""  # noqa: S608 - made of constants of ours
_HOW_FAR = f"SELECT {OLDEST_RUNNING} - 1"
_BEGIN_READING = """
    INSERT INTO event_cursor (reader, transaction_id, event_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
_TAKE = "SELECT transaction_id, event_id FROM event_cursor WHERE reader = $1 FOR UPDATE SKIP LOCKED"
_MOVE = "UPDATE event_cursor SET transaction_id = $2, event_id = $3 WHERE reader = $1"


class BadEventCursor(ValueError):  # noqa: N818 - what it is, not that it is an error
    """A cursor that the log has not given."""


def encode_cursor(position: Position) -> str:
    """Return a position as clients get it: opaque to them, and nothing that the log would have to hide."""
    return f"{_PREFIX}~{position.transaction_id}~{position.event_id}"


def decode_cursor(written: object) -> Position:
    """Return the position in a cursor.

    Raises:
        BadEventCursor: if it is none.
    """
    if not isinstance(written, str) or len(written) > _LONGEST_CURSOR:
        raise BadEventCursor
    prefix, *numbers = written.split("~")
    if prefix != _PREFIX or len(numbers) != 2 or not all(_is_number(number) for number in numbers):  # noqa: PLR2004 - a pair
        raise BadEventCursor
    return Position(int(numbers[0]), int(numbers[1]))


def _is_number(written: str) -> bool:
    if not written.isascii() or not written.isdecimal() or len(written) > len(str(_END_OF_TRANSACTION)):
        return False
    return int(written) <= _END_OF_TRANSACTION


def recorded(row: Any, *, settled: bool = True) -> RecordedEvent:
    """Return a row with :data:`COLUMNS` as an event."""
    return RecordedEvent(
        Position(row["transaction_id"], row["id"]),
        row["kind"],
        row["occurred_at"],
        row["actor_id"],
        row["member_id"],
        row["subject_kind"],
        row["subject_id"],
        row["post_id"],
        row["space_id"],
        row["data"],
        settled,
    )


async def read_events(connection: Connection, after: Position, limit: int = BATCH) -> list[RecordedEvent]:
    """Return the events that follow a position, in order, as far as the log is settled."""
    return [recorded(row) for row in await connection.raw.fetch(_BATCH, after.transaction_id, after.event_id, limit)]


async def settled_position(connection: Connection) -> Position:
    """Return how far the log is settled: no event will ever appear at or before this position."""
    return Position(await connection.raw.fetchval(_HOW_FAR), _END_OF_TRANSACTION)


@dataclass(frozen=True, slots=True)
class EventReader:
    """A reader with a name and a position of its own. `apply` has its effects on the connection that it is given."""

    name: str
    apply: Apply

    async def begin(self, database: Database, *, at_the_end: bool = False) -> None:
        """Keep a position for the reader, if there is none yet: the log's beginning, or its end."""
        async with database.writing() as connection:
            start = await settled_position(connection) if at_the_end else BEGINNING
            await connection.raw.execute(_BEGIN_READING, self.name, *start)

    async def advance(self, database: Database, limit: int = BATCH) -> int:
        """Apply the next batch; return how many events it had, 0 when there is none or another process is at it."""
        return await database.transact(lambda connection: self._advance(connection, limit, pass_over=False))

    async def pass_over(self, database: Database) -> None:
        """Move over the next event without its effect."""
        await database.transact(lambda connection: self._advance(connection, 1, pass_over=True))

    async def _advance(self, connection: Connection, limit: int, *, pass_over: bool) -> int:
        place = await connection.raw.fetchrow(_TAKE, self.name)
        if place is None:
            return 0
        # A statement of its own: its snapshot is younger than the lock.
        events = await read_events(connection, Position(*place), limit)
        if not events:
            return 0
        if pass_over:
            logger.error("event passed over", reader=self.name, kind=events[0].kind, position=events[0].position)
        else:
            await self.apply(connection, events)
        await connection.raw.execute(_MOVE, self.name, *events[-1].position)
        await connection.raw.execute(f"NOTIFY {CHANNEL}")
        return len(events)


class Relay:
    """Keeps named readers going in one process."""

    def __init__(self, database: Database, readers: Sequence[EventReader]) -> None:
        """Take the readers; nothing is read before :meth:`start`."""
        self._database = database
        self._readers = readers
        self._tasks: list[asyncio.Task[None]] = []
        self._nudges = [asyncio.Event() for _ in readers]

    async def start(self) -> None:
        """Begin to read, at the log's beginning where a reader is new."""
        for reader in self._readers:
            await reader.begin(self._database)
        self._tasks = [
            asyncio.create_task(self._keep_going(reader, nudge), name=f"events: {reader.name}")
            for reader, nudge in zip(self._readers, self._nudges, strict=True)
        ]

    async def stop(self) -> None:
        """Read no more. A batch that is under way is undone, and read again by whoever is next."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    def nudge(self) -> None:
        """Look at the log now: this process has just recorded something."""
        for nudge in self._nudges:
            nudge.set()

    async def _keep_going(self, reader: EventReader, nudge: asyncio.Event) -> None:
        pause, limit, failures, tries = LONGEST_SLEEP, BATCH, 0, 0
        while True:
            nudge.clear()
            try:
                read = await reader.advance(self._database, limit)
            except Exception as error:
                failures += 1
                logger.warning("event reader failed", reader=reader.name, failures=failures, exc_info=error)
                if not isinstance(error, _NOT_THE_EVENTS_FAULT):
                    # Alone, the event at fault holds up nobody's but its own effect.
                    tries, limit = (tries + 1 if limit == 1 else 0), 1
                    if tries >= MOST_TRIES and await self._pass_over(reader):
                        tries = failures = 0
                await asyncio.sleep(min(0.1 * 2**failures, LONGEST_PAUSE_AFTER_FAILURE))
                continue
            failures = tries = 0
            _read.labels(reader.name).inc(read)
            if read == limit:
                limit = min(limit * 2, BATCH)
                continue
            pause = SLEEP_AFTER_WORK if read else min(pause * 1.5, LONGEST_SLEEP)
            await asyncio.sleep(SHORTEST_SLEEP)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await nudge.wait()

    async def _pass_over(self, reader: EventReader) -> bool:
        """Pass over an event that fails again and again, unless it is the database that fails."""
        try:
            await reader.pass_over(self._database)
        except Exception:  # noqa: BLE001 - told of by the next try
            return False
        _skipped.labels(reader.name).inc()
        return True
