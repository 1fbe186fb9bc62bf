"""Forecasts as GraphQL shows them: how many will be bought, how many to make, and how right earlier ones were."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.cocreation.product_tests.forecast_sources import (
    HIGHEST_LEVEL,
    LEAST_LEVEL,
    LEVEL,
    forecast_score,
    interval_of,
    money_of,
    variant_score,
    variants_forecast,
)
from api.graph.types import Interval
from api.money import Money
from api.reading.fields import Argument, column, derived, entity, object_type, reference, rows
from community.cocreation.product_tests.lifecycle import MOST_VARIANTS
from community.cocreation.product_tests.tables import product_forecasts, variant_forecasts
from community.cocreation.product_tests.visibility import visible_product_forecasts, visible_variant_forecasts

if TYPE_CHECKING:
    from api.cocreation.product_tests.types import Variant

LazyVariant = Annotated["Variant", strawberry.lazy("api.cocreation.product_tests.types")]


def _interval(name: str, description: str) -> Any:
    """Read an interval, as wide as is asked, from the quantiles in a column."""
    level = Argument(float, f"How sure the bounds are, {LEAST_LEVEL} to {HIGHEST_LEVEL}.", LEVEL)
    return derived(interval_of(name), description, arguments={"level": level})


@object_type
class VariantForecastScore:
    """How right a forecast of a variant was, now that its sales are over."""

    actual: float = column("actual", "How many pieces were bought from the forecast until the end of sales.")
    within_interval: bool = column("within_interval", "Whether that is within the 80% interval.")
    crps: float = column(
        "crps",
        "The continuous ranked probability score, in pieces: how far the whole distribution is from what happened. Smaller "
        "is better.",
    )
    crps_raw_rate: float = column(
        "crps_raw_rate", "The same of a naive forecast: the share seen to pre-order is the share to come."
    )
    crps_equal_shares: float = column(
        "crps_equal_shares", "The same of another: of all variants alike many are bought."
    )


@object_type
class ForecastAccuracy:
    """How right forecasts were, of variants that were made and whose sales are over."""

    tests: int = column("tests", "Of how many product tests: of few, all of this says little.")
    variants: int = column("variants", "Of how many variants.")
    coverage80: float | None = column(
        "coverage_80", "The share of variants whose purchases were within the 80% interval; should be near 0.8."
    )
    coverage95: float | None = column(
        "coverage_95", "The share of variants whose purchases were within the 95% interval; should be near 0.95."
    )
    crps: float | None = column(
        "crps", "The mean continuous ranked probability score, in pieces; to be compared with the next two."
    )
    crps_raw_rate: float | None = column("crps_raw_rate", "The same of the naive forecast by raw rates.")
    crps_equal_shares: float | None = column("crps_equal_shares", "The same of the naive forecast by equal shares.")


@entity("variant_forecast", variant_forecasts, visible_variant_forecasts)
class VariantForecast:
    """What a forecast says of one variant."""

    variant: LazyVariant | None = reference(lambda scope: scope.row.c.variant_id, "Which.", inherits=True)
    exposed: int = column(
        "exposed", "How many members had looked at it for a second or more, or did something about it."
    )
    interested: int = column("interested", "How many of them favoured it or voted for it.")
    ordering: int = column("ordering", "How many of them pre-ordered it.")
    per_exposed: Interval = _interval(
        "rate", "The share of those who look at it who would buy it; corrected for how many looked."
    )
    demand: Interval = _interval("demand", "How many pieces will be bought until the end of sales.")
    mean_demand: float = column(
        "mean_demand", "How many on average; above the estimate, which is as often too high as too low."
    )
    critical_ratio: float | None = column(
        "critical_ratio",
        "What one too few loses, of what one too few and one too many lose together; null without price and cost.",
    )
    quantity: float | None = column(
        "quantity", "How many to make; null where neither costs nor a service level say. A whole number."
    )
    expected_profit: Money | None = derived(
        money_of("expected_profit"), "What making so many earns on average; null without price and cost."
    )
    expected_lost_sales: float | None = column("expected_lost", "How many will be wanted and not be there, on average.")
    expected_left_over: float | None = column("expected_left", "How many will be there and not be wanted, on average.")
    score: VariantForecastScore | None = derived(
        variant_score,
        "How right this was; null until sales are over, and if nothing was bought: it was not made.",
        cost=5,
    )


@entity("product_forecast", product_forecasts, visible_product_forecasts)
class ProductForecast:
    """How many of each variant will be bought and how many to make, as it was thought at one moment. See docs/product_tests.md."""

    model: int = column("model", "The version of the definitions; forecasts of different versions are not compared.")
    computed_at: datetime = column("computed_at", "When it was made.")
    market: int = column("market", "How many people each variant will be shown to when it is sold, as was given.")
    sales_until: datetime = column("sales_until", "The end of sales: what is bought until then is forecast.")
    service_level: float | None = column(
        "service_level", "With what probability at least nobody is to go away without, as was given."
    )
    learns_from_purchases: bool = column(
        "learns_from_purchases", "Whether purchases so far were taken to tell how many of those who would buy do."
    )
    past_tests: int = column(
        "past_tests", "From how many earlier tests it was learnt how many buy of those who would; 0: it is a guess."
    )
    past_variants: int = column("past_variants", "From how many of their variants.")
    conversion: Interval = _interval("conversion", "How many pieces are bought for each piece that would be.")
    variants: list[VariantForecast] = rows(variants_forecast, "What it says of each variant.", limit=MOST_VARIANTS)
    score: ForecastAccuracy | None = derived(
        forecast_score, "How right it was over its variants; null until sales are over and purchases recorded.", cost=20
    )
