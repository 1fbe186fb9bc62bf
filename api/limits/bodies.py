"""Request bodies: read no further than they may be long, and parsed to what JSON means beyond doubt.

Of what can be wrong with a body, orjson refuses itself: text that is not UTF-8 or begins with a byte order mark, lone
surrogates, bare control characters, nesting of more than 1,024, numbers beyond a double, NaN. It lets pass: keys given
twice (the last wins, and two readers may disagree which that is), whole numbers of more than 64 bits (as inexact
doubles) and NUL characters. Those are found here, and in `check_variables`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import ClientDisconnect

from api.errors import RequestError

if TYPE_CHECKING:
    from starlette.types import Receive

MOST_OBJECTS = 10_000
_UNDERSTOOD: dict[str, type] = {
    "query": str,
    "operationName": str,
    "documentId": str,
    "variables": dict,
    "extensions": dict,
}


async def read_body(receive: Receive, maximum: int) -> bytes:
    """Return a request's body.

    Raises:
        RequestError: with 413 as soon as it is longer than `maximum` bytes; the rest is not read.
        ClientDisconnect: if the client is gone before its end.
    """
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        length += len(part)
        if length > maximum:
            raise RequestError(f"The body is longer than {maximum:,} bytes.", "BODY_TOO_LONG", 413)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def parse_body(body: bytes) -> dict[str, Any]:
    """Return a GraphQL request: an object with the members that GraphQL over HTTP names, each of its type.

    Raises:
        RequestError: with 400 if it is anything else.
    """
    value = parse_json(body)
    if isinstance(value, list):
        raise bad_body("The body is a list. Send one operation a request.")
    if not isinstance(value, dict):
        raise bad_body("The body is not a JSON object.")
    for name, type_ in _UNDERSTOOD.items():
        given = value.get(name)
        if given is not None and not isinstance(given, type_):
            kind = "an object" if type_ is dict else "a text"
            raise bad_body(f"`{name}` is not {kind}.")
    if "\0" in (value.get("operationName") or ""):
        raise bad_body("`operationName` holds a NUL character.")
    return value


def parse_json(text: bytes | str) -> Any:
    """Return what a JSON text says, if that is beyond doubt.

    Raises:
        RequestError: with 400 if it is not.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_body(f"This is not JSON in UTF-8: {error.msg}, at character {error.pos}.") from None
    except RecursionError:
        raise bad_body("The JSON is nested too deeply.") from None
    if isinstance(value, dict | list) and not _is_plain(text, value):
        _check_keys(text)
    return value


def bad_body(message: str) -> RequestError:
    """Return the error for a body that cannot be understood."""
    return RequestError(message, "BAD_REQUEST", 400)


def _is_plain(text: bytes | str, value: dict[str, Any] | list[Any]) -> bool:
    """Say whether a text is few objects and reads the same when it is written back, as most clients' JSON does.

    Then it has no key twice. That is told ten times faster than it is looked for.
    """
    written = text.encode() if isinstance(text, str) else text
    try:
        return written.count(b"{") <= MOST_OBJECTS and orjson.dumps(value) == written
    except orjson.JSONEncodeError:
        return False  # it reads what is nested more deeply than it writes


def _check_keys(text: bytes | str) -> None:
    """Refuse a text that gives one key twice in an object, or has more objects than any request needs."""
    objects = 0

    def count(pairs: list[tuple[str, Any]]) -> None:
        nonlocal objects
        objects += 1
        if objects > MOST_OBJECTS:
            raise bad_body(f"There are more than {MOST_OBJECTS:,} objects.")
        if len({name for name, _ in pairs}) != len(pairs):
            raise bad_body("An object has one key twice.")

    try:
        # Numbers were understood before; as doubles they cost nothing here, however many digits they have.
        json.loads(text, object_pairs_hook=count, parse_int=float)
    except RecursionError:
        raise bad_body("The JSON is nested too deeply.") from None
