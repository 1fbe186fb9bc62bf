"""Who is told of what moderation does, once each; and what moderators tell whom a case is about."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.events import settle
from tests.factories.notifications import catch_up, kinds_told

NOTIFICATIONS = """
{ viewer { notifications(first: 10) { nodes { kind actorCount subject {
    ... on Decision { facts measures { action } undoneAt } ... on Report { outcome } ... on Appeal { answer }
    ... on CaseNote { body author { handle } } ... on Case { kind }
} } } } }
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def shown(graphql: Client, member: Acting) -> list[dict[str, object]]:
    data = await graphql(NOTIFICATIONS, as_=member)
    nodes: list[dict[str, object]] = data["viewer"]["notifications"]["nodes"]
    return nodes


async def test_a_decision_is_told_once_to_whom_it_concerns_and_to_who_reported(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, author, await make_space(database))
    await report(graphql, reporter, f"post_{post}")
    (case,) = await queue(graphql, moderator)
    decided = await decide(graphql, moderator, "REMOVE", "WARN", case=case["id"], facts="广告 advertising")
    await catch_up(database)

    assert await shown(graphql, author) == [
        {
            "kind": "DECISION",
            "actorCount": 0,
            "subject": {
                "facts": "广告 advertising",
                "measures": [{"action": "REMOVE"}, {"action": "WARN"}],
                "undoneAt": None,
            },
        }
    ], "and not once more as content that was taken down"
    assert await shown(graphql, reporter) == [
        {"kind": "REPORT_ANSWERED", "actorCount": 0, "subject": {"outcome": "UPHELD"}}
    ]
    assert await shown(graphql, moderator) == []

    await graphql.change(
        "undoDecision", "decision { id }", as_=moderator, decision=decided["decision"]["id"], because="查错了"
    )
    await catch_up(database)

    (told,) = await shown(graphql, author)
    assert told["kind"] == "DECISION"
    assert told["subject"]["undoneAt"] is not None  # type: ignore[index] # a decision


async def test_that_nothing_was_found_is_no_news_to_whom_it_is_about(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, author, await make_space(database))
    await report(graphql, reporter, f"post_{post}")
    (case,) = await queue(graphql, moderator)
    await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)
    await catch_up(database)

    assert await kinds_told(database, author.member_id) == []
    assert await kinds_told(database, reporter.member_id) == ["REPORT_ANSWERED"]


async def test_an_appeal_is_answered(graphql: Client, database: Database, moderator: Acting) -> None:
    author, other = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))
    decided = await decide(graphql, moderator, "WARN", subject=f"post_{post}", reason="ABUSE")
    made = await graphql.change(
        "appeal", "appeal { id }", as_=author, decision=decided["decision"]["id"], body="为什么？ why?"
    )
    await graphql.change(
        "decideAppeal", "appeal { id }", as_=other, appeal=made["appeal"]["id"], granted=False, answer="规则第三条。"
    )
    await catch_up(database)

    assert [each for each in await shown(graphql, author) if each["kind"] == "APPEAL_DECIDED"] == [
        {"kind": "APPEAL_DECIDED", "actorCount": 0, "subject": {"answer": "规则第三条。"}}
    ]


async def test_moderators_answer_whom_a_case_is_about_and_nobody_else_reads_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, author, await make_space(database))
    await report(graphql, reporter, f"post_{post}")
    (case,) = await queue(graphql, moderator)
    note = {"case": case["id"], "body": "我们在看 we are looking at it"}
    internal = await graphql.change("noteCase", "note { id shown }", as_=moderator, **{**note, "body": "a troll?"})
    answered = await graphql.change(
        "noteCase", "note { id shown author { handle } }", as_=moderator, shown=True, **note
    )
    await catch_up(database)

    assert internal["note"]["shown"] is False
    assert answered["note"]["author"] is not None
    own = "{ viewer { moderation { notes(first: 5) { nodes { body author { handle } case { id } } } } } }"
    data = await graphql(own, as_=author)
    assert data["viewer"]["moderation"]["notes"]["nodes"] == [
        {"body": "我们在看 we are looking at it", "author": None, "case": None}
    ]
    assert await shown(graphql, author) == [
        {"kind": "CASE_NOTE", "actorCount": 0, "subject": {"body": "我们在看 we are looking at it", "author": None}}
    ]
    nobody = await graphql(own, as_=reporter)
    assert nobody["viewer"]["moderation"]["notes"]["nodes"] == []
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert await graphql(query, {"id": internal["note"]["id"]}, as_=author) == {"node": None}
    assert await graphql(query, {"id": answered["note"]["id"]}, as_=reporter) == {"node": None}


async def test_whose_case_it_becomes_is_told(graphql: Client, database: Database, moderator: Acting) -> None:
    admin, mate = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database, roles=(Role.MODERATOR,))
    outsider = await make_acting(database)
    post = await make_post(database, await make_acting(database), await make_space(database))
    await report(graphql, await make_acting(database), f"post_{post}")
    (case,) = await queue(graphql, moderator)
    team = await graphql.change(
        "createTeam",
        "team { id }",
        as_=admin,
        name="客服",
        members=[f"member_{each.member_id}" for each in (moderator, mate, outsider)],
    )

    await graphql.change("assignCase", "case { id }", as_=admin, case=case["id"], member=f"member_{mate.member_id}")
    await catch_up(database)
    first = [await kinds_told(database, each.member_id) for each in (moderator, mate, outsider)]
    await graphql.change("assignCase", "case { id }", as_=moderator, case=case["id"], team=team["team"]["id"])
    await catch_up(database)

    assert first == [[], ["CASE_ASSIGNED"], []]
    told = [await kinds_told(database, each.member_id) for each in (moderator, mate, outsider)]
    assert told == [[], ["CASE_ASSIGNED"], []], "who did it knows; who moderates nothing could not open it"


async def test_a_queue_on_screen_follows_what_others_do(graphql: Client, database: Database, moderator: Acting) -> None:
    here, there = [await make_acting(database) for _ in range(2)]
    space = await make_space(database, moderators=(here,))
    await make_space(database, moderators=(there,))
    author = await make_acting(database)
    post = await make_post(database, author, space)
    cursor = (await graphql("{ updatesCursor }"))["updatesCursor"]
    await report(graphql, await make_acting(database), f"post_{post}")
    (case,) = await queue(graphql, moderator)
    await graphql.change("claimCase", "case { id }", as_=moderator, case=case["id"])
    await decide(graphql, moderator, "REMOVE", case=case["id"])
    await settle(database)

    async def heard(member: Acting | None) -> list[dict[str, object]]:
        data = await graphql(
            """query($cursor: String!) { updatesSince(cursor: $cursor, first: 50, filter: {kinds: [CASE_CHANGED]}) {
            updates { ... on CaseChanged { case { id closedAt } } } } }""",
            {"cursor": cursor},
            as_=member,
        )
        updates: list[dict[str, object]] = data["updatesSince"]["updates"]
        return updates

    (told,) = await heard(moderator)
    assert (told["case"]["id"], told["case"]["closedAt"] is None) == (case["id"], False)  # type: ignore[index] # a case
    assert await heard(here) == [told], "who moderates the space"
    assert [await heard(member) for member in (there, author, None)] == [[], [], []]
    assert codes(await graphql.change("claimCase", "case { id }", as_=there, case=case["id"])) == ["NOT_FOUND"]
