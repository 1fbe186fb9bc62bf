"""Surveys as GraphQL shows them: what is asked, the viewer's own response, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.cocreation.surveys.arguments import SurveySegmentationInput
from api.cocreation.surveys.conditions import SurveyCondition, shown_condition
from api.cocreation.surveys.counts import counts
from api.cocreation.surveys.kinds import SurveyQuestionKind
from api.cocreation.surveys.result_types import SurveyResults
from api.cocreation.surveys.sources import (
    MOST_TEXTS,
    answers_of,
    choices_of,
    chosen_of,
    has_answered,
    may_answer,
    participant_count,
    questions_of,
    responses_of,
    sees_responses,
    texts_of,
)
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, computed, connection, entity, expression, object_type, reference, rows
from community.cocreation.surveys.counting import ONE
from community.cocreation.surveys.questions import MOST_CHOICES, MOST_QUESTIONS
from community.cocreation.surveys.results import results
from community.cocreation.surveys.tables import (
    member_tags,
    survey_choices,
    survey_questions,
    survey_responses,
    surveys,
)
from community.cocreation.surveys.visibility import (
    visible_choices,
    visible_member_tags,
    visible_questions,
    visible_responses,
    visible_surveys,
)

if TYPE_CHECKING:
    from api.discussions.space_types import Space, Tag
    from api.members.types import Member

LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]
LazyTag = Annotated["Tag", strawberry.lazy("api.discussions.space_types")]


@strawberry.enum(description="How far a survey has come.")
class SurveyState(Enum):
    """How far a survey has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="It is being prepared; few see it.")
    OPEN = strawberry.enum_value("OPEN", description="Members answer, until it closes.")
    CLOSED = strawberry.enum_value("CLOSED", description="No response is taken any more.")


@entity("survey_choice", survey_choices, visible_choices)
class SurveyChoice(Node):
    """What may be chosen as the answer to a question."""

    number: int = expression(lambda scope: scope.row.c.position + ONE, "Its place among the choices, from 1.")
    title: str = column("title", "What it is called.")
    takes_text: bool = column("takes_text", "Whether a text of one's own may go with it, as with “Other”.")
    tag: LazyTag | None = reference(
        lambda scope: scope.row.c.tag_id, "The tag with which it marks who names it; null where it marks nobody."
    )


@entity("survey_question", survey_questions, visible_questions)
class SurveyQuestion(Node):
    """A question of a survey."""

    number: int = expression(lambda scope: scope.row.c.position + ONE, "Its place in the survey, from 1.")
    kind: SurveyQuestionKind = column("kind", "What it asks for.")
    title: str = column("title", "The question.")
    required: bool = column("required", "Whether it must be answered where it is asked.")
    choices: list[SurveyChoice] = rows(choices_of, "What may be chosen; none where nothing is.", limit=MOST_CHOICES)
    least: int | None = column("least", "How many choices are named at least.")
    most: int | None = column("most", "How many choices are named at most.")
    lowest: float | None = column("lowest", "The least number that is an answer.")
    highest: float | None = column("highest", "The greatest number that is an answer.")
    lowest_label: str | None = column("lowest_label", "What the lowest step of a scale is called.")
    highest_label: str | None = column("highest_label", "What the highest step of a scale is called.")
    whole: bool = column("whole", "Whether numbers are whole.")
    longest: int | None = column("longest", "How many characters a text has at most.")
    asked_if: SurveyCondition | None = computed(
        lambda scope: (scope.row.c.asked_if,),
        shown_condition,
        "What must hold of earlier answers for it to be asked; null: it always is.",
    )
    texts: list[str] | None = expression(
        texts_of,
        "What was written as its answer, or beside its choices, shuffled. For who may see insights; null while it is not "
        "to be told, and where fewer wrote than the survey's `smallestResult`.",
        arguments={"first": Argument(int, f"How many of them, 1 to {MOST_TEXTS}.", 100)},
        cost=100,
    )


@object_type
class SurveyAnswer:
    """What was answered to one question."""

    question: SurveyQuestion | None = reference(lambda scope: scope.row.c.question_id, "Which question.")
    choices: list[SurveyChoice] = rows(chosen_of, "The choices that it names.", limit=MOST_CHOICES)
    number: float | None = column("number", "The number, where one was asked for.")
    text: str | None = column("text", "The text, or what was written beside a choice.")


@entity("survey_response", survey_responses, visible_responses)
class SurveyResponse:
    """What a member answered in a survey that goes by name."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who answered.")
    answered_at: datetime = column("answered_at", "When, or when last.")
    answers: list[SurveyAnswer] = rows(answers_of, "What was answered, question by question.", limit=MOST_QUESTIONS)


@entity("survey", surveys, visible_surveys)
class Survey(Node):
    """Questions to the community, answered by name or anonymously, until a time."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is asked.", inherits=True)
    title: str = column("title", "What it is about.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    anonymous: bool = column(
        "anonymous", "Whether nothing links who answered and what was answered; such a response cannot be changed."
    )
    space_members_only: bool = column("space_members_only", "Whether only who joined the space may answer.")
    results_public: bool = column("results_public", "Whether everybody sees the results once it is closed.")
    smallest_result: int = column("smallest_result", "Of fewer responses nothing is told.")
    state: SurveyState = column("state", "How far it has come.")
    created_at: datetime = column("created_at", "When it was made.")
    opened_at: datetime | None = column("opened_at", "When it was opened.")
    closes_at: datetime = column("closes_at", "Responses are taken before this moment, by the database's clock.")
    closed_at: datetime | None = column("closed_at", "When it was closed.")
    questions: list[SurveyQuestion] = rows(questions_of, "What is asked, in order.", limit=MOST_QUESTIONS)
    participant_count: int | None = expression(
        participant_count, "How many have answered so far. For who may see insights; null for all others.", cost=10
    )
    viewer_can_answer: bool = expression(
        may_answer, "Whether the viewer may answer now, or answer anew where the survey goes by name."
    )
    viewer_has_answered: bool = expression(has_answered, "Whether the viewer has answered.")
    viewer_response: SurveyResponse | None = reference(
        lambda scope: scope.row.c.id,
        "What the viewer answered; null if nothing, and in an anonymous survey, where nobody can tell.",
        column="survey_id",
        also=lambda scope, response: (response.c.member_id == scope.viewer.member_id,),
    )
    responses: Connection[SurveyResponse] | None = connection(
        responses_of,
        "What each member answered, by name, in the order in which they came to the community. For who may see insights; "
        "null for all others, and in an anonymous survey.",
        exists=sees_responses,
    )
    results: SurveyResults | None = computed(
        counts,
        results,
        "What came of it. For who may see insights, of an anonymous survey once it is closed; for everybody once it is "
        "closed, where `resultsPublic` says so; null otherwise.",
        arguments={
            "segment_by": Argument(
                SurveySegmentationInput | None, "By what to part those who answered; for who may see insights.", None
            )
        },
        cost=1_000,
    )


@entity("member_tag", member_tags, visible_member_tags)
class MemberTag:
    """A tag that a member's own answer in a survey by name gave them."""

    tag: LazyTag | None = reference(lambda scope: scope.row.c.tag_id, "The tag.")
    survey: Survey | None = reference(lambda scope: scope.row.c.survey_id, "In which survey they said so.")
    marked_at: datetime = column("marked_at", "When they first said so.")
