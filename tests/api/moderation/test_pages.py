"""The pages by which anybody reports and the locked out appeal: without scripts, in both languages, and safe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest

from api.app import Server
from api.moderation.page_texts import language_asked
from community.foundation.database import Database
from community.members import limits
from community.members.limits import Attempt, Limit
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import decide, queue
from tests.factories.discussions import make_acting, make_post, make_space, value

EMAIL = "王@例子.中国"


@pytest.fixture
async def browser(server: Server, graphql: Client) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://teahouse") as client:
        yield client


async def filled(database: Database, **given: Any) -> dict[str, Any]:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    return {
        "url": f"http://127.0.0.1:8000/p/post_{post}",
        "reason": "ABUSE",
        "body": "它侮辱人 <b>it insults</b>",
        "name": "王女士",
        "email": EMAIL,
        "good_faith": "yes",
        "lang": "zh",
        **given,
    }


def said(answer: httpx.Response) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", answer.text))


async def test_a_report_is_written_confirmed_and_appealed_by_forms_alone(
    browser: httpx.AsyncClient, graphql: Client, database: Database
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    form = await browser.get(
        "/report?url=http://127.0.0.1:8000/p/post_1", headers={"accept-language": "zh-CN,en;q=0.5"}
    )
    sent = await browser.post("/report", data=await filled(database))
    link = f"/report/{token_in((await letters(graphql, database, EMAIL))[-1], 'report')}"
    followed = await browser.get(link)
    before = await queue(graphql, moderator)
    confirmed = await browser.post(link, data={"lang": "zh"})
    again = await browser.post(link, data={"lang": "en"})

    assert form.status_code == 200
    assert 'lang="zh"' in form.text
    assert "举报内容" in said(form)
    assert 'value="http://127.0.0.1:8000/p/post_1"' in form.text
    assert (sent.status_code, "我们已给您发送邮件" in said(sent)) == (200, True)
    assert (followed.status_code, before) == (200, []), "a program that looks at mail confirms nothing"
    assert "我们已收到您的举报" in said(confirmed)
    assert (again.status_code, "used already" in said(again)) == (400, True)
    (case,) = await queue(graphql, moderator)
    assert case["reports"]["nodes"][0]["body"] == "它侮辱人 <b>it insults</b>"

    await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)
    outcome = (await letters(graphql, database, EMAIL))[-1]
    page = f"/appeal/{token_in(outcome, 'appeal')}"
    shown = await browser.get(page, headers={"accept-language": "en"})
    empty = await browser.post(page, data={"body": " ", "lang": "en"})
    appealed = await browser.post(page, data={"body": "请再看看", "lang": "zh"})
    twice = await browser.post(page, data={"body": "请再看看", "lang": "zh"})

    assert "Appeal against a decision" in said(shown)
    assert empty.status_code == 400
    assert "我们已收到您的申诉" in said(appealed)
    assert (twice.status_code, "您已对该决定提出过申诉" in said(twice)) == (400, True)
    assert await value(database, "SELECT body FROM appeal") == "请再看看"


@pytest.mark.parametrize(
    ("change", "status", "english", "chinese"),
    [
        ({"good_faith": ""}, 400, "Confirm that what you say", "请确认您所述内容"),
        ({"body": ""}, 400, "Say why.", "请检查所填写的内容"),
        ({"reason": ""}, 400, "is no reason", "请选择举报原因"),
        ({"url": "http://127.0.0.1:8000/p/post_777777"}, 404, "There is no", "没有找到"),
        ({"url": "https://elsewhere.example/post_1"}, 400, "no address of this community", "请检查所填写的内容"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_written_stays(
    browser: httpx.AsyncClient, database: Database, change: dict[str, str], status: int, english: str, chinese: str
) -> None:
    given = await filled(database) | change
    for language, words in (("en", english), ("zh", chinese)):
        answer = await browser.post("/report", data=given | {"lang": language})

        assert answer.status_code == status
        assert words in said(answer)
        assert 'value="王女士"' in answer.text
        if "body" not in change:
            assert "它侮辱人 &lt;b&gt;it insults&lt;/b&gt;" in answer.text
    assert await value(database, "SELECT count(*) FROM guest_notice") == 0


async def test_nothing_that_is_written_becomes_part_of_the_page(browser: httpx.AsyncClient, database: Database) -> None:
    attack = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'</textarea>"
    given = await filled(database, name=attack, email=attack, url=attack, body=attack, reason=attack, lang=attack)

    answers = [
        await browser.post("/report", data=given),
        await browser.get("/report", params={"url": attack, "lang": attack}),
        await browser.get(f"/report/{'%22%3E%3Cscript%3E'}"),
        await browser.get(f"/appeal/{'%22%3E%3Cscript%3E'}"),
        await browser.post("/appeal/%22%3E%3Cscript%3E", data={"body": attack}),
    ]

    for answer in answers:
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


async def test_what_is_too_much_is_refused(
    browser: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await browser.post("/report", content=b"x" * 100_000)).status_code == 413
    assert (await browser.post("/report", content=b"&".join([b"a=1"] * 50))).status_code == 413
    assert (await browser.post("/report", content=b"\xff\xfe")).status_code in {400, 413}
    assert (await browser.post("/report", content=b"url=%ff%00&body=%00")).status_code in {400, 404}
    assert (await browser.put("/report")).status_code == 405
    monkeypatch.setitem(limits.BY_ADDRESS, Attempt.NOTICE, Limit(1, 1))
    given = await filled(database)
    statuses = [(await browser.post("/report", data=given)).status_code for _ in range(2)]
    assert statuses == [200, 429]


@pytest.mark.parametrize(
    ("accepts", "asked", "language"),
    [
        ("", "", "en"),
        ("zh", "", "zh"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "", "zh"),
        ("en-GB,zh;q=0.9", "", "en"),
        ("fr,de;q=0.5", "", "en"),
        ("en;q=0.2,zh;q=0.3", "", "zh"),
        ("zh;q=abc,en;q=0.1", "", "en"),
        ("zh", "en", "en"),
        ("en", "zh", "zh"),
        ("*", "xx", "en"),
    ],
)
def test_the_page_is_in_the_language_that_is_liked_best(accepts: str, asked: str, language: str) -> None:
    assert language_asked(accepts, asked) == language
