"""Undoing a decision: all that it did, in reverse, or nothing; its case is open again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from community.discussions.texts import clean_reason
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from moderation.cases import events as case_events
from moderation.cases.access import case_for
from moderation.decisions import events
from moderation.decisions.actions import BY_NAME
from moderation.decisions.deciding import STANDING, Decided
from moderation.decisions.effects import EFFECTS
from moderation.decisions.errors import DecisionOverlaid, DecisionUndone
from moderation.decisions.ruling import Ruling
from moderation.reports.outcomes import take_answers_back

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

_CASE_OF = "SELECT case_id FROM decision WHERE id = $1"
_DECISION = """
    SELECT decision.*, moderation_case.subject_kind, moderation_case.subject_id
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
    WHERE decision.id = $1 FOR NO KEY UPDATE OF decision
"""
_MEASURES = "SELECT action, before, after FROM measure WHERE decision_id = $1 ORDER BY position DESC"
_UNDO = "UPDATE decision SET undone_at = now(), undone_by = $2, undone_because = $3 WHERE id = $1"
_TAKE_STRIKE = "DELETE FROM strike WHERE decision_id = $1"
_BY_RULE = """
    SELECT decision.*, moderation_case.subject_kind, moderation_case.subject_id
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
    WHERE decision.parent_id = $1 AND decision.automated AND decision.undone_at IS NULL
    ORDER BY decision.id FOR NO KEY UPDATE OF moderation_case, decision
"""
_REOPEN = "UPDATE moderation_case SET closed_at = NULL, version = version + 1 WHERE id = $1"


async def undo_decision(connection: Connection, acting: Acting, decision_id: int, *, because: str) -> Decided:
    """Take back what a decision did; return what it was. Its case is open again. Whoever may take its actions may undo them.

    Raises:
        NotFound: if there is no such decision that is theirs to see.
        NotPermitted: if one of its actions is not theirs to take.
        DecisionUndone: if it is undone already.
        DecisionOverlaid: if something that it did was changed since.
        Invalid: unless a reason is given.
    """
    because = clean_reason(because)
    if not because:
        raise Invalid(field="because", reason="Say why.")
    case_id = await connection.raw.fetchval(_CASE_OF, decision_id)
    if case_id is None:
        raise NotFound(what="decision")
    try:
        case = await case_for(connection, acting, case_id)
    except NotFound as refusal:
        raise NotFound(what="decision") from refusal
    decision = await connection.raw.fetchrow(_DECISION, decision_id)
    assert decision is not None  # decisions stay
    if decision["undone_at"] is not None:
        raise DecisionUndone
    measures = await connection.raw.fetch(_MEASURES, decision_id)
    for measure in measures:
        permission = BY_NAME[measure["action"]].permission
        acting.require(permission, case["space_id"], action=f"undo {measure['action'].replace('_', ' ').lower()}")
    moved = False
    # What a rule did on occasion of it goes first, and its case needs nobody: there is nothing left of it to decide.
    for followed in await connection.raw.fetch(_BY_RULE, decision_id):
        moved |= await _take_back(connection, acting, followed, because, by_rule=True)
    moved |= await _take_back(connection, acting, decision, because)
    await connection.raw.execute(_TAKE_STRIKE, decision_id)
    await take_answers_back(connection, case_id)
    await _reopen(connection, case_id)
    reopened = Event(
        case_events.CASE_REOPENED,
        actor_id=acting.member_id,
        member_id=case["member_id"],
        subject_kind="case",
        subject_id=case_id,
        space_id=case["space_id"],
    )
    await record(connection, reopened)
    return Decided(decision_id, case_id, case["member_id"] or 0, moved)


async def _take_back(
    connection: Connection, acting: Acting, decision: asyncpg.Record, because: str, *, by_rule: bool = False
) -> bool:
    """Take back what a decision did, whose case is held; say whether that changes who may take part."""
    measures = await connection.raw.fetch(_MEASURES, decision["id"])
    # Of whom is gone nothing is left to be given back.
    if decision["member_id"] is not None:
        ruling = Ruling(
            decision["id"],
            acting,
            decision["subject_kind"],
            decision["subject_id"],
            decision["member_id"],
            because,
            by_rule,
        )
        for measure in measures:
            await EFFECTS[measure["action"]].undo(connection, ruling, measure["before"], measure["after"])
    await connection.raw.execute(_UNDO, decision["id"], acting.member_id, because)
    undone = Event(
        events.DECISION_UNDONE,
        actor_id=acting.member_id,
        member_id=decision["member_id"],
        subject_kind="decision",
        subject_id=decision["id"],
        space_id=decision["space_id"],
        data={"case": decision["case_id"], "because": because},
        context=acting.context,
    )
    await record(connection, undone)
    return any(measure["action"] in STANDING for measure in measures)


async def _reopen(connection: Connection, case_id: int) -> None:
    try:
        async with connection.savepoint():
            await connection.raw.execute(_REOPEN, case_id)
    except asyncpg.UniqueViolationError as error:
        raise DecisionOverlaid(what="it was reported again, and that case is open") from error
