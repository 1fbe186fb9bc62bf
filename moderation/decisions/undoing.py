"""Undoing a decision: all that it did, in reverse, or nothing; its case is open again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from community.discussions.texts import clean_reason
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from moderation.cases import events as case_events
from moderation.cases.access import case_for
from moderation.decisions import events
from moderation.decisions.actions import BY_NAME
from moderation.decisions.content import SHOWN, locked
from moderation.decisions.deciding import STANDING, Decided
from moderation.decisions.effects import EFFECTS
from moderation.decisions.errors import ContentChanged, DecisionUndone
from moderation.decisions.ruling import Ruling, named
from moderation.reports.outcomes import take_answers_back
from moderation.teams.routing import restart_clock

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

_CASE_OF = "SELECT case_id FROM decision WHERE id = $1"
_DECISION = """
    SELECT decision.*, moderation_case.subject_kind, moderation_case.subject_id
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
    WHERE decision.id = $1 FOR NO KEY UPDATE OF decision
"""
_MADE_AT_ONCE = """
    SELECT id FROM decision WHERE parent_id = $1 AND NOT automated AND undone_at IS NULL ORDER BY id DESC
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
# A revision keeps what was said before it: the first, what was said at revision 0.
_SAID_AT = {
    "post": "SELECT title, body FROM post_revision WHERE post_id = $1 AND number = $2",
    "comment": "SELECT body FROM comment_revision WHERE comment_id = $1 AND number = $2",
}
_OPEN_ABOUT = """
    SELECT id FROM moderation_case
    WHERE kind = $1 AND subject_kind = $2 AND subject_id = $3 AND closed_at IS NULL AND id <> $4 FOR NO KEY UPDATE
"""
_SAID_THERE_TOO = """
    UPDATE report SET outcome = 'IGNORED', answered_at = now()
    WHERE case_id = $1 AND outcome = 'PENDING' AND EXISTS (
        SELECT FROM report AS there WHERE there.case_id = $2 AND there.reporter_id = report.reporter_id
    )
"""
_GO_THERE = """
    WITH gone AS (UPDATE report SET case_id = $2 WHERE case_id = $1 AND outcome = 'PENDING' RETURNING weight)
    UPDATE moderation_case SET
        report_count = report_count + (SELECT count(*) FROM gone), weight = weight + (SELECT coalesce(sum(weight), 0) FROM gone),
        version = version + 1
    WHERE id = $2
"""


async def undo_decision(
    connection: Connection, acting: Acting, decision_id: int, *, because: str, revision: int | None = None
) -> list[Decided]:
    """Take back what a decision did, and what was decided together with it; return what they were, it itself first.

    Of decisions that were made at once the first stands for all; any other is taken back by itself. What of them is undone
    already stays so. Either all are undone or none.

    Raises:
        As `undo_alone`.
    """
    made_at_once = await connection.raw.fetch(_MADE_AT_ONCE, decision_id)
    undone = [await undo_alone(connection, acting, row["id"], because=because) for row in made_at_once]
    try:
        own = await undo_alone(connection, acting, decision_id, because=because, revision=revision)
    except DecisionUndone:
        if not undone:
            raise
        return undone
    return [own, *undone]


async def undo_alone(
    connection: Connection, acting: Acting, decision_id: int, *, because: str, revision: int | None = None
) -> Decided:
    """Take back what one decision did; return what it was. Its case is open again, or another about the same.

    Whoever may take its actions may undo them.

    What was held can be edited meanwhile: to be shown it must be what was decided on, or the `revision` that was looked at.

    Raises:
        NotFound: if there is no such decision that is theirs to see.
        NotPermitted: if one of its actions is not theirs to take.
        DecisionUndone: if it is undone already.
        DecisionOverlaid: if something that it did was changed since.
        ActionNotPossible: if something that it did is final.
        ContentChanged: if what it would show was edited since.
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
    moved |= await _take_back(connection, acting, decision, because, revision=revision)
    await connection.raw.execute(_TAKE_STRIKE, decision_id)
    await take_answers_back(connection, case_id)
    # What a rule did to what is written leaves its case open.
    open_id: int = case_id
    if case["closed_at"] is not None:
        open_id = await _reopen(connection, case)
        reopened = Event(
            case_events.CASE_REOPENED,
            actor_id=named(acting),
            member_id=case["member_id"],
            subject_kind="case",
            subject_id=open_id,
            space_id=case["space_id"],
        )
        await record(connection, reopened)
    return Decided(decision_id, open_id, case["member_id"] or 0, moved)


async def _take_back(
    connection: Connection,
    acting: Acting,
    decision: asyncpg.Record,
    because: str,
    *,
    revision: int | None = None,
    by_rule: bool = False,
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
            revision=revision,
            automated=by_rule,
            other_id=decision["other_id"],
        )
        await _refuse_unseen(connection, ruling, measures)
        for measure in measures:
            await EFFECTS[measure["action"]].undo(connection, ruling, measure["before"], measure["after"])
    await connection.raw.execute(_UNDO, decision["id"], named(acting), because)
    undone = Event(
        events.DECISION_UNDONE,
        actor_id=named(acting),
        member_id=decision["member_id"],
        subject_kind="decision",
        subject_id=decision["id"],
        space_id=decision["space_id"],
        data={
            "case": decision["case_id"],
            "because": because,
            **({} if decision["other_id"] is None else {"other": decision["other_id"]}),
        },
        context=acting.context,
    )
    await record(connection, undone)
    return any(measure["action"] in STANDING for measure in measures)


async def _refuse_unseen(connection: Connection, ruling: Ruling, measures: Sequence[asyncpg.Record]) -> None:
    """Refuse to show what was edited while it was hidden, unless that is what was looked at; it is held from now on."""
    edits = 0
    for measure in measures:  # the last first
        before, after = measure["before"], measure["after"]
        if measure["action"] == "EDIT":
            edits += before != after
        elif "revision" in after and before["visibility"] in SHOWN and after["visibility"] not in SHOWN:
            row = await locked(connection, ruling)
            looked_at = after["revision"] + edits if ruling.revision is None else ruling.revision
            if row["visibility"] not in SHOWN and not await _says_the_same(connection, ruling, row, looked_at):
                raise ContentChanged(revision=row["revision_count"])


async def _says_the_same(connection: Connection, ruling: Ruling, row: asyncpg.Record, revision: int) -> bool:
    """Say whether a post or comment, held, says what it said at a revision: an edit that was undone is none."""
    if row["revision_count"] == revision:
        return True
    was = await connection.raw.fetchrow(_SAID_AT[ruling.subject_kind], ruling.subject_id, revision + 1)
    return was is not None and all(row[name] == said for name, said in was.items())


async def _reopen(connection: Connection, case: asyncpg.Record) -> int:
    """Open a case again; return its id. Where there is another about the same thing by now, what was reported goes there.

    Nobody's report is lost, and none is there twice: who has said it there as well has their answer from there.
    """
    case_id: int = case["id"]
    subject = (case["kind"], case["subject_kind"], case["subject_id"])
    open_id: int | None = await connection.raw.fetchval(_OPEN_ABOUT, *subject, case_id)
    if open_id is not None:
        await connection.raw.execute(_SAID_THERE_TOO, case_id, open_id)
        await connection.raw.execute(_GO_THERE, case_id, open_id)
        return open_id
    try:
        async with connection.savepoint():
            await connection.raw.execute(_REOPEN, case_id)
    except asyncpg.UniqueViolationError:
        # It was reported again this very moment.
        return await _reopen(connection, case)
    await restart_clock(connection, case_id)
    return case_id
