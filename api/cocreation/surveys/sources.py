"""What the lists and connections of surveys draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, String, and_, case, cast, func, literal_column, or_, select

from api.members.deeds import free_to
from api.node import id_of
from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.cocreation.surveys.counting import ONE
from community.cocreation.surveys.questions import CHOOSING, MEASURING, TEXT
from community.cocreation.surveys.tables import (
    member_tags,
    survey_choices,
    survey_participations,
    survey_questions,
    survey_responses,
    surveys,
)
from community.discussions.tables import space_members
from community.members.restrictions import Deed
from community.members.tables import members

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

FALSE: ColumnElement[Any] = literal_column("false")


def questions_of(scope: Scope) -> Source:
    """Draw on a survey's questions, in their order."""
    question = scope.enter(survey_questions)
    where = [question.c.survey_id == scope.row.c.id]
    return Source(question, (by_number(question.c.position),), "position", where=where)


def choices_of(scope: Scope) -> Source:
    """Draw on what may be chosen as the answer to a question, in its order."""
    choice = scope.enter(survey_choices)
    where = [choice.c.question_id == scope.row.c.id]
    return Source(choice, (by_number(choice.c.position),), "position", where=where)


def one_of_kinds(kind: ColumnElement[Any], kinds: Iterable[str]) -> ColumnElement[Any]:
    """Return whether a question is of one of some kinds."""
    names = ", ".join(f"'{name}'" for name in sorted(kinds))
    return kind.op("IN", is_comparison=True)(literal_column(f"({names})"))


def answers_of(scope: Scope) -> Source:
    """Draw on the answers of a response: a row for each question that it answers."""
    question, response = scope.enter(survey_questions), scope.row.c
    number = response.numbers[question.c.position + ONE]
    answered = scope.enter(
        select(
            question.c.id.label("question_id"),
            question.c.position.label("position"),
            case((one_of_kinds(question.c.kind, MEASURING), number)).label("number"),
            response.texts[question.c.position + ONE].label("text"),
            case((one_of_kinds(question.c.kind, CHOOSING), response.chosen)).label("chosen"),
        )
        .select_from(question.source)
        .where(question.c.survey_id == response.survey_id, number.is_not(None))
        .subquery()
    )
    return Source(answered, (by_number(answered.c.position),), "position")


def responses_of(scope: Scope) -> Source:
    """Draw on the responses to a survey by name, in the order in which their members came to the community."""
    response = scope.enter(survey_responses)
    where = [response.c.survey_id == scope.row.c.id]
    return Source(response, (by_number(response.c.member_id),), "member", where=where)


def sees_responses(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer may see who answered what: in a survey by name, who may see insights."""
    return ~scope.row.c.anonymous if scope.viewer.kind.sees_insights else FALSE


def chosen_of(scope: Scope) -> Source:
    """Draw on the choices that an answer names."""
    choice = scope.enter(survey_choices)
    where = [choice.c.question_id == scope.row.c.question_id, choice.c.id == func.any(scope.row.c.chosen)]
    return Source(choice, (by_number(choice.c.position),), "position", where=where)


def has_answered(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer took part in a survey."""
    if not scope.viewer.kind.signed_in:
        return FALSE
    part = survey_participations.alias()
    found: Any = select(ONE).where(part.c.survey_id == scope.row.c.id, part.c.member_id == scope.viewer.member_id)
    return found.exists()  # type: ignore[no-any-return] # SQLAlchemy's own


def participant_count(scope: Scope) -> ColumnElement[Any]:
    """Return how many took part in a survey, for who may see insights: that tells nothing of what they answered."""
    if not scope.viewer.kind.sees_insights:
        return literal_column("NULL::integer")
    part = survey_participations.alias()
    amount = select(func.count()).select_from(part).where(part.c.survey_id == scope.row.c.id)
    return cast(amount.scalar_subquery(), Integer)


def may_answer(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can respond now, for the first time or anew."""
    viewer, survey = scope.viewer, scope.row.c
    if not (viewer.kind.signed_in and viewer.kind.writes):
        return FALSE
    joined = space_members.alias()
    belongs: Any = select(ONE).where(joined.c.space_id == survey.space_id, joined.c.member_id == viewer.member_id)
    return and_(
        survey.state == literal("OPEN"),
        func.clock_timestamp() < survey.closes_at,
        or_(~survey.space_members_only, belongs.exists()),
        or_(~survey.anonymous, ~has_answered(scope)),
        free_to(scope, Deed.VOTE),
    )


def told_to(scope: Scope, survey: Any) -> ColumnElement[Any]:
    """Return whether the viewer is told what came of a survey, if enough answered.

    Nobody is told anything of an anonymous survey before it closes: who reads its results before and after a member
    answers would know that member's answers.
    """
    closed = survey.state == literal("CLOSED")
    if not scope.viewer.kind.sees_insights:
        return and_(closed, survey.results_public)
    return or_(closed, and_(survey.state == literal("OPEN"), ~survey.anonymous))


def texts_of(scope: Scope) -> ColumnElement[Any]:
    """Return what was written as an answer to a question, or beside its choices, shuffled; null where that is not told."""
    question = scope.row.c
    survey, response = scope.enter(surveys), survey_responses.alias()
    if not scope.viewer.kind.sees_insights:
        return literal_column("NULL::text[]")
    written: Any = response.c.texts[question.position + ONE]
    # A response's id is random, and so is its digest; with the question in it, the order is another for each question.
    place = func.md5(cast(response.c.id, String).op("||")(cast(question.id, String)))
    first = scope.arguments.value("first", Integer(), _checked_first)
    found = (
        select(written.label("written"), place.label("place"))
        .where(response.c.survey_id == question.survey_id, written.is_not(None))
        .order_by(place)
        .limit(first)
        .subquery()
    )
    shown = select(func.array_agg(found.c.written)).scalar_subquery()
    amount = (
        select(func.count()).where(response.c.survey_id == question.survey_id, written.is_not(None)).scalar_subquery()
    )
    told = (
        select(and_(told_to(scope, survey.c), amount >= survey.c.smallest_result))
        .select_from(survey.source)
        .where(survey.c.id == question.survey_id)
        .scalar_subquery()
    )
    asks = or_(one_of_kinds(question.kind, CHOOSING), question.kind == literal(TEXT))
    return case((and_(asks, told), shown))


MOST_TEXTS = 500


def _checked_first(first: Any) -> int:
    if not isinstance(first, int) or not 1 <= first <= MOST_TEXTS:
        message = f"asks for {first}; give 1 to {MOST_TEXTS}."
        raise ValueError(message)
    return first


def own_marks(scope: Scope) -> Source:
    """Draw on the tags that the viewer's own answers gave them, the latest first."""
    mark = scope.enter(member_tags)
    keys = (
        by_time(mark.c.marked_at, descending=True),
        by_number(mark.c.tag_id, descending=True),
        by_number(mark.c.survey_id, descending=True),
    )
    return Source(mark, keys, "marked", where=[mark.c.member_id == scope.viewer.member_id])


def members_marked(scope: Scope) -> Source:
    """Draw on members whose answers gave them a tag, the longest here first; for who may see insights."""
    member, mark = scope.enter(members), member_tags.alias()
    tag = scope.arguments.value("tag", BigInteger(), lambda id_: id_of("tag", id_))
    marked: Any = select(ONE).where(mark.c.member_id == member.c.id, mark.c.tag_id == tag)
    if scope.arguments.shape("survey") is not None:
        survey = scope.arguments.value("survey", BigInteger(), lambda id_: id_of("survey", id_))
        marked = marked.where(mark.c.survey_id == survey)
    where = [marked.exists()] if scope.viewer.kind.sees_insights else [FALSE]
    return Source(member, (by_number(member.c.id),), "id", where=where)
