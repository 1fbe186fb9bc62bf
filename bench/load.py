"""The load: so many connections, each sending its next request when it has the answer to the last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import httptools

WITHIN = 10.0
"""Seconds that the last answers have to come in."""


class WrongAnswer(Exception):  # noqa: N818 - says what is the matter
    """A server did not answer as it should."""


@dataclass(slots=True)
class Measured:
    """What came of one load."""

    answered: int
    seconds: float
    own_seconds: float
    """Processor time of the load's own process."""
    latencies: list[float] = field(repr=False)


class _Connection(asyncio.Protocol):
    """One connection; `httptools` reads the answers, whether they have a length or come in chunks."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)
        self._begin = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports write, but are no `asyncio.Transport`.
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._load.left(self)

    def on_body(self, body: bytes) -> None:
        if not self._begin:
            self._begin = body

    def on_message_complete(self) -> None:
        load = self._load
        status = self._parser.get_status_code()
        # Each answer is `{"data": ...`: an error comes first or, from some servers, in its place.
        if status != 200 or not self._begin.startswith(b'{"data":{'):  # noqa: PLR2004 - HTTP
            load.failed = f"{status}: {self._begin[:500]!r}"
            load.stopping = True
        load.latencies.append(time.perf_counter() - self._sent)
        self._begin = b""
        self._next()

    def _next(self) -> None:
        if self._load.stopping:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(next(self._load.requests))


class Load:
    """A load on one server."""

    def __init__(self, port: int, requests: Iterator[bytes], connections: int) -> None:
        """Take whom to ask, what, and over how many connections."""
        self.requests = requests
        self.latencies: list[float] = []
        self.stopping = False
        self.failed: str | None = None
        self._port = port
        self._connections = connections
        self._open = 0
        self._ended: asyncio.Event = asyncio.Event()

    async def run(self, warm_up: float, seconds: float, begin: asyncio.Event, end: asyncio.Event) -> Measured:
        """Keep asking; only what is answered between `begin` and `end`, which this sets, counts.

        Raises:
            WrongAnswer: if an answer is an error.
        """
        loop = asyncio.get_running_loop()
        self._open = self._connections
        for _ in range(self._connections):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        await asyncio.sleep(warm_up)
        self.latencies = []
        started, processor = time.perf_counter(), time.process_time()
        begin.set()
        await asyncio.sleep(seconds)
        end.set()
        latencies, self.latencies = self.latencies, []
        measured = Measured(len(latencies), time.perf_counter() - started, time.process_time() - processor, latencies)
        self.stopping = True
        await asyncio.wait_for(self._ended.wait(), WITHIN)
        if self.failed is not None:
            raise WrongAnswer(self.failed)
        return measured

    def left(self, _: _Connection) -> None:
        """Learn that a connection is closed."""
        self._open -= 1
        if not self.stopping:
            self.failed, self.stopping = "the server closed a connection", True
        if self._open == 0:
            self._ended.set()


def request(path: str, body: bytes, token: str | None = None) -> bytes:
    """Return the bytes of one request."""
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        f"{authorization}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
