"""Forecasts: asked for, made by a worker, read by who may see insights, and scored when sales are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from community.cocreation.jobs import HANDLERS
from community.cocreation.product_tests.lifecycle import Design, Money, close_product_test
from community.cocreation.product_tests.models.forecast import LEVELS
from community.cocreation.product_tests.models.scores import crps_of_quantiles
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, suspend
from tests.factories.product_tests import (
    forecast,
    make_crowd,
    make_interest,
    make_product_test,
    mark,
    sell,
    show,
    variants_of,
)

FORECAST = """
model market salesUntil serviceLevel learnsFromPurchases pastTests pastVariants computedAt
conversion(level: 0.8) { estimate low high level }
variants {
  variant { title } exposed interested ordering meanDemand criticalRatio quantity
  expectedProfit { amount currency } expectedLostSales expectedLeftOver
  perExposed { estimate low high level } demand { estimate low high level } sure: demand(level: 0.99) { low high level }
  score { actual withinInterval crps crpsRawRate crpsEqualShares }
}
score { tests variants coverage80 coverage95 crps crpsRawRate crpsEqualShares }
"""
READ = f"query($id: ID!) {{ productTest(id: $id) {{ forecast {{ {FORECAST} }} }} }}"
ACCURACY = "{ productForecastAccuracy { tests variants coverage80 coverage95 crps crpsRawRate crpsEqualShares } }"
PRICED = (
    Design("青花", price=Money(12_900, "CNY"), unit_cost=Money(4_000, "CNY"), salvage=Money(1_000, "CNY")),
    Design("素白", price=Money(9_900, "CNY"), unit_cost=Money(4_000, "CNY"), minimum_lot=50),
    Design("墨"),
)


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


def later(days: int = 30) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def asked(graphql: Client, by: Acting, test_id: int, **given: Any) -> Any:
    given = {"market": 10_000, "salesUntil": later(), **given}
    selection = "job { id state } productTest { id }"
    return await graphql.change(
        "forecastProductTest", selection, as_=by, productTest=f"product_test_{test_id}", **given
    )


async def read(graphql: Client, by: Acting | None, test_id: int) -> Any:
    answer = await graphql(READ, {"id": f"product_test_{test_id}"}, as_=by)
    return answer["productTest"]["forecast"]


async def test_a_forecast_is_made_from_what_members_did(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database), designs=PRICED)
    blue, white, _ = await variants_of(database, test_id)
    crowd = await make_crowd(database, 400)
    await make_interest(database, blue, crowd, ordering=40)
    await make_interest(database, white, crowd[:100], ordering=10)
    assert await read(graphql, marketer, test_id) is None

    done = await asked(graphql, marketer, test_id)
    assert (done["userErrors"], done["job"]["state"]) == ([], "QUEUED")
    await jobs.work(database, HANDLERS)

    job = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Job { state failure productForecast { market } } } }",
        {"id": done["job"]["id"]},
        as_=marketer,
    )
    assert job["node"] == {"state": "DONE", "failure": None, "productForecast": {"market": 10_000}}
    found = await read(graphql, marketer, test_id)
    assert (found["model"], found["pastTests"], found["pastVariants"], found["score"]) == (1, 0, 0, None)
    assert found["conversion"]["low"] < 0.5 < found["conversion"]["high"]
    first, second, third = found["variants"]
    assert [each["variant"]["title"] for each in found["variants"]] == ["青花", "素白", "墨"]
    assert [(each["exposed"], each["ordering"]) for each in found["variants"]] == [(400, 40), (100, 10), (0, 0)]
    # Ten of a hundred say what forty of four hundred say, and say it less surely; of what nobody saw little is known.
    assert first["perExposed"]["estimate"] == pytest.approx(0.1, abs=0.01)
    assert second["perExposed"]["estimate"] == pytest.approx(0.1, abs=0.01)
    widths = [each["perExposed"]["high"] - each["perExposed"]["low"] for each in found["variants"]]
    assert widths[0] < widths[1] < widths[2]
    for each in found["variants"]:
        assert each["demand"]["level"] == 0.8
        assert each["sure"]["low"] <= each["demand"]["low"] < each["demand"]["estimate"] < each["demand"]["high"]
        assert each["demand"]["high"] < each["sure"]["high"]
        assert each["demand"]["estimate"] < each["meanDemand"]
    assert first["criticalRatio"] == pytest.approx(8_900 / 11_900)
    assert second["criticalRatio"] == pytest.approx(5_900 / 9_900)
    assert first["demand"]["estimate"] < first["quantity"] < first["demand"]["high"]
    assert int(first["expectedProfit"]["amount"]) > 0
    assert first["expectedProfit"]["currency"] == "CNY"
    assert (third["quantity"], third["expectedProfit"], third["criticalRatio"]) == (None, None, None)


async def test_a_service_level_says_how_many_where_costs_do_not(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database), designs=PRICED)
    for variant in await variants_of(database, test_id):
        await make_interest(database, variant, await make_crowd(database, 50), ordering=5)

    await asked(graphql, marketer, test_id, serviceLevel=0.9)
    await jobs.work(database, HANDLERS)

    found = await read(graphql, marketer, test_id)
    assert [each["quantity"] for each in found["variants"]] == [each["demand"]["high"] for each in found["variants"]]
    assert found["variants"][2]["expectedProfit"] is None
    assert found["variants"][2]["expectedLostSales"] > 0


async def test_who_only_passed_by_or_is_suspended_or_signed_out_does_not_count(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)
    looked, passed, acted, gone = [await make_acting(database) for _ in range(4)]
    await show(database, looked, first, second)
    await show(database, passed, first, second, dwell_ms=300)
    await mark(database, acted, first, pieces=3)
    await show(database, gone, first)
    await mark(database, gone, first)
    await suspend(database, gone)
    await graphql.change(
        "recordExposure",
        "counted",
        as_=None,
        visit="visit",
        viewing="甲",
        exposures=[{"variant": f"variant_{first}", "dwellMs": 5_000}],
    )

    await asked(graphql, marketer, test_id)
    await jobs.work(database, HANDLERS)

    found = await read(graphql, marketer, test_id)
    assert [(each["exposed"], each["interested"], each["ordering"]) for each in found["variants"]] == [
        (2, 1, 1),
        (1, 0, 0),
    ]


async def test_the_same_facts_give_the_same_forecast(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database), designs=PRICED)
    for variant in await variants_of(database, test_id):
        await make_interest(database, variant, await make_crowd(database, 50), ordering=5, pieces=2)
    until = later()
    found = []
    for _ in range(2):
        await asked(graphql, marketer, test_id, salesUntil=until)
        await jobs.work(database, HANDLERS)
        answer = await read(graphql, marketer, test_id)
        answer.pop("computedAt")
        found.append(answer)

    assert found[0] == found[1]


async def test_a_forecast_is_scored_by_what_was_bought_in_its_time(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database), designs=PRICED)
    blue, white, _ = await variants_of(database, test_id)
    crowd = await make_crowd(database, 400)
    await make_interest(database, blue, crowd, ordering=80)
    await make_interest(database, white, crowd, ordering=40)
    await forecast(database, marketer, test_id, sales_over=True)
    before = await read(graphql, marketer, test_id)
    assert (before["score"], [each["score"] for each in before["variants"]]) == (None, [None] * 3)

    await sell(database, blue, 60)
    await sell(database, blue, 40, days_ago=20)
    await sell(database, blue, 1_000, days_ago=31)
    await sell(database, white, 500, days_ago=0)
    await sell(database, white, 900, days_ago=5)

    found = await read(graphql, marketer, test_id)
    first, second, third = [each["score"] for each in found["variants"]]
    assert (first["actual"], second["actual"], third) == (100, 900, None), "what nobody bought was not made"
    assert (first["withinInterval"], second["withinInterval"]) == (True, False)
    assert 0 < first["crps"] < second["crps"]
    async with database.reading() as connection:
        kept = await connection.raw.fetch("SELECT demand FROM variant_forecast ORDER BY variant_id LIMIT 2")
    for score, row in zip((first, second), kept, strict=True):
        assert score["crps"] == pytest.approx(crps_of_quantiles(np.array(row["demand"]), LEVELS, score["actual"]))
    # 200 would, half of whom do: the raw rate hits it; equal shares of 100, 50 and 0 do not.
    assert first["crpsRawRate"] == pytest.approx(0, abs=2)
    assert first["crpsEqualShares"] == pytest.approx(50, abs=2)
    expected = {
        "tests": 1,
        "variants": 2,
        "coverage80": 0.5,
        "coverage95": 0.5,
        **{
            name: pytest.approx((first[name] + second[name]) / 2) for name in ("crps", "crpsRawRate", "crpsEqualShares")
        },
    }
    assert found["score"] == expected
    assert (await graphql(ACCURACY, as_=marketer))["productForecastAccuracy"] == expected


async def test_accuracy_takes_the_last_forecast_of_each_test_and_says_of_how_many(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    nothing = (await graphql(ACCURACY, as_=marketer))["productForecastAccuracy"]
    assert (nothing["tests"], nothing["variants"], nothing["crps"], nothing["coverage80"]) == (0, 0, None, None)
    space = await make_space(database)
    graphql.application.viewers.forget()  # the space is new
    for market in (1_000, 4_000):
        test_id = await make_product_test(database, marketer, space)
        first, _ = await variants_of(database, test_id)
        await make_interest(database, first, await make_crowd(database, 100), ordering=20)
        await forecast(database, marketer, test_id, market=market * 100, sales_over=True)
        await forecast(database, marketer, test_id, market=market, sales_over=True)
        await sell(database, first, market // 10)
    await forecast(database, marketer, await make_product_test(database, marketer, space), market=1_000_000)

    found = (await graphql(ACCURACY, as_=marketer))["productForecastAccuracy"]

    assert (found["tests"], found["variants"], found["coverage80"]) == (2, 2, 1)


async def test_what_became_of_earlier_tests_is_learnt_from(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    crowd = await make_crowd(database, 400)
    for _ in range(4):
        test_id = await make_product_test(database, marketer, space)
        for variant in await variants_of(database, test_id):
            await make_interest(database, variant, crowd, ordering=100)
            await sell(database, variant, 25)
        await forecast(database, marketer, test_id, sales_over=True)
    new = await make_product_test(database, marketer, space)
    for variant in await variants_of(database, new):
        await make_interest(database, variant, crowd, ordering=100)

    await forecast(database, marketer, new)

    found = await read(graphql, marketer, new)
    # Of 250 pieces intended in each, 25 were bought.
    assert (found["pastTests"], found["pastVariants"]) == (4, 8)
    assert found["conversion"]["estimate"] == pytest.approx(0.1, rel=0.25)
    assert found["conversion"]["high"] < 0.5
    assert found["variants"][0]["demand"]["estimate"] == pytest.approx(25, abs=7)


async def test_a_sale_that_has_begun_can_be_learnt_from(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    crowd = await make_crowd(database, 400)
    for variant in await variants_of(database, test_id):
        await make_interest(database, variant, crowd, ordering=100)
        async with database.writing() as connection:
            await connection.raw.execute(
                """
                INSERT INTO purchase (product_test_id, external_id, variant_id, member_id, quantity, bought_at)
                SELECT $1, $2::bigint || '/' || member_id, $2, member_id, 1, now() - interval '1 day'
                FROM unnest($3::bigint[]) AS member_id
                """,
                test_id,
                variant,
                crowd[:90],
            )
    await forecast(database, marketer, test_id)
    guessed = await read(graphql, marketer, test_id)
    await forecast(database, marketer, test_id, learn_from_purchases=True)
    learnt = await read(graphql, marketer, test_id)

    assert guessed["conversion"]["estimate"] == pytest.approx(0.5, abs=0.02)
    assert learnt["conversion"]["estimate"] == pytest.approx(0.9, abs=0.15)
    assert learnt["conversion"]["high"] - learnt["conversion"]["low"] < 0.8


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"market": 0}, ["market"]),
        ({"market": 100_000_001}, ["market"]),
        ({"salesUntil": "2001-01-01T00:00:00Z"}, ["salesUntil"]),
        ({"salesUntil": "9999-01-01T00:00:00Z"}, ["salesUntil"]),
        ({"serviceLevel": 1.0}, ["serviceLevel"]),
        ({"serviceLevel": -0.5}, ["serviceLevel"]),
    ],
)
async def test_what_cannot_be_forecast_is_refused_by_the_field(
    graphql: Client, database: Database, marketer: Acting, given: Any, path: list[str]
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))

    done = await asked(graphql, marketer, test_id, **given)

    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", *path])
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM job") == 0


async def test_forecasts_are_for_who_runs_campaigns(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    test_id = await make_product_test(database, marketer, space)
    await forecast(database, marketer, test_id)
    member, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    hidden = await make_product_test(
        database, await make_acting(database, roles=(Role.ADMIN,)), await make_space(database, access="PRIVATE")
    )

    for by in (member, moderator):
        assert (await asked(graphql, by, test_id))["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert (await asked(graphql, marketer, hidden))["userErrors"][0]["code"] == "NOT_FOUND"
    draft = await make_product_test(database, marketer, space, opened=False)
    assert (await asked(graphql, marketer, draft))["userErrors"][0]["code"] == "PRODUCT_TEST_NOT_SHOWN"
    for viewer in (None, member, moderator):
        assert await read(graphql, viewer, test_id) is None
        assert (await graphql(ACCURACY, as_=viewer))["productForecastAccuracy"] is None


async def test_an_interval_is_asked_for_within_bounds(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    await forecast(database, marketer, test_id)
    document = (
        "query($id: ID!, $level: Float!) { productTest(id: $id) { forecast { conversion(level: $level) { low } } } }"
    )

    for level in (0, 1, -1, 0.999):
        answer = await graphql.ask(document, {"id": f"product_test_{test_id}", "level": level}, as_=marketer)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT"


async def test_a_closed_test_that_nobody_saw_is_forecast_all_the_same(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    async with database.writing() as connection:
        await close_product_test(connection, marketer, test_id)

    await forecast(database, marketer, test_id)

    found = await read(graphql, marketer, test_id)
    assert [each["exposed"] for each in found["variants"]] == [0, 0]
    assert all(each["demand"]["low"] < 100 and each["demand"]["high"] > 400 for each in found["variants"])
