"""The chain of the audit log, which shows whether anything was changed, taken out or put in afterwards.

An entry's digest is made of the digest before it and of all that the entry says, so that every digest after a change is another:

    digest(n) = SHA-256(digest(n - 1) || canonical(entry n)),  digest(0) = 32 zero bytes

What an event says besides (`data`) stands in the entry by its own digest, so that a text which the law wants gone can go, and
the chain still holds. Whoever writes down the last digest elsewhere from time to time (the transparency report shows it) also
sees when the whole chain was made anew.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = bytes(32)
"""What stands before the first entry."""


class Entry(NamedTuple):
    """What an entry says, without its digest."""

    id: int
    event_id: int
    occurred_at: datetime
    kind: str
    actor_id: int | None
    member_id: int | None
    subject_kind: str | None
    subject_id: int | None
    space_id: int | None
    data_digest: bytes


def digest_of_data(data: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of what an event says besides, keys in order, as JSON without white space."""
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).digest()


def digest_of(before: bytes, entry: Entry) -> bytes:
    """Return the digest of an entry that follows another's; moments count to the microsecond, in UTC."""
    said = [
        entry.id,
        entry.event_id,
        entry.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.kind,
        entry.actor_id,
        entry.member_id,
        entry.subject_kind,
        entry.subject_id,
        entry.space_id,
        entry.data_digest.hex(),
    ]
    return hashlib.sha256(before + orjson.dumps(said)).digest()
