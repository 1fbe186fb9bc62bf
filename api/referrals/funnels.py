"""How many came how far, from counts that are kept day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Double, Integer, Select, Text, case, cast, func, literal_column, select

from api.reading.fields import column, expression, object_type
from api.reading.readings import Row, Scope
from community.referrals.tables import codes, days

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

COUNTS = ("clicks", "bot_clicks", "people", "sign_ups", "verified", "qualified", "rewarded", "cost")
OF_COHORT = ("verified", "qualified", "rewarded", "cost")
"""What is kept of those who joined on a day as well, whenever it came about."""


def _for_insights(sql: Callable[[Scope], ColumnElement[Any]]) -> Callable[[Scope], ColumnElement[Any]]:
    """Tell something to who sees insights: to friends it would tell what each other earned."""
    return lambda scope: sql(scope) if scope.viewer.kind.sees_insights else cast(literal_column("NULL"), Text)


def _per_qualified(scope: Scope) -> ColumnElement[Any]:
    row = scope.row.c
    return cast(row.cost, Double) / func.nullif(row.qualified, literal_column("0"))


@object_type
class ReferralFunnel:
    """How many came how far."""

    clicks: int = column("clicks", "How often links were followed, by people as far as that can be told.")
    bot_clicks: int = column("bot_clicks", "How often programs followed them: previews, crawlers, scripts.")
    people: int = column("people", "How many different visitors there were, each counted once a day and code.")
    sign_ups: int = column("sign_ups", "How many joined.")
    verified: int = column("verified", "How many of them verified their address.")
    qualified: int = column("qualified", "How many came to the last step that their terms ask.")
    rewarded: int | None = expression(
        _for_insights(lambda scope: scope.row.c.rewarded),
        "For how many of them something was granted, and not taken back. Only who sees insights is told.",
    )
    cost: str | None = expression(
        _for_insights(lambda scope: cast(scope.row.c.cost, Text)),
        "What was granted for them, and not taken back, in points: smallest units of the budget, in decimal digits. Counted "
        "on the day of the first grant. Only who sees insights is told.",
    )
    cost_per_qualified: float | None = expression(
        _for_insights(_per_qualified), "That cost for each who qualified; null where nobody did, and as before."
    )


def sums(day: Row, of_cohort: ColumnElement[Any] | None = None) -> list[ColumnElement[Any]]:
    """Return the sums of all counts, by their names; where a condition holds, of those who joined on the days."""

    def counted(name: str) -> ColumnElement[Any]:
        on_the_day: ColumnElement[Any] = getattr(day.c, name)
        if of_cohort is None or name not in OF_COHORT:
            return on_the_day
        return case((of_cohort, getattr(day.c, f"cohort_{name}")), else_=on_the_day)

    return [
        cast(
            func.coalesce(func.sum(counted(name)), literal_column("0")), BigInteger if name == "cost" else Integer
        ).label(name)
        for name in COUNTS
    ]


def _funnel(day: Row, *where: ColumnElement[Any]) -> Select[Any]:
    return select(*sums(day)).select_from(day.source).where(*where)


def funnel_of_code(scope: Scope) -> Select[Any]:
    """Return the funnel of a code."""
    day = scope.enter(days)
    return _funnel(day, day.c.code_id == scope.row.c.id)


def funnel_of_program(scope: Scope) -> Select[Any]:
    """Return the funnel of a programme, to who may see insights."""
    day = scope.enter(days)
    counted = _funnel(day, day.c.program_id == scope.row.c.id)
    return counted if scope.viewer.kind.sees_insights else counted.having(literal_column("false"))


def funnel_of_viewer(scope: Scope) -> Select[Any]:
    """Return the funnel of all of the viewer's codes."""
    day, code = scope.enter(days), scope.enter(codes)
    own = select(code.c.id).select_from(code.source).where(code.c.member_id == scope.viewer.member_id)
    return _funnel(day, day.c.code_id.op("IN", is_comparison=True)(own.scalar_subquery()))
