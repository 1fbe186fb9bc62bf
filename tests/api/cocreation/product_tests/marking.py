"""Making product tests and taking part in them, as clients do."""

from __future__ import annotations

from typing import Any

from community.cocreation.product_tests.tallies import differences
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.conftest import Client

TEST = """
id title state showTotals participantCount viewerCanTakePart viewerVote { title }
post { title commentCount }
variants {
  id title bodyHtml imageUrl price { amount currency } discussion { body replyCount }
  viewerHasFavourited viewerHasVoted viewerPreOrder
  totals { favourites votes preOrders piecesPreOrdered }
  costs { unitCost { amount } salvage { amount currency } minimumLot }
  funnel { exposed visitors viewings secondsPerViewing favourites votes preOrders piecesPreOrdered comments
    purchases piecesPurchased }
}
"""
DESIGNS: list[dict[str, Any]] = [
    {
        "title": "青花 *Blue*",
        "body": "**手绘**",
        "imageUrl": "https://images.example/blue.jpg",
        "price": {"amount": "12900", "currency": "CNY"},
        "unitCost": {"amount": "4000", "currency": "CNY"},
        "salvage": {"amount": "-500", "currency": "CNY"},
        "minimumLot": 100,
    },
    {"title": "素白 White", "price": {"amount": "9900", "currency": "CNY"}},
    {"title": "墨 Ink"},
]


async def made(graphql: Client, marketer: Acting, space: int, *, opened: bool = True, **given: Any) -> Any:
    asked = {"title": "下一款茶杯 The next cup", "variants": DESIGNS, **given}
    done = await graphql.change(
        "createProductTest", f"productTest {{ {TEST} }}", as_=marketer, space=f"space_{space}", **asked
    )
    assert done["userErrors"] == []
    if not opened:
        return done["productTest"]
    id_ = done["productTest"]["id"]
    done = await graphql.change("openProductTest", f"productTest {{ {TEST} }}", as_=marketer, productTest=id_)
    assert done["userErrors"] == []
    return done["productTest"]


async def read(graphql: Client, test: Any, member: Acting | None) -> Any:
    answer = await graphql(f"query($id: ID!) {{ productTest(id: $id) {{ {TEST} }} }}", {"id": test["id"]}, as_=member)
    return answer["productTest"]


async def mark(graphql: Client, verb: str, member: Acting | None, variant: Any, **given: Any) -> Any:
    selection = "variant { viewerHasFavourited viewerHasVoted viewerPreOrder }"
    return await graphql.change(verb, selection, as_=member, variant=variant["id"], **given)


def number(id_: str) -> int:
    return int(id_.rpartition("_")[2])


async def no_differences(database: Database) -> None:
    async with database.reading() as connection:
        assert await differences(connection) == []
