"""What a client of `/graphql` receives is what uvicorn itself would have sent, byte for byte, and in one piece."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect

from api.direct import LONGEST_BODY, DirectProtocol
from api.endpoint import Response, send_answer
from api.limits import read_body
from tests.waiting import until

if TYPE_CHECKING:
    from starlette.types import Receive
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

BODY = '{"data":{"茶":"龙井"}}'.encode()
LARGE = b"0123456789" * 400_000


class Endpoint:
    """Answers with what it was sent, its headers and who sent it; other bodies ask for something else."""

    def __init__(self) -> None:
        self.going_on = asyncio.Event()
        self.begun = asyncio.Event()

    async def respond(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], receive: Receive) -> Response:
        body = await read_body(receive, 10_000_000)
        assert scope["client"][0] == "127.0.0.1"
        if body == b"large":
            body = LARGE
        if body == b"wait":
            self.begun.set()
            await self.going_on.wait()
        if body == b"fail":
            raise LookupError
        if body == b"refuse":
            return 429, BODY, b"application/json", [(b"retry-after", b"3"), (b"x-request-id", b"1")]
        shown = b"%b %b %r" % (scope["method"].encode(), body, sorted(headers.items()))
        return 200, shown, b"application/graphql-response+json", []


class Application:
    """An application with an endpoint, which it also answers by as any ASGI application does."""

    def __init__(self) -> None:
        self.endpoint = Endpoint()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        say: Any = send
        if scope["type"] == "websocket":
            await receive()
            await say({"type": "websocket.accept"})
            said: Any = await receive()
            await say({"type": "websocket.send", "text": said["text"]})
            await say({"type": "websocket.close"})
            return
        assert scope["type"] == "http"
        told: Any = receive
        await send_answer(say, *await self.endpoint.respond(scope, dict(scope["headers"]), told))


@asynccontextmanager
async def served(
    application: Application, protocol: type[asyncio.Protocol] = DirectProtocol
) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """Serve an application; gives the port and the server."""
    configuration = uvicorn.Config(
        application,
        port=0,
        http=protocol,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        ws="websockets-sansio",
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(configuration)
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        server.should_exit = True
        await serving


async def exchange(port: int, *sent: bytes) -> bytes:
    """Send some bytes, piece by piece, and return all that comes until the server closes, but for the time of day."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in sent:
        writer.write(piece)
        await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        answered = await reader.read()
    writer.close()
    return re.sub(rb"date: [^\r]+", b"date: now", answered)


def asking(
    body: bytes = b"", *headers: str, method: str = "POST", path: str = "/graphql", version: str = "1.1"
) -> bytes:
    given = ["host: tea", *headers, *([f"content-length: {len(body)}"] if body else [])]
    return f"{method} {path} HTTP/{version}\r\n".encode() + "\r\n".join([*given, "", ""]).encode() + body


PLAIN = asking(BODY)
LAST = asking(BODY, "connection: close")
CHUNKED = asking(b"", "transfer-encoding: chunked") + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
REQUESTS = {
    "one": [LAST],
    "kept alive": [PLAIN + LAST],
    "one after another": [PLAIN, PLAIN, LAST],
    "in pieces": [PLAIN[:20], PLAIN[20:90], PLAIN[90:] + PLAIN[:70], PLAIN[70:], LAST],
    "pipelined, of every kind": [
        PLAIN
        + asking(BODY, method="PUT")
        + asking(b"refuse")
        + asking(b"", "content-length: 0")
        + asking(method="GET", path="/graphql?query={a}")
        + asking(BODY, path="/graphql/")
        + asking(BODY, path="http://tea/graphql")
        + asking(BODY, "accept: text/html", "accept: text/event-stream")
        + CHUNKED
        + asking(method="HEAD")
        + asking(b"large")
        + asking(b"x" * (LONGEST_BODY + 1))
        + asking(b"x" * LONGEST_BODY)
        + asking(BODY, "Content-Type: Application/JSON", "X-Twice: 1", "x-twice: 2")
        + LAST
    ],
    "many, pipelined": [b"".join(asking(b"%d" % number) for number in range(200)) + LAST],
    "that ask first": [asking(BODY, "expect: 100-continue") + LAST],
    "of HTTP 1.0": [asking(BODY, version="1.0")],
    "of HTTP 1.0, kept alive": [asking(BODY, "connection: keep-alive", version="1.0") + asking(BODY, version="1.0")],
    "to be upgraded to what is not known": [
        asking(b"", "connection: upgrade", "upgrade: tea", "content-length: 0") + LAST
    ],
    "of two lengths": [asking(BODY, "content-length: 3")],
    "of a length and chunks": [asking(BODY, "transfer-encoding: chunked") + LAST],
    "of a length that is none": [asking(b"", "content-length: 茶")],
    "no request at all": ["茶\r\n\r\n".encode()],
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_what_is_received_is_what_uvicorn_would_have_sent(name: str) -> None:
    async with served(Application()) as (port, _), served(Application(), HttpToolsProtocol) as (other, _):
        received = await exchange(port, *REQUESTS[name])
        assert received == await exchange(other, *REQUESTS[name])
        assert received.startswith(b"HTTP/1.1 ")


async def test_an_answer_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    made = DirectProtocol.connection_made

    def connection_made(self: DirectProtocol, transport: Any) -> None:
        class Recording:
            def __getattr__(self, name: str) -> Any:
                return getattr(transport, name)

            def write(self, data: bytes) -> None:
                writes.append(data)
                transport.write(data)

        made(self, Recording())  # type: ignore[arg-type] # a transport in all that matters

    monkeypatch.setattr(DirectProtocol, "connection_made", connection_made)
    async with served(Application()) as (port, _):
        await exchange(port, PLAIN, PLAIN, LAST)
    assert all(data.startswith(b"HTTP/1.1 200") and BODY in data for data in writes[:2])


async def test_a_slow_reader_gets_all_of_it() -> None:
    async with served(Application()) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(asking(b"large") * 3 + LAST)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            answered = await reader.read()
        writer.close()
    assert answered.count(LARGE) == 3
    assert BODY in answered[-500:]


async def test_who_leaves_before_the_answer_harms_nobody_else() -> None:
    application = Application()
    async with served(application) as (port, server):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking(b"wait"))
        await application.endpoint.begun.wait()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        application.endpoint.going_on.set()
        assert BODY in await exchange(port, LAST)
        await until(lambda: not server.server_state.connections)


async def test_who_leaves_before_the_request_is_whole_is_not_answered() -> None:
    application = Application()
    async with served(application) as (port, server):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking(b"wait")[:-1])
        await until(lambda: bool(server.server_state.connections))
        writer.transport.abort()
        await until(lambda: not server.server_state.connections)
        assert not application.endpoint.begun.is_set()
        assert not server.server_state.tasks


async def test_nobody_waits_for_an_answer_that_will_not_come() -> None:
    async with served(Application()) as (port, _):
        assert await exchange(port, asking(b"fail")) == b""
        assert BODY in await exchange(port, LAST)


async def test_an_answer_in_flight_is_finished_when_the_server_stops() -> None:
    application = Application()
    async with served(application) as (port, server):
        asked = asyncio.create_task(exchange(port, asking(b"wait")))
        await application.endpoint.begun.wait()
        server.should_exit = True
        await asyncio.sleep(0.2)
        application.endpoint.going_on.set()
        answered = await asked
        assert b"connection: close" in answered
        assert b"POST wait" in answered


async def test_a_connection_becomes_a_web_socket() -> None:
    async with served(Application()) as (port, _), connect(f"ws://127.0.0.1:{port}/socket") as socket:
        await socket.send("茶" * 10_000)
        assert await socket.recv() == "茶" * 10_000
