"""An answer leaves in one piece.

uvicorn writes an answer's head and then its body, and uvloop hands each to the system at once: two system calls, two
packets, and a client that is woken twice. Here what is written in one turn of the loop is put together first.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Transport, get_running_loop
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import BaseTransport


class JoinedTransport:
    """A transport that writes once a turn of the loop; all else is the transport's own."""

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        """Wrap a transport."""
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write when this turn of the loop is over."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Write what waits, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
            self._waiting = []
            self._transport.write(data)


class JoinedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, on such transports."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin with a client."""
        joined = JoinedTransport(cast("Transport", transport), get_running_loop())
        super().connection_made(cast("Transport", joined))
