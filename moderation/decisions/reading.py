"""One decision as a statement needs it, made by one SQL expression that GraphQL and the letters share."""

from typing import Final

COLUMNS: Final = (
    "id", "verdict", "law", "facts", "territorial_scope", "detection", "automated_detection", "automated", "decided_at",
    "undone_at", "case_id", "reason_id",
)  # fmt: skip
"""Of the decision, that the expression reads."""
_FACTS = """
    (SELECT jsonb_build_object(
        'verdict', {decision}.verdict, 'subject_kind', moderation_case.subject_kind,
        'measures', coalesce((
            SELECT jsonb_agg(jsonb_build_object('action', measure.action, 'until', measure.until) ORDER BY position)
            FROM measure WHERE measure.decision_id = {decision}.id
        ), '[]'::jsonb),
        'reason', report_reason.labels, 'description', report_reason.descriptions, 'basis', report_reason.basis,
        'law', {decision}.law, 'facts', {decision}.facts, 'territorial_scope', to_jsonb({decision}.territorial_scope),
        'detection', {decision}.detection, 'automated_detection', {decision}.automated_detection,
        'automated', {decision}.automated, 'decided_at', {decision}.decided_at, 'undone_at', {decision}.undone_at
    ) FROM moderation_case, report_reason
    WHERE moderation_case.id = {decision}.case_id AND report_reason.id = {decision}.reason_id)
"""


def facts_in_sql(decision: str) -> str:
    """Return the facts of a decision as an SQL expression of type jsonb, by what its row is called."""
    return _FACTS.format(decision=decision)
