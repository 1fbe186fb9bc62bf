"""The shop at the other end of the webhook: it does once what it is told several times, and says how often that was."""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from types import TracebackType
from typing import Self

from community.foundation.calls import signature

SECRET = "the shop's secret, of this run alone"  # noqa: S105 - guards nothing
FAILS_EVERY = 7
"""One in so many calls is not taken: the shop has done it, and answers that it is busy."""


class Receiver:
    """Takes calls on loopback; `effects` holds what was done for each key, `calls` how often it was told."""

    def __init__(self) -> None:
        """Listen to nothing yet."""
        self.effects: dict[str, bytes] = {}
        self.calls: Counter[str] = Counter()
        self.problems: list[str] = []

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/rewards"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        self._server.close()
        await self._server.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
            headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            busy = self._take(headers, body)
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % busy)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever called was killed
        finally:
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> bytes:
        key = headers["idempotency-key"]
        signed = "v1=" + signature(SECRET, headers["teahouse-timestamp"], body)
        if not hmac.compare_digest(headers["teahouse-signature"], signed):
            self.problems.append(f"{key} was told with a signature that is none")
        self.calls[key] += 1
        if self.effects.setdefault(key, body) != body:
            self.problems.append(f"{key} was told again with another body")
        return b"503 Busy" if self.calls.total() % FAILS_EVERY == 0 else b"204 Done"
