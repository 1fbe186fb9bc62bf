"""The event log's months: each is a table of its own, made before its first event.

An event of a month that was not made in time is kept in the default partition, and moved when its month is made.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from community.foundation.clock import now

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database

MONTHS_AHEAD = 3
ADVISORY_LOCK = 1_782_440_694

_LOCK = "SELECT pg_advisory_xact_lock($1)"
# Asked of the table, as to_regclass answers from a cache that another's commit may not have reached yet.
_EXISTS = """
    SELECT EXISTS (
        SELECT FROM pg_class
        WHERE relname = $1 AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'event'::regclass)
    )
"""
_STRAYED = "SELECT EXISTS (SELECT FROM event_default WHERE occurred_at >= $1 AND occurred_at < $2)"


async def ensure_partitions(database: Database, *, months_ahead: int = MONTHS_AHEAD) -> list[str]:
    """Make the tables of this month and the next ones; return the names of those that were not there.

    Each is made in a transaction of its own, as attaching one locks the default partition against writes.
    """
    made = []
    month = _month_of(now())
    for _ in range(months_ahead + 1):
        following = _following(month)
        bounds = month, following
        if await database.transact(lambda connection, bounds=bounds: _make(connection, *bounds)):  # type: ignore[misc] # mypy does not infer a lambda with a default
            made.append(_name(month))
        month = following
    return made


async def _make(connection: Connection, month: datetime, following: datetime) -> bool:
    name = _name(month)
    if await connection.raw.fetchval(_EXISTS, name):
        return False
    await connection.raw.execute(_LOCK, ADVISORY_LOCK)
    if await connection.raw.fetchval(_EXISTS, name):
        return False
    first, end = f"'{month:%Y-%m-%d} 00:00:00+00'", f"'{following:%Y-%m-%d} 00:00:00+00'"
    within = f"occurred_at >= {first} AND occurred_at < {end}"
    await connection.raw.execute(f"CREATE TABLE {name} (LIKE event INCLUDING DEFAULTS INCLUDING COMMENTS)")
    await connection.raw.execute(f"ALTER TABLE {name} ADD CONSTRAINT {name}_month_check CHECK ({within})")
    if await connection.raw.fetchval(_STRAYED, month, following):
        # Nobody writes to the log while its events change places.
        await connection.raw.execute("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
        await connection.raw.execute(
            f"WITH moved AS (DELETE FROM event_default WHERE {within} RETURNING *) INSERT INTO {name} SELECT * FROM moved",  # noqa: S608 - names and times of ours
        )
    # The check above spares PostgreSQL from reading the new table under its lock.
    await connection.raw.execute(f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})")
    await connection.raw.execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_month_check")
    return True


def _name(month: datetime) -> str:
    return f"event_{month:%Y_%m}"


def _month_of(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def _following(month: datetime) -> datetime:
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
