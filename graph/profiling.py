"""Objecting to being scored: at once out of every ranking, and in none to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from graph.events import PROFILING_ALLOWED, PROFILING_OBJECTED
from graph.tables import OF_A_MEMBER

if TYPE_CHECKING:
    from community.foundation.database import Connection

_OBJECT = "INSERT INTO profiling_objection (member_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING member_id"
_ALLOW = "DELETE FROM profiling_objection WHERE member_id = $1 RETURNING member_id"
_FORGETTING = tuple(
    f"DELETE FROM {table} WHERE member_id = $1"  # noqa: S608 - names of ours
    for table in OF_A_MEMBER
)


async def object_to_profiling(connection: Connection, member_id: int) -> None:
    """Take a member's scores away and keep them from being made anew. Objecting again changes nothing.

    A run that is under way when they object may have read what they did before: what it writes of them is not shown
    (`graph.visibility`), and the run deletes it before it ends, or the next one does.
    """
    if await connection.raw.fetchval(_OBJECT, member_id) is None:
        return
    for statement in _FORGETTING:
        await connection.raw.execute(statement, member_id)
    await _record(connection, PROFILING_OBJECTED, member_id)


async def allow_profiling(connection: Connection, member_id: int) -> None:
    """Take an objection back: the next run scores the member again."""
    if await connection.raw.fetchval(_ALLOW, member_id) is not None:
        await _record(connection, PROFILING_ALLOWED, member_id)


async def _record(connection: Connection, kind: str, member_id: int) -> None:
    happened = Event(kind, actor_id=member_id, member_id=member_id, subject_kind="member", subject_id=member_id)
    await record(connection, happened)
