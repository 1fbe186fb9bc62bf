"""Rules, edits and decisions at once: nothing is shown that nobody has looked at, and nothing is half done."""

from __future__ import annotations

import asyncio

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, decide, queue
from tests.api.moderation.ruling import (
    make_rule,
    save_rule,
    set_state,
    write_post,
)
from tests.factories.discussions import (
    differences,
    make_acting,
    make_space,
    value,
)

TEXTS = ("要便宜手表请加薇信 abc", "Cheap   WATCHES here")
HARMLESS = ("今天的茶很香", "This tea is lovely")


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_a_rule_that_is_switched_on_meanwhile_holds_or_does_not(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    saved = await save_rule(graphql, moderator)

    async def write() -> str:
        return (await write_post(graphql, author, space, TEXTS[0]))["post"]["moderation"]  # type: ignore[no-any-return]

    *states, switched = await asyncio.gather(
        *(write() for _ in range(12)), set_state(graphql, moderator, saved["rule"]["id"], "LIVE")
    )
    after = [await write() for _ in range(3)]

    assert switched["userErrors"] == []
    assert set(states) <= {"VISIBLE", "HELD"}
    assert after == ["HELD"] * 3
    held = states.count("HELD") + 3
    assert await value(database, "SELECT count(*) FROM decision WHERE automated") == held
    assert await value(database, "SELECT count(*) FROM moderation_case WHERE kind = 'HELD'") == held
    assert await value(database, "SELECT count(*) FROM post WHERE visibility = 1") == held
    assert await differences(database) == []


async def test_an_edit_and_an_approval_at_once_show_nothing_that_nobody_has_looked_at(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    await make_rule(graphql, moderator)
    for _ in range(8):
        post = (await write_post(graphql, author, space, TEXTS[0]))["post"]["id"]
        (case,) = await queue(graphql, moderator, kind="HELD")

        edited, decided = await asyncio.gather(
            graphql.change("editPost", "post { moderation }", as_=author, post=post, body=TEXTS[1]),
            decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0),
        )

        state = (await graphql("query($id: ID!) { post(id: $id) { moderation } }", {"id": post}, as_=moderator))["post"]
        assert edited["userErrors"] == []
        assert codes(decided) in ([], ["CONTENT_CHANGED"])
        assert state["moderation"] == "HELD", "what is there now was not looked at"
        for open_case in await queue(graphql, moderator, kind="HELD"):
            done = await decide(graphql, moderator, "REMOVE", case=open_case["id"])
            assert done["userErrors"] == []
    assert await differences(database) == []
