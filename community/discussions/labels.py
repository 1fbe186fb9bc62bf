"""Labels: what readers of a post or comment are told before they read it. What it says stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.errors import LabelUnknown
from community.discussions.events import CONTENT_LABELLED, happened
from community.foundation.events import record

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

_NAMED = "SELECT id FROM content_label WHERE name = $1 AND retired_at IS NULL"
_LABEL = {
    "post": """
        UPDATE post SET label_id = $2 FROM (SELECT label_id AS was FROM post WHERE id = $1) AS before
        WHERE id = $1 RETURNING before.was
    """,
    "comment": """
        UPDATE comment SET label_id = $2 FROM (SELECT label_id AS was FROM comment WHERE id = $1) AS before
        WHERE id = $1 RETURNING before.was
    """,
}
_LABELLED = {
    "post": "SELECT label_id FROM post WHERE id = $1",
    "comment": "SELECT label_id FROM comment WHERE id = $1",
}


async def find_label(connection: Connection, name: str) -> int | None:
    """Return the id of a label that can be put on something; None if there is none of this name, or no more."""
    label_id: int | None = await connection.raw.fetchval(_NAMED, name)
    return label_id


async def label_named(connection: Connection, name: str, *, path: tuple[str, ...] = ("measures",)) -> int:
    """Return the id of a label that can be put on something; `path` leads to where it was named.

    Raises:
        LabelUnknown: if there is none of this name, or no more.
    """
    label_id = await find_label(connection, name)
    if label_id is None:
        raise LabelUnknown(label=name, path=path)
    return label_id


async def label_of(connection: Connection, kind: str, subject_id: int) -> int | None:
    """Return the id of the label on a post or comment."""
    label_id: int | None = await connection.raw.fetchval(_LABELLED[kind], subject_id)
    return label_id


async def label_content(
    connection: Connection, acting: Acting | None, kind: str, row: asyncpg.Record, label_id: int | None
) -> int | None:
    """Put a label on a post or comment, whose row is locked, in place of the one it has; return that one. None: no label.

    Nobody acts where a rule does.
    """
    before: int | None = await connection.raw.fetchval(_LABEL[kind], row["id"], label_id)
    if before != label_id:
        told = happened(
            CONTENT_LABELLED,
            acting,
            subject_kind=kind,
            subject_id=row["id"],
            member_id=row["author_id"],
            post_id=row["id"] if kind == "post" else row["post_id"],
            space_id=row["space_id"],
            label=label_id,
        )
        await record(connection, told)
    return before
