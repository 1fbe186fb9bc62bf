"""Small counts are withheld so that they are not what is left over, and months are whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.transparency.reporting import SMALLEST, disclosed, whole_months

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("decisions", "automated", "undone", "suspended", "reports", "guests", "appeals"), 0),
    **dict.fromkeys(("appeals_granted", "appeals_denied", "waited", "judged", "audit_entries"), 0),
    **dict.fromkeys(("waited_median", "waited_most", "judged_median", "audit_digest")),
    **{name: [] for name in ("by_reason", "by_verdict", "by_detection", "by_action")},
}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_no_small_part_is_what_is_left_over(counts: list[int]) -> None:
    told = disclosed(NOTHING | {"decisions": sum(counts), "by_reason": [{"count": count} for count in counts]})

    shown = [part["count"] for part in told["by_reason"]]
    assert all(count is None or count == 0 or count >= SMALLEST for count in shown)
    if told["decisions"] is not None:
        left_over = told["decisions"] - sum(count for count in shown if count is not None)
        assert left_over == 0 or left_over >= SMALLEST


@given(st.integers(0, 30), st.integers(0, 30))
def test_neither_side_of_a_part_of_two_is_small(part: int, rest: int) -> None:
    told = disclosed(NOTHING | {"decisions": part + rest, "automated": part})

    if told["automated"] is not None and told["decisions"] is not None:
        assert told["automated"] == 0 or told["automated"] >= SMALLEST
        assert rest == 0 or rest >= SMALLEST


@pytest.mark.parametrize(
    ("start", "until", "months"),
    [
        ("2026-03-05T10:00", "2026-03-06T10:00", ("2026-03-01", "2026-04-01")),
        ("2026-03-01T00:00", "2026-04-01T00:00", ("2026-03-01", "2026-04-01")),
        ("2026-12-31T23:59", "2026-12-31T23:59", ("2026-12-01", "2027-01-01")),
        ("2026-01-31T00:00", "2026-02-28T00:00", ("2026-01-01", "2026-03-01")),
    ],
)
def test_a_span_is_the_months_that_it_touches(start: str, until: str, months: tuple[str, str]) -> None:
    first, end = whole_months(
        datetime.fromisoformat(start).replace(tzinfo=UTC), datetime.fromisoformat(until).replace(tzinfo=UTC)
    )

    assert (f"{first:%Y-%m-%d}", f"{end:%Y-%m-%d}") == months
