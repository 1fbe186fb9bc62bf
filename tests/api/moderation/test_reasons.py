"""Why something may be reported is the community's to say, and how soon it is to be decided on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import REASON, codes, report
from tests.factories.discussions import make_acting, make_comment, make_post, make_space

SAVED = 'reason { name label(locale: "zh") description basis severity respondWithin }'
OFFERED = "{ reportReasons { name } }"


@pytest.fixture
async def admin(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


async def offered(graphql: Client) -> list[str]:
    data = await graphql(OFFERED)
    return [each["name"] for each in data["reportReasons"]]


async def test_a_reason_of_the_community_is_offered_and_its_clock_runs(
    graphql: Client, database: Database, admin: Acting
) -> None:
    done = await graphql.change("saveReportReason", SAVED, as_=admin, **REASON)
    assert done["reason"] == {
        "name": "COUNTERFEIT_TEA",
        "label": "假冒茶叶",
        "description": "Sold as what it is not.",
        "basis": "RULES",
        "severity": 4,
        "respondWithin": 120,
    }
    assert (await offered(graphql))[-1] == "COUNTERFEIT_TEA"
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = f"post_{await make_post(database, author, await make_space(database))}"

    await report(graphql, reporter, post, "COUNTERFEIT_TEA")

    data = await graphql("{ cases(first: 1) { nodes { severity openedAt respondBy overdue } } }", as_=admin)
    case = data["cases"]["nodes"][0]
    assert (case["severity"], case["overdue"]) == (4, False)
    async with database.reading() as connection:
        minutes = await connection.raw.fetchval(
            "SELECT extract(epoch FROM respond_by - opened_at) / 60 FROM moderation_case"
        )
    assert minutes == 120


async def test_what_is_left_too_long_is_overdue_and_what_grows_graver_is_so_sooner(
    graphql: Client, database: Database, admin: Acting
) -> None:
    author, one, two = [await make_acting(database) for _ in range(3)]
    space = await make_space(database)
    post = await make_post(database, author, space)
    graver = await make_comment(database, author, post)
    await report(graphql, one, f"post_{post}", "SPAM")
    await report(graphql, one, f"comment_{graver}", "SPAM")
    await report(graphql, two, f"comment_{graver}", "MINORS")
    due = "SELECT round(extract(epoch FROM respond_by - now()) / 60)::int FROM moderation_case ORDER BY id"
    async with database.writing() as connection:
        assert [row[0] for row in await connection.raw.fetch(due)] == [7 * 24 * 60, 24 * 60]
        await connection.raw.execute("UPDATE moderation_case SET respond_by = respond_by - interval '25 hours'")

    data = await graphql(
        "{ cases(first: 5, filter: {overdue: true}) { nodes { overdue reason { name } } } }", as_=admin
    )

    assert data["cases"]["nodes"] == [{"overdue": True, "reason": {"name": "MINORS"}}]


async def test_a_retired_reason_is_refused_and_what_was_reported_keeps_it(
    graphql: Client, database: Database, admin: Acting
) -> None:
    author, one, two = [await make_acting(database) for _ in range(3)]
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await graphql.change("saveReportReason", SAVED, as_=admin, **REASON)
    await report(graphql, one, post, "COUNTERFEIT_TEA")

    await graphql.change("saveReportReason", SAVED, as_=admin, **{**REASON, "retired": True, "severity": 2})

    assert "COUNTERFEIT_TEA" not in await offered(graphql)
    assert codes(await report(graphql, two, post, "COUNTERFEIT_TEA")) == ["REPORT_REASON_UNKNOWN"]
    data = await graphql("{ cases(first: 1) { nodes { severity reason { name severity } } } }", as_=admin)
    assert data["cases"]["nodes"] == [{"severity": 4, "reason": {"name": "COUNTERFEIT_TEA", "severity": 2}}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "counterfeit"},
        {"name": "茶"},
        {"labelZh": " "},
        {"descriptionEn": ""},
        {"severity": 6},
        {"severity": 0},
        {"category": "TEA"},
        {"respondWithin": 0},
        {"respondWithin": 43_201},
        {"position": -1},
    ],
)
async def test_what_cannot_be_a_reason_is_refused_by_its_name(
    graphql: Client, admin: Acting, wrong: dict[str, Any]
) -> None:
    before = await offered(graphql)

    done = await graphql.change("saveReportReason", SAVED, as_=admin, **{**REASON, **wrong})

    assert [(error["code"], error["path"]) for error in done["userErrors"]] == [("INVALID", ["input", *wrong])]
    assert await offered(graphql) == before


async def test_who_does_not_manage_the_community_changes_nothing(graphql: Client, database: Database) -> None:
    before = await offered(graphql)

    for role in (None, Role.MODERATOR):
        member = await make_acting(database, roles=(role,) if role else ())
        done = await graphql.change("saveReportReason", SAVED, as_=member, **REASON)
        assert codes(done) == ["NOT_PERMITTED"]

    assert await offered(graphql) == before


async def test_reasons_that_are_saved_at_once_are_all_there(graphql: Client, admin: Acting) -> None:
    names = [f"REASON_{number}" for number in range(8)]

    await asyncio.gather(
        *(graphql.change("saveReportReason", SAVED, as_=admin, **{**REASON, "name": name}) for name in names * 2)
    )

    assert sorted(name for name in await offered(graphql) if name.startswith("REASON_")) == names


async def test_the_queue_comes_in_the_order_that_is_asked_for(
    graphql: Client, database: Database, admin: Acting
) -> None:
    reporter = await make_acting(database)
    for reason in ("SPAM", "SELF_HARM", "HATE"):
        post = await make_post(database, await make_acting(database), await make_space(database))
        await report(graphql, reporter, f"post_{post}", reason)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE moderation_case SET respond_by = now() - CASE severity WHEN 4 THEN 3 WHEN 1 THEN 2 ELSE 1 END * interval '1 minute'"
        )
    read = (
        "query($sort: CaseSort, $filter: CaseFilter, $after: String) { cases(first: 2, sort: $sort, filter: $filter, "
        "after: $after) { nodes { reason { name } } pageInfo { endCursor } } }"
    )

    async def order(sort: str | None, **given: Any) -> list[str]:
        names: list[str] = []
        after: str | None = None
        for _ in range(2):
            data = await graphql(read, {"sort": sort, "filter": given, "after": after}, as_=admin)
            names += [node["reason"]["name"] for node in data["cases"]["nodes"]]
            after = data["cases"]["pageInfo"]["endCursor"]
        return names

    assert await order(None) == await order("URGENT") == ["SELF_HARM", "HATE", "SPAM"]
    assert await order("LATEST") == ["HATE", "SELF_HARM", "SPAM"]
    assert await order("DUE") == await order(None, overdue=True) == ["HATE", "SPAM", "SELF_HARM"]
    assert await order("URGENT", overdue=True) == ["SELF_HARM", "HATE", "SPAM"]
