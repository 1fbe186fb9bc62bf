"""Who may see surveys, their questions, and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column

from community.cocreation.asking import visible_asked
from community.cocreation.surveys.tables import survey_questions, surveys
from community.foundation.visibility import Visible
from community.members.viewer import seen

if TYPE_CHECKING:
    from community.members.viewer import ViewerTerms


def visible_surveys(survey: Any, viewer: ViewerTerms) -> Visible:
    """Show surveys in readable spaces; drafts to who made them, moderates there, or runs campaigns."""
    return visible_asked(survey, viewer)


def visible_questions(question: Any, viewer: ViewerTerms) -> Visible:
    """Show the questions of surveys that the viewer may see."""
    return Visible(inherited=lambda: (seen(surveys, visible_surveys, question.c.survey_id, viewer),))


def visible_choices(choice: Any, viewer: ViewerTerms) -> Visible:
    """Show the choices of such questions."""
    return Visible(inherited=lambda: (seen(survey_questions, visible_questions, choice.c.question_id, viewer),))


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
