"""What is no survey and what is no response is refused, with the question named, and leaves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.surveys.questionnaire import QUESTIONS, answer, choice_id, make, said
from tests.api.conftest import Client
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_post, make_space


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


REFUSED: list[tuple[str, dict[int, Any], str]] = [
    ("a required question left out", {1: [1]}, "Question 4"),
    ("a question that was not asked", {1: [3], 2: [1], 4: 9}, "Question 2"),
    ("one that was asked, and required, left out", {1: [1], 4: 6}, "Question 5"),
    ("two of one choice", {1: [1, 2], 4: 9}, "Question 1"),
    ("a choice twice", {1: [1], 2: [1, 1], 4: 9}, "Question 2"),
    ("more choices than there may be", {1: [1], 2: [1, 2, 3], 4: 9}, "Question 2"),
    ("a number where choices are", {1: 1, 4: 9}, "Question 1"),
    ("a step off the scale", {1: [1], 3: 8, 4: 9}, "Question 3"),
    ("half a step", {1: [1], 3: 2.5, 4: 9}, "Question 3"),
    ("a score above 10", {1: [1], 4: 11}, "Question 4"),
    ("a huge number", {1: [1], 4: 9, 7: 1e18}, "Question 7"),
    ("a negative number", {1: [1], 4: 9, 7: -0.5}, "Question 7"),
    ("a text where a number is", {1: [1], 4: "九"}, "Question 4"),
    ("a text too long", {1: [1], 4: 0, 5: "长" * 41}, "Question 5"),
    ("an empty text", {1: [1], 4: 0, 5: " "}, "Question 5"),
    ("a text with a zero-width space", {1: [1], 4: 0, 5: "hot\u200bwater"}, "Question 5"),
    ("a text with a control character", {1: [1], 4: 0, 5: "hot\u0007"}, "Question 5"),
    ("a text that turns its neighbours", {1: [1], 4: 0, 5: "\u202ehot"}, "Question 5"),
    ("a text of joiners alone", {1: [1], 4: 0, 5: "\u200d\u200d"}, "Question 5"),
    ("nothing at all", {1: {}, 4: 9}, "Question 1"),
    ("a number and a text", {1: [1], 4: {"number": 9, "text": "九"}}, "Question 4"),
]


@pytest.mark.parametrize(("answers", "named"), [pytest.param(*each[1:], id=each[0]) for each in REFUSED])
async def test_a_response_that_is_none_is_refused_with_the_question_named(
    graphql: Client, database: Database, marketer: Acting, answers: dict[int, Any], named: str
) -> None:
    survey, member = await make(graphql, marketer, await make_space(database)), await make_acting(database)
    await graphql.token(member)
    before = await contents(database)

    done = await answer(graphql, member, survey, answers)

    (error,) = done["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_ANSWER", ["input", "answers"])
    assert error["message"].startswith(f"{named}: ")
    assert await contents(database) == before


async def test_ids_of_another_survey_are_nowhere(graphql: Client, database: Database, marketer: Acting) -> None:
    space, member = await make_space(database), await make_acting(database)
    survey, other = [await make(graphql, marketer, space) for _ in range(2)]
    await graphql.token(member)
    before = await contents(database)
    right = said(survey, {1: [1], 4: 9})

    async def refused(*given: Any) -> Any:
        done = await graphql.change(
            "submitSurveyResponse", "survey { id }", as_=member, survey=survey["id"], answers=list(given)
        )
        (error,) = done["userErrors"]
        return error["code"], error["message"]

    assert await refused(*right, *said(other, {3: 1})) == ("NOT_FOUND", "There is no question here that you may see.")
    chosen = {"question": right[0]["question"], "choices": [choice_id(other, 1, 1)]}
    assert await refused(chosen, right[1]) == ("BAD_ANSWER", "Question 1: It has no such choice.")
    chosen["choices"] = [choice_id(survey, 2, 1)]
    assert await refused(chosen, right[1]) == ("BAD_ANSWER", "Question 1: It has no such choice.")
    assert await refused(*right, right[0]) == ("BAD_ANSWER", "Question 1: It is answered twice.")
    assert await contents(database) == before


BAD_SURVEYS: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown choice", {"askedIf": {"question": 1, "choices": [4]}}, "Question 8"),
    ("a later question", {"askedIf": {"question": 9}}, "Question 8"),
    ("itself", {"askedIf": {"question": 8}}, "Question 8"),
    ("no question", {"askedIf": {"question": 0}}, "Question 8"),
    ("nothing", {"askedIf": {}}, "Question 8"),
    ("no parts", {"askedIf": {"all": []}}, "Question 8"),
    ("numbers of a choice", {"askedIf": {"question": 1, "atLeast": 1}}, "Question 8"),
    ("choices of a number", {"askedIf": {"question": 3, "choices": [1]}}, "Question 8"),
    ("more than the scale has", {"askedIf": {"question": 3, "atLeast": 8}}, "Question 8"),
    ("between two steps", {"askedIf": {"question": 3, "atLeast": 2.2, "atMost": 2.8}}, "Question 8"),
    ("two of one choice",
     {"askedIf": {"all": [{"question": 1, "choices": [1]}, {"question": 1, "choices": [2]}]}}, "Question 8"),
    ("an answer to what was not asked then",
     {"askedIf": {"all": [{"question": 5}, {"question": 4, "atLeast": 9}]}}, "Question 8"),
    ("three of two choices",
     {"askedIf": {"all": [{"question": 2, "choices": [choice]} for choice in (1, 2, 3)]}}, "Question 8"),
    ("deep logic", {"askedIf": {"all": [{"all": [{"any": [{"any": [{"question": 1}]}]}]}]}}, "Question 8"),
    ("long logic", {"askedIf": {"any": [{"question": 1}] * 21}}, "Question 8"),
    ("one choice", {"kind": "SINGLE_CHOICE", "choices": [{"title": "只有"}]}, "Question 8"),
    ("a hidden character", {"title": "茶\u200b"}, "Question 8"),
    ("no title", {"title": " "}, "Question 8"),
    ("a scale of one step", {"kind": "SCALE", "lowest": 1, "highest": 1}, "Question 8"),
    ("a scale of halves", {"kind": "SCALE", "lowest": 0.5, "highest": 5}, "Question 8"),
    ("no bounds", {"kind": "NUMBER"}, "Question 8"),
    ("bounds beyond all", {"kind": "NUMBER", "lowest": 0, "highest": 1e15}, "Question 8"),
    ("bounds of NPS", {"kind": "NPS", "lowest": 0, "highest": 5}, "Question 8"),
    ("a length of 0", {"longest": 0}, "Question 8"),
    ("a length of a million", {"longest": 1_000_000}, "Question 8"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "named"), [pytest.param(*each[1:], id=each[0]) for each in BAD_SURVEYS])
async def test_a_survey_that_cannot_be_answered_is_refused_with_the_question_named(
    graphql: Client, database: Database, marketer: Acting, question: dict[str, Any], named: str
) -> None:
    space = await make_space(database)
    await graphql.token(marketer)
    before = await contents(database)

    done = await graphql.change(
        "createSurvey",
        "survey { id }",
        as_=marketer,
        space=f"space_{space}",
        title="x",
        anonymous=False,
        closesAt=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
        questions=[*QUESTIONS, {"kind": "TEXT", "title": "Then?", **question}],
    )

    (error,) = done["userErrors"]
    assert (error["code"], done["survey"]) == ("BAD_QUESTION", None)
    assert error["message"].startswith(f"{named}: ")
    assert await contents(database) == before


async def test_what_else_a_survey_may_not_be(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    post = await make_post(database, marketer, space, tags=("茶",))
    assert post
    async with database.reading() as connection:
        tag = await connection.raw.fetchval("SELECT id FROM tag")
    marked = {
        "kind": "SINGLE_CHOICE",
        "title": "茶？",
        "choices": [{"title": "是", "tag": f"tag_{tag}"}, {"title": "否"}],
    }

    async def refused(**given: Any) -> tuple[str, Any]:
        asked = {
            "space": f"space_{space}",
            "title": "x",
            "anonymous": False,
            "closesAt": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
            "questions": QUESTIONS[:1],
        }
        done = await graphql.change("createSurvey", "survey { id }", as_=marketer, **asked | given)
        (error,) = done["userErrors"]
        return error["code"], error["path"]

    assert await refused(closesAt="2020-01-01T00:00:00Z") == ("INVALID", ["input", "closesAt"])
    assert await refused(closesAt="2999-01-01T00:00:00Z") == ("INVALID", ["input", "closesAt"])
    assert await refused(smallestResult=4) == ("INVALID", ["input", "smallestResult"])
    assert await refused(smallestResult=2**31 - 1) == ("INVALID", ["input", "smallestResult"])
    assert await refused(questions=[]) == ("INVALID", ["input", "questions"])
    assert await refused(questions=QUESTIONS[:1] * 51) == ("INVALID", ["input", "questions"])
    assert await refused(title="\u200b") == ("INVALID", ["input", "title"])
    assert await refused(space="space_777") == ("NOT_FOUND", ["input", "space"])
    assert await refused(questions=[marked], anonymous=True) == ("BAD_QUESTION", ["input", "questions", "0"])
    nowhere = marked | {"choices": [{"title": "a", "tag": "tag_777"}, {"title": "b"}]}
    assert await refused(questions=[nowhere]) == ("NOT_FOUND", ["input", "questions", "0"])
