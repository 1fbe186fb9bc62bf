"""Reacting over GraphQL: what is counted, who may, and what a crowd at once leaves behind."""

import asyncio

import pytest

from community.foundation.database import Database
from tests.api.conftest import Client
from tests.factories.discussions import block, differences, make_acting, make_comment, make_post, make_space, value

SELECTION = """
    subject { __typename reactionCount reactionCounts { kind emoji count } viewerReactions viewerHasReacted }
"""


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_reaction_is_counted_once_and_can_be_taken_back(graphql: Client, database: Database, kind: str) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    subject = f"post_{post}" if kind == "post" else f"comment_{await make_comment(database, author, post)}"

    for _ in range(2):
        payload = await graphql.change("addReaction", SELECTION, as_=reader, subject=subject, kind="like")
        assert payload["userErrors"] == []
        assert payload["subject"] == {
            "__typename": kind.capitalize(),
            "reactionCount": 1,
            "reactionCounts": [{"kind": "like", "emoji": "👍", "count": 1}],
            "viewerReactions": ["like"],
            "viewerHasReacted": True,
        }
    payload = await graphql.change("removeReaction", SELECTION, as_=reader, subject=subject, kind="like")
    assert payload["subject"]["reactionCounts"] == []
    assert payload["subject"]["viewerReactions"] == []
    assert await differences(database) == []


async def test_fifty_reactions_by_twenty_members_at_once_make_as_many_rows(graphql: Client, database: Database) -> None:
    author = await make_acting(database)
    space = await make_space(database)
    posts = [await make_post(database, author, space) for _ in range(10)]
    members = [await make_acting(database) for _ in range(5)]
    for member in members:
        await graphql.token(member)

    # Twenty tries of each of the fifty pairs of a member and a post.
    await asyncio.gather(
        *(
            graphql.change("addReaction", "subject { reactionCount }", as_=member, subject=f"post_{post}", kind="love")
            for _ in range(20)
            for post in posts
            for member in members
        ),
    )

    assert await value(database, "SELECT count(*) FROM post_reaction") == 50
    assert await value(database, "SELECT sum(reaction_count) FROM post") == 50
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'ReactionAdded'") == 50
    assert await differences(database) == []


@pytest.mark.parametrize(
    ("subject", "kind", "code"),
    [
        ("post_999", "like", "NOT_FOUND"),
        ("member_1", "like", "NOT_FOUND"),
        ("nonsense", "like", "NOT_FOUND"),
        ("post", "点头", "REACTION_UNKNOWN"),
        ("hidden", "like", "NOT_FOUND"),
        ("private", "like", "NOT_FOUND"),
        ("blocked", "like", "NOT_FOUND"),
        ("archived", "like", "SPACE_ARCHIVED"),
    ],
)
async def test_what_is_not_to_be_reacted_to_is_refused(
    graphql: Client, database: Database, subject: str, kind: str, code: str
) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    space = await make_space(database, access="PRIVATE" if subject == "private" else "PUBLIC", members=(author,))
    post = await make_post(database, author, space)
    async with database.writing() as connection:
        if subject == "archived":
            await connection.raw.execute("UPDATE space SET archived_at = now()")
        if subject == "hidden":
            await connection.raw.execute("UPDATE post SET visibility = 2")
    if subject == "blocked":
        await block(database, author, reader)
    written = subject if "_" in subject or subject == "nonsense" else f"post_{post}"

    payload = await graphql.change("addReaction", SELECTION, as_=reader, subject=written, kind=kind)

    assert payload["subject"] is None
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert await value(database, "SELECT count(*) FROM post_reaction") == 0
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'ReactionAdded'") == 0


async def test_nobody_reacts_signed_out(graphql: Client, database: Database) -> None:
    post = await make_post(database, await make_acting(database), await make_space(database))
    payload = await graphql.change("addReaction", SELECTION, as_=None, subject=f"post_{post}", kind="like")
    assert [error["code"] for error in payload["userErrors"]] == ["UNAUTHENTICATED"]
    assert await value(database, "SELECT count(*) FROM post_reaction") == 0
