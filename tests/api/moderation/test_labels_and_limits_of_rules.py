"""Rules that label what is written, and rules that limit who wrote it: decided by nobody, appealable, undone whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.letters import letters
from tests.api.moderation.moderating import codes, decide, queue
from tests.api.moderation.ruling import SELLS, make_rule, rule_of, save_rule, set_state, write_comment, write_post
from tests.factories.discussions import differences, make_acting, make_post, make_space, value

TEXTS = ("要便宜手表请加薇信 abc", "Cheap   WATCHES here")
LABELS: dict[str, Any] = {"action": "LABEL", "label": "ADVERTISING"}
LIMITS: dict[str, Any] = {"action": "LIMIT", "limits": ["SLOW_MODE", "NO_LINKS"], "seconds": 60, "forHours": 24}
STANDING = "automated AND undone_at IS NULL"
OWN = """
{ viewer {
    restrictions { kind seconds }
    moderation { decisions(first: 9) { nodes {
        id automated undoneAt viewerCanAppeal facts statement measures { action until }
    } } }
} }
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def make_warden(database: Database, space: int) -> Acting:
    """Make a member who moderates one space."""
    warden = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)", warden.member_id, space
        )
    return warden


async def own(graphql: Client, member: Acting) -> tuple[list[Any], list[Any]]:
    """Return what restricts a member, and what was decided about them."""
    viewer = (await graphql(OWN, as_=member))["viewer"]
    return viewer["restrictions"], viewer["moderation"]["decisions"]["nodes"]


async def label_on(graphql: Client, subject: str) -> str | None:
    document = "query($id: ID!) { node(id: $id) { ... on Post { label { kind } } ... on Comment { label { kind } } } }"
    label = (await graphql(document, {"id": subject}))["node"]["label"]
    return None if label is None else label["kind"]


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_label_is_put_on_at_once_and_an_appeal_takes_it_off(
    graphql: Client, database: Database, moderator: Acting, kind: str
) -> None:
    author = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE account SET email = 'a@example.org' WHERE member_id = $1", author.member_id
        )
    space = await make_space(database)
    await make_rule(graphql, moderator, **LABELS)

    if kind == "post":
        written = (await write_post(graphql, author, space, TEXTS[0]))["post"]
    else:
        written = (await write_comment(graphql, author, await make_post(database, author, space), TEXTS[0]))["comment"]

    assert written["moderation"] == "VISIBLE"
    assert await label_on(graphql, written["id"]) == "ADVERTISING"
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"], case["closedAt"]) == ("LABELLED", written["id"], None)
    _, (decision,) = await own(graphql, author)
    assert (decision["automated"], decision["viewerCanAppeal"]) == (True, True)
    assert decision["measures"] == [{"action": "LABEL", "until": None}]
    assert "A program drew our attention to it" in decision["statement"]
    assert "加薇信" in decision["facts"]
    (letter,) = await letters(graphql, database, "a@example.org")
    assert "Readers are told something before they read it." in letter
    appealed = await graphql.change("appeal", "appeal { id }", as_=author, decision=decision["id"], body="不是广告")
    granted = await graphql.change(
        "decideAppeal", "appeal { state }", as_=moderator, appeal=appealed["appeal"]["id"], granted=True, answer="对。"
    )
    assert codes(granted) == []
    assert await label_on(graphql, written["id"]) is None
    _, (undone,) = await own(graphql, author)
    assert undone["undoneAt"] is not None
    assert await differences(database) == []


async def test_an_author_is_limited_for_as_long_as_the_rule_says_and_undoing_gives_it_back(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    warden = await make_warden(database, space)
    rule = await make_rule(graphql, moderator, **LIMITS)

    post = (await write_post(graphql, author, space, TEXTS[1]))["post"]
    linked = await write_post(graphql, author, space, "看 https://example.com")

    assert post["moderation"] == "VISIBLE"
    assert codes(linked) == ["MEMBER_LIMITED"]
    restrictions, (decision,) = await own(graphql, author)
    assert sorted((each["kind"], each["seconds"]) for each in restrictions) == [("NO_LINKS", None), ("SLOW_MODE", 60)]
    assert decision["automated"] is True
    assert "Until 20" in decision["statement"]
    a_day = (
        "SELECT abs(extract(epoch FROM until - decided_at) - 86400) < 60 FROM decision JOIN measure ON decision_id = id"
    )
    assert await value(database, a_day)
    assert await value(database, "SELECT count(*) FROM strike") == 0, "nobody has found anything yet"
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"]) == ("LIMITED", post["id"])
    assert await queue(graphql, warden) == [], "it holds everywhere"
    (match,) = (await rule_of(graphql, moderator, rule))["matches"]["nodes"]
    assert (match["action"], match["shadow"]) == ("LIMIT", False)

    undone = await graphql.change(
        "undoDecision", "case { closedAt }", as_=moderator, decision=decision["id"], because="误会"
    )

    assert codes(undone) == []
    assert (await own(graphql, author))[0] == []
    assert (await write_post(graphql, author, space, "看 https://example.com"))["userErrors"] == []


@pytest.mark.parametrize("rules", [LABELS, LIMITS])
async def test_what_a_person_decides_takes_the_place_of_what_the_rule_did(
    graphql: Client, database: Database, moderator: Acting, rules: dict[str, Any]
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, **rules)
    post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]
    (case,) = await queue(graphql, moderator)

    decided = await decide(graphql, moderator, {"action": "LABEL", "label": "SPOILER"}, case=case["id"])

    assert codes(decided) == []
    assert await label_on(graphql, post) == "SPOILER"
    assert (await own(graphql, author))[0] == []
    undone = await graphql.change(
        "undoDecision", "case { id }", as_=moderator, decision=decided["decision"]["id"], because="误会"
    )
    assert codes(undone) == []
    assert await label_on(graphql, post) is None, "what the rule did does not come back"


async def test_nothing_wrong_takes_back_what_the_rule_did_and_grants_the_appeal(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, **LABELS)
    await make_rule(graphql, moderator, **LIMITS)
    post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]
    _, decisions = await own(graphql, author)
    for decision in decisions:
        await graphql.change("appeal", "appeal { id }", as_=author, decision=decision["id"], body="不是广告")

    for kind in ("LABELLED", "LIMITED"):
        (case,) = await queue(graphql, moderator, kind=kind)
        assert codes(await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)) == []

    assert await label_on(graphql, post) is None
    assert (await own(graphql, author))[0] == []
    assert await value(database, "SELECT count(*) FROM appeal WHERE state = 'GRANTED'") == 2
    assert await queue(graphql, moderator) == []


async def test_an_edit_that_matches_again_decides_nothing_again(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, **LABELS)
    await make_rule(graphql, moderator, action="LIMIT", limits=["NO_VOTES"], forHours=1)
    post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]

    edits = await asyncio.gather(
        *(
            graphql.change("editPost", "post { id }", as_=author, post=post, body=f"{TEXTS[0]} {number}")
            for number in range(4)
        )
    )

    assert [codes(edited) for edited in edits] == [[]] * 4
    assert await value(database, "SELECT count(*) FROM decision") == 2
    assert await value(database, "SELECT count(*) FROM restriction") == 1
    assert await value(database, "SELECT count(*) FROM moderation_case") == 2


async def test_a_person_and_a_rule_that_decide_at_once_leave_one_of_the_two(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, action="LIMIT", limits=["NO_VOTES"], forHours=1)
    await make_rule(graphql, moderator, **LABELS)
    for number in range(6):
        post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]
        cases = await queue(graphql, moderator)
        assert len(cases) == 2

        *decided, edited = await asyncio.gather(
            *(decide(graphql, moderator, "IGNORE", case=case["id"]) for case in cases),
            graphql.change("editPost", "post { id }", as_=author, post=post, body=f"{TEXTS[0]} {number}"),
        )

        assert [codes(each) for each in (*decided, edited)] == [[]] * 3
        # The edit came before, and its decision is over; or after, and there is one more, with a case that is open.
        standing = await value(database, f"SELECT count(*) FROM decision WHERE {STANDING}")
        assert standing == len(await queue(graphql, moderator))
        in_force = f"SELECT count(*) FROM decision JOIN measure ON decision_id = id WHERE {STANDING} AND action = "
        assert (await label_on(graphql, post) is not None) == bool(await value(database, f"{in_force} 'LABEL'"))
        assert await value(database, "SELECT count(*) FROM restriction") == await value(database, f"{in_force} 'LIMIT'")
        for case in await queue(graphql, moderator):
            assert codes(await decide(graphql, moderator, "IGNORE", case=case["id"])) == []
    assert await value(database, "SELECT count(*) FROM restriction") == 0
    assert await differences(database) == []


async def test_a_label_that_somebody_has_put_on_stays(graphql: Client, database: Database, moderator: Acting) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, **LABELS)
    post = f"post_{await make_post(database, author, space)}"
    await decide(graphql, moderator, {"action": "LABEL", "label": "SPOILER"}, subject=post, reason="OTHER")

    edited = await graphql.change("editPost", "post { id }", as_=author, post=post, body=TEXTS[0])

    assert codes(edited) == []
    assert await label_on(graphql, post) == "SPOILER"
    assert await queue(graphql, moderator) == []


async def test_a_label_that_was_given_up_is_a_report_and_is_not_switched_on_again(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    rule = await make_rule(graphql, moderator, **LABELS)
    retire = "UPDATE content_label SET retired_at = {} WHERE name = 'ADVERTISING'"
    try:
        async with database.writing() as connection:
            await connection.raw.execute(retire.format("now()"))
        post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]
        off = await set_state(graphql, moderator, rule, "OFF")
        live = await set_state(graphql, moderator, rule, "LIVE")
    finally:
        async with database.writing() as connection:
            await connection.raw.execute(retire.format("NULL"))

    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"]) == ("REPORTED", post)
    assert await label_on(graphql, post) is None
    assert (codes(off), codes(live)) == ([], ["LABEL_UNKNOWN"])


async def test_a_label_comes_on_top_of_holding_and_staff_are_limited_by_people_alone(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    await make_rule(graphql, moderator, **LABELS)
    hold = await make_rule(graphql, moderator)

    held = (await write_post(graphql, author, space, TEXTS[0]))["post"]
    await set_state(graphql, moderator, hold, "OFF")
    await make_rule(graphql, moderator, {"keywords": {"words": ["优惠券"]}}, **LIMITS, staff=True)
    of_staff = (await write_post(graphql, marketer, space, "送优惠券"))["post"]

    assert held["moderation"] == "HELD"
    kinds = sorted(
        (case["kind"], case["subject"] and case["subject"]["id"]) for case in await queue(graphql, moderator)
    )
    assert kinds == sorted([("HELD", held["id"]), ("LABELLED", held["id"]), ("REPORTED", of_staff["id"])])
    assert await value(database, "SELECT count(*) FROM restriction") == 0


WRONG: tuple[tuple[dict[str, Any], list[str]], ...] = (
    ({"action": "LIMIT"}, ["limits"]),
    ({"action": "LIMIT", "limits": [], "forHours": 1}, ["limits"]),
    ({"action": "LIMIT", "limits": ["SILENCE"], "forHours": 1}, ["limits"]),
    ({"action": "LIMIT", "limits": ["NO_LINKS", "NO_LINKS"], "forHours": 1}, ["limits"]),
    ({"action": "LIMIT", "limits": ["NO_LINKS"]}, ["forHours"]),
    ({"action": "LIMIT", "limits": ["NO_LINKS"], "forHours": 721}, ["forHours"]),
    ({"action": "LIMIT", "limits": ["NO_LINKS"], "forHours": 1, "seconds": 60}, ["seconds"]),
    ({"action": "LIMIT", "limits": ["SLOW_MODE"], "forHours": 1}, ["seconds"]),
    ({"action": "LIMIT", "limits": ["SLOW_MODE"], "forHours": 1, "seconds": 9}, ["seconds"]),
    ({"action": "LIMIT", "limits": ["NO_LINKS"], "forHours": 1, "kinds": ["PROFILE"]}, ["kinds"]),
    ({"action": "HOLD", "limits": ["NO_LINKS"], "forHours": 1}, ["limits"]),
    ({"action": "HOLD", "forHours": 1}, ["limits"]),
    ({"action": "LABEL"}, ["label"]),
    ({"action": "LABEL", "label": "茶"}, ["label"]),
    ({"action": "LABEL", "label": "SPOILER", "kinds": ["AMENDMENT"]}, ["kinds"]),
    ({"action": "REPORT", "kinds": ["ANSWER"]}, ["kinds"]),
)


@pytest.mark.parametrize(("given", "path"), WRONG)
async def test_what_a_rule_cannot_do_is_refused_by_its_name(
    graphql: Client, database: Database, moderator: Acting, given: dict[str, Any], path: list[str]
) -> None:
    before = await value(database, "SELECT count(*) FROM rule_version")

    payload = await save_rule(graphql, moderator, **given)

    assert [error["path"] for error in payload["userErrors"]] == [["input", *path]], payload
    assert await value(database, "SELECT count(*) FROM rule_version") == before


async def test_who_may_not_limit_members_has_no_rule_do_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    space = await make_space(database)
    warden = await make_warden(database, space)
    of_space = {"space": f"space_{space}"}
    saved = await save_rule(graphql, moderator, **LIMITS, **of_space)
    rule = saved["rule"]["id"]

    refused = [
        await save_rule(graphql, warden, **LIMITS, **of_space),
        await save_rule(graphql, warden, **LIMITS, rule=rule),
        await set_state(graphql, warden, rule, "LIVE"),
    ]
    allowed = [
        await save_rule(graphql, warden, **LABELS, **of_space),
        await set_state(graphql, warden, rule, "SHADOW"),
        await set_state(graphql, moderator, rule, "LIVE"),
        await set_state(graphql, warden, rule, "OFF"),
    ]

    assert [codes(payload) for payload in refused] == [["NOT_PERMITTED"]] * 3
    assert [codes(payload) for payload in allowed] == [[]] * 4


async def test_a_limit_of_which_nobody_has_said_which_only_runs_in_shadow(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    saved = await save_rule(graphql, moderator, **LIMITS)
    rule = saved["rule"]["id"]
    async with database.writing() as connection:
        await connection.raw.execute("ALTER TABLE rule_version DISABLE TRIGGER USER")
        await connection.raw.execute(
            "UPDATE rule_version SET limits = '{}', hours = NULL, seconds = NULL WHERE rule_id = $1",
            int(rule.removeprefix("rule_")),
        )
        await connection.raw.execute("ALTER TABLE rule_version ENABLE TRIGGER USER")

    assert codes(await set_state(graphql, moderator, rule, "SHADOW")) == []
    assert codes(await set_state(graphql, moderator, rule, "LIVE")) == ["RULE_ONLY_IN_SHADOW"]
    saved = await save_rule(graphql, moderator, SELLS, **LIMITS, rule=rule)
    assert codes(saved) == []
    assert codes(await set_state(graphql, moderator, rule, "LIVE")) == []


@pytest.mark.parametrize("given", [LABELS, LIMITS])
async def test_such_a_rule_is_tried_on_the_past_and_its_precision_is_of_what_people_decided(
    graphql: Client, database: Database, moderator: Acting, given: dict[str, Any]
) -> None:
    author, space = await make_acting(database), await make_space(database)
    saved = await save_rule(graphql, moderator, **given)
    rule = saved["rule"]["id"]
    before = [(await write_post(graphql, author, space, text))["post"]["id"] for text in (*TEXTS, "好茶")]
    await decide(graphql, moderator, "WARN", subject=before[0], reason="SPAM")

    tried = await graphql.change(
        "testRule",
        "trial { lookedAt caught precision { found of } recall { found of } examples { subject wasWrong reasons } }",
        as_=moderator,
        rule=rule,
        locale="zh",
    )
    await set_state(graphql, moderator, rule, "LIVE")
    other = await make_acting(database)
    after = [(await write_post(graphql, each, space, TEXTS[1]))["post"]["id"] for each in (author, other)]
    (wrong, fine) = [
        next(case for case in await queue(graphql, moderator) if case["subject"]["id"] == post) for post in after
    ]
    await decide(graphql, moderator, "REMOVE", case=wrong["id"])
    await decide(graphql, moderator, "APPROVE", case=fine["id"], expectedRevision=0)

    trial = tried["trial"]
    assert (trial["lookedAt"], trial["caught"]) == (3, 2)
    assert (trial["precision"], trial["recall"]) == ({"found": 1, "of": 1}, {"found": 1, "of": 1})
    assert {example["subject"]: example["wasWrong"] for example in trial["examples"]} == {
        before[0]: True,
        before[1]: None,
    }
    assert await value(database, "SELECT count(*) FROM moderation_case WHERE kind IN ('LABELLED', 'LIMITED')") == 2
    precision = (await rule_of(graphql, moderator, rule))["precision"]
    assert (precision["caught"], precision["upheld"], precision["declined"], precision["share"]) == (2, 1, 1, 0.5)
