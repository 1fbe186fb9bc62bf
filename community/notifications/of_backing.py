"""Who is told of what becomes of pledges: their backers, of what they did not do themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from community.cocreation.backing import events
from community.notifications.kinds import NotificationKind
from community.notifications.writing import Occasion

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

KINDS: Mapping[str, NotificationKind] = {
    events.PLEDGE_CAPTURED: NotificationKind.PLEDGE_CAPTURED,
    events.PLEDGE_CANCELLED: NotificationKind.PLEDGE_CANCELLED,
    events.PLEDGE_FAILED: NotificationKind.PLEDGE_FAILED,
    events.PLEDGE_REFUNDED: NotificationKind.PLEDGE_REFUNDED,
}


async def told_of_pledge(_: Connection, event: RecordedEvent) -> list[Occasion]:
    """Return the one occasion; none for who took their pledge back themselves, or is no member any more."""
    if event.member_id is None or event.actor_id == event.member_id:
        return []
    return [Occasion.of(event, KINDS[event.kind])]
