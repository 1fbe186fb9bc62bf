"""Who may vote is a rule that is data; what it asks is asked anew of every ballot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.discussions.spaces import join_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.rounds.voting import make_round, read, vote
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_comment, make_post, make_space

Step = Callable[[Database, Acting, int], Awaitable[None]]


async def known(database: Database, member: Acting, *, level: int, trust: int) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO reputation VALUES ($1, $2, $3) ON CONFLICT (member_id) DO UPDATE SET level = $2, trust = $3",
            *(member.member_id, level, trust),
        )


async def _a_level(database: Database, member: Acting, _: int) -> None:
    await known(database, member, level=3, trust=0)


async def _trust(database: Database, member: Acting, _: int) -> None:
    await known(database, member, level=1, trust=60)


async def _long_ago(database: Database, member: Acting, _: int) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET joined_at = '2020-01-01Z' WHERE id = $1", member.member_id)


async def _joining(database: Database, member: Acting, space: int) -> None:
    async with database.writing() as connection:
        await join_space(connection, member, space)


async def _a_post(database: Database, member: Acting, space: int) -> None:
    await make_post(database, member, space)


async def _a_comment(database: Database, member: Acting, space: int) -> None:
    await make_comment(database, member, await make_post(database, await make_acting(database), space))


async def _a_role(database: Database, member: Acting, _: int) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role) VALUES ($1, 'MODERATOR')", member.member_id
        )


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("rule", "becoming"),
    [
        ({"level": "REGULAR"}, _a_level),
        ({"trust": 50}, _trust),
        ({"joinedBefore": YESTERDAY}, _long_ago),
        ({"belongsTo": "space"}, _joining),
        ({"activeIn": "space", "activeDays": 30}, _a_post),
        ({"activeIn": "space", "activeDays": 30}, _a_comment),
        ({"roles": ["MODERATOR", "MARKETER"]}, _a_role),
    ],
    ids=["level", "trust", "joined", "belongs", "posted", "commented", "role"],
)
async def test_who_becomes_what_is_asked_may_vote_and_who_is_not_may_not(
    graphql: Client, database: Database, marketer: Acting, rule: dict[str, Any], becoming: Step
) -> None:
    space = await make_space(database)
    rule = {name: f"space_{space}" if value == "space" else value for name, value in rule.items()}
    round_ = await make_round(graphql, marketer, space, voters=rule)
    member = await make_acting(database)
    assert (await read(graphql, round_, member))["viewerCanVote"] is False
    assert (await vote(graphql, member, round_, (0, None)))["userErrors"][0]["code"] == "NOT_ELIGIBLE"

    await becoming(database, member, space)

    assert (await read(graphql, round_, member))["viewerCanVote"] is True
    assert (await vote(graphql, member, round_, (0, None)))["userErrors"] == []


async def test_customers_are_whom_the_brand_says_it_knows(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), voters={"customersOnly": True})
    member, stranger = [await make_acting(database) for _ in range(2)]
    them = [f"member_{member.member_id}", "member_7777777"]
    refused = await graphql.change("verifyCustomers", "changed", as_=member, members=them)
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert (await vote(graphql, member, round_, (0, None)))["userErrors"][0]["code"] == "NOT_ELIGIBLE"

    for changed in (1, 0):
        done = await graphql.change("verifyCustomers", "changed", as_=marketer, members=them)
        assert done["changed"] == changed

    assert (await vote(graphql, member, round_, (0, None)))["userErrors"] == []
    asked = "query($id: ID!) { node(id: $id) { ... on Member { customerSince } } }"
    shown = {
        name: (await graphql(asked, {"id": them[0]}, as_=viewer))["node"]["customerSince"] is not None
        for name, viewer in {"self": member, "marketer": marketer, "stranger": stranger, "nobody": None}.items()
    }
    assert shown == {"self": True, "marketer": True, "stranger": False, "nobody": False}
    await graphql.change("verifyCustomers", "changed", as_=marketer, members=them, verified=False)
    assert (await vote(graphql, member, round_, (1, None)))["userErrors"][0]["code"] == "NOT_ELIGIBLE"


async def test_a_rule_is_shown_and_the_older_fields_tell_the_same(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    round_ = await make_round(
        graphql,
        marketer,
        space,
        spaceMembersOnly=True,
        voters={"joinedBefore": "2026-01-01T00:00:00Z", "level": "PILLAR"},
    )

    asked = """query($id: ID!) { round(id: $id) { joinedBefore spaceMembersOnly proposers { level }
        voters { roles level trust joinedBefore belongsTo { id } activeIn { id } activeDays customersOnly } } }"""
    found = (await graphql(asked, {"id": round_["id"]}))["round"]

    assert found == {
        "joinedBefore": "2026-01-01T00:00:00Z",
        "spaceMembersOnly": True,
        "proposers": None,
        "voters": {
            "roles": [],
            "level": "PILLAR",
            "trust": None,
            "joinedBefore": "2026-01-01T00:00:00Z",
            "belongsTo": {"id": f"space_{space}"},
            "activeIn": None,
            "activeDays": None,
            "customersOnly": False,
        },
    }


async def test_a_rule_does_not_tell_of_a_space_that_one_may_not_see(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    open_space, private = await make_space(database), await make_space(database, access="PRIVATE", members=(admin,))
    refused = await graphql.change(
        "createRound",
        "round { id }",
        as_=marketer,
        space=f"space_{open_space}",
        title="?",
        method="APPROVAL",
        closesAt=(datetime.now(UTC) + timedelta(days=7)).isoformat(),
        options=[{"title": "一"}, {"title": "二"}],
        voters={"belongsTo": f"space_{private}"},
    )
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"

    round_ = await make_round(graphql, admin, open_space, voters={"belongsTo": f"space_{private}"})

    asked = "query($id: ID!) { round(id: $id) { voters { belongsTo { id } } } }"
    assert (await graphql(asked, {"id": round_["id"]}))["round"] == {"voters": {"belongsTo": None}}
