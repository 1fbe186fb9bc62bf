"""Responses in a file: all that was answered, nothing that runs, and of an anonymous survey nobody's name."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.errors import ResponsesWithheld
from community.cocreation.surveys.exporting import exported
from community.cocreation.surveys.lifecycle import close_survey
from community.cocreation.surveys.responses import Given, submit_response
from community.foundation.csv_cells import FORMULA, safe_cell
from community.foundation.database import Database
from community.foundation.errors import NotFound
from community.members.roles import Role
from tests.factories.discussions import make_acting, make_space
from tests.factories.surveys import choices_of, make_response, make_survey, questions_of

PROPERTY = settings(deadline=None)

ASKED = (
    AskedQuestion(
        "MULTIPLE_CHOICE", "喝什么茶？", choices=[AskedChoice("红茶"), AskedChoice("=其他", takes_text=True)]
    ),
    AskedQuestion("SCALE", "How strong?", lowest=-3, highest=3),
    AskedQuestion("TEXT", "还有什么？", longest=200),
)


async def written(database: Database, survey: int) -> list[list[str]]:
    async with database.writing() as connection:
        text = "".join([part async for part in exported(connection, survey)])
    return list(csv.reader(StringIO(text, newline="")))


async def test_responses_by_name_have_their_members(database: Database) -> None:
    marketer, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database, "lu.yu")
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED)
    drinks, strong, text = await questions_of(database, survey)
    choices = await choices_of(database, drinks)
    given = [
        Given(drinks, choices, text="+1 HYPERLINK"),
        Given(strong, number=-3),
        Given(text, text='=cmd|"/C calc"!A0, “引号”\n第二行'),
    ]
    await submit_response(database, member, survey, given)

    heading, line = await written(database, survey)

    assert heading == [
        "member",
        "answered at",
        "1. 喝什么茶？",
        "1. 喝什么茶？ (text)",
        "2. How strong?",
        "3. 还有什么？",
    ]
    assert line[0] == "lu.yu"
    assert line[2:] == ["红茶; =其他", "'+1 HYPERLINK", "-3", '\'=cmd|"/C calc"!A0, “引号”\n第二行']


async def test_anonymous_responses_have_nobody_and_wait_for_the_end(database: Database) -> None:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    space = await make_space(database)
    survey, few = [await make_survey(database, marketer, space, questions=ASKED, anonymous=True) for _ in range(2)]
    members = [await make_acting(database) for _ in range(5)]
    for place, member in enumerate(members):
        await make_response(database, member, survey, [0], place - 2, f"@{place}")
    await make_response(database, members[0], few, [0], 0, None)
    with pytest.raises(ResponsesWithheld):
        await written(database, survey)
    async with database.writing() as connection:
        for each in (survey, few):
            await close_survey(connection, marketer, each)

    heading, *lines = await written(database, survey)

    assert heading[0] == "1. 喝什么茶？"
    assert sorted(line[2:] for line in lines) == sorted([str(place - 2), f"'@{place}"] for place in range(5))
    with pytest.raises(ResponsesWithheld):
        await written(database, few)
    with pytest.raises(NotFound):
        await written(database, 777)


@PROPERTY
@given(st.text(max_size=20) | st.tuples(st.sampled_from(" \u3000"), st.sampled_from("=+-@＝＋－＠")).map("".join))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = safe_cell(text)

    assert cell in {text, f"'{text}"}
    assert not cell.lstrip(" \u3000").startswith((*FORMULA, "＝", "＋", "－", "＠"))
