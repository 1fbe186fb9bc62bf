"""What the lists and connections of moderation draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Interval, Select, cast, func, literal_column, select

from api.node import id_of
from api.reading.cursors import by_measure, by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.members.tables import restrictions
from moderation.appeals.tables import appeals
from moderation.audit.tables import audit_entries
from moderation.cases.tables import case_contents, case_notes, cases
from moderation.decisions.tables import decisions, measures, strike_policies, strikes
from moderation.health.tables import second_opinions
from moderation.reports.tables import report_reasons, reports
from moderation.visibility import claimed_by_viewer, decision_concerns

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

MOST_ON_RECORD = 100
"""Restrictions, or strikes, of one member."""


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
    where = [content.c.case_id == scope.row.c.case_id, claimed_by_viewer(scope.row, scope.viewer)]
    return Source(content, keys, "kept", where=where)


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


def decisions_made_at_once(scope: Scope) -> Source:
    """Draw on the decisions of which one was the first, in the order in which they were made."""
    decision = scope.enter(decisions)
    return Source(decision, (by_number(decision.c.id),), "id", where=[decision.c.parent_id == scope.row.c.id])


def own_notes(scope: Scope) -> Source:
    """Draw on what moderators tell the viewer about cases that they are the subject of, the latest first."""
    note, about = scope.enter(case_notes), cases.alias()
    own: Select[Any] = select(literal_column("1")).where(
        about.c.id == note.c.case_id, about.c.member_id == scope.viewer.member_id
    )
    where = [note.c.shown, own.exists()]
    if not scope.viewer.kind.signed_in:
        where = [literal_column("false")]
    return Source(note, (by_number(note.c.id, descending=True),), "id", where=where)


def decisions_about_member(scope: Scope) -> Source:
    """Draw on the decisions about a member, the latest first."""
    decision = scope.enter(decisions)
    keys = by_time(decision.c.decided_at, descending=True), by_number(decision.c.id, descending=True)
    return Source(decision, keys, "new", where=[decision.c.member_id == scope.row.c.id])


def cases_about_member(scope: Scope) -> Source:
    """Draw on the cases about a member, the latest first."""
    case = scope.enter(cases)
    return Source(case, (by_number(case.c.id, descending=True),), "id", where=[case.c.member_id == scope.row.c.id])


def reports_by_member(scope: Scope) -> Source:
    """Draw on what a member reported, the latest first."""
    report = scope.enter(reports)
    keys = by_time(report.c.reported_at, descending=True), by_number(report.c.id, descending=True)
    return Source(report, keys, "new", where=[report.c.reporter_id == scope.row.c.id])


def own_decisions(scope: Scope) -> Source:
    """Draw on the decisions about the viewer, the latest first."""
    decision = scope.enter(decisions)
    keys = by_time(decision.c.decided_at, descending=True), by_number(decision.c.id, descending=True)
    return Source(decision, keys, "new", where=[decision_concerns(decision, scope.viewer)])


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


def restrictions_of_member(scope: Scope) -> Source:
    """Draw on what a member may not do now, what ends last first."""
    return _holding(scope, scope.row.c.id)


def own_restrictions(scope: Scope) -> Source:
    """Draw on what the viewer may not do now, what ends last first."""
    return _holding(scope, scope.viewer.member_id)


def _holding(scope: Scope, member_id: ColumnElement[Any]) -> Source:
    restriction = scope.enter(restrictions)
    keys = by_time(restriction.c.until, descending=True), by_number(restriction.c.id)
    where = [restriction.c.member_id == member_id, restriction.c.until > func.now()]
    return Source(restriction, keys, "until", where=where)


def strikes_of_member(scope: Scope) -> Source:
    """Draw on the strikes on a member's record that have not expired, the latest first."""
    return _on_record(scope, scope.row.c.id)


def own_strikes(scope: Scope) -> Source:
    """Draw on the strikes on the viewer's record that have not expired, the latest first."""
    return _on_record(scope, scope.viewer.member_id)


def _on_record(scope: Scope, member_id: ColumnElement[Any]) -> Source:
    strike = scope.enter(strikes)
    keys = by_time(strike.c.given_at, descending=True), by_number(strike.c.decision_id, descending=True)
    return Source(strike, keys, "new", where=[strike.c.member_id == member_id, strike.c.expires_at > func.now()])


def policies_of_strikes(scope: Scope) -> Source:
    """Draw on what strikes suggest, the mildest first."""
    policy = scope.enter(strike_policies)
    return Source(policy, (by_number(policy.c.points), by_number(policy.c.id)), "points")


def suggested_policy(scope: Scope) -> Any:
    """Return the id of the gravest policy whose threshold an open case would pass, if something was found wrong."""
    case, policy, strike = scope.row, strike_policies.alias(), strikes.alias()
    day = cast(literal("1 day"), Interval)
    on_record = (
        select(func.coalesce(func.sum(strike.c.points), literal_column("0")))
        .where(
            strike.c.member_id == case.c.member_id,
            strike.c.expires_at > func.now(),
            strike.c.given_at > func.now() - policy.c.within_days * day,
        )
        .scalar_subquery()
    )
    return (
        select(policy.c.id)
        .where(case.c.closed_at.is_(None), on_record + case.c.severity >= policy.c.points)
        .order_by(policy.c.points.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )


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
