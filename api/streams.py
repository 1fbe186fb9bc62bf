"""GraphQL over server-sent events, in the distinct connections mode of the GraphQL over SSE protocol.

A request like any other, but with `Accept: text/event-stream`, is answered by events: `next` for each result, and
`complete` at the end. What is refused before it runs is refused by status and JSON, as without events.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import orjson
from graphql import OperationType

from api.endpoint import RESPONSE_JSON, failed, send_answer
from api.updates.stream import TooSlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from api.endpoint import GraphQLEndpoint
    from api.updates.stream import Stream
    from community.members.principals import Principal

EVENT_STREAM = b"text/event-stream"
SENT_WITHIN = 10.0  # seconds
A_SIGN_OF_LIFE_EVERY = 12.0

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx would hold events back until it has a bufferful.
    (b"x-accel-buffering", b"no"),
]
_COMPLETE = b"event: complete\ndata:\n\n"


def wants_events(headers: Mapping[bytes, bytes]) -> bool:
    """Say whether a client asks for events."""
    accepted = headers.get(b"accept", b"").lower().split(b",")
    return any(part.split(b";")[0].strip() == EVENT_STREAM for part in accepted)


async def answer_with_events(
    endpoint: GraphQLEndpoint,
    scope: Scope,
    headers: Mapping[bytes, bytes],
    receive: Receive,
    send: Send,
) -> None:
    """Answer one request."""
    with ExitStack() as held:
        try:
            request = await endpoint.request(scope, headers, receive)
            context = await endpoint.context(scope, headers)
            operation, variables = endpoint.prepare(request)
            if operation.type is not OperationType.SUBSCRIPTION:
                body = await endpoint.answer(request, context)
                await _start(send)
                await _send(send, _next(body) + _COMPLETE, more=False)
                return
            endpoint.spend(context, operation, variables)
            held.enter_context(endpoint.application.connections.one_more(context.address))
            stream = endpoint.application.live.open(context, operation, variables)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and no traceback
            status, body, extra = failed(error, RESPONSE_JSON)
            await send_answer(send, status, body, RESPONSE_JSON, extra)
            return
        held.callback(endpoint.application.live.close, stream)
        await EventStream(stream, receive, send, context.principal).serve(endpoint)


class EventStream:
    """One subscription that is answered by events."""

    def __init__(self, stream: Stream, receive: Receive, send: Send, principal: Principal | None) -> None:
        """Take what is told, and to whom."""
        self.principal = principal
        self._stream = stream
        self._receive = receive
        self._send = send
        self._ending: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def end(self, code: int, reason: str) -> None:
        """End the stream soon; the first reason counts."""
        if not self._ending.done():
            self._ending.set_result((code, reason))

    async def serve(self, endpoint: GraphQLEndpoint) -> None:
        """Tell until either side has had enough."""
        live = endpoint.application.live
        live.enter(self)
        telling = asyncio.create_task(self._tell())
        gone = asyncio.create_task(self._until_gone())
        try:
            if self.principal is not None and endpoint.application.authentication.is_ended(self.principal):
                self.end(4401, "The session has ended.")
            await _start(self._send)
            awaited: set[asyncio.Future[Any]] = {telling, gone, self._ending}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            live.exit(self)
            for task in (telling, gone):
                task.cancel()
            outcome, _ = await asyncio.gather(telling, gone, return_exceptions=True)
        with suppress(Exception):  # the client may be gone, or not listen
            if self._ending.done():
                await self._complain(*self._ending.result())
            elif isinstance(outcome, TooSlow):
                await self._complain(4413, "Too slow: ask updatesSince for what was missed.")
            elif isinstance(outcome, Exception):
                _, body, _ = failed(outcome, RESPONSE_JSON)
                await _send(self._send, _next(body) + _COMPLETE, more=False)

    async def _tell(self) -> None:
        updates = self._stream.updates()
        coming = asyncio.ensure_future(anext(updates))
        try:
            while True:
                await asyncio.wait([coming], timeout=A_SIGN_OF_LIFE_EVERY)
                if not coming.done():
                    await _send(self._send, b":\n\n")
                    continue
                update = coming.result()
                coming = asyncio.ensure_future(anext(updates))
                await _send(self._send, _next(b'{"data":%b}' % update))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _complain(self, code: int, reason: str) -> None:
        error = {"message": reason, "extensions": {"code": _CODES.get(code, "CLOSED")}}
        await _send(self._send, _next(orjson.dumps({"errors": [error]})) + _COMPLETE, more=False)


_CODES = {4401: "UNAUTHENTICATED", 4403: "FORBIDDEN", 4413: "TOO_SLOW", 1001: "GOING_AWAY"}


def _next(result: bytes) -> bytes:
    # JSON text from PostgreSQL and from orjson has no line breaks.
    return b"event: next\ndata: %b\n\n" % result


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    try:
        async with asyncio.timeout(SENT_WITHIN):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError:
        raise TooSlow from None
