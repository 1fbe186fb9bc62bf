"""Moderation as GraphQL shows it: reports, cases, decisions, appeals, and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Double, Interval, Select, Text, and_, case, cast, func, literal_column, or_, select

from api.discussions.space_types import Space
from api.labels import language_of
from api.members.types import Member
from api.moderation.enums import (
    AppealState,
    CaseKind,
    DecisionAction,
    Detection,
    ReasonBasis,
    ReportOutcome,
    Verdict,
)
from api.moderation.history_types import MemberHistory
from api.moderation.record_types import StrikePolicy
from api.moderation.report_types import ReportReason
from api.moderation.sources import (
    cases_of_subject,
    contents_of_case,
    decisions_made_at_once,
    decisions_of_case,
    measures_of,
    notes_of_case,
    reports_of_case,
    standing_decision,
    suggested_policy,
)
from api.moderation.team_types import Team
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    Argument,
    column,
    computed,
    connection,
    entity,
    expression,
    object_type,
    polymorphic,
    reference,
    rows,
)
from api.reading.json_sql import literal
from community.members.tables import members
from moderation.appeals.tables import appeals
from moderation.audit.tables import audit_entries
from moderation.cases.tables import case_notes, cases
from moderation.cases.urgency import DAY, EPOCH
from moderation.decisions.actions import UPHELD
from moderation.decisions.deciding import MOST_MEASURES
from moderation.decisions.grounds import OPEN_FOR
from moderation.decisions.reading import COLUMNS, facts_in_sql
from moderation.decisions.statement import facts_of, statement
from moderation.decisions.tables import decisions
from moderation.reports.tables import report_reasons, reports
from moderation.visibility import (
    case_seen,
    decision_concerns,
    judges,
    reads_audit_log,
    visible_appeals,
    visible_cases,
    visible_decisions,
    visible_notes,
    visible_reports,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope

LazyCase = Annotated["Case", strawberry.lazy("api.moderation.types")]
LazyDecision = Annotated["Decision", strawberry.lazy("api.moderation.types")]
LazyAppeal = Annotated["Appeal", strawberry.lazy("api.moderation.types")]

_NULL: ColumnElement[Any] = literal_column("NULL::bigint")


def _said(name: str, description: str) -> Any:
    return expression(lambda scope: scope.row.c.content.op("->>")(literal(name)), description)


def _reason() -> Any:
    return reference(lambda scope: scope.row.c.reason_id, "Why.", column="id")


@entity("report", reports, visible_reports)
class Report(Node):
    """Somebody says that something is wrong. Who made it sees it, and the moderators; nobody else does."""

    reason: ReportReason | None = _reason()
    body: str = column("body", "What the reporter had to say.")
    outcome: ReportOutcome = column("outcome", "What came of it.")
    reported_at: datetime = column("reported_at", "When.")
    answered_at: datetime | None = column("answered_at", "When it was decided on.")
    reporter: Member | None = reference(lambda scope: scope.row.c.reporter_id, "Who reported it; null: a guest.")
    weight: float | None = expression(
        lambda scope: case((_staff(scope), scope.row.c.weight)),
        "What the reporter's word counts, by how often moderators agreed with them; for moderators.",
    )
    case: LazyCase | None = reference(lambda scope: scope.row.c.case_id, "The case that it is part of; for moderators.")
    decision: LazyDecision | None = reference(
        lambda scope: scope.row.c.case_id,
        "What was decided, while that holds.",
        column="case_id",
        also=lambda _, decision: [decision.c.undone_at.is_(None)],
    )


def _staff(scope: Scope) -> ColumnElement[Any]:
    kind = scope.viewer.kind
    return literal_column("true" if kind.oversees or kind.moderates else "false")


@object_type
class CaseContent:
    """What was written when it was reported, whatever became of it afterwards."""

    revision: int = column("revision", "Its revision then.")
    title: str | None = _said("title", "A post's title.")
    body: str | None = _said("body", "A post's, comment's or appeal's body.")
    handle: str | None = _said("handle", "A member's handle.")
    display_name: str | None = _said("displayName", "A member's name.")
    bio: str | None = _said("bio", "What a member said of themselves.")
    image: str | None = _said("image", "An image's address.")
    alt: str | None = _said("alt", "What was said of an image, where it is shown, for who does not see it.")
    perceptual_hash: str | None = _said("perceptualHash", "An image's hash, as rules take it.")
    sha256: str | None = _said("sha256", "The SHA-256 of an image's bytes.")
    kept_at: datetime = column("kept_at", "When it was kept.")


@entity("case_note", case_notes, visible_notes)
class CaseNote(Node):
    """What moderators tell each other about a case, or whom it is about."""

    author: Member | None = reference(
        lambda scope: case((case_seen(scope.row.c.case_id, scope.viewer), scope.row.c.author_id), else_=_NULL),
        "Who wrote it, for moderators.",
    )
    body: str = column("body", "What it says.")
    shown: bool = column("shown", "Whether whom the case is about was told it.")
    created_at: datetime = column("created_at", "When it was written.")
    case: LazyCase | None = reference(lambda scope: scope.row.c.case_id, "On which case; for moderators.")


@entity("case", cases, visible_cases)
class Case(Node):
    """Something for moderators to look at. Its space's moderators see it; whom it is about does not, as a moderator."""

    kind: CaseKind = column("kind", "How it came about.")
    subject: Node | None = polymorphic(
        lambda scope: scope.row.c.subject_kind, lambda scope: scope.row.c.subject_id, "What it is about, as it is now."
    )
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Whom it is about.")
    other: Member | None = reference(
        lambda scope: scope.row.c.other_id,
        "Whom it concerns besides; of a case of the kind IDENTITY, whose account would stand for both.",
    )
    space: Space | None = reference(
        lambda scope: scope.row.c.space_id, "Whose moderators it is for; null: those of the whole community."
    )
    reason: ReportReason | None = _reason()
    severity: int = column("severity", "How grave the gravest reason given is, 1 to 5.")
    reach: float = column("reach", "1, and the logarithm of how many have to do with it.")
    weight: float = column("weight", "What the words of all who reported it count together.")
    report_count: int = column("report_count", "How many reported it.")
    priority: float = expression(
        lambda scope: func.exp(
            func.least(
                scope.row.c.urgency
                + (cast(func.extract("epoch", func.now()), Double) - literal_column(f"{EPOCH}"))
                / literal_column(f"{DAY}"),
                literal_column("50.0"),
            )
        ),
        "How urgent it is now: severity squared, times reach, times weight, and e times as much with each day.",
    )
    version: int = column("version", "Give it to `decide` as `expectedVersion`.")
    opened_at: datetime = column("opened_at", "Since when it waits.")
    respond_by: datetime = column(
        "respond_by", "Until when it is to be decided: by its team's clock, or else by that of what was reported."
    )
    overdue: bool = expression(
        lambda scope: and_(scope.row.c.closed_at.is_(None), scope.row.c.respond_by <= func.now()),
        "Whether it is open still, and was to be decided by now.",
    )
    claimed_by: Member | None = reference(
        lambda scope: case((scope.row.c.claimed_until > func.now(), scope.row.c.claimed_by)), "Who is looking at it."
    )
    claimed_until: datetime | None = expression(
        lambda scope: case((scope.row.c.claimed_until > func.now(), scope.row.c.claimed_until)), "Until when."
    )
    closed_at: datetime | None = column("closed_at", "When it was decided; null while it is open.")
    team: Team | None = reference(lambda scope: scope.row.c.team_id, "Whose it is to answer; null: nobody's yet.")
    assigned_to: Member | None = reference(lambda scope: scope.row.c.assigned_to, "Whose of the moderators.")
    member_history: MemberHistory | None = reference(
        lambda scope: scope.row.c.member_id, "What is known of whom it is about.", column="id"
    )
    other_history: MemberHistory | None = reference(
        lambda scope: scope.row.c.other_id, "What is known of `other`.", column="id"
    )
    suggestion: StrikePolicy | None = reference(
        suggested_policy,
        "What the record of whom it is about suggests, should this be found wrong; null where it suggests nothing, and once "
        "it is decided.",
        cost=5,
    )
    contents: Connection[CaseContent] = connection(
        contents_of_case, "What was written when it was reported, the latest revision first."
    )
    reports: Connection[Report] = connection(reports_of_case, "What was reported, those first whose word counts most.")
    notes: Connection[CaseNote] = connection(notes_of_case, "What moderators told each other.")
    decision: LazyDecision | None = reference(standing_decision, "What was decided, while that holds.")
    decisions: Connection[LazyDecision] = connection(
        decisions_of_case, "All that was decided, also what was undone, the latest first."
    )
    others: Connection[LazyCase] = connection(cases_of_subject, "Other cases about the same thing, the latest first.")


@object_type
class Measure:
    """What a decision did."""

    action: DecisionAction = column("action", "What.")
    until: datetime | None = column("until", "Until when; null: until it is undone.")


def _appealable(scope: Scope) -> ColumnElement[Any]:
    """Say whether the viewer may appeal: whom it concerns against what was found, a reporter against what was not."""
    if not (scope.viewer.kind.signed_in and scope.viewer.kind.writes):
        return literal_column("false")
    decision, mine = scope.row, appeals.alias()
    made: Select[Any] = select(literal_column("1")).where(
        mine.c.decision_id == decision.c.id, mine.c.appellant_id == scope.viewer.member_id
    )
    told = reports.alias()
    reported: Select[Any] = select(literal_column("1")).where(
        told.c.case_id == decision.c.case_id, told.c.reporter_id == scope.viewer.member_id
    )
    # Most concern one account, and then nothing is said of another.
    theirs = func.coalesce(decision_concerns(decision, scope.viewer), literal_column("false"))
    against_them = decision.c.verdict == literal(UPHELD)
    return and_(
        decision.c.undone_at.is_(None),
        decision.c.decided_at + cast(literal(f"{OPEN_FOR.days} days"), Interval) >= func.now(),
        or_(and_(against_them, theirs), and_(~against_them, reported.exists())),
        ~made.exists(),
    )


def _concerned_or_staff(scope: Scope) -> ColumnElement[Any]:
    return or_(decision_concerns(scope.row, scope.viewer), judges(scope.row, scope.viewer))


def _ground(scope: Scope) -> ColumnElement[Any]:
    reason = report_reasons.alias()
    ground: ColumnElement[Any] = select(reason.c.basis).where(reason.c.id == scope.row.c.reason_id).scalar_subquery()
    return ground


def _statement_inputs(scope: Scope) -> list[ColumnElement[Any]]:
    for name in COLUMNS:
        getattr(scope.row.c, name)  # that the row carries it
    member = members.alias()
    own = select(member.c.locale).where(member.c.id == scope.viewer.member_id).scalar_subquery()
    locale = func.coalesce(scope.arguments.value("locale", Text(), language_of), own, literal("en"))
    return [case((_concerned_or_staff(scope), literal_column(facts_in_sql(scope.row.alias)))), locale]


def _stated(facts: dict[str, Any] | None, locale: str) -> str | None:
    return None if facts is None else statement(facts_of(facts), locale)


@entity("decision", decisions, visible_decisions)
class Decision(Node):
    """The statement of reasons: what was found, against which rule or law, what was done, and what can be done about it."""

    verdict: Verdict = column("verdict", "What was found.")
    reason: ReportReason | None = _reason()
    ground: ReasonBasis = expression(_ground, "Whether it was against the law, or against the rules.")
    law: str | None = expression(
        lambda scope: case((_concerned_or_staff(scope), scope.row.c.law)),
        "Against which law, where it is one of law; for whom it concerns and for moderators.",
    )
    territorial_scope: list[str] = column(
        "territorial_scope", "Countries where it holds, as ISO 3166 has them; none: everywhere."
    )
    detection: Detection = column("detection", "How it was come upon.")
    automated_detection: bool = column("automated_detection", "Whether a program found it.")
    statement: str | None = computed(
        _statement_inputs,
        _stated,
        "All of it in words: what was done, where and how long, why, how it was come upon, and what can be done about it. For "
        "whom it concerns and for moderators.",
        arguments={
            "locale": Argument(str | None, "In which language: `en` or `zh`; null: the viewer's own.", None),
        },
        cost=10,
    )
    facts: str | None = expression(
        lambda scope: case((_concerned_or_staff(scope), scope.row.c.facts)),
        "What was found, in words, for whom it concerns and for moderators.",
    )
    measures: list[Measure] = rows(measures_of, "What was done.", limit=MOST_MEASURES)
    automated: bool = column("automated", "Whether a rule decided, and nobody looked at it.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Whom it concerns.")
    other: Member | None = reference(
        lambda scope: scope.row.c.other_id, "Whom it concerns besides; of MERGE, whose account stands for both."
    )
    decided_at: datetime = column("decided_at", "When.")
    decided_by: Member | None = reference(
        lambda scope: case((judges(scope.row, scope.viewer), scope.row.c.decided_by), else_=_NULL),
        "Who decided, for moderators.",
    )
    undone_at: datetime | None = column("undone_at", "When it was undone as a whole; null while it holds.")
    undone_because: str | None = column("undone_because", "Why it was undone.")
    parent: LazyDecision | None = reference(
        lambda scope: scope.row.c.parent_id, "The first of the decisions that were made at once."
    )
    made_at_once: Connection[LazyDecision] = connection(
        decisions_made_at_once, "Those that were made at once with it, of which it is the first."
    )
    case: LazyCase | None = reference(lambda scope: scope.row.c.case_id, "The case; for moderators.")
    appeal_until: datetime = expression(
        lambda scope: scope.row.c.decided_at + cast(literal(f"{OPEN_FOR.days} days"), Interval),
        "Until when one can appeal against it.",
    )
    viewer_can_appeal: bool = expression(_appealable, "Whether the viewer may appeal against it.")
    viewer_appeal: LazyAppeal | None = reference(
        lambda scope: scope.row.c.id,
        "The viewer's appeal against it.",
        column="decision_id",
        also=lambda scope, appeal: [appeal.c.appellant_id == scope.viewer.member_id],
    )


@entity("appeal", appeals, visible_appeals)
class Appeal(Node):
    """Somebody asks that a decision be looked at again. They see it, and the moderators who may judge it."""

    body: str = column("body", "Why the decision is wrong.")
    state: AppealState = column("state", "How far it has come.")
    answer: str | None = column("answer", "Why it was granted or denied.")
    appealed_at: datetime = column("appealed_at", "When.")
    decided_at: datetime | None = column("decided_at", "When it was judged.")
    appellant: Member | None = reference(lambda scope: scope.row.c.appellant_id, "Who appeals.")
    decision: LazyDecision | None = reference(lambda scope: scope.row.c.decision_id, "Against which decision.")
    case: LazyCase | None = reference(
        lambda scope: scope.row.c.case_id, "In which it waits to be judged; for moderators."
    )


@entity("audit_entry", audit_entries, reads_audit_log)
class AuditEntry(Node):
    """An act of staff. Entries are chained, so that a change afterwards shows. For who may read the audit log."""

    kind: str = column("kind", "What happened.")
    occurred_at: datetime = column("occurred_at", "When.")
    actor: Member | None = reference(lambda scope: scope.row.c.actor_id, "Who did it; null: the system, or gone.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "To whom.")
    space: Space | None = reference(lambda scope: scope.row.c.space_id, "In which space.")
    data: str | None = expression(
        lambda scope: cast(scope.row.c.data, Text), "What it says besides, as JSON; null where that had to go."
    )
    digest: str = expression(
        lambda scope: func.encode(scope.row.c.digest, literal("hex")), "SHA-256 of this entry and all before it."
    )
