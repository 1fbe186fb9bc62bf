"""Whatever a member sees of others can be reported: also an idea, which is a post, and a referral that concerns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.members.roles import Role
from community.rewards.promises import Cause, PointsOf, Promise, promise
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.ideas import make_board, make_idea
from tests.factories.referrals import claim, make_code, make_program, referral_under_review
from tests.factories.rewards import make_budget

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

CAN_REPORT = """
query($ids: [ID!]!) { nodes(ids: $ids) {
  ... on Post { viewerCanReport } ... on Comment { viewerCanReport } ... on Idea { viewerCanReport }
  ... on Member { viewerCanReport } ... on Referral { viewerCanReport }
} }
"""


async def test_an_idea_is_reported_as_the_post_that_it_is(graphql: Client, database: Database) -> None:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    author, one, two = [await make_acting(database) for _ in range(3)]
    board = await make_board(database, staff, await make_space(database))
    idea = await make_idea(database, author, board, title="带滤网的杯子 A cup with a strainer")

    assert codes(await report(graphql, one, f"idea_{idea}", "SPAM")) == []
    post = await value(database, "SELECT post_id FROM idea WHERE id = $1", idea)
    assert codes(await report(graphql, two, f"post_{post}", "SPAM")) == []

    (case,) = await queue(graphql, staff)
    assert (case["reportCount"], case["subject"]["id"]) == (2, f"post_{post}")
    assert case["contents"]["nodes"][0]["title"] == "带滤网的杯子 A cup with a strainer"
    assert codes(await report(graphql, one, "idea_999999", "SPAM")) == ["NOT_FOUND"]


async def test_a_referral_is_reported_by_the_two_whom_it_concerns(graphql: Client, database: Database) -> None:
    marketer, referrer, brought, other = [
        await make_acting(database, roles=roles) for roles in ((Role.MARKETER, Role.MODERATOR), (), (), ())
    ]
    code = await make_code(database, referrer, await make_program(database, marketer))
    referral = f"referral_{await claim(database, brought, code)}"

    assert codes(await report(graphql, other, referral, "FRAUD")) == ["NOT_FOUND"]
    assert codes(await report(graphql, None, referral, "FRAUD")) == ["UNAUTHENTICATED"]
    assert codes(await report(graphql, brought, referral, "FRAUD", "我没用过他的码 I never used that code")) == []

    (case,) = await queue(graphql, marketer)
    assert case["subject"]["id"] == referral
    assert case["member"]["handle"] == await value(
        database, "SELECT handle FROM member WHERE id = $1", referrer.member_id
    )
    # It has earned nothing: there is nothing to take back, and whose it is can be warned.
    refused = await decide(graphql, marketer, "REMOVE", case=case["id"], law="刑法第二百六十六条")
    assert codes(refused) == ["ACTION_NOT_POSSIBLE"]
    warned = await decide(graphql, marketer, "WARN", case=case["id"], law="刑法第二百六十六条")
    assert warned["userErrors"] == []
    assert warned["decision"]["verdict"] == "UPHELD"


async def test_a_report_that_finds_nothing_wrong_grants_nothing_before_its_time(
    graphql: Client, database: Database
) -> None:
    staff, referrer, brought = [
        await make_acting(database, roles=roles) for roles in ((Role.ADMIN, Role.MARKETER), (), ())
    ]
    referral = await claim(database, brought, await make_code(database, referrer, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(referrer.member_id, cause, PointsOf(70), budget))
    assert codes(await report(graphql, brought, f"referral_{referral}", "FRAUD")) == []
    (case,) = await queue(graphql, staff, kind="REPORTED")
    reward_now = f"SELECT (state, held_until)::text FROM reward WHERE id = {reward}"
    before = await value(database, reward_now)
    assert str(before).startswith(("(PENDING", "(HELD"))

    approved = await decide(graphql, staff, "APPROVE", case=case["id"])

    assert approved["userErrors"] == []
    assert await value(database, reward_now) == before
    undone = await graphql.change(
        "undoDecision", "case { closedAt }", as_=staff, decision=approved["decision"]["id"], because="再看看"
    )
    assert undone["userErrors"] == []
    assert await value(database, reward_now) == before


async def test_what_a_reported_referral_earned_is_taken_back(graphql: Client, database: Database) -> None:
    referral, reward = await referral_under_review(database)
    marketer = await make_acting(database, roles=(Role.MARKETER, Role.MODERATOR))
    granted = await graphql.change(
        "reviewReferral",
        "clientMutationId",
        as_=marketer,
        referral=f"referral_{referral}",
        decision="GRANT",
        reason="可以",
    )
    assert granted["userErrors"] == []
    brought = await value(database, "SELECT member_id FROM referral WHERE id = $1", referral)
    reported = await graphql.change(
        "report", "report { id }", as_=int(str(brought)), subject=f"referral_{referral}", reason="FRAUD"
    )
    assert reported["userErrors"] == []
    (case,) = await queue(graphql, marketer, kind="REPORTED")

    removed = await decide(graphql, marketer, "REMOVE", case=case["id"], law="刑法第二百六十六条")

    assert removed["userErrors"] == []
    assert await value(database, "SELECT state FROM reward WHERE id = $1", reward) == "REVERSED"


async def test_what_can_be_reported_says_so_to_others_alone(graphql: Client, database: Database) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, author, post)
    ids = {"ids": [f"post_{post}", f"comment_{comment}", f"member_{author.member_id}"]}

    async def said(member: object) -> set[bool]:
        data = await graphql(CAN_REPORT, ids, as_=member)  # type: ignore[arg-type]
        return {node["viewerCanReport"] for node in data["nodes"]}

    assert await said(other) == {True}
    assert await said(author) == {False}
    assert await said(None) == {False}
