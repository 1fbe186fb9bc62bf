"""Surveys and responses, made by the verbs that members use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.lifecycle import Asked, create_survey, open_survey
from community.cocreation.surveys.responses import Given, submit_response
from community.foundation.database import Database
from community.members.acting import Acting

QUESTIONS = (
    AskedQuestion("SINGLE_CHOICE", "喝什么茶？", choices=[AskedChoice("红茶"), AskedChoice("绿茶", takes_text=True)]),
    AskedQuestion("NPS", "Would you recommend us?"),
    AskedQuestion("TEXT", "还有什么想说的？", longest=500),
)


async def make_survey(
    database: Database,
    acting: Acting,
    space_id: int,
    *,
    title: str = "今年的茶 This year's tea",
    questions: Sequence[AskedQuestion] = QUESTIONS,
    opened: bool = True,
    closes_in: timedelta = timedelta(days=7),
    anonymous: bool = False,
    **asked: Any,
) -> int:
    """Make a survey, by somebody who may; return its id."""
    whole = Asked(title, questions, datetime.now(UTC) + closes_in, anonymous, **asked)
    async with database.writing() as connection:
        survey_id = await create_survey(connection, acting, space_id, whole)
        if opened:
            await open_survey(connection, acting, survey_id)
    return survey_id


async def questions_of(database: Database, survey_id: int) -> list[int]:
    """Return the ids of a survey's questions, in their order."""
    async with database.reading() as connection:
        found = await connection.raw.fetch(
            "SELECT id FROM survey_question WHERE survey_id = $1 ORDER BY position", survey_id
        )
    return [row["id"] for row in found]


async def choices_of(database: Database, question_id: int) -> list[int]:
    """Return the ids of a question's choices, in their order."""
    async with database.reading() as connection:
        found = await connection.raw.fetch(
            "SELECT id FROM survey_choice WHERE question_id = $1 ORDER BY position", question_id
        )
    return [row["id"] for row in found]


async def make_response(
    database: Database, member: Acting, survey_id: int, *answers: int | Sequence[int] | str | None
) -> None:
    """Let a member answer question by question: a number, choices by their places, a text, or nothing."""
    given = []
    for question, answer in zip(await questions_of(database, survey_id), answers, strict=True):
        if isinstance(answer, str):
            given.append(Given(question, text=answer))
        elif isinstance(answer, int):
            given.append(Given(question, number=float(answer)))
        elif answer is not None:
            choices = await choices_of(database, question)
            given.append(Given(question, [choices[place] for place in answer]))
    await submit_response(database, member, survey_id, given)
