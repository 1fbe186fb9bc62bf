"""What somebody decided of a referral, kept with what spoke for and against it by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from community.foundation.database import Connection

GRANTED: Final = "GRANTED"
REJECTED: Final = "REJECTED"
REVERSED: Final = "REVERSED"
"""What was granted is taken back, as it was made up."""

_KEEP = """
    INSERT INTO referral_decision (referral_id, decided_by, decision, probability, strengths)
    SELECT referral.id, $2, $3, verdict.probability, verdict.strengths
    FROM referral LEFT JOIN referral_verdict AS verdict ON verdict.referral_id = referral.id
    WHERE referral.id = $1
"""


async def keep_decision(connection: Connection, referral_id: int, decided_by: int, decision: str) -> None:
    """Keep a decision. Of a referral that was not judged yet it is known who decided what, and nothing is learned."""
    await connection.raw.execute(_KEEP, referral_id, decided_by, decision)
