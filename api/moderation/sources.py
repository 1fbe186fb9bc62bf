"""What the lists and connections of moderation draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, func, or_, select

from api.node import id_of
from api.reading.cursors import by_measure, by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from moderation.appeals.tables import appeals
from moderation.audit.tables import audit_entries
from moderation.cases.tables import case_contents, case_notes, cases
from moderation.decisions.tables import decisions, measures
from moderation.health.tables import second_opinions
from moderation.reports.tables import report_reasons, reports

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def queue(scope: Scope) -> Source:
    """Draw on cases: those that are open the most urgent first, those that are closed the latest first."""
    case = scope.enter(cases)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if given.get("kind") is not None:
        where.append(case.c.kind == literal(given["kind"].value))
    if given.get("space") is not None:
        where.append(case.c.space_id == _id(scope, "space", "space"))
    if given.get("member") is not None:
        where.append(case.c.member_id == _id(scope, "member", "member"))
    if given.get("claimed") is not None:
        mine = case.c.claimed_by == scope.viewer.member_id
        live = case.c.claimed_until > func.now()
        where.append(
            mine & live if given["claimed"] else or_(case.c.claimed_by.is_(None), case.c.claimed_until <= func.now())
        )
    if given.get("closed"):
        where.append(case.c.closed_at.is_not(None))
        return Source(case, (by_number(case.c.id, descending=True),), "closed", where=where)
    where.append(case.c.closed_at.is_(None))
    keys = by_measure(case.c.urgency, descending=True), by_number(case.c.id, descending=True)
    return Source(case, keys, "urgent", where=where)


def reasons_offered(scope: Scope) -> Source:
    """Draw on the reasons for which something can be reported."""
    reason = scope.enter(report_reasons)
    keys = by_number(reason.c.position), by_number(reason.c.id)
    return Source(reason, keys, "position", where=[reason.c.retired_at.is_(None)])


def reports_of_case(scope: Scope) -> Source:
    """Draw on a case's reports, those that count most first."""
    report = scope.enter(reports)
    keys = by_measure(report.c.weight, descending=True), by_number(report.c.id)
    return Source(report, keys, "weight", where=[report.c.case_id == scope.row.c.id], inherits=True)


def contents_of_case(scope: Scope) -> Source:
    """Draw on what was written when a case was reported, revision by revision."""
    content = scope.enter(case_contents)
    return Source(
        content, (by_number(content.c.revision, descending=True),), "kept", where=[content.c.case_id == scope.row.c.id]
    )


def contents_of_opinion(scope: Scope) -> Source:
    """Draw on what was written when a case was reported, of which a second opinion is asked."""
    content = scope.enter(case_contents)
    keys = (by_number(content.c.revision, descending=True),)
    return Source(content, keys, "kept", where=[content.c.case_id == scope.row.c.case_id])


def opinions_asked(scope: Scope) -> Source:
    """Draw on the second opinions that the viewer may give, the oldest first."""
    opinion = scope.enter(second_opinions)
    keys = by_time(opinion.c.drawn_at), by_number(opinion.c.id)
    return Source(opinion, keys, "drawn", where=[opinion.c.verdict.is_(None)])


def notes_of_case(scope: Scope) -> Source:
    """Draw on a case's notes, in order."""
    note = scope.enter(case_notes)
    return Source(note, (by_number(note.c.id),), "id", where=[note.c.case_id == scope.row.c.id], inherits=True)


def decisions_of_case(scope: Scope) -> Source:
    """Draw on what was decided about a case, the latest first."""
    decision = scope.enter(decisions)
    keys = (by_number(decision.c.id, descending=True),)
    return Source(decision, keys, "id", where=[decision.c.case_id == scope.row.c.id])


def cases_of_subject(scope: Scope) -> Source:
    """Draw on the other cases about the same thing, the latest first."""
    other, case = scope.enter(cases), scope.row
    where = [
        other.c.subject_kind == case.c.subject_kind,
        other.c.subject_id == case.c.subject_id,
        other.c.id != case.c.id,
    ]
    return Source(other, (by_number(other.c.id, descending=True),), "id", where=where)


def measures_of(scope: Scope) -> Source:
    """Draw on what a decision did, in order."""
    measure = scope.enter(measures)
    return Source(
        measure, (by_number(measure.c.position),), "position", where=[measure.c.decision_id == scope.row.c.id]
    )


def decisions_about_member(scope: Scope) -> Source:
    """Draw on the decisions about a member, the latest first."""
    decision = scope.enter(decisions)
    keys = by_time(decision.c.decided_at, descending=True), by_number(decision.c.id, descending=True)
    return Source(decision, keys, "new", where=[decision.c.member_id == scope.row.c.id])


def own_decisions(scope: Scope) -> Source:
    """Draw on the decisions about the viewer, the latest first."""
    decision = scope.enter(decisions)
    keys = by_time(decision.c.decided_at, descending=True), by_number(decision.c.id, descending=True)
    return Source(decision, keys, "new", where=[decision.c.member_id == scope.viewer.member_id])


def own_reports(scope: Scope) -> Source:
    """Draw on what the viewer reported, the latest first."""
    report = scope.enter(reports)
    keys = by_time(report.c.reported_at, descending=True), by_number(report.c.id, descending=True)
    return Source(report, keys, "new", where=[report.c.reporter_id == scope.viewer.member_id])


def own_appeals(scope: Scope) -> Source:
    """Draw on the viewer's appeals, the latest first."""
    appeal = scope.enter(appeals)
    keys = by_time(appeal.c.appealed_at, descending=True), by_number(appeal.c.id, descending=True)
    return Source(appeal, keys, "new", where=[appeal.c.appellant_id == scope.viewer.member_id])


def audit_log(scope: Scope) -> Source:
    """Draw on the audit log, the latest first."""
    entry = scope.enter(audit_entries)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    for name, column in (("actor", entry.c.actor_id), ("member", entry.c.member_id), ("space", entry.c.space_id)):
        if given.get(name) is not None:
            where.append(column == _id(scope, name, "space" if name == "space" else "member"))
    return Source(entry, (by_number(entry.c.id, descending=True),), "id", where=where)


def standing_decision(scope: Scope) -> Any:
    """Return the id of the decision on a case that holds; null while it is open."""
    decision = decisions.alias()
    return (
        select(decision.c.id)
        .where(decision.c.case_id == scope.row.c.id, decision.c.undone_at.is_(None))
        .scalar_subquery()
    )


def _id(scope: Scope, field: str, prefix: str) -> ColumnElement[Any]:
    return scope.arguments.value(f"filter.{field}", BigInteger(), lambda written: id_of(prefix, written))
