"""What a rule decides: at once and by nobody, with its reasons, open to appeal, and over once a person has decided.

The case stays open: what was decided by nobody waits for somebody.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from community.foundation.errors import NotFound
from community.foundation.events import Event, record
from moderation.appeals.events import APPEAL_DECIDED
from moderation.cases.events import CASE_CLOSED
from moderation.decisions import events
from moderation.decisions.actions import UPHELD
from moderation.decisions.effects import EFFECTS
from moderation.decisions.errors import DecisionOverlaid
from moderation.decisions.grounds import AUTOMATED
from moderation.decisions.ruling import Changed, Measure, Ruling

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting
    from moderation.subjects import Subject

# Whoever looked at the case before, person or rule, is not overruled by a rule.
_DECIDE = """
    INSERT INTO decision (
        case_id, verdict, reason_id, facts, member_id, space_id, automated, detection, automated_detection
    ) VALUES ($1, $2, $3, $4, $5, $6, true, $7, true)
    ON CONFLICT (case_id) WHERE undone_at IS NULL DO NOTHING RETURNING id
"""
_MEASURE = """
    INSERT INTO measure (decision_id, position, action, until, details, before, after) VALUES ($1, 0, $2, $3, $4, $5, $6)
"""
_MEASURES = "SELECT action, before, after FROM measure WHERE decision_id = $1 ORDER BY position DESC"
_SUPERSEDE = """
    UPDATE decision SET undone_at = now(), undone_by = $2, undone_because = $3
    WHERE case_id = $1 AND automated AND undone_at IS NULL RETURNING id
"""
# Who has appealed against what a rule did has a person's decision now: against it their appeal goes on, to be judged by yet
# another person; where it gives them what they asked for, the appeal is granted by it.
_CARRY_ON = "UPDATE appeal SET decision_id = $2 WHERE decision_id = $1 AND state = 'OPEN'"
_GRANT = """
    UPDATE appeal SET state = 'GRANTED', answer = $2, decided_by = $3, decided_at = now()
    WHERE decision_id = $1 AND state = 'OPEN' RETURNING id, appellant_id, case_id
"""
_CLOSE = """
    UPDATE moderation_case
    SET closed_at = now(), claimed_by = NULL, claimed_until = NULL, version = version + 1 WHERE id = $1
"""
TAKEN_BACK: Final = frozenset({"LABEL", "LIMIT"})
"""What ends with a rule's decision. Who wants it to stay decides it themselves."""
LOOKED_AT = "A person has looked at it, and decided. 已由人工复核并作出决定。"


async def decide_automatically(
    connection: Connection,
    case_id: int,
    subject: Subject,
    measure: Measure,
    changed: Changed,
    *,
    reason_id: int,
    facts: str,
) -> int | None:
    """Write down what a rule does; return the decision's id, None if there is one already that holds: then it does nothing.

    It leaves no strike, as nobody has found anything yet; and it answers no reports.
    """
    decision_id: int | None = await connection.raw.fetchval(
        _DECIDE, case_id, UPHELD, reason_id, facts, subject.member_id, subject.space_id, AUTOMATED
    )
    if decision_id is None:
        return None
    await connection.raw.execute(
        _MEASURE,
        decision_id,
        measure.action,
        measure.until,
        dict(measure.details),
        dict(changed.before),
        dict(changed.after),
    )
    happened = Event(
        events.DECISION_MADE,
        member_id=subject.member_id,
        subject_kind="decision",
        subject_id=decision_id,
        space_id=subject.space_id,
        data={"case": case_id, "verdict": UPHELD, "actions": [measure.action], "automated": True},
    )
    await record(connection, happened)
    return decision_id


async def supersede(connection: Connection, acting: Acting, case: asyncpg.Record) -> int | None:
    """Let what a rule decided about a case, held, be over: somebody decides now. Return which decision it was.

    What it hid is theirs to dispose of; any other thing that it did is taken back, unless it was changed since.
    """
    superseded: int | None = await connection.raw.fetchval(_SUPERSEDE, case["id"], acting.member_id, LOOKED_AT)
    if superseded is None or case["member_id"] is None:
        return superseded
    ruling = Ruling(
        superseded, acting, case["subject_kind"], case["subject_id"], case["member_id"], LOOKED_AT, automated=True
    )
    for measure in await connection.raw.fetch(_MEASURES, superseded):
        if measure["action"] in TAKEN_BACK:
            with suppress(DecisionOverlaid, NotFound):
                await EFFECTS[measure["action"]].undo(connection, ruling, measure["before"], measure["after"])
    return superseded


async def carry_appeals(
    connection: Connection, superseded: int, decision_id: int, verdict: str, *, decided_by: int, space_id: int | None
) -> None:
    """Have the appeals against what a rule decided go on against what a person has, or be granted by it."""
    if verdict == UPHELD:
        await connection.raw.execute(_CARRY_ON, superseded, decision_id)
        return
    for appeal in await connection.raw.fetch(_GRANT, superseded, LOOKED_AT, decided_by):
        await connection.raw.execute(_CLOSE, appeal["case_id"])
        told = {"actor_id": decided_by, "member_id": appeal["appellant_id"], "space_id": space_id}
        decided = {"decision": superseded, "granted": True}
        await record(
            connection,
            Event(APPEAL_DECIDED, subject_kind="appeal", subject_id=appeal["id"], data=decided, **told),
            Event(CASE_CLOSED, subject_kind="case", subject_id=appeal["case_id"], **told),
        )
