"""By what the results of a survey are parted, and what the database counts for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, String, and_, case, cast, extract, func, literal_column, select

from api.cocreation.surveys.arguments import SurveySegmentation
from api.cocreation.surveys.sources import FALSE, one_of_kinds, told_to
from api.node import id_of
from api.reading.json_sql import literal
from community.cocreation.surveys.counting import ONE, Segment, counted
from community.cocreation.surveys.questions import CSAT, NPS, SCALE, SINGLE_CHOICE
from community.cocreation.surveys.results import DETRACTS, PROMOTES, UNANSWERED
from community.cocreation.surveys.tables import survey_questions
from community.discussions.tables import space_members
from community.members.tables import members, role_grants
from community.members.viewer import any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope

TRUE: ColumnElement[Any] = literal_column("true")
NULL: ColumnElement[Any] = literal_column("NULL::integer")
SEGMENTING = (SINGLE_CHOICE, SCALE, NPS, CSAT)
"""Kinds of questions whose answers part those who answered: each is in one segment."""
MONTHS = (1, 3, 6, 12, 24)
SECONDS_IN_A_MONTH = 2_629_746


def counts(scope: Scope) -> Sequence[Any]:
    """Return what `results` takes, as SQL: null where the viewer is told nothing.

    What came of a survey altogether was counted when it closed.
    """
    survey = scope.row.c
    segment, known, place = _segmentation(scope)
    found = counted(survey.id, segment)
    if segment is None:
        found = func.coalesce(survey.counts, found)
    asked = func.jsonb_build_object(
        literal("smallest"), survey.smallest_result,
        literal("anonymous"), survey.anonymous,
        literal("segmented"), known,
        literal("by_answer_to"), place,
    )  # fmt: skip
    return (case((told_to(scope, survey), asked.op("||")(found))),)


def _segmentation(scope: Scope) -> tuple[Segment | None, ColumnElement[Any], ColumnElement[Any]]:
    """Return what gives a response's segment, whether it is one to tell, and to which question's answers it belongs."""
    given = scope.arguments.shape("segment_by")
    if given is None or not scope.viewer.kind.sees_insights:
        return None, FALSE, NULL
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
    return None, FALSE, NULL


def _by_answer(scope: Scope) -> tuple[Any, ColumnElement[Any], ColumnElement[Any]]:
    id_ = scope.arguments.value("segment_by.question", BigInteger(), lambda written: id_of("survey_question", written))
    question = survey_questions.alias()

    def asked(column: Any) -> Any:
        return (
            select(column)
            .where(
                question.c.id == id_,
                question.c.survey_id == scope.row.c.id,
                one_of_kinds(question.c.kind, SEGMENTING),
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
    months = extract("epoch", response.c.answered_at - member.c.joined_at) / literal_column(str(SECONDS_IN_A_MONTH))
    bounds = zip((0, *MONTHS), MONTHS, strict=False)
    part = case(
        *((months < literal_column(str(above)), literal(f"MONTHS_{least}")) for least, above in bounds),
        else_=literal(f"MONTHS_{MONTHS[-1]}"),
    )
    return select(part).where(member.c.id == response.c.member_id).scalar_subquery()


def _joined(response: Any, space: ColumnElement[Any]) -> ColumnElement[Any]:
    joined = space_members.alias()
    belongs: Any = select(ONE).where(joined.c.space_id == space, joined.c.member_id == response.c.member_id)
    return case((belongs.exists(), literal("JOINED")), else_=literal("OTHERS"))
