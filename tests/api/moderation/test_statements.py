"""The statement of reasons, as whom it concerns reads it."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, decide, report
from tests.factories.discussions import make_acting, make_post, make_space

STATEMENT = """
    id ground law territorialScope detection automatedDetection automated facts
    own: statement zh: statement(locale: "zh-CN") en: statement(locale: "en") fr: statement(locale: "fr")
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_it_says_all_that_the_law_asks_for_in_both_languages(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await report(graphql, reporter, post, "FRAUD")
    given = {"subject": post, "reason": "FRAUD", "facts": "It sells what is not there.\n卖不存在的东西。"}

    unfounded = await decide(graphql, moderator, "REMOVE", **given)
    nowhere = await decide(graphql, moderator, "REMOVE", law="§ 263 StGB", territorialScope=["Germany"], **given)
    decided = await decide(graphql, moderator, "REMOVE", law="§ 263 StGB", territorialScope=["de", "AT"], **given)

    assert codes(unfounded) == ["LAW_MISSING"]
    assert unfounded["userErrors"][0]["path"] == ["input", "law"]
    assert codes(nowhere) == ["INVALID"]
    assert decided["userErrors"] == []
    ask = f"query($id: ID!) {{ decision(id: $id) {{ {STATEMENT} }} }}"
    told = (await graphql(ask, {"id": decided["decision"]["id"]}, as_=author))["decision"]
    assert (told["ground"], told["law"], told["territorialScope"]) == ("LAW", "§ 263 StGB", ["AT", "DE"])
    assert (told["detection"], told["automatedDetection"], told["automated"]) == ("OWN_INITIATIVE", False, False)
    assert told["own"] == told["en"] == told["fr"]
    for part in (
        "This is about your post.",
        "It was removed. Until it is undone.",
        "It was against the law: § 263 StGB. Reason: Fraud.",
        "What was found: It sells what is not there. 卖不存在的东西。",
        "Our moderators came upon it themselves.",
        "No automated means were used to find it.",
        "The decision was made by a person.",
        "In these countries: AT, DE.",
        "You can appeal against this decision until",
    ):
        assert part in told["en"]
    for part in (
        "本说明涉及您的帖子",
        "内容已被移除。在撤销之前一直有效。",
        "违反法律：§ 263 StGB。原因：欺诈。",
        "由我们的管理员主动发现。",
        "该决定由人工作出。",
        "以下国家或地区：AT, DE。",
        "免费申诉",
    ):
        assert part in told["zh"]
    seen = (await graphql(ask, {"id": decided["decision"]["id"]}, as_=moderator))["decision"]
    assert seen["en"] == told["en"]
    assert (await graphql(ask, {"id": decided["decision"]["id"]}, as_=reporter))["decision"] is None


async def test_who_reported_reads_what_was_decided_and_not_what_was_told_to_another(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = f"post_{await make_post(database, author, await make_space(database))}"
    case = (await report(graphql, reporter, post, "ABUSE"))["report"]["id"]
    data = await graphql("{ cases(first: 1) { nodes { id } } }", as_=moderator)
    decided = await decide(graphql, moderator, "REMOVE", case=data["cases"]["nodes"][0]["id"], facts="你好 secret")

    seen = await graphql(
        f"query($id: ID!) {{ decision(id: $id) {{ {STATEMENT} }} }}", {"id": decided["decision"]["id"]}, as_=reporter
    )

    assert case
    assert (seen["decision"]["ground"], seen["decision"]["detection"]) == ("RULES", "REPORT")
    assert seen["decision"]["en"] is seen["decision"]["law"] is seen["decision"]["facts"] is None


async def test_a_decision_cannot_be_given_other_grounds_afterwards(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    decided = await decide(graphql, moderator, "REMOVE", subject=post, reason="SPAM")
    assert decided["userErrors"] == []

    for change in (
        "law = 'another'",
        "territorial_scope = '{DE}'",
        "detection = 'REPORT'",
        "automated_detection = true",
    ):
        with pytest.raises(Exception, match="a decision is undone, and not changed"):
            async with database.writing() as connection:
                await connection.raw.execute(f"UPDATE decision SET {change}")
