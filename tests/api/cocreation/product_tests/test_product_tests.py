"""A product test from draft to closed, as who runs it, who takes part and who may not see it see it."""

from __future__ import annotations

import asyncio
from typing import Any

from community.cocreation.product_tests.errors import ProductTestNotOpen
from community.cocreation.product_tests.marks import pre_order_variant, vote_for_variant
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.product_tests.marking import DESIGNS, TEST, made, mark, no_differences, number, read
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space


async def test_a_product_test_from_draft_to_closed(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    member = await make_acting(database)
    draft = await made(graphql, marketer, space, opened=False)
    assert (draft["state"], draft["viewerCanTakePart"], draft["post"]) == ("DRAFT", False, None)
    assert await read(graphql, draft, member) is None, "a draft is for who prepares it"
    refused = await mark(graphql, "favouriteVariant", member, draft["variants"][0])
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"

    test = (
        await graphql.change("openProductTest", f"productTest {{ {TEST} }}", as_=marketer, productTest=draft["id"])
    )["productTest"]
    assert test["state"] == "OPEN"
    blue, white, ink = test["variants"]
    assert blue["price"] == {"amount": "12900", "currency": "CNY"}
    assert blue["costs"] == {
        "unitCost": {"amount": "4000"},
        "salvage": {"amount": "-500", "currency": "CNY"},
        "minimumLot": 100,
    }
    assert (ink["price"], ink["costs"]) == (None, {"unitCost": None, "salvage": None, "minimumLot": None})
    seen = await read(graphql, test, member)
    assert seen["viewerCanTakePart"] is True
    assert [each["costs"] for each in seen["variants"]] == [None] * 3, "costs are the brand's own"
    assert [each["funnel"] for each in seen["variants"]] == [None] * 3
    assert (await read(graphql, test, None))["viewerCanTakePart"] is False

    await mark(graphql, "favouriteVariant", member, blue)
    await mark(graphql, "voteForVariant", member, blue)
    done = await mark(graphql, "preOrderVariant", member, blue, quantity=2)
    assert done["userErrors"] == []
    assert done["variant"] == {"viewerHasFavourited": True, "viewerHasVoted": True, "viewerPreOrder": 2}
    await mark(graphql, "voteForVariant", member, white)
    await mark(graphql, "preOrderVariant", member, blue, quantity=3)
    seen = await read(graphql, test, member)
    assert seen["viewerVote"] == {"title": "素白 White"}
    assert [each["viewerHasVoted"] for each in seen["variants"]] == [False, True, False]
    assert seen["variants"][0]["viewerPreOrder"] == 3
    funnel = (await read(graphql, test, marketer))["variants"][0]["funnel"]
    assert (funnel["favourites"], funnel["votes"], funnel["preOrders"], funnel["piecesPreOrdered"]) == (1, 0, 1, 3)

    done = await graphql.change(
        "closeProductTest", "productTest { state closedAt }", as_=marketer, productTest=test["id"]
    )
    assert done["productTest"]["state"] == "CLOSED"
    for verb in ("favouriteVariant", "unfavouriteVariant", "voteForVariant", "preOrderVariant", "cancelPreOrder"):
        late = await mark(graphql, verb, member, blue)
        assert late["userErrors"][0]["code"] == "PRODUCT_TEST_NOT_OPEN"
    assert (await read(graphql, test, member))["variants"][0]["viewerPreOrder"] == 3
    await no_differences(database)


async def test_marks_can_be_taken_back(graphql: Client, database: Database, marketer: Acting) -> None:
    test = await made(graphql, marketer, await make_space(database))
    member = await make_acting(database)
    blue = test["variants"][0]
    for verb in ("favouriteVariant", "preOrderVariant"):
        await mark(graphql, verb, member, blue)

    await mark(graphql, "unfavouriteVariant", member, blue)
    done = await mark(graphql, "cancelPreOrder", member, blue)
    again = await mark(graphql, "cancelPreOrder", member, blue)

    assert done["variant"] == {"viewerHasFavourited": False, "viewerHasVoted": False, "viewerPreOrder": None}
    assert again["userErrors"] == []
    funnel = (await read(graphql, test, marketer))["variants"][0]["funnel"]
    assert (funnel["favourites"], funnel["preOrders"], funnel["piecesPreOrdered"]) == (0, 0, 0)
    await no_differences(database)


async def test_each_variant_is_discussed_in_a_thread_of_its_own_under_one_post(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test = await made(graphql, marketer, await make_space(database))
    assert test["post"] == {"title": "下一款茶杯 The next cup", "commentCount": 3}
    document = "query($id: ID!) { productTest(id: $id) { post { id } variants { discussion { id bodyHtml } } } }"
    found = (await graphql(document, {"id": test["id"]}))["productTest"]
    first = found["variants"][0]["discussion"]
    assert "<strong>青花 *Blue*</strong>" in first["bodyHtml"], "a title reads as it is written"

    member = await make_acting(database)
    said = await graphql.change(
        "createComment", "comment { id }", as_=member, post=found["post"]["id"], parent=first["id"], body="我要这个！"
    )

    assert said["userErrors"] == []
    after = await read(graphql, test, marketer)
    assert [each["funnel"]["comments"] for each in after["variants"]] == [1, 0, 0]


async def test_a_test_need_not_be_discussed(graphql: Client, database: Database, marketer: Acting) -> None:
    test = await made(graphql, marketer, await make_space(database, posting="MODERATORS"), discussed=False)

    assert (test["post"], test["variants"][0]["discussion"]) == (None, None)


async def test_where_only_moderators_post_a_test_is_not_opened_with_a_post(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    draft = await made(graphql, marketer, await make_space(database, posting="MODERATORS"), opened=False)

    done = await graphql.change("openProductTest", "productTest { id }", as_=marketer, productTest=draft["id"])

    assert done["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert (await read(graphql, draft, marketer))["state"] == "DRAFT"


async def test_members_see_totals_where_the_test_says_so_and_five_took_part(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    shown = await made(graphql, marketer, space, showTotals=True)
    silent = await made(graphql, marketer, space)
    members = [await make_acting(database) for _ in range(5)]
    for place, member in enumerate(members):
        for test in (shown, silent):
            await mark(graphql, "favouriteVariant", member, test["variants"][0])
            await mark(graphql, "preOrderVariant", member, test["variants"][place % 2], quantity=2)
        found = await read(graphql, shown, members[0])
        assert found["participantCount"] == place + 1
        assert (found["variants"][0]["totals"] is None) == (place < 4)

    found = await read(graphql, shown, members[0])
    assert [each["totals"] for each in found["variants"]][:2] == [
        {"favourites": 5, "votes": 0, "preOrders": 3, "piecesPreOrdered": 6},
        {"favourites": 0, "votes": 0, "preOrders": 2, "piecesPreOrdered": 4},
    ]
    assert (await read(graphql, silent, members[0]))["variants"][0]["totals"] is None
    assert (await read(graphql, silent, marketer))["variants"][0]["funnel"]["favourites"] == 5


async def test_variants_come_in_an_order_of_each_members_own(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test = await made(graphql, marketer, await make_space(database))
    document = "query($id: ID!) { productTest(id: $id) { variants(order: SHUFFLED) { title } } }"

    async def order(member: Acting | None) -> tuple[str, ...]:
        found = await graphql(document, {"id": test["id"]}, as_=member)
        return tuple(each["title"] for each in found["productTest"]["variants"])

    members = [await make_acting(database) for _ in range(20)]
    orders = {member.member_id: await order(member) for member in members}

    assert len(set(orders.values())) > 2
    assert {frozenset(each) for each in orders.values()} == {frozenset(design["title"] for design in DESIGNS)}
    assert await order(members[0]) == orders[members[0].member_id], "the same each time"
    assert await order(None) == tuple(design["title"] for design in DESIGNS)


async def test_fifty_members_changing_their_minds_at_once_have_a_vote_each(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test = await made(graphql, marketer, await make_space(database))
    members = [await make_acting(database) for _ in range(50)]

    calls: list[Any] = []
    for attempt in range(6):
        for member in members:
            calls.append(mark(graphql, "voteForVariant", member, test["variants"][attempt % 3]))
            calls.append(mark(graphql, "preOrderVariant", member, test["variants"][0], quantity=1 + attempt))
            favour = ("favouriteVariant", "unfavouriteVariant")[attempt % 2]
            calls.append(mark(graphql, favour, member, test["variants"][1]))
    done = await asyncio.gather(*calls)

    assert all(each["userErrors"] == [] for each in done)
    found = await read(graphql, test, marketer)
    assert sum(each["funnel"]["votes"] for each in found["variants"]) == 50
    assert found["variants"][0]["funnel"]["preOrders"] == 50
    await no_differences(database)


async def test_what_is_said_while_a_test_closes_is_in_or_refused(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    test = await made(graphql, marketer, await make_space(database))
    members = [await make_acting(database) for _ in range(40)]
    variant = number(test["variants"][0]["id"])

    async def attempt(member: Acting, wait: float) -> bool:
        await asyncio.sleep(wait)
        try:
            async with database.writing() as connection:
                await vote_for_variant(connection, member, variant)
                await pre_order_variant(connection, member, variant, 1)
        except ProductTestNotOpen:
            return False
        return True

    async def close() -> None:
        await asyncio.sleep(0.05)
        done = await graphql.change("closeProductTest", "productTest { state }", as_=marketer, productTest=test["id"])
        assert done["productTest"]["state"] == "CLOSED"

    said, _ = await asyncio.gather(
        asyncio.gather(*(attempt(member, 0.004 * place) for place, member in enumerate(members))), close()
    )

    funnel = (await read(graphql, test, marketer))["variants"][0]["funnel"]
    assert 0 < sum(said) < len(members), "some came in time, and some did not"
    assert (funnel["votes"], funnel["preOrders"]) == (sum(said), sum(said))
    await no_differences(database)
