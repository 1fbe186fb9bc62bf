"""What a rule may be when somebody writes it: what is wrong is refused by its place, before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

import orjson

from community.discussions.texts import clean_text, clean_title
from community.foundation.errors import Invalid
from moderation.automod.signatures import KEPT_FOR
from moderation.automod.tables import LIMITS, LONGEST_PAUSE, MOST_HOURS, SHORTEST_PAUSE
from moderation.rules.candidates import CONTENT, Kind
from moderation.rules.conditions import Condition, External, NearDuplicates, walk
from moderation.rules.evaluating import Action, Limits, Words
from moderation.rules.written import read_condition

LONGEST_CONDITION = 200_000
LONGEST_MESSAGE = 500
LONGEST_LABEL = 40
_UNHOLDABLE: Final = frozenset({Action.REPORT, Action.REFUSE})
POSSIBLE: Final[Mapping[Kind, frozenset[Action]]] = {
    Kind.POST: frozenset(Action),
    Kind.COMMENT: frozenset(Action),
    Kind.PROFILE: _UNHOLDABLE,
    Kind.AMENDMENT: _UNHOLDABLE,
    Kind.OPTION: _UNHOLDABLE,
    Kind.SPACE: _UNHOLDABLE,
    # Of a survey that is anonymous nothing may lead to who answered: neither a case nor a match.
    Kind.ANSWER: frozenset({Action.REFUSE}),
}
"""What can be done about what is written: what cannot be held can be shown or not taken, and nothing between."""


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as somebody writes it."""

    name: str
    condition: str
    """JSON; see docs/rules.md."""
    action: Action
    reason: str
    """The name of the reason for reporting that it stands for: against which rule or law."""
    kinds: Sequence[Kind] = tuple(CONTENT)
    staff: bool = False
    label: str | None = None
    message: Words | None = None
    limits: Limits | None = None


class Checked(NamedTuple):
    """A rule as it is kept."""

    name: str
    condition: Condition
    label: str | None
    message: Words | None
    limits: Limits | None


def checked(written: Written, *, has_external: bool) -> Checked:
    """Return a rule as it is kept.

    Raises:
        Invalid: for what does not go together, or is not what it may be.
    """
    try:
        name = clean_title(written.name)
    except Invalid as wrong:
        raise Invalid(field="name", reason=str(wrong.fields["reason"])) from None
    kinds = set(written.kinds)
    if not kinds:
        raise Invalid(field="kinds", reason="Say of what it is asked.")
    for kind in Kind:
        if kind in kinds and written.action not in POSSIBLE[kind]:
            can = " or ".join([action for action in Action if action in POSSIBLE[kind]])
            raise Invalid(field="kinds", reason=f"Of {kind}, a rule can only {can}.")
    label = None if written.label is None else clean_text(written.label, "label", LONGEST_LABEL)
    if (written.action is Action.LABEL) != bool(label):
        raise Invalid(field="label", reason="It goes with LABEL, and LABEL with it.")
    message = written.message
    if message is not None:
        english, chinese = (clean_text(text, "message", LONGEST_MESSAGE) for text in (message.english, message.chinese))
        if not (english and chinese):
            raise Invalid(field="message", reason="Say it in both languages.")
        message = Words(english, chinese)
    if written.action is Action.REFUSE and message is None:
        raise Invalid(field="message", reason="Say to the author why it is refused.")
    return Checked(
        name,
        condition_of(written.condition, has_external=has_external),
        label or None,
        message,
        _checked_limits(written),
    )


def condition_of(written: str, *, has_external: bool = True) -> Condition:
    """Return the condition that somebody wrote as JSON.

    Raises:
        Invalid: if it is no JSON, or none that can be asked here; its path leads to what is wrong.
    """
    if len(written) > LONGEST_CONDITION:
        raise Invalid(field="condition", reason=f"At most {LONGEST_CONDITION:,} characters.")
    try:
        said = orjson.loads(written)
    except orjson.JSONDecodeError:
        raise Invalid(field="condition", reason="This is no JSON.") from None
    condition = read_condition(said)
    for part in walk(condition):
        if isinstance(part, External) and not has_external:
            raise Invalid(field="condition", reason="There is no classifier here that external could ask.")
        if isinstance(part, NearDuplicates) and timedelta(seconds=part.within) > KEPT_FOR:
            raise Invalid(field="condition", reason=f"near_duplicates: within {KEPT_FOR.days} days at most.")
    return condition


def _checked_limits(written: Written) -> Limits | None:
    limits = written.limits
    if (written.action is Action.LIMIT) != (limits is not None):
        raise Invalid(field="limits", reason="They go with LIMIT, and LIMIT with them.")
    if limits is None:
        return None
    if not limits.kinds or len(set(limits.kinds)) < len(limits.kinds) or not set(limits.kinds) <= set(LIMITS):
        raise Invalid(field="limits", reason=f"At least one of {', '.join(LIMITS)}, and each once.")
    if not 1 <= limits.hours <= MOST_HOURS:
        raise Invalid(field="for_hours", reason=f"1 to {MOST_HOURS}.")
    if ("SLOW_MODE" in limits.kinds) != (limits.seconds is not None):
        raise Invalid(field="seconds", reason="They go with SLOW_MODE, and SLOW_MODE with them.")
    if limits.seconds is not None and not SHORTEST_PAUSE <= limits.seconds <= LONGEST_PAUSE:
        raise Invalid(field="seconds", reason=f"{SHORTEST_PAUSE} to {LONGEST_PAUSE:,}.")
    return limits
