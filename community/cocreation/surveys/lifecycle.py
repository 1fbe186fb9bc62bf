"""Surveys: made, opened, and closed by the database's clock or before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.asking import asked_seen, may_ask, require_asking
from community.cocreation.surveys import events
from community.cocreation.surveys.asking import AskedQuestion, Cleaned, cleaned, stored_condition
from community.cocreation.surveys.counting import keep_counts
from community.cocreation.surveys.errors import BadQuestionInSurvey, SurveyNotDraft, SurveyNotOpen
from community.cocreation.surveys.mixing import mix_all
from community.cocreation.surveys.questions import CHOOSING, MEASURING, TEXT
from community.discussions.access import refuse_archived, space_seen, tag_seen
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.acting import Acting
from community.members.names import clean_line

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
LONGEST_SURVEY = timedelta(days=366)
SMALLEST_RESULT = 5
"""Of how many responses at least anything is told, unless the survey asks for more."""
LARGEST_SMALLEST_RESULT = 1_000

_INSERT = """
    INSERT INTO survey (space_id, created_by, title, body, body_html, anonymous, space_members_only, results_public,
        smallest_result, closes_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
"""
_INSERT_QUESTION = """
    INSERT INTO survey_question (survey_id, position, kind, title, required, least, most, lowest, highest, lowest_label,
        highest_label, whole, longest, asked_if)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id
"""
_INSERT_CHOICES = """
    INSERT INTO survey_choice (question_id, position, title, takes_text, tag_id)
    SELECT $1, place - 1, title, takes_text, tag_id
    FROM unnest($2::text[], $3::boolean[], $4::bigint[]) WITH ORDINALITY AS choice (title, takes_text, tag_id, place)
"""
# Whoever responds holds FOR KEY SHARE, so that no response is on its way when a survey closes.
_LOCKED = "SELECT survey.*, clock_timestamp() >= closes_at AS over FROM survey WHERE id = $1 FOR UPDATE"
_OPEN = "UPDATE survey SET state = 'OPEN', opened_at = now() WHERE id = $1"
_CLOSE = "UPDATE survey SET state = 'CLOSED', closed_at = now(), closes_at = least(closes_at, now()) WHERE id = $1"
_DUE = """
    SELECT id, space_id, anonymous FROM survey WHERE state = 'OPEN' AND closes_at <= now() ORDER BY id LIMIT 100
    FOR UPDATE SKIP LOCKED
"""
_IS_LATER = "SELECT $1::timestamptz > now() AND $1::timestamptz < now() + $2::interval"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a survey asks, of whom, and who is told what came of it."""

    title: str
    questions: Sequence[AskedQuestion]
    closes_at: datetime
    anonymous: bool
    body: str = ""
    space_members_only: bool = False
    results_public: bool = False
    smallest_result: int = SMALLEST_RESULT


async def create_survey(connection: Connection, acting: Acting, space_id: int, asked: Asked) -> int:
    """Make a draft of a survey; return its id.

    Raises:
        NotFound: if the member may not see the space, or a tag.
        NotPermitted: unless they run campaigns, or moderate there.
        SpaceArchived: if it is read-only.
        BadQuestionInSurvey: if a question cannot be asked, naming it.
        Invalid: if anything else is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    _require(acting, space_id)
    refuse_archived(space)
    if not await connection.raw.fetchval(_IS_LATER, asked.closes_at, LONGEST_SURVEY):
        raise Invalid(field="closesAt", reason=f"A survey closes in the future, within {LONGEST_SURVEY.days} days.")
    if not SMALLEST_RESULT <= asked.smallest_result <= LARGEST_SMALLEST_RESULT:
        reason = f"Nothing is told of fewer than {SMALLEST_RESULT} to {LARGEST_SMALLEST_RESULT:,} responses."
        raise Invalid(field="smallestResult", reason=reason)
    title = clean_line(asked.title, "title", LONGEST_TITLE)
    if not title:
        raise Invalid(field="title", reason="There is a title.")
    body = clean_text(asked.body, "body", LONGEST_BODY)
    questions = cleaned(asked.questions)
    for place, question in enumerate(asked.questions):
        if question.tags and asked.anonymous:
            raise BadQuestionInSurvey(
                number=place + 1, reason="Answers that nobody gave by name mark nobody with a tag."
            )
        for tag_id in sorted(question.tags):
            try:
                await tag_seen(connection, acting, tag_id)
            except NotFound:
                raise NotFound(what="tag", path=("questions", str(place))) from None
    survey_id: int = await connection.raw.fetchval(
        _INSERT,
        *(space_id, acting.member_id, title, body, render(body).html, asked.anonymous, asked.space_members_only),
        *(asked.results_public, asked.smallest_result, asked.closes_at),
    )
    for place, question in enumerate(asked.questions):
        await _insert_question(connection, survey_id, place, question, questions[place])
    await _record(connection, events.SURVEY_CREATED, acting.member_id, survey_id, space_id)
    return survey_id


async def _insert_question(
    connection: Connection, survey_id: int, place: int, question: AskedQuestion, kept: Cleaned
) -> None:
    rule = kept.rule
    question_id = await connection.raw.fetchval(
        _INSERT_QUESTION,
        *(survey_id, place, rule.kind, kept.title, rule.required),
        *((rule.least, rule.most) if rule.kind in CHOOSING else (None, None)),
        *((rule.lowest, rule.highest) if rule.kind in MEASURING else (None, None)),
        *(*kept.labels, rule.whole, rule.longest if rule.kind == TEXT else None, stored_condition(rule.asked_if)),
    )
    takes_text = [choice.takes_text for choice in question.choices]
    tags = [choice.tag_id for choice in question.choices]
    await connection.raw.execute(_INSERT_CHOICES, question_id, kept.choices, takes_text, tags)


async def open_survey(connection: Connection, acting: Acting, survey_id: int) -> None:
    """Let members answer.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for making one.
        SurveyNotDraft: if it was opened before.
        Invalid: if its time is over already.
    """
    survey = await _managed(connection, acting, survey_id)
    if survey["state"] != "DRAFT":
        raise SurveyNotDraft
    if survey["over"]:
        raise Invalid(field="survey", reason="Its time is over.")
    await connection.raw.execute(_OPEN, survey_id)
    await _record(connection, events.SURVEY_OPENED, acting.member_id, survey_id, survey["space_id"])


async def close_survey(connection: Connection, acting: Acting, survey_id: int) -> None:
    """Take no responses any more.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for making one.
        SurveyNotOpen: if it is not open.
    """
    survey = await _managed(connection, acting, survey_id)
    if survey["state"] != "OPEN":
        raise SurveyNotOpen
    await _close(connection, survey, acting.member_id)


async def close_due(connection: Connection) -> int:
    """Close the surveys whose time is over; return how many there were."""
    due = await connection.raw.fetch(_DUE)
    for survey in due:
        await _close(connection, survey, None)
    return len(due)


async def _close(connection: Connection, survey: asyncpg.Record, actor_id: int | None) -> None:
    await connection.raw.execute(_CLOSE, survey["id"])
    await connection.raw.execute("SET LOCAL statement_timeout = 0")
    if survey["anonymous"]:
        await mix_all(connection, survey["id"])
    await keep_counts(connection, survey["id"])
    await _record(connection, events.SURVEY_CLOSED, actor_id, survey["id"], survey["space_id"])


async def _managed(connection: Connection, acting: Acting, survey_id: int) -> asyncpg.Record:
    """Return a survey that the member may manage, locked: no response is on its way into it.

    Raises:
        NotFound: if they may not see it.
        NotPermitted: if they may not manage it.
        SpaceArchived: if its space is read-only.
    """
    found = await connection.raw.fetchrow(_LOCKED, survey_id)
    knows_drafts = found is not None and may_ask(acting, found["space_id"])
    survey, space = await asked_seen(connection, acting, found, "survey", knows_drafts=knows_drafts)
    _require(acting, survey["space_id"])
    refuse_archived(space)
    return survey


def _require(acting: Acting, space_id: int) -> None:
    require_asking(acting, space_id, "ask the community in a survey here")


async def _record(connection: Connection, kind: str, actor_id: int | None, survey_id: int, space_id: int) -> None:
    happened = Event(kind, actor_id=actor_id, subject_kind="survey", subject_id=survey_id, space_id=space_id)
    await record(connection, happened)
