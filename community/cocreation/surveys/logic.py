"""Logic of a survey: which questions are asked after which answers, and whether a response is one of the survey.

A question is asked if it has no condition, or if its condition holds of the answers before it. Conditions name earlier
questions alone and have no "not", so that a survey has no circles, and every path through it can be answered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from community.cocreation.surveys.questions import (
    CHOOSING,
    LONGEST_OTHER,
    MEASURING,
    SINGLE_CHOICE,
    TEXT,
    BadQuestion,
    Condition,
    Every,
    Question,
    Some,
    Term,
    whole_only,
)

DEEPEST = 3
"""How deep conditions may stand in conditions: as deep as the API takes what clients send."""
MOST_TERMS = 20
"""In one condition."""
MOST_STEPS = 20_000
"""Of looking for answers that a condition holds of; where that does not decide it, the condition is let pass."""


class BadAnswer(ValueError):  # noqa: N818 - what it is, not that it is an error
    """An answer that is none to its question, or missing, or not asked for: the question's place from 0, and why."""

    def __init__(self, place: int, reason: str) -> None:
        """Name the question and what is wrong with its answer."""
        super().__init__(f"Question {place + 1}: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question: choices by their places from 0, a number, or a text."""

    choices: tuple[int, ...] = ()
    number: float | None = None
    text: str | None = None


def holds(condition: Condition | None, answers: Mapping[int, Answer]) -> bool:
    """Return whether a condition holds of answers, which stand under their questions' places. O(terms)."""
    match condition:
        case None:
            return True
        case Every(parts):
            return all(holds(part, answers) for part in parts)
        case Some(parts):
            return any(holds(part, answers) for part in parts)
        case Term():
            answer = answers.get(condition.question)
            return answer is not None and _fits(condition, answer)


def _fits(term: Term, answer: Answer) -> bool:
    if term.choices and term.choices.isdisjoint(answer.choices):
        return False
    if term.at_least is not None and (answer.number is None or answer.number < term.at_least):
        return False
    return term.at_most is None or (answer.number is not None and answer.number <= term.at_most)


def refuse_bad_response(questions: Sequence[Question], answers: Mapping[int, Answer]) -> None:
    """Refuse a response that is none to the survey. O(questions + terms + answers).

    Each question that is asked is answered as its kind has it, or left out where it may be; no other is answered.

    Raises:
        BadAnswer: naming the first question at fault.
    """
    for place, question in enumerate(questions):
        answer = answers.get(place)
        # All answers before this one were to questions that were asked.
        asked = holds(question.asked_if, answers)
        if answer is None:
            if asked and question.required:
                raise BadAnswer(place, "It must be answered.")
            continue
        reason = _answer_flaw(question, answer) if asked else "It is not asked after these answers."
        if reason is not None:
            raise BadAnswer(place, reason)


def _answer_flaw(question: Question, answer: Answer) -> str | None:
    if question.kind in CHOOSING:
        return _choosing_flaw(question, answer)
    if answer.choices:
        return "There is nothing to choose from."
    return _text_flaw(question, answer) if question.kind == TEXT else _number_flaw(question, answer)


def _text_flaw(question: Question, answer: Answer) -> str | None:
    if answer.number is not None or not answer.text:
        return "The answer is a text."
    return None if len(answer.text) <= question.longest else f"At most {question.longest:,} characters."


def _number_flaw(question: Question, answer: Answer) -> str | None:
    number = answer.number
    if number is None or answer.text is not None:
        return "The answer is a number."
    # What is no number is in no bounds.
    if not question.lowest <= number <= question.highest:
        return f"The number is {question.lowest:,g} to {question.highest:,g}."
    return "The number is a whole one." if question.whole and not number.is_integer() else None


def _choosing_flaw(question: Question, answer: Answer) -> str | None:
    named = set(answer.choices)
    amount = str(question.least) if question.least == question.most else f"{question.least} to {question.most}"
    text = answer.text
    flaws = (
        (answer.number is not None or not named, "The answer names choices."),
        (not all(0 <= choice < question.choices for choice in named), "It has no such choice."),
        (len(named) != len(answer.choices), "A choice is named twice."),
        (not question.least <= len(named) <= question.most, f"Name {amount} of the choices."),
        (text is not None and not named & question.texts, "No text goes with these choices."),
        (
            text is not None and not 1 <= len(text) <= LONGEST_OTHER,
            f"1 to {LONGEST_OTHER} characters go with a choice.",
        ),
    )
    return next((reason for flawed, reason in flaws if flawed), None)


def refuse_bad_logic(questions: Sequence[Question]) -> None:
    """Refuse conditions that name what is not there or not before, that are too large, or that can never hold.

    Whether one can hold is looked for among the answers to earlier questions and their own conditions; it is decided in
    all but contrived surveys, within MOST_STEPS.

    Raises:
        BadQuestion: naming the first question at fault.
    """
    for place, question in enumerate(questions):
        if question.asked_if is None:
            continue
        terms = list(_terms(question.asked_if, place, DEEPEST))
        if not 1 <= len(terms) <= MOST_TERMS:
            raise BadQuestion(place, f"A condition has 1 to {MOST_TERMS} terms.")
        for term in terms:
            reason = _term_flaw(questions, place, term)
            if reason is not None:
                raise BadQuestion(place, reason)
        if not _Search(questions).possible([question.asked_if], {}):
            raise BadQuestion(place, "Its condition can never hold.")


def _terms(condition: Condition, place: int, deep: int) -> Iterator[Term]:
    if isinstance(condition, Term):
        yield condition
        return
    if deep == 0:
        raise BadQuestion(place, f"Conditions stand at most {DEEPEST} deep in conditions.")
    if not condition.parts:
        raise BadQuestion(place, "A condition has parts.")
    for part in condition.parts:
        yield from _terms(part, place, deep - 1)


def _term_flaw(questions: Sequence[Question], place: int, term: Term) -> str | None:
    if not 0 <= term.question < place:
        return "A condition names earlier questions."
    kind, choices = questions[term.question].kind, questions[term.question].choices
    if term.choices and (kind not in CHOOSING or not all(0 <= choice < choices for choice in term.choices)):
        return f"Question {term.question + 1} has no such choice."
    bounds = [bound for bound in (term.at_least, term.at_most) if bound is not None]
    if bounds and (kind not in MEASURING or not all(math.isfinite(bound) for bound in bounds)):
        return f"Question {term.question + 1} has no such numbers."
    return None


class _Search:
    """Looks for answers of which conditions hold, by trying one alternative after another."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.left = MOST_STEPS

    def possible(self, goals: list[Condition], known: Mapping[int, tuple[Term, ...]]) -> bool:
        """Return whether all goals can hold, with what is known of answers already: terms by their questions."""
        self.left -= 1
        if not goals or self.left < 0:
            return True
        goal, rest = goals[-1], goals[:-1]
        if isinstance(goal, Every):
            return self.possible([*rest, *goal.parts], known)
        if isinstance(goal, Some):
            return any(self.possible([*rest, part], known) for part in goal.parts)
        terms = (*known.get(goal.question, ()), goal)
        if not self._answerable(goal.question, terms):
            return False
        condition = self.questions[goal.question].asked_if
        if len(terms) == 1 and condition is not None:
            rest = [*rest, condition]
        return self.possible(rest, {**known, goal.question: terms})

    def _answerable(self, place: int, terms: Sequence[Term]) -> bool:
        question = self.questions[place]
        if question.kind in CHOOSING:
            sets = [term.choices for term in terms if term.choices]
            if question.kind == SINGLE_CHOICE:
                return not sets or bool(frozenset.intersection(*sets))
            return self._named_by(sets, question.most)
        if question.kind not in MEASURING:
            return True
        lowest = max([question.lowest, *(term.at_least for term in terms if term.at_least is not None)])
        highest = min([question.highest, *(term.at_most for term in terms if term.at_most is not None)])
        if whole_only(self.questions, place):
            return math.ceil(lowest) <= math.floor(highest)
        return lowest <= highest

    def _named_by(self, sets: Sequence[frozenset[int]], most: int) -> bool:
        """Return whether so many choices can name one of each set."""
        self.left -= 1
        if len(sets) <= most or self.left < 0:
            return True
        if most == 0:
            return False
        return any(self._named_by([each for each in sets[1:] if choice not in each], most - 1) for choice in sets[0])
