"""Claiming: one moderator looks at a case, and nobody else decides on it meanwhile. Who forgets it gives it back by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from moderation.cases import events
from moderation.cases.access import case_for, open_case_for
from moderation.cases.exposure import GRAVEST, refuse_exposure

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

CLAIMED_FOR = timedelta(minutes=15)

_CLAIM = """
    UPDATE moderation_case SET claimed_by = $2, claimed_until = clock_timestamp() + $3::interval WHERE id = $1
"""
_RELEASE = (
    "UPDATE moderation_case SET claimed_by = NULL, claimed_until = NULL WHERE id = $1 AND claimed_by = $2 RETURNING id"
)


async def claim_case(connection: Connection, acting: Acting, case_id: int, *, exposure_limit: int = 0) -> None:
    """Look at a case for a quarter of an hour; claimed again, the time begins anew.

    Of the gravest kind, one moderator is to decide no more than `exposure_limit` (0: as many as there are) within a day.

    Raises:
        NotFound: if there is no such case that is theirs to see.
        CaseClosed: if it is decided.
        CaseClaimed: if somebody else is looking at it.
        ExposureReached: if it is of the gravest kind, and they have decided as many as they should today.
    """
    case = await open_case_for(connection, acting, case_id)
    if exposure_limit and case["severity"] == GRAVEST:
        await refuse_exposure(connection, acting, exposure_limit)
    await connection.raw.execute(_CLAIM, case_id, acting.member_id, CLAIMED_FOR)
    if case["claimed_by"] != acting.member_id:
        await _tell(connection, acting, events.CASE_CLAIMED, case_id, case["space_id"])


async def release_case(connection: Connection, acting: Acting, case_id: int) -> None:
    """Give back a case that one has claimed; of one that is not theirs, nothing happens.

    Raises:
        NotFound: if there is no such case that is theirs to see.
    """
    case = await case_for(connection, acting, case_id)
    if await connection.raw.fetchval(_RELEASE, case_id, acting.member_id) is not None:
        await _tell(connection, acting, events.CASE_RELEASED, case_id, case["space_id"])


async def _tell(connection: Connection, acting: Acting, kind: str, case_id: int, space_id: int | None) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="case",
        subject_id=case_id,
        space_id=space_id,
        context=acting.context,
    )
    await record(connection, happened)
