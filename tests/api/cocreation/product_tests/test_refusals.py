"""What a product test is refused, and to whom it is open."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.product_tests.marking import DESIGNS, made, mark, read
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, suspend


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": " "}, ["title"]),
        ({"variants": DESIGNS[:1]}, ["variants"]),
        ({"variants": DESIGNS[1:2] * 51}, ["variants"]),
        ({"variants": [{"title": "一"}, {"title": ""}]}, ["variants", "1", "title"]),
        ({"variants": [{"title": "一"}, {"title": "字" * 201}]}, ["variants", "1", "title"]),
        (
            {"variants": [{"title": "一", "imageUrl": "javascript:alert(1)"}, {"title": "二"}]},
            ["variants", "0", "imageUrl"],
        ),
        (
            {"variants": [{"title": "一", "imageUrl": 'https://x"onerror=1'}, {"title": "二"}]},
            ["variants", "0", "imageUrl"],
        ),
        (
            {"variants": [{"title": "一", "price": {"amount": "1.5", "currency": "EUR"}}, {"title": "二"}]},
            ["variants", "0", "price", "amount"],
        ),
        (
            {"variants": [{"title": "一", "price": {"amount": "0", "currency": "EUR"}}, {"title": "二"}]},
            ["variants", "0", "price"],
        ),
        (
            {"variants": [{"title": "一", "unitCost": {"amount": "5", "currency": "EUR"}}, {"title": "二"}]},
            ["variants", "0", "unitCost"],
        ),
        (
            {
                "variants": [
                    {
                        "title": "一",
                        **{name: {"amount": "5", "currency": "EUR"} for name in ("price", "unitCost", "salvage")},
                    },
                    {"title": "二"},
                ]
            },
            ["variants", "0", "salvage"],
        ),
        (
            {
                "variants": [
                    {"title": "一", "price": {"amount": "5", "currency": "EUR"}},
                    {"title": "二", "price": {"amount": "5", "currency": "CNY"}},
                ]
            },
            ["variants"],
        ),
        ({"variants": [{"title": "一", "price": {"amount": "5", "currency": "元"}}, {"title": "二"}]}, ["variants"]),
        ({"variants": [{"title": "一", "minimumLot": 0}, {"title": "二"}]}, ["variants", "0", "minimumLot"]),
    ],
)
async def test_what_cannot_be_shown_is_refused_by_the_field(
    graphql: Client, database: Database, marketer: Acting, given: Any, path: list[str]
) -> None:
    space = await make_space(database)
    asked = {"title": "什么？", "variants": [{"title": "一"}, {"title": "二"}], **given}

    done = await graphql.change(
        "createProductTest", "productTest { id }", as_=marketer, space=f"space_{space}", **asked
    )

    assert done["productTest"] is None
    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", *path])
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM product_test") == 0


async def test_who_may_run_tests_and_who_may_take_part(graphql: Client, database: Database, marketer: Acting) -> None:
    space, private = await make_space(database), await make_space(database, access="PRIVATE")
    member, outsider, gone = [await make_acting(database) for _ in range(3)]
    admin = await make_acting(database, roles=(Role.ADMIN,))
    refused = await graphql.change(
        "createProductTest",
        "productTest { id }",
        as_=member,
        space=f"space_{space}",
        title="我来",
        variants=[{"title": "一"}, {"title": "二"}],
    )
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    hidden = await made(graphql, admin, private)
    assert await read(graphql, hidden, outsider) is None
    assert (await mark(graphql, "voteForVariant", outsider, hidden["variants"][0]))["userErrors"][0][
        "code"
    ] == "NOT_FOUND"
    assert (await graphql.change("closeProductTest", "productTest { id }", as_=marketer, productTest=hidden["id"]))[
        "userErrors"
    ][0]["code"] == "NOT_FOUND"

    test = await made(graphql, marketer, space)
    assert (await mark(graphql, "voteForVariant", None, test["variants"][0]))["userErrors"][0][
        "code"
    ] == "UNAUTHENTICATED"
    await mark(graphql, "voteForVariant", gone, test["variants"][0])
    await suspend(database, gone)
    for verb in ("favouriteVariant", "voteForVariant", "preOrderVariant", "cancelPreOrder", "unfavouriteVariant"):
        done = await mark(graphql, verb, gone, test["variants"][1])
        assert done["userErrors"][0]["code"] == "ACCOUNT_SUSPENDED"
    for verb in ("openProductTest", "closeProductTest"):
        done = await graphql.change(verb, "productTest { id }", as_=member, productTest=test["id"])
        assert done["userErrors"][0]["code"] == "NOT_PERMITTED"
    again = await graphql.change("openProductTest", "productTest { id }", as_=marketer, productTest=test["id"])
    assert again["userErrors"][0]["code"] == "PRODUCT_TEST_NOT_DRAFT"


@pytest.mark.parametrize("quantity", [0, -1, 21, 2**31 - 1])
async def test_nobody_pre_orders_a_shopful(
    graphql: Client, database: Database, marketer: Acting, quantity: int
) -> None:
    test = await made(graphql, marketer, await make_space(database))
    member = await make_acting(database)

    done = await mark(graphql, "preOrderVariant", member, test["variants"][0], quantity=quantity)

    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", "quantity"])
    assert (await read(graphql, test, member))["variants"][0]["viewerPreOrder"] is None
