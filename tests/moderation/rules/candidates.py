"""Candidates and rules for tests, of which only what matters need be said."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moderation.rules.candidates import Author, Candidate, Earlier
from moderation.rules.evaluating import Action, Mode, Rule, Words
from moderation.rules.facts import Place, Span
from moderation.rules.folding import fold
from moderation.rules.near_duplicates import signature
from moderation.rules.written import read_condition

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def author(**known: Any) -> Author:
    usual: dict[str, Any] = {"joined_at": NOW - timedelta(days=400), "written": 100, "trust": 60, "level": 3}
    return Author(**usual | known)


def candidate(body: str, **known: Any) -> Candidate:
    usual: dict[str, Any] = {"author": author(), "written_at": NOW}
    return Candidate(body, **usual | known)


def earlier(body: str, *, ago: float, by_author: bool = True) -> Earlier:
    return Earlier(NOW - timedelta(seconds=ago), by_author, signature(fold(body).text))


def rule(condition: object, **said: Any) -> Rule:
    usual: dict[str, Any] = {"id": 1, "version": 1, "name": "a rule", "action": Action.HOLD, "mode": Mode.LIVE}
    return Rule(condition=read_condition(condition), **usual | said)


def words() -> Words:
    return Words("Please keep it civil.", "请友善发言。")


def shown(looked_at: Candidate, span: Span) -> str:
    """Return what a span shows of what was written."""
    return (looked_at.title if span.place is Place.TITLE else looked_at.body)[span.start : span.end]
