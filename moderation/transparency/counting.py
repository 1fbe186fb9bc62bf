"""What is counted for the transparency report: one statement, of a span of time called `asked`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from community.foundation.database import Connection

# Of what was decided and undone since, both are told: a report of a time tells what happened in it. A case is decided first
# by its first decision; what follows an undoing had its own time, which is no time of waiting for anybody new.
COUNTS = """
    WITH decided AS (
        SELECT decision.*, moderation_case.opened_at, report_reason.name AS reason, report_reason.labels,
            report_reason.basis, report_reason.position,
            decision.id = (SELECT min(id) FROM decision AS first WHERE first.case_id = decision.case_id) AS first
        FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
            JOIN report_reason ON report_reason.id = decision.reason_id
        WHERE decision.decided_at >= asked.start AND decision.decided_at < asked.until
    ), said AS (
        SELECT * FROM report WHERE reported_at >= asked.start AND reported_at < asked.until
    ), appealed AS (
        SELECT * FROM appeal WHERE appealed_at >= asked.start AND appealed_at < asked.until
    ), judged AS (
        SELECT * FROM appeal WHERE decided_at >= asked.start AND decided_at < asked.until
    )
    SELECT jsonb_build_object(
        'decisions', (SELECT count(*) FROM decided),
        'by_reason', coalesce((
            SELECT jsonb_agg(jsonb_build_object('reason', reason, 'labels', labels, 'ground', basis, 'count', count)
                ORDER BY position)
            FROM (SELECT reason, labels, basis, position, count(*) AS count FROM decided GROUP BY 1, 2, 3, 4) AS counted
        ), '[]'),
        'by_verdict', coalesce((
            SELECT jsonb_agg(jsonb_build_object('verdict', verdict, 'count', count) ORDER BY verdict)
            FROM (SELECT verdict, count(*) AS count FROM decided GROUP BY 1) AS counted
        ), '[]'),
        'by_detection', coalesce((
            SELECT jsonb_agg(jsonb_build_object('detection', detection, 'count', count) ORDER BY detection)
            FROM (SELECT detection, count(*) AS count FROM decided GROUP BY 1) AS counted
        ), '[]'),
        'by_action', coalesce((
            SELECT jsonb_agg(jsonb_build_object('action', action, 'count', count) ORDER BY count DESC, action)
            FROM (SELECT action, count(*) AS count FROM measure JOIN decided ON decided.id = decision_id GROUP BY 1) AS counted
        ), '[]'),
        'automated', (SELECT count(*) FROM decided WHERE automated),
        'undone', (
            SELECT count(*) FROM decision WHERE undone_at >= asked.start AND undone_at < asked.until
        ),
        'waited', (SELECT count(*) FROM decided WHERE first),
        'waited_median', (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))
            FROM decided WHERE first
        ),
        'waited_most', (
            SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))
            FROM decided WHERE first
        ),
        'suspended', (
            SELECT count(DISTINCT member_id) FROM decided JOIN measure ON decision_id = decided.id
            WHERE action IN ('SUSPEND', 'BAN')
        ),
        'reports', (SELECT count(*) FROM said),
        'guests', (SELECT count(*) FROM said WHERE guest),
        'appeals', (SELECT count(*) FROM appealed),
        'appeals_granted', (SELECT count(*) FROM judged WHERE state = 'GRANTED'),
        'appeals_denied', (SELECT count(*) FROM judged WHERE state = 'DENIED'),
        'judged', (SELECT count(*) FROM judged),
        'judged_median', (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - appealed_at)) FROM judged
        ),
        'audit_entries', coalesce((SELECT max(id) FROM audit_entry), 0),
        'audit_digest', (SELECT encode(digest, 'hex') FROM audit_entry ORDER BY id DESC LIMIT 1)
    )
"""
_ASKED = f"""
    SELECT ({COUNTS}) FROM (SELECT $1::timestamptz AS start, $2::timestamptz AS until) AS asked
"""  # noqa: S608 - made of a statement of ours


async def counts(connection: Connection, start: datetime, until: datetime) -> dict[str, Any]:
    """Return what is counted from a moment on and before another."""
    counted: dict[str, Any] = await connection.raw.fetchval(_ASKED, start, until)
    return counted
