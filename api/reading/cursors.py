"""Keyset cursors: where a page ended, as the values of what it is ordered by.

A cursor reads `new~0002ce6a0a4c8000~55`: the name of the order, then each key. It holds nothing that its edge does not
show, and a forged one only asks for another page of what its bearer may see; one that does not parse is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Double, Text, cast, func, literal_column

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.types import TypeEngine

SEPARATOR = "~"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TIME_DIGITS = 16
_INT8 = 2**63
_LONGEST = 1_000


class BadCursor(ValueError):  # noqa: N818 - what it is, not that it is an error
    """A cursor that no page of this connection in this order has given."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order: the expression, which way, and how its values are written in a cursor."""

    expression: ColumnElement[Any]
    descending: bool
    type: TypeEngine[Any]
    encode: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    decode: Callable[[str], Any]


def by_time(expression: ColumnElement[Any], *, descending: bool = False) -> Key:
    """Order by a timestamp; in the cursor, the eight bytes that PostgreSQL sends it as.

    They are microseconds since 2000. Writing those out as a number took a fifteenth of a feed.
    """
    return Key(
        expression,
        descending,
        DateTime(timezone=True),
        lambda key: func.encode(func.timestamptz_send(key), literal_column("'hex'")),
        _time,
    )


def by_number(expression: ColumnElement[Any], *, descending: bool = False) -> Key:
    """Order by an integer."""
    return Key(expression, descending, BigInteger(), lambda key: cast(key, Text), _integer)


def by_measure(expression: ColumnElement[Any], *, descending: bool = False) -> Key:
    """Order by a floating-point number; PostgreSQL writes the shortest digits that read back the same."""
    return Key(expression, descending, Double(), lambda key: cast(cast(key, Double), Text), _measure)


def by_text(expression: ColumnElement[Any], *, descending: bool = False) -> Key:
    """Order by text, byte by byte; hexadecimal in the cursor."""
    return Key(
        expression,
        descending,
        Text(),
        lambda key: func.encode(func.convert_to(key, "UTF8"), "hex"),
        _text,
    )


def decode_cursor(written: object, order: str, keys: Sequence[Key]) -> list[Any]:
    """Return the values in a cursor.

    Raises:
        BadCursor: if it is not a cursor of this order.
    """
    if not isinstance(written, str) or len(written) > _LONGEST:
        raise BadCursor
    name, *values = written.split(SEPARATOR)
    if name != order or len(values) != len(keys):
        raise BadCursor
    try:
        return [key.decode(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


def _integer(written: str, bound: int = _INT8) -> int:
    if len(written) > 20 or not written.removeprefix("-").isdecimal() or not written.isascii():  # noqa: PLR2004
        raise BadCursor
    number = int(written)
    if not -bound <= number < bound:
        raise BadCursor
    return number


def _time(written: str) -> datetime:
    if len(written) != _TIME_DIGITS:
        raise BadCursor
    return _EPOCH + timedelta(microseconds=int.from_bytes(bytes.fromhex(written), signed=True))


def _measure(written: str) -> float:
    if not written.isascii() or "_" in written or not math.isfinite(number := float(written)):
        raise BadCursor
    return number


def _text(written: str) -> str:
    text = bytes.fromhex(written).decode()
    if "\0" in text:
        raise BadCursor
    return text
