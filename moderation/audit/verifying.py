"""Verifying the audit log: from its first entry to its last, every digest is worked out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from moderation.audit.chain import FIRST, Entry, digest_of, digest_of_data

if TYPE_CHECKING:
    from community.foundation.database import Connection

AT_ONCE = 2_000

_ENTRIES = """
    SELECT id, event_id, occurred_at, kind, actor_id, member_id, subject_kind, subject_id, space_id, data_digest, data, digest
    FROM audit_entry WHERE id > $1 ORDER BY id LIMIT $2
"""


class Verified(NamedTuple):
    """What was found."""

    entries: int
    """How many are sound, from the first on."""
    last: bytes
    """The digest of the last of them: what is to be written down elsewhere."""
    wrong: str
    """What is wrong with the one after; empty if nothing is."""


async def verify_log(connection: Connection) -> Verified:
    """Work out the whole chain anew; stop at the first entry that is not what it was. O(entries), in constant memory."""
    number, digest = 0, FIRST
    while True:
        rows = await connection.raw.fetch(_ENTRIES, number, AT_ONCE)
        for row in rows:
            if row["id"] != number + 1:
                return Verified(number, digest, f"Entry {number + 1} is missing.")
            entry = Entry(*(row[name] for name in Entry._fields))
            if row["data"] is not None and digest_of_data(row["data"]) != entry.data_digest:
                return Verified(number, digest, f"What entry {entry.id} says was changed.")
            expected = digest_of(digest, entry)
            if expected != row["digest"]:
                return Verified(number, digest, f"Entry {entry.id} does not follow from those before.")
            number, digest = entry.id, expected
        if len(rows) < AT_ONCE:
            return Verified(number, digest, "")
