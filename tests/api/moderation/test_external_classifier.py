"""Rules that ask the operator's own classifier: only where it matters, with nothing held, and by what is set without an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import pytest

from community.foundation.database import Database
from community.foundation.settings import OnFailure
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, queue
from tests.api.moderation.ruling import make_rule, rule_of, save_rule, write_comment, write_post
from tests.factories.discussions import differences, make_acting, make_post, make_space, value
from tests.moderation.classifier.test_external import Heard, answering, external
from tests.waiting import until

ASKS = {"external": {"at_least": 0.8}}
WITH_LINK = {"all": [{"links": {}}, ASKS]}
SPAM, FINE = "加微信 free money", "今天的茶很香 lovely tea"


def score(body: bytes) -> bytes:
    texts = orjson.loads(body)["texts"]
    scores = [{"id": each["id"], "probability": 0.95 if "加微信" in each["text"] else 0.05} for each in texts]
    return orjson.dumps({"scores": scores})


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


@asynccontextmanager
async def classifier(
    graphql: Client,
    answer: Callable[[bytes], bytes] = score,
    on_failure: OnFailure = OnFailure.OPEN,
    pause: float = 0,
    within: float = 5.0,
) -> AsyncIterator[Heard]:
    """Have a server be asked for as long as the test lasts."""
    screening = graphql.application.screening
    async with answering(answer, pause=pause) as heard:
        screening.external = external(heard.url, on_failure, within=within)
        try:
            yield heard
        finally:
            screening.external = None


async def states(graphql: Client, author: Acting, space: int, *texts: str) -> list[str]:
    return [(await write_post(graphql, author, space, text))["post"]["moderation"] for text in texts]


async def test_its_score_decides_and_it_is_asked_once_of_all_that_is_written(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    post = await make_post(database, author, space)
    async with classifier(graphql) as heard:
        await make_rule(graphql, moderator, ASKS)

        posts = await states(graphql, author, space, SPAM, FINE)
        comments = [(await write_comment(graphql, author, post, text))["comment"] for text in (SPAM, FINE)]
        edited = await graphql.change(
            "editComment", "comment { moderation }", as_=author, comment=comments[1]["id"], body=SPAM
        )

    assert posts == ["HELD", "VISIBLE"]
    assert [comment["moderation"] for comment in comments] == ["HELD", "VISIBLE"]
    assert edited["comment"]["moderation"] == "HELD"
    asked = [orjson.loads(body)["texts"] for _, body in heard.calls]
    assert [each["text"] for (each,) in asked] == [f"茶 tea\n{SPAM}", f"茶 tea\n{FINE}", SPAM, FINE, SPAM]
    facts = await value(database, "SELECT facts FROM decision ORDER BY id LIMIT 1")
    assert "0.95" in str(facts)
    assert await differences(database) == []


async def test_only_who_writes_what_such_a_rule_may_hold_of_waits(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, here, elsewhere = await make_acting(database), await make_space(database), await make_space(database)
    settled = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - interval '1 year' WHERE id = $1", settled.member_id
        )
    async with classifier(graphql) as heard:
        newcomers = {"all": [{"links": {}}, {"account_age": {"under": 86_400}}, ASKS]}
        await make_rule(graphql, moderator, newcomers, space=f"space_{here}")

        without = await states(graphql, author, here, SPAM)
        there = await states(graphql, author, elsewhere, f"{SPAM} https://example.com")
        by_others = await states(graphql, settled, here, f"{SPAM} https://example.com")
        assert heard.calls == []
        concerned = await states(graphql, author, here, f"{SPAM} https://example.com")

    assert (without, there, by_others, concerned) == (["VISIBLE"], ["VISIBLE"], ["VISIBLE"], ["HELD"])
    assert len(heard.calls) == 1


GARBAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda _: b"<html>",
    lambda _: b'{"scores": []}',
    lambda _: b'{"scores": [{"id": "0", "probability": 7}]}',
)


@pytest.mark.parametrize("on_failure", [OnFailure.OPEN, OnFailure.CLOSED])
@pytest.mark.parametrize("failing", ["garbage", "slow", "down"])
async def test_without_an_answer_texts_pass_or_wait_as_is_set(
    graphql: Client, database: Database, moderator: Acting, on_failure: OnFailure, failing: str
) -> None:
    author, space = await make_acting(database), await make_space(database)
    texts = [f"{text} https://example.com" for text in (SPAM, FINE, "第三 third")]
    answers = GARBAGE if failing == "garbage" else (score,) * 3
    slow = {"pause": 0.4, "within": 0.1} if failing == "slow" else {}
    found: list[str] = []
    for text, answer in zip(texts, answers, strict=True):
        async with classifier(graphql, answer, on_failure, **slow) as heard:
            if not found:
                await make_rule(graphql, moderator, WITH_LINK, "REFUSE", messageEn="No.", messageZh="不行。")
            if failing == "down":
                graphql.application.screening.external = external("http://127.0.0.1:9/", on_failure, within=1.0)
            found += await states(graphql, author, space, text)
        assert len(heard.calls) == (failing != "down")

    closed = on_failure is OnFailure.CLOSED
    assert found == ["HELD" if closed else "VISIBLE"] * 3
    cases = await queue(graphql, moderator)
    assert [case["kind"] for case in cases] == ["HELD"] * 3 * closed
    said = await value(database, "SELECT count(*) FROM decision WHERE automated AND facts LIKE '%did not answer%'")
    assert said == 3 * closed
    assert await value(database, "SELECT count(*) FROM decision WHERE facts LIKE '%No.%'") == 0
    assert await differences(database) == []


async def test_without_an_answer_what_holds_whatever_it_would_have_said_holds_and_nothing_else(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    async with classifier(graphql, lambda _: b"", OnFailure.OPEN):
        await make_rule(graphql, moderator, {"not": ASKS})
        await make_rule(graphql, moderator, {"any": [{"keywords": {"words": ["加微信"]}}, ASKS]})

        found = await states(graphql, author, space, FINE, SPAM)

    assert found == ["VISIBLE", "HELD"]


async def test_what_cannot_be_held_is_reported_when_it_should_wait(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    async with classifier(graphql, lambda _: b"", OnFailure.CLOSED):
        given: dict[str, Any] = {"kinds": ["PROFILE"], "messageEn": "No.", "messageZh": "不行。"}
        await make_rule(graphql, moderator, ASKS, "REFUSE", **given)
        changed = await graphql.change("updateProfile", "member { bio }", as_=author, bio=FINE)

    assert changed["member"] == {"bio": FINE}
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"]) == ("REPORTED", f"member_{author.member_id}")
    assert "没有应答" in case["reports"]["nodes"][0]["body"]


async def test_in_shadow_it_is_asked_and_only_written_down(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    async with classifier(graphql):
        rule = await make_rule(graphql, moderator, ASKS, state="SHADOW")
        assert await states(graphql, author, space, SPAM) == ["VISIBLE"]

    (match,) = (await rule_of(graphql, moderator, rule))["matches"]["nodes"]
    assert match["shadow"] is True
    assert "0.95" in match["evidence"]


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_nothing_is_held_while_it_is_asked(
    graphql: Client, database: Database, moderator: Acting, kind: str
) -> None:
    author, space = await make_acting(database), await make_space(database)
    post = await make_post(database, author, space)
    pooled, most = graphql.application.database, graphql.application.settings.database_connections
    await graphql.token(author)
    answered = False

    def answer(body: bytes) -> bytes:
        nonlocal answered
        answered = True
        return score(body)

    async def write(number: int) -> str:
        if kind == "post":
            written = (await write_post(graphql, author, space, f"{SPAM} {number}"))["post"]
        else:
            written = (await write_comment(graphql, author, post, f"{SPAM} {number}"))["comment"]
        return str(written["moderation"])

    async with classifier(graphql, answer, pause=3) as heard:
        await make_rule(graphql, moderator, ASKS)

        async def all_asked() -> bool:
            return len(heard.calls) == 3

        async def borrow_all() -> bool:
            await until(all_asked)
            async with AsyncExitStack() as stack:
                for _ in range(most):
                    await stack.enter_async_context(pooled.reading())
                return not answered

        *written, meanwhile = await asyncio.gather(*(write(number) for number in range(3)), borrow_all())

    assert written == ["HELD"] * 3
    assert meanwhile is True, "all connections were free while it was asked"


async def test_a_change_that_is_begun_again_is_done_once_however_often_it_is_sent(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    post = await make_post(database, author, space)
    document = f"""
        mutation {{ createComment(input: {{post: "post_{post}", body: "{FINE}"}}) {{ comment {{ id }} }} }}
    """
    headers = {"authorization": f"Bearer {await graphql.token(author)}", "idempotency-key": "once"}

    async def send() -> str:
        response = await graphql._http.post("/graphql", json={"query": document}, headers=headers)
        return str(response.json()["data"]["createComment"]["comment"]["id"])

    async with classifier(graphql, pause=0.2) as heard:
        await make_rule(graphql, moderator, ASKS)
        answers = await asyncio.gather(*(send() for _ in range(4)))
        different = await asyncio.gather(*(write_post(graphql, author, space, f"{FINE} {n}") for n in range(5)))

    assert len(set(answers)) == 1, answers
    assert [codes(each) for each in different] == [[]] * 5
    assert 6 <= len(heard.calls) <= 9
    assert await value(database, "SELECT comment_count FROM member WHERE id = $1", author.member_id) == 1
    assert await value(database, "SELECT post_count FROM member WHERE id = $1", author.member_id) == 6
    assert await differences(database) == []


async def test_a_rule_that_nobody_could_answer_is_not_saved_and_none_is_tried_on_thousands(
    graphql: Client, moderator: Acting
) -> None:
    unset = await save_rule(graphql, moderator, ASKS)
    async with classifier(graphql) as heard:
        tried = await graphql.change(
            "testRule", "trial { caught }", as_=moderator, condition=orjson.dumps(ASKS).decode()
        )
        wrong = await save_rule(graphql, moderator, {"external": {"at_least": 2}})

    assert [error["path"] for error in unset["userErrors"]] == [["input", "condition"]]
    assert [error["path"] for error in tried["userErrors"]] == [["input", "condition"]]
    assert [error["path"] for error in wrong["userErrors"]] == [["input", "condition", "external", "atLeast"]]
    assert heard.calls == []
