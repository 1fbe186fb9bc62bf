"""What all objects of the API share, and the opaque ids that name them."""

from __future__ import annotations

import strawberry

from api.reading.fields import identity, interface_type

LONGEST_ID = 64


@interface_type
class Node:
    """An object with an id that `node` finds again, whatever its type."""

    id: strawberry.ID = identity("An opaque id, unique over all types and for all time.")


def decode_id(written: object) -> tuple[str, int] | None:
    """Return the type's prefix and the number in an id; None for what is not an id, as for an object that is not there."""
    if not isinstance(written, str) or len(written) > LONGEST_ID:
        return None
    prefix, _, digits = written.rpartition("_")
    if not prefix or not digits.isascii() or not digits.isdecimal() or digits[0] == "0" or len(digits) > 19:  # noqa: PLR2004 - digits in an int8
        return None
    number = int(digits)
    return (prefix, number) if number < 2**63 else None


def id_of(prefix: str, written: object) -> int | None:
    """Return the number in an id of one type; None for any other."""
    decoded = decode_id(written)
    return decoded[1] if decoded is not None and decoded[0] == prefix else None
