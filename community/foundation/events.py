"""The event log: what happened, recorded in the transaction that made it happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert

from community.foundation.tables import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection


RECORDS_BROUGHT_IN = "RecordsBroughtIn"
"""Records came in many at once, of which the log tells nothing more: what happened elsewhere happened then."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Features subclass nothing: a kind is a name, listed in the feature's ``events.py``."""

    kind: str
    actor_id: int | None = None
    member_id: int | None = None
    subject_kind: str | None = None
    subject_id: int | None = None
    post_id: int | None = None
    space_id: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)


_RECORD = insert(events)


async def record(connection: Connection, *happened: Event) -> None:
    """Add events to the log, in order. They exist for readers when the transaction commits, and not before."""
    for event in happened:
        await connection.execute(
            _RECORD,
            {
                "kind": event.kind,
                "actor_id": event.actor_id,
                "member_id": event.member_id,
                "subject_kind": event.subject_kind,
                "subject_id": event.subject_id,
                "post_id": event.post_id,
                "space_id": event.space_id,
                "data": event.data,
                "context": event.context,
            },
        )
