"""What forecasts of product tests, and how good they were, are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Integer,
    Select,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
)

from api.reading.cursors import by_number
from api.reading.readings import Scope, Source
from community.cocreation.product_tests.tables import product_forecasts, product_tests, variant_forecasts, variants
from community.cocreation.product_tests.visibility import visible_product_tests
from community.members.viewer import seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

LEVEL = 0.8
LEAST_LEVEL, HIGHEST_LEVEL = 0.01, 0.99

# Each variant of which anything was bought in the time that a forecast was for, once that is over. The score is the mean
# over all quantiles of twice their pinball loss; that of a single number is how far it is off.
_SCORED = """
    SELECT said.product_forecast_id, said.variant_id, forecast.product_test_id, happened.actual::double precision AS actual,
        happened.actual BETWEEN said.demand[20] AND said.demand[180] AS within_80,
        happened.actual BETWEEN said.demand[5] AND said.demand[195] AS within_95,
        crps.score AS crps, abs(happened.actual - said.raw_rate) AS crps_raw_rate,
        abs(happened.actual - said.equal_share) AS crps_equal_shares,
        NOT EXISTS (
            SELECT FROM product_forecast AS later
            WHERE later.product_test_id = forecast.product_test_id AND later.id > forecast.id AND later.sales_until <= now()
        ) AS last
    FROM variant_forecast AS said
        JOIN product_forecast AS forecast ON forecast.id = said.product_forecast_id
        CROSS JOIN LATERAL (
            SELECT sum(purchase.quantity) AS actual FROM purchase
            WHERE purchase.variant_id = said.variant_id
                AND purchase.bought_at > forecast.computed_at AND purchase.bought_at <= forecast.sales_until
        ) AS happened
        CROSS JOIN LATERAL (
            SELECT 2 * avg(greatest(
                    place / 200.0 * (happened.actual - quantile), (place / 200.0 - 1) * (happened.actual - quantile)
                )) AS score
            FROM unnest(said.demand) WITH ORDINALITY AS each (quantile, place)
        ) AS crps
    WHERE forecast.sales_until <= now() AND happened.actual > 0
"""
_COLUMNS: dict[str, Any] = {
    "product_forecast_id": BigInteger,
    "variant_id": BigInteger,
    "product_test_id": BigInteger,
    "actual": Double,
    "within_80": Boolean,
    "within_95": Boolean,
    "crps": Double,
    "crps_raw_rate": Double,
    "crps_equal_shares": Double,
    "last": Boolean,
}


def latest_forecast(scope: Scope) -> ColumnElement[Any]:
    """Return the latest forecast of a test."""
    forecast = product_forecasts.alias()
    return select(func.max(forecast.c.id)).where(forecast.c.product_test_id == scope.row.c.id).scalar_subquery()


def variants_forecast(scope: Scope) -> Source:
    """Draw on what a forecast says of variants, in the test's order."""
    forecast, variant = scope.enter(variant_forecasts), scope.enter(variants)
    return Source(
        forecast,
        (by_number(variant.c.position), by_number(variant.c.id)),
        "position",
        where=[forecast.c.product_forecast_id == scope.row.c.id],
        joined=[(variant, variant.c.id == forecast.c.variant_id)],
        inherits=True,
    )


def interval_of(name: str) -> Callable[[Scope], Select[Any]]:
    """Return a query of the bounds between which a column's quantiles have a probability."""

    def query(scope: Scope) -> Select[Any]:
        level = scope.arguments.value("level", Double(), _checked_level)
        quantiles = getattr(scope.row.c, name)
        half = cast(func.round(level * literal_column("100.0::double precision")), Integer)
        return select(
            quantiles[literal_column("100", Integer)].label("estimate"),
            quantiles[literal_column("100", Integer) - half].label("low"),
            quantiles[literal_column("100", Integer) + half].label("high"),
            cast(level, Double).label("confidence"),
        )

    return query


def _checked_level(level: Any) -> float:
    if not LEAST_LEVEL <= level <= HIGHEST_LEVEL:
        message = f"is {level}; give {LEAST_LEVEL} to {HIGHEST_LEVEL}."
        raise ValueError(message)
    return float(level)


def money_of(name: str) -> Callable[[Scope], Select[Any]]:
    """Return a query of an amount that a forecast's column holds, in whole minor units."""

    def query(scope: Scope) -> Select[Any]:
        forecast, test = product_forecasts.alias(), product_tests.alias()
        amount = getattr(scope.row.c, name)
        return (
            select(cast(func.round(amount), BigInteger).label("amount"), test.c.currency.label("currency"))
            .select_from(forecast.join(test, test.c.id == forecast.c.product_test_id))
            .where(forecast.c.id == scope.row.c.product_forecast_id, amount.is_not(None))
        )

    return query


def variant_score(scope: Scope) -> Select[Any]:
    """Make how good a forecast of a variant was."""
    scored: Any = _scored()
    return select(
        scored.c.actual,
        (scored.c.within_80).label("within_interval"),
        scored.c.crps,
        scored.c.crps_raw_rate,
        scored.c.crps_equal_shares,
    ).where(
        scored.c.product_forecast_id == scope.row.c.product_forecast_id,
        scored.c.variant_id == scope.row.c.variant_id,
    )


def forecast_score(scope: Scope) -> Select[Any]:
    """Make how good a forecast was over its variants; nothing where none is known."""
    scored: Any = _scored()
    query = _averaged(scored).where(scored.c.product_forecast_id == scope.row.c.id)
    return query.having(func.count() > literal_column("0"))


def accuracy(scope: Scope) -> Select[Any]:
    """Make how good the last forecasts of all tests were that the viewer may see; nothing for who may not see insights."""
    scored: Any = _scored()
    query = _averaged(scored).where(
        scored.c.last, seen(product_tests, visible_product_tests, scored.c.product_test_id, scope.viewer)
    )
    return query.having(literal_column("true" if scope.viewer.kind.sees_insights else "false"))


def _averaged(scored: Any) -> Select[Any]:
    def mean(values: Any) -> Any:
        return cast(func.avg(values), Double)

    return select(
        cast(func.count(scored.c.product_test_id.distinct()), Integer).label("tests"),
        cast(func.count(), Integer).label("variants"),
        mean(case((scored.c.within_80, literal_column("1")), else_=literal_column("0"))).label("coverage_80"),
        mean(case((scored.c.within_95, literal_column("1")), else_=literal_column("0"))).label("coverage_95"),
        mean(scored.c.crps).label("crps"),
        mean(scored.c.crps_raw_rate).label("crps_raw_rate"),
        mean(scored.c.crps_equal_shares).label("crps_equal_shares"),
    )


def _scored() -> Any:
    return text(_SCORED).columns(*(column(name, kind()) for name, kind in _COLUMNS.items())).subquery()
