"""What the database counts of a survey's responses: one expression, from which what is told is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Integer, String, Text, bindparam, case, cast, func, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from community.cocreation.surveys.questions import MULTIPLE_CHOICE, NUMBER, TEXT
from community.cocreation.surveys.tables import survey_choices, survey_questions, survey_responses, surveys
from community.members.viewer import any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from community.foundation.database import Connection

Segment: TypeAlias = "Callable[[Any], ColumnElement[Any]]"
"""Gives the segment of a response's row, as text."""

ONE: ColumnElement[Any] = literal_column("1", Integer)


def counted(survey_id: ColumnElement[Any], segment: Segment | None = None) -> ColumnElement[Any]:
    """Return what was answered to a survey's questions, all together or by segment, as JSON.

    `questions` says what was asked, `cells`, `chosen` and `numbers` what was answered, as `results.gathered` has it.
    """
    parts = segment or (lambda _: _text(""))
    return func.jsonb_build_object(
        _text("questions"), _questions(survey_id),
        _text("cells"), _cells(survey_id, parts),
        _text("chosen"), _chosen(survey_id, parts),
        _text("numbers"), _numbers(survey_id, segment),
    )  # fmt: skip


async def keep_counts(connection: Connection, survey_id: int) -> None:
    """Count the responses of a survey that closes, once for all who will read what came of it."""
    await connection.execute(_KEEP, {"survey": survey_id})


def _text(text: str) -> ColumnElement[Any]:
    """Return a word of ours as an SQL literal."""
    return literal_column(f"'{text}'", Text)


def _questions(survey_id: ColumnElement[Any]) -> ColumnElement[Any]:
    question, choice = survey_questions.alias(), survey_choices.alias()
    titles = func.jsonb_build_object(_text("title"), choice.c.title)
    choices = (
        select(func.jsonb_agg(aggregate_order_by(titles, choice.c.position)))
        .where(choice.c.question_id == question.c.id)
        .scalar_subquery()
    )
    described = func.jsonb_build_object(
        _text("question"), _text("survey_question_").op("||")(cast(question.c.id, String)),
        _text("place"), question.c.position,
        _text("number"), question.c.position + ONE,
        _text("kind"), question.c.kind,
        _text("title"), question.c.title,
        _text("lowest"), question.c.lowest,
        _text("highest"), question.c.highest,
        _text("choices"), func.coalesce(choices, cast(_text("[]"), JSONB)),
    )  # fmt: skip
    listed = func.jsonb_agg(aggregate_order_by(described, question.c.position))
    return select(listed).where(question.c.survey_id == survey_id).scalar_subquery()


def _listed(query: Select[Any]) -> ColumnElement[Any]:
    """Return a query's rows as JSON, each an array."""
    rows = query.subquery()
    listed = func.coalesce(func.jsonb_agg(func.jsonb_build_array(*rows.c)), cast(_text("[]"), JSONB))
    return select(listed).select_from(rows).scalar_subquery()


def _places(survey_id: ColumnElement[Any], *kinds: str) -> ColumnElement[Any]:
    """Return the numbers in arrays, from 1, of a survey's questions of some kinds."""
    question = survey_questions.alias()
    asked = select(question.c.position + ONE).where(
        question.c.survey_id == survey_id, question.c.kind.op("IN", is_comparison=True)(_names(kinds))
    )
    return func.array(asked.scalar_subquery())


def _names(kinds: Sequence[str]) -> ColumnElement[Any]:
    return literal_column("(" + ", ".join(f"'{kind}'" for kind in kinds) + ")")


def _parted(survey_id: ColumnElement[Any], segment: Segment) -> Any:
    """Return a survey's responses, each with its segment.

    OFFSET keeps PostgreSQL from working the segment out again for every cell of a response: twenty times as often.
    """
    response = survey_responses.alias()
    return (
        select(segment(response).label("segment"), response.c.numbers, response.c.chosen)
        .where(response.c.survey_id == survey_id)
        .offset(literal_column("0"))
        .subquery()
    )


def _cells(survey_id: ColumnElement[Any], segment: Segment) -> ColumnElement[Any]:
    """Return how many answered what to each question; of what is not counted one by one, how many answered at all."""
    response = _parted(survey_id, segment)
    cell = func.unnest(response.c.numbers).table_valued("value", with_ordinality="place", name="cell").render_derived()
    at_all = case((cell.c.value.is_not(None), literal_column("1::float8")))
    uncounted = cell.c.place == any_of(_places(survey_id, NUMBER, TEXT, MULTIPLE_CHOICE))
    query = (
        select(
            response.c.segment,
            (cell.c.place - ONE).label("place"),
            case((uncounted, at_all), else_=cell.c.value).label("value"),
            func.count().label("amount"),
        )
        .select_from(response)
        .join(cell, true())
        .group_by(literal_column("1"), literal_column("2"), literal_column("3"))
    )
    return _listed(query)


def _chosen(survey_id: ColumnElement[Any], segment: Segment) -> ColumnElement[Any]:
    """Return how many named each choice, where several may be named."""
    response, choice, question = _parted(survey_id, segment), survey_choices.alias(), survey_questions.alias()
    named = func.unnest(response.c.chosen).table_valued("id", name="named").render_derived()
    amounts = (
        select(response.c.segment, named.c.id.label("choice_id"), func.count().label("amount"))
        .select_from(response)
        .join(named, true())
        .group_by(literal_column("1"), literal_column("2"))
        .subquery()
    )
    query = (
        select(amounts.c.segment, question.c.position, choice.c.position.label("choice"), amounts.c.amount)
        .select_from(amounts)
        .join(choice, choice.c.id == amounts.c.choice_id)
        .join(question, question.c.id == choice.c.question_id)
        .where(question.c.kind == _text(MULTIPLE_CHOICE))
    )
    return _listed(query)


def _numbers(survey_id: ColumnElement[Any], segment: Segment | None) -> ColumnElement[Any]:
    """Return mean, deviation and median of numbers, which may be as many as there are responses."""

    def summed(of: Segment) -> Select[Any]:
        response, question = _parted(survey_id, of), survey_questions.alias()
        number: Any = response.c.numbers[question.c.position + ONE]
        return (
            select(
                response.c.segment,
                question.c.position.label("place"),
                func.avg(number).label("average"),
                func.stddev_samp(number).label("deviation"),
                func.percentile_cont(literal_column("0.5")).within_group(number).label("middle"),
            )
            .select_from(question)
            .join(response, number.is_not(None))
            .where(question.c.survey_id == survey_id, question.c.kind == _text(NUMBER))
            .group_by(literal_column("1"), literal_column("2"))
        )

    whole = _listed(summed(lambda _: literal_column("NULL::text")))
    return whole if segment is None else whole.op("||")(_listed(summed(segment)))


_KEEP = update(surveys).where(surveys.c.id == bindparam("survey")).values(counts=counted(literal_column("survey.id")))
