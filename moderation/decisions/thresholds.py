"""Strikes: what is on a member's record for a while, and what the community's policy says of so much of it.

A policy is a row: so many points within so many days suggest an action. Moderators see what is suggested beside the case, and
decide; where the row says so it is done at once, as a decision of its own that nobody looked at and everybody can appeal
against. A policy acts when its threshold is passed, not at every strike after that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from community.foundation.clock import now
from moderation.decisions.ruling import Measure

if TYPE_CHECKING:
    from community.foundation.database import Connection

LASTS = timedelta(days=180)

_STRIKE = """
    INSERT INTO strike (decision_id, member_id, reason_id, points, expires_at) VALUES ($1, $2, $3, $4, now() + $5::interval)
"""
# One after another: of two decisions at once, the second sees what the first has left on the record.
_HOLD = """
    SELECT EXISTS (SELECT FROM role_grant WHERE role_grant.member_id = member.id) AS staff
    FROM member WHERE id = $1 FOR NO KEY UPDATE
"""
_REACHED = """
    SELECT policy.* FROM strike_policy AS policy, LATERAL (
        SELECT coalesce(sum(points), 0) AS points FROM strike
        WHERE strike.member_id = $1 AND strike.expires_at > now()
            AND strike.given_at > now() - policy.within_days * interval '1 day'
    ) AS record
    WHERE policy.automatic AND record.points >= policy.points AND record.points - $2 < policy.points
    ORDER BY policy.points DESC LIMIT 1
"""
_SUGGESTED = """
    SELECT policy.action, policy.for_days FROM strike_policy AS policy, LATERAL (
        SELECT coalesce(sum(points), 0) AS points FROM strike
        WHERE strike.member_id = $1 AND strike.expires_at > now()
            AND strike.given_at > now() - policy.within_days * interval '1 day'
    ) AS record
    WHERE record.points >= policy.points ORDER BY policy.points DESC LIMIT 1
"""


class Suggestion(NamedTuple):
    """What a record suggests."""

    action: str
    days: int | None
    """How long; None: for good, or it has no end."""


async def give_strike(connection: Connection, decision_id: int, member_id: int, reason_id: int, points: int) -> None:
    """Leave a strike on a member's record, until it expires; they are held until the transaction ends."""
    await connection.raw.execute(_HOLD, member_id)
    await connection.raw.execute(_STRIKE, decision_id, member_id, reason_id, points, LASTS)


async def suggested(connection: Connection, member_id: int) -> Suggestion | None:
    """Return what a member's record suggests as it is now; of several, the gravest."""
    row = await connection.raw.fetchrow(_SUGGESTED, member_id)
    return None if row is None else Suggestion(row["action"], row["for_days"])


async def passed(connection: Connection, member_id: int, points: int) -> Measure | None:
    """Return what policy does by itself now that a member was given so many points; of several, the gravest.

    Staff are judged by people alone.
    """
    if await connection.raw.fetchval(_HOLD, member_id):
        return None
    row = await connection.raw.fetchrow(_REACHED, member_id, points)
    if row is None:
        return None
    until = None if row["for_days"] is None else now() + timedelta(days=row["for_days"])
    details: dict[str, Any] = {"limits": row["limits"]} if row["limits"] else {}
    if row["seconds"] is not None:
        details["seconds"] = row["seconds"]
    return Measure(row["action"], until, details)
