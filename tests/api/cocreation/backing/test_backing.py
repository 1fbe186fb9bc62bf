"""A campaign from draft to its money, as who runs it, who backs it and who may not know who backs it see it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.backing import (
    CARD,
    all_in_order,
    own_books,
    provider_books,
    reach_deadline,
    settle,
)
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_space, suspend, value
from tests.factories.notifications import catch_up

CAMPAIGN = """
id title bodyHtml kind goal { amount currency } deadline state raised { amount currency } raisedAtEnd { amount }
backerCount percent settledAt viewerCanPledge
tiers { id title price { amount currency } stock claimed left }
viewerPledges { id state amount { amount } }
pledges(first: 50) { totalCount edges { node { member { handle } state amount { amount } action { url } } } }
statement(first: 50) { edges { node { account kind amount { amount currency } balanceAfter { amount } } } }
"""
PLEDGE = """
id state securedBy amount { amount currency } tier { title left } campaign { raised { amount } backerCount }
action { url clientSecret } failureReason inTransit authorisedAt capturedAt endedAt
"""


def money(amount: int, currency: str = "EUR") -> dict[str, str]:
    return {"amount": str(amount), "currency": currency}


async def make_campaign(graphql: Client, marketer: Acting, space_id: int, *, opened: bool = True, **given: Any) -> Any:
    asked = {
        "title": "紫砂壶 Yixing teapot",
        "body": "**手工** by hand",
        "kind": "ALL_OR_NOTHING",
        "goal": money(5_000),
        "deadline": (datetime.now(UTC) + timedelta(days=5)).isoformat(),
        "tiers": [
            {"title": "一把壶 one pot", "price": money(2_000), "stock": 3},
            {"title": "谢谢 thanks", "price": money(100)},
        ],
        **given,
    }
    space = f"space_{space_id}"
    made = await graphql.change(
        "createBackingCampaign", f"campaign {{ {CAMPAIGN} }}", as_=marketer, space=space, **asked
    )
    assert made["userErrors"] == []
    if not opened:
        return made["campaign"]
    done = await graphql.change(
        "openBackingCampaign", f"campaign {{ {CAMPAIGN} }}", as_=marketer, campaign=made["campaign"]["id"]
    )
    assert done["userErrors"] == []
    return done["campaign"]


async def pledge(
    graphql: Client, member: Acting, campaign: Any, *, amount: int = 2_000, tier: int | None = 0, token: str = CARD
) -> Any:
    """Pledge for the tier at a place."""
    return await graphql.change(
        "pledge",
        f"pledge {{ {PLEDGE} }}",
        as_=member,
        campaign=campaign["id"],
        tier=None if tier is None else campaign["tiers"][tier]["id"],
        amount=money(amount),
        paymentToken=token,
    )


async def read(graphql: Client, campaign: Any, member: Acting | None) -> Any:
    answer = await graphql(
        f"query($id: ID!) {{ backingCampaign(id: $id) {{ {CAMPAIGN} }} }}", {"id": campaign["id"]}, as_=member
    )
    return answer["backingCampaign"]


async def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def end(database: Database, campaign: Any) -> None:
    await reach_deadline(database, int(campaign["id"].removeprefix("backing_campaign_")))
    await settle(database)


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def backers(database: Database, amount: int) -> list[Acting]:
    return [await make_acting(database) for _ in range(amount)]


async def test_a_campaign_from_draft_to_its_money(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    one, two, three = await backers(database, 3)
    draft = await make_campaign(graphql, marketer, space, opened=False)
    assert (draft["state"], draft["viewerCanPledge"], draft["goal"]) == ("DRAFT", False, money(5_000))
    assert "<strong>手工</strong>" in draft["bodyHtml"]
    assert await read(graphql, draft, one) is None, "a draft is for who runs campaigns"

    opened = await graphql.change(
        "openBackingCampaign", f"campaign {{ {CAMPAIGN} }}", as_=marketer, campaign=draft["id"]
    )
    campaign = opened["campaign"]
    assert (await read(graphql, campaign, one))["viewerCanPledge"] is True
    assert (await read(graphql, campaign, None))["viewerCanPledge"] is False
    done = await pledge(graphql, one, campaign)
    assert done["userErrors"] == []
    assert (done["pledge"]["state"], done["pledge"]["securedBy"], done["pledge"]["inTransit"]) == (
        "AUTHORISED",
        "HELD",
        False,
    )
    assert done["pledge"]["tier"] == {"title": "一把壶 one pot", "left": 2}
    assert (await pledge(graphql, two, campaign, amount=3_500))["pledge"]["campaign"] == {
        "raised": {"amount": "5500"},
        "backerCount": 2,
    }
    assert (await pledge(graphql, three, campaign, tier=None, amount=50))["userErrors"] == []
    found = await read(graphql, campaign, one)
    assert (found["raised"], found["percent"], found["backerCount"]) == (money(5_550), 111, 3)
    assert found["viewerCanPledge"] is False, "a member backs a campaign once"
    assert await own_books(database) == await provider_books(database) == {"held": 5_550, "taken": 0}

    await end(database, campaign)

    found = await read(graphql, campaign, one)
    assert (found["state"], found["raisedAtEnd"]) == ("SUCCEEDED", {"amount": "5550"})
    assert found["settledAt"] is not None
    assert [each["state"] for each in found["viewerPledges"]] == ["CAPTURED"]
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 5_550}
    await all_in_order(database)


async def test_a_goal_that_is_missed_gives_all_money_back(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    members = await backers(database, 2)
    for member in members:
        await pledge(graphql, member, campaign)

    await end(database, campaign)

    found = await read(graphql, campaign, members[0])
    assert (found["state"], found["raised"]["amount"], found["raisedAtEnd"]) == ("FAILED", "0", {"amount": "4000"})
    assert [each["state"] for each in found["viewerPledges"]] == ["CANCELLED"]
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    await all_in_order(database)


async def test_keep_it_all_takes_what_there_is(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    campaign = await make_campaign(graphql, marketer, space, kind="KEEP_IT_ALL")
    empty = await make_campaign(graphql, marketer, space, kind="KEEP_IT_ALL")
    [member] = await backers(database, 1)
    await pledge(graphql, member, campaign)

    await end(database, campaign)
    await end(database, empty)

    assert (await read(graphql, campaign, None))["state"] == "SUCCEEDED"
    assert (await read(graphql, empty, None))["state"] == "FAILED"
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 2_000}


@pytest.mark.parametrize("captured", [False, True])
async def test_calling_a_campaign_off_gives_all_money_back(
    graphql: Client, database: Database, marketer: Acting, *, captured: bool
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database), goal=money(2_000))
    [member] = await backers(database, 1)
    await pledge(graphql, member, campaign)
    if captured:
        await end(database, campaign)
        assert (await own_books(database))["taken"] == 2_000

    done = await graphql.change("cancelBackingCampaign", "campaign { state }", as_=marketer, campaign=campaign["id"])
    await settle(database)

    assert (done["userErrors"], done["campaign"]) == ([], {"state": "CANCELLED"})
    found = await read(graphql, campaign, member)
    assert [each["state"] for each in found["viewerPledges"]] == ["REFUNDED" if captured else "CANCELLED"]
    assert found["settledAt"] is not None
    assert found["tiers"][0]["claimed"] == 0
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    assert (
        await codes(
            await graphql.change("cancelBackingCampaign", "campaign { id }", as_=marketer, campaign=campaign["id"])
        )
    ) == ["CAMPAIGN_OVER"]
    await all_in_order(database)


async def test_a_pledge_is_taken_back_until_the_deadline(graphql: Client, database: Database, marketer: Acting) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database), goal=money(100))
    one, two = await backers(database, 2)
    first = (await pledge(graphql, one, campaign))["pledge"]

    done = await graphql.change("cancelPledge", f"pledge {{ {PLEDGE} }}", as_=one, pledge=first["id"])

    assert (done["userErrors"], done["pledge"]["state"]) == ([], "CANCELLED")
    assert done["pledge"]["tier"]["left"] == 3
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    assert await codes(await graphql.change("cancelPledge", "pledge { id }", as_=one, pledge=first["id"])) == [
        "PLEDGE_NOT_CANCELLABLE"
    ]
    again = (await pledge(graphql, one, campaign))["pledge"]
    assert again["state"] == "AUTHORISED"
    await end(database, campaign)
    assert await codes(await graphql.change("cancelPledge", "pledge { id }", as_=one, pledge=again["id"])) == [
        "PLEDGE_NOT_CANCELLABLE"
    ]
    assert await codes(await pledge(graphql, two, campaign)) == ["CAMPAIGN_NOT_OPEN"]
    await all_in_order(database)


async def test_a_card_that_is_declined_takes_nothing_and_gives_its_stock_back(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    [member] = await backers(database, 1)

    done = await pledge(graphql, member, campaign, token="tok_declined")

    assert (done["pledge"]["state"], done["pledge"]["failureReason"]) == ("FAILED", "card_declined")
    found = await read(graphql, campaign, member)
    assert (found["raised"]["amount"], found["tiers"][0]["left"], found["viewerCanPledge"]) == ("0", 3, True)
    await all_in_order(database)


@pytest.mark.parametrize("acts", ["acts", "declines", "stays away"])
async def test_a_payer_whose_bank_wants_to_see_them(
    graphql: Client, database: Database, marketer: Acting, *, acts: str
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    member, other = await backers(database, 2)
    made = (await pledge(graphql, member, campaign, token="tok_action"))["pledge"]
    assert made["state"] == "PENDING"
    assert made["action"]["clientSecret"].endswith("_secret")
    waiting = await graphql.change("confirmPledge", f"pledge {{ {PLEDGE} }}", as_=member, pledge=made["id"])
    assert waiting["pledge"]["state"] == "PENDING"
    assert (await read(graphql, campaign, marketer))["pledges"]["edges"][0]["node"]["action"] is None

    bank = made["action"]["url"].removeprefix("http://127.0.0.1:8000")
    if acts == "acts":
        assert (await graphql._http.get(bank)).status_code == 200
        done = await graphql.change("confirmPledge", f"pledge {{ {PLEDGE} }}", as_=member, pledge=made["id"])
        assert (done["pledge"]["state"], done["pledge"]["action"]) == ("AUTHORISED", None)
        assert await codes(await graphql.change("confirmPledge", "pledge { id }", as_=other, pledge=made["id"])) == [
            "NOT_FOUND"
        ]
    elif acts == "declines":
        assert (await graphql._http.get(f"{bank}?done=no")).status_code == 200
        done = await graphql.change("confirmPledge", f"pledge {{ {PLEDGE} }}", as_=member, pledge=made["id"])
        assert (done["pledge"]["state"], done["pledge"]["failureReason"]) == ("FAILED", "card_declined")
    else:
        gone = await graphql._http.get("/simulated-bank/sim_7777777777")
        assert gone.status_code == 200, "which payments there are, it does not tell"
        await end(database, campaign)
        found = await read(graphql, campaign, member)
        assert (found["state"], found["viewerPledges"][0]["state"]) == ("FAILED", "FAILED")
    assert await own_books(database) == await provider_books(database)
    await all_in_order(database)


async def test_money_that_cannot_be_taken_at_the_end_is_told(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database), goal=money(100))
    one, two = await backers(database, 2)
    await pledge(graphql, one, campaign, token="tok_capture_declined")
    await pledge(graphql, two, campaign)

    await end(database, campaign)

    found = await read(graphql, campaign, marketer)
    assert (found["state"], found["raised"]["amount"], found["raisedAtEnd"]["amount"]) == ("SUCCEEDED", "2000", "4000")
    assert sorted(edge["node"]["state"] for edge in found["pledges"]["edges"]) == ["CAPTURED", "FAILED"]
    failed = await graphql(
        "query($id: ID!) { backingCampaign(id: $id) { pledges(first: 5, filter: {state: FAILED}) "
        "{ totalCount nodes { failureReason } } } }",
        {"id": campaign["id"]},
        as_=marketer,
    )
    assert failed["backingCampaign"]["pledges"] == {"totalCount": 1, "nodes": [{"failureReason": "card_declined"}]}
    assert await value(database, "SELECT data ->> 'failure' FROM event WHERE kind = 'PledgeFailed'") == "card_declined"
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 2_000}
    await all_in_order(database)


async def test_a_campaign_longer_than_banks_hold_money_keeps_the_way_of_paying(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    deadline = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    campaign = await make_campaign(graphql, marketer, await make_space(database), goal=money(100), deadline=deadline)
    [member] = await backers(database, 1)

    made = await pledge(graphql, member, campaign)

    assert (made["pledge"]["state"], made["pledge"]["securedBy"]) == ("AUTHORISED", "PROMISED")
    statement = (await read(graphql, campaign, marketer))["statement"]["edges"]
    assert [edge["node"]["account"] for edge in statement] == ["PROMISED"]
    await end(database, campaign)
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 2_000}
    await all_in_order(database)


async def test_the_same_idempotency_key_is_the_same_pledge_however_often_and_however_late(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(graphql, marketer, await make_space(database))
    [member] = await backers(database, 1)
    token = await graphql.token(member)

    async def send(amount: int, key: str = "茶-1".encode().hex()) -> Any:
        document = (
            """mutation($input: PledgeInput!) { pledge(input: $input) { pledge { id state } userErrors { code } } }"""
        )
        given = {"campaign": campaign["id"], "amount": money(amount), "paymentToken": CARD}
        response = await graphql._http.post(
            "/graphql",
            json={"query": document, "variables": {"input": given}},
            headers={"authorization": f"Bearer {token}", "idempotency-key": key},
        )
        assert response.status_code == httpx.codes.OK
        return response.json()["data"]["pledge"]

    answers = await asyncio.gather(*(send(1_000) for _ in range(10)))

    assert len({answer["pledge"]["id"] for answer in answers}) == 1
    assert await value(database, "SELECT count(*) FROM pledge") == 1
    assert (await send(1_001))["userErrors"] == [{"code": "IDEMPOTENCY_KEY_REUSED"}]
    assert (await send(1_000, "another"))["userErrors"] == [{"code": "ALREADY_BACKING"}]
    await end(database, campaign)
    assert (await send(1_000))["pledge"] == {"id": answers[0]["pledge"]["id"], "state": "CANCELLED"}
    assert await provider_books(database) == {"held": 0, "taken": 0}


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
