"""The ballots of a round as they are counted: out of the database as arrays, equal ones together, nobody's name with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from community.foundation.database import Connection

_BALLOTS = """
    SELECT array_send(marks) AS sent, count(*) AS amount FROM ballot
    WHERE round_id = $1 AND voided_at IS NULL GROUP BY marks ORDER BY marks
"""
_AT_ONCE = 10_000  # rows
_ARRAY_HEAD = 20
"""Bytes before the elements of an array, as PostgreSQL sends one: dimensions, nulls, type, length, index of the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """All ballots of a round, equal ones together: [b, w] and [b]."""

    marks: NDArray[np.int16]
    counts: NDArray[np.int64]

    @property
    def amount(self) -> int:
        """How many were cast."""
        return int(self.counts.sum())


async def load_ballots(connection: Connection, round_id: int, width: int) -> Cast:
    """Read the ballots of a round in the caller's transaction, some thousand that differ at a time."""
    return (await load_parted(connection, _BALLOTS, width, round_id)).get(None) or Cast(
        np.empty((0, width), np.int16), np.empty(0, np.int64)
    )


async def load_parted(connection: Connection, query: str, width: int, *parameters: object) -> dict[str | None, Cast]:
    """Read ballots as `sent` and `amount`, by `part` where the query has one."""
    row = np.dtype([("head", f"V{_ARRAY_HEAD}"), ("cells", [("length", ">i4"), ("value", ">i2")], (width,))])
    marks: dict[str | None, list[NDArray[np.int16]]] = {}
    counts: dict[str | None, list[NDArray[np.int64]]] = {}
    cursor = await connection.raw.cursor(query, *parameters)
    while found := await cursor.fetch(_AT_ONCE):
        by_part: dict[str | None, list[Any]] = {}
        for each in found:
            by_part.setdefault(each.get("part"), []).append(each)
        for part, rows in by_part.items():
            sent = np.frombuffer(b"".join(each["sent"] for each in rows), row)
            marks.setdefault(part, []).append(sent["cells"]["value"].astype(np.int16))
            counts.setdefault(part, []).append(np.array([each["amount"] for each in rows], np.int64))
    return {part: Cast(np.concatenate(marks[part]), np.concatenate(counts[part])) for part in marks}
