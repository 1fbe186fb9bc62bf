"""What can be changed about surveys, and how members answer."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.surveys.conditions import SurveyConditionInput, condition_of
from api.cocreation.surveys.kinds import SurveyQuestionKind
from api.cocreation.surveys.types import Survey
from api.ids import MUTATION_ID, number_of
from api.moderation.screening import refuse_screened
from api.reading.fields import object_type, returned
from community.cocreation.surveys import lifecycle, responses
from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.lifecycle import Asked
from community.cocreation.surveys.questions import LONGEST_ANSWER, MOST_CHOICES, MOST_QUESTIONS
from community.cocreation.surveys.responses import Given
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="What may be chosen as the answer to a question.")
class SurveyChoiceInput:
    """What may be chosen as the answer to a question."""

    title: str = strawberry.field(description="What it is called, 1 to 300 characters.")
    takes_text: bool = strawberry.field(
        description="Whether a text of one's own may go with it, as with “Other”.", default=False
    )
    tag: strawberry.ID | None = strawberry.field(
        description="A tag with which to mark who names it; in surveys by name alone.", default=None
    )


@strawberry.input(description="A question. What goes with other kinds is left out.")
class SurveyQuestionInput:
    """A question. What goes with other kinds is left out."""

    kind: SurveyQuestionKind = strawberry.field(description="What it asks for.")
    title: str = strawberry.field(description="The question, 1 to 300 characters.")
    required: bool = strawberry.field(description="Whether it must be answered where it is asked.", default=False)
    choices: list[SurveyChoiceInput] | None = strawberry.field(
        description=f"What may be chosen, 2 to {MOST_CHOICES}.", default=None
    )
    least: int | None = strawberry.field(description="Of several choices: how many at least; else 1.", default=None)
    most: int | None = strawberry.field(description="Of several choices: how many at most; else all.", default=None)
    lowest: float | None = strawberry.field(description="Of scales and numbers: the least.", default=None)
    highest: float | None = strawberry.field(description="Of scales and numbers: the greatest.", default=None)
    lowest_label: str | None = strawberry.field(description="What a scale's lowest step is called.", default=None)
    highest_label: str | None = strawberry.field(description="What a scale's highest step is called.", default=None)
    whole: bool | None = strawberry.field(
        description="Of numbers: whether they are whole; else they are.", default=None
    )
    longest: int | None = strawberry.field(
        description=f"Of texts: how many characters at most; else {LONGEST_ANSWER:,}.", default=None
    )
    asked_if: SurveyConditionInput | None = strawberry.field(
        description="What must hold of earlier answers for it to be asked; else it always is.", default=None
    )


@strawberry.input(description="Questions to the community.")
class CreateSurveyInput:
    """Questions to the community."""

    space: strawberry.ID = strawberry.field(description="Where it is asked.")
    title: str = strawberry.field(description="What it is about, 1 to 200 characters.")
    body: str = strawberry.field(description="What there is to say about it, as Markdown.", default="")
    questions: list[SurveyQuestionInput] = strawberry.field(
        description=f"What is asked, in order: 1 to {MOST_QUESTIONS} questions."
    )
    anonymous: bool = strawberry.field(
        description="Whether nothing links who answered and what was answered. It stays as it is said here."
    )
    closes_at: datetime = strawberry.field(description="When it closes, within a year.")
    space_members_only: bool = strawberry.field(
        description="Whether only who joined the space may answer.", default=False
    )
    results_public: bool = strawberry.field(
        description="Whether everybody sees the results once it is closed.", default=False
    )
    smallest_result: int = strawberry.field(
        description=f"Of fewer responses nothing is told; {lifecycle.SMALLEST_RESULT} at least.",
        default=lifecycle.SMALLEST_RESULT,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which survey.")
class SurveyInput:
    """Which survey."""

    survey: strawberry.ID = strawberry.field(description="The survey's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="The answer to a question: what its kind asks for, and nothing else.")
class SurveyAnswerInput:
    """The answer to a question: what its kind asks for, and nothing else."""

    question: strawberry.ID = strawberry.field(description="The question's id.")
    choices: list[strawberry.ID] | None = strawberry.field(description="The choices' ids.", default=None)
    number: float | None = strawberry.field(description="The number.", default=None)
    text: str | None = strawberry.field(
        description="The text, or what is to go with a choice that takes one.", default=None
    )


@strawberry.input(description="A response to a survey.")
class SubmitSurveyResponseInput:
    """A response to a survey."""

    survey: strawberry.ID = strawberry.field(description="The survey's id.")
    answers: list[SurveyAnswerInput] = strawberry.field(
        description="The answers to the questions that are asked after one another's answers, each once."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateSurveyPayload(Returns):
    """What `createSurvey` answers."""

    survey: Survey | None = returned("The draft.")


@payload
class OpenSurveyPayload(Returns):
    """What `openSurvey` answers."""

    survey: Survey | None = returned("The survey, open now.")


@payload
class CloseSurveyPayload(Returns):
    """What `closeSurvey` answers."""

    survey: Survey | None = returned("The survey, closed now.")


@payload
class SubmitSurveyResponsePayload(Returns):
    """What `submitSurveyResponse` answers."""

    survey: Survey | None = returned("The survey, with the viewer's response where it goes by name.")


def _asked(given: SurveyQuestionInput, number: int) -> AskedQuestion:
    return AskedQuestion(
        kind=given.kind.name,
        title=given.title,
        required=given.required,
        choices=[
            AskedChoice(each.title, each.takes_text, None if each.tag is None else number_of("tag", each.tag))
            for each in given.choices or ()
        ],
        least=given.least,
        most=given.most,
        lowest=given.lowest,
        highest=given.highest,
        lowest_label=given.lowest_label,
        highest_label=given.highest_label,
        whole=given.whole,
        longest=given.longest,
        asked_if=condition_of(given.asked_if, number),
    )


@payload
class WithdrawSurveyResponsePayload(Returns):
    """What `withdrawSurveyResponse` answers."""

    survey: Survey | None = returned("The survey, without a response of the viewer's.")


@object_type
class SurveyMutations:
    """What can be changed about surveys, and how members answer."""

    @change
    async def create_survey(info: Change, input: CreateSurveyInput) -> CreateSurveyPayload:
        """Make a draft of a survey. For who runs campaigns, and a space's moderators there."""
        acting = await info.acting()
        asked = Asked(
            title=input.title,
            body=input.body,
            questions=[_asked(question, number) for number, question in enumerate(input.questions, 1)],
            closes_at=input.closes_at,
            anonymous=input.anonymous,
            space_members_only=input.space_members_only,
            results_public=input.results_public,
            smallest_result=input.smallest_result,
        )
        space_id = number_of("space", input.space)
        return CreateSurveyPayload.of(survey=await lifecycle.create_survey(info.connection, acting, space_id, asked))

    @change
    async def open_survey(info: Change, input: SurveyInput) -> OpenSurveyPayload:
        """Let members answer, until the survey closes."""
        acting = await info.acting()
        survey_id = number_of("survey", input.survey)
        await lifecycle.open_survey(info.connection, acting, survey_id)
        return OpenSurveyPayload.of(survey=survey_id)

    @change
    async def close_survey(info: Change, input: SurveyInput) -> CloseSurveyPayload:
        """Close a survey before its time."""
        acting = await info.acting()
        survey_id = number_of("survey", input.survey)
        await lifecycle.close_survey(info.connection, acting, survey_id)
        return CloseSurveyPayload.of(survey=survey_id)

    # By itself, and so without what is kept for an Idempotency-Key: a digest of the request beside its sender's number
    # would tell their answers to whoever tries a few. Sent again, a response by name says the same, and one that is
    # anonymous is refused.
    @change(standalone=True, deed=Deed.VOTE)
    async def submit_survey_response(info: Change, input: SubmitSurveyResponseInput) -> SubmitSurveyResponsePayload:
        """Answer a survey, once; by name, answer it anew until it closes. The community's rules may refuse a text."""
        survey_id = number_of("survey", input.survey)
        given = [
            Given(
                number_of("survey_question", each.question),
                [number_of("survey_choice", choice) for choice in each.choices or ()],
                each.number,
                each.text,
            )
            for each in input.answers
        ]
        caller = info.caller()
        # One by one: together they may be longer than what rules are asked of.
        for text in [each.text for each in given if each.text]:
            await refuse_screened(info, Draft(Kind.ANSWER, text, within=("survey", survey_id)))
        await responses.submit_response(info.database, caller, survey_id, given)
        return SubmitSurveyResponsePayload.of(survey=survey_id)

    @change(deed=Deed.OWN)
    async def withdraw_survey_response(info: Change, input: SurveyInput) -> WithdrawSurveyResponsePayload:
        """Take one's response back, with the tags that it gave, while the survey is open. Not from an anonymous survey."""
        survey_id = number_of("survey", input.survey)
        await responses.withdraw_response(info.connection, info.caller(), survey_id)
        return WithdrawSurveyResponsePayload.of(survey=survey_id)
