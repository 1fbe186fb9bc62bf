"""Placing restrictions on members, and lifting them with the decision that placed them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from community.foundation.clock import now
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.events import MEMBER_RESTRICTED, MEMBER_UNRESTRICTED
from community.members.restrictions import Limit
from community.members.standing import may_judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from community.foundation.database import Connection

SHORTEST_PAUSE = 10
LONGEST_PAUSE = 86_400
"""Seconds between two contributions in slow mode."""

# Whoever writes counts on this row: they come before, or see what is placed.
_LOCK = "SELECT id FROM member WHERE id = $1 AND state <> 'ERASED' FOR NO KEY UPDATE"
_PLACE = "INSERT INTO restriction (member_id, kind, seconds, until, decision_id) VALUES ($1, $2, $3, $4, $5)"
_LIFT = "DELETE FROM restriction WHERE member_id = $1 AND decision_id = $2 RETURNING kind"
_KEEP = """
    UPDATE member SET limits = (
        SELECT jsonb_agg(jsonb_build_object('kind', kind, 'until', until, 'seconds', seconds) ORDER BY id)
        FROM restriction WHERE restriction.member_id = member.id AND restriction.until > now()
    ) WHERE id = $1
"""


class Restriction(NamedTuple):
    """One thing that a member may not do; `seconds` are those between contributions in slow mode."""

    limit: Limit
    seconds: int | None = None


async def place_restrictions(
    connection: Connection,
    actor_id: int | None,
    member_id: int,
    restrictions: Sequence[Restriction],
    *,
    until: datetime,
    decision_id: int,
) -> None:
    """Keep a member from some things until a moment, beside whatever they are kept from already.

    Raises:
        NotPermitted: unless the actor (none: a rule) may suspend members; administrators are judged by their like.
        NotOneself: for oneself.
        NotFound: if there is no such member.
        Invalid: if there is nothing in it, something twice, or slow mode without a pause it may have.
    """
    _refuse_unsound(restrictions, until)
    await may_judge(connection, actor_id, member_id, "restrict")
    if await connection.raw.fetchval(_LOCK, member_id) is None:
        raise NotFound(what="member")
    for each in restrictions:
        await connection.raw.execute(_PLACE, member_id, each.limit, each.seconds, until, decision_id)
    await connection.raw.execute(_KEEP, member_id)
    kinds = [each.limit for each in restrictions]
    await _record(
        connection,
        MEMBER_RESTRICTED,
        actor_id,
        member_id,
        {"limits": kinds, "until": until.isoformat(), "decision": decision_id},
    )


async def lift_restrictions(connection: Connection, actor_id: int | None, member_id: int, *, decision_id: int) -> None:
    """Lift what a decision placed, whether it has lapsed or not; what others placed holds on.

    Raises:
        NotPermitted, NotOneself: as for placing.
    """
    await may_judge(connection, actor_id, member_id, "restrict")
    await connection.raw.execute(_LOCK, member_id)
    lifted = sorted({row["kind"] for row in await connection.raw.fetch(_LIFT, member_id, decision_id)})
    if lifted:
        await connection.raw.execute(_KEEP, member_id)
        data = {"limits": lifted, "decision": decision_id}
        await _record(connection, MEMBER_UNRESTRICTED, actor_id, member_id, data)


def _refuse_unsound(restrictions: Sequence[Restriction], until: datetime) -> None:
    if until <= now():
        raise Invalid(field="until", reason="A restriction ends in the future.")
    if not restrictions or len({each.limit for each in restrictions}) < len(restrictions):
        raise Invalid(field="limits", reason="Name at least one, and each once.")
    for each in restrictions:
        if (each.limit is Limit.SLOW_MODE) != (each.seconds is not None):
            raise Invalid(field="limits", reason="SLOW_MODE needs seconds, and nothing else takes them.")
        if each.seconds is not None and not SHORTEST_PAUSE <= each.seconds <= LONGEST_PAUSE:
            raise Invalid(field="limits", reason=f"Slow mode is {SHORTEST_PAUSE} to {LONGEST_PAUSE} seconds.")


async def _record(
    connection: Connection, kind: str, actor_id: int | None, member_id: int, data: dict[str, object]
) -> None:
    happened = Event(
        kind, actor_id=actor_id, member_id=member_id, subject_kind="member", subject_id=member_id, data=data
    )
    await record(connection, happened)
