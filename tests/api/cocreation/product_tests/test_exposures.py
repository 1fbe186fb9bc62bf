"""Exposures: who was shown what, how often and how long, each viewing once, whatever clients send."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.cocreation.product_tests import mutations
from community.cocreation.product_tests.exposures import LONGEST_DWELL, REMEMBERED
from community.cocreation.product_tests.lifecycle import close_product_test
from community.cocreation.product_tests.tallies import differences
from community.discussions.spaces import join_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, suspend
from tests.factories.product_tests import make_product_test, variants_of

FUNNEL = (
    "query($id: ID!) { productTest(id: $id) { variants { funnel { exposed visitors viewings secondsPerViewing } } } }"
)


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def shown(graphql: Client, member: Acting | None, viewing: str, *seen: tuple[int, int], **given: Any) -> Any:
    """Record variants with how long they were seen."""
    exposures = [{"variant": f"variant_{variant}", "dwellMs": dwell} for variant, dwell in seen]
    return await graphql.change("recordExposure", "counted", as_=member, viewing=viewing, exposures=exposures, **given)


async def funnels(graphql: Client, marketer: Acting, test_id: int) -> list[Any]:
    answer = await graphql(FUNNEL, {"id": f"product_test_{test_id}"}, as_=marketer)
    return [each["funnel"] for each in answer["productTest"]["variants"]]


async def no_differences(database: Database) -> None:
    async with database.reading() as connection:
        assert await differences(connection) == []


async def test_a_viewing_counts_once_however_often_it_is_sent(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)
    member = await make_acting(database)

    done = [await shown(graphql, member, "甲", (first, 1_000), (second, 500)) for _ in range(3)]
    more = await shown(graphql, member, "乙", (first, 3_000))
    late = await shown(graphql, member, "甲", (first, 1_000))

    assert [each["counted"] for each in (*done, more, late)] == [2, 0, 0, 1, 0]
    assert await funnels(graphql, marketer, test_id) == [
        {"exposed": 1, "visitors": 0, "viewings": 2, "secondsPerViewing": 2},
        {"exposed": 1, "visitors": 0, "viewings": 1, "secondsPerViewing": 0.5},
    ]
    await no_differences(database)


async def test_a_variant_that_is_twice_in_a_batch_was_shown_once_and_longer(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)

    done = await shown(graphql, await make_acting(database), "甲", (first, 1_000), (first, 2_000))

    assert done["counted"] == 1
    assert (await funnels(graphql, marketer, test_id))[0]["secondsPerViewing"] == 3


async def test_what_is_left_lying_on_the_screen_counts_a_minute(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)

    await shown(graphql, await make_acting(database), "甲", (first, 2**31 - 1), (first, 2**31 - 1))

    assert (await funnels(graphql, marketer, test_id))[0]["secondsPerViewing"] == LONGEST_DWELL / 1000


async def test_so_many_viewings_are_remembered(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)
    member = await make_acting(database)
    for number in range(REMEMBERED):
        await shown(graphql, member, f"{number}", (first, 1))

    assert (await shown(graphql, member, "0", (first, 1)))["counted"] == 0
    await shown(graphql, member, "one more", (first, 1))
    assert (await shown(graphql, member, "0", (first, 1)))["counted"] == 1
    await no_differences(database)


async def test_visitors_are_counted_apart_by_the_hash_of_their_visit(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)

    counted = [
        (await shown(graphql, None, viewing, (first, 1_000), visit=visit))["counted"]
        for visit, viewing in (("一", "a"), ("一", "a"), ("一", "b"), ("二", "a"))
    ]
    nameless = await shown(graphql, None, "a", (second, 1_000))

    assert counted == [1, 0, 1, 1]
    assert nameless["userErrors"][0]["path"] == ["input", "visit"]
    assert [
        (each["exposed"], each["visitors"], each["viewings"]) for each in await funnels(graphql, marketer, test_id)
    ] == [
        (0, 2, 3),
        (0, 0, 0),
    ]
    async with database.reading() as connection:
        kept = await connection.raw.fetchval("SELECT string_agg(exposure::text, ' ') FROM exposure")
    assert "一" not in kept
    await no_differences(database)


async def test_what_is_hidden_closed_or_absent_counts_for_nothing(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    public, private = await make_space(database), await make_space(database, access="PRIVATE")
    members_only = await make_space(database, access="MEMBERS")
    admin = await make_acting(database, roles=(Role.ADMIN,))
    member = await make_acting(database)
    draft = await make_product_test(database, admin, public, opened=False)
    closed = await make_product_test(database, admin, public)
    hidden = await make_product_test(database, admin, private)
    for_members = await make_product_test(database, admin, members_only)
    async with database.writing() as connection:
        await close_product_test(connection, admin, closed)
    nothing = [(await variants_of(database, test))[0] for test in (draft, closed, hidden)] + [7_777_777]

    done = await shown(graphql, member, "甲", *((variant, 1_000) for variant in nothing))
    visitor = await shown(
        graphql,
        None,
        "甲",
        *((variant, 1_000) for variant in (*nothing, *await variants_of(database, for_members))),
        visit="v",
    )

    assert (done["counted"], visitor["counted"]) == (0, 0)
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM exposure") == 0
        assert await connection.raw.fetchval("SELECT count(*) FROM variant_tally") == 0
    async with database.writing() as connection:
        await join_space(connection, member, members_only)
    inside = await shown(graphql, member, "乙", *((variant, 1) for variant in await variants_of(database, for_members)))
    assert inside["counted"] == 2


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"viewing": ""}, ["viewing"]),
        ({"viewing": "字" * 65}, ["viewing"]),
        ({"exposures": []}, ["exposures"]),
        ({"exposures": [{"variant": "variant_1", "dwellMs": 1}] * 101}, ["exposures"]),
        ({"exposures": [{"variant": "variant_1", "dwellMs": -1}]}, ["exposures", "0", "dwellMs"]),
    ],
)
async def test_what_is_no_batch_is_refused_by_the_field(
    graphql: Client, database: Database, given: Any, path: list[str]
) -> None:
    member = await make_acting(database)
    asked = {"viewing": "甲", "exposures": [{"variant": "variant_1", "dwellMs": 1}], **given}

    done = await graphql.change("recordExposure", "counted", as_=member, **asked)

    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", *path])


async def test_times_from_outside_are_kept_within_a_week_and_the_test(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, second = await variants_of(database, test_id)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE product_test SET opened_at = now() - interval '30 days'")
    member = await make_acting(database)
    long_ago, to_come = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"

    done = await graphql.change(
        "recordExposure",
        "counted",
        as_=member,
        viewing="甲",
        exposures=[
            {"variant": f"variant_{first}", "dwellMs": 1, "at": long_ago},
            {"variant": f"variant_{second}", "dwellMs": 1, "at": to_come},
        ],
    )

    assert (done["userErrors"], done["counted"]) == ([], 2)
    async with database.reading() as connection:
        old, new = [
            row["first_at"] for row in await connection.raw.fetch("SELECT first_at FROM exposure ORDER BY variant_id")
        ]
    now = datetime.now(UTC)
    assert timedelta(days=6, hours=23) < now - old < timedelta(days=7, hours=1)
    assert abs(now - new) < timedelta(hours=1)


async def test_who_may_not_take_part_records_nothing(graphql: Client, database: Database, marketer: Acting) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)
    gone = await make_acting(database)
    await graphql.token(gone)
    await suspend(database, gone)

    done = await shown(graphql, gone, "甲", (first, 1_000))

    assert done["userErrors"][0]["code"] == "ACCOUNT_SUSPENDED"
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM exposure") == 0


async def test_visitors_of_one_network_together_record_so_much_and_no_more(
    graphql: Client, database: Database, marketer: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    first, _ = await variants_of(database, test_id)
    monkeypatch.setattr(mutations, "MOST_BY_VISITORS", 3.0)
    monkeypatch.setattr(mutations, "VISITORS_PER_SECOND", 1e-6)

    done = [await shown(graphql, None, "a", (first, 1), visit=f"visit {number}") for number in range(4)]

    assert [each["counted"] for each in done] == [1, 1, 1, None]
    assert done[3]["userErrors"][0]["code"] == "RATE_LIMITED"


async def test_batches_at_once_lose_nothing_and_double_nothing(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test_id = await make_product_test(database, marketer, await make_space(database))
    variants = await variants_of(database, test_id)
    members = [await make_acting(database) for _ in range(10)]
    drawn = random.Random(7)
    batches = [
        (member, f"{viewing}", drawn.sample(variants, 2))
        for member in members
        for viewing in range(6)
        for _ in range(3)
    ]
    drawn.shuffle(batches)

    await asyncio.gather(
        *(shown(graphql, member, viewing, *((each, 1_000) for each in order)) for member, viewing, order in batches)
    )

    assert (
        await funnels(graphql, marketer, test_id)
        == [{"exposed": 10, "visitors": 0, "viewings": 60, "secondsPerViewing": 1}] * 2
    )
    await no_differences(database)
