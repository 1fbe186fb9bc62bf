"""How many came how far, from counts that are kept day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, cast, func, literal_column, select

from api.reading.fields import column, object_type
from api.reading.readings import Row, Scope
from community.referrals.tables import codes, days

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

COUNTS = ("clicks", "bot_clicks", "people", "sign_ups", "verified", "qualified")


@object_type
class ReferralFunnel:
    """How many came how far."""

    clicks: int = column("clicks", "How often links were followed, by people as far as that can be told.")
    bot_clicks: int = column("bot_clicks", "How often programs followed them: previews, crawlers, scripts.")
    people: int = column("people", "How many different visitors there were, each counted once a day and code.")
    sign_ups: int = column("sign_ups", "How many joined.")
    verified: int = column("verified", "How many of them verified their address.")
    qualified: int = column("qualified", "How many came to the last step that their terms ask.")


def sums(day: Row) -> list[ColumnElement[Any]]:
    """Return the sums of all counts, by their names."""
    return [
        cast(func.coalesce(func.sum(getattr(day.c, name)), literal_column("0")), Integer).label(name) for name in COUNTS
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
