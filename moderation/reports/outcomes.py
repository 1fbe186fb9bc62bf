"""What comes of reports: every reporter is answered, and is known by it the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moderation.reports.events import REPORT_ANSWERED

if TYPE_CHECKING:
    from community.foundation.database import Connection

# However many reported it, one statement answers them, counts for each, and tells each.
_ANSWER = f"""
    WITH answered AS (
        UPDATE report SET outcome = $2, answered_at = now() WHERE case_id = $1 AND outcome = 'PENDING'
        RETURNING id, reporter_id
    ), counted AS (
        INSERT INTO reporter AS kept (member_id, upheld, declined)
        SELECT reporter_id, ($2 = 'UPHELD')::int, ($2 = 'DECLINED')::int FROM answered
        WHERE reporter_id IS NOT NULL AND $2 <> 'IGNORED' ORDER BY reporter_id
        ON CONFLICT (member_id) DO UPDATE SET
            upheld = kept.upheld + excluded.upheld, declined = kept.declined + excluded.declined
    )
    INSERT INTO event (kind, member_id, subject_kind, subject_id, space_id, data)
    SELECT '{REPORT_ANSWERED}', reporter_id, 'report', id, $3::bigint,
        jsonb_build_object('outcome', $2::text, 'case', $1::bigint)
    FROM answered WHERE reporter_id IS NOT NULL ORDER BY id
"""  # noqa: S608 - made of a name of ours
_TAKE_BACK = """
    WITH pending AS (
        UPDATE report SET outcome = 'PENDING', answered_at = NULL
        FROM (SELECT id, outcome FROM report WHERE case_id = $1 AND outcome <> 'PENDING' FOR UPDATE) AS was
        WHERE report.id = was.id RETURNING report.reporter_id, was.outcome
    )
    UPDATE reporter SET
        upheld = upheld - (pending.outcome = 'UPHELD')::int, declined = declined - (pending.outcome = 'DECLINED')::int
    FROM pending WHERE reporter.member_id = pending.reporter_id
"""


async def answer_reports(connection: Connection, case_id: int, outcome: str, space_id: int | None) -> None:
    """Answer all reports of a case: UPHELD, DECLINED, or IGNORED, which says nothing of who reported."""
    await connection.raw.execute(_ANSWER, case_id, outcome, space_id)


async def take_answers_back(connection: Connection, case_id: int) -> None:
    """Have the reports of a case wait for an answer again, and count for nobody."""
    await connection.raw.execute(_TAKE_BACK, case_id)
