"""Bringing records in: batch by batch, each batch whole or not at all, and the same record never twice.

What is there and unchanged costs a look-up. A record that refers to something which comes later in the source waits in
a file until the end. Imports write no events: what happened elsewhere happened then, and nobody is to be told now.
"""

import pickle
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from community.exchange.content import ENTITIES, Batch
from community.exchange.edges import EDGES, write_acceptances, write_community, write_edges, write_reaction_kinds
from community.exchange.errors import BadRecord, ImportRunning, ImportStopped
from community.exchange.records import Record
from community.exchange.references import NotYet, find, look_up
from community.exchange.rendering import Body, Renderer
from community.exchange.staging import merge, new_ids
from community.foundation.database import Connection, Database

BATCH = 2_000
LARGEST_BATCH = 8_000_000
"""Characters of bodies in one batch: it bounds the memory."""
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
    records: Iterable[Record | BadRecord],
    *,
    skip_bad: bool = False,
    may_rename: bool = False,
    from_html: bool = False,
    advance: Advance = lambda _amount: None,
) -> Summary:
    """Import records; what they refer to may stand before or after them.

    Raises:
        ImportRunning: if another import runs on the database.
        ImportStopped: at the first bad record, unless bad ones are to be skipped. Batches before it are committed, and
            the same import, run again, goes on from there.
    """
    importer = _Importer(database, source, skip_bad=skip_bad, may_rename=may_rename, from_html=from_html)
    began = time.monotonic()
    try:
        async with _alone(database):
            await importer.run(records, advance)
    finally:
        importer.close()
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


class _Importer:
    """One import on its way."""

    def __init__(
        self, database: Database, source: str, *, skip_bad: bool, may_rename: bool, from_html: bool
    ) -> None:
        self.summary = Summary()
        self._database = database
        self._source = source
        self._skip_bad = skip_bad
        self._may_rename = may_rename
        self._from_html = from_html
        self._name = ""
        self._renderer = Renderer()
        self._waiting = _Waiting()
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")

    def close(self) -> None:
        self._renderer.close()
        self._waiting.close()
        self._seen.close()

    async def run(self, records: Iterable[Record | BadRecord], advance: Advance) -> None:
        async with self._database.reading() as connection:
            self._name = await connection.raw.fetchval("SELECT name FROM exchange_name")
        for batch in batches(records):
            good: list[Record] = []
            for record in batch:
                if isinstance(record, BadRecord):
                    self._refuse("unreadable", record)
                    self.summary.of("unreadable").read += 1
                else:
                    self.summary.of(record.kind).read += 1
                    if self._is_new(record):
                        good.append(record)
                    else:
                        self._refuse(record.kind, BadRecord(f"the id {record.external_id!r} stands in the source twice", record.place))
            await self._write(good, last=False)
            advance(len(batch))
        while self._waiting.amount:
            before = self._waiting.amount
            waiting, self._waiting = self._waiting, _Waiting()
            for batch in batches(waiting.take()):
                await self._write([each for each in batch if isinstance(each, Record)], last=False)
            waiting.close()
            if self._waiting.amount == before:
                for batch in batches(self._waiting.take()):
                    await self._write([each for each in batch if isinstance(each, Record)], last=True)
                break

    def _is_new(self, record: Record) -> bool:
        if not record.external_id:
            return True
        added = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (record.kind, record.external_id))
        return added.rowcount == 1

    def _refuse(self, kind: str, error: BadRecord, place: str = "") -> None:
        place = error.place or place
        if not self._skip_bad:
            raise ImportStopped(place=place, reason=error.reason)
        self.summary.of(kind).skipped += 1
        if len(self.summary.problems) < MOST_PROBLEMS:
            self.summary.problems.append(f"{place}: {error.reason}")

    async def _write(self, records: list[Record], *, last: bool) -> None:
        """Write records of one kind in one transaction; without `last`, those that came too early are put by."""
        if not records:
            return
        kind = records[0].kind
        refused: list[tuple[Record, BadRecord]] = []
        tally = Tally()

        async def write(connection: Connection) -> None:
            refused.clear()
            if kind in ENTITIES:
                await self._write_entities(connection, kind, records, refused, tally)
            else:
                await self._write_others(connection, kind, records, refused, tally)
            early = [error for _, error in refused if not isinstance(error, NotYet) or last]
            if early and not self._skip_bad:
                record = next(record for record, error in refused if error is early[0])
                raise ImportStopped(place=record.place, reason=f"{kind}: {early[0].reason}")

        await self._database.transact(write)
        whole = self.summary.of(kind)
        whole.created += tally.created
        whole.updated += tally.updated
        whole.unchanged += tally.unchanged
        for record, error in refused:
            if isinstance(error, NotYet) and not last:
                self._waiting.put(record)
            else:
                self._refuse(kind, BadRecord(f"{kind}: {error.reason}", record.place))

    async def _write_entities(
        self,
        connection: Connection,
        kind: str,
        records: list[Record],
        refused: list[tuple[Record, BadRecord]],
        tally: Tally,
    ) -> None:
        by_id = {record.external_id: record for record in records}
        known = await find(connection, self._source, self._name, kind, set(by_id))
        digests = {each: record.digest for each, record in by_id.items()}
        kept = await connection.raw.fetch(
            "SELECT external_id, digest FROM import_origin WHERE source = $1 AND kind = $2 AND external_id = ANY($3::text[])",
            *(self._source, kind, list(by_id)),
        )
        same = {row["external_id"] for row in kept if row["digest"] == digests[row["external_id"]]}
        changed = [record for record in records if record.external_id not in same]
        tally.updated = tally.created = 0
        tally.unchanged = len(same)
        if not changed:
            return
        references = await look_up(connection, self._source, self._name, changed)
        bodies = await self._bodies(kind, changed, refused)
        changed = [record for record in changed if kind not in {"post", "comment"} or record.external_id in bodies]
        known = {each: here for each, here in known.items() if each not in same}
        fresh = [record.external_id for record in changed if record.external_id not in known]
        ids = known | dict(zip(fresh, await new_ids(connection, kind, len(fresh)), strict=True))
        gone: set[str] = set()

        def refuse(record: Record, error: BadRecord) -> None:
            refused.append((record, error))
            gone.add(record.external_id)

        batch = Batch(changed, ids, known, references, bodies, refuse, may_rename=self._may_rename)
        await ENTITIES[kind](connection, batch)
        rows = [
            (self._source, kind, record.external_id, batch.ids[record.external_id], digests[record.external_id])
            for record in changed
            if record.external_id not in gone
        ]
        columns = ("source", "kind", "external_id", "subject_id", "digest")
        await merge(connection, "import_origin", columns, columns[:3], rows)
        await batch.touched.recount(connection)
        tally.updated = sum(row[2] in known for row in rows)
        tally.created = len(rows) - tally.updated

    async def _bodies(
        self, kind: str, records: list[Record], refused: list[tuple[Record, BadRecord]]
    ) -> dict[str, Body]:
        if kind not in {"post", "comment"}:
            return {}
        rendered = await self._renderer.render(
            [record.fields["body"] for record in records], from_html=self._from_html
        )
        bodies: dict[str, Body] = {}
        for record, body in zip(records, rendered, strict=True):
            if isinstance(body, str):
                refused.append((record, BadRecord(body)))
            else:
                bodies[record.external_id] = body
        return bodies

    async def _write_others(
        self,
        connection: Connection,
        kind: str,
        records: list[Record],
        refused: list[tuple[Record, BadRecord]],
        tally: Tally,
    ) -> None:
        references = await look_up(connection, self._source, self._name, records)
        batch = Batch(records, {}, {}, references, {}, lambda record, error: refused.append((record, error)))
        if kind in EDGES:
            done = await write_edges(connection, kind, batch)
        else:
            done = await _SINGLE[kind](connection, batch)
        tally.created, tally.updated, tally.unchanged = done
        await batch.touched.recount(connection)


_SINGLE = {
    "acceptance": write_acceptances,
    "community": write_community,
    "reaction_kind": write_reaction_kinds,
}


class _Waiting:
    """Records that came too early, in a file."""

    def __init__(self) -> None:
        self.amount = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()

    def put(self, record: Record) -> None:
        pickle.dump(record, self._file)
        self.amount += 1

    def take(self) -> Iterator[Record]:
        self._file.seek(0)
        for _ in range(self.amount):
            yield pickle.load(self._file)  # noqa: S301 - written by ourselves, to a file without a name

    def close(self) -> None:
        self._file.close()


def batches(records: Iterable[Record | BadRecord]) -> Iterator[list[Record | BadRecord]]:
    """Cut records into batches of one kind each, in their order."""
    batch: list[Record | BadRecord] = []
    kind, size = "", 0
    for record in records:
        if isinstance(record, Record):
            if batch and (record.kind != kind or len(batch) >= BATCH or size >= LARGEST_BATCH):
                yield batch
                batch, size = [], 0
            kind = record.kind
            size += len(record.fields.get("body", ""))
        elif len(batch) >= BATCH:
            yield batch
            batch, size = [], 0
        batch.append(record)
    if batch:
        yield batch
