"""What came of a programme, in numbers, for who sees insights: from counts that are kept, never from the clicks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Integer,
    Interval,
    Select,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from api.node import id_of
from api.reading.connections import Connection
from api.reading.cursors import by_number
from api.reading.fields import Argument, column, connection, derived, embedded, expression, object_type, reference
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from api.referrals.enums import ReferralCohortLength, ReferralDimension
from api.referrals.funnels import COUNTS, ReferralFunnel, sums
from api.referrals.growth import ReferralGrowth
from api.referrals.types import ReferralCode, ReferralProgram
from api.windows import Window
from community.referrals.tables import codes, days, programs, referrals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]


_A_MOMENT, _A_DAY = (literal_column(f"interval '1 {unit}'", Interval) for unit in ("microsecond", "day"))
_NONE: ColumnElement[Any] = literal_column("0", Integer)
_NO_DAY, _NO_ONE = "'-infinity'::date", "9223372036854775807::bigint"
"""What stands for a part that is not asked for. It is no null, so that parts of two counts can be told to be the same, and comes last."""


def _asked(scope: Scope) -> Select[Any]:
    """Return what is asked, as the one row that all is read from; none for who does not see insights."""
    by = {dimension.value for dimension in scope.arguments.shape("by") or []}
    cohorts = scope.arguments.shape("cohorts") or ReferralCohortLength.WEEK
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
            cast(literal(cohorts.value.lower()), Text).label("cohorts"),
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
    return select(*sums(day, scope.row.c.by_cohort)).select_from(day.source).where(*_within(scope, day))


def _parts(
    asked: Any, day: ColumnElement[Any], counted: Row, referrer: ColumnElement[Any]
) -> dict[str, ColumnElement[Any]]:
    """Return by what is parted; what is not asked for is the same everywhere."""
    no_day, no_one = literal_column(_NO_DAY, Date), literal_column(_NO_ONE, BigInteger)
    cohort = cast(func.date_trunc(asked.cohorts, cast(day, DateTime)), Date)
    return {
        "day": case((asked.by_day, day), else_=no_day),
        "cohort": case((asked.by_cohort, cohort), else_=no_day),
        "channel": case((asked.by_channel, counted.c.channel), else_=literal("")),
        "campaign": case((asked.by_campaign, counted.c.campaign), else_=literal("")),
        "code_id": case((asked.by_code, counted.c.code_id), else_=no_one),
        "referrer_id": case((asked.by_referrer, func.coalesce(referrer, no_one)), else_=no_one),
    }


def _joined(scope: Scope) -> tuple[Row, ColumnElement[Any], list[ColumnElement[Any]]]:
    """Return the referrals of who joined on the days asked: them, the day, and the conditions."""
    referral, asked = scope.enter(referrals), scope.row.c
    day = cast(func.timezone("UTC", referral.c.claimed_at), Date)
    within = [
        referral.c.program_id == asked.program_id,
        referral.c.claimed_at >= func.timezone("UTC", cast(asked.from_day, DateTime)),
        # Of the day in which the window ends, all, as of the counts.
        referral.c.claimed_at < func.timezone("UTC", func.date_trunc("day", asked.until - _A_MOMENT) + _A_DAY),
    ]
    return referral, day, within


def _times(referral: Row) -> ColumnElement[Any]:
    """Return the medians and ninetieth percentiles of how long two steps took, in seconds: a list of two of each."""
    shares = literal_column("ARRAY[0.5, 0.9]::double precision[]", ARRAY(Double))

    def percentiles(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
        seconds = cast(func.extract("epoch", until - since), Double)
        return func.percentile_disc(shares).within_group(seconds)

    return func.jsonb_build_array(
        percentiles(referral.c.clicked_at, referral.c.claimed_at),
        percentiles(referral.c.claimed_at, referral.c.qualified_at),
    )


def _times_in_all(scope: Scope) -> Select[Any]:
    referral, _, within = _joined(scope)
    return select(_times(referral).label("times")).select_from(referral.source).where(*within)


def _key(parts: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return a part as one text, compared by its bytes alone."""
    return func.concat_ws(literal("\x1f"), *(cast(each, Text) for each in parts.values())).collate("C")


def _times_by_part(scope: Scope) -> ColumnElement[Any]:
    """Return how long it took, part by part, as one object.

    The database makes it once, and only where somebody asks; a join it would make row by row, knowing too little of how
    many parts there are.
    """
    referral, joined_on, within = _joined(scope)
    parts = _parts(scope.row.c, joined_on, referral, referral.c.referrer_id)
    timed = (
        select(*(each.label(name) for name, each in parts.items()), _times(referral).label("times"))
        .select_from(referral.source)
        .where(*within)
        .group_by(*parts.values())
        .subquery()
    )
    key = _key({name: timed.c[name] for name in parts})
    return select(func.jsonb_object_agg(key, timed.c.times)).scalar_subquery()


def _parted(scope: Scope) -> Source:
    """Draw on the counts, parted as was asked: by day in order of days, else those first that brought most."""
    day, code, asked = scope.enter(days), scope.enter(codes), scope.row.c
    parts = _parts(asked, day.c.day, day, code.c.member_id)
    grouped = (
        select(
            *(expression_.label(name) for name, expression_ in parts.items()),
            *(each.label(f"counted_{each.name}") for each in sums(day, asked.by_cohort)),
        )
        .select_from(day.source.join(code.source, code.c.id == day.c.code_id))
        # Of a day on which nobody joined and no link was followed, cohorts have nothing.
        .where(*_within(scope, day), ~asked.by_cohort | (day.c.sign_ups + day.c.clicks + day.c.bot_clicks > _NONE))
        .group_by(*parts.values())
        .subquery()
    )
    order = (
        grouped.c.day,
        grouped.c.cohort,
        grouped.c.counted_qualified.desc(),
        grouped.c.counted_sign_ups.desc(),
        grouped.c.counted_clicks.desc(),
        *(grouped.c[name] for name in parts if name not in {"day", "cohort"}),
    )
    placed = scope.enter(
        select(
            case((asked.by_day, grouped.c.day)).label("day"),
            case((asked.by_cohort, grouped.c.cohort)).label("cohort"),
            case((asked.by_channel, grouped.c.channel)).label("channel"),
            case((asked.by_campaign, grouped.c.campaign)).label("campaign"),
            func.nullif(grouped.c.code_id, literal_column(_NO_ONE, BigInteger)).label("code_id"),
            func.nullif(grouped.c.referrer_id, literal_column(_NO_ONE, BigInteger)).label("referrer_id"),
            *(grouped.c[f"counted_{name}"].label(name) for name in COUNTS),
            _times_by_part(scope).op("->")(_key({name: grouped.c[name] for name in parts})).label("times"),
            func.row_number().over(order_by=order).label("place"),
        )
        .select_from(grouped)
        .subquery()
    )
    return Source(placed, (by_number(placed.c.place),), "place")


def _percentile(step: int, place: int, description: str) -> Any:
    def sql(scope: Scope) -> ColumnElement[Any]:
        times = scope.row.c.times.op("->")(literal_column(str(step), Integer))
        return cast(times.op("->>")(literal_column(str(place), Integer)), Double)

    return expression(sql, description)


@object_type
class ReferralTimes:
    """How long it took those who joined on the days asked, in seconds; null where nobody has come so far."""

    sign_up_median: float | None = _percentile(0, 0, "From the click to joining: half took no longer.")
    sign_up_ninetieth: float | None = _percentile(0, 1, "Nine of ten took no longer.")
    qualified_median: float | None = _percentile(
        1, 0, "From joining to the last step, of those who have come to it: half took no longer."
    )
    qualified_ninetieth: float | None = _percentile(1, 1, "Nine of ten took no longer.")


def _first_moment(name: str) -> Any:
    return lambda scope: func.timezone("UTC", cast(getattr(scope.row.c, name), DateTime))


@object_type
class ReferralInsight:
    """The counts of one part: what it is not parted by is null."""

    day: datetime | None = expression(_first_moment("day"), "The day, by its first moment in UTC.")
    cohort: datetime | None = expression(
        _first_moment("cohort"), "The week or month in which they joined, by its first moment in UTC."
    )
    channel: str | None = column("channel", "The channel; empty where none was named.")
    campaign: str | None = column("campaign", "The campaign; empty where none was named.")
    code: ReferralCode | None = reference(lambda scope: scope.row.c.code_id, "The code.")
    referrer: LazyMember | None = reference(
        lambda scope: scope.row.c.referrer_id, "Who referred; null also where the brand did."
    )
    funnel: ReferralFunnel = embedded("How many came how far.")
    times: ReferralTimes = embedded("How long it took those who joined.", cost=5)


@object_type
class ReferralInsights:
    """What came of a programme within some days."""

    program: ReferralProgram | None = reference(lambda scope: scope.row.c.program_id, "The programme.")
    total: ReferralFunnel = derived(_total, "How many came how far in all.")
    growth: ReferralGrowth | None = reference(
        lambda scope: scope.row.c.program_id,
        "What its referrals are worth, of all days; null until it is computed, which the server sees to.",
        column="program_id",
        cost=5,
    )
    times: ReferralTimes = derived(_times_in_all, "How long it took those who joined, in all.", cost=5)
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
            "cohorts": Argument(ReferralCohortLength, "How long cohorts are.", ReferralCohortLength.WEEK),
        },
        cost=20,
    )
