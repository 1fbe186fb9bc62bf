"""Who is told of what becomes of rounds: whoever voted, of the result; and whose ballot was voided, of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.notifications.kinds import NotificationKind
from community.notifications.writing import Occasion

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

# Nobody else learns of it: that somebody voted is told to them alone.
_VOTERS = """
    SELECT member_id FROM ballot
    WHERE round_id = $1 AND member_id IS NOT NULL AND voided_at IS NULL ORDER BY member_id
"""


async def _counted(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    voters = await connection.raw.fetch(_VOTERS, event.subject_id)
    return [Occasion.of(event, NotificationKind.ROUND_COUNTED, row["member_id"]) for row in voters]


async def _voided(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [Occasion.of(event, NotificationKind.BALLOT_VOIDED)]


OCCASIONS: Mapping[str, Callable[[Connection, RecordedEvent], Awaitable[list[Occasion]]]] = {
    events.ROUND_COUNTED: _counted,
    events.BALLOT_VOIDED: _voided,
}
