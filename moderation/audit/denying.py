"""What was asked for and was not somebody's to do: kept in the log, but not without end, as everybody can ask for anything.

Of one kind of change, the first few refusals of a member within an hour are each in the log with what was asked. Of more, each
is counted, and the log is told when they have become twice as many: so that there were more, and how many about, stays in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from community.foundation.events import Event, record
from moderation.audit.events import ATTEMPT_DENIED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection
    from community.foundation.errors import Refusal

EACH_UP_TO: Final = 16
"""So many refusals of a member, of one kind of change and within an hour, are each an entry of the log. A power of two."""

_COUNT = """
    INSERT INTO denied_attempts AS known (member_id, operation, hour, count)
    VALUES ($1, $2, date_trunc('hour', now(), 'UTC'), 1)
    ON CONFLICT (member_id, operation, hour) DO UPDATE SET count = known.count + 1
    RETURNING count
"""
_FORGET = "DELETE FROM denied_attempts WHERE hour < now() - interval '180 days'"


async def note_denied(
    connection: Connection,
    member_id: int,
    operation: str,
    refusal: Refusal,
    asked: Mapping[str, str],
    context: Mapping[str, object],
) -> None:
    """Count that a member was refused a change, and record it where it is one of the first, or doubles what there was."""
    count: int = await connection.raw.fetchval(_COUNT, member_id, operation)
    if count > EACH_UP_TO and count & (count - 1):
        return
    happened = Event(
        ATTEMPT_DENIED,
        actor_id=member_id,
        data={"operation": operation, "code": refusal.code, "asked": dict(asked), "count": count},
        context=context,
    )
    await record(connection, happened)


async def forget_denied(connection: Connection) -> None:
    """Throw away how often was counted half a year ago. What was recorded stays in the log."""
    await connection.raw.execute(_FORGET)
