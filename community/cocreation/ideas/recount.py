"""The counters of ideas counted anew, to prove that the stored ones are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_STATEMENTS = {
    "vote_count": "SELECT count(*) FROM idea_vote WHERE idea_id = idea.id",
    "follower_count": "SELECT count(*) FROM idea_follow WHERE idea_id = idea.id AND following",
}


async def recount(connection: Connection) -> list[tuple[int, str]]:
    """Return where a stored counter is not what counting gives: the idea's id, and the counter's name."""
    return [
        (row["id"], name)
        for name, counted in _STATEMENTS.items()
        for row in await connection.raw.fetch(f"SELECT id FROM idea WHERE {name} <> ({counted}) ORDER BY id")  # noqa: S608 - ours
    ]
