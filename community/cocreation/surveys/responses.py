"""Responses: one a member, checked by the survey's logic; by name they can be changed until the survey closes.

A response is given by one statement that looks at everything itself and holds the survey's row: closing waits for those on
their way, and whoever comes later finds it closed. What the answers mark the member with follows in a second statement,
where the survey marks anybody, as it must see what another response of the same member has just changed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from community.cocreation.surveys import events
from community.cocreation.surveys.asking import read_condition
from community.cocreation.surveys.errors import BadAnswerToQuestion, SurveyAnswered, SurveyNotForYou, SurveyNotOpen
from community.cocreation.surveys.logic import Answer, BadAnswer, refuse_bad_response
from community.cocreation.surveys.questions import CHOOSING, LONGEST_ANSWER, SINGLE_CHOICE, TEXT, Question
from community.discussions.access import refuse_archived, sees_space, space_seen
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound, Refusal
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, load_acting, moderates
from community.members.names import INVISIBLE
from community.members.restrictions import Deed

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database

_TERMS = """
    SELECT survey.anonymous, question.id, kind, required, least, most, lowest, highest, whole, longest, asked_if,
        coalesce(choices.ids, '{}') AS choices, coalesce(choices.texts, '{}') AS texts,
        coalesce(choices.marks, false) AS marks
    FROM survey JOIN survey_question AS question ON survey_id = survey.id, LATERAL (
        SELECT array_agg(choice.id ORDER BY choice.position) AS ids, bool_or(tag_id IS NOT NULL) AS marks,
            array_agg(choice.position) FILTER (WHERE takes_text) AS texts
        FROM survey_choice AS choice WHERE question_id = question.id
    ) AS choices
    WHERE survey.id = $1 AND survey.state <> 'DRAFT' ORDER BY question.position
"""
# $1 the survey, $2 and $3 the caller, $4 the event's context.
_MAY_ANSWER = """
    (NOT survey.space_members_only OR EXISTS (
        SELECT FROM space_member WHERE space_member.space_id = survey.space_id AND space_member.member_id = $2::bigint
    ))
"""


def _door(deed: Deed) -> str:
    return f"""
        SELECT survey.id, survey.space_id, survey.anonymous FROM survey JOIN space ON space.id = survey.space_id
        WHERE {in_good_standing(deed)} AND survey.id = $1 AND survey.state = 'OPEN' AND clock_timestamp() < survey.closes_at
            AND space.archived_at IS NULL AND {sees_space(moderates("space.id"))} AND {_MAY_ANSWER}
        FOR KEY SHARE OF survey
    """  # noqa: S608 - made of predicates of ours


_SUBMIT = f"""
    WITH door AS ({_door(Deed.VOTE)}), taking_part AS (
        INSERT INTO survey_participation (survey_id, member_id) SELECT id, $2 FROM door
        ON CONFLICT DO NOTHING RETURNING survey_id
    ), kept AS (
        INSERT INTO survey_response (survey_id, member_id, answered_at, numbers, chosen, texts)
        SELECT id, CASE WHEN NOT anonymous THEN $2 END, CASE WHEN NOT anonymous THEN now() END,
            $5::double precision[], $6::bigint[], $7::text[]
        FROM door WHERE NOT anonymous OR EXISTS (SELECT FROM taking_part)
        ON CONFLICT (survey_id, member_id) DO UPDATE
            SET answered_at = now(), numbers = excluded.numbers, chosen = excluded.chosen, texts = excluded.texts
        RETURNING survey_id
    ), told AS (
        INSERT INTO event (kind, actor_id, subject_kind, subject_id, space_id, context)
        SELECT '{events.SURVEY_ANSWERED}', $2, 'survey', door.id, door.space_id, $4 FROM kept, door WHERE NOT anonymous
    )
    SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
        SELECT EXISTS (SELECT FROM kept) AS kept FROM door
    ) AS outcome ON true
"""  # noqa: S608 - as above
_WITHDRAW = f"""
    WITH door AS ({_door(Deed.OWN)}), gone AS (
        DELETE FROM survey_response AS response USING door
        WHERE response.survey_id = door.id AND response.member_id = $2::bigint RETURNING response.survey_id
    ), parted AS (
        DELETE FROM survey_participation AS part USING gone
        WHERE part.survey_id = gone.survey_id AND part.member_id = $2::bigint
    ), told AS (
        INSERT INTO event (kind, actor_id, subject_kind, subject_id, space_id, context)
        SELECT '{events.SURVEY_RESPONSE_WITHDRAWN}', $2, 'survey', door.id, door.space_id, $4 FROM gone, door
    )
    SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
        SELECT EXISTS (SELECT FROM gone) AS gone, anonymous AND EXISTS (
            SELECT FROM survey_participation AS part WHERE part.survey_id = door.id AND part.member_id = $2::bigint
        ) AS untold FROM door
    ) AS outcome ON true
"""  # noqa: S608 - as above
# Run while the response's row is locked by the statement before, so that of two responses at once the later one decides.
_MARK = f"""
    WITH said AS (
        SELECT DISTINCT choice.tag_id FROM survey_response AS response
            JOIN survey_choice AS choice ON choice.id = ANY(response.chosen)
        WHERE response.survey_id = $1 AND response.member_id = $2 AND choice.tag_id IS NOT NULL
    ), marked AS (
        INSERT INTO member_tag (member_id, tag_id, survey_id) SELECT $2, tag_id, $1 FROM said
        ON CONFLICT DO NOTHING RETURNING tag_id
    ), unmarked AS (
        DELETE FROM member_tag
        WHERE member_id = $2 AND survey_id = $1 AND tag_id NOT IN (SELECT tag_id FROM said) RETURNING tag_id
    )
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id)
    SELECT '{events.MEMBER_TAGGED}', $2, $2, 'tag', tag_id FROM marked
    UNION ALL SELECT '{events.MEMBER_UNTAGGED}', $2, $2, 'tag', tag_id FROM unmarked
"""  # noqa: S608 - names of ours
_SEEN = f"""
    SELECT survey.state = 'OPEN' AND clock_timestamp() < survey.closes_at AS open, survey.space_id,
        {_MAY_ANSWER} AS eligible
    FROM survey WHERE survey.id = $1 AND survey.state <> 'DRAFT' AND $3::boolean IS NOT NULL
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered to a question, as it came: ids, a number, or a text."""

    question_id: int
    choice_ids: Sequence[int] = ()
    number: float | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A response as it is kept: a cell for each question, and all choices."""

    numbers: list[float | None]
    chosen: list[int]
    texts: list[str | None]


async def submit_response(database: Database, caller: Caller, survey_id: int, given: Sequence[Given]) -> None:
    """Answer a survey or, where it goes by name, answer it anew. Commits by itself.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited: if they may not vote.
        NotFound: if they may not see the survey, or it has no such question.
        SurveyNotOpen: if it takes no responses, or none any more.
        SurveyNotForYou: if it is for others.
        SpaceArchived: if its space is read-only.
        BadAnswerToQuestion, Invalid: if the response is none to the survey.
        SurveyAnswered: if it is anonymous, and they answered it before.
    """
    connection = database.autocommit
    terms = await connection.raw.fetch(_TERMS, survey_id)
    row = _Row([], [], [])
    if terms:
        try:
            row = checked(terms, given)
        except Refusal:
            # What is wrong with a response tells of its survey: that is for who may answer there.
            acting = await load_acting(
                connection, caller.member_id, caller.context, with_roles=caller.with_roles, deed=Deed.VOTE
            )
            await _doors(connection, acting, survey_id)
            raise
    if any(question["marks"] for question in terms):
        await database.transact(lambda whole: _submit(whole, caller, survey_id, row, marks=True))
    else:
        await _submit(connection, caller, survey_id, row, marks=False)


async def _submit(connection: Connection, caller: Caller, survey_id: int, row: _Row, *, marks: bool) -> None:
    async def attempt() -> bool | None:
        if not row.numbers:
            return None  # of a survey that is not there, the doors tell
        found = await connection.change(
            *(_SUBMIT, survey_id, caller.member_id, caller.with_roles, dict(caller.context)),
            *(row.numbers, row.chosen, row.texts),
        )
        return found["kept"]  # type: ignore[no-any-return] # of a record

    def doors(acting: Acting) -> Awaitable[None]:
        return _doors(connection, acting, survey_id)

    if not await done_or_refused(connection, caller, attempt, doors, deed=Deed.VOTE):
        raise SurveyAnswered
    if marks:
        await connection.raw.execute(_MARK, survey_id, caller.member_id)


async def withdraw_response(connection: Connection, caller: Caller, survey_id: int) -> bool:
    """Take one's response back, with all that it marked; say whether there was one. Within the caller's transaction.

    The refusals are those of :func:`submit_response`.
    """

    async def attempt() -> asyncpg.Record | None:
        found = await connection.change(_WITHDRAW, survey_id, caller.member_id, caller.with_roles, dict(caller.context))
        return None if found["gone"] is None else found

    def doors(acting: Acting) -> Awaitable[None]:
        return _doors(connection, acting, survey_id)

    done = await done_or_refused(connection, caller, attempt, doors, deed=Deed.OWN)
    if done["untold"]:
        raise SurveyAnswered
    await connection.raw.execute(_MARK, survey_id, caller.member_id)
    return bool(done["gone"])


def checked(terms: Sequence[asyncpg.Record], given: Sequence[Given]) -> _Row:
    """Return a response as it is kept.

    Raises:
        NotFound: for an answer to a question of another survey.
        Invalid: for two answers to a question.
        BadAnswerToQuestion: if an answer is none to its question, is missing, or was not asked for.
    """
    places = {question["id"]: place for place, question in enumerate(terms)}
    answers: dict[int, Answer] = {}
    for each in given:
        place = places.get(each.question_id)
        if place is None:
            raise NotFound(what="question", path=("answers",))
        if place in answers:
            raise BadAnswerToQuestion(number=place + 1, reason="It is answered twice.")
        answers[place] = _answer(terms[place], place, each)
    try:
        refuse_bad_response([rule_of(question) for question in terms], answers)
    except BadAnswer as error:
        raise BadAnswerToQuestion(number=error.place + 1, reason=error.reason) from error
    return _row(terms, answers)


def _answer(question: asyncpg.Record, place: int, given: Given) -> Answer:
    known = {choice: number for number, choice in enumerate(question["choices"])}
    # A choice of another survey is answered as one that is nowhere.
    choices = tuple(known.get(choice, -1) for choice in given.choice_ids)
    text = None if given.text is None else _clean(given.text, place)
    return Answer(choices, None if given.number is None else float(given.number), text)


def _clean(written: str, place: int) -> str:
    try:
        text = clean_text(written, "answers", LONGEST_ANSWER)
    except Invalid as error:
        raise BadAnswerToQuestion(number=place + 1, reason=str(error.fields["reason"])) from error
    if INVISIBLE.search(text.replace("\n", " ").replace("\t", " ")) is not None:
        raise BadAnswerToQuestion(number=place + 1, reason="It has characters that do not show.")
    if text and not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise BadAnswerToQuestion(number=place + 1, reason="It says nothing.")
    return text


def rule_of(question: Mapping[str, Any] | asyncpg.Record) -> Question:
    """Return what may be answered to a question, from its row."""
    return Question(
        question["kind"],
        required=question["required"],
        choices=len(question["choices"]),
        texts=frozenset(question["texts"]),
        least=question["least"] or 1,
        most=question["most"] or 1,
        lowest=question["lowest"] or 0.0,
        highest=question["highest"] or 0.0,
        whole=question["whole"],
        longest=question["longest"] or 0,
        asked_if=read_condition(question["asked_if"]),
    )


def _row(terms: Sequence[asyncpg.Record], answers: Mapping[int, Answer]) -> _Row:
    numbers: list[float | None] = [None] * len(terms)
    texts: list[str | None] = [None] * len(terms)
    chosen: list[int] = []
    for place, answer in answers.items():
        kind = terms[place]["kind"]
        texts[place] = answer.text
        if kind == SINGLE_CHOICE:
            numbers[place] = float(answer.choices[0])
        elif kind in CHOOSING:
            numbers[place] = float(len(answer.choices))
        else:
            numbers[place] = float(len(answer.text or "")) if kind == TEXT else answer.number
        chosen += (terms[place]["choices"][choice] for choice in answer.choices)
    return _Row(numbers, sorted(chosen), texts)


async def _doors(connection: Connection, acting: Acting, survey_id: int) -> None:
    """Refuse whoever the statement would not let in, in the words of what they may know."""
    seen = await connection.raw.fetchrow(_SEEN, survey_id, acting.member_id, acting.with_roles)
    if seen is None:
        raise NotFound(what="survey")
    try:
        space = await space_seen(connection, acting, seen["space_id"])
    except NotFound:
        raise NotFound(what="survey") from None
    refuse_archived(space)
    if not seen["open"]:
        raise SurveyNotOpen
    if not seen["eligible"]:
        raise SurveyNotForYou
