"""Ballots of accounts that are one person's: in rounds that are open, the person has one. What is closed stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.rounds import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from community.foundation.database import Connection

# Held as closing holds it: ballots on their way are waited for, and others wait.
_OPEN_ROUNDS = """
    SELECT round.id FROM round JOIN ballot ON ballot.round_id = round.id
    WHERE round.state = 'OPEN' AND clock_timestamp() < round.closes_at
        AND ballot.member_id = $1 AND ballot.voided_at IS NULL
    ORDER BY round.id FOR UPDATE OF round
"""
_LEND = """
    UPDATE ballot SET member_id = $2
    WHERE round_id = ANY($3::bigint[]) AND member_id = $1 AND voided_at IS NULL
        AND NOT EXISTS (SELECT FROM ballot AS own WHERE own.round_id = ballot.round_id AND own.member_id = $2)
    RETURNING id, cast_at
"""
_VOID = f"""
    WITH voided AS (
        UPDATE ballot SET voided_at = now(), voided_by = $2, void_reason = $3
        WHERE round_id = ANY($4::bigint[]) AND member_id = $1 AND voided_at IS NULL RETURNING id, round_id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, space_id, data)
        SELECT '{events.BALLOT_VOIDED}', $2, $1, 'round', round.id, round.space_id, jsonb_build_object('reason', $3::text)
        FROM voided JOIN round ON round.id = round_id
    )
    SELECT id FROM voided ORDER BY id
"""  # noqa: S608 - a name of ours
_STILL_OPEN = """
    SELECT round.id FROM round
    WHERE id IN (SELECT round_id FROM ballot WHERE id = ANY($1::bigint[]))
        AND round.state = 'OPEN' AND clock_timestamp() < round.closes_at
    ORDER BY round.id FOR UPDATE OF round
"""
_GIVE_BACK = """
    UPDATE ballot SET member_id = $1 FROM unnest($3::bigint[], $4::text[]) AS lent (id, cast_at)
    WHERE ballot.id = lent.id AND ballot.cast_at = lent.cast_at::timestamptz AND ballot.member_id = $2
        AND ballot.round_id = ANY($5::bigint[])
        AND NOT EXISTS (SELECT FROM ballot AS own WHERE own.round_id = ballot.round_id AND own.member_id = $1)
"""
_COUNT_AGAIN = """
    UPDATE ballot SET voided_at = NULL, voided_by = NULL, void_reason = NULL
    WHERE id = ANY($1::bigint[]) AND void_reason = $2 AND round_id = ANY($3::bigint[])
"""


async def join_ballots(
    connection: Connection, actor_id: int, member_id: int, into_id: int, reason: str
) -> dict[str, Any]:
    """Have one account's ballots be those of the other, which stands for both; return what undoing needs.

    Where both have voted, the ballot of the one that is closed is void, for the `reason` given.
    """
    rounds = [row["id"] for row in await connection.raw.fetch(_OPEN_ROUNDS, member_id)]
    if not rounds:
        return {}
    lent = await connection.raw.fetch(_LEND, member_id, into_id, rounds)
    voided = await connection.raw.fetch(_VOID, member_id, actor_id, reason, rounds)
    return {
        "lent": [[row["id"], row["cast_at"].isoformat()] for row in lent],
        "voided": [row["id"] for row in voided],
        "reason": reason,
    }


async def part_ballots(connection: Connection, member_id: int, from_id: int, joined: dict[str, Any]) -> None:
    """Take back what `join_ballots` did, in rounds that are open still. What was cast anew since is the other's own."""
    lent: Sequence[tuple[int, str]] = joined.get("lent", ())
    voided: Sequence[int] = joined.get("voided", ())
    if not lent and not voided:
        return
    rounds = [row["id"] for row in await connection.raw.fetch(_STILL_OPEN, [*(ballot for ballot, _ in lent), *voided])]
    await connection.raw.execute(
        _GIVE_BACK, member_id, from_id, [ballot for ballot, _ in lent], [cast for _, cast in lent], rounds
    )
    await connection.raw.execute(_COUNT_AGAIN, voided, joined.get("reason", ""), rounds)
