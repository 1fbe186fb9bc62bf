"""Filling empty tables fast: their indexes and foreign keys are made when they are full.

All within one transaction, so that nobody ever sees a table without them.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from community.foundation.database import Connection

# Those that hold a constraint stay: they keep what they promise while the rows come in.
_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index
    WHERE indrelid = ANY($1::regclass[]) AND NOT indisunique
    ORDER BY indexrelid
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE conrelid = ANY($1::regclass[]) AND contype = 'f'
    ORDER BY oid
"""


@asynccontextmanager
async def indexes_made_afterwards(connection: Connection, tables: Sequence[str]) -> AsyncIterator[None]:
    """Take the plain indexes and foreign keys of empty tables away, and make them anew, checked, at the end."""
    indexes = await connection.raw.fetch(_INDEXES, tables)
    foreign_keys = await connection.raw.fetch(_FOREIGN_KEYS, tables)
    for key in foreign_keys:
        await connection.raw.execute(f"ALTER TABLE {key['owner']} DROP CONSTRAINT {key['name']}")
    for index in indexes:
        await connection.raw.execute(f"DROP INDEX {index['name']}")
    yield
    await connection.raw.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.raw.execute(index["definition"])
    for key in foreign_keys:
        await connection.raw.execute(f"ALTER TABLE {key['owner']} ADD CONSTRAINT {key['name']} {key['definition']}")
