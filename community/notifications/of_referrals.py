"""Who is told of what becomes of referrals: whoever brought a friend, that they joined, and that they came all the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.notifications.kinds import NotificationKind
from community.notifications.writing import Occasion
from community.referrals import events

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

IMPORTED = "IMPORTED"
"""The source of referrals that are brought in from a file: who brought them has known for long."""
NEWS_FOR = timedelta(days=1)
"""What was so for longer before it was noted, as with referrals from a file, is no news to anybody."""


async def _joined(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [] if event.data.get("source") == IMPORTED else _occasions(event, NotificationKind.FRIEND_JOINED)


async def _qualified(_: Connection, event: RecordedEvent) -> list[Occasion]:
    since = datetime.fromisoformat(event.data["at"])
    return _occasions(event, NotificationKind.REFERRAL_QUALIFIED) if event.occurred_at - since < NEWS_FOR else []


def _occasions(event: RecordedEvent, kind: NotificationKind) -> list[Occasion]:
    """Return the one occasion; none where the brand itself brought them."""
    if event.member_id is None:
        return []
    return [Occasion.of(event, kind, named=True)]


OCCASIONS: Mapping[str, Callable[[Connection, RecordedEvent], Awaitable[list[Occasion]]]] = {
    events.REFERRAL_CLAIMED: _joined,
    events.REFERRAL_QUALIFIED: _qualified,
}
