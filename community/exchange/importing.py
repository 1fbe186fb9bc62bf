"""Bringing records in: batch by batch, each batch whole or not at all, and the same record never twice.

What is there and unchanged costs a look-up. A record that refers to something which comes later in the source waits in
a file until the end. What happened elsewhere happened then, and nobody is to be told now: the log only says of each batch
that there was one.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from community.exchange.batching import Waiting, batches
from community.exchange.bodies import Body, Render, render_bios, render_bodies
from community.exchange.content import ENTITIES, Batch
from community.exchange.edges import EDGES, write_acceptances, write_community, write_edges, write_reaction_kinds
from community.exchange.errors import BadRecord, ImportRunning, ImportStopped
from community.exchange.records import Record
from community.exchange.references import NotYet, Place, find_own, look_up
from community.exchange.rendering import FEW, Renderer
from community.exchange.staging import merge, new_ids
from community.foundation import events
from community.foundation.database import Connection, Database

AHEAD = 3
"""Batches that are rendered or ready at most while one is written."""
MOST_PROBLEMS = 1_000
"""So many are listed; all are counted."""

# Any number that nobody else takes: "exchange" in base 36, cut to size.
ADVISORY_LOCK = 1_124_090_714

Advance = Callable[[int], None]


@dataclass
class Tally:
    """What became of the records of one kind."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0


@dataclass
class Summary:
    """What became of all records."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, kind: str) -> Tally:
        """Return the tally of a kind."""
        return self.kinds.setdefault(kind, Tally())

    def total(self) -> Tally:
        """Add all kinds up."""
        return Tally(
            *(
                sum(getattr(tally, name) for tally in self.kinds.values())
                for name in ("read", "created", "updated", "unchanged", "skipped")
            )
        )


async def import_records(
    database: Database,
    source: str,
    records: Iterable[Record | BadRecord | None],
    *,
    skip_bad: bool = False,
    may_rename: bool = False,
    from_html: bool = False,
    advance: Advance = lambda _amount: None,
    renderer: Renderer | None = None,
) -> Summary:
    """Import records; what they refer to may stand before or after them.

    A `renderer` that is given may have begun already, and is closed by whoever gave it.

    Raises:
        ImportRunning: if another import runs on the database.
        ImportStopped: at the first bad record, unless bad ones are to be skipped. Batches before it are committed, and
            the same import, run again, goes on from there.
    """
    rendering = Renderer() if renderer is None else renderer
    importer = _Importer(database, source, rendering, skip_bad=skip_bad, may_rename=may_rename, from_html=from_html)
    began = time.monotonic()
    try:
        async with _alone(database):
            await importer.run(records, advance)
    finally:
        importer.close()
        if renderer is None:
            await rendering.close()
    importer.summary.seconds = time.monotonic() - began
    return importer.summary


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    async with database.reading() as connection:
        if not await connection.raw.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
            raise ImportRunning
        try:
            yield
        finally:
            await connection.raw.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)


_KEPT = """
    SELECT external_id, subject_id, digest FROM import_origin WHERE source = $1 AND kind = $2 AND external_id = ANY($3::text[])
"""


_ORIGIN_COLUMNS = ("source", "kind", "external_id", "subject_id", "digest")
# What is rendered of a record, and how.
_RENDERED: Mapping[str, tuple[str, Render]] = {
    "member": ("bio", render_bios),
    "post": ("body", render_bodies),
    "comment": ("body", render_bodies),
}


@dataclass
class _Prepared:
    """Records of one kind that are new or have changed, with their bodies rendered, and those that cannot be taken."""

    records: list[Record]
    digests: dict[str, bytes] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    """The ids of those that were imported before."""
    made: dict[str, int] = field(default_factory=dict)
    """The ids of those that are written."""
    bodies: dict[str, Body] = field(default_factory=dict)
    refused: list[tuple[Record, BadRecord]] = field(default_factory=list)
    unchanged: int = 0
    kind: str = ""


class _Importer:
    """One import on its way."""

    def __init__(
        self,
        database: Database,
        source: str,
        renderer: Renderer,
        *,
        skip_bad: bool,
        may_rename: bool,
        from_html: bool,
    ) -> None:
        self.summary = Summary()
        self._database = database
        self._skip_bad = skip_bad
        self._may_rename = may_rename
        self._from_html = from_html
        self._place = Place(source, "")
        self._renderer = renderer
        self._waiting = Waiting()
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")

    def close(self) -> None:
        self._waiting.close()
        self._seen.close()

    async def run(self, records: Iterable[Record | BadRecord | None], advance: Advance) -> None:
        async with self._database.reading() as connection:
            name = await connection.raw.fetchval("SELECT name FROM exchange_name")
            self._place = Place(self._place.source, name)
        # While the database writes one batch, the next is rendered and the one after it read.
        under_way: deque[asyncio.Task[None]] = deque()
        try:
            async for batch in batches(records):
                good = self._good(batch)
                if len(under_way) > AHEAD:
                    await under_way.popleft()
                under_way.append(asyncio.create_task(self._bring_in(good, under_way[-1] if under_way else None)))
                advance(len(batch))
        finally:
            for error in await asyncio.gather(*under_way, return_exceptions=True):
                if error is not None:
                    raise error
        while self._waiting.amount:
            before = self._waiting.amount
            waiting, self._waiting = self._waiting, Waiting()
            await self._write_again(waiting, last=False)
            if self._waiting.amount == before:
                waiting, self._waiting = self._waiting, Waiting()
                await self._write_again(waiting, last=True)

    async def _bring_in(self, records: list[Record], before: asyncio.Task[None] | None) -> None:
        """Prepare a batch, and write it once the one before it is written; if that fails, this one is not written."""
        prepared = await self._prepare(records)
        if before is not None:
            await before
        await self._write(prepared)

    async def _write_again(self, waiting: Waiting, *, last: bool) -> None:
        try:
            async for batch in batches(waiting.take()):
                prepared = await self._prepare([each for each in batch if isinstance(each, Record)])
                await self._write(prepared, last=last)
        finally:
            waiting.close()

    def _good(self, batch: list[Record | BadRecord]) -> list[Record]:
        good: list[Record] = []
        for record in batch:
            kind = "unreadable" if isinstance(record, BadRecord) else record.kind
            self.summary.of(kind).read += 1
            if isinstance(record, BadRecord):
                self._refuse(kind, record)
            elif self._is_new(record):
                good.append(record)
            else:
                reason = f"the {kind} {record.external_id!r} stands in the source twice"
                self._refuse(kind, BadRecord(reason, record.place))
        return good

    async def _prepare(self, records: list[Record]) -> _Prepared:
        """Tell what is here already as it is, and render the rest."""
        prepared = _Prepared(records, kind=records[0].kind if records else "")
        if not records or records[0].kind not in ENTITIES:
            return prepared
        kind = prepared.kind
        prepared.digests = {record.external_id: record.digest for record in records}
        async with self._database.reading() as connection:
            kept = await connection.raw.fetch(_KEPT, self._place.source, kind, list(prepared.digests))
            same = {row["external_id"] for row in kept if row["digest"] == prepared.digests[row["external_id"]]}
            prepared.known = {row["external_id"]: row["subject_id"] for row in kept}
            others = [name for name in prepared.digests if name not in prepared.known]
            prepared.known |= await find_own(connection, self._place, kind, others)
        prepared.unchanged = len(same)
        prepared.records = [record for record in records if record.external_id not in same]
        if len(prepared.records) > FEW:
            # Bodies are likely to follow, and the processes take a while to begin.
            await self._renderer.warm_up()
        if kind in _RENDERED:
            field_name, render = _RENDERED[kind]
            texts = [record.fields.get(field_name, "") for record in prepared.records]
            bodies = await self._renderer.render(render, texts, from_html=self._from_html)
            for record, body in zip(prepared.records, bodies, strict=True):
                if isinstance(body, str):
                    prepared.refused.append((record, BadRecord(body)))
                else:
                    prepared.bodies[record.external_id] = body
            prepared.records = [record for record in prepared.records if record.external_id in prepared.bodies]
        return prepared

    def _is_new(self, record: Record) -> bool:
        if not record.external_id:
            return True
        added = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (record.kind, record.external_id))
        return added.rowcount == 1

    def _refuse(self, kind: str, error: BadRecord, place: str = "") -> None:
        place = error.place or place
        if not self._skip_bad:
            raise ImportStopped(place=place, reason=error.reason.rstrip("."))
        self.summary.of(kind).skipped += 1
        if len(self.summary.problems) < MOST_PROBLEMS:
            self.summary.problems.append(f"{place}: {error.reason}")

    async def _write(self, prepared: _Prepared, *, last: bool = False) -> None:
        """Write a batch in one transaction; records that came too early are put by, the `last` time refused."""
        records = prepared.records
        tally = Tally()
        refused: list[tuple[Record, BadRecord]] = list(prepared.refused)
        kind = prepared.kind

        async def write(connection: Connection) -> None:
            refused[:] = prepared.refused
            if records and kind in ENTITIES:
                await self._write_entities(connection, kind, prepared, refused, tally)
            elif records:
                await self._write_others(connection, kind, records, refused, tally)
            if not self._skip_bad:
                _stop_at_first(kind, refused, last=last)

        if records or refused:
            await self._transact(write)
            if prepared.made:
                self._place.seen.keep(kind, prepared.made)
            whole = self.summary.of(kind)
            whole.created += tally.created
            whole.updated += tally.updated
            whole.unchanged += tally.unchanged
        if prepared.unchanged:
            self.summary.of(prepared.kind).unchanged += prepared.unchanged
        for record, error in refused:
            if isinstance(error, NotYet) and not last:
                self._waiting.put(record)
            else:
                self._refuse(kind, BadRecord(f"{kind}: {error.reason}", record.place))

    async def _transact(self, write: Callable[[Connection], Awaitable[None]]) -> None:
        try:
            await self._database.transact(write)
        except asyncpg.ForeignKeyViolationError:
            # Something that is remembered may be gone meanwhile.
            self._place.seen.forget()
            await self._database.transact(write)

    async def _write_entities(
        self,
        connection: Connection,
        kind: str,
        prepared: _Prepared,
        refused: list[tuple[Record, BadRecord]],
        tally: Tally,
    ) -> None:
        records, digests = prepared.records, prepared.digests
        names = [record.external_id for record in records]
        known = {name: prepared.known[name] for name in names if name in prepared.known}
        references = await look_up(connection, self._place, records)
        fresh = [name for name in names if name not in known]
        ids = known | dict(zip(fresh, await new_ids(connection, kind, len(fresh)), strict=True))
        gone: set[str] = set()

        def refuse(record: Record, error: BadRecord) -> None:
            refused.append((record, error))
            gone.add(record.external_id)

        batch = Batch(records, ids, known, references, prepared.bodies, refuse, may_rename=self._may_rename)
        await ENTITIES[kind](connection, batch)
        rows = [(self._place.source, kind, name, batch.ids[name], digests[name]) for name in names if name not in gone]
        await connection.raw.copy_records_to_table(
            "import_origin", columns=_ORIGIN_COLUMNS, records=[row for row in rows if row[2] not in known]
        )
        if known:
            changed = [row for row in rows if row[2] in known]
            await merge(connection, "import_origin", _ORIGIN_COLUMNS, _ORIGIN_COLUMNS[:3], changed)
        await batch.touched.settle(connection)
        prepared.made = {row[2]: row[3] for row in rows}
        tally.updated = sum(row[2] in known for row in rows)
        tally.created = len(rows) - tally.updated
        await _tell(connection, tally)

    async def _write_others(
        self,
        connection: Connection,
        kind: str,
        records: list[Record],
        refused: list[tuple[Record, BadRecord]],
        tally: Tally,
    ) -> None:
        references = await look_up(connection, self._place, records)
        batch = Batch(records, {}, {}, references, {}, lambda record, error: refused.append((record, error)))
        if kind in EDGES:
            done = await write_edges(connection, kind, batch)
        else:
            done = await _SINGLE[kind](connection, batch)
        tally.created, tally.updated, tally.unchanged = done
        await batch.touched.settle(connection)
        await _tell(connection, tally)


async def _tell(connection: Connection, tally: Tally) -> None:
    if tally.created or tally.updated:
        await events.record(connection, events.Event(events.RECORDS_BROUGHT_IN))


def _stop_at_first(kind: str, refused: list[tuple[Record, BadRecord]], *, last: bool) -> None:
    for record, error in refused:
        if last or not isinstance(error, NotYet):
            raise ImportStopped(place=record.place, reason=f"{kind}: {error.reason}".rstrip("."))


_SINGLE = {
    "acceptance": write_acceptances,
    "community": write_community,
    "reaction_kind": write_reaction_kinds,
}
