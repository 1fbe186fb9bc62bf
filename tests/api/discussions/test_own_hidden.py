"""What members wrote and others no longer see: they go on seeing it, whoever took it down, and wherever that was done."""

from collections.abc import Awaitable

import pytest

from community.discussions.comments import delete_comment
from community.discussions.posts import delete_post
from community.foundation.database import Connection, Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.waiting import until

MINE = """
    query ($post: ID!, $comment: ID!) { post: node(id: $post) { id } comment: node(id: $comment) { id } }
"""


async def seen(graphql: Client, acting: Acting, post: int, comment: int) -> tuple[bool, bool]:
    data = await graphql(MINE, {"post": f"post_{post}", "comment": f"comment_{comment}"}, as_=acting)
    return data["post"] is not None, data["comment"] is not None


@pytest.mark.parametrize("what", ["post", "comment"])
async def test_what_another_process_takes_down_its_author_sees_on(
    graphql: Client, database: Database, what: str
) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    space = await make_space(database)
    post = await make_post(database, author if what == "post" else moderator, space)
    comment = await make_comment(database, author, await make_post(database, moderator, space))
    assert await seen(graphql, author, post, comment) == (True, True)

    # Not by the server's own hand: it learns of this from the log.
    def take_down(connection: Connection) -> Awaitable[int | None]:
        if what == "post":
            return delete_post(connection, moderator, post, reason="离题")
        return delete_comment(connection, moderator, comment, reason="离题")

    await database.transact(take_down)

    async def still_seen() -> bool:
        return await seen(graphql, author, post, comment) == (True, True)

    await until(still_seen)
    hidden = {
        "post": "SELECT count(*) FROM post WHERE visibility <> 0",
        "comment": "SELECT count(*) FROM comment WHERE visibility <> 0",
    }
    assert await value(database, hidden[what]) == 1


async def test_what_a_member_takes_back_they_see_in_the_answer_and_after_it(
    graphql: Client, database: Database
) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, author, post)
    assert await seen(graphql, author, post, comment) == (True, True)

    payload = await graphql.change(
        "deleteComment", "comment { id moderation }", as_=author, comment=f"comment_{comment}"
    )

    assert payload["comment"] == {"id": f"comment_{comment}", "moderation": "WITHDRAWN"}
    assert await seen(graphql, author, post, comment) == (True, True)
