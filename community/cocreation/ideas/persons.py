"""Votes for ideas of accounts that are one person's: for an idea that is open, the person has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.ideas.stages import OPEN
from community.foundation.tables import one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from community.foundation.database import Connection

# Held as a vote that is cast holds it, so that votes for one idea are counted one after the other.
_OPEN_IDEAS = f"""
    SELECT idea.id FROM idea WHERE {one_of("idea.stage", OPEN)} AND id IN ({{voted}}) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - made of names of ours
_VOTED = _OPEN_IDEAS.format(voted="SELECT idea_id FROM idea_vote WHERE member_id = $1")
_STILL_OPEN = _OPEN_IDEAS.format(voted="SELECT unnest($1::bigint[])")
_LEND = """
    UPDATE idea_vote SET member_id = $2
    WHERE idea_id = ANY($3::bigint[]) AND member_id = $1
        AND NOT EXISTS (SELECT FROM idea_vote AS own WHERE own.idea_id = idea_vote.idea_id AND own.member_id = $2)
    RETURNING idea_id, created_at
"""
_TAKE = """
    WITH taken AS (
        DELETE FROM idea_vote WHERE idea_id = ANY($2::bigint[]) AND member_id = $1 RETURNING idea_id, created_at
    ), counted AS (
        UPDATE idea SET vote_count = vote_count - 1 FROM taken WHERE idea.id = taken.idea_id
    )
    SELECT idea_id, created_at FROM taken ORDER BY idea_id
"""
_GIVE_BACK = """
    UPDATE idea_vote SET member_id = $1 FROM unnest($3::bigint[], $4::text[]) AS lent (idea_id, created_at)
    WHERE idea_vote.idea_id = lent.idea_id AND idea_vote.member_id = $2
        AND idea_vote.created_at = lent.created_at::timestamptz AND lent.idea_id = ANY($5::bigint[])
        AND NOT EXISTS (SELECT FROM idea_vote AS own WHERE own.idea_id = lent.idea_id AND own.member_id = $1)
"""
_COUNT_AGAIN = """
    WITH given AS (
        INSERT INTO idea_vote (idea_id, member_id, created_at)
        SELECT idea_id, $1, created_at::timestamptz FROM unnest($2::bigint[], $3::text[]) AS taken (idea_id, created_at)
        WHERE idea_id = ANY($4::bigint[]) ON CONFLICT DO NOTHING RETURNING idea_id
    )
    UPDATE idea SET vote_count = vote_count + 1 FROM given WHERE idea.id = given.idea_id
"""


async def join_votes(connection: Connection, member_id: int, into_id: int) -> dict[str, Any]:
    """Have one account's votes be those of the other, which stands for both; return what undoing needs.

    Where both have voted, one of the two votes counts no more.
    """
    ideas = [row["id"] for row in await connection.raw.fetch(_VOTED, member_id)]
    if not ideas:
        return {}
    lent = await connection.raw.fetch(_LEND, member_id, into_id, ideas)
    taken = await connection.raw.fetch(_TAKE, member_id, ideas)
    return {
        name: [[row["idea_id"], row["created_at"].isoformat()] for row in rows]
        for name, rows in (("lent", lent), ("taken", taken))
    }


async def part_votes(connection: Connection, member_id: int, from_id: int, joined: dict[str, Any]) -> None:
    """Take back what `join_votes` did, for ideas that are open still. What was voted for anew since is the other's own."""
    lent: Sequence[tuple[int, str]] = joined.get("lent", ())
    taken: Sequence[tuple[int, str]] = joined.get("taken", ())
    if not lent and not taken:
        return
    ideas = [row["id"] for row in await connection.raw.fetch(_STILL_OPEN, [idea for idea, _ in (*lent, *taken)])]
    await connection.raw.execute(
        _GIVE_BACK, member_id, from_id, [idea for idea, _ in lent], [since for _, since in lent], ideas
    )
    await connection.raw.execute(
        _COUNT_AGAIN, member_id, [idea for idea, _ in taken], [since for _, since in taken], ideas
    )
