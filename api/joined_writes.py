"""An answer leaves in one piece.

uvicorn writes an answer's head and then its body, and uvloop hands each to the system at once: two system calls, two
packets, and a client that is woken twice. Here the head of an answer whose length is known waits for its body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_LENGTH = b"content-length"
# The head of a plain answer has these two headers: of our own making, so that they need not be looked over.
_PLAIN = 2


class JoinedAnswer:
    """One request's `send`. An answer with anything unusual about it is left to uvicorn's own."""

    __slots__ = ("_cycle", "_head")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        """Send for uvicorn's cycle of one request and its answer."""
        self._cycle = cycle
        self._head: Any = None

    async def __call__(self, message: Any) -> None:
        """Take one message of the answer."""
        cycle, head = self._cycle, self._head
        if head is None:
            headers: Any = message.get("headers", ())
            if len(headers) == _PLAIN and headers[1][0] == _LENGTH and not cycle.response_started:
                self._head = message
            else:
                await cycle.send(message)
            return
        self._head = None
        body = message["body"]
        (name, value), (_, length) = head["headers"]
        if (
            message.get("more_body")
            or cycle.flow.write_paused
            or cycle.disconnected
            or not cycle.keep_alive
            or cycle.scope["method"] == "HEAD"
            or int(length) != len(body)
        ):
            await cycle.send(head)
            await cycle.send(message)
            return
        cycle.response_started = cycle.response_complete = True
        lines = [STATUS_LINE[head["status"]]]
        for header in cycle.default_headers:
            lines += (header[0], b": ", header[1], b"\r\n")
        lines += (name, b": ", value, b"\r\ncontent-length: ", length, b"\r\n\r\n", body)
        cycle.transport.write(b"".join(lines))
        # Whoever waits for the client to leave learns that there is nothing more to wait for.
        cycle.message_event.set()
        cycle.on_response()


class JoinedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with such answers."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        async def joined(scope: Any, receive: Any, _: Any) -> None:
            await app(scope, receive, JoinedAnswer(cycle))

        super()._start_asgi_task(cycle, joined)
