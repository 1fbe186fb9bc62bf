"""Decisions as GraphQL shows them: with their statements of reasons, and the appeals against them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Interval, Select, Text, and_, case, cast, func, literal_column, or_, select

from api.labels import language_of
from api.members.types import Member
from api.moderation.enums import (
    AppealState,
    DecisionAction,
    Detection,
    ReasonBasis,
    Verdict,
)
from api.moderation.report_types import ReportReason, reason_of
from api.moderation.sources import (
    decisions_made_at_once,
    measures_of,
)
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
    reference,
    rows,
)
from api.reading.json_sql import literal
from community.members.tables import members
from moderation.appeals.tables import appeals
from moderation.decisions.actions import UPHELD
from moderation.decisions.grounds import OPEN_FOR
from moderation.decisions.judgement import MOST_MEASURES
from moderation.decisions.reading import COLUMNS, facts_in_sql
from moderation.decisions.statement import facts_of, statement
from moderation.decisions.tables import decisions
from moderation.reports.tables import report_reasons, reports
from moderation.visibility import (
    decision_concerns,
    judges,
    visible_appeals,
    visible_decisions,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.moderation.case_types import Case
    from api.reading.readings import Scope

LazyCase = Annotated["Case", strawberry.lazy("api.moderation.case_types")]
LazyDecision = Annotated["Decision", strawberry.lazy("api.moderation.decision_types")]
LazyAppeal = Annotated["Appeal", strawberry.lazy("api.moderation.decision_types")]

_NULL: ColumnElement[Any] = literal_column("NULL::bigint")


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
    reason: ReportReason | None = reason_of()
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
