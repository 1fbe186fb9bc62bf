"""What a survey asks, as it is written by who makes it, and as its rules and its rows have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from community.cocreation.surveys.errors import BadQuestionInSurvey
from community.cocreation.surveys.logic import DEEPEST, refuse_bad_logic
from community.cocreation.surveys.questions import (
    CHOOSING,
    GIVEN_BOUNDS,
    LONGEST_ANSWER,
    MOST_QUESTIONS,
    MULTIPLE_CHOICE,
    NUMBER,
    SCALE,
    TEXT,
    BadQuestion,
    Condition,
    Every,
    Question,
    Some,
    Term,
    refuse_bad_question,
)
from community.foundation.errors import Invalid
from community.members.names import clean_line

LONGEST_TITLE = 300
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class AskedChoice:
    """What may be chosen."""

    title: str
    takes_text: bool = False
    tag_id: int | None = None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it is written: what goes with its kind alone may be left out."""

    kind: str
    title: str
    required: bool = False
    choices: Sequence[AskedChoice] = ()
    least: int | None = None
    most: int | None = None
    lowest: float | None = None
    highest: float | None = None
    lowest_label: str | None = None
    highest_label: str | None = None
    whole: bool | None = None
    longest: int | None = None
    asked_if: Condition | None = None
    tags: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the tags of its choices."""
        tags = frozenset(choice.tag_id for choice in self.choices if choice.tag_id is not None)
        object.__setattr__(self, "tags", tags)

    def rule(self) -> Question:
        """Return what may be answered to it."""
        lowest, highest = GIVEN_BOUNDS.get(self.kind, (self.lowest or 0.0, self.highest or 0.0))
        amount = len(self.choices)
        return Question(
            self.kind,
            required=self.required,
            choices=amount,
            texts=frozenset(place for place, choice in enumerate(self.choices) if choice.takes_text),
            least=self.least if self.least is not None else 1,
            most=self.most if self.most is not None else (amount if self.kind == MULTIPLE_CHOICE else 1),
            lowest=float(lowest),
            highest=float(highest),
            whole=self.kind != NUMBER or self.whole is not False,
            longest=(self.longest if self.longest is not None else LONGEST_ANSWER) if self.kind == TEXT else 0,
            asked_if=self.asked_if,
        )

    def refuse_foreign(self, place: int) -> None:
        """Refuse what was given that does not go with its kind.

        Raises:
            BadQuestion: saying why.
        """
        bounds, measured = (self.lowest, self.highest), self.kind in {SCALE, NUMBER}
        flaws = (
            (self.kind not in CHOOSING and (self.least, self.most) != (None, None), "There is nothing to choose from."),
            (not measured and bounds != (None, None), "Its bounds are not for you to set."),
            (measured and None in bounds, "Say between which numbers the answer is."),
            (
                self.kind != SCALE and (self.lowest_label, self.highest_label) != (None, None),
                "Only the ends of a scale have labels.",
            ),
            (self.kind != TEXT and self.longest is not None, "Only a text has a length."),
            (self.kind != NUMBER and self.whole is not None, "Only of numbers it is asked whether they are whole."),
        )
        for flawed, reason in flaws:
            if flawed:
                raise BadQuestion(place, reason)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A question as it is kept: what may be answered, and how all of it is called."""

    rule: Question
    title: str
    choices: list[str]
    labels: tuple[str | None, str | None]


def cleaned(questions: Sequence[AskedQuestion]) -> list[Cleaned]:
    """Return questions as they are kept.

    Raises:
        Invalid: if there are too few or too many.
        BadQuestionInSurvey: if one cannot be asked, naming it.
    """
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise Invalid(field="questions", reason=f"Give 1 to {MOST_QUESTIONS} questions.")
    try:
        found = [_cleaned(question, place) for place, question in enumerate(questions)]
        refuse_bad_logic([each.rule for each in found])
    except BadQuestion as error:
        raise BadQuestionInSurvey(number=error.place + 1, reason=error.reason) from error
    return found


def _cleaned(question: AskedQuestion, place: int) -> Cleaned:
    question.refuse_foreign(place)
    rule = question.rule()
    refuse_bad_question(rule, place)
    title = _line(question.title, place, LONGEST_TITLE)
    choices = [_line(choice.title, place, LONGEST_TITLE) for choice in question.choices]
    lowest, highest = (
        None if label is None else _line(label, place, LONGEST_LABEL)
        for label in (question.lowest_label, question.highest_label)
    )
    return Cleaned(rule, title, choices, (lowest, highest))


def _line(written: str, place: int, longest: int) -> str:
    try:
        line = clean_line(written, "questions", longest)
    except Invalid as error:
        raise BadQuestion(place, str(error.fields["reason"])) from error
    if not line:
        raise BadQuestion(place, "Everything has a title.")
    return line


def stored_condition(condition: Condition | None) -> dict[str, Any] | None:
    """Return a condition as its row has it."""
    match condition:
        case None:
            return None
        case Every(parts):
            return {"all": [stored_condition(part) for part in parts]}
        case Some(parts):
            return {"any": [stored_condition(part) for part in parts]}
        case Term():
            term: dict[str, Any] = {"question": condition.question}
            if condition.choices:
                term["choices"] = sorted(condition.choices)
            bounds = {"at_least": condition.at_least, "at_most": condition.at_most}
            return term | {name: bound for name, bound in bounds.items() if bound is not None}


def read_condition(stored: Mapping[str, Any] | None) -> Condition | None:
    """Return the condition that a row has."""
    return None if stored is None else _read(stored, DEEPEST)


def _read(stored: Mapping[str, Any], deep: int) -> Condition:
    if "question" in stored:
        choices = frozenset(stored.get("choices", ()))
        return Term(stored["question"], choices, stored.get("at_least"), stored.get("at_most"))
    parts = tuple(_read(part, deep - 1) for part in stored.get("all", stored.get("any")))
    return Every(parts) if "all" in stored else Some(parts)
