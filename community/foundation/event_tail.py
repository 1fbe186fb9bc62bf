"""The log's tail, as one process hears it: for what lives in memory, such as open subscriptions and cached facts.

There is no row that holds its place: it begins where the log ends, and what a process did not live to hear it need not
know. Its connection is its own, so that it neither waits for the pool nor takes from it.

*Settled* events come once, in the log's order. Events of *urgent* kinds come sooner as well, as soon as they are
committed: that a session ended must be known at once, and not only when some long transaction elsewhere is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from community.foundation.database import Connection, plain_url, prepare_connection
from community.foundation.event_readers import (
    CHANNEL,
    COLUMNS,
    LONGEST_PAUSE_AFTER_FAILURE,
    LONGEST_SLEEP,
    OLDEST_RUNNING,
    SLEEP_AFTER_WORK,
    Position,
    RecordedEvent,
    recorded,
    settled_position,
)

LONGEST_BATCH = 500
POLL_WITHIN = 10.0  # seconds
SHORTEST_SLEEP = 0.01

_POLL = f"""
    SELECT {COLUMNS}, transaction_id < oldest_running AS settled
    FROM (SELECT {OLDEST_RUNNING} AS oldest_running) AS edge, event
    WHERE (transaction_id, id) > ($1::bigint, $2::bigint)
        AND (transaction_id < {OLDEST_RUNNING} OR kind = ANY($3::text[]))
    ORDER BY transaction_id, id LIMIT $4
"""  # noqa: S608 - made of constants of ours

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Settled events, and between which positions they are all that there is."""

    after: Position
    up_to: Position
    events: Sequence[RecordedEvent]


class EventTail:
    """Hears what is recorded from its start on, by this process and all others."""

    def __init__(self, url: str) -> None:
        """Take the database's address; nothing is heard before :meth:`start`."""
        self._url = plain_url(url)
        self._raw: asyncpg.Connection[asyncpg.Record] | None = None
        self._task: asyncio.Task[None] | None = None
        self._nudge = asyncio.Event()
        self._urgent_kinds: frozenset[str] = frozenset()
        self._hear_urgent: list[Callable[[RecordedEvent], None]] = []
        self._hear: list[Callable[[Batch], None]] = []
        self._heard_early: set[int] = set()
        self.position = Position(0, 0)
        """Up to where settled events were told."""

    def hear_urgent(self, kinds: Collection[str], heard: Callable[[RecordedEvent], None]) -> None:
        """Have a function called at once for each event of some kinds. It may be told of other kinds, too."""
        self._urgent_kinds |= frozenset(kinds)
        self._hear_urgent.append(heard)

    def hear(self, heard: Callable[[Batch], None]) -> None:
        """Have a function called for each batch of settled events. It must not block, and should not fail."""
        self._hear.append(heard)

    async def start(self) -> None:
        """Begin at the log's end; all that is recorded after this returns will be heard."""
        raw = await self._connect()
        self.position = await settled_position(Connection(raw))
        self._task = asyncio.create_task(self._keep_going(), name="events: tail")

    async def stop(self) -> None:
        """Hear no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._raw is not None:
            self._raw.terminate()
            self._raw = None

    def nudge(self) -> None:
        """Look at the log now: this process has just recorded something."""
        self._nudge.set()

    async def _keep_going(self) -> None:
        pause, failures = LONGEST_SLEEP, 0
        while True:
            self._nudge.clear()
            try:
                told = await self._poll()
            except Exception as error:
                failures += 1
                logger.warning("event tail failed", failures=failures, exc_info=error)
                if self._raw is not None:
                    self._raw.terminate()
                    self._raw = None
                await asyncio.sleep(min(0.05 * 2**failures, LONGEST_PAUSE_AFTER_FAILURE))
                continue
            failures = 0
            if told == LONGEST_BATCH:
                continue
            pause = SLEEP_AFTER_WORK if told else min(pause * 1.5, LONGEST_SLEEP)
            # Whatever else comes in this moment is one batch.
            await asyncio.sleep(SHORTEST_SLEEP)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._nudge.wait()

    async def _poll(self) -> int:
        """Tell of what is new; return how many events were read."""
        raw = self._raw if self._raw is not None and not self._raw.is_closed() else await self._connect()
        rows = await raw.fetch(_POLL, *self.position, list(self._urgent_kinds), LONGEST_BATCH, timeout=POLL_WITHIN)
        events = [recorded(row, settled=row["settled"]) for row in rows]
        for event in events:
            if event.kind in self._urgent_kinds and event.position.event_id not in self._heard_early:
                self._tell(self._hear_urgent, event)
            if event.settled:
                self._heard_early.discard(event.position.event_id)
            elif event.kind in self._urgent_kinds:
                self._heard_early.add(event.position.event_id)
        settled = [event for event in events if event.settled]
        if settled:
            batch = Batch(self.position, settled[-1].position, settled)
            self.position = batch.up_to
            self._tell(self._hear, batch)
        return len(settled)

    def _tell(self, hearers: Sequence[Callable[[Any], None]], what: RecordedEvent | Batch) -> None:
        for hearer in hearers:
            try:
                hearer(what)
            except Exception:
                logger.exception("event hearer failed")

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        raw = await asyncpg.connect(
            self._url,
            timeout=POLL_WITHIN,
            server_settings={
                "application_name": "teahouse event tail",
                "timezone": "UTC",
                "plan_cache_mode": "force_generic_plan",
                "jit": "off",
            },
        )
        try:
            await prepare_connection(raw)
            await raw.add_listener(CHANNEL, lambda *_: self._nudge.set())
        except BaseException:
            raw.terminate()
            raise
        self._raw = raw
        return raw
