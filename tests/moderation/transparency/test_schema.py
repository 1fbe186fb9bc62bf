"""The schema against which statements are checked refuses what the European database refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.moderation.transparency.transparency_database import problems

GOOD: dict[str, Any] = {
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "terms",
    "incompatible_content_explanation": "why",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "territorial_scope": ["PT", "ES"],
    "content_date": "2025-08-08",
    "application_date": "2025-08-09",
    "decision_facts": "facts",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "puid": "TK421",
}


def test_what_is_good_is_taken() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decision_visibility": None}, "one of the decisions"),
        ({"decision_visibility": "DECISION_VISIBILITY_CONTENT_DISABLED"}, "decision_visibility"),
        ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other"),
        ({"decision_visibility_other": "moved"}, "decision_visibility_other"),
        ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_legal_ground"),
        ({"illegal_content_explanation": "x"}, "illegal_content_explanation"),
        ({"category": "STATEMENT_CATEGORY_PIRACY"}, "category"),
        ({"category": None}, "category is needed"),
        ({"content_type": ["CONTENT_TYPE_OTHER"]}, "content_type_other"),
        ({"territorial_scope": ["CN"]}, "territorial_scope"),
        ({"territorial_scope": []}, "territorial_scope"),
        ({"content_date": "1999-12-31"}, "content_date"),
        ({"content_date": "8.8.2025"}, "content_date"),
        ({"end_date_account_restriction": "2025-08-01"}, "end_date_account_restriction"),
        ({"automated_decision": "No"}, "automated_decision"),
        ({"decision_facts": "x" * 5_001}, "decision_facts"),
        ({"puid": "a b"}, "puid"),
        ({"content_language": "zh"}, "content_language"),
        ({"url": "https://example.org"}, "url is not known"),
    ],
)
def test_what_is_not_is_refused(change: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(GOOD | change))
