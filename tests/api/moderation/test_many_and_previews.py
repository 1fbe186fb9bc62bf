"""Deciding on many cases at once, looking before deciding, saved replies, and what is known of a member."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import DECISION, codes, decide, queue, report
from tests.factories.contents import contents
from tests.factories.discussions import differences, make_acting, make_comment, make_post, make_space, value
from tests.factories.events import settle

PREVIEW = """preview {
    verdict hiddenPosts hiddenComments shownPosts shownComments counters { counter of before after }
    told { kind members } standingBefore standingAfter suspendedUntil strikePointsBefore strikePointsAfter
    suggestion { action days }
}"""
MANY = "decision { id madeAtOnce(first: 10) { nodes { id } } } decidedCount refused { case code message }"
REPLY = {"name": "广告 ads", "textEn": "No advertising here.", "textZh": "这里不发广告。", "reason": "SPAM"}


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def preview(graphql: Client, moderator: Acting, case: str, *measures: Any, **given: Any) -> Any:
    actions = [{"action": each} if isinstance(each, str) else each for each in measures]
    return await graphql.change("previewDecision", PREVIEW, as_=moderator, case=case, measures=actions, **given)


async def test_a_preview_says_what_then_happens_and_leaves_nothing_behind(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reader, one, two = [await make_acting(database) for _ in range(4)]
    space = await make_space(database)
    post = await make_post(database, author, space, tags=("茶",))
    other = await make_post(database, author, space)
    await make_comment(database, reader, post)
    await make_comment(database, author, other)
    for reporter in (one, two):
        await report(graphql, reporter, f"post_{post}", "ABUSE")
    (case,) = await queue(graphql, moderator)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    measures = ("REMOVE", {"action": "SUSPEND", "until": until})
    await settle(database)
    before = await contents(database)

    answered = await preview(graphql, moderator, case["id"], *measures)

    assert answered["userErrors"] == []
    seen = answered["preview"]
    assert await contents(database) == before
    assert (seen["verdict"], seen["hiddenPosts"], seen["hiddenComments"], seen["shownPosts"]) == ("UPHELD", 2, 2, 0)
    assert {(each["counter"], each["before"], each["after"]) for each in seen["counters"]} == {
        ("SPACE_POSTS", 2, 1), ("TAG_POSTS", 1, 0), ("MEMBER_POSTS", 2, 1),
    }  # fmt: skip
    assert seen["told"] == [{"kind": "DECISION", "members": 1}, {"kind": "REPORT_ANSWERED", "members": 2}]
    assert (seen["standingBefore"], seen["standingAfter"]) == ("ACTIVE", "SUSPENDED")
    assert seen["suspendedUntil"] is not None
    assert (seen["strikePointsBefore"], seen["strikePointsAfter"]) == (0, 3)
    assert seen["suggestion"] == {"action": "WARN", "days": None}

    done = await decide(graphql, moderator, *measures, case=case["id"])
    assert done["userErrors"] == []
    assert await value(database, "SELECT post_count FROM space WHERE id = $1", space) in {1, 0}, (
        "or all are hidden already"
    )


async def test_what_refuses_a_decision_refuses_its_preview(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await report(graphql, await make_acting(database), f"post_{post}")
    (case,) = await queue(graphql, moderator)

    assert codes(await preview(graphql, moderator, case["id"], "APPROVE", expectedRevision=7)) == ["CONTENT_CHANGED"]
    assert codes(await preview(graphql, moderator, case["id"], "REMOVE", expectedVersion=9)) == ["CASE_CHANGED"]
    assert codes(await preview(graphql, author, case["id"], "REMOVE")) == ["NOT_FOUND"]


async def test_each_of_many_cases_is_decided_or_named_and_all_are_undone_together(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    space = await make_space(database)
    posts = [await make_post(database, author, space) for _ in range(4)]
    about_moderator = await make_post(database, moderator, space)
    for post in (*posts, about_moderator):
        await report(graphql, reporter, f"post_{post}")
    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT id, subject_id FROM moderation_case ORDER BY id")
    cases = {row["subject_id"]: f"case_{row['id']}" for row in rows}
    await decide(graphql, moderator, "IGNORE", case=cases[posts[3]])
    await settle(database)
    before = await contents(database)
    asked: list[dict[str, object]] = [{"case": case} for case in cases.values()]
    asked[2]["expectedVersion"] = 99

    done = await graphql.change(
        "decideMany", MANY, as_=moderator, cases=asked, measures=[{"action": "REMOVE"}], facts="刷屏 flooding"
    )

    assert done["userErrors"] == []
    assert done["decidedCount"] == 2
    assert len(done["decision"]["madeAtOnce"]["nodes"]) == 1
    assert {each["case"]: each["code"] for each in done["refused"]} == {
        cases[posts[2]]: "CASE_CHANGED", cases[posts[3]]: "CASE_CLOSED", cases[about_moderator]: "NOT_FOUND",
    }  # fmt: skip
    assert await value(database, "SELECT count(*) FROM post WHERE visibility = 2") == 2
    assert await value(database, "SELECT count(*) FROM strike") == 2

    undone = await graphql.change(
        "undoDecision", f"decision {{ {DECISION} }}", as_=moderator, decision=done["decision"]["id"], because="看错了"
    )
    again = await graphql.change(
        "undoDecision", "decision { id }", as_=moderator, decision=done["decision"]["id"], because="看错了"
    )

    assert undone["userErrors"] == []
    assert codes(again) == ["DECISION_UNDONE"]
    after = await contents(database)
    moved = {name for name, rows in after.items() if rows != before[name]}
    assert moved.isdisjoint({"post", "post_activity", "space", "tag", "member", "report", "strike"}), moved
    assert await differences(database) == []


async def test_an_appeal_against_the_first_of_many_undoes_that_one(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    other = await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database)
    for _ in range(2):
        await report(graphql, reporter, f"post_{await make_post(database, author, space)}")
    asked = [{"case": case["id"]} for case in await queue(graphql, moderator)]
    done = await graphql.change("decideMany", MANY, as_=moderator, cases=asked, measures=[{"action": "REMOVE"}])
    made = await graphql.change("appeal", "appeal { id }", as_=author, decision=done["decision"]["id"], body="不对")
    await graphql.change(
        "decideAppeal", "appeal { id }", as_=other, appeal=made["appeal"]["id"], granted=True, answer="对"
    )

    assert await value(database, "SELECT count(*) FROM decision WHERE undone_at IS NULL") == 1
    rest = await graphql.change(
        "undoDecision", "decision { id }", as_=other, decision=done["decision"]["id"], because="都不对"
    )
    assert rest["userErrors"] == []
    assert await value(database, "SELECT count(*) FROM decision WHERE undone_at IS NULL") == 0


@pytest.mark.parametrize("cases", [0, 101])
async def test_many_are_one_to_a_hundred(graphql: Client, moderator: Acting, cases: int) -> None:
    asked = [{"case": f"case_{number + 1}"} for number in range(cases)]
    done = await graphql.change("decideMany", MANY, as_=moderator, cases=asked, measures=[{"action": "REMOVE"}])
    assert codes(done) == ["INVALID"]


@pytest.mark.parametrize(("locale", "said"), [("en", REPLY["textEn"]), ("zh", REPLY["textZh"])])
async def test_a_saved_reply_is_copied_in_the_language_of_whom_it_concerns(
    graphql: Client, database: Database, moderator: Acting, locale: str, said: str
) -> None:
    author = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET locale = $2 WHERE id = $1", author.member_id, locale)
    post = await make_post(database, author, await make_space(database))
    made = await graphql.change("createSavedReply", "savedReply { id name }", as_=moderator, **REPLY)
    twice = await graphql.change("createSavedReply", "savedReply { id }", as_=moderator, **REPLY)
    half = await graphql.change("createSavedReply", "savedReply { id }", as_=moderator, **{**REPLY, "textZh": " "})
    reply = made["savedReply"]["id"]

    decided = await decide(
        graphql, moderator, "REMOVE", subject=f"post_{post}", reason="SPAM", savedReply=reply, facts="第二次了 again"
    )
    changed = await graphql.change(
        "updateSavedReply", "savedReply { textEn }", as_=moderator, savedReply=reply, **{**REPLY, "textEn": "Please."}
    )
    gone = await graphql.change("deleteSavedReply", "deleted", as_=moderator, savedReply=reply)
    unknown = await decide(graphql, moderator, "LOCK", subject=f"post_{post}", reason="SPAM", savedReply=reply)

    assert (codes(twice), codes(half)) == (["REPLY_NAME_TAKEN"], ["INVALID"])
    assert decided["decision"]["facts"] == f"{said}\n\n第二次了 again"
    assert changed["savedReply"]["textEn"] == "Please."
    assert gone["deleted"] is True
    assert codes(unknown) == ["NOT_FOUND"]
    assert await value(database, "SELECT facts FROM decision") == f"{said}\n\n第二次了 again"


async def test_what_is_known_of_a_member_stands_beside_their_case(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    here = await make_acting(database)
    space = await make_space(database, moderators=(here,))
    for reason in ("ABUSE", "SPAM"):
        post = await make_post(database, author, await make_space(database))
        await decide(graphql, moderator, "WARN", subject=f"post_{post}", reason=reason)
    theirs = f"post_{await make_post(database, other, space)}"
    await report(graphql, author, theirs)
    (case,) = await queue(graphql, moderator)
    await decide(graphql, moderator, "REMOVE", case=case["id"])
    await report(graphql, other, f"post_{await make_post(database, author, space)}")

    fields = """strikePoints reportsAgainst reportsUpheld reportsDeclined accuracy
        decisions(first: 5) { nodes { verdict } } cases(first: 5) { nodes { id } } reports(first: 5) { nodes { outcome } }"""
    (seen,) = (await graphql(f"{{ cases(first: 5) {{ nodes {{ memberHistory {{ {fields} }} }} }} }}", as_=moderator))[
        "cases"
    ]["nodes"]
    history = seen["memberHistory"]
    assert {name: value for name, value in history.items() if not isinstance(value, dict)} == {
        "strikePoints": 4, "reportsAgainst": 1, "reportsUpheld": 1, "reportsDeclined": 0, "accuracy": 1.0,
    }  # fmt: skip
    assert [len(history[name]["nodes"]) for name in ("decisions", "cases", "reports")] == [2, 3, 1]

    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Member {{ moderationHistory {{ {fields} }} }} }} }}"
    subject = {"id": f"member_{author.member_id}"}
    assert (await graphql(query, subject, as_=moderator))["node"]["moderationHistory"] == history
    of_space = (await graphql(query, subject, as_=here))["node"]["moderationHistory"]
    assert (of_space["strikePoints"], of_space["reportsAgainst"]) == (0, 1), "what happened elsewhere is not theirs"
    assert of_space["decisions"]["nodes"] == []
    for nobody in (author, other, None):
        assert (await graphql(query, subject, as_=nobody))["node"]["moderationHistory"] is None
    own = {"id": f"member_{moderator.member_id}"}
    assert (await graphql(query, own, as_=moderator))["node"]["moderationHistory"] is None


async def test_a_decision_is_undone_even_if_it_was_reported_again_and_no_report_is_lost(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, one, two, three = [await make_acting(database) for _ in range(4)]
    post = f"post_{await make_post(database, author, await make_space(database))}"
    for reporter in (one, two):
        await report(graphql, reporter, post)
    (case,) = await queue(graphql, moderator)
    decided = await decide(graphql, moderator, "LOCK", case=case["id"])
    for reporter in (two, three):
        await report(graphql, reporter, post)

    undone = await graphql.change(
        "undoDecision", "case { id reportCount }", as_=moderator, decision=decided["decision"]["id"], because="看错了"
    )

    assert undone["userErrors"] == []
    (again,) = await queue(graphql, moderator)
    assert undone["case"] == {"id": again["id"], "reportCount": 3}
    assert again["id"] != case["id"]
    assert [each["outcome"] for each in again["reports"]["nodes"]] == ["PENDING"] * 3
    assert await value(database, "SELECT outcome FROM report WHERE case_id = $1", int(case["id"][5:])) == "IGNORED"
    assert await value(database, "SELECT locked_at FROM post") is None
