"""Rows on their way in: copied into a temporary table, then merged into the table they are for, as one set."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from community.foundation.database import Connection


async def merge(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> list[asyncpg.Record]:
    """Insert rows, and update those of the same key that differ; return the rows that changed, with `created`."""
    named = ", ".join(columns)
    staged = f"staged_{table}"
    await connection.raw.execute(
        f"CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS SELECT {named} FROM {table} WITH NO DATA"  # noqa: S608 - names of ours
    )
    await connection.raw.copy_records_to_table(staged, columns=columns, records=rows)
    others = [column for column in columns if column not in key]
    if others:
        new, old = (", ".join(f"{owner}.{column}" for column in others) for owner in ("excluded", table))
        changes = ", ".join(f"{column} = excluded.{column}" for column in others)
        action = f"UPDATE SET {changes} WHERE ({old}) IS DISTINCT FROM ({new})"
    else:
        action = "NOTHING"
    changed = await connection.raw.fetch(
        f"""
        INSERT INTO {table} ({named}) SELECT {named} FROM {staged}
        ON CONFLICT ({", ".join(key)}) DO {action}
        RETURNING {", ".join(f"{table}.{column}" for column in key)}, (xmax = 0) AS created
        """  # noqa: S608 - names of ours
    )
    await connection.raw.execute(f"DROP TABLE {staged}")
    return changed


async def new_ids(connection: Connection, table: str, amount: int) -> list[int]:
    """Take ids for so many new rows."""
    # The sequence is looked up once: that costs more than a number does.
    rows = await connection.raw.fetch(
        """
        WITH kept_in AS MATERIALIZED (SELECT pg_get_serial_sequence($1, 'id')::regclass AS sequence)
        SELECT nextval(sequence) AS id FROM kept_in, generate_series(1, $2::int)
        """,
        *(table, amount),
    )
    return sorted(row["id"] for row in rows)
