"""Who may see surveys, their questions, and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, or_, select

from community.cocreation.surveys.tables import survey_questions, surveys
from community.foundation.visibility import Visible
from community.members.viewer import any_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_DRAFT: ColumnElement[Any] = literal_column("'DRAFT'")


def visible_surveys(survey: Any, viewer: ViewerTerms) -> Visible:
    """Show surveys in readable spaces; drafts to who made them, moderates there, or runs campaigns."""
    kind = viewer.kind
    if kind.oversees:
        return Visible()
    known: list[ColumnElement[Any]] = [survey.c.state != _DRAFT]
    if kind.signed_in:
        known.append(survey.c.created_by == viewer.member_id)
    if kind.moderates:
        known.append(survey.c.space_id == any_of(viewer.moderated_spaces))
    if kind.sees_insights:
        known.append(literal_column("true"))
    return Visible(
        inherited=lambda: (survey.c.space_id == any_of(viewer.readable_spaces),),
        always=(or_(*known),),
    )


def _survey_seen(survey_id: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    survey = surveys.alias()
    whole = and_(literal_column("true"), *visible_surveys(survey, viewer).whole())
    return select(whole).where(survey.c.id == survey_id).scalar_subquery()


def visible_questions(question: Any, viewer: ViewerTerms) -> Visible:
    """Show the questions of surveys that the viewer may see."""
    return Visible(inherited=lambda: (_survey_seen(question.c.survey_id, viewer),))


def visible_choices(choice: Any, viewer: ViewerTerms) -> Visible:
    """Show the choices of such questions."""

    def seen() -> tuple[ColumnElement[Any], ...]:
        question = survey_questions.alias()
        survey_id = select(question.c.survey_id).where(question.c.id == choice.c.question_id).scalar_subquery()
        return (_survey_seen(survey_id, viewer),)

    return Visible(inherited=seen)


def visible_responses(response: Any, viewer: ViewerTerms) -> Visible:
    """Show a response by name to who gave it, and to who may see insights; one that is anonymous to nobody as such."""
    if not viewer.kind.signed_in:
        return Visible(always=(literal_column("false"),))
    if viewer.kind.sees_insights:
        return Visible(always=(response.c.member_id.is_not(None),))
    return Visible(always=(response.c.member_id == viewer.member_id,))


def visible_member_tags(mark: Any, viewer: ViewerTerms) -> Visible:
    """Show what members said of themselves to themselves."""
    if not viewer.kind.signed_in:
        return Visible(always=(literal_column("false"),))
    return Visible(always=(mark.c.member_id == viewer.member_id,))
