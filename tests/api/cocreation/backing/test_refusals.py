"""What a campaign and a pledge are refused, who sees which, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.backing.pledging import (
    backers,
    codes,
    end,
    make_campaign,
    money,
    pledge,
    read,
)
from tests.api.conftest import Client
from tests.factories.backing import (
    CARD,
    settle,
)
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_space, suspend, value
from tests.factories.notifications import catch_up


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": " "}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"body": "x" * 20_001}, ["body"]),
        ({"goal": money(0)}, ["goal", "amount"]),
        ({"goal": {"amount": "-5", "currency": "EUR"}}, ["goal", "amount"]),
        ({"goal": {"amount": "1e3", "currency": "EUR"}}, ["goal", "amount"]),
        ({"goal": {"amount": "１００", "currency": "EUR"}}, ["goal", "amount"]),
        ({"goal": {"amount": "9" * 400, "currency": "EUR"}}, ["goal", "amount"]),
        ({"goal": money(100, "XXX")}, ["goal", "currency"]),
        ({"deadline": "2001-01-01T00:00:00Z"}, ["deadline"]),
        ({"deadline": (datetime.now(UTC) + timedelta(days=91)).isoformat()}, ["deadline"]),
        ({"tiers": [{"title": "", "price": money(1)}]}, ["tiers"]),
        ({"tiers": [{"title": "a", "price": money(1, "USD")}]}, ["tiers", "currency"]),
        ({"tiers": [{"title": "a", "price": money(1), "stock": 0}]}, ["tiers"]),
        ({"tiers": [{"title": "a", "price": money(1)}] * 51}, ["tiers"]),
    ],
)
async def test_a_campaign_that_is_none_is_refused(
    graphql: Client, database: Database, marketer: Acting, given: dict[str, Any], path: list[str]
) -> None:
    asked = {
        "space": f"space_{await make_space(database)}",
        "title": "壶",
        "kind": "ALL_OR_NOTHING",
        "goal": money(5_000),
        "deadline": (datetime.now(UTC) + timedelta(days=5)).isoformat(),
        **given,
    }

    done = await graphql.change("createBackingCampaign", "campaign { id }", as_=marketer, **asked)

    assert done["campaign"] is None
    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", *path])
    assert await value(database, "SELECT count(*) FROM backing_campaign") == 0


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"amount": money(0)}, "INVALID", ["amount", "amount"]),
        ({"amount": {"amount": "12.50", "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
        ({"amount": money(10**12 + 1)}, "INVALID", ["amount", "amount"]),
        ({"amount": money(2_000, "USD")}, "INVALID", ["amount", "currency"]),
        ({"amount": money(1_999)}, "INVALID", ["amount", "amount"]),
        ({"paymentToken": ""}, "INVALID", ["paymentToken"]),
        ({"paymentToken": "卡"}, "INVALID", ["paymentToken"]),
        ({"paymentToken": "x" * 256}, "INVALID", ["paymentToken"]),
        ({"tier": "backing_tier_7777777"}, "NOT_FOUND", ["tier"]),
    ],
)
async def test_a_pledge_that_is_none_is_refused_and_does_nothing(
    graphql: Client, database: Database, marketer: Acting, given: dict[str, Any], code: str, path: list[str]
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    [member] = await backers(database, 1)
    await graphql.token(member)
    asked = {
        "campaign": campaign["id"],
        "tier": campaign["tiers"][0]["id"],
        "amount": money(2_000),
        "paymentToken": CARD,
        **given,
    }
    before = await contents(database)

    done = await graphql.change("pledge", "pledge { id }", as_=member, **asked)

    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == (code, ["input", *path])
    assert await contents(database) == before


async def test_who_may_run_campaigns_and_who_may_back_them(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    private, space = await make_space(database, access="PRIVATE"), await make_space(database)
    member, outsider, gone = await backers(database, 3)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    admin = await make_acting(database, roles=(Role.ADMIN,))
    hidden = await make_campaign(graphql, admin, private)
    assert await read(graphql, hidden, outsider) is None
    assert await codes(await pledge(graphql, outsider, hidden)) == ["NOT_FOUND"]
    campaign = await make_campaign(graphql, marketer, space)
    for verb in ("openBackingCampaign", "cancelBackingCampaign"):
        for by in (member, moderator):
            refused = await graphql.change(verb, "campaign { id }", as_=by, campaign=campaign["id"])
            assert await codes(refused) == ["NOT_PERMITTED"]
    assert await codes(
        await graphql.change("openBackingCampaign", "campaign { id }", as_=marketer, campaign=campaign["id"])
    ) == ["CAMPAIGN_NOT_DRAFT"]
    await graphql.token(gone)
    await suspend(database, gone)
    assert await codes(await pledge(graphql, gone, campaign)) == ["ACCOUNT_SUSPENDED"]
    assert await codes(await pledge(graphql, member, campaign)) == []
    assert await codes(await pledge(graphql, member, campaign)) == ["ALREADY_BACKING"]
    draft = await make_campaign(graphql, marketer, space, opened=False)
    assert await codes(await pledge(graphql, member, draft)) == ["NOT_FOUND"]


async def test_nobody_but_the_backer_and_who_runs_campaigns_sees_a_pledge(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    member, other = await backers(database, 2)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    made = (await pledge(graphql, member, campaign, amount=4_321))["pledge"]

    for viewer in (other, moderator, None):
        found = await read(graphql, campaign, viewer)
        assert (found["pledges"], found["statement"], found["viewerPledges"]) == (None, None, [])
        answer = await graphql("query($id: ID!) { node(id: $id) { id } }", {"id": made["id"]}, as_=viewer)
        assert answer["node"] is None
    assert await codes(await graphql.change("cancelPledge", "pledge { id }", as_=other, pledge=made["id"])) == [
        "NOT_FOUND"
    ]
    assert await codes(await graphql.change("cancelPledge", "pledge { id }", as_=marketer, pledge=made["id"])) == [
        "NOT_PERMITTED"
    ]
    found = await read(graphql, campaign, marketer)
    assert found["pledges"]["edges"][0]["node"]["amount"] == {"amount": "4321"}
    assert [edge["node"]["amount"] for edge in found["statement"]["edges"]] == [money(4_321)]
    told = await value(database, "SELECT string_agg(row_to_json(event)::text, ' ') FROM event")
    assert "4321" not in str(told).replace(made["id"], "")


async def test_a_member_reads_their_pledges_and_their_statement(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database), goal=money(100_000))
    member, other = await backers(database, 2)
    await pledge(graphql, member, campaign)
    await pledge(graphql, other, campaign)
    await end(database, campaign)

    mine = await graphql(
        """{ viewer { pledges(first: 5) { edges { node { state campaign { title } } } }
        paymentStatement(first: 5) { edges { node { position kind amount { amount currency } balanceAfter { amount }
            pledge { state } } } } } }""",
        as_=member,
    )

    assert [edge["node"]["state"] for edge in mine["viewer"]["pledges"]["edges"]] == ["CANCELLED"]
    lines = [edge["node"] for edge in mine["viewer"]["paymentStatement"]["edges"]]
    assert [(line["kind"], line["amount"], line["balanceAfter"]["amount"]) for line in lines] == [
        ("PLEDGE_RETURNED", money(2_000), "0"),
        ("PLEDGE_HELD", money(-2_000), "-2000"),
    ]


async def test_campaigns_are_found_by_space_and_state(graphql: Client, database: Database, marketer: Acting) -> None:
    here, there = await make_space(database), await make_space(database)
    campaign = await make_campaign(graphql, marketer, here)
    await make_campaign(graphql, marketer, here, opened=False)
    await make_campaign(graphql, marketer, there)

    answer = await graphql(
        "query($filter: BackingCampaignFilter) "
        "{ backingCampaigns(first: 10, filter: $filter) { totalCount edges { node { id } } } }",
        {"filter": {"space": f"space_{here}", "state": "OPEN"}},
        as_=marketer,
    )

    assert [edge["node"]["id"] for edge in answer["backingCampaigns"]["edges"]] == [campaign["id"]]


async def test_a_member_cannot_try_card_after_card(graphql: Client, database: Database, marketer: Acting) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    [member] = await backers(database, 1)
    for _ in range(30):
        assert (await pledge(graphql, member, campaign, token="tok_declined"))["userErrors"] == []

    assert await codes(await pledge(graphql, member, campaign, token="tok_declined")) == ["RATE_LIMITED"]
    assert await value(database, "SELECT count(*) FROM simulated_payment") == 30


async def told(graphql: Client, database: Database, member: Acting) -> list[tuple[str, str]]:
    """Return what a member is told of pledges: the kind, and the state that its subject is in."""
    await catch_up(database)
    answer = await graphql(
        "{ viewer { notifications(first: 10) { edges { node { kind actorCount subject { ... on Pledge { state } } } } } } }",
        as_=member,
    )
    nodes = [edge["node"] for edge in answer["viewer"]["notifications"]["edges"]]
    assert all(node["actorCount"] == 0 for node in nodes)
    return [(node["kind"], node["subject"]["state"]) for node in nodes]


async def test_backers_are_told_of_what_becomes_of_their_money(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    made, missed, off = [
        await make_campaign(graphql, marketer, space, goal=money(goal)) for goal in (100, 100_000, 100)
    ]
    good, bad, quick, hopeful, refunded = await backers(database, 5)
    await pledge(graphql, good, made)
    await pledge(graphql, bad, made, token="tok_capture_declined")
    mine = (await pledge(graphql, quick, made))["pledge"]["id"]
    await graphql.change("cancelPledge", "pledge { id }", as_=quick, pledge=mine)
    await pledge(graphql, hopeful, missed)
    await pledge(graphql, refunded, off)
    for campaign in (made, missed, off):
        await end(database, campaign)
    await graphql.change("cancelBackingCampaign", "campaign { id }", as_=marketer, campaign=off["id"])
    await settle(database)

    assert await told(graphql, database, good) == [("PLEDGE_CAPTURED", "CAPTURED")]
    assert await told(graphql, database, bad) == [("PLEDGE_FAILED", "FAILED")]
    assert await told(graphql, database, quick) == [], "who took it back knows"
    assert await told(graphql, database, hopeful) == [("PLEDGE_CANCELLED", "CANCELLED")]
    assert await told(graphql, database, refunded) == [("PLEDGE_REFUNDED", "REFUNDED"), ("PLEDGE_CAPTURED", "REFUNDED")]
    assert await told(graphql, database, marketer) == []
