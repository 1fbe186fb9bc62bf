import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from community.foundation.database import Database
from community.members.sessions import sign_out_everywhere
from tests.api.live.conftest import RunningServer, open_space, start_server, token_of
from tests.factories.discussions import make_acting, make_post

Servers = tuple[RunningServer, RunningServer]

UPDATES = "subscription { updates { __typename ... on PostCreated { post { title } } } }"


@asynccontextmanager
async def listening(
    server: RunningServer, document: str, token: str | None = None, *, headers: Mapping[str, str] | None = None
) -> AsyncIterator[httpx.Response]:
    headers = {
        "accept": "text/event-stream",
        **({"authorization": f"Bearer {token}"} if token else {}),
        **(headers or {}),
    }
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("POST", server.url, json={"query": document}, headers=headers) as response,
    ):
        yield response


async def events(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    kind = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data:"):
            text = line.removeprefix("data:").strip()
            yield kind, orjson.loads(text) if text else None


async def test_updates_come_as_events(servers: Servers, database: Database) -> None:
    author = await make_acting(database)
    space = await open_space(database)
    async with listening(servers[0], UPDATES) as response:
        await asyncio.sleep(0.1)
        await make_post(database, author, space, title="白茶\n一款")
        kind, result = await anext(events(response))

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert kind == "next"
    assert result["data"]["updates"]["__typename"] == "PostCreated"


async def test_a_query_is_answered_and_complete(servers: Servers) -> None:
    async with listening(servers[0], "{ updatesCursor }") as response:
        came = [event async for event in events(response)]

    assert [kind for kind, _ in came] == ["next", "complete"]
    assert came[0][1]["data"]["updatesCursor"].startswith("event~")


@pytest.mark.parametrize(
    ("document", "status"),
    [("{ nothing }", 400), ("subscription { nothing }", 400), ("subscription {", 400)],
)
async def test_what_is_not_fit_to_run_is_refused_by_status(servers: Servers, document: str, status: int) -> None:
    async with listening(servers[0], document) as response:
        body = orjson.loads(await response.aread())

    assert response.status_code == status
    assert body["errors"][0]["message"]


async def test_a_token_that_speaks_for_nobody_is_refused(servers: Servers) -> None:
    async with listening(servers[0], UPDATES, token="nonsense") as response:
        assert response.status_code == 401


async def test_signing_out_ends_the_stream(servers: Servers, database: Database) -> None:
    member = await make_acting(database)
    async with listening(servers[0], UPDATES, await token_of(database, member)) as response:
        await asyncio.sleep(0.1)
        await database.transact(lambda connection: sign_out_everywhere(connection, member.member_id))
        came = [event async for event in events(response)]

    assert [kind for kind, _ in came] == ["next", "complete"]
    assert came[0][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.usefixtures("database")
async def test_the_servers_end_ends_the_stream(database_url: str) -> None:
    server = await start_server(database_url)
    async with listening(server, UPDATES) as response:
        await asyncio.sleep(0.1)
        server.stop()
        async with asyncio.timeout(10):
            came = [event async for event in events(response)]
    await asyncio.to_thread(server.process.wait, 20)

    assert [kind for kind, _ in came] == ["next", "complete"]
    assert came[0][1]["errors"][0]["extensions"]["code"] == "GOING_AWAY"
    assert server.process.returncode == 0
