"""`/graphql`: GraphQL over HTTP, as plain ASGI.

What is answered follows the GraphQL over HTTP specification: `application/graphql-response+json` for who asks for it,
with a status that says whether the request was fit to run, and `application/json`, always with 200 once a well-formed
request was understood, for who does not.
"""

from __future__ import annotations

import math
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect

from api.authentication import bearer
from api.context import Context
from api.document import DocumentRefused, VariablesRefused
from api.errors import RequestError
from api.limits import check_variables, parse_body, parse_json, read_body
from api.referrals.carrying import touch_in
from api.referrals.devices import device_in
from community.foundation.errors import Overloaded, Unauthenticated
from community.foundation.logs import request_id
from community.foundation.networks import network_of
from community.foundation.telemetry import counter, durations, tracer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from api.application import Application
    from api.document import Operation

logger = structlog.get_logger(__name__)

ASKED_FOR = (b"graphql-require-preflight", b"x-requested-with", b"apollo-require-preflight")
RESPONSE_JSON = b"application/graphql-response+json"
PLAIN_JSON = b"application/json"
EVENT_STREAM = b"text/event-stream"
LARGEST_BODY = 1_000_000

_NOT_ACCEPTABLE = orjson.dumps(
    {
        "errors": [
            {
                "message": "This endpoint answers with application/graphql-response+json or application/json.",
                "extensions": {"code": "NOT_ACCEPTABLE"},
            },
        ],
    },
)

_answered = counter("graphql_requests", "GraphQL operations answered, by type and outcome.", ["type", "outcome"])
_tracer = tracer(__name__)
_seconds = durations("graphql_operation", "How long GraphQL operations took.", ["type"])
# Looked up once: a look-up by label takes a lock and builds a key, for every request.
_counted = {kind: _answered.labels(kind.value, "answered") for kind in OperationType}
_timed = {kind: _seconds.labels(kind.value) for kind in OperationType}


Header: TypeAlias = tuple[bytes, bytes]
Response: TypeAlias = tuple[int, bytes, bytes, list[Header]]
"""An HTTP answer: status, body, media type, and further headers."""


class GraphQLEndpoint:
    """Answers `/graphql`."""

    application: Application
    events: Callable[[GraphQLEndpoint, Scope, Mapping[bytes, bytes], Receive, Send], Awaitable[None]]
    """Answers who asks for an event stream; set where all is put together, as it builds on this."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        if EVENT_STREAM in headers.get(b"accept", b""):
            await self.events(self, scope, headers, receive, send)
            return
        status, body, media_type, extra = await self.respond(scope, headers, receive)
        await send_answer(send, status, body, media_type, extra)

    async def respond(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], receive: Receive) -> Response:
        """Return the answer to one request, whatever it is."""
        media_type = _media_type(headers.get(b"accept", b"*/*"))
        if media_type is None:
            return 406, _NOT_ACCEPTABLE, PLAIN_JSON, []
        try:
            request = await self.request(scope, headers, receive)
            context = await self.context(scope, headers)
            return 200, await self.answer(request, context), media_type, context.headers
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and no traceback
            with request_id(headers.get(b"x-request-id", b"").decode("latin-1")) as identifier:
                status, body, extra = failed(error, media_type)
            extra.append((b"x-request-id", identifier.encode()))
            return status, body, media_type, extra

    async def context(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Context:
        """Say who asks."""
        application = self.application
        principal = await application.authentication.principal(bearer(headers))
        return Context(
            application,
            principal,
            await application.viewers.viewer(principal),
            address=self.address(scope, headers),
            client=headers.get(b"user-agent", b"").decode("latin-1")[:500],
            idempotency_key=headers.get(b"idempotency-key", b"").decode("latin-1")[:200] or None,
            touch=touch_in(cookies := headers.get(b"cookie", b"")),
            device=device_in(cookies),
        )

    def address(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
        """Return the client's address: the nearest that no trusted proxy has."""
        address: str = (scope.get("client") or ("", 0))[0]
        trusted_proxies = self.application.settings.trusted_proxies
        if not trusted_proxies:
            return address
        from api.proxies import client_address

        return client_address(address, headers.get(b"x-forwarded-for", b"").decode("latin-1"), trusted_proxies)

    def prepare(self, request: Mapping[str, Any]) -> tuple[Operation, dict[str, Any]]:
        """Return the operation that a request asks for, and the values of its variables.

        Raises:
            RequestError: if the document is not fit to run, or the values do not fit it.
        """
        application = self.application
        source = application.trusted.source_of(request)
        operation = application.documents.operation(source, request.get("operationName"))
        given = request.get("variables") or {}
        if given:
            check_variables(given, application.documents.limits)
        return operation, operation.coerce(given)

    async def answer(self, request: Mapping[str, Any], context: Context) -> bytes:
        """Run an operation and return the response's text.

        Raises:
            RequestError: if it is not fit to run.
        """
        application = self.application
        operation, variables = self.prepare(request)
        kind = operation.type
        if kind is OperationType.MUTATION and request.get("method") == "GET":
            raise RequestError("Send a mutation by POST.", "METHOD_NOT_ALLOWED", 405, allow="POST")
        if kind is OperationType.SUBSCRIPTION:
            raise RequestError("Subscriptions need a WebSocket or an event stream.", "SUBSCRIPTION", 405)
        cost = self.spend(context, operation, variables)
        executor = application.executor
        run = executor.query if kind is OperationType.QUERY else executor.mutate
        begun = perf_counter()
        try:
            if application.settings.telemetry_endpoint is None:
                data = await run(context, operation, variables)  # even a span that goes nowhere costs a tenth of a read
            else:
                with _tracer.start_as_current_span(f"graphql {kind.value}") as span:
                    span.set_attribute("graphql.operation.name", request.get("operationName") or "")
                    data = await run(context, operation, variables)
        finally:
            _timed[kind].observe(perf_counter() - begun)
        _counted[kind].inc()
        return b'{"data":%b,"extensions":{"cost":%b}}' % (data, cost)

    def spend(self, context: Context, operation: Operation, variables: Mapping[str, Any]) -> bytes:
        """Charge an operation's cost to whoever asks; return the state of their bucket as JSON.

        Raises:
            RequestError: if they have spent too much of late.
        """
        requested = operation.checked.cost(variables)
        state = self.application.buckets.spend(spender(context), requested)
        if not state.allowed:
            raise RequestError(
                f"You have asked for too much of late. Try again in {math.ceil(state.retry_after)} seconds.",
                "RATE_LIMITED",
                429,
                retryAfter=math.ceil(state.retry_after),
            )
        return b'{"requested":%d,"remaining":%d,"capacity":%d,"restoreRate":%d}' % (
            requested,
            int(state.remaining),
            int(state.capacity),
            int(state.leaks_per_second),
        )

    async def request(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], receive: Receive
    ) -> Mapping[str, Any]:
        """Return the GraphQL request that an HTTP request carries.

        Raises:
            RequestError: if it carries none.
        """
        if scope["method"] == "POST":
            content_type, _, parameters = headers.get(b"content-type", b"").lower().partition(b";")
            if content_type.strip() != PLAIN_JSON:
                raise RequestError("Send the request as application/json.", "UNSUPPORTED_MEDIA_TYPE", 415)
            if b"charset" in parameters and b"utf-8" not in parameters:
                raise RequestError("Send the request in UTF-8.", "UNSUPPORTED_MEDIA_TYPE", 415)
            return parse_body(await read_body(receive, LARGEST_BODY))
        if scope["method"] == "GET":
            # A page elsewhere can make a browser send a GET with its cookies; only a script that was allowed to call us
            # can add a header of its own.
            if b"cookie" in headers and not any(name in headers for name in ASKED_FOR):
                raise RequestError(
                    "A GET with cookies needs the header GraphQL-Require-Preflight.", "CROSS_SITE_REQUEST", 403
                )
            return request_of_query(scope["query_string"])
        raise RequestError("Send the request by POST or GET.", "METHOD_NOT_ALLOWED", 405, allow="GET, POST")


def spender(context: Context) -> str:
    """Return from whose bucket a request is paid: the member's or, where nobody is signed in, their network's."""
    member_id = context.viewer.member_id
    return f"member:{member_id}" if member_id is not None else f"address:{network_of(context.address)}"


def request_of_query(query_string: bytes) -> Mapping[str, Any]:
    """Return the GraphQL request in a URL's query.

    Raises:
        RequestError: with 400 if it is none.
    """
    try:
        given = parse_qs(query_string.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query_string))
        fields: dict[str, Any] = {name: values[0] for name, values in given.items() if len(values) == 1}
        for name in ("variables", "extensions"):
            if name in fields:
                fields[name] = parse_json(fields[name]) if fields[name] else None
    except ValueError:
        raise RequestError("The URL's query is not a GraphQL request.", "BAD_REQUEST") from None
    return {**parse_body(orjson.dumps(fields)), "method": "GET"}


@lru_cache(maxsize=256)
def _media_type(accept: bytes) -> bytes | None:
    """Return which of our two media types a client would rather have; None for neither."""
    best: tuple[float, int, bytes] | None = None
    for place, part in enumerate(accept.split(b",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(b";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith(b"q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        if name in {b"*/*", b"application/*", PLAIN_JSON}:
            offered = PLAIN_JSON
        elif name == RESPONSE_JSON:
            offered = RESPONSE_JSON
        else:
            continue
        if quality > 0 and (best is None or (quality, -place) > best[:2]):
            best = quality, -place, offered
    return best[2] if best else None


def failed(error: Exception, media_type: bytes) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Return the answer to a request that was not served."""
    extra: list[tuple[bytes, bytes]] = []
    match error:
        case DocumentRefused() | VariablesRefused():
            formatted = [_formatted(inner, error.code) for inner in error.errors]
            status = 400 if media_type == RESPONSE_JSON else 200
        case GraphQLError():
            # Found with the request's variables in hand: they, or what they make the document cost, are at fault.
            formatted = [_formatted(error, "REFUSED")]
            status = 400 if media_type == RESPONSE_JSON else 200
        case ClientDisconnect():
            formatted = [{"message": "The client is gone.", "extensions": {"code": "CLIENT_GONE"}}]
            status = 400
        case RequestError():
            formatted = [error.formatted()]
            status = error.status
            if "allow" in error.extensions:
                extra.append((b"allow", str(error.extensions["allow"]).encode()))
            if "retryAfter" in error.extensions:
                extra.append((b"retry-after", str(error.extensions["retryAfter"]).encode()))
            if status == 400 and error.code in {"BAD_ARGUMENT", "OPERATION_UNKNOWN"} and media_type == PLAIN_JSON:  # noqa: PLR2004
                status = 200
        case Unauthenticated():
            formatted = [{"message": error.message, "extensions": {"code": error.code}}]
            status = 401
            extra.append((b"www-authenticate", b"Bearer"))
        case Overloaded():
            formatted = [{"message": str(error), "extensions": {"code": "OVERLOADED"}}]
            status = 503
            extra.append((b"retry-after", str(math.ceil(getattr(error, "retry_after", 1))).encode()))
        case _:
            logger.error("request failed", exc_info=error)
            formatted = [{"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL"}}]
            status = 500
    _answered.labels("unknown", formatted[0]["extensions"]["code"]).inc()
    return status, orjson.dumps({"errors": formatted}), extra


def _formatted(error: Any, code: str) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    formatted["extensions"] = {"code": code, **(formatted.get("extensions") or {})}
    return formatted


def head_of(body: bytes, media_type: bytes, extra: list[Header]) -> list[Header]:
    """Return the headers of an answer."""
    return [(b"content-type", media_type + b"; charset=utf-8"), (b"content-length", b"%d" % len(body)), *extra]


async def send_answer(send: Send, status: int, body: bytes, media_type: bytes, extra: list[Header]) -> None:
    """Send a whole answer: its head, then its body."""
    await send({"type": "http.response.start", "status": status, "headers": head_of(body, media_type, extra)})
    await send({"type": "http.response.body", "body": body})
