"""What a client receives is what uvicorn itself would have sent, byte for byte; a plain answer in one piece."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect

from api.joined_writes import JoinedHttpProtocol
from tests.waiting import until

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

BODY = '{"data":{"茶":"龙井"}}'.encode()
LARGE = b"0123456789" * 400_000


class Answers:
    """An application that answers each path in a way of its own."""

    def __init__(self) -> None:
        self.going_on = asyncio.Event()
        self.begun = asyncio.Event()

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
        received = b""
        while (message := await receive())["type"] == "http.request":
            received += message["body"]
            if not message["more_body"]:
                break
        body = {"/large": LARGE, "/empty": b"", "/echo": received}.get(scope["path"], BODY)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if scope["path"] == "/unusual":
            headers.append((b"x-request-id", b"1"))
        if scope["path"] == "/chunked":
            headers.pop()
        if scope["path"] == "/waiting":
            self.begun.set()
            await self.going_on.wait()
        status = 404 if scope["path"] == "/absent" else 200
        await say({"type": "http.response.start", "status": status, "headers": headers})
        if scope["path"] in {"/pieces", "/chunked"}:
            for letter in body:
                await say({"type": "http.response.body", "body": bytes([letter]), "more_body": True})
            await say({"type": "http.response.body"})
        else:
            await say({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(
    application: Answers, protocol: type[asyncio.Protocol] = JoinedHttpProtocol
) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """Serve an application; gives the port and the server."""
    configuration = uvicorn.Config(application, port=0, http=protocol, lifespan="off", log_config=None)
    server = uvicorn.Server(configuration)
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        server.should_exit = True
        await serving


async def exchange(port: int, sent: bytes) -> bytes:
    """Send some bytes, and return all that comes until the server closes, but for the time of day."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(20):
        answered = await reader.read()
    writer.close()
    return re.sub(rb"date: [^\r]+", b"date: now", answered)


def asking(path: str, method: str = "GET", *, close: bool = False, body: bytes = b"", version: str = "1.1") -> bytes:
    head = f"{method} {path} HTTP/{version}\r\nhost: tea\r\n"
    if body:
        head += f"content-length: {len(body)}\r\n"
    return f"{head}{'connection: close' + chr(13) + chr(10) if close else ''}\r\n".encode() + body


PLAIN = asking("/plain")
LAST = asking("/plain", close=True)
REQUESTS = {
    "one": LAST,
    "kept alive": PLAIN + LAST,
    "pipelined, of every kind": b"".join(
        asking(path, method, body=body)
        for path, method, body in (
            ("/plain", "GET", b""),
            ("/unusual", "GET", b""),
            ("/absent", "GET", b""),
            ("/echo", "POST", BODY),
            ("/pieces", "GET", b""),
            ("/empty", "POST", BODY),
            ("/plain", "HEAD", b""),
            ("/chunked", "GET", b""),
            ("/large", "GET", b""),
        )
    )
    + LAST,
    "many, pipelined": b"".join(asking("/echo", "POST", body=b"%d" % number) for number in range(1, 201)) + LAST,
    "of HTTP 1.0": asking("/plain", version="1.0"),
    "to be upgraded to what is not known": b"GET /plain HTTP/1.1\r\nhost: tea\r\nconnection: upgrade\r\nupgrade: tea\r\n\r\n"
    + LAST,
    "no request at all": "茶\r\n\r\n".encode(),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_what_is_received_is_what_uvicorn_would_have_sent(name: str) -> None:
    async with served(Answers()) as (port, _), served(Answers(), HttpToolsProtocol) as (other, _):
        received = await exchange(port, REQUESTS[name])
        assert received == await exchange(other, REQUESTS[name])
        assert received.startswith(b"HTTP/1.1 ")


async def test_a_plain_answer_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    made = JoinedHttpProtocol.connection_made

    def connection_made(self: JoinedHttpProtocol, transport: Any) -> None:
        class Recording:
            def __getattr__(self, name: str) -> Any:
                return getattr(transport, name)

            def write(self, data: bytes) -> None:
                writes.append(data)
                transport.write(data)

        made(self, Recording())  # type: ignore[arg-type] # a transport in all that matters

    monkeypatch.setattr(JoinedHttpProtocol, "connection_made", connection_made)
    async with served(Answers()) as (port, _):
        await exchange(port, PLAIN + PLAIN + LAST)
    assert [data.endswith(BODY) for data in writes[:2]] == [True, True]
    assert all(data.startswith(b"HTTP/1.1 200") for data in writes[:2])


async def test_a_slow_reader_gets_all_of_it() -> None:
    async with served(Answers()) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(asking("/large") * 3 + LAST)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            answered = await reader.read()
        writer.close()
    assert answered.count(LARGE) == 3
    assert answered.endswith(BODY)


async def test_who_leaves_before_the_answer_harms_nobody_else() -> None:
    application = Answers()
    async with served(application) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking("/waiting"))
        await application.begun.wait()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        application.going_on.set()
        assert (await exchange(port, LAST)).endswith(BODY)


async def test_an_answer_in_flight_is_finished_when_the_server_stops() -> None:
    application = Answers()
    async with served(application) as (port, server):
        asked = asyncio.create_task(exchange(port, asking("/waiting")))
        await application.begun.wait()
        server.should_exit = True
        await asyncio.sleep(0.2)
        application.going_on.set()
        assert (await asked).endswith(BODY)


async def test_a_connection_becomes_a_web_socket() -> None:
    async with served(Answers()) as (port, _), connect(f"ws://127.0.0.1:{port}/socket") as socket:
        await socket.send("茶" * 10_000)
        assert await socket.recv() == "茶" * 10_000
