"""How much of the gravest one moderator looks at: so many decisions within a day, and then it is somebody else's turn.

Who looks at harm all day is harmed by it. What was decided counts, not what was looked at: it is what the log knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from moderation.cases.errors import ExposureReached

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

GRAVEST: Final = 5
"""Severity: danger to somebody."""

# The oldest of those that count is the first that will count no more. What was undone was looked at all the same.
_DECIDED = """
    SELECT count(*) AS decided, min(decided_at) + interval '1 day' AS until FROM (
        SELECT decision.decided_at FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
        WHERE decision.decided_by = $1 AND decision.decided_at > now() - interval '1 day' AND severity = $2
        ORDER BY decision.decided_at DESC LIMIT $3
    ) AS counted
"""
_OTHERS = """
    SELECT count(*) FROM (
        SELECT FROM moderation_case
        WHERE closed_at IS NULL AND severity < $2 AND member_id IS DISTINCT FROM $1
            AND ($3::boolean OR space_id = ANY($4::bigint[])) LIMIT 1000
    ) AS waiting
"""


async def refuse_exposure(connection: Connection, acting: Acting, limit: int) -> None:
    """Refuse another of the gravest cases to who has decided as many as they should.

    Raises:
        ExposureReached: with when they may again, and how many others wait.
    """
    row = await connection.raw.fetchrow(_DECIDED, acting.member_id, GRAVEST, limit)
    assert row is not None  # a count is a row
    if row["decided"] < limit:
        return
    others = await connection.raw.fetchval(
        _OTHERS, acting.member_id, GRAVEST, acting.moderates_everywhere, sorted(acting.moderated_space_ids)
    )
    raise ExposureReached(decided=row["decided"], until=row["until"], others=others)
