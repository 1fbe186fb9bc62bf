"""What came of a programme, in numbers, for who sees insights: from counts that are kept, never from the clicks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Select, case, cast, func, literal_column, select

from api.node import id_of
from api.reading.connections import Connection
from api.reading.cursors import by_number
from api.reading.fields import Argument, column, connection, derived, embedded, expression, object_type, reference
from api.reading.readings import Row, Scope, Source
from api.referrals.enums import ReferralDimension
from api.referrals.funnels import ReferralFunnel, sums
from api.referrals.types import ReferralCode, ReferralProgram
from api.windows import Window
from community.referrals.tables import codes, days, programs

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]


def _asked(scope: Scope) -> Select[Any]:
    """Return what is asked, as the one row that all is read from; none for who does not see insights."""
    by = {dimension.value for dimension in scope.arguments.shape("by") or []}
    program = scope.enter(programs)
    program_id = scope.arguments.value("program", BigInteger(), lambda id_: id_of("referral_program", id_))
    dimensions = [
        literal_column("true" if each.value in by else "false", Boolean).label(f"by_{each.value.lower()}")
        for each in ReferralDimension
    ]
    start = scope.arguments.value("window.from", DateTime(timezone=True))
    return (
        select(
            program.c.id.label("program_id"),
            cast(func.timezone("UTC", start), Date).label("from_day"),
            cast(func.timezone("UTC", scope.arguments.value("window.to", DateTime(timezone=True))), DateTime).label(
                "until"
            ),
            *dimensions,
        )
        .select_from(program.source)
        .where(program.c.id == program_id, literal_column("true" if scope.viewer.kind.sees_insights else "false"))
    )


def _within(scope: Scope, day: Row) -> list[ColumnElement[Any]]:
    asked = scope.row.c
    return [day.c.program_id == asked.program_id, day.c.day >= asked.from_day, day.c.day < asked.until]


def _total(scope: Scope) -> Select[Any]:
    day = scope.enter(days)
    return select(*sums(day)).select_from(day.source).where(*_within(scope, day))


def _parted(scope: Scope) -> Source:
    """Draw on the counts, parted as was asked: by day in order of days, else those first that brought most."""
    day, code, asked = scope.enter(days), scope.enter(codes), scope.row.c
    parts = {
        "day": case((asked.by_day, day.c.day)),
        "channel": case((asked.by_channel, day.c.channel)),
        "campaign": case((asked.by_campaign, day.c.campaign)),
        "code_id": case((asked.by_code, day.c.code_id)),
        "referrer_id": case((asked.by_referrer, code.c.member_id)),
    }
    counts = sums(day)
    grouped = (
        select(*(expression_.label(name) for name, expression_ in parts.items()), *counts)
        .select_from(day.source.join(code.source, code.c.id == day.c.code_id))
        .where(*_within(scope, day))
        .group_by(*parts.values())
        .subquery()
    )
    order = (
        grouped.c.day,
        grouped.c.qualified.desc(),
        grouped.c.sign_ups.desc(),
        grouped.c.clicks.desc(),
        *(grouped.c[name] for name in parts if name != "day"),
    )
    placed = scope.enter(select(grouped, func.row_number().over(order_by=order).label("place")).subquery())
    return Source(placed, (by_number(placed.c.place),), "place")


@object_type
class ReferralInsight:
    """The counts of one part: what it is not parted by is null."""

    day: datetime | None = expression(
        lambda scope: func.timezone("UTC", cast(scope.row.c.day, DateTime)), "The day, by its first moment in UTC."
    )
    channel: str | None = column("channel", "The channel; empty where none was named.")
    campaign: str | None = column("campaign", "The campaign; empty where none was named.")
    code: ReferralCode | None = reference(lambda scope: scope.row.c.code_id, "The code.")
    referrer: LazyMember | None = reference(
        lambda scope: scope.row.c.referrer_id, "Who referred; null also where the brand did."
    )
    funnel: ReferralFunnel = embedded("How many came how far.")


@object_type
class ReferralInsights:
    """What came of a programme within some days."""

    program: ReferralProgram | None = reference(lambda scope: scope.row.c.program_id, "The programme.")
    total: ReferralFunnel = derived(_total, "How many came how far in all.")
    rows: Connection[ReferralInsight] = connection(
        _parted,
        "The same, parted as was asked: by day in the order of days, and within a day, or without days, those first that "
        "brought most.",
    )


def insights() -> Any:
    """Declare the field."""
    return derived(
        _asked,
        "What came of a programme, from counts that are kept day by day in UTC. For who sees insights; null to others.",
        arguments={
            "program": Argument(strawberry.ID, "The programme's id."),
            "window": Argument(Window, "The days: all that begin before its end, from the one on that it begins in."),
            "by": Argument(list[ReferralDimension], "By what the counts are parted; by nothing: one row.", []),
        },
        cost=20,
    )
