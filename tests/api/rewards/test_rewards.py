"""Rewards as staff and members have them: promised and granted, spent from the oldest lot on, taken back, private."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.rewards import granting
from community.rewards.moving import hold_for_review, release
from community.rewards.promises import BadgeOf, TierOf, VoucherOf
from tests.api.conftest import Client
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, value
from tests.factories.rewards import (
    all_in_order,
    balance_of,
    lots_of,
    make_budget,
    make_item,
    make_redemption,
    make_reward,
    make_vouchers,
)

MINE = """{ viewer { rewards {
    balance { amount currency }
    lots(first: 10) { nodes { amount { amount } left { amount } expiresAt } }
    statement(first: 20) { nodes { position kind amount { amount } balanceAfter { amount } reward { state } redemption { id } } }
    rewards(first: 10) { nodes { kind state points { amount } name reason moves { before after reason movedBy { handle } } } }
    redemptions(first: 10) { nodes { state price { amount } item { title } voucher { code } } }
    vouchers(first: 10) { nodes { code pool revokedAt } }
    badges(first: 10) { nodes { name } }
    tier { name until }
} } }"""


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


@pytest.fixture
async def member(database: Database) -> Acting:
    return await make_acting(database)


async def mine(graphql: Client, member: Acting) -> Any:
    return (await graphql(MINE, as_=member))["viewer"]["rewards"]


async def test_points_are_given_once_for_a_key_and_shown_in_the_statement(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    made = await graphql.change(
        "createRewardBudget", "budget { id spent { amount } }", as_=marketer, name="春季 spring", amount="1000"
    )
    given = {
        "member": f"member_{member.member_id}",
        "budget": made["budget"]["id"],
        "amount": "70",
        "reason": "谢谢 thank you",
        "idempotencyKey": "一 one",
        "lastDays": 30,
    }
    first = await graphql.change("grantPoints", "reward { id state points { amount currency } }", as_=marketer, **given)
    again = await graphql.change("grantPoints", "reward { id state }", as_=marketer, **given)
    other = await graphql.change("grantPoints", "reward { id }", as_=marketer, **given | {"amount": "71"})

    assert first["reward"]["points"] == {"amount": "70", "currency": "POINTS"}
    assert again["reward"] == {"id": first["reward"]["id"], "state": "GRANTED"}
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    shown = await mine(graphql, member)
    assert shown["balance"] == {"amount": "70", "currency": "POINTS"}
    assert [(line["kind"], line["amount"]["amount"]) for line in shown["statement"]["nodes"]] == [
        ("REWARD_GRANTED", "70")
    ]
    assert [move["after"] for move in shown["rewards"]["nodes"][0]["moves"]] == ["PENDING", "HELD", "GRANTED"]
    assert shown["rewards"]["nodes"][0]["moves"][2]["movedBy"] is None, "who of staff it was is for staff"
    assert shown["lots"]["nodes"][0]["expiresAt"] is not None
    budgets = await graphql("{ rewardBudgets(first: 5) { nodes { name spent { amount } } } }", as_=marketer)
    assert budgets["rewardBudgets"]["nodes"] == [{"name": "春季 spring", "spent": {"amount": "70"}}]
    assert (await graphql("{ rewardBudgets(first: 5) { nodes { name } } }", as_=member))["rewardBudgets"] is None
    await all_in_order(database)


async def test_a_budget_and_the_cap_of_a_member_are_never_passed(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer, 100, per_member=60)
    given = {"budget": f"reward_budget_{budget}", "reason": "好", "member": f"member_{member.member_id}"}
    await graphql.token(marketer)
    before = await contents(database)

    over = await graphql.change("grantPoints", "reward { id }", as_=marketer, **given, amount="61", idempotencyKey="a")
    beyond = await graphql.change(
        "grantPoints", "reward { id }", as_=marketer, **given, amount="101", idempotencyKey="b"
    )

    assert [each["userErrors"][0]["code"] for each in (over, beyond)] == ["MEMBER_CAP_REACHED", "BUDGET_EXHAUSTED"]
    assert await contents(database) == before


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "１２"}, "amount"),
        ({"amount": "9" * 400}, "amount"),
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 501}, "reason"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "a\n"}, "idempotencyKey"),
        ({"lastDays": 0}, "lastDays"),
        ({"lastDays": 2_000_000_000}, "lastDays"),
    ],
)
async def test_what_is_wrong_with_a_gift_is_named_and_nothing_happens(
    graphql: Client, database: Database, marketer: Acting, member: Acting, given: dict[str, Any], at: str
) -> None:
    budget = await make_budget(database, marketer)
    right = {
        "budget": f"reward_budget_{budget}",
        "member": f"member_{member.member_id}",
        "amount": "5",
        "reason": "好",
        "idempotencyKey": "k",
    }
    await graphql.token(marketer)
    before = await contents(database)

    answer = await graphql.change("grantPoints", "reward { id }", as_=marketer, **right | given)

    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("INVALID", ["input", at])]
    assert await contents(database) == before


async def test_the_oldest_points_are_spent_first_and_come_back_to_where_they_came_from(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer)
    await make_reward(database, member, budget, 50)
    await make_reward(database, member, budget, 50)
    item = await make_item(database, marketer, 70)

    redeemed = await graphql.change(
        "redeemReward", "redemption { id state }", as_=member, item=f"reward_item_{item}", idempotencyKey="杯"
    )
    assert redeemed["redemption"]["state"] == "REQUESTED"
    assert await lots_of(database, member) == [0, 30]
    again = await graphql.change(
        "redeemReward", "redemption { id }", as_=member, item=f"reward_item_{item}", idempotencyKey="杯"
    )
    assert again["redemption"]["id"] == redeemed["redemption"]["id"]
    poor = await graphql.change("redeemReward", "redemption { id }", as_=member, item=f"reward_item_{item}")
    assert poor["userErrors"][0]["code"] == "INSUFFICIENT_BALANCE"
    own = await graphql.change(
        "cancelRedemption", "redemption { id }", as_=member, redemption=redeemed["redemption"]["id"], reason="不要了"
    )
    assert own["userErrors"][0]["code"] == "NOT_PERMITTED"

    cancelled = await graphql.change(
        "cancelRedemption", "redemption { state }", as_=marketer, redemption=redeemed["redemption"]["id"], reason="缺货"
    )

    assert cancelled["redemption"]["state"] == "CANCELLED"
    assert await lots_of(database, member) == [50, 50]
    assert await balance_of(database, member) == 100
    await all_in_order(database)


async def test_what_is_taken_back_after_it_was_spent_is_owed_and_filled_by_what_comes_next(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer)
    reward = await make_reward(database, member, budget, 100)
    item = await make_item(database, marketer, 80)
    redemption = await make_redemption(database, member, item)

    taken = await graphql.change(
        "reverseReward", "reward { state reason }", as_=marketer, reward=f"reward_{reward}", reason="作弊 fraud"
    )
    assert taken["reward"] == {"state": "REVERSED", "reason": "作弊 fraud"}
    assert (await mine(graphql, member))["balance"]["amount"] == "-80"
    await all_in_order(database)
    await make_reward(database, member, budget, 100)
    assert await lots_of(database, member) == [0, 20]
    await all_in_order(database)

    await graphql.change(
        "cancelRedemption", "redemption { id }", as_=marketer, redemption=f"redemption_{redemption}", reason="缺货"
    )

    assert await balance_of(database, member) == 100
    await all_in_order(database)
    twice = await graphql.change("reverseReward", "reward { id }", as_=marketer, reward=f"reward_{reward}", reason="又")
    assert twice["userErrors"][0]["code"] == "REWARD_NOT_MOVABLE"


async def test_a_badge_a_tier_and_a_voucher_are_given_shown_to_their_owner_and_taken_back(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer)
    pool = await make_vouchers(database, marketer, "茶-1", "CUP-2")
    made = [
        await make_reward(database, member, budget, what)
        for what in (BadgeOf("茶友 tea friend"), TierOf("金 gold"), VoucherOf(pool))
    ]

    shown = await mine(graphql, member)
    assert [badge["name"] for badge in shown["badges"]["nodes"]] == ["茶友 tea friend"]
    assert shown["tier"] == {"name": "金 gold", "until": None}
    assert [voucher["code"] for voucher in shown["vouchers"]["nodes"]] == ["CUP-2"]
    everybody = "query ($id: ID!) { node(id: $id) { ... on Reward { kind voucher { code } } ... on Voucher { code } } }"
    voucher = await value(database, "SELECT id FROM voucher WHERE given_at IS NOT NULL")
    for id_, seen in ((f"reward_{made[2]}", {"kind": "VOUCHER", "voucher": None}), (f"voucher_{voucher}", None)):
        assert (await graphql(everybody, {"id": id_}, as_=marketer))["node"] == seen, "staff see no code"
        assert (await graphql(everybody, {"id": id_}, as_=await make_acting(database)))["node"] is None
    tier = "query ($id: ID!) { node(id: $id) { ... on Member { tier { name } } } }"
    whose = {"id": f"member_{member.member_id}"}
    assert (await graphql(tier, whose, as_=marketer))["node"]["tier"] == {"name": "金 gold"}
    assert (await graphql(tier, whose, as_=await make_acting(database)))["node"]["tier"] is None

    for reward in made:
        await graphql.change(
            "reverseReward", "reward { id }", as_=marketer, reward=f"reward_{reward}", reason="错 wrong"
        )

    shown = await mine(graphql, member)
    assert (shown["badges"]["nodes"], shown["tier"]) == ([], None)
    assert shown["vouchers"]["nodes"][0]["revokedAt"] is not None
    assert await value(database, "SELECT count(*) FROM voucher WHERE given_at IS NULL") == 1, (
        "a seen code is not reused"
    )


async def test_what_is_held_is_granted_by_the_clock_unless_somebody_looks_at_it(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer)
    later = await make_reward(database, member, budget, 1, granted=False, hold=timedelta(days=1))
    due = await make_reward(database, member, budget, 10, granted=False)
    watched, rejected = [await make_reward(database, member, budget, 100, granted=False) for _ in range(2)]
    for each in (watched, rejected):
        await database.transact(lambda connection, each=each: hold_for_review(connection, each, "环 ring"))  # type: ignore[misc] # bound now

    await granting.see_to(database)
    await granting.see_to(database)

    assert await balance_of(database, member) == 10
    waiting = await graphql("{ rewards(first: 10, filter: {underReview: true}) { nodes { id reason } } }", as_=marketer)
    assert [node["id"] for node in waiting["rewards"]["nodes"]] == [f"reward_{rejected}", f"reward_{watched}"]
    assert waiting["rewards"]["nodes"][0]["reason"] == "环 ring"
    no = await graphql.change(
        "reviewReward", "reward { state }", as_=marketer, reward=f"reward_{rejected}", decision="REJECT", reason="假"
    )
    assert no["reward"]["state"] == "REJECTED"
    await database.transact(lambda connection: release(connection, watched, "没事"))
    await granting.see_to(database)
    early = await graphql.change(
        "reviewReward", "reward { state }", as_=marketer, reward=f"reward_{later}", decision="GRANT", reason="好"
    )
    assert early["reward"]["state"] == "GRANTED"
    assert await balance_of(database, member) == 111
    gone = await graphql.change(
        "reviewReward", "reward { state }", as_=marketer, reward=f"reward_{due}", decision="REJECT", reason="假"
    )
    assert gone["userErrors"][0]["code"] == "REWARD_NOT_MOVABLE"
    await all_in_order(database)


async def test_members_may_do_nothing_of_what_staff_do(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    budget = await make_budget(database, marketer)
    reward = f"reward_{await make_reward(database, member, budget)}"
    item = f"reward_item_{await make_item(database, marketer)}"
    redemption = f"redemption_{await make_redemption(database, member, int(item.rpartition('_')[2]))}"
    stranger = await make_acting(database, roles=(Role.MODERATOR,))
    for acting in (member, stranger):
        await graphql.token(acting)
    before = await contents(database)
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("createRewardBudget", {"name": "我的", "amount": "5"}),
        (
            "grantPoints",
            {
                "member": f"member_{member.member_id}",
                "budget": f"reward_budget_{budget}",
                "amount": "5",
                "reason": "我",
                "idempotencyKey": "k",
            },
        ),
        ("reviewReward", {"reward": reward, "decision": "GRANT", "reason": "我"}),
        ("reverseReward", {"reward": reward, "reason": "我"}),
        ("importVouchers", {"pool": "券", "codes": ["a"]}),
        ("createRewardItem", {"title": "杯", "price": 1}),
        ("updateRewardItem", {"item": item, "price": 1}),
        ("fulfilRedemption", {"redemption": redemption}),
        ("cancelRedemption", {"redemption": redemption, "reason": "我"}),
    ]

    for verb, given in attempts:
        own = await graphql.change(verb, "clientMutationId", as_=member, **given)
        others = await graphql.change(verb, "clientMutationId", as_=stranger, **given)
        assert own["userErrors"][0]["code"] == "NOT_PERMITTED", verb
        hidden = "reward" in given or "redemption" in given
        assert others["userErrors"][0]["code"] == ("NOT_FOUND" if hidden else "NOT_PERMITTED"), verb

    assert await contents(database) == before


async def test_vouchers_are_brought_in_once_from_a_list_or_csv_and_given_for_points(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    csv = '\ufeffcode,note\r\n茶-001,x\r\nCUP-2,"a,b"\r\n茶-001,y\r\n'
    first = await graphql.change("importVouchers", "pool { id left } imported known", as_=marketer, pool="券", csv=csv)
    assert (first["imported"], first["known"], first["pool"]["left"]) == (2, 1, 2)
    second = await graphql.change("importVouchers", "imported known", as_=marketer, pool="券", codes=["CUP-2"])
    assert (second["imported"], second["known"]) == (0, 1)
    offered = await graphql.change(
        "createRewardItem",
        "item { id fulfilment }",
        as_=marketer,
        title="茶券 tea voucher",
        price=5,
        fulfilment="VOUCHER",
        voucherPool=first["pool"]["id"],
    )
    await make_reward(database, member, await make_budget(database, marketer), 100)
    selection = "redemption { state voucher { code } }"
    codes = []
    for _ in range(2):
        got = await graphql.change("redeemReward", selection, as_=member, item=offered["item"]["id"])
        assert got["redemption"]["state"] == "FULFILLED"
        codes.append(got["redemption"]["voucher"]["code"])

    none = await graphql.change("redeemReward", selection, as_=member, item=offered["item"]["id"])

    assert sorted(codes) == ["CUP-2", "茶-001"]
    assert none["userErrors"][0]["code"] == "NO_VOUCHER_LEFT"
    assert await balance_of(database, member) == 90, "what cannot be had is not paid for"
    for hostile in (["a b"], ["\x01"], ["x" * 101], ["好", "\u202eevil"], []):
        refused = await graphql.change("importVouchers", "imported", as_=marketer, pool="券", codes=hostile)
        assert refused["userErrors"][0]["path"] == ["input", "codes"]
    broken = await graphql.change("importVouchers", "imported", as_=marketer, pool="券", csv='"')
    assert broken["userErrors"][0]["path"] == ["input", "csv"]
    await all_in_order(database)


async def test_an_item_is_offered_within_its_time_its_stock_and_its_limit(
    graphql: Client, database: Database, marketer: Acting, member: Acting
) -> None:
    await make_reward(database, member, await make_budget(database, marketer), 1_000)
    item = f"reward_item_{await make_item(database, marketer, 10, stock=2, per_member=1)}"

    async def redeem(item: str, who: Acting = member) -> list[str]:
        answer = await graphql.change("redeemReward", "redemption { id }", as_=who, item=item)
        return [error["code"] for error in answer["userErrors"]]

    assert await redeem(item) == []
    assert await redeem(item) == ["ITEM_LIMIT_REACHED"]
    changed = await graphql.change(
        "updateRewardItem", "item { stock left perMember price { amount } }", as_=marketer, item=item, stock=1, price=20
    )
    assert changed["item"] == {"stock": 1, "left": 0, "perMember": 1, "price": {"amount": "20"}}
    fewer = await graphql.change("updateRewardItem", "item { id }", as_=marketer, item=item, stock=0)
    assert fewer["userErrors"][0]["path"] == ["input", "stock"]
    await graphql.change("updateRewardItem", "item { id }", as_=marketer, item=item, perMember=None)
    assert await redeem(item) == ["ITEM_SOLD_OUT"]
    soon = await graphql.change(
        "createRewardItem", "item { id }", as_=marketer, title="以后 later", price=1, activeFrom="2099-01-01T00:00:00Z"
    )
    assert await redeem(soon["item"]["id"]) == ["NOT_FOUND"]
    look = "query ($id: ID!) { rewardItem(id: $id) { title } }"
    assert (await graphql(look, {"id": soon["item"]["id"]}, as_=member))["rewardItem"] is None
    assert (await graphql(look, {"id": soon["item"]["id"]}, as_=marketer))["rewardItem"] == {"title": "以后 later"}
    await graphql.change(
        "updateRewardItem", "item { id }", as_=marketer, item=item, activeFrom="2020-01-01T00:00:00Z",
        activeUntil="2021-01-01T00:00:00Z", stock=5,
    )  # fmt: skip
    assert await redeem(item) == ["ITEM_NOT_REDEEMABLE"]
    assert await balance_of(database, member) == 990
    await all_in_order(database)
