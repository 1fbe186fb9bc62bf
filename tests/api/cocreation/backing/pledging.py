"""Making campaigns and pledging to them, as clients do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.conftest import Client
from tests.factories.backing import (
    CARD,
    reach_deadline,
    settle,
)
from tests.factories.discussions import make_acting

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


async def backers(database: Database, amount: int) -> list[Acting]:
    return [await make_acting(database) for _ in range(amount)]
