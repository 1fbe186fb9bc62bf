"""`POST /graphql` the short way: from uvicorn's parser to the endpoint and back to the socket, in one write.

Nearly every request is a whole, short POST to `/graphql` on a connection that is kept. For such a one uvicorn makes an
ASGI scope, an event, two queues of messages and three wrappers, and sends head and body apart, which costs more than half
of what a small read costs Python. Here it goes straight to :meth:`api.endpoint.GraphQLEndpoint.respond`. What is unusual
about a request in any way is left to uvicorn, and answered with the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.endpoint import EVENT_STREAM, head_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.endpoint import GraphQLEndpoint

PATH = b"/graphql"
LONGEST_BODY = 65_536
"""Longer bodies are left to uvicorn, which holds clients back that send faster than they are read."""


class _NobodyWaits:
    """Stands for the event by which uvicorn wakes an application that waits for more of a request."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY_WAITS = _NobodyWaits()


class Exchange:
    """One request and its answer. The attributes are those that uvicorn's protocol asks its own cycles for."""

    __slots__ = ("body", "disconnected", "headers", "keep_alive", "message_event", "response_complete")

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        """Begin with a request's headers; its body is still to come."""
        self.headers = headers
        self.body = b""
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY_WAITS

    async def receive(self) -> dict[str, Any]:
        """Return the whole body, as an ASGI server gives it."""
        return {"type": "http.request", "body": self.body, "more_body": False}


class DirectProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a short way for GraphQL. The application has its endpoint under `endpoint`."""

    def on_message_begin(self) -> None:
        """Prepare for a request; uvicorn's scope is made when it is known to be needed."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Take the short way if nothing speaks against it."""
        # While another answer is on its way, uvicorn keeps the requests in order.
        last: Any = self.cycle
        if self.url == PATH and (last is None or last.response_complete) and self._is_usual():
            headers = dict(self.headers)
            length = headers.get(b"content-length", b"")
            if (
                length.isdigit()
                and int(length) <= LONGEST_BODY
                and b"transfer-encoding" not in headers
                and EVENT_STREAM not in headers.get(b"accept", b"")
            ):
                self.cycle = Exchange(headers)  # type: ignore[assignment] # does as a cycle does
                return
        url, headers_given, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers_given, expects
        self.scope["headers"] = headers_given
        super().on_headers_complete()

    def _is_usual(self) -> bool:
        parser = self.parser
        return bool(
            parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
        )

    def on_body(self, body: bytes) -> None:
        """Take a part of a request's body."""
        cycle: Any = self.cycle
        if type(cycle) is Exchange:
            cycle.body = cycle.body + body if cycle.body else body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer a request that is there as a whole."""
        cycle: Any = self.cycle
        if type(cycle) is Exchange:
            task = self.loop.create_task(self._answer(cycle))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            super().on_message_complete()

    async def _answer(self, exchange: Exchange) -> None:
        application: Any = self.app
        endpoint: GraphQLEndpoint = application.endpoint
        scope = {"type": "http", "method": "POST", "client": self.client, "query_string": b""}
        try:
            status, body, media_type, extra = await endpoint.respond(scope, exchange.headers, exchange.receive)
        except BaseException:
            self.transport.close()  # a client is not left to wait for an answer that will not come
            raise
        if exchange.disconnected:
            return
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *head_of(body, media_type, extra)):
            lines += (name, b": ", value, b"\r\n")
        if not exchange.keep_alive:
            lines.append(b"connection: close\r\n")
        lines += (b"\r\n", body)
        self.transport.write(b"".join(lines))
        if self.flow.write_paused:
            await self.flow.drain()
        exchange.response_complete = True
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()
