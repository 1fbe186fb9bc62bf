"""Guests report, are told what came of it, and appeal; all by letters, and without an account."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members import limits
from community.members.acting import Acting
from community.members.limits import Attempt, Limit
from community.members.roles import Role
from moderation.notices.notifying import forget_guests
from tests.api.conftest import Client
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space, value

GUEST = "王女士 Ms Wang"
EMAIL = "wang@example.org"


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def ask(graphql: Client, url: str, **given: Any) -> Any:
    said = {"reason": "ABUSE", "body": "它侮辱人 it insults", "name": GUEST, "email": EMAIL, "goodFaith": True}
    return await graphql.change("reportAsGuest", "mailed", as_=None, url=url, **(said | given))


async def confirm(graphql: Client, token: str) -> Any:
    return await graphql.change("confirmGuestReport", "clientMutationId", as_=None, token=token)


async def confirmed(graphql: Client, database: Database, url: str, **given: Any) -> Any:
    asked = await ask(graphql, url, **given)
    assert (asked["userErrors"], asked["mailed"]) == ([], True)
    letter = (await letters(graphql, database, given.get("email", EMAIL)))[-1]
    return await confirm(graphql, token_in(letter, "report"))


async def test_a_notice_counts_once_its_letter_is_followed_and_its_outcome_is_told(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, member = [await make_acting(database) for _ in range(2)]
    comment = (
        f"comment_{await make_comment(database, author, await make_post(database, author, await make_space(database)))}"
    )
    await report(graphql, member, comment, "ABUSE")

    asked = await ask(graphql, f"http://127.0.0.1:8000/posts/post_1/红茶#{comment}", locale="zh")
    before = await queue(graphql, moderator)
    (letter,) = await letters(graphql, database, EMAIL)
    done = await confirm(graphql, token_in(letter, "report"))
    again = await confirm(graphql, token_in(letter, "report"))

    assert (asked["userErrors"], asked["mailed"]) == ([], True)
    assert [case["reportCount"] for case in before] == [1], "it does not count yet"
    assert "请点击以下链接确认" in letter
    assert (codes(done), codes(again)) == ([], ["LINK_EXPIRED"])
    (case,) = await queue(graphql, moderator)
    assert case["reportCount"] == 2, "members and guests are in one case"
    by_guest = next(each for each in case["reports"]["nodes"] if each["reporter"] is None)
    assert by_guest["body"] == "它侮辱人 it insults"
    assert GUEST not in str(case), "moderators judge what was said, not by whom"
    assert EMAIL not in str(case)

    decided = await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)

    assert decided["userErrors"] == []
    _, receipt, outcome = await letters(graphql, database, EMAIL)
    assert "已收到您的举报" in receipt
    assert "辱骂或骚扰" in receipt
    assert "未发现问题" in outcome
    assert "该决定由人工作出" in outcome
    assert "免费申诉" in outcome
    token = token_in(outcome, "appeal")

    appealed = await graphql.change(
        "appealByToken", "clientMutationId", as_=None, token=token, body="请再看 look again"
    )
    twice = await graphql.change("appealByToken", "clientMutationId", as_=None, token=token, body="again")

    assert (codes(appealed), codes(twice)) == ([], ["APPEALED_ALREADY"])
    other = await make_acting(database, roles=(Role.MODERATOR,))
    (waiting,) = await queue(graphql, other, kind="APPEAL")
    assert waiting["contents"]["nodes"][0]["body"] == "请再看 look again"
    appeal = f"appeal_{await value(database, 'SELECT id FROM appeal')}"
    judged = await graphql.change(
        "decideAppeal",
        "appeal { state }",
        as_=other,
        appeal=appeal,
        granted=True,
        answer="您说得对 you are right",
        measures=[{"action": "REMOVE"}],
    )
    assert judged["userErrors"] == []
    *_, received, _, answer = sorted(await letters(graphql, database, EMAIL), key=lambda each: "答复" in each[:60])
    assert any("请再看 look again" in each for each in (received, answer))
    everything = "\n".join(await letters(graphql, database, EMAIL))
    assert "申诉成立，原决定已撤销。" in everything
    assert "您说得对 you are right" in everything
    assert "举报属实，已作出处理。" in everything


async def test_what_a_notice_lacks_is_said(graphql: Client, database: Database) -> None:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"

    assert codes(await ask(graphql, post, goodFaith=False)) == ["GOOD_FAITH_MISSING"]
    assert codes(await ask(graphql, post, body="  ")) == ["INVALID"]
    assert codes(await ask(graphql, post, name="")) == ["INVALID"]
    assert codes(await ask(graphql, post, email="")) == ["INVALID"]
    assert codes(await ask(graphql, post, email="nobody")) == ["INVALID"]
    assert codes(await ask(graphql, post, reason="NONE")) == ["REPORT_REASON_UNKNOWN"]
    assert codes(await ask(graphql, "post_777777")) == ["NOT_FOUND"]
    assert codes(await ask(graphql, "https://elsewhere.example/post_1")) == ["INVALID"]
    assert codes(await confirm(graphql, "none")) == ["LINK_EXPIRED"]
    assert await value(database, "SELECT count(*) FROM mail") == 0


async def test_what_not_everybody_sees_is_answered_as_if_it_were_not_there(graphql: Client, database: Database) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    private = await make_post(database, author, await make_space(database, access="PRIVATE", members=(author,)))
    open_post = await make_post(database, author, await make_space(database))
    await block(database, other, author)

    hidden = await ask(graphql, f"post_{private}")
    absent = await ask(graphql, "post_777777")
    seen = await ask(graphql, f"post_{open_post}")

    assert hidden["userErrors"] == absent["userErrors"]
    assert codes(seen) == [], "whom others block is nothing to a guest"


async def test_harm_to_minors_is_reported_without_a_name(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database, "阿明")

    done = await ask(graphql, "http://127.0.0.1:8000/@阿明", reason="MINORS", name="", email="")

    assert (codes(done), done["mailed"]) == ([], False)
    (case,) = await queue(graphql, moderator)
    assert (case["reason"]["name"], case["subject"]["id"]) == ("MINORS", f"member_{author.member_id}")
    assert await value(database, "SELECT count(*) FROM notifier") == 0
    assert await value(database, "SELECT count(*) FROM mail") == 0


async def test_who_says_it_twice_has_said_so_once(graphql: Client, database: Database, moderator: Acting) -> None:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"

    first = await confirmed(graphql, database, post)
    second = await confirmed(graphql, database, post, email="Wang@EXAMPLE.org")
    other = await confirmed(graphql, database, post, email="li@example.org", name="李")

    assert codes(first) == codes(second) == codes(other) == []
    (case,) = await queue(graphql, moderator)
    assert case["reportCount"] == 2


async def test_too_many_notices_are_refused(
    graphql: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.BY_NAME, Attempt.NOTICE, Limit(2, 1))
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"

    answers = [codes(await ask(graphql, post)) for _ in range(3)]
    other = codes(await ask(graphql, post, email="li@example.org"))
    monkeypatch.setitem(limits.BY_ADDRESS, Attempt.NOTICE, Limit(5, 1))
    by_network = [codes(await ask(graphql, post, email=f"a{number}@example.org")) for number in range(2)]

    assert answers == [[], [], ["RATE_LIMITED"]], "nobody's mailbox is filled"
    assert other == []
    assert by_network == [[], ["RATE_LIMITED"]]


async def test_who_guests_were_is_erased_once_nobody_can_appeal(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await confirmed(graphql, database, post)
    await ask(graphql, post, email="never@example.org")
    (case,) = await queue(graphql, moderator)

    async def forget() -> tuple[object, object]:
        await database.transact(forget_guests)
        return await value(database, "SELECT count(*) FROM notifier"), await value(
            database, "SELECT count(*) FROM guest_notice"
        )

    while_open = await forget()
    await decide(graphql, moderator, "REMOVE", case=case["id"])
    while_appealable = await forget()
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE moderation_case SET closed_at = now() - interval '191 days'")
        await connection.raw.execute("UPDATE guest_notice SET expires_at = now() - interval '1 second'")
    afterwards = await forget()

    assert (while_open, while_appealable, afterwards) == ((1, 1), (1, 1), (0, 0))
    assert await value(database, "SELECT count(*) FROM report WHERE guest") == 1, "what was said stays with the case"
