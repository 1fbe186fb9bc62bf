"""What the database counts for a survey's results: one expression, from which Python makes what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from api.cocreation.surveys.arguments import SurveySegmentation
from api.cocreation.surveys.sources import FALSE, ONE, told_to
from api.node import id_of
from api.reading.json_sql import literal
from community.cocreation.surveys.questions import CSAT, MULTIPLE_CHOICE, NPS, NUMBER, SCALE, SINGLE_CHOICE, TEXT
from community.cocreation.surveys.results import DETRACTS, PROMOTES, UNANSWERED
from community.cocreation.surveys.tables import survey_choices, survey_questions, survey_responses
from community.discussions.tables import space_members
from community.members.tables import members, role_grants
from community.members.viewer import any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Select

    from api.reading.readings import Scope

TRUE: ColumnElement[Any] = literal_column("true")
NULL: ColumnElement[Any] = literal_column("NULL::integer")
SEGMENTING = (SINGLE_CHOICE, SCALE, NPS, CSAT)
"""Kinds of questions whose answers part those who answered: each is in one segment."""
MONTHS = (1, 3, 6, 12, 24)
SECONDS_IN_A_MONTH = 2_629_746


def counts(scope: Scope) -> Sequence[Any]:
    """Return what `results` takes, as SQL: null where the viewer is told nothing."""
    survey = scope.row.c
    segment, known, place = _segmentation(scope)
    found = func.jsonb_build_object(
        literal("smallest"), survey.smallest_result,
        literal("anonymous"), survey.anonymous,
        literal("segmented"), known,
        literal("by_answer_to"), place,
        literal("questions"), _questions(survey.id),
        literal("cells"), _cells(survey.id, segment),
        literal("chosen"), _chosen(survey.id, segment),
        literal("numbers"), _numbers(survey.id, segment, segmented=scope.arguments.shape("segment_by") is not None),
    )  # fmt: skip
    return (case((told_to(scope, survey), found)),)


def _questions(survey_id: ColumnElement[Any]) -> ColumnElement[Any]:
    question, choice = survey_questions.alias(), survey_choices.alias()
    titles = func.jsonb_build_object(literal("title"), choice.c.title)
    choices = (
        select(func.jsonb_agg(aggregate_order_by(titles, choice.c.position)))
        .where(choice.c.question_id == question.c.id)
        .scalar_subquery()
    )
    described = func.jsonb_build_object(
        literal("id"), literal("survey_question_").op("||")(cast(question.c.id, String)),
        literal("place"), question.c.position,
        literal("number"), question.c.position + ONE,
        literal("kind"), question.c.kind,
        literal("title"), question.c.title,
        literal("lowest"), question.c.lowest,
        literal("highest"), question.c.highest,
        literal("choices"), func.coalesce(choices, cast(literal("[]"), JSONB)),
    )  # fmt: skip
    listed = func.jsonb_agg(aggregate_order_by(described, question.c.position))
    return select(listed).where(question.c.survey_id == survey_id).scalar_subquery()


def _listed(query: Select[Any]) -> ColumnElement[Any]:
    """Return a query's rows as JSON, each an array."""
    rows = query.subquery()
    listed = func.coalesce(func.jsonb_agg(func.jsonb_build_array(*rows.c)), cast(literal("[]"), JSONB))
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


def _cells(survey_id: ColumnElement[Any], segment: Any) -> ColumnElement[Any]:
    """Return how many answered what to each question; of what is not counted one by one, how many answered at all."""
    response = survey_responses.alias()
    cell = func.unnest(response.c.numbers).table_valued("value", with_ordinality="place", name="cell").render_derived()
    at_all = case((cell.c.value.is_not(None), literal_column("1::float8")))
    uncounted = cell.c.place == any_of(_places(survey_id, NUMBER, TEXT, MULTIPLE_CHOICE))
    value = case((uncounted, at_all), else_=cell.c.value)
    query = (
        select(
            segment(response).label("segment"),
            (cell.c.place - ONE).label("place"),
            value.label("value"),
            func.count().label("amount"),
        )
        .select_from(response)
        .join(cell, true())
        .where(response.c.survey_id == survey_id)
        .group_by(literal_column("1"), literal_column("2"), literal_column("3"))
    )
    return _listed(query)


def _chosen(survey_id: ColumnElement[Any], segment: Any) -> ColumnElement[Any]:
    """Return how many named each choice, where several may be named."""
    response, choice, question = survey_responses.alias(), survey_choices.alias(), survey_questions.alias()
    named = func.unnest(response.c.chosen).table_valued("id", name="named").render_derived()
    several = any_of(_places(survey_id, MULTIPLE_CHOICE))
    amounts = (
        select(segment(response).label("segment"), named.c.id.label("choice_id"), func.count().label("amount"))
        .select_from(response)
        .join(named, true())
        .where(response.c.survey_id == survey_id)
        .group_by(literal_column("1"), literal_column("2"))
        .subquery()
    )
    query = (
        select(amounts.c.segment, question.c.position, choice.c.position, amounts.c.amount)
        .select_from(amounts)
        .join(choice, choice.c.id == amounts.c.choice_id)
        .join(question, question.c.id == choice.c.question_id)
        .where(question.c.position + ONE == several)
    )
    return _listed(query)


def _numbers(survey_id: ColumnElement[Any], segment: Any, *, segmented: bool) -> ColumnElement[Any]:
    """Return mean, deviation and median of numbers, which may be as many as there are responses."""

    def summed(of: Any) -> Select[Any]:
        response, question = survey_responses.alias(), survey_questions.alias()
        number: Any = response.c.numbers[question.c.position + ONE]
        return (
            select(
                of(response).label("segment"),
                question.c.position.label("place"),
                func.avg(number).label("average"),
                func.stddev_samp(number).label("deviation"),
                func.percentile_cont(literal_column("0.5")).within_group(number).label("middle"),
            )
            .select_from(question)
            .join(response, response.c.survey_id == question.c.survey_id)
            .where(question.c.survey_id == survey_id, question.c.kind == literal(NUMBER), number.is_not(None))
            .group_by(literal_column("1"), literal_column("2"))
        )

    whole = _listed(summed(lambda _: literal_column("NULL::text")))
    return whole.op("||")(_listed(summed(segment))) if segmented else whole


def _segmentation(scope: Scope) -> tuple[Any, ColumnElement[Any], ColumnElement[Any]]:
    """Return what gives a response's segment, whether it is one to tell, and to which question's answers it belongs."""
    given = scope.arguments.shape("segment_by")
    nobody: Callable[[Any], ColumnElement[Any]] = lambda _: literal("")  # noqa: E731 - one of several ways
    if given is None or not scope.viewer.kind.sees_insights:
        return nobody, FALSE, NULL
    by = given["by"]
    named = ~scope.row.c.anonymous
    if by is SurveySegmentation.ROLE:
        return _role, named, NULL
    if by is SurveySegmentation.MONTHS_SINCE_JOINING:
        return _months, named, NULL
    if by is SurveySegmentation.SPACE and given.get("space") is not None:
        space = scope.arguments.value("segment_by.space", BigInteger(), lambda written: id_of("space", written))
        readable = TRUE if scope.viewer.kind.oversees else space == any_of(scope.viewer.readable_spaces)
        return lambda response: _joined(response, space), and_(named, func.coalesce(readable, FALSE)), NULL
    if by is SurveySegmentation.ANSWER and given.get("question") is not None:
        return _by_answer(scope)
    return nobody, FALSE, NULL


def _by_answer(scope: Scope) -> tuple[Any, ColumnElement[Any], ColumnElement[Any]]:
    id_ = scope.arguments.value("segment_by.question", BigInteger(), lambda written: id_of("survey_question", written))
    question = survey_questions.alias()

    def asked(column: Any) -> Any:
        return (
            select(column)
            .where(
                question.c.id == id_,
                question.c.survey_id == scope.row.c.id,
                question.c.kind.op("IN", is_comparison=True)(_names(SEGMENTING)),
            )
            .scalar_subquery()
        )

    kind = asked(question.c.kind)

    def segment(response: Any) -> ColumnElement[Any]:
        value = response.c.numbers[asked(question.c.position) + ONE]
        return case(
            (value.is_(None), literal(UNANSWERED)),
            (and_(kind == literal(NPS), value >= literal_column(str(PROMOTES))), literal("PROMOTERS")),
            (and_(kind == literal(NPS), value <= literal_column(str(DETRACTS))), literal("DETRACTORS")),
            (kind == literal(NPS), literal("PASSIVES")),
            (kind == literal(SINGLE_CHOICE), cast(cast(value + ONE, Integer), String)),
            else_=cast(cast(value, Integer), String),
        )

    return segment, kind.is_not(None), asked(question.c.position)


def _role(response: Any) -> ColumnElement[Any]:
    """Say of which role who answered is: of several, the one that may do most."""
    grant = role_grants.alias()
    held = (
        select(grant.c.role)
        .where(grant.c.member_id == response.c.member_id, grant.c.space_id.is_(None))
        .order_by(func.array_position(literal_column("ARRAY['ADMIN', 'MARKETER', 'MODERATOR']"), grant.c.role))
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return func.coalesce(held, literal("MEMBER"))


def _months(response: Any) -> ColumnElement[Any]:
    """Say how many months before they answered somebody had joined."""
    member = members.alias()
    joined = select(member.c.joined_at).where(member.c.id == response.c.member_id).scalar_subquery()
    months = extract("epoch", response.c.answered_at - joined) / literal_column(str(SECONDS_IN_A_MONTH))
    bounds = (0, *MONTHS)
    return case(
        *(
            (months < literal_column(str(above)), literal(f"MONTHS_{least}"))
            for least, above in zip(bounds, MONTHS, strict=False)
        ),
        else_=literal(f"MONTHS_{MONTHS[-1]}"),
    )


def _joined(response: Any, space: ColumnElement[Any]) -> ColumnElement[Any]:
    joined = space_members.alias()
    belongs: Any = select(ONE).where(joined.c.space_id == space, joined.c.member_id == response.c.member_id)
    return case((belongs.exists(), literal("JOINED")), else_=literal("OTHERS"))
