"""Conditions of questions over GraphQL: written by who makes a survey, and read by who shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from api.reading.fields import object_type, returned
from community.cocreation.surveys.errors import BadQuestionInSurvey
from community.cocreation.surveys.logic import DEEPEST, MOST_TERMS
from community.cocreation.surveys.questions import Condition, Every, Some, Term

_WHAT = (
    "What must hold of earlier answers. Give `question`, with what its answer must be, or one of `all` and `any`; at most "
    f"{MOST_TERMS} questions in all, {DEEPEST} deep. A question that was not asked has no answer."
)


@strawberry.input(description=_WHAT)
class SurveyConditionInput:
    """What must hold of earlier answers."""

    question: int | None = strawberry.field(
        description="The number of an earlier question, from 1; alone: any answer to it will do.", default=None
    )
    choices: list[int] | None = strawberry.field(
        description="Its answer names one of these choices, by their numbers from 1.", default=None
    )
    equals: float | None = strawberry.field(description="Its answer is this number.", default=None)
    at_least: float | None = strawberry.field(description="Its answer is this number or more.", default=None)
    at_most: float | None = strawberry.field(description="Its answer is this number or less.", default=None)
    all: list[SurveyConditionInput] | None = strawberry.field(description="All of these hold.", default=None)
    any: list[SurveyConditionInput] | None = strawberry.field(description="One of these holds.", default=None)


@object_type
class SurveyCondition:
    """What must hold of earlier answers for a question to be asked: of one question, or `all` or `any` of some parts."""

    question: int | None = returned("The number of the question whose answer it is about, from 1.")
    choices: list[int] | None = returned("Its answer names one of these choices, by their numbers from 1.")
    at_least: float | None = returned("Its answer is this number or more.")
    at_most: float | None = returned("Its answer is this number or less.")
    all: list[SurveyCondition] | None = returned("All of these hold.")
    any: list[SurveyCondition] | None = returned("One of these holds.")


def condition_of(given: SurveyConditionInput | None, number: int, deep: int = DEEPEST) -> Condition | None:
    """Return a condition as the rules have it; `number` is that of the question which it belongs to.

    Raises:
        BadQuestionInSurvey: if it says nothing, or two things at once, or is too deep.
    """
    if given is None:
        return None
    said = [value for value in (given.question, given.all, given.any) if value is not None]
    narrowed = (given.choices, given.equals, given.at_least, given.at_most)
    if len(said) != 1 or (given.question is None and any(value is not None for value in narrowed)):
        raise BadQuestionInSurvey(number=number, reason="A condition is of one question, or has `all` or `any` parts.")
    if given.question is not None:
        if given.choices == [] or (given.equals is not None and (given.at_least, given.at_most) != (None, None)):
            raise BadQuestionInSurvey(number=number, reason="Say of an answer what it must be, and that once.")
        return Term(
            given.question - 1,
            frozenset(choice - 1 for choice in given.choices or ()),
            given.at_least if given.equals is None else given.equals,
            given.at_most if given.equals is None else given.equals,
        )
    if deep == 0:
        raise BadQuestionInSurvey(number=number, reason=f"Conditions stand at most {DEEPEST} deep in conditions.")
    parts = tuple(condition_of(part, number, deep - 1) for part in given.all or given.any or ())
    known = tuple(part for part in parts if part is not None)
    return Every(known) if given.all is not None else Some(known)


def shown_condition(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a condition's row as `SurveyCondition` shows it: numbers count from 1."""
    if stored is None:
        return None
    shown = {name: [shown_condition(part) for part in stored[name]] for name in ("all", "any") if name in stored}
    if "question" in stored:
        choices = stored.get("choices")
        return {
            "question": stored["question"] + 1,
            "choices": None if choices is None else [choice + 1 for choice in choices],
            "at_least": stored.get("at_least"),
            "at_most": stored.get("at_most"),
        }
    return shown
