"""Rows out of PostgreSQL as arrays, by COPY in its binary form: no Python object for any row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from community.foundation.database import Connection

BIGINT, INTEGER, SMALLINT, DOUBLE, REAL, BOOLEAN = ">i8", ">i4", ">i2", ">f8", ">f4", "?"
"""The types of columns: as COPY writes them, the most significant byte first."""
TIMESTAMP = BIGINT
"""Microseconds since `TIMESTAMP_ZERO`."""
TIMESTAMP_ZERO = datetime(2000, 1, 1, tzinfo=UTC)

Columns = Sequence[tuple[str, str]]

_HEADER_LENGTH = 19
_TRAILER_LENGTH = 2
_ROWS_AT_ONCE = 20_000  # laid out for writing: some megabytes
_PIECE = 100_000
_AT_ONCE = 4_000_000  # bytes: enough for numpy to pay, little enough to stay in the processor's cache


async def copy_rows(
    connection: Connection, query: str, columns: Columns, consume: Callable[[NDArray[np.void]], None]
) -> None:
    """Run a query without parameters and give its rows to `consume`, as they come, in arrays with these columns.

    `columns` are (name, type), as the query casts them. None may be null: COPY writes nulls shorter than values, and then
    rows would have no one width.

    Raises:
        ValueError: if what came does not have these columns.
    """
    row = np.dtype(
        [("", ">i2"), *(field for name, kind in columns for field in ((f"length of {name}", ">i4"), (name, kind)))],
    )
    received = bytearray()
    begun = False

    def take() -> None:
        nonlocal begun
        if not begun and len(received) >= _HEADER_LENGTH:
            del received[:_HEADER_LENGTH]
            begun = True
        whole = len(received) // row.itemsize * row.itemsize
        if whole:
            rows = np.frombuffer(bytes(received[:whole]), row)
            del received[:whole]
            for name, kind in columns:
                if not np.all(rows[f"length of {name}"] == np.dtype(kind).itemsize):
                    raise ValueError(f"{name} is null somewhere, or not {kind}")
            consume(rows)

    async def receive(data: bytes) -> None:
        received.extend(data)
        if len(received) >= _AT_ONCE:
            take()

    await connection.raw.copy_from_query(query, output=receive, format="binary")
    take()
    if len(received) != _TRAILER_LENGTH:
        raise ValueError(f"{len(received)} bytes are left that make no row of {row.itemsize}")


async def gathered(connection: Connection, query: str, columns: Columns) -> dict[str, NDArray[Any]]:
    """Return all rows of a query, a native array for each column."""
    parts: list[NDArray[np.void]] = []
    await copy_rows(connection, query, columns, parts.append)
    return {
        name: np.concatenate([part[name] for part in parts] or [np.empty(0, kind)]).astype(
            np.dtype(kind).newbyteorder("=")
        )
        for name, kind in columns
    }


_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_OIDS = {BIGINT: 20, REAL: 700}
"""What the elements of an array are, as PostgreSQL numbers its types."""

Cells = NDArray[Any] | None
"""A column's values: one for each row, a row of equally many for each (an array column), or None where all are null."""
Column = tuple[str, str, NDArray[Any]]
"""A column's name, type and values."""


async def copy_arrays(connection: Connection, table: str, groups: Iterable[Sequence[tuple[str, str, Cells]]]) -> None:
    """Write rows given as columns (name, type, values) into a table, without a Python object for any row.

    Rows have one width within a group: put those with a null, or with longer arrays, in a group of their own. All groups
    have the same columns. Some thousand rows after the other are laid out in memory, as they are sent.
    """
    coming = iter(groups)
    first = next(coming, None)
    if first is None:
        return

    async def written() -> AsyncIterator[bytes]:
        yield _SIGNATURE
        for group in chain([first], coming):
            for start in range(0, _amount(group), _ROWS_AT_ONCE):
                within = slice(start, start + _ROWS_AT_ONCE)
                yield _rows([(name, kind, None if cells is None else cells[within]) for name, kind, cells in group])
        yield _END

    names = [name for name, _, _ in first]
    await connection.raw.copy_to_table(table, source=written(), columns=names, format="binary")


def _amount(group: Sequence[tuple[str, str, Cells]]) -> int:
    return next(len(cells) for _, _, cells in group if cells is not None)


def _rows(group: Sequence[tuple[str, str, Cells]]) -> bytes:
    layout: list[tuple[Any, ...]] = [("columns", ">i2")]
    for name, kind, cells in group:
        layout.append((f"length of {name}", ">i4"))
        if cells is not None and cells.ndim == 1:
            layout.append((name, kind))
        elif cells is not None:
            # An array: dimensions, whether it has nulls, type, length, index of the first; then its elements.
            layout += [
                (f"head of {name}", ">i4", (5,)),
                (name, [("length", ">i4"), ("value", kind)], (cells.shape[1],)),
            ]
    rows = np.zeros(_amount(group), np.dtype(layout))
    rows["columns"] = len(group)
    for name, kind, cells in group:
        width = np.dtype(kind).itemsize
        if cells is None:
            rows[f"length of {name}"] = -1
        elif cells.ndim == 1:
            rows[f"length of {name}"] = width
            rows[name] = cells
        else:
            rows[f"length of {name}"] = 20 + cells.shape[1] * (4 + width)
            rows[f"head of {name}"] = (1, 0, _OIDS[kind], cells.shape[1], 1)
            rows[name]["length"] = width
            rows[name]["value"] = cells
    return rows.tobytes()


def in_pieces(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Split rows, so that what is made of them to be written is never there for all of them."""
    for start in range(0, len(rows), _PIECE):
        yield rows[start : start + _PIECE]


def without_nulls(
    columns: Sequence[Column], missing: Mapping[str, NDArray[np.bool_]]
) -> Iterator[list[tuple[str, str, Cells]]]:
    """Split rows into groups of those that have the same nulls; `missing` says where a column has one."""
    if not len(columns[0][2]):
        return
    names = list(missing)
    pattern = sum((missing[name].astype(np.int64) << place for place, name in enumerate(names)), np.int64(0))
    pattern = np.broadcast_to(pattern, len(columns[0][2]))
    for which in np.unique(pattern):
        # All of them are a view, and not a copy of every column.
        chosen = slice(None) if np.all(pattern == which) else pattern == which
        absent = {name for place, name in enumerate(names) if which >> place & 1}
        yield [(name, kind, None if name in absent else cells[chosen]) for name, kind, cells in columns]
