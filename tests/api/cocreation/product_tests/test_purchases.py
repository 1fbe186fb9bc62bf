"""Purchases as the brand's shop tells them: told twice they are one, told otherwise they are corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.cocreation.product_tests.purchases import Purchase, record_purchases
from community.cocreation.product_tests.tallies import differences
from community.foundation.database import Database
from community.members.access_tokens import create_access_token
from community.members.acting import Acting
from community.members.principals import ALL_SCOPES, Principal, Scope
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space
from tests.factories.product_tests import make_product_test, variants_of

COUNTS = "added corrected unchanged"
YESTERDAY = "2026-01-02T03:04:05Z"


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


def line(name: str, variant: int, quantity: int = 1, **given: Any) -> dict[str, Any]:
    return {"externalId": name, "variant": f"variant_{variant}", "quantity": quantity, "boughtAt": YESTERDAY, **given}


async def recorded(graphql: Client, by: Acting, *lines: Mapping[str, Any]) -> Any:
    return await graphql.change("recordPurchases", COUNTS, as_=by, purchases=list(lines))


async def pieces(graphql: Client, marketer: Acting, test_id: int) -> list[tuple[int, float]]:
    document = "query($id: ID!) { productTest(id: $id) { variants { funnel { purchases piecesPurchased } } } }"
    answer = await graphql(document, {"id": f"product_test_{test_id}"}, as_=marketer)
    funnels = [each["funnel"] for each in answer["productTest"]["variants"]]
    return [(each["purchases"], each["piecesPurchased"]) for each in funnels]


async def test_a_line_told_again_is_the_same_and_told_otherwise_is_corrected(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)
    buyer = await make_acting(database)
    known = line("1001/1", first, 2, member=f"member_{buyer.member_id}")

    done = await recorded(graphql, marketer, known, line("单号二", second, 3))
    again = await recorded(graphql, marketer, known, line("单号二", second, 3), line("1003", first))
    moved = await recorded(graphql, marketer, line("1001/1", second, 5), line("单号二", second, 0))

    assert [[each[name] for name in COUNTS.split()] for each in (done, again, moved)] == [
        [2, 0, 0],
        [1, 0, 2],
        [0, 2, 0],
    ]
    assert await pieces(graphql, marketer, test_id) == [(1, 1), (1, 5)]
    async with database.reading() as connection:
        assert await differences(connection) == []


async def test_a_batch_with_anything_wrong_in_it_records_nothing(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    test_id = await make_product_test(database, marketer, space)
    first, _ = await variants_of(database, test_id)
    draft = await make_product_test(database, marketer, space, opened=False)
    hidden = await make_product_test(
        database, await make_acting(database, roles=(Role.ADMIN,)), await make_space(database, access="PRIVATE")
    )
    good = line("good", first)
    wrong = [
        (line("good", first), "INVALID", "externalId"),
        (line(" ", first), "INVALID", "externalId"),
        (line("x" * 401, first), "INVALID", "externalId"),
        (line("a\u202eb", first), "INVALID", "externalId"),
        (line("x", first, -1), "INVALID", "quantity"),
        (line("x", first, 1_000_001), "INVALID", "quantity"),
        (line("x", first, boughtAt="9999-01-01T00:00:00Z"), "INVALID", "boughtAt"),
        (line("x", first, boughtAt="1999-01-01T00:00:00Z"), "INVALID", "boughtAt"),
        (line("x", 7_777_777), "NOT_FOUND", "variant"),
        (line("x", (await variants_of(database, hidden))[0]), "NOT_FOUND", "variant"),
        (line("x", (await variants_of(database, draft))[0]), "PRODUCT_TEST_NOT_SHOWN", "variant"),
        (line("x", first, member="member_7777777"), "NOT_FOUND", "member"),
        (line("x", first, member=f"variant_{first}"), "NOT_FOUND", "member"),
    ]
    for bad, code, field in wrong:
        done = await recorded(graphql, marketer, good, bad)
        assert (done["added"], done["userErrors"][0]["code"]) == (None, code), bad
        assert done["userErrors"][0]["path"] == ["input", "purchases", "1", field]
    too_many = await recorded(graphql, marketer, *(line(f"{number}", first) for number in range(1_001)))
    assert too_many["userErrors"][0]["path"] == ["input", "purchases"]
    assert (await recorded(graphql, marketer))["userErrors"][0]["path"] == ["input", "purchases"]

    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM purchase") == 0
    assert await pieces(graphql, marketer, test_id) == [(0, 0)] * 2
    full = await recorded(graphql, marketer, *(line(f"{number}", first) for number in range(1_000)))
    assert (full["userErrors"], full["added"]) == ([], 1_000)


async def test_who_runs_campaigns_records_and_their_programs_that_may_moderate(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)
    member = await make_acting(database)
    assert (await recorded(graphql, member, line("1", first)))["userErrors"][0]["code"] == "NOT_PERMITTED"
    for scopes, code in (
        ((Scope.READ, Scope.WRITE), "NOT_PERMITTED"),
        ((Scope.READ, Scope.WRITE, Scope.MODERATE), None),
    ):
        async with database.writing() as connection:
            by_session = Principal(marketer.member_id, ALL_SCOPES, session_id=uuid4())
            _, token = await create_access_token(connection, by_session, name="店铺", scopes=scopes)
        graphql.bear(marketer, token)
        done = await recorded(graphql, marketer, line("1", first))
        assert [each["code"] for each in done["userErrors"]] == ([code] if code else [])

    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM purchase") == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", "c", "丁"]), st.tuples(st.integers(0, 1), st.integers(0, 4)), min_size=1
        ),
        min_size=1,
        max_size=6,
    )
)
async def test_after_any_corrections_there_is_what_was_told_last(
    graphql: Client, database: Database, marketer: Acting, batches: list[dict[str, tuple[int, int]]]
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    variants = await variants_of(database, test_id)
    graphql.application.viewers.forget()  # the space is new
    told: dict[str, tuple[int, int]] = {}
    moment = datetime.now(UTC) - timedelta(days=1)
    for batch in batches:
        told |= batch
        lines = [Purchase(name, variants[place], quantity, moment) for name, (place, quantity) in batch.items()]
        async with database.writing() as connection:
            await record_purchases(connection, marketer, lines)

    expected = [
        (
            sum(place == here and quantity > 0 for here, quantity in told.values()),
            sum(quantity for here, quantity in told.values() if here == place),
        )
        for place in (0, 1)
    ]
    assert await pieces(graphql, marketer, test_id) == expected


async def test_the_same_lines_told_by_many_at_once_are_there_once(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)
    lines = [line(f"{number}", (first, second)[number % 2], 2) for number in range(40)]

    done = await asyncio.gather(
        *(recorded(graphql, marketer, *(lines if attempt % 2 else reversed(lines))) for attempt in range(8))
    )

    assert sum(each["added"] for each in done) == 40
    assert await pieces(graphql, marketer, test_id) == [(20, 40)] * 2
    async with database.reading() as connection:
        assert await differences(connection) == []
