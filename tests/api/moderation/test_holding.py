"""What is urgent is hidden at once where enough trusted members say so, and a moderator's decision ends that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import differences, make_acting, make_comment, make_post, make_space, value
from tests.factories.images import make_shown_image

STATEMENT = "{ viewer { moderation { decisions(first: 5) { nodes { id automated undoneAt statement } } } } }"


@pytest.fixture
def _held_from_two(graphql: Client) -> Iterator[None]:
    """Have two new members' words hide what is urgent."""
    application = graphql.application
    before = application.settings
    application.settings = before.model_copy(update={"moderation_hold_weight": 2.0})
    yield
    application.settings = before


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def shown(graphql: Client, node: str) -> bool:
    graphql.application.viewers.forget()  # spaces of tests are there without an event
    return (await graphql("query($id: ID!) { node(id: $id) { id } }", {"id": node}))["node"] is not None


@pytest.mark.usefixtures("_held_from_two")
@pytest.mark.parametrize("kind", ["post", "comment", "image"])
async def test_what_is_urgent_is_hidden_until_somebody_decides(
    graphql: Client, database: Database, moderator: Acting, kind: str
) -> None:
    acting = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE account SET email = 'a@example.org' WHERE member_id = $1", acting.member_id
        )
    post = await make_post(database, acting, await make_space(database))
    about = {
        "post": f"post_{post}",
        "comment": f"comment_{await make_comment(database, acting, post)}",
        "image": f"image_{await make_shown_image(database, acting, await make_space(database))}",
    }[kind]

    await report(graphql, await make_acting(database), about, "MINORS")
    after_one = await shown(graphql, about)
    await report(graphql, await make_acting(database), about, "SELF_HARM")

    assert (after_one, await shown(graphql, about)) == (True, False)
    assert await differences(database) == []
    (own,) = (await graphql(STATEMENT, as_=acting))["viewer"]["moderation"]["decisions"]["nodes"]
    assert own["automated"] is True
    assert "nobody has looked at it yet" in own["statement"]
    (letter,) = await letters(graphql, database, "a@example.org")
    appealed = await graphql.change(
        "appealByToken", "clientMutationId", as_=None, token=token_in(letter, "appeal"), body="误会 a mistake"
    )
    assert codes(appealed) == []
    (case,) = await queue(graphql, moderator, kind="REPORTED")
    assert case["reportCount"] == 2

    decided = await decide(graphql, moderator, "APPROVE", case=case["id"], expectedRevision=0)

    assert decided["userErrors"] == []
    assert await shown(graphql, about)
    assert await differences(database) == []
    held = next(
        each
        for each in (await graphql(STATEMENT, as_=acting))["viewer"]["moderation"]["decisions"]["nodes"]
        if each["automated"]
    )
    assert held["undoneAt"] is not None
    appeal = f"appeal_{await value(database, 'SELECT id FROM appeal')}"
    granted = await graphql.change(
        "decideAppeal", "appeal { state }", as_=moderator, appeal=appeal, granted=True, answer="It is shown again."
    )
    assert (codes(granted), granted["appeal"]) == ([], {"state": "GRANTED"})


@pytest.mark.usefixtures("_held_from_two")
async def test_an_appeal_against_what_a_program_held_shows_it_again(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    for _ in range(2):
        await report(graphql, await make_acting(database), post, "ILLEGAL")
    held = (await graphql(STATEMENT, as_=author))["viewer"]["moderation"]["decisions"]["nodes"][0]["id"]
    appealed = await graphql.change("appeal", "appeal { id }", as_=author, decision=held, body="不是违法内容")

    granted = await graphql.change(
        "decideAppeal",
        "appeal { state }",
        as_=moderator,
        appeal=appealed["appeal"]["id"],
        granted=True,
        answer="Right.",
    )

    assert codes(granted) == []
    assert await shown(graphql, post)
    assert await differences(database) == []


async def _hidden(graphql: Client, database: Database, reports: list[tuple[Any, str]]) -> bool:
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    for member, reason in reports:
        assert codes(await report(graphql, member, post, reason)) == []
    return not await shown(graphql, post)


@pytest.mark.usefixtures("_held_from_two")
async def test_nothing_else_hides_it(graphql: Client, database: Database) -> None:
    one, two, wrong = [await make_acting(database) for _ in range(3)]
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO reporter (member_id, upheld, declined) VALUES ($1, 0, 40)", wrong.member_id
        )

    assert not await _hidden(graphql, database, [(one, "SPAM"), (two, "HATE")]), "what is not urgent"
    assert not await _hidden(graphql, database, [(one, "MINORS"), (two, "SPAM")]), "one of two"
    assert not await _hidden(graphql, database, [(one, "MINORS"), (wrong, "MINORS")]), "who is mostly wrong"
    assert not await _hidden(graphql, database, [(one, "MINORS"), (one, "MINORS")]), "one twice"
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    for number in range(3):
        done = await graphql.change(
            "reportAsGuest", "mailed", as_=None, url=post, reason="MINORS", body=f"{number}", goodFaith=True
        )
        assert done["mailed"] is False
    assert await shown(graphql, post), "guests, however many they say they are"


async def test_by_itself_nothing_is_hidden(graphql: Client, database: Database) -> None:
    members = [await make_acting(database) for _ in range(4)]

    assert not await _hidden(graphql, database, [(member, "MINORS") for member in members])
