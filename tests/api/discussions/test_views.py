"""A view counts where its reader may read, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.discussions.posts import delete_post
from community.members.roles import Role
from tests.factories.discussions import make_acting, make_post, make_space

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

READERS = ("anonymous", "member", "insider", "moderator", "everywhere")


@pytest.mark.parametrize(
    ("access", "readers"),
    [("PUBLIC", READERS), ("MEMBERS", READERS[1:]), ("PRIVATE", READERS[2:])],
)
async def test_views_are_counted_of_those_who_may_read_the_space(
    graphql: Client, database: Database, access: str, readers: tuple[str, ...]
) -> None:
    people = {name: await make_acting(database) for name in ("member", "insider", "moderator")}
    people["everywhere"] = await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database, access=access, members=(people["insider"],), moderators=(people["moderator"],))
    posts = {reader: await make_post(database, people["insider"], space) for reader in READERS}

    for reader, post in posts.items():
        payload = await graphql.change(
            "recordPostViews", "counted", as_=people.get(reader), posts=[f"post_{post}", f"comment_{post}", "post_9999"]
        )
        assert payload == {"counted": 2, "userErrors": []}
    await graphql.application.views.flush()

    shown = await graphql(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Post { viewCount } } }",
        {"ids": [f"post_{post}" for post in posts.values()]},
        as_=people["everywhere"],
    )
    counted = {reader: node["viewCount"] for reader, node in zip(posts, shown["nodes"], strict=True)}
    assert counted == {reader: int(reader in readers) for reader in READERS}


async def test_a_post_that_was_taken_down_is_viewed_by_nobody(graphql: Client, database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    for _ in range(3):
        await graphql.change("recordPostViews", "counted", as_=None, posts=[f"post_{post}"])
    await graphql.application.views.flush()
    await database.transact(lambda connection: delete_post(connection, author, post))

    await graphql.change("recordPostViews", "counted", as_=None, posts=[f"post_{post}"])
    await graphql.application.views.flush()

    assert (await graphql(f'{{ post(id: "post_{post}") {{ viewCount }} }}', as_=author))["post"] == {"viewCount": 3}
