"""All that is in a database, written down so that two imports of the same source can be compared."""

import json
from collections.abc import Mapping
from typing import Any

from community.foundation.database import Database

# What a database has of its own, whatever is brought in.
ITS_OWN = {"alembic_version", "exchange_name", "event"}

# Ids are given anew by each import, with gaps where one was broken off: rows are told by where they came from.
MEANS = {
    **dict.fromkeys(("author_id", "member_id", "follower_id", "created_by", "hidden_by", "granted_by"), "member"),
    "post_id": "post",
    "space_id": "space",
    "parent_id": "comment",
    "comment_id": "comment",
    "accepted_comment_id": "comment",
    "tag_id": "tag",
}
_TABLES = """
    SELECT tablename FROM pg_tables JOIN pg_class ON relname = tablename AND relnamespace = 'public'::regnamespace
    WHERE schemaname = 'public' ORDER BY tablename
"""


async def end_state(database: Database) -> dict[str, list[str]]:
    """Return the rows of every table, each as JSON without numbers given here, in order."""
    async with database.reading() as connection:
        raw = connection.raw
        origins = await raw.fetch("SELECT kind, subject_id, external_id FROM import_origin")
        names = {(row["kind"], row["subject_id"]): row["external_id"] for row in origins}
        names |= {("tag", row["id"]): row["name"] for row in await raw.fetch("SELECT id, name FROM tag")}
        state: dict[str, list[str]] = {}
        for (table,) in await raw.fetch(_TABLES):
            if table in ITS_OWN or table.startswith("event_"):  # a partition of the log
                continue
            rows = await raw.fetch(f"SELECT to_jsonb(found)::text AS row FROM {table} AS found")
            state[table] = sorted(_told(table, json.loads(row["row"]), names) for row in rows)
    return state


def _told(table: str, row: dict[str, Any], names: Mapping[tuple[str, int], str]) -> str:
    for column, value in row.items():
        kind = MEANS.get(column) or (table if column == "id" else None)
        if column == "subject_id":
            kind = row["kind"]
        if kind is not None and value is not None:
            row[column] = names.get((kind, value), "no origin" if column == "id" else value)
    return json.dumps(row, sort_keys=True, ensure_ascii=False)
