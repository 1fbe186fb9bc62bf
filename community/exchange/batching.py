"""Records cut into batches, and those that came too early kept until later."""

import asyncio
import pickle
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator

from community.exchange.edges import EDGES
from community.exchange.errors import BadRecord
from community.exchange.records import Record

BATCH = 2_000
FIRST_BATCH = 500
"""The first is smaller and each after it twice as large, so that all that work on an import soon have something to do."""
SMALL_BATCH = 10_000
"""As many at once of what has no text: edges."""
AT_A_TIME = 20
"""So many are read before what waits for the database has its turn."""
LARGEST_BATCH = 8_000_000
"""Characters of bodies in one batch: it bounds the memory."""


class Waiting:
    """Records that came too early, in a file."""

    def __init__(self) -> None:
        """Begin with none."""
        self.amount = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()

    def put(self, record: Record) -> None:
        """Put a record by."""
        pickle.dump(record, self._file)
        self.amount += 1

    def take(self) -> Iterator[Record]:
        """Give all of them, in their order."""
        self._file.seek(0)
        for _ in range(self.amount):
            yield pickle.load(self._file)  # noqa: S301 - written by ourselves, to a file without a name

    def close(self) -> None:
        """Let go of them."""
        self._file.close()


async def batches(records: Iterable[Record | BadRecord | None]) -> AsyncIterator[list[Record | BadRecord]]:
    """Cut records into batches of one kind each, in their order; None is none, and took as long to read."""
    batch: list[Record | BadRecord] = []
    kind, size = "", 0
    growing = FIRST_BATCH
    for place, record in enumerate(records):
        if place % AT_A_TIME == 0:
            await asyncio.sleep(0)
        if record is None:
            continue
        most = min(growing, SMALL_BATCH if kind in EDGES else BATCH)
        if isinstance(record, Record):
            if batch and (record.kind != kind or len(batch) >= most or size >= LARGEST_BATCH):
                yield batch
                batch, size, growing = [], 0, 2 * growing
            kind = record.kind
            size += len(record.fields.get("body", ""))
        elif len(batch) >= most:
            yield batch
            batch, size, growing = [], 0, 2 * growing
        batch.append(record)
    if batch:
        yield batch
