"""What auditors do: void ballots with a reason, and release rounds that were held. Never in a round that they asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.cocreation.rounds.errors import RoundNotHeld
from community.cocreation.rounds.lifecycle import COUNTING, record_of_round, round_locked
from community.discussions.texts import clean_reason
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.foundation.jobs import ask
from community.members.roles import Permission

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_VOIDED = 1_000
"""At once."""

_VOID = f"""
    WITH voided AS (
        UPDATE ballot SET voided_at = now(), voided_by = $3, void_reason = $4
        WHERE round_id = $1 AND member_id = ANY($2::bigint[]) AND voided_at IS NULL
        RETURNING member_id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, space_id, data, context)
        SELECT '{events.BALLOT_VOIDED}', $3, member_id, 'round', $1, $5, jsonb_build_object('reason', $4::text), $6
        FROM voided
    )
    SELECT count(*) FROM voided
"""  # noqa: S608 - a name of ours
_RELEASE = "UPDATE round SET released_at = now(), released_by = $2, release_reason = $3 WHERE id = $1"


async def void_ballots(
    connection: Connection, acting: Acting, round_id: int, member_ids: Sequence[int], reason: str
) -> tuple[int, int | None]:
    """Void the ballots of some members: they count no more, and cannot be cast anew. A result is counted again.

    Returns how many were voided (who has none, or had it voided before, is passed over) and the job that counts, if any.

    Raises:
        NotFound: if the member may not see the round.
        NotPermitted: unless they audit rounds, and did not ask this one.
        Invalid: without a reason, or for too many at once.
    """
    round_ = await _audited(connection, acting, round_id)
    reason = _reason(reason)
    if not 1 <= len(member_ids) <= MOST_VOIDED:
        raise Invalid(field="members", reason=f"Name 1 to {MOST_VOIDED:,} members.")
    voided: int = await connection.raw.fetchval(
        _VOID, round_id, member_ids, acting.member_id, reason, round_["space_id"], dict(acting.context)
    )
    job_id = None
    if voided and round_["counted_at"] is not None:
        job_id = await ask(connection, COUNTING, {"round": round_id}, asked_by=acting.member_id)
    return voided, job_id


async def release_round(connection: Connection, acting: Acting, round_id: int, reason: str) -> int:
    """Have a round counted that was held; return the id of that job.

    Raises:
        NotFound, NotPermitted: as for voiding.
        RoundNotHeld: if it is not held, or not any more.
        Invalid: without a reason.
    """
    round_ = await _audited(connection, acting, round_id)
    reason = _reason(reason)
    if round_["held_at"] is None or round_["released_at"] is not None:
        raise RoundNotHeld
    await connection.raw.execute(_RELEASE, round_id, acting.member_id, reason)
    await record_of_round(
        connection, events.ROUND_RELEASED, acting.member_id, round_id, round_["space_id"], reason=reason
    )
    return await ask(connection, COUNTING, {"round": round_id}, asked_by=acting.member_id)


async def _audited(connection: Connection, acting: Acting, round_id: int) -> asyncpg.Record:
    """Return a round that the member may audit, locked.

    A round is read by auditors wherever it is asked: it would be no audit if they had to be let in by whom they audit.
    """
    if not acting.may(Permission.AUDIT_ROUNDS):
        await round_locked(connection, acting, round_id)
        raise NotPermitted(action="audit rounds")
    round_ = await connection.raw.fetchrow(
        "SELECT * FROM round WHERE id = $1 AND state <> 'DRAFT' FOR UPDATE", round_id
    )
    if round_ is None:
        raise NotFound(what="round")
    if round_["created_by"] == acting.member_id:
        raise NotPermitted(action="audit a round that you asked yourself")
    return round_


def _reason(written: str) -> str:
    reason = clean_reason(written)
    if not reason:
        raise Invalid(field="reason", reason="Say why: whom it concerns is told.")
    return reason
