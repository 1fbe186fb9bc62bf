"""All that the database holds, to tell whether anything has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Database

# What moves by itself: a reader's place in the log, what was spent, answers kept for repeats, and how often was refused.
_MOVING = ("event_cursor", "rate_limit", "idempotency_key", "alembic_version", "denied_attempts")
# That something was refused may be recorded, which is no effect of it.
_BUT = dict.fromkeys(("event", "audit_entry"), "WHERE kind <> 'AttemptDenied'")
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""


async def contents(database: Database) -> dict[str, str]:
    """Return a digest of each table's rows."""
    async with database.reading() as connection:
        names = [row["relname"] for row in await connection.raw.fetch(_TABLES)]
        query = " UNION ALL ".join(
            f"SELECT '{name}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS rows FROM {name} AS t "
            + _BUT.get(name, "")
            for name in names
            if name not in _MOVING
        )
        return {row["name"]: row["rows"] for row in await connection.raw.fetch(query)}
