"""Questions of a survey, as its rules know them: what may be answered to each. Nothing here knows a database."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SINGLE_CHOICE, MULTIPLE_CHOICE = "SINGLE_CHOICE", "MULTIPLE_CHOICE"
SCALE, NPS, CSAT, NUMBER, TEXT = "SCALE", "NPS", "CSAT", "NUMBER", "TEXT"
KINDS = (SINGLE_CHOICE, MULTIPLE_CHOICE, SCALE, NPS, CSAT, NUMBER, TEXT)
CHOOSING = frozenset({SINGLE_CHOICE, MULTIPLE_CHOICE})
MEASURING = frozenset({SCALE, NPS, CSAT, NUMBER})
GIVEN_BOUNDS = {NPS: (0.0, 10.0), CSAT: (1.0, 5.0)}
"""Bounds that go with the kind, and are not asked for."""

MOST_QUESTIONS = 50
FEWEST_CHOICES, MOST_CHOICES = 2, 50
LOWEST_STEP, HIGHEST_STEP, MOST_STEPS = -100, 100, 21
"""Of scales: the ends, and how many steps there are at most."""
LARGEST_NUMBER = 1e12
LONGEST_ANSWER = 5_000
LONGEST_OTHER = 200
"""Characters beside a choice that takes a text."""


class BadQuestion(ValueError):  # noqa: N818 - what it is, not that it is an error
    """A question that cannot be asked: its place from 0, and why."""

    def __init__(self, place: int, reason: str) -> None:
        """Name the question and what is wrong with it."""
        super().__init__(f"Question {place + 1}: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Term:
    """Holds if an earlier question is answered, with one of some choices, or with a number within bounds.

    Choices are places from 0, as the question is; without any and without bounds, every answer will do.
    """

    question: int
    choices: frozenset[int] = frozenset()
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """Holds if all its parts do."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Holds if one of its parts does."""

    parts: tuple[Condition, ...]


Condition = Term | Every | Some


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what may be answered."""

    kind: str
    required: bool = False
    choices: int = 0
    """How many there are to choose from."""
    texts: frozenset[int] = frozenset()
    """At which choices a text of one's own may stand."""
    least: int = 1
    most: int = 1
    """How many choices may be named."""
    lowest: float = 0
    highest: float = 0
    whole: bool = True
    """Whether only whole numbers are taken."""
    longest: int = 0
    """Characters of a text."""
    asked_if: Condition | None = None


def refuse_bad_question(question: Question, place: int) -> None:
    """Refuse what nobody could answer, or no form could show. Its condition is looked at elsewhere.

    Raises:
        BadQuestion: saying why.
    """
    kind = question.kind
    chooses = kind in CHOOSING
    flaws = (
        (kind not in KINDS, "There is no such kind."),
        (
            chooses and not FEWEST_CHOICES <= question.choices <= MOST_CHOICES,
            f"Give {FEWEST_CHOICES} to {MOST_CHOICES} choices.",
        ),
        (not chooses and question.choices > 0, "There is nothing to choose from."),
        (
            chooses and not 1 <= question.least <= question.most <= question.choices,
            "At least 1 choice is named, and at most as many as there are.",
        ),
        (kind == SINGLE_CHOICE and question.most != 1, "One choice is named."),
        (kind in MEASURING and not _bounded(question), "There are no such bounds for it."),
        (
            kind == TEXT and not 1 <= question.longest <= LONGEST_ANSWER,
            f"A text has 1 to {LONGEST_ANSWER:,} characters at most.",
        ),
    )
    for flawed, reason in flaws:
        if flawed:
            raise BadQuestion(place, reason)


def _bounded(question: Question) -> bool:
    lowest, highest = question.lowest, question.highest
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        return False
    if question.kind in GIVEN_BOUNDS:
        return (lowest, highest) == GIVEN_BOUNDS[question.kind]
    if question.kind == SCALE:
        whole = lowest.is_integer() and highest.is_integer()
        return whole and LOWEST_STEP <= lowest < highest <= HIGHEST_STEP and highest - lowest < MOST_STEPS
    if not -LARGEST_NUMBER <= lowest < highest <= LARGEST_NUMBER:
        return False
    return not question.whole or math.ceil(lowest) <= math.floor(highest)


def whole_only(questions: Sequence[Question], place: int) -> bool:
    """Say whether the numbers of a question are whole."""
    return questions[place].kind != NUMBER or questions[place].whole
