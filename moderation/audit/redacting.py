"""Taking out of the audit log what it says of somebody in words, while the chain holds: for who is erased.

An entry keeps that something was done, when and by whose number; what stood there in words goes, and its digest stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_TAKE_OUT = """
    UPDATE audit_entry SET data = NULL
    WHERE data IS NOT NULL AND (member_id = $1 OR actor_id = $1 OR subject_kind = 'member' AND subject_id = $1)
"""


async def take_out_words_about(connection: Connection, member_id: int) -> int:
    """Take out what entries by or about a member say besides; return of how many. The chain stays whole."""
    done = await connection.raw.execute(_TAKE_OUT, member_id)
    return int(done.rpartition(" ")[2])
