"""Suspending and reinstating outside of the queue: a decision all the same, with its reasons, its letter and its appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.members.standing import checked_terms, may_judge, reinstate_member
from moderation.decisions.deciding import decide_on
from moderation.decisions.errors import DecisionOverlaid, DecisionUndone
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure, named
from moderation.decisions.undoing import undo_alone
from moderation.subjects import subject_itself

if TYPE_CHECKING:
    from datetime import datetime

    from community.foundation.database import Connection
    from community.members.acting import Acting
    from moderation.decisions.deciding import Decided

REASON = "OTHER"
"""Which of the reasons it counts as: who has a rule or a law to name decides on a case."""
BECAUSE = "The member was reinstated. 该成员已恢复。"

_STATE = "SELECT state FROM member WHERE id = $1 AND state IN ('ACTIVE', 'SUSPENDED') FOR NO KEY UPDATE"
# What did more than to keep them from taking part is no mere suspension: the rest of it goes on.
_SUSPENSIONS = """
    SELECT decision.id FROM decision JOIN measure ON measure.decision_id = decision.id
    WHERE member_id = $1 AND undone_at IS NULL
    GROUP BY decision.id HAVING bool_and(action IN ('SUSPEND', 'BAN')) ORDER BY decision.id DESC
"""


async def suspend_by_decision(
    connection: Connection, acting: Acting, member_id: int, *, reason: str, until: datetime | None
) -> Decided:
    """Decide that a member may not take part until a day, or (with none) until somebody reinstates them.

    Raises:
        NotOneself, NotPermitted, LastAdministrator: as `community.members.standing.suspend_member`.
        NotFound: if there is no such member, or another account stands for theirs.
        Invalid: without a reason, or for a day that has passed.
    """
    reason = checked_terms(reason, until)
    await may_judge(connection, named(acting), member_id, "suspend")
    await _state(connection, member_id)
    measure = Measure("BAN") if until is None else Measure("SUSPEND", until)
    subject = await subject_itself(connection, "member", member_id)
    return await decide_on(connection, acting, subject, Judgement([measure], reason=REASON, facts=reason))


async def reinstate_by_decision(connection: Connection, acting: Acting, member_id: int, *, because: str = "") -> None:
    """Let a suspended member take part again: the decisions that keep them from it are undone, the latest first.

    What was decided of them besides stays.

    Raises:
        NotOneself, NotPermitted: as `community.members.standing.reinstate_member`.
        NotFound: if there is no such member, or another account stands for theirs.
    """
    await may_judge(connection, named(acting), member_id, "reinstate")
    await _state(connection, member_id)
    for row in await connection.raw.fetch(_SUSPENSIONS, member_id):
        if await _state(connection, member_id) == "ACTIVE":
            return
        try:
            async with connection.savepoint():
                await undo_alone(connection, acting, row["id"], because=because.strip() or BECAUSE)
        except (DecisionOverlaid, DecisionUndone):
            continue  # it was over before: something else keeps them from taking part
    await reinstate_member(connection, named(acting), member_id)


async def _state(connection: Connection, member_id: int) -> str:
    state: str | None = await connection.raw.fetchval(_STATE, member_id)
    if state is None:
        raise NotFound(what="member")
    return state
