"""What a moderator says about a case, and whether it can be said: which measures go together, and what they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.foundation.clock import now
from community.foundation.errors import Invalid
from moderation.decisions.actions import BY_NAME, Action
from moderation.decisions.errors import ActionNotPossible
from moderation.decisions.ruling import Measure

MOST_MEASURES = 5
DISPOSING = frozenset({"APPROVE", "RESTORE", "HIDE", "REMOVE"})
"""What says what becomes of something that is held."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a moderator says about a case."""

    measures: Sequence[Measure]
    reason: str | None = None
    """The name of the rule or law it was against; the case's own where none is given."""
    facts: str = ""
    version: int | None = None
    """Of the case that was looked at."""
    revision: int | None = None
    """Of the content that was looked at."""
    parent_id: int | None = None
    """The first of the decisions that are made at once."""
    saved_reply: int | None = None
    """What is copied into the facts, in the language of whom it concerns; what `facts` says stands after it."""
    law: str = ""
    """Which law it was against; needed where the reason is one of law, and something was wrong."""
    territorial_scope: Sequence[str] = ()
    """Countries where it holds; none: everywhere."""


def checked(measures: Sequence[Measure]) -> list[Action]:
    """Return the actions of measures that can be taken together.

    Raises:
        Invalid: if there are none or too many, one is there twice, excludes others, or lacks what it asks.
    """
    if not 0 < len(measures) <= MOST_MEASURES:
        raise Invalid(field="measures", reason=f"1 to {MOST_MEASURES}.")
    actions = [BY_NAME[measure.action] for measure in measures]
    if len({action.name for action in actions}) < len(actions):
        raise Invalid(field="measures", reason="Each at most once.")
    if len(actions) > 1 and (lonely := next((action for action in actions if action.alone), None)) is not None:
        raise Invalid(field="measures", reason=f"{lonely.name} is a decision by itself.")
    if len({action.verdict for action in actions}) > 1:
        raise Invalid(field="measures", reason="What finds nothing wrong does not go together with what does.")
    for measure, action in zip(measures, actions, strict=True):
        given = {name for name, value in measure.details.items() if value is not None}
        given |= {"until"} if measure.until is not None else set()
        if missing := sorted(action.asks - given):
            raise Invalid(field="measures", reason=f"{action.name} needs {missing[0]}.")
        if more := sorted(given - action.asks - action.takes):
            raise Invalid(field="measures", reason=f"{action.name} takes no {more[0]}.")
        if measure.until is not None and measure.until <= now():
            raise Invalid(field="measures", reason=f"{action.name} ends in the future.")
    return actions


def refuse_left_held(actions: Sequence[Action]) -> None:
    """Refuse to close the case of what is held without saying what becomes of it: nobody would look at it again.

    Raises:
        ActionNotPossible: if that is not said.
    """
    if DISPOSING.isdisjoint(action.name for action in actions):
        raise ActionNotPossible(
            action=actions[0].name, why="say what becomes of what is held: APPROVE, HIDE or REMOVE."
        )
