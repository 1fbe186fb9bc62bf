"""Forecasts: asked for by who runs campaigns, made by a worker from what members did, and kept as they were made.

Of members in good standing it counts who looked at a variant for `LEAST_DWELL` in all, or did something about it: what went by
on the screen was not seen, and whoever acted saw. So a variant at the end of the list, to which few come, is judged by those
who came. Visitors cannot pre-order, and are left out.

What became of earlier forecasts is learnt from, where it is known: of each test the last forecast whose sales are over, and
its variants of which any piece was bought since. Nothing bought means that it was not made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from community.cocreation.product_tests import events
from community.cocreation.product_tests.errors import ProductTestNotShown
from community.cocreation.product_tests.lifecycle import managed
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.jobs import ask
from community.members.acting import Acting
from community.members.roles import Permission

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

FORECASTING = "FORECASTING"
"""The kind of job that makes a forecast."""

LARGEST_MARKET = 100_000_000
LONGEST_SALE = timedelta(days=731)
LEAST_DWELL = 1_000
"""Milliseconds for which a variant is looked at by who has seen it."""

_IS_LATER = "SELECT $1::timestamptz > now() AND $1::timestamptz < now() + $2::interval"
_TEST = "SELECT id, space_id, state FROM product_test WHERE id = $1"
_FACTS = """
    WITH own AS (SELECT * FROM variant WHERE product_test_id = $1),
    acted AS (
        SELECT variant_id, member_id, true AS likes FROM variant_favourite WHERE variant_id IN (SELECT id FROM own)
        UNION ALL SELECT variant_id, member_id, true FROM variant_vote WHERE variant_id IN (SELECT id FROM own)
        UNION ALL SELECT variant_id, member_id, false FROM pre_order WHERE variant_id IN (SELECT id FROM own)
    ),
    saw AS (
        SELECT variant_id, member_id, bool_or(likes) AS likes FROM (
            SELECT * FROM acted
            UNION ALL SELECT variant_id, member_id, false FROM exposure
            WHERE variant_id IN (SELECT id FROM own) AND member_id IS NOT NULL AND dwell_ms >= $2
        ) AS each JOIN member ON member.id = member_id AND member.state = 'ACTIVE'
        GROUP BY variant_id, member_id
    )
    SELECT own.id, own.price, own.unit_cost, own.salvage, own.minimum_lot,
        (SELECT count(*) FROM saw WHERE variant_id = own.id) AS exposed,
        (SELECT count(*) FROM saw WHERE variant_id = own.id AND likes) AS interested,
        (SELECT count(*) FROM pre_order JOIN saw USING (variant_id, member_id) WHERE variant_id = own.id) AS ordering,
        (
            SELECT coalesce(sum(purchase.quantity), 0) FROM purchase JOIN saw USING (variant_id, member_id)
            WHERE variant_id = own.id AND bought_at <= now()
        ) AS bought
    FROM own ORDER BY position
"""
_PIECES = """
    SELECT quantity, count(*) AS orders FROM pre_order
        JOIN variant ON variant.id = variant_id JOIN member ON member.id = member_id
    WHERE product_test_id = $1 AND member.state = 'ACTIVE' GROUP BY quantity
"""
_PAST = """
    SELECT said.product_forecast_id, said.intended, said.intended_variance, sum(purchase.quantity) AS bought
    FROM (
        SELECT DISTINCT ON (product_test_id) * FROM product_forecast
        WHERE sales_until <= now() AND product_test_id <> $1 AND model = $2 ORDER BY product_test_id, id DESC
    ) AS forecast
        JOIN variant_forecast AS said ON said.product_forecast_id = forecast.id
        JOIN purchase ON purchase.variant_id = said.variant_id
            AND bought_at > forecast.computed_at AND bought_at <= forecast.sales_until
    GROUP BY said.product_forecast_id, said.variant_id HAVING sum(purchase.quantity) > 0
    ORDER BY said.product_forecast_id, said.variant_id
"""
_STORE = """
    INSERT INTO product_forecast (product_test_id, model, market, sales_until, service_level, learns_from_purchases,
        past_tests, past_variants, conversion)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""
_STORE_VARIANT = """
    INSERT INTO variant_forecast (product_forecast_id, variant_id, exposed, interested, ordering, rate, intended,
        intended_variance, demand, mean_demand, raw_rate, equal_share, critical_ratio, quantity, expected_profit,
        expected_lost, expected_left)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """What a forecast is made for: how many people each variant will be shown to when it is sold, and until when it is.

    `service_level`: with what probability at least nobody is to go away without. `learn_from_purchases`: whether what
    members bought so far of what they were shown tells how many of those who would buy do.
    """

    market: int
    sales_until: datetime
    service_level: float | None = None
    learn_from_purchases: bool = False


async def forecast_product_test(connection: Connection, acting: Acting, test_id: int, sale: Sale) -> int:
    """Ask for a forecast; return the job that makes it.

    Raises:
        NotFound: if the member may not see the test.
        NotPermitted: unless they run campaigns and may see insights.
        ProductTestNotShown: of a draft.
        Invalid: if something of the sale is not what it may be.
    """
    test = await managed(connection, acting, test_id)
    acting.require(Permission.SEE_INSIGHTS, action="forecast")
    if test["state"] == "DRAFT":
        raise ProductTestNotShown
    if not 1 <= sale.market <= LARGEST_MARKET:
        raise Invalid(field="market", reason=f"1 to {LARGEST_MARKET:,} people.")
    if sale.service_level is not None and not 0.01 <= sale.service_level <= 0.99:  # noqa: PLR2004 - as far as quantiles are kept
        raise Invalid(field="serviceLevel", reason="A probability, 0.01 to 0.99.")
    if not await connection.raw.fetchval(_IS_LATER, sale.sales_until, LONGEST_SALE):
        raise Invalid(field="salesUntil", reason="A moment to come, within two years.")
    parameters = {
        "productTest": test_id,
        "market": sale.market,
        "salesUntil": sale.sales_until.isoformat(),
        "serviceLevel": sale.service_level,
        "learnFromPurchases": sale.learn_from_purchases,
    }
    return await ask(connection, FORECASTING, parameters, asked_by=acting.member_id)


async def make_forecast(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Make a forecast and keep it; a job, whose result names it."""
    del job_id
    sale = Sale(
        parameters["market"],
        datetime.fromisoformat(parameters["salesUntil"]),
        parameters.get("serviceLevel"),
        bool(parameters.get("learnFromPurchases")),
    )
    test_id = int(parameters["productTest"])
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        test = await connection.raw.fetchrow(_TEST, test_id)
        if test is None or test["state"] == "DRAFT":
            raise NotFound(what="product test")
        if not await connection.raw.fetchval(_IS_LATER, sale.sales_until, LONGEST_SALE):
            raise Invalid(field="salesUntil", reason="The sale is over.")
        told(0.1, "facts")
        forecast_id = await keep_forecast(connection, test_id, sale)
        happened = Event(
            events.PRODUCT_FORECAST_MADE, subject_kind="product_test", subject_id=test_id, space_id=test["space_id"]
        )
        await record(connection, happened)
    return {"productForecast": forecast_id}


async def keep_forecast(connection: Connection, test_id: int, sale: Sale) -> int:
    """Make a forecast from what is in the database now, and keep it; return its id."""
    # Imported late: arrays are of no use to who only asks.
    from community.cocreation.product_tests.reckoning import Fact, Past, reckoned

    facts = [Fact(**row) for row in await connection.raw.fetch(_FACTS, test_id, LEAST_DWELL)]
    pieces = {row["quantity"]: row["orders"] for row in await connection.raw.fetch(_PIECES, test_id)}
    past = await _past(connection, test_id, Past)
    found = reckoned(test_id, facts, pieces, past, sale)
    forecast_id: int = await connection.raw.fetchval(
        _STORE,
        *(test_id, found.model, sale.market, sale.sales_until, sale.service_level, sale.learn_from_purchases),
        *(len(past), sum(len(each.bought) for each in past), found.conversion),
    )
    await connection.raw.executemany(_STORE_VARIANT, [(forecast_id, *row) for row in found.rows])
    return forecast_id


async def _past(connection: Connection, test_id: int, kind: Any) -> list[Any]:
    from community.cocreation.product_tests.models.forecast import MODEL

    together: dict[int, list[asyncpg.Record]] = {}
    for row in await connection.raw.fetch(_PAST, test_id, MODEL):
        together.setdefault(row["product_forecast_id"], []).append(row)

    def column(rows: Sequence[asyncpg.Record], name: str) -> list[float]:
        return [float(row[name]) for row in rows]

    names = ("bought", "intended", "intended_variance")
    return [kind(*(column(rows, name) for name in names)) for rows in together.values()]
