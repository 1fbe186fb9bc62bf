"""Every path through a survey can be answered, and nothing else passes for a response."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from community.cocreation.surveys.asking import read_condition, stored_condition
from community.cocreation.surveys.logic import Answer, BadAnswer, holds, refuse_bad_logic, refuse_bad_response
from community.cocreation.surveys.questions import (
    CHOOSING,
    KINDS,
    MEASURING,
    MULTIPLE_CHOICE,
    NUMBER,
    SINGLE_CHOICE,
    TEXT,
    BadQuestion,
    Condition,
    Every,
    Question,
    Some,
    Term,
    refuse_bad_question,
)

PROPERTY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@st.composite
def terms(draw: st.DrawFn, questions: Sequence[Question]) -> Term:
    place = draw(st.integers(0, len(questions) - 1))
    question = questions[place]
    if question.kind in CHOOSING and draw(st.booleans()):
        return Term(place, draw(st.frozensets(st.integers(0, question.choices - 1), min_size=1)))
    if question.kind in MEASURING and draw(st.booleans()):
        bounds = st.none() | st.integers(int(question.lowest) - 1, int(question.highest) + 1).map(float)
        return Term(place, at_least=draw(bounds), at_most=draw(bounds))
    return Term(place)


def conditions(questions: Sequence[Question]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        terms(questions),
        lambda inner: st.builds(
            lambda kind, parts: kind(tuple(parts)),
            st.sampled_from([Every, Some]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=4,
    )


@st.composite
def asked(draw: st.DrawFn, most: int = 6, kinds: Sequence[str] = KINDS) -> list[Question]:
    """Return questions that pass on their own; conditions may be such as never hold."""
    questions: list[Question] = []
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(kinds))
        choices = draw(st.integers(2, 4)) if kind in CHOOSING else 0
        most_chosen = draw(st.integers(1, choices)) if kind == MULTIPLE_CHOICE else 1
        lowest, highest = {"NPS": (0.0, 10.0), "CSAT": (1.0, 5.0)}.get(kind, (1.0, 4.0))
        questions.append(
            Question(
                kind,
                required=draw(st.booleans()),
                choices=choices,
                texts=frozenset({0}) if choices and draw(st.booleans()) else frozenset(),
                least=draw(st.integers(1, most_chosen)),
                most=most_chosen,
                lowest=lowest,
                highest=highest,
                whole=kind != NUMBER or draw(st.booleans()),
                longest=20 if kind == TEXT else 0,
                asked_if=draw(st.none() | conditions(questions)) if questions else None,
            )
        )
    return questions


def answers_to(question: Question) -> st.SearchStrategy[Answer]:
    if question.kind in CHOOSING:
        chosen = st.lists(
            st.integers(0, question.choices - 1), min_size=question.least, max_size=question.most, unique=True
        )
        return chosen.flatmap(
            lambda named: st.builds(
                Answer, st.just(tuple(named)), text=st.just("其他") if set(named) & question.texts else st.none()
            )
        )
    if question.kind == TEXT:
        return st.builds(Answer, text=st.sampled_from(["好", "tea 茶"]))
    whole = st.integers(int(question.lowest), int(question.highest)).map(float)
    return st.builds(Answer, number=whole if question.whole else st.floats(question.lowest, question.highest))


@st.composite
def responses(draw: st.DrawFn) -> tuple[list[Question], dict[int, Answer]]:
    """Return questions and a response to them, made as a member would: one question after another."""
    questions = draw(asked())
    answers: dict[int, Answer] = {}
    for place, question in enumerate(questions):
        if holds(question.asked_if, answers) and (question.required or draw(st.booleans())):
            answers[place] = draw(answers_to(question))
    return questions, answers


@PROPERTY
@given(responses())
def test_whoever_answers_what_they_are_asked_is_accepted(drawn: tuple[list[Question], dict[int, Answer]]) -> None:
    questions, answers = drawn
    for place, question in enumerate(questions):
        refuse_bad_question(question, place)

    refuse_bad_response(questions, answers)


WRONG = (
    Answer(),
    Answer((99,)),
    Answer((-1,)),
    Answer((0, 0)),
    Answer(number=math.nan),
    Answer(number=math.inf),
    Answer(number=-math.inf),
    Answer(number=1e12),
    Answer(text=""),
    Answer(text="长" * 21),
    Answer((0,), 1.0, "一"),
)


@PROPERTY
@given(responses(), st.data())
def test_a_response_that_is_changed_to_be_none_is_refused_with_the_question_named(
    drawn: tuple[list[Question], dict[int, Answer]], data: st.DataObject
) -> None:
    questions, answers = drawn
    place = data.draw(st.integers(0, len(questions) - 1))
    question = questions[place]
    is_asked = holds(question.asked_if, {at: each for at, each in answers.items() if at < place})
    if is_asked and question.required and data.draw(st.booleans()):
        del answers[place]
    else:
        # To what is not asked, every answer is one too many.
        answers[place] = data.draw(st.sampled_from(WRONG) if is_asked else answers_to(question))
    with pytest.raises(BadAnswer) as refused:
        refuse_bad_response(questions, answers)

    assert refused.value.place == place
    assert str(refused.value).startswith(f"Question {place + 1}: ")


def all_answers(question: Question) -> list[Answer]:
    if question.kind == SINGLE_CHOICE:
        return [Answer((choice,)) for choice in range(question.choices)]
    if question.kind == MULTIPLE_CHOICE:
        sets = [
            tuple(choice for choice in range(question.choices) if mask >> choice & 1)
            for mask in range(2**question.choices)
        ]
        return [Answer(named) for named in sets if question.least <= len(named) <= question.most]
    return [Answer(number=float(step)) for step in range(int(question.lowest), int(question.highest) + 1)]


def can_hold(questions: Sequence[Question], condition: Condition) -> bool:
    """Say whether a condition can hold, by trying all there is to answer."""
    for said in product(*([None, *all_answers(question)] for question in questions)):
        answers = {place: answer for place, answer in enumerate(said) if answer is not None}
        asked_for = all(
            holds(questions[place].asked_if, {at: each for at, each in answers.items() if at < place})
            for place in answers
        )
        if asked_for and holds(condition, answers):
            return True
    return False


@PROPERTY
@given(asked(3, ["SINGLE_CHOICE", "MULTIPLE_CHOICE", "SCALE"]), st.data())
def test_a_condition_is_refused_exactly_if_it_can_never_hold(questions: list[Question], data: st.DataObject) -> None:
    try:
        refuse_bad_logic(questions)
    except BadQuestion:
        assume(False)
    condition = data.draw(conditions(questions))
    refused: BadQuestion | None = None
    try:
        refuse_bad_logic([*questions, Question(TEXT, longest=5, asked_if=condition)])
    except BadQuestion as error:
        refused = error

    assert (refused is None) == can_hold(questions, condition)
    assert refused is None or refused.place == len(questions)


@PROPERTY
@given(asked())
def test_a_condition_is_stored_as_it_was_written(questions: list[Question]) -> None:
    for question in questions:
        assert read_condition(stored_condition(question.asked_if)) == question.asked_if


def test_a_contrived_condition_takes_no_time_to_look_at() -> None:
    several = Question(MULTIPLE_CHOICE, choices=50, most=9)
    apart = [Term(0, frozenset(range(5 * part, 5 * part + 5))) for part in range(10)]

    refuse_bad_logic([several, Question(TEXT, longest=5, asked_if=Every(tuple(apart * 2)))])
