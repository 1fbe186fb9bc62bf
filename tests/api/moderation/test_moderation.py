"""From a report to its decision, its undoing and an appeal, as who reports, who moderates and whom it concerns see it."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from moderation.audit.verifying import verify_log
from tests.api.conftest import Client
from tests.api.moderation.moderating import CASE, DECISION, codes, decide, queue, report
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.events import read_all


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_from_a_report_to_its_decision_and_back(graphql: Client, database: Database, moderator: Acting) -> None:
    author, one, two = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database), title="便宜手表", body="加微信 cheap watches")
    subject = f"post_{post}"

    first = await report(graphql, one, subject, body="广告 an advertisement")
    again = await report(graphql, one, subject, "HATE")
    other = await report(graphql, two, subject, "FRAUD")

    assert first["userErrors"] == other["userErrors"] == []
    assert again["report"]["id"] == first["report"]["id"], "one has said so once"
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["reportCount"], case["reason"]["name"]) == ("REPORTED", 2, "FRAUD"), "the gravest reason"
    assert case["reason"]["label"] == "欺诈"
    assert case["contents"]["nodes"] == [{"revision": 0, "title": "便宜手表", "body": "加微信 cheap watches"}]
    assert [each["outcome"] for each in case["reports"]["nodes"]] == ["PENDING"] * 2
    assert await queue(graphql, one) == []

    before = await contents(database)
    decided = await decide(
        graphql,
        moderator,
        "REMOVE",
        "WARN",
        case=case["id"],
        facts="It sells counterfeit watches. 卖假货。",
        law="商标法 Trade Mark Act, section 10",
        expectedVersion=case["version"],
    )

    assert decided["userErrors"] == []
    assert decided["decision"]["verdict"] == "UPHELD"
    assert await queue(graphql, moderator) == []
    post_now = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Post { moderation } } }", {"id": subject}, as_=one
    )
    assert post_now["node"] is None, "taken down"
    assert await value(database, "SELECT outcome FROM report WHERE reporter_id = $1", one.member_id) == "UPHELD"
    assert await value(database, "SELECT upheld FROM reporter WHERE member_id = $1", two.member_id) == 1
    own = await graphql(
        f"{{ viewer {{ moderation {{ decisions(first: 5) {{ nodes {{ {DECISION} }} }} }} }} }}", as_=author
    )
    (told,) = own["viewer"]["moderation"]["decisions"]["nodes"]
    assert told["facts"] == "It sells counterfeit watches. 卖假货。"
    assert (told["decidedBy"], told["case"], told["viewerCanAppeal"]) == (None, None, True)

    undone = await graphql.change(
        "undoDecision",
        f"decision {{ undoneAt }} case {{ {CASE} }}",
        as_=moderator,
        decision=decided["decision"]["id"],
        because="查错了 a mistake",
    )

    assert undone["userErrors"] == []
    assert undone["case"]["closedAt"] is None
    after = await contents(database)
    moved = {name for name, rows in after.items() if rows != before[name]}
    assert moved.isdisjoint({"post", "post_activity", "space", "tag", "member", "report", "strike"}), moved
    assert await value(database, "SELECT sum(upheld + declined) FROM reporter") == 0

    await read_all(database, audit_reader)
    async with database.reading() as connection:
        found = await verify_log(connection)
    assert (found.entries > 0, found.wrong) == (True, "")


async def test_an_appeal_is_judged_by_somebody_else_and_applied_at_once(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    other = await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))
    comment = f"comment_{await make_comment(database, author, post, body='说得好')}"
    await report(graphql, reporter, comment)
    (case,) = await queue(graphql, moderator)
    decided = await decide(graphql, moderator, "REMOVE", case=case["id"])
    decision = decided["decision"]["id"]

    not_theirs = await graphql.change("appeal", "appeal { id }", as_=reporter, decision=decision, body="No")
    made = await graphql.change(
        "appeal", "appeal { id state case { id } }", as_=author, decision=decision, body="不是广告"
    )
    twice = await graphql.change("appeal", "appeal { id }", as_=author, decision=decision, body="不是广告")

    assert codes(not_theirs) == ["NOTHING_TO_APPEAL"]
    assert made["appeal"]["state"] == "OPEN"
    assert made["appeal"]["case"] is None, "the appellant moderates nothing"
    assert codes(twice) == ["APPEALED_ALREADY"]
    (waiting,) = await queue(graphql, other, kind="APPEAL")
    assert waiting["contents"]["nodes"][0]["body"] == "不是广告"

    judged = {"appeal": made["appeal"]["id"], "granted": True, "answer": "您说得对 you are right"}
    by_decider = await graphql.change("decideAppeal", "appeal { id }", as_=moderator, **judged)
    done = await graphql.change("decideAppeal", "appeal { state answer decision { undoneAt } }", as_=other, **judged)

    assert codes(by_decider) == ["OWN_DECISION"]
    assert done["userErrors"] == []
    assert done["appeal"]["state"] == "GRANTED"
    assert done["appeal"]["decision"]["undoneAt"] is not None
    seen = await graphql("query($id: ID!) { node(id: $id) { ... on Comment { body } } }", {"id": comment})
    assert seen["node"]["body"] == "说得好"


async def test_who_reported_what_was_not_found_appeals_and_it_is_decided_anew(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    other = await make_acting(database, roles=(Role.MODERATOR,))
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await report(graphql, reporter, post, "ABUSE")
    (case,) = await queue(graphql, moderator)
    decided = await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)
    appealed = await graphql.change(
        "appeal", "appeal { id }", as_=reporter, decision=decided["decision"]["id"], body="Look again 请再看"
    )

    done = await graphql.change(
        "decideAppeal",
        "appeal { state }",
        as_=other,
        appeal=appealed["appeal"]["id"],
        granted=True,
        answer="It is an insult.",
        measures=[{"action": "REMOVE"}],
    )

    assert done["userErrors"] == []
    (again,) = await queue(graphql, other, closed=True, kind="REPORTED")
    assert again["decision"]["verdict"] == "UPHELD"
    assert [each["undoneAt"] is None for each in again["decisions"]["nodes"]] == [True, False]
    assert await value(database, "SELECT upheld - declined FROM reporter WHERE member_id = $1", reporter.member_id) == 1


async def test_nobody_judges_what_is_about_themselves(graphql: Client, database: Database, moderator: Acting) -> None:
    post = f"post_{await make_post(database, moderator, await make_space(database))}"
    await report(graphql, await make_acting(database), post)
    case = await value(database, "SELECT id FROM moderation_case")

    assert await queue(graphql, moderator) == []
    assert codes(await decide(graphql, moderator, "APPROVE", case=f"case_{case}", expectedRevision=0)) == ["NOT_FOUND"]
    assert codes(await decide(graphql, moderator, "APPROVE", subject=post, reason="SPAM")) == ["NOT_FOUND"]


async def test_what_is_edited_while_it_is_looked_at_is_not_let_through(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await report(graphql, reporter, post)
    (case,) = await queue(graphql, moderator)
    hidden = await decide(graphql, moderator, "HIDE", case=case["id"])
    assert hidden["userErrors"] == []
    await graphql.change("editPost", "post { id }", as_=author, post=post, body="something else")

    stale = await decide(graphql, moderator, "RESTORE", subject=post, reason="SPAM", expectedRevision=0)
    blind = await decide(graphql, moderator, "RESTORE", subject=post, reason="SPAM")
    fresh = await decide(graphql, moderator, "RESTORE", subject=post, reason="SPAM", expectedRevision=1)

    assert codes(stale) == ["CONTENT_CHANGED"]
    assert codes(blind) == ["INVALID"]
    assert fresh["userErrors"] == []


async def test_two_moderators_do_not_look_at_one_case(graphql: Client, database: Database, moderator: Acting) -> None:
    other = await make_acting(database, roles=(Role.MODERATOR,))
    post = f"post_{await make_post(database, await make_acting(database), await make_space(database))}"
    await report(graphql, await make_acting(database), post)
    (case,) = await queue(graphql, moderator)

    claimed = await graphql.change("claimCase", "case { claimedBy { handle } }", as_=moderator, case=case["id"])
    refused = await graphql.change("claimCase", "case { id }", as_=other, case=case["id"])
    deciding = await decide(graphql, other, "REMOVE", case=case["id"])
    await graphql.change("releaseCase", "case { id }", as_=moderator, case=case["id"])
    done = await decide(graphql, other, "REMOVE", case=case["id"])
    late = await decide(graphql, moderator, "REMOVE", case=case["id"])

    assert claimed["userErrors"] == []
    assert codes(refused) == codes(deciding) == ["CASE_CLAIMED"]
    assert done["userErrors"] == []
    assert codes(late) == ["CASE_CLOSED"]
