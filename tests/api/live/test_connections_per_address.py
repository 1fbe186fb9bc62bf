"""One address holds so many sockets and event streams open, and no more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from api.app import Server
from api.errors import RequestError
from api.limits.connections import OpenConnections
from tests.api.live.conftest import PROTOCOL, start_server, talk
from tests.api.live.test_streams import UPDATES, listening
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from community.foundation.database import Database
    from tests.api.conftest import Client
    from tests.api.live.conftest import RunningServer

FORWARDED = "x-forwarded-for"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(database_url: str) -> AsyncIterator[RunningServer]:
    """Run a server where an address holds three connections, behind a proxy on this machine."""
    server = await start_server(
        database_url, TEAHOUSE_CONNECTIONS_PER_ADDRESS="3", TEAHOUSE_TRUSTED_PROXIES="127.0.0.1"
    )
    yield server
    server.stop()
    await asyncio.to_thread(server.process.wait, 20)


async def status_of_a_socket(server: RunningServer, address: str) -> int:
    """Try to open one more socket; return the status that it is answered with, 101 for one that opens."""
    try:
        async with talk(server, additional_headers={FORWARDED: address}):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def answer_to_a_stream(server: RunningServer, address: str) -> tuple[int, Any]:
    """Try to open one more event stream that a refusal answers."""
    headers = {"accept": "text/event-stream", FORWARDED: address}
    async with httpx.AsyncClient(timeout=20) as client:
        response = await client.post(server.url, json={"query": UPDATES}, headers=headers)
        return response.status_code, response.json()


async def test_sockets_and_streams_count_together_and_make_room_when_they_close(
    narrow: RunningServer, database: Database
) -> None:
    here, elsewhere = "192.0.2.7", "192.0.2.8"
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(talk(narrow, additional_headers={FORWARDED: here}))
        stream = await held.enter_async_context(listening(narrow, UPDATES, headers={FORWARDED: here}))

        assert stream.status_code == 200
        assert await status_of_a_socket(narrow, here) == 429
        status, body = await answer_to_a_stream(narrow, here)
        assert status == 429
        assert body["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
        assert await status_of_a_socket(narrow, elsewhere) == 101

    async def there_is_room() -> bool:
        return await status_of_a_socket(narrow, here) == 101

    await until(there_is_room)


async def test_an_ipv6_network_of_64_bits_is_one_address(narrow: RunningServer, database: Database) -> None:
    async with AsyncExitStack() as held:
        for number in range(3):
            await held.enter_async_context(
                talk(narrow, additional_headers={FORWARDED: f"2001:db8:1:2:{number + 1:x}::9"})
            )

        assert await status_of_a_socket(narrow, "2001:db8:1:2:ffff::1") == 429
        assert await status_of_a_socket(narrow, "2001:db8:1:3::1") == 101


async def test_queries_over_events_hold_nothing(narrow: RunningServer, database: Database) -> None:
    for _ in range(5):
        async with listening(narrow, "{ updatesCursor }", headers={FORWARDED: "192.0.2.9"}) as response:
            assert response.status_code == 200
            await response.aread()


async def test_where_no_status_can_be_sent_a_code_says_why(
    graphql: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [],
        "subprotocols": [PROTOCOL],
        "client": ("192.0.2.7", 1),
    }
    monkeypatch.setattr(graphql.application, "connections", OpenConnections(0))

    await server(scope, receive, send)

    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 4429)]


def test_what_is_counted_is_forgotten_with_the_last_of_it() -> None:
    connections = OpenConnections(2)
    with connections.one_more("192.0.2.1"), connections.one_more("::ffff:192.0.2.1"):
        with pytest.raises(RequestError) as refused, connections.one_more("192.0.2.1"):
            pass
        assert len(connections) == 2
    assert refused.value.status == 429
    assert len(connections) == 0
    assert not connections._held
