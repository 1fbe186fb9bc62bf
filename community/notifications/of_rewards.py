"""Who is told of what becomes of rewards and redemptions: whose they are, and nobody is named.

Not told is what is on its way (promised, held, under review): nothing can be done about it, whoever wants to know finds it
among their rewards, and who tries what is noticed need not be told at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from community.notifications.kinds import NotificationKind
from community.notifications.writing import Occasion
from community.rewards import events

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

_IS_VOUCHER = "SELECT kind = 'VOUCHER' FROM reward WHERE id = $1"
# A voucher is in the answer to the very request that redeems it.
_IS_TOLD = "SELECT fulfilment <> 'VOUCHER' FROM redemption WHERE id = $1"


async def _granted(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    voucher = await connection.raw.fetchval(_IS_VOUCHER, event.subject_id)
    return [Occasion.of(event, NotificationKind.VOUCHER_GIVEN if voucher else NotificationKind.REWARD_GRANTED)]


async def _rejected(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [Occasion.of(event, NotificationKind.REWARD_REJECTED)]


async def _reversed(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [Occasion.of(event, NotificationKind.REWARD_REVERSED)]


async def _expiring(_: Connection, event: RecordedEvent) -> list[Occasion]:
    # Lots that expire in the same days are one thing to think of.
    return [replace(Occasion.of(event, NotificationKind.POINTS_EXPIRING), subject_kind=None, subject_id=None)]


async def _fulfilled(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    if not await connection.raw.fetchval(_IS_TOLD, event.subject_id):
        return []
    return [Occasion.of(event, NotificationKind.REDEMPTION_FULFILLED)]


async def _cancelled(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [Occasion.of(event, NotificationKind.REDEMPTION_CANCELLED)]


OCCASIONS: Mapping[str, Callable[[Connection, RecordedEvent], Awaitable[list[Occasion]]]] = {
    events.REWARD_GRANTED: _granted,
    events.REWARD_REJECTED: _rejected,
    events.REWARD_REVERSED: _reversed,
    events.POINTS_EXPIRING: _expiring,
    events.REDEMPTION_FULFILLED: _fulfilled,
    events.REDEMPTION_CANCELLED: _cancelled,
}
