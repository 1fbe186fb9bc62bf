"""What is counted for the health of the team: one statement, of a span of time called `asked`."""

# The first response to a case is the first that somebody did about it: looked at it, wrote a note, or decided.
COUNTS = """
    WITH opened AS (
        SELECT id, opened_at, closed_at FROM moderation_case WHERE opened_at >= asked.start AND opened_at < asked.until
    ), responded AS (
        SELECT opened.id, extract(epoch FROM min(first.at) - opened.opened_at) AS waited
        FROM opened JOIN LATERAL (
            SELECT occurred_at AS at FROM audit_entry
            WHERE subject_kind = 'case' AND subject_id = opened.id AND kind IN ('CaseClaimed', 'CaseNoted')
            UNION ALL SELECT decided_at FROM decision WHERE decision.case_id = opened.id
        ) AS first ON true GROUP BY opened.id, opened.opened_at
    ), decided AS (
        SELECT decision.*, extract(epoch FROM decided_at - moderation_case.opened_at) AS waited, moderation_case.severity
        FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
        WHERE decided_at >= asked.start AND decided_at < asked.until AND decided_by IS NOT NULL
    ), judged AS (
        SELECT decision.verdict AS first, second_opinion.verdict AS second
        FROM second_opinion JOIN decision ON decision.id = decision_id
        WHERE given_at >= asked.start AND given_at < asked.until
    )
    SELECT jsonb_build_object(
        'workload', coalesce((
            SELECT jsonb_agg(jsonb_build_object('handle', handle, 'decisions', decisions, 'gravest', gravest, 'undone', undone,
                'median', median) ORDER BY decisions DESC, handle)
            FROM (
                SELECT member.handle, count(*) AS decisions, count(*) FILTER (WHERE severity = 5) AS gravest,
                    count(undone_at) AS undone, percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS median
                FROM decided JOIN member ON member.id = decided_by GROUP BY member.id
                ORDER BY count(*) DESC, member.handle LIMIT 100
            ) AS counted
        ), '[]'),
        'open_by_age', (
            SELECT jsonb_agg(jsonb_build_object('hours', hours, 'cases', (
                SELECT count(*) FROM moderation_case
                WHERE closed_at IS NULL AND opened_at <= now() - hours * interval '1 hour'
                    AND (next IS NULL OR opened_at > now() - next * interval '1 hour')
            )) ORDER BY hours)
            FROM (VALUES (0, 1), (1, 24), (24, 72), (72, 168), (168, NULL)) AS ages (hours, next)
        ),
        'responded', (SELECT count(*) FROM responded),
        'response_median', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FROM responded),
        'response_most', (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY waited) FROM responded),
        'decided', (SELECT count(*) FROM decided),
        'decision_median', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FROM decided),
        'decision_most', (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY waited) FROM decided),
        'judged', coalesce((
            SELECT jsonb_agg(jsonb_build_object('first', first, 'second', second, 'count', count))
            FROM (SELECT first, second, count(*) AS count FROM judged GROUP BY 1, 2) AS counted
        ), '[]'),
        'waiting_opinions', (SELECT count(*) FROM second_opinion WHERE verdict IS NULL)
    )
"""
