"""The words of a statement of reasons, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from moderation.decisions.actions import BY_NAME
from moderation.decisions.statement import Facts, statement

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(("locale", "title"), [("en", "What was done"), ("zh", "采取的措施")])
def test_whatever_can_be_decided_is_told_in_both_languages(locale: str, title: str) -> None:
    told = {
        name: statement(
            Facts(
                verdict=action.verdict,
                subject_kind="post",
                measures=[(name, DAY if "until" in action.asks else None)],
                reason={"en": "Spam", "zh": "垃圾信息"},
                description={},
                basis="RULES",
                law=None,
                facts="",
                territorial_scope=[],
                detection="REPORT",
                automated_detection=False,
                automated_decision=False,
                decided_on=DAY,
            ),
            locale,
        )
        for name, action in BY_NAME.items()
    }

    done = {name: text.partition(f"{title}\n- ")[2].partition("\n")[0] for name, text in told.items()}
    assert all(done.values())
    nothing = {"APPROVE", "IGNORE"}
    assert len({line for name, line in done.items() if name not in nothing}) == len(done) - len(nothing)
