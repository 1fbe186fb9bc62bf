"""A community in PostgreSQL to score: members who follow each other, as `bench.graph.generated` has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.graph.generated import generated
from community.demonstration.bulk import indexes_made_afterwards
from community.foundation.database import Connection
from graph.copying import BIGINT, TIMESTAMP, TIMESTAMP_ZERO, Cells, copy_arrays

YEARS = 2
STAFF = 50
SEED = 1

_AT_ONCE = 500_000  # rows of a COPY that are laid out in memory together
_MEMBERS = """
    INSERT INTO member (id, handle, handle_skeleton, display_name, joined_at) OVERRIDING SYSTEM VALUE
    SELECT id, 'm' || id, 'm' || id, 'Member ' || id, $2 FROM generate_series(1, $1::bigint) AS id
"""
_STAFF = """
    INSERT INTO role_grant (member_id, role, granted_by)
    SELECT id, 'MODERATOR', 1 FROM generate_series(1, $1::bigint, greatest($1::bigint / $2, 1)) AS id
"""
_TABLES = ("member", "follow", "role_grant")


async def fill(connection: Connection, members: int, ties: int, *, until: datetime) -> None:
    """Make members and whom they follow, within a transaction; indexes and foreign keys are made when all is in."""
    rows, columns, _, _ = generated(members, ties, seed=SEED)
    # A community that grows: the newer, the more. A fifth of what two years made is of the last month.
    ages = YEARS * 365 * 86_400_000_000 * np.random.default_rng(SEED).random(ties) ** 2
    times = int((until - TIMESTAMP_ZERO).total_seconds() * 1e6) - ages.astype(np.int64)
    async with indexes_made_afterwards(connection, _TABLES):
        await connection.raw.execute(_MEMBERS, members, until)
        await connection.raw.execute(_STAFF, members, STAFF)
        await copy_arrays(connection, "follow", _groups(rows, columns, times))


async def tidy(connection: Connection) -> None:
    """Let the planner know what came in; outside of any transaction."""
    await connection.raw.execute(f"VACUUM (ANALYZE) {', '.join(_TABLES)}")


def _groups(
    rows: NDArray[np.uint32], columns: NDArray[np.uint32], times: NDArray[np.int64]
) -> Iterator[list[tuple[str, str, Cells]]]:
    for start in range(0, len(rows), _AT_ONCE):
        within = slice(start, start + _AT_ONCE)
        follows: list[tuple[str, str, NDArray[Any]]] = [
            ("follower_id", BIGINT, rows[within].astype(np.int64) + 1),
            ("member_id", BIGINT, columns[within].astype(np.int64) + 1),
            ("created_at", TIMESTAMP, times[within]),
        ]
        yield [*follows]
