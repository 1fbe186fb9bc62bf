"""A campaign from draft to its money, as who runs it, who backs it and who may not know who backs it see it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.backing.pledging import (
    CAMPAIGN,
    PLEDGE,
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
    all_in_order,
    own_books,
    provider_books,
    settle,
)
from tests.factories.discussions import make_space, value


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
