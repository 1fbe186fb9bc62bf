"""Responses as a table for other programs: a line for each, of an anonymous survey in no order and without anybody's name.

Spreadsheets run what looks like a formula, and what members wrote is not to run there: a cell that begins like one begins
with an apostrophe instead.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from community.cocreation.surveys.errors import ResponsesWithheld
from community.cocreation.surveys.questions import CHOOSING, MEASURING
from community.foundation.csv_cells import safe_cell
from community.foundation.errors import NotFound

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

"""How what a spreadsheet might run begins, also after spaces."""
AT_ONCE = 2_000  # responses

_SURVEY = """
    SELECT anonymous, smallest_result, state,
        (SELECT count(*) FROM survey_response WHERE survey_id = survey.id) AS responses
    FROM survey WHERE id = $1
"""
_QUESTIONS = """
    SELECT position, kind, title,
        (SELECT coalesce(bool_or(takes_text), false) FROM survey_choice WHERE question_id = question.id) AS takes_text
    FROM survey_question AS question WHERE survey_id = $1 ORDER BY position
"""
_CHOICES = """
    SELECT choice.id, choice.title, question.position FROM survey_choice AS choice
        JOIN survey_question AS question ON question.id = question_id WHERE survey_id = $1
"""
# In the order of random ids.
_RESPONSES = """
    SELECT handle, answered_at, numbers, chosen, texts
    FROM survey_response AS response LEFT JOIN member ON member.id = response.member_id
    WHERE survey_id = $1 ORDER BY answered_at, response.id
"""


async def exported(connection: Connection, survey_id: int) -> AsyncIterator[str]:
    """Yield a survey's responses as CSV, some lines at a time, the heading first; in one transaction.

    Raises:
        NotFound: if there is no such survey.
        ResponsesWithheld: if it is anonymous and not closed, or has too few responses.
    """
    survey = await connection.raw.fetchrow(_SURVEY, survey_id)
    if survey is None:
        raise NotFound(what="survey")
    closed, enough = survey["state"] == "CLOSED", survey["responses"] >= survey["smallest_result"]
    if survey["anonymous"] and not (closed and enough):
        raise ResponsesWithheld(smallest=survey["smallest_result"])
    questions = await connection.raw.fetch(_QUESTIONS, survey_id)
    choices = {row["id"]: (row["position"], row["title"]) for row in await connection.raw.fetch(_CHOICES, survey_id)}
    yield _lines([_heading(questions, named=not survey["anonymous"])])
    cursor = await connection.raw.cursor(_RESPONSES, survey_id)
    while found := await cursor.fetch(AT_ONCE):
        yield _lines([_line(questions, choices, row, named=not survey["anonymous"]) for row in found])


def _heading(questions: Sequence[asyncpg.Record], *, named: bool) -> list[str]:
    columns = ["member", "answered at"] if named else []
    for question in questions:
        title = f"{question['position'] + 1}. {question['title']}"
        columns += [title, f"{title} (text)"] if question["takes_text"] else [title]
    return columns


def _line(
    questions: Sequence[asyncpg.Record],
    choices: Mapping[int, tuple[int, str]],
    row: asyncpg.Record,
    *,
    named: bool,
) -> list[str]:
    cells = [safe_cell(row["handle"] or ""), row["answered_at"].isoformat()] if named else []
    for question in questions:
        place = question["position"]
        text, number = row["texts"][place] or "", row["numbers"][place]
        if question["kind"] in MEASURING:
            # A number of ours is one to a spreadsheet too.
            cells.append("" if number is None else f"{number:.15g}")
        elif question["kind"] in CHOOSING:
            named_here = [choices[choice][1] for choice in row["chosen"] if choices[choice][0] == place]
            cells.append(safe_cell("; ".join(named_here)))
            cells += [safe_cell(text)] if question["takes_text"] else []
        else:
            cells.append(safe_cell(text))
    return cells


def _lines(rows: Sequence[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
