"""GraphQL over WebSocket: the `graphql-transport-ws` protocol, as plain ASGI.

Codes with which a socket is closed, besides the protocol's own (4400, 4401, 4406, 4408, 4409, 4429):

| code | why |
|---|---|
| 4401 | the session has ended, or the access token was revoked |
| 4403 | the token speaks for nobody, the member is suspended, or their roles have changed: connect again |
| 4413 | updates come faster than the client takes them; ask `updatesSince` for what was missed |
| 1001, 1012 | the server stops: connect again |

Before a socket is open, it is refused by a status of HTTP's: 403 to a page of another origin, 400 to who does not speak
the protocol, 429 to an address that holds too many connections.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from graphql import OperationType

from api.endpoint import RESPONSE_JSON, failed
from api.errors import RequestError
from api.limits import parse_body
from api.live import FORBIDDEN, UNAUTHENTICATED
from api.updates.stream import TooSlow
from community.foundation.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from api.endpoint import GraphQLEndpoint
    from community.members.principals import Principal

PROTOCOL = "graphql-transport-ws"
LARGEST_MESSAGE = 64 * 1024
MOST_OPERATIONS = 20
LONGEST_OPERATION_ID = 128
INITIALISED_WITHIN = 3.0  # seconds
SENT_WITHIN = 10.0
CLOSED_WITHIN = 1.0
CHECKED_EVERY = 30.0
MOST_MESSAGES = 500  # in
MESSAGES_WITHIN = 10.0  # seconds

BAD_REQUEST = 4400
NOT_ACCEPTABLE = 4406
INIT_TIMED_OUT = 4408
ALREADY_SUBSCRIBED = 4409
TOO_SLOW = 4413
TOO_MANY = 4429
POLICY = 1008
TOO_LARGE = 1009
INTERNAL = 4500

logger = structlog.get_logger(__name__)


class Closed(Exception):  # noqa: N818 - what is to happen
    """The socket is to be closed."""

    def __init__(self, code: int, reason: str) -> None:
        """Take the code and the reason that the client gets."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketEndpoint:
    """Answers WebSockets on `/graphql`."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take the endpoint that answers over HTTP: operations run by the same limits."""
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        await receive()  # websocket.connect
        headers = dict(scope["headers"])
        if not self._may_come_from(headers.get(b"origin")):
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "This origin is not allowed."})
            return
        if PROTOCOL not in scope["subprotocols"]:
            await _refuse(scope, send, 400, NOT_ACCEPTABLE, f"Speak the subprotocol {PROTOCOL}.")
            return
        with ExitStack() as held:
            try:
                address = self._endpoint.address(scope, headers)
                held.enter_context(self._endpoint.application.connections.one_more(address))
            except RequestError as error:
                await _refuse(scope, send, error.status, TOO_MANY, error.message)
                return
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await Socket(self._endpoint, scope, headers, receive, send).serve()

    def _may_come_from(self, origin: bytes | None) -> bool:
        """Say whether a page of this origin may connect; only browsers name one, and they cannot lie about it."""
        if origin is None:
            return True
        settings = self._endpoint.application.settings
        written = origin.decode("latin-1").rstrip("/").lower()
        allowed = {each.rstrip("/").lower() for each in (settings.public_url, *settings.allowed_origins)}
        return written in allowed


async def _refuse(scope: Scope, send: Send, status: int, code: int, reason: str) -> None:
    """Refuse a socket before it is open: by a status of HTTP's, where the server can send one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": code, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": f"{reason}\n".encode()})


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket."""

    endpoint: GraphQLEndpoint
    scope: Scope
    headers: dict[bytes, bytes]
    receive: Receive
    send: Send
    principal: Principal | None = None
    _acknowledged: bool = False
    _operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _ending: asyncio.Future[tuple[int, str]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _heard: int = 0
    _heard_since: float = field(default_factory=monotonic)

    async def serve(self) -> None:
        """Talk until either side has had enough."""
        live = self.endpoint.application.live
        live.enter(self)
        tasks: list[asyncio.Task[None]] = [asyncio.create_task(self._listen()), asyncio.create_task(self._check())]
        try:
            awaited: set[asyncio.Future[Any]] = {*tasks, self._ending}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    _note(task, self)
        finally:
            live.exit(self)
            for task in (*tasks, *self._operations.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self._operations.values(), return_exceptions=True)
        if self._ending.done():
            code, reason = self._ending.result()
            with suppress(Exception):  # the client may be gone, or not listen
                async with asyncio.timeout(CLOSED_WITHIN):
                    await self.send({"type": "websocket.close", "code": code, "reason": reason})

    def end(self, code: int, reason: str) -> None:
        """Close the socket soon; the first reason counts."""
        if not self._ending.done():
            self._ending.set_result((code, reason))

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(INITIALISED_WITHIN):
                while not self._acknowledged:
                    if not await self._hear():
                        return
        except TimeoutError:
            raise Closed(INIT_TIMED_OUT, "Connection initialisation timeout") from None
        while await self._hear():
            pass

    async def _check(self) -> None:
        """See now and then whether an access token is still good: that it ran out is no event."""
        while True:
            await asyncio.sleep(CHECKED_EVERY)
            if self.principal is not None and self.principal.access_token_id is not None:
                try:
                    await self.endpoint.context(self.scope, self.headers)
                except Unauthenticated:
                    raise Closed(UNAUTHENTICATED, "The access token has ended.") from None

    async def _hear(self) -> bool:
        """Take one message; say whether there may be more."""
        message = await self.receive()
        if message["type"] == "websocket.disconnect":
            return False
        self._count()
        heard = _message(message.get("text"))
        match heard.get("type"):
            case "connection_init":
                await self._initialise(heard.get("payload"))
            case "ping":
                await self._say({"type": "pong", **({"payload": heard["payload"]} if "payload" in heard else {})})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(heard)
            case "complete":
                self._complete(heard.get("id"))
            case _:
                raise Closed(BAD_REQUEST, "Unknown message type")
        return True

    def _count(self) -> None:
        if monotonic() - self._heard_since > MESSAGES_WITHIN:
            self._heard, self._heard_since = 0, monotonic()
        self._heard += 1
        if self._heard > MOST_MESSAGES:
            raise Closed(POLICY, "Too many messages")

    async def _initialise(self, payload: Any) -> None:
        if self._acknowledged:
            raise Closed(TOO_MANY, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(BAD_REQUEST, "The payload of connection_init is an object.")
        given = next((value for name, value in (payload or {}).items() if name.lower() == "authorization"), None)
        if given is not None:
            if not isinstance(given, str) or not given.isascii():
                raise Closed(FORBIDDEN, "Forbidden")
            self.headers[b"authorization"] = given.encode()
        try:
            context = await self.endpoint.context(self.scope, self.headers)
        except Unauthenticated:
            raise Closed(FORBIDDEN, "Forbidden") from None
        self.principal = context.principal
        # The session may have ended between the look at it and this line; from here on, news of it reaches `end`.
        if self.principal is not None and self.endpoint.application.authentication.is_ended(self.principal):
            raise Closed(UNAUTHENTICATED, "The session has ended.")
        self._acknowledged = True
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, heard: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise Closed(UNAUTHENTICATED, "Unauthorized")
        name, payload = heard.get("id"), heard.get("payload")
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_OPERATION_ID or not isinstance(payload, dict):
            raise Closed(BAD_REQUEST, "A subscribe message has an id and a payload.")
        if name in self._operations:
            raise Closed(ALREADY_SUBSCRIBED, f"Subscriber for {name} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            error = {
                "message": f"A socket runs {MOST_OPERATIONS} operations at a time.",
                "extensions": {"code": "TOO_MANY_OPERATIONS"},
            }
            await self._say({"id": name, "type": "error", "payload": [error]})
            return
        task = asyncio.create_task(self._run(name, payload))
        self._operations[name] = task
        task.add_done_callback(lambda done: self._done(name, done))

    def _complete(self, name: Any) -> None:
        task = self._operations.pop(name, None) if isinstance(name, str) else None
        if task is not None:
            task.cancel()

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(name) is task:
            del self._operations[name]
        _note(task, self)

    async def _run(self, name: str, payload: Mapping[str, Any]) -> None:
        try:
            request = parse_body(orjson.dumps(payload))
            context = await self._context()
            operation, variables = self.endpoint.prepare(request)
            if operation.type is not OperationType.SUBSCRIPTION:
                await self._say_next(name, await self.endpoint.answer(request, context))
                await self._say({"id": name, "type": "complete"})
                return
            self.endpoint.spend(context, operation, variables)
            live = self.endpoint.application.live
            stream = live.open(context, operation, variables)
            try:
                async for update in stream.updates():
                    await self._say_next(name, b'{"data":%b}' % update)
            finally:
                live.close(stream)
        except (Closed, TooSlow, Unauthenticated):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and no traceback
            _, body, _ = failed(error, RESPONSE_JSON)
            await self._say({"id": name, "type": "error", "payload": orjson.loads(body)["errors"]})

    async def _context(self) -> Any:
        """Return who asks, with what is known of them now. The token was good when the socket was opened."""
        application = self.endpoint.application
        context = await self.endpoint.context(self.scope, self._anonymous())
        context.principal = self.principal
        context.viewer = await application.viewers.viewer(self.principal)
        return context

    def _anonymous(self) -> dict[bytes, bytes]:
        return {name: value for name, value in self.headers.items() if name != b"authorization"}

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._say_text(orjson.dumps(message))

    async def _say_next(self, name: str, result: bytes) -> None:
        await self._say_text(b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(name), result))

    async def _say_text(self, text: bytes) -> None:
        try:
            async with asyncio.timeout(SENT_WITHIN):
                await self.send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            raise TooSlow from None


def _message(text: str | None) -> dict[str, Any]:
    """Return a message, if it is one.

    Raises:
        Closed: if it is not.
    """
    if text is None:
        raise Closed(BAD_REQUEST, "Messages are text.")
    # The server refuses what is longer before it is read; another server might not.
    if len(text.encode(errors="surrogatepass")) > LARGEST_MESSAGE:
        raise Closed(TOO_LARGE, "Message too large")
    try:
        heard = orjson.loads(text)
    except ValueError:
        raise Closed(BAD_REQUEST, "Messages are JSON.") from None
    if not isinstance(heard, dict):
        raise Closed(BAD_REQUEST, "Messages are JSON objects.")
    return heard


def _note(task: asyncio.Task[None], socket: Socket) -> None:
    """Close a socket for what one of its tasks ended with."""
    if task.cancelled():
        return
    match task.exception():
        case None:
            pass
        case Closed() as closed:
            socket.end(closed.code, closed.reason)
        case TooSlow():
            socket.end(TOO_SLOW, "Too slow: ask updatesSince for what was missed.")
        case Unauthenticated():
            socket.end(UNAUTHENTICATED, "The session has ended.")
        case OSError():
            socket.end(INTERNAL, "The connection is gone.")
        case error:
            logger.error("socket failed", exc_info=error)
            socket.end(INTERNAL, "Something went wrong on our side.")
