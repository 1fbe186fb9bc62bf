"""Two server processes on one database, on loopback, spoken to as clients do."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from community.discussions.events import SPACE_CREATED
from community.foundation.database import Database
from community.foundation.events import Event, record
from community.members.acting import Acting
from community.members.sessions import begin_session
from community.members.signing import load_signing_keys
from tests.factories.discussions import make_space
from tests.factories.notifications import catch_up, reader
from tests.waiting import until

TOP = Path(__file__).parents[3]
SECRET = "this key guards nothing but a test 测试"
ORIGIN = "https://tea.example"
PROTOCOL = "graphql-transport-ws"


@dataclass
class RunningServer:
    """A server process."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    def stop(self) -> None:
        """Ask the server to stop."""
        self.process.send_signal(signal.SIGTERM)


async def start_server(database_url: str, **settings: str) -> RunningServer:
    """Start a server process; return it when it answers."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "TEAHOUSE_SECRET_KEY": SECRET,
        "TEAHOUSE_ALLOWED_ORIGINS": ORIGIN,
        "TEAHOUSE_LOG_LEVEL": "WARNING",
        "TEAHOUSE_DATABASE_CONNECTIONS": "4",
        **settings,
    }
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port), "--no-migrate"]
    process = subprocess.Popen(command, env=environment, cwd=TOP, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - it starts at once
    server = RunningServer(port, process)

    async def answers() -> bool:
        assert process.poll() is None, "the server did not start"
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
            except httpx.HTTPError:
                return False

    await until(answers, longest=60)
    return server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def both(database_url: str) -> AsyncIterator[tuple[RunningServer, RunningServer]]:
    servers = await asyncio.gather(start_server(database_url), start_server(database_url))
    yield servers[0], servers[1]
    for server in servers:
        server.stop()
    for server in servers:
        await asyncio.to_thread(server.process.wait, 20)


@pytest_asyncio.fixture(loop_scope="session")
async def servers(
    both: tuple[RunningServer, RunningServer], database: Database
) -> AsyncIterator[tuple[RunningServer, RunningServer]]:
    """Give both servers, with the readers' places in the log, which the last test's end has taken away."""
    await reader.begin(database)
    yield both
    # They are at rest before all rows go.
    await catch_up(database)


async def open_space(database: Database, *, access: str = "PUBLIC", members: tuple[Acting, ...] = ()) -> int:
    """Make a space, and tell the servers that there is one, as the action does."""
    space_id = await make_space(database, access=access, members=members)
    async with database.writing() as connection:
        await record(connection, Event(SPACE_CREATED, subject_kind="space", subject_id=space_id, space_id=space_id))
    return space_id


async def token_of(database: Database, acting: Acting) -> str:
    """Begin a session and return its token."""
    keys = await load_signing_keys(database, SECRET)
    async with database.writing() as connection:
        return (await begin_session(connection, keys, acting.member_id, client="tests")).access_token


@dataclass
class Talk:
    """One WebSocket, and what came over it."""

    raw: ClientConnection
    came: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **message: Any) -> None:
        await self.raw.send(orjson.dumps(message).decode())

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        # The log is read below the oldest transaction of the whole PostgreSQL, on which another worker has its database.
        async with asyncio.timeout(60):
            message: dict[str, Any] = orjson.loads(await self.raw.recv())
        self.came.append(message)
        return message

    async def initialise(self, token: str | None = None) -> None:
        payload = {} if token is None else {"payload": {"authorization": f"Bearer {token}"}}
        await self.say(type="connection_init", **payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=id_, payload={"query": query, "variables": variables})
        # What was said before it is answered once this is, so the subscription is there.
        await self.say(type="ping", payload={"id": id_})
        while (await self.hear()).get("type") != "pong":
            pass
        await asyncio.sleep(0.05)

    async def data(self) -> Any:
        """Return the data of the next result."""
        while True:
            message = await self.hear()
            if message["type"] == "next":
                return message["payload"]["data"]
            assert message["type"] == "pong", message

    async def closed(self) -> int:
        """Return the code with which the server closes the socket."""
        try:
            while True:
                await self.hear()
        except ConnectionClosed:
            assert self.raw.close_code is not None
            return self.raw.close_code


@asynccontextmanager
async def talk(server: RunningServer, token: str | None = None, **options: Any) -> AsyncIterator[Talk]:
    """Open a socket and initialise it."""
    async with connect(server.socket_url, subprotocols=[PROTOCOL], **options) as raw:  # type: ignore[list-item] # a new type of str
        talking = Talk(raw)
        await talking.initialise(token)
        yield talking
