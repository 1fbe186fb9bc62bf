"""A change that is sent again under its key has one effect and one answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.factories.discussions import make_space, value
from tests.factories.members import make_member

if TYPE_CHECKING:
    import httpx

    from community.foundation.database import Database
    from tests.api.conftest import Client
    from tests.factories.members import MadeMember

CREATE_POST = """
    mutation Post($input: CreatePostInput!) {
        createPost(input: $input) { post { id title createdAt } userErrors { code } clientMutationId }
    }
"""


async def send(
    graphql: Client,
    member: MadeMember,
    key: str,
    document: str,
    variables: dict[str, Any] | None = None,
) -> httpx.Response:
    headers = {"authorization": f"Bearer {await graphql.token(member)}", "idempotency-key": key}
    return await graphql._http.post("/graphql", json={"query": document, "variables": variables or {}}, headers=headers)


def post_in(space_id: int, title: str = "春茶上市") -> dict[str, Any]:
    return {"input": {"space": f"space_{space_id}", "title": title, "body": "明前龙井", "clientMutationId": "一"}}


def data(response: httpx.Response) -> bytes:
    """Return the answer's bytes without what is said of its cost, which is each request's own."""
    return response.content.partition(b',"extensions"')[0]


async def test_twenty_at_once_have_one_effect_and_one_answer(graphql: Client, database: Database) -> None:
    member, space_id = await make_member(database), await make_space(database)
    await graphql.token(member)

    responses = await asyncio.gather(
        *(send(graphql, member, "key-1", CREATE_POST, post_in(space_id)) for _ in range(20)),
    )

    assert len({data(response) for response in responses}) == 1
    assert responses[0].json()["data"]["createPost"]["post"]["title"] == "春茶上市"
    assert await value(database, "SELECT count(*) FROM post") == 1
    assert await value(database, "SELECT post_count FROM space") == 1
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'PostCreated'") == 1


async def test_a_key_that_comes_with_another_request_is_refused(graphql: Client, database: Database) -> None:
    member, space_id = await make_member(database), await make_space(database)
    await send(graphql, member, "key-1", CREATE_POST, post_in(space_id))
    other = await send(graphql, member, "key-1", CREATE_POST, post_in(space_id, "秋茶上市"))
    assert other.json()["data"]["createPost"]["userErrors"] == [{"code": "IDEMPOTENCY_KEY_REUSED"}]
    assert await value(database, "SELECT count(*) FROM post") == 1


async def test_keys_are_each_members_own(graphql: Client, database: Database) -> None:
    one, other, space_id = await make_member(database), await make_member(database), await make_space(database)
    for member in (one, other):
        answer = await send(graphql, member, "key-1", CREATE_POST, post_in(space_id))
        assert answer.json()["data"]["createPost"]["userErrors"] == []
    assert await value(database, "SELECT count(*) FROM post") == 2


async def test_what_was_refused_may_be_tried_again_under_its_key(graphql: Client, database: Database) -> None:
    member, space_id = await make_member(database), await make_space(database, archived=True)
    refused = await send(graphql, member, "key-1", CREATE_POST, post_in(space_id))
    assert refused.json()["data"]["createPost"]["post"] is None
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE space SET archived_at = NULL")
    done = await send(graphql, member, "key-1", CREATE_POST, post_in(space_id))
    assert done.json()["data"]["createPost"]["userErrors"] == []
    assert await value(database, "SELECT count(*) FROM post") == 1


async def test_a_key_is_free_again_after_a_day(graphql: Client, database: Database) -> None:
    member, space_id = await make_member(database), await make_space(database)
    await send(graphql, member, "key-1", CREATE_POST, post_in(space_id))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE idempotency_key SET created_at = now() - interval '25 hours'")
    again = await send(graphql, member, "key-1", CREATE_POST, post_in(space_id, "秋茶上市"))
    assert again.json()["data"]["createPost"]["post"]["title"] == "秋茶上市"
    assert await value(database, "SELECT count(*) FROM post") == 2


async def test_a_key_covers_one_change_and_not_several(graphql: Client, database: Database) -> None:
    member, other = await make_member(database), await make_member(database)
    follow = f'followMember(input: {{member: "member_{other.id}"}}) {{ userErrors {{ code }} }}'
    refused = await send(graphql, member, "key-1", f"mutation {{ a: {follow} b: {follow} }}")
    assert refused.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_COVERS_ONE_CHANGE"
    assert await value(database, "SELECT count(*) FROM follow") == 0


async def test_a_secret_is_given_once_and_kept_nowhere(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    document = """
        mutation { createAccessToken(input: {name: "备份", scopes: [READ]}) { token userErrors { code } } }
    """
    first = (await send(graphql, member, "key-1", document)).json()["data"]["createAccessToken"]
    again = (await send(graphql, member, "key-1", document)).json()["data"]["createAccessToken"]
    assert first["userErrors"] == []
    assert again == {"token": None, "userErrors": [{"code": "ANSWER_NOT_KEPT"}]}
    assert await value(database, "SELECT count(*) FROM access_token") == 1
    kept = await value(database, "SELECT response FROM idempotency_key")
    assert kept == b""
