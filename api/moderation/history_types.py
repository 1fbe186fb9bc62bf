"""What is known of a member beside a case: what was decided about them, what holds against them, and how they report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Double, Integer, cast, func, literal_column, select

from api.moderation.sources import cases_about_member, decisions_about_member, reports_by_member
from api.reading.connections import Connection
from api.reading.fields import connection, entity, expression
from community.members.tables import members
from moderation.cases.tables import cases
from moderation.decisions.tables import decisions, strikes
from moderation.reports.tables import reporters
from moderation.visibility import moderates, visible_histories

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.moderation.case_types import Case, Report
    from api.moderation.decision_types import Decision
    from api.reading.readings import Scope

LazyCase = Annotated["Case", strawberry.lazy("api.moderation.case_types")]
LazyDecision = Annotated["Decision", strawberry.lazy("api.moderation.decision_types")]
LazyReport = Annotated["Report", strawberry.lazy("api.moderation.case_types")]
_NOTHING = literal_column("0", Integer)


def _points(scope: Scope) -> ColumnElement[Any]:
    """Return what holds against a member now, of what was decided where the viewer moderates."""
    strike, decision = strikes.alias(), decisions.alias()
    points: Any = (
        select(func.coalesce(func.sum(strike.c.points), _NOTHING))
        .select_from(strike.join(decision, decision.c.id == strike.c.decision_id))
        .where(
            strike.c.member_id == scope.row.c.id,
            strike.c.expires_at > func.now(),
            moderates(scope.viewer, decision.c.space_id),
        )
        .scalar_subquery()
    )
    return cast(points, Integer)


def _reports_against(scope: Scope) -> ColumnElement[Any]:
    case = cases.alias()
    reports: Any = (
        select(func.coalesce(func.sum(case.c.report_count), _NOTHING))
        .where(case.c.member_id == scope.row.c.id, moderates(scope.viewer, case.c.space_id))
        .scalar_subquery()
    )
    return cast(reports, Integer)


def _counted(name: str) -> Any:
    def read(scope: Scope) -> ColumnElement[Any]:
        kept = reporters.alias()
        counted: Any = select(kept.c[name]).where(kept.c.member_id == scope.row.c.id).scalar_subquery()
        return func.coalesce(counted, _NOTHING)

    return read


def _accuracy(scope: Scope) -> ColumnElement[Any]:
    kept = reporters.alias()
    decided = kept.c.upheld + kept.c.declined
    share: ColumnElement[Any] = (
        select(cast(kept.c.upheld, Double) / func.nullif(decided, 0))
        .where(kept.c.member_id == scope.row.c.id)
        .scalar_subquery()
    )
    return share


@entity("member_history", members, visible_histories)
class MemberHistory:
    """What moderators know of a member, as far as it happened where they moderate. Nobody sees it of themselves."""

    decisions: Connection[LazyDecision] = connection(
        decisions_about_member, "What was decided about them, also what was undone, the latest first."
    )
    cases: Connection[LazyCase] = connection(cases_about_member, "Cases about them, the latest first.")
    reports: Connection[LazyReport] = connection(reports_by_member, "What they reported, the latest first.")
    strike_points: int = expression(
        _points, "What holds against them now: severities of what was found, for half a year."
    )
    reports_against: int = expression(_reports_against, "How many reports there were against what is theirs.")
    reports_upheld: int = expression(_counted("upheld"), "How many of their own reports moderators agreed with.")
    reports_declined: int = expression(_counted("declined"), "How many they did not agree with.")
    accuracy: float | None = expression(
        _accuracy, "The share of their reports that moderators agreed with; null: none was decided on."
    )
