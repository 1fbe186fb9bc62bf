"""What rules look up, remember and hear of: newcomers, near duplicates, classifiers, and other processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from community.foundation.database import Connection, Database
from community.foundation.event_tail import EventTail
from community.foundation.markdown import LONGEST
from community.members.acting import Acting
from community.members.roles import Role
from moderation.automod.book import load_book
from moderation.automod.drafts import Draft
from moderation.automod.events import CHANGING_RULES
from moderation.automod.screening import Screening
from moderation.automod.signatures import forget_signatures, signatures_reader
from moderation.automod.training import keep_model
from moderation.classifier.ngrams import Shape
from moderation.classifier.training import trained
from moderation.rules.candidates import Kind
from tests.api.conftest import Client
from tests.api.moderation.ruling import make_rule, save_rule, set_state, write_comment, write_post
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.events import read_all
from tests.moderation.classifier.made_up import make_examples
from tests.waiting import until

DAY = 86_400
SHIPPED = 5


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def _old(database: Database, *members: Acting) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - interval '1 year' WHERE id = ANY($1::bigint[])",
            [member.member_id for member in members],
        )


async def _shipped(graphql: Client, moderator: Acting) -> dict[str, str]:
    data = await graphql("{ rules(first: 50) { nodes { id name state } } }", as_=moderator)
    assert {rule["state"] for rule in data["rules"]["nodes"]} == {"SHADOW"}
    return {rule["name"].split(" · ")[0]: rule["id"] for rule in data["rules"]["nodes"]}


async def test_what_is_shipped_slows_newcomers_and_nobody_else(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    new, old = [await make_acting(database) for _ in range(2)]
    await _old(database, old)
    space = await make_space(database)
    rules = await _shipped(graphql, moderator)
    assert len(rules) == SHIPPED
    for name in ("Links by new accounts", "Contact details by new accounts"):
        assert (await set_state(graphql, moderator, rules[name], "LIVE"))["userErrors"] == []
    texts = ("看这里 https://example.com", "[tea](https://example.com)", "请加薇信 abc", "Just DM me")

    states = {
        name: [(await write_post(graphql, member, space, text))["post"]["moderation"] for text in texts]
        for name, member in (("new", new), ("old", old))
    }
    plain = await write_post(graphql, new, space, "今天的茶很香 lovely tea")

    assert states == {"new": ["HELD"] * 4, "old": ["VISIBLE"] * 4}
    assert plain["post"]["moderation"] == "VISIBLE"
    await graphql.application.screening.matches.flush()
    shadow = await value(
        database,
        "SELECT count(*) FROM rule_match WHERE shadow AND rule_id = $1 AND member_id = $2",
        int(rules["First posts"].removeprefix("rule_")),
        new.member_id,
    )
    assert shadow == 5


@pytest.mark.parametrize(
    "texts",
    [
        (
            "这款茶叶是我自己家茶园种的，欢迎大家来品尝，包邮到家",
            "这款茶叶是我自己家茶园种的，欢迎大家来品尝！包邮到家。",
        ),
        (
            "Our tea grows on our own hills, come and taste it today",
            "Our tea grows on our own hills — come and taste it today!",
        ),
    ],
)
async def test_near_duplicates_are_found_whoever_wrote_them_and_not_by_an_edit_of_themselves(
    graphql: Client, database: Database, moderator: Acting, texts: tuple[str, str]
) -> None:
    one, two = [await make_acting(database) for _ in range(2)]
    space = await make_space(database)
    await make_rule(graphql, moderator, {"near_duplicates": {"within": DAY, "whose": "ANYBODY"}})
    first = await write_post(graphql, one, space, texts[0])
    await read_all(database, signatures_reader)

    edited = await graphql.change(
        "editPost", "post { moderation }", as_=one, post=first["post"]["id"], body=texts[1], reason="标点"
    )
    again = await write_post(graphql, two, space, texts[0])

    assert first["post"]["moderation"] == "VISIBLE"
    assert edited["post"]["moderation"] == "VISIBLE", "it is like itself"
    assert again["post"]["moderation"] == "HELD"
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE text_signature SET written_at = now() - interval '31 days'")
        await forget_signatures(connection)
    assert await value(database, "SELECT count(*) FROM text_signature WHERE author_id = $1", one.member_id) == 0


async def test_haste_counts_what_the_author_has_written_and_nobody_else(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, other = [await make_acting(database) for _ in range(2)]
    post = await make_post(database, other, await make_space(database))
    await make_rule(graphql, moderator, {"velocity": {"times": 3, "within": 600}})

    states = [(await write_comment(graphql, author, post, f"第{n}泡"))["comment"]["moderation"] for n in range(4)]

    assert states == ["VISIBLE", "VISIBLE", "HELD", "HELD"]
    assert (await write_comment(graphql, other, post, "我的第一泡"))["comment"]["moderation"] == "VISIBLE"


async def test_a_classifier_gives_its_scores_to_rules_as_soon_as_it_is_kept(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator, {"score": {"label": "spam", "at_least": 0.8}})
    text = "加微信 免费领取 click here free"
    before = await write_post(graphql, author, space, text)

    model = await asyncio.to_thread(trained, make_examples(400), "spam", shape=Shape(bits=14))
    assert await database.transact(lambda connection: keep_model(connection, model)) == 1
    graphql.application.screening.apply("TextModelTrained")

    assert before["post"]["moderation"] == "VISIBLE", "nothing has scored it"
    assert (await write_post(graphql, author, space, text))["post"]["moderation"] == "HELD"
    assert (await write_post(graphql, author, space, "昨天 泡了 this tea lovely"))["post"]["moderation"] == "VISIBLE"


async def test_another_process_hears_of_a_rule_within_seconds(
    graphql: Client, database: Database, database_url: str, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    saved = await save_rule(graphql, moderator)
    viewer = await graphql.application.viewers.viewer(None)
    elsewhere, tail = Screening(database), EventTail(database_url)
    tail.hear_urgent(CHANGING_RULES, lambda event: elsewhere.apply(event.kind))
    await tail.start()
    draft = Draft(Kind.POST, "请加微信", "茶", space_id=space)
    viewer = replace(viewer, member_id=author.member_id)

    async def is_held() -> bool:
        async with database.reading() as connection:
            return (await elsewhere.screen(connection, draft, viewer)).is_held

    try:
        assert not await is_held()
        await set_state(graphql, moderator, saved["rule"]["id"], "LIVE")
        async with asyncio.timeout(5):
            await until(is_held)
        await set_state(graphql, moderator, saved["rule"]["id"], "OFF")

        async def is_free() -> bool:
            return not await is_held()

        async with asyncio.timeout(5):
            await until(is_free)
    finally:
        await tail.stop()


async def test_the_database_is_asked_only_where_a_rule_depends_on_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await _old(database, author)
    for number in range(10):
        await make_post(database, author, space, title=f"茶 {number}")
    await make_rule(graphql, moderator)
    await make_rule(graphql, moderator, {"all": [{"links": {}}, {"account_age": {"under": DAY}}]})
    shipped = await _shipped_off(graphql, moderator)
    assert shipped == SHIPPED
    viewer = replace(await graphql.application.viewers.viewer(None), member_id=author.member_id)
    screening = Screening(database)

    async def asked(body: str) -> int:
        async with database.reading() as connection:
            counting = _Counting(connection)
            await screening.screen(counting, Draft(Kind.POST, body, space_id=space), viewer)  # type: ignore[arg-type] # counts
            return counting.raw.count

    assert await asked("茶") == 1, "the rules are loaded once"
    assert await asked("茶") == 0
    assert await asked("请加微信") == 0, "it stands in the text"
    assert await asked("https://example.com") == 1, "who has written it?"
    assert await asked("https://example.com") == 0, "who is new to no rule is remembered"


async def _shipped_off(graphql: Client, moderator: Acting) -> int:
    data = await graphql("{ rules(first: 50, filter: {state: SHADOW}) { nodes { id } } }", as_=moderator)
    for rule in data["rules"]["nodes"]:
        await set_state(graphql, moderator, rule["id"], "OFF")
    return len(data["rules"]["nodes"])


class _Counting:
    """A connection that counts its statements."""

    def __init__(self, connection: Connection) -> None:
        self.raw = _CountingRaw(connection)


class _CountingRaw:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.count = 0

    async def fetch(self, *arguments: Any) -> Any:
        self.count += 1
        return await self._connection.raw.fetch(*arguments)

    async def fetchrow(self, *arguments: Any) -> Any:
        self.count += 1
        return await self._connection.raw.fetchrow(*arguments)


async def test_a_rule_that_cannot_be_read_keeps_nobody_from_writing(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    rule = await make_rule(graphql, moderator)
    async with database.writing() as connection:
        await connection.raw.execute("ALTER TABLE rule_version DISABLE TRIGGER rule_version_fixed")
        await connection.raw.execute(
            "UPDATE rule_version SET condition = '{\"gone\": {}}' WHERE rule_id = $1", int(rule.removeprefix("rule_"))
        )
        await connection.raw.execute("ALTER TABLE rule_version ENABLE TRIGGER rule_version_fixed")
    graphql.application.screening.forget()

    assert (await write_post(graphql, author, space, "请加微信"))["post"]["moderation"] == "VISIBLE"
    async with database.reading() as connection:
        assert len((await load_book(connection)).rules) == SHIPPED


async def test_the_longest_post_is_screened_beside_the_loop(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator)
    post = await make_post(database, author, space)
    await make_comment(database, author, post)

    long = await write_post(graphql, author, space, "茶" * (LONGEST - 3) + "加微信")
    longer = await write_post(graphql, author, space, "茶" * LONGEST + "加微信")

    assert long["post"]["moderation"] == "HELD"
    assert [error["code"] for error in longer["userErrors"]] == ["INVALID"]
