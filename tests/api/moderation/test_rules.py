"""Rules, from writing one to what it does to what members write, in English and Chinese, as clients see it."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import DECISION, codes, decide, queue
from tests.api.moderation.ruling import (
    MESSAGE,
    make_rule,
    rule_of,
    seen_by,
    write_comment,
    write_post,
)
from tests.factories.discussions import (
    differences,
    event_kinds,
    make_acting,
    make_comment,
    make_post,
    make_space,
    value,
)
from tests.factories.ideas import make_board

TEXTS = ("要便宜手表请加薇信 abc", "Cheap   WATCHES here")
HARMLESS = ("今天的茶很香", "This tea is lovely")


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def _told(database: Database, kind: str) -> int:
    count = await value(database, "SELECT count(*) FROM event WHERE kind = $1", kind)
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("text", TEXTS)
async def test_what_is_held_is_seen_and_told_of_only_when_it_is_approved(
    graphql: Client, database: Database, moderator: Acting, text: str
) -> None:
    author, friend = [await make_acting(database) for _ in range(2)]
    space = await make_space(database)
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", friend.member_id)
    rule = await make_rule(graphql, moderator)

    written = await write_post(graphql, author, space, f"{text} @{handle} ")

    post = written["post"]["id"]
    assert (written["userErrors"], written["post"]["moderation"]) == ([], "HELD"), "its author sees that it is held"
    assert not await seen_by(graphql, post, friend)
    assert await seen_by(graphql, post, moderator)
    assert (await _told(database, "PostCreated"), await _told(database, "MemberMentioned")) == (0, 0)
    assert await differences(database) == []
    assert await value(database, "SELECT post_count FROM space WHERE id = $1", space) == 0
    (case,) = await queue(graphql, moderator, kind="HELD")
    assert case["subject"]["id"] == post
    own = await graphql(
        f"{{ viewer {{ moderation {{ decisions(first: 5) {{ nodes {{ {DECISION} }} }} }} }} }}", as_=author
    )
    (decision,) = own["viewer"]["moderation"]["decisions"]["nodes"]
    assert decision["automated"] is True
    assert decision["viewerCanAppeal"] is True
    assert decision["measures"] == [{"action": "HIDE", "until": None}]
    assert "No selling · 禁止推销" in decision["facts"]
    assert "automatically" in decision["facts"]
    (match,) = (await rule_of(graphql, moderator, rule))["matches"]["nodes"]
    assert (match["action"], match["shadow"], match["subject"]["id"]) == ("HOLD", False, post)

    blind = await decide(graphql, moderator, "APPROVE", case=case["id"])
    approved = await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)

    assert codes(blind) == ["INVALID"]
    assert approved["userErrors"] == []
    assert await seen_by(graphql, post, friend)
    assert (await _told(database, "PostCreated"), await _told(database, "MemberMentioned")) == (1, 1)
    assert await differences(database) == []
    assert await value(database, "SELECT post_count FROM member WHERE id = $1", author.member_id) == 1
    own = await graphql(
        f"{{ viewer {{ moderation {{ decisions(first: 5) {{ nodes {{ {DECISION} }} }} }} }} }}", as_=author
    )
    assert [
        (each["verdict"], each["undoneAt"] is None) for each in own["viewer"]["moderation"]["decisions"]["nodes"]
    ] == [
        ("DECLINED", True),
        ("UPHELD", False),
    ]
    precision = (await rule_of(graphql, moderator, rule))["precision"]
    assert (precision["caught"], precision["upheld"], precision["declined"], precision["share"]) == (1, 0, 1, 0)
    assert precision["high"] == pytest.approx(0.975)
    undone = await graphql.change(
        "undoDecision", "case { closedAt }", as_=moderator, decision=approved["decision"]["id"], because="再看看"
    )
    assert undone["userErrors"] == []
    assert not await seen_by(graphql, post, friend)
    again = await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)
    assert again["userErrors"] == []
    assert (await _told(database, "PostCreated"), await _told(database, "MemberMentioned")) == (1, 1), "told once"
    assert await differences(database) == []


@pytest.mark.parametrize("text", TEXTS)
async def test_a_comment_is_held_as_a_post_is(
    graphql: Client, database: Database, moderator: Acting, text: str
) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, other, await make_space(database))
    parent = await make_comment(database, other, post)
    await make_rule(graphql, moderator)
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", other.member_id)

    held = await write_comment(graphql, author, post, f"{text} @{handle} ", parent=f"comment_{parent}")
    fine = await write_comment(graphql, author, post, HARMLESS[0])

    comment = held["comment"]["id"]
    assert held["comment"] == {"id": comment, "body": f"{text} @{handle}", "moderation": "HELD"}
    assert fine["comment"]["moderation"] == "VISIBLE"
    assert [await seen_by(graphql, comment, who) for who in (None, other, author)] == [False, False, True]
    assert await differences(database) == []
    assert await _told(database, "CommentCreated") == 2, "the parent's and the harmless one's"
    (case,) = await queue(graphql, moderator, kind="HELD")
    appealed = await graphql.change(
        "appeal", "appeal { id }", as_=author, decision=case["decision"]["id"], body="这不是广告 no advertisement"
    )
    judged = await graphql.change(
        "decideAppeal",
        "appeal { state }",
        as_=moderator,
        appeal=appealed["appeal"]["id"],
        granted=True,
        answer="对 yes",
    )

    assert judged["userErrors"] == []
    assert await seen_by(graphql, comment, None), "the appeal is granted, and done"
    assert await _told(database, "CommentCreated") == 3
    assert await _told(database, "MemberMentioned") == 1
    assert await differences(database) == []
    answered = await value(
        database, "SELECT member_id FROM event WHERE kind = 'CommentCreated' ORDER BY id DESC LIMIT 1"
    )
    assert answered == other.member_id


@pytest.mark.parametrize(
    ("locale", "text", "said"), [("zh", TEXTS[0], "请勿在此推销。"), ("en", TEXTS[1], "Please sell elsewhere.")]
)
async def test_what_is_refused_is_nowhere_and_says_why_in_the_members_language(
    graphql: Client, database: Database, moderator: Acting, locale: str, text: str, said: str
) -> None:
    author = await make_acting(database)
    space = await make_space(database)
    hidden = await make_space(database, access="PRIVATE")
    post = await make_post(database, moderator, space)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET locale = $2 WHERE id = $1", author.member_id, locale)
    rule = await make_rule(graphql, moderator, action="REFUSE", kinds=["POST", "COMMENT", "PROFILE"], **MESSAGE)
    await graphql.token(author)
    before = await event_kinds(database)

    refused = await write_post(graphql, author, space, text)
    comment = await write_comment(graphql, author, post, text)
    profile = await graphql.change("updateProfile", "member { bio }", as_=author, bio=text)
    nowhere = await write_post(graphql, author, hidden, text)

    for payload in (refused, comment, profile):
        assert [(error["code"], error["message"]) for error in payload["userErrors"]] == [("REFUSED_BY_RULE", said)]
    assert codes(nowhere) == ["NOT_FOUND"], "no rule tells of a space that is not theirs to see"
    assert await event_kinds(database) == before
    assert await differences(database) == []
    assert await value(database, "SELECT count(*) FROM post WHERE author_id = $1", author.member_id) == 0
    matches = (await rule_of(graphql, moderator, rule))["matches"]["nodes"]
    assert len(matches) == 3
    assert all(text in match["excerpt"] and match["subject"] is None for match in matches)
    assert await queue(graphql, moderator) == []


async def test_what_is_reported_is_shown_and_waits_in_the_queue(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    await make_rule(graphql, moderator, action="REPORT", kinds=["POST", "PROFILE"])

    written = await write_post(graphql, author, await make_space(database), TEXTS[0])
    profile = await graphql.change("updateProfile", "member { bio }", as_=author, bio=TEXTS[1])

    assert written["post"]["moderation"] == "VISIBLE"
    assert profile["userErrors"] == []
    assert await seen_by(graphql, written["post"]["id"], None)
    of_post, of_member = sorted(
        await queue(graphql, moderator), key=lambda case: case["subject"]["__typename"], reverse=True
    )
    assert (of_post["kind"], of_post["reportCount"], of_post["reason"]["label"]) == ("REPORTED", 1, "垃圾信息")
    assert of_member["subject"]["id"] == f"member_{author.member_id}"
    (report,) = of_post["reports"]["nodes"]
    assert report["reporter"] is None
    assert "加薇信" in report["body"]
    assert "自动作出" in report["body"]


TAKES: dict[str, dict[str, Any]] = {
    "REFUSE": MESSAGE,
    "LABEL": {"label": "ADVERTISING"},
    "LIMIT": {"limits": ["NO_LINKS"], "forHours": 24},
}


@pytest.mark.parametrize("action", ["HOLD", "REPORT", "REFUSE", "LABEL", "LIMIT"])
async def test_in_shadow_it_is_only_written_down(
    graphql: Client, database: Database, moderator: Acting, action: str
) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    rule = await make_rule(graphql, moderator, action=action, state="SHADOW", **TAKES.get(action, {}))

    written = await write_comment(graphql, author, post, TEXTS[0])

    assert written["comment"]["moderation"] == "VISIBLE"
    assert await queue(graphql, moderator) == []
    (match,) = (await rule_of(graphql, moderator, rule))["matches"]["nodes"]
    assert (match["action"], match["shadow"], match["subject"]["id"]) == (action, True, written["comment"]["id"])
    assert "加薇信" in match["evidence"]


async def test_an_edit_of_what_is_shown_is_screened_and_held(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, friend = [await make_acting(database) for _ in range(2)]
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", friend.member_id)
    await make_rule(graphql, moderator)
    written = await write_post(graphql, author, await make_space(database), HARMLESS[0])
    post = written["post"]["id"]
    comment = (await write_comment(graphql, author, int(post.removeprefix("post_")), HARMLESS[1]))["comment"]["id"]

    edited = await graphql.change(
        "editPost", "post { moderation revisionCount }", as_=author, post=post, body=f"{TEXTS[0]} @{handle} "
    )
    answered = await graphql.change(
        "editComment", "comment { moderation }", as_=author, comment=comment, body=f"{TEXTS[1]} @{handle}"
    )

    assert edited["post"] == {"moderation": "HELD", "revisionCount": 1}
    assert answered["comment"] == {"moderation": "HELD"}
    assert not await seen_by(graphql, post, friend)
    assert await _told(database, "MemberMentioned") == 0
    assert await differences(database) == []
    cases = {case["subject"]["id"]: case for case in await queue(graphql, moderator, kind="HELD")}
    assert set(cases) == {post, comment}
    stale = await decide(graphql, moderator, "APPROVE", case=cases[post]["id"], expectedRevision=0)
    approved = await decide(graphql, moderator, "APPROVE", case=cases[post]["id"], expectedRevision=1)
    assert codes(stale) == ["CONTENT_CHANGED"]
    assert approved["userErrors"] == []
    assert await seen_by(graphql, post, friend)
    assert (await _told(database, "PostCreated"), await _told(database, "MemberMentioned")) == (1, 1)
    assert await differences(database) == []


async def test_what_is_edited_while_it_is_held_is_not_shown_by_an_appeal_or_by_undoing(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    await make_rule(graphql, moderator)
    written = await write_post(graphql, author, await make_space(database), TEXTS[0])
    post = written["post"]["id"]
    (case,) = await queue(graphql, moderator, kind="HELD")
    decision = case["decision"]["id"]
    appealed = await graphql.change("appeal", "appeal { id }", as_=author, decision=decision, body="请看 look")
    await graphql.change("editPost", "post { id }", as_=author, post=post, body="看不出来 something worse")

    judged = {"appeal": appealed["appeal"]["id"], "granted": True, "answer": "好 fine"}
    undone = await graphql.change("undoDecision", "case { id }", as_=moderator, decision=decision, because="错了")
    granted = await graphql.change("decideAppeal", "appeal { state }", as_=moderator, **judged)
    assert codes(undone) == codes(granted) == ["CONTENT_CHANGED"]
    assert not await seen_by(graphql, post, None)

    granted = await graphql.change("decideAppeal", "appeal { state }", as_=moderator, expectedRevision=1, **judged)
    assert granted["userErrors"] == []
    assert await seen_by(graphql, post, None)
    assert await differences(database) == []


async def test_an_appeal_against_a_rule_goes_on_against_the_person_who_decides_meanwhile(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, other = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    await make_rule(graphql, moderator)
    space = await make_space(database)
    appeals = {}
    for text in TEXTS:
        await write_post(graphql, author, space, text)
        (case,) = [each for each in await queue(graphql, moderator, kind="HELD") if each["id"] not in appeals]
        appealed = await graphql.change(
            "appeal", "appeal { id }", as_=author, decision=case["decision"]["id"], body="请看 look"
        )
        appeals[case["id"]] = appealed["appeal"]["id"]
    (removed, against), (approved, granted) = appeals.items()

    left = await decide(graphql, moderator, "WARN", case=removed)
    await decide(graphql, moderator, "REMOVE", case=removed)
    await decide(graphql, moderator, "APPROVE", case=approved, expectedRevision=0)

    assert codes(left) == ["ACTION_NOT_POSSIBLE"], "what is held would be forgotten"
    own = await graphql(
        "{ viewer { moderation { appeals(first: 5) { nodes { id state decision { automated } } } } } }", as_=author
    )
    assert {
        each["id"]: (each["state"], each["decision"]["automated"])
        for each in own["viewer"]["moderation"]["appeals"]["nodes"]
    } == {
        against: ("OPEN", False),
        granted: ("GRANTED", True),
    }
    (waiting,) = await queue(graphql, other, kind="APPEAL")
    judged = {"appeal": against, "granted": True, "answer": "好 fine"}
    by_decider = await graphql.change("decideAppeal", "appeal { id }", as_=moderator, **judged)
    done = await graphql.change("decideAppeal", "appeal { state decision { undoneAt } }", as_=other, **judged)
    assert waiting["subject"]["id"] == against
    assert (codes(by_decider), done["userErrors"]) == (["OWN_DECISION"], [])
    assert done["appeal"]["decision"]["undoneAt"] is not None
    assert [each["id"] for each in await queue(graphql, other, kind="HELD")] == [removed], "it is to be looked at again"
    assert await differences(database) == []


async def test_what_is_held_stays_held_when_its_author_withdraws_it_and_brings_it_back(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    await make_rule(graphql, moderator)
    space = await make_space(database)
    post = (await write_post(graphql, author, space, TEXTS[1]))["post"]["id"]
    shown = await make_post(database, author, space)
    comment = (await write_comment(graphql, author, shown, TEXTS[0]))["comment"]["id"]

    for verb, thing, subject in (("Post", "post", post), ("Comment", "comment", comment)):
        gone = await graphql.change(f"delete{verb}", f"{thing} {{ moderation }}", as_=author, **{thing: subject})
        back = await graphql.change(f"restore{verb}", f"{thing} {{ moderation }}", as_=author, **{thing: subject})
        assert (gone[thing]["moderation"], back[thing]["moderation"]) == ("WITHDRAWN", "HELD")
        assert not await seen_by(graphql, subject, None)
    assert await differences(database) == []


@pytest.mark.parametrize("text", TEXTS)
async def test_an_idea_is_held_as_the_post_that_it_is(
    graphql: Client, database: Database, moderator: Acting, text: str
) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    board = await make_board(database, await make_acting(database, roles=(Role.ADMIN,)), await make_space(database))
    await make_rule(graphql, moderator)

    proposed = await graphql.change(
        "createIdea",
        "idea { id post { id moderation } }",
        as_=author,
        board=f"idea_board_{board}",
        title="杯 cup",
        body=text,
    )

    idea = proposed["idea"]
    assert idea["post"]["moderation"] == "HELD"
    for subject in (idea["id"], idea["post"]["id"]):
        assert [await seen_by(graphql, subject, who) for who in (None, other, author)] == [False, False, True]
    assert await differences(database) == []
