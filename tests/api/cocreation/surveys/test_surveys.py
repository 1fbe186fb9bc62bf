"""A survey from beginning to end, as who asks and who answers see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.cocreation.surveys.errors import SurveyNotOpen
from community.cocreation.surveys.lifecycle import close_due
from community.cocreation.surveys.responses import Given, submit_response
from community.discussions.spaces import join_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_post, make_space, suspend
from tests.factories.surveys import make_response, make_survey, questions_of
from tests.waiting import until

CONDITION = "question choices atLeast atMost"
SURVEY = f"""
id state anonymous viewerCanAnswer viewerHasAnswered
questions {{ id number kind title required least most lowest highest lowestLabel highestLabel whole longest
  choices {{ id number title takesText tag {{ name }} }}
  askedIf {{ {CONDITION} all {{ {CONDITION} any {{ {CONDITION} }} }} any {{ {CONDITION} }} }} }}
viewerResponse {{ answeredAt answers {{ question {{ number }} choices {{ title }} number text }} }}
"""
QUESTIONS: list[dict[str, Any]] = [
    {
        "kind": "SINGLE_CHOICE",
        "title": "你最常喝什么茶？",
        "required": True,
        "choices": [{"title": "红茶"}, {"title": "绿茶"}, {"title": "其他", "takesText": True}],
    },
    {
        "kind": "MULTIPLE_CHOICE",
        "title": "Which tins do you own?",
        "most": 2,
        "choices": [{"title": "Plum"}, {"title": "Crane"}, {"title": "Bamboo"}],
        "askedIf": {"question": 1, "choices": [1, 2]},
    },
    {"kind": "SCALE", "title": "How strong?", "lowest": 1, "highest": 7, "lowestLabel": "淡", "highestLabel": "浓"},
    {"kind": "NPS", "title": "Would you recommend us?", "required": True},
    {
        "kind": "TEXT",
        "title": "What went wrong?",
        "longest": 40,
        "required": True,
        "askedIf": {"question": 4, "atMost": 6},
    },
    {"kind": "CSAT", "title": "How satisfied are you?"},
    {"kind": "NUMBER", "title": "How many grams?", "lowest": 0, "highest": 100, "whole": False},
]


async def make(graphql: Client, marketer: Acting, space_id: int, *, opened: bool = True, **given: Any) -> Any:
    asked = {
        "title": "今年的茶",
        "closesAt": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        "questions": QUESTIONS,
        "anonymous": False,
        **given,
    }
    made = await graphql.change(
        "createSurvey", f"survey {{ {SURVEY} }}", as_=marketer, space=f"space_{space_id}", **asked
    )
    assert made["userErrors"] == []
    if not opened:
        return made["survey"]
    done = await graphql.change("openSurvey", f"survey {{ {SURVEY} }}", as_=marketer, survey=made["survey"]["id"])
    assert done["userErrors"] == []
    return done["survey"]


def said(survey: Any, answers: dict[int, Any]) -> list[dict[str, Any]]:
    """Return answers by the numbers of their questions: numbers, texts, or lists of choices by their numbers."""
    given = []
    for number, answer in answers.items():
        question = survey["questions"][number - 1]
        what: dict[str, Any]
        if isinstance(answer, dict):
            what = answer
        elif isinstance(answer, str):
            what = {"text": answer}
        elif isinstance(answer, list):
            what = {"choices": [question["choices"][choice - 1]["id"] for choice in answer]}
        else:
            what = {"number": answer}
        given.append({"question": question["id"], **what})
    return given


async def answer(graphql: Client, member: Acting | None, survey: Any, answers: dict[int, Any]) -> Any:
    given = said(survey, answers)
    return await graphql.change(
        "submitSurveyResponse", f"survey {{ {SURVEY} }}", as_=member, survey=survey["id"], answers=given
    )


async def read(graphql: Client, survey: Any, member: Acting | None, selection: str = SURVEY) -> Any:
    found = await graphql(f"query($id: ID!) {{ survey(id: $id) {{ {selection} }} }}", {"id": survey["id"]}, as_=member)
    return found["survey"]


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def test_a_survey_from_draft_to_response(graphql: Client, database: Database, marketer: Acting) -> None:
    space, member = await make_space(database), await make_acting(database)
    draft = await make(graphql, marketer, space, opened=False)
    assert await read(graphql, draft, member) is None, "a draft is for who prepares it"
    assert [question["number"] for question in draft["questions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert draft["questions"][1]["askedIf"] == {
        "question": 1, "choices": [1, 2], "atLeast": None, "atMost": None, "all": None, "any": None,
    }  # fmt: skip
    assert [choice["takesText"] for choice in draft["questions"][0]["choices"]] == [False, False, True]

    survey = (await graphql.change("openSurvey", f"survey {{ {SURVEY} }}", as_=marketer, survey=draft["id"]))["survey"]
    assert (await read(graphql, survey, member))["viewerCanAnswer"] is True
    assert (await read(graphql, survey, None))["viewerCanAnswer"] is False
    done = await answer(graphql, member, survey, {1: [1], 2: [1, 3], 3: 7, 4: 3, 5: "水太烫了 too hot", 7: 12.5})

    assert done["userErrors"] == []
    assert done["survey"]["viewerHasAnswered"] is True
    assert done["survey"]["viewerResponse"]["answers"] == [
        {"question": {"number": 1}, "choices": [{"title": "红茶"}], "number": None, "text": None},
        {"question": {"number": 2}, "choices": [{"title": "Plum"}, {"title": "Bamboo"}], "number": None, "text": None},
        {"question": {"number": 3}, "choices": [], "number": 7.0, "text": None},
        {"question": {"number": 4}, "choices": [], "number": 3.0, "text": None},
        {"question": {"number": 5}, "choices": [], "number": None, "text": "水太烫了 too hot"},
        {"question": {"number": 7}, "choices": [], "number": 12.5, "text": None},
    ]
    anew = await answer(graphql, member, survey, {1: {"choices": [choice_id(survey, 1, 3)], "text": "普洱"}, 4: 10})
    assert anew["userErrors"] == []
    assert [(each["text"], each["number"]) for each in anew["survey"]["viewerResponse"]["answers"]] == [
        ("普洱", None),
        (None, 10.0),
    ]
    assert (await read(graphql, survey, marketer))["viewerResponse"] is None


def choice_id(survey: Any, question: int, choice: int) -> str:
    return str(survey["questions"][question - 1]["choices"][choice - 1]["id"])


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


async def test_who_may_answer_and_who_may_ask(graphql: Client, database: Database, marketer: Acting) -> None:
    space, private = await make_space(database), await make_space(database, access="PRIVATE", members=(marketer,))
    outsider, member, gone = [await make_acting(database) for _ in range(3)]
    right = {1: [1], 4: 9}

    async def code(by: Acting | None, survey: Any, answers: dict[int, Any] = right) -> str:
        return str((await answer(graphql, by, survey, answers))["userErrors"][0]["code"])

    hidden = await make(graphql, marketer, private)
    assert await read(graphql, hidden, outsider) is None
    assert await code(outsider, hidden) == "NOT_FOUND"
    assert await code(outsider, hidden, {1: [1, 2]}) == "NOT_FOUND", "what is wrong with a response tells of its survey"
    draft = await make(graphql, marketer, space, opened=False)
    assert await code(outsider, draft) == "NOT_FOUND"
    club = await make(graphql, marketer, space, spaceMembersOnly=True)
    assert await code(outsider, club) == "NOT_ELIGIBLE"
    assert (await read(graphql, club, outsider))["viewerCanAnswer"] is False
    async with database.writing() as connection:
        await join_space(connection, member, space)
    assert (await answer(graphql, member, club, right))["userErrors"] == []
    assert await code(None, club) == "UNAUTHENTICATED"
    await graphql.token(gone)
    await suspend(database, gone)
    assert await code(gone, club) == "ACCOUNT_SUSPENDED"
    for verb in ("openSurvey", "closeSurvey"):
        done = await graphql.change(verb, "survey { id }", as_=member, survey=club["id"])
        assert done["userErrors"][0]["code"] == "NOT_PERMITTED"
    again = await graphql.change("openSurvey", "survey { id }", as_=marketer, survey=club["id"])
    assert again["userErrors"][0]["code"] == "SURVEY_NOT_DRAFT"
    closed = await graphql.change("closeSurvey", "survey { state }", as_=marketer, survey=club["id"])
    assert closed["survey"]["state"] == "CLOSED"
    assert await code(member, club) == "SURVEY_NOT_OPEN"
    again = await graphql.change("closeSurvey", "survey { id }", as_=marketer, survey=club["id"])
    assert again["userErrors"][0]["code"] == "SURVEY_NOT_OPEN"


@pytest.mark.parametrize("anonymous", [False, True])
async def test_twenty_responses_of_each_at_once_are_one_of_each(
    graphql: Client, database: Database, marketer: Acting, *, anonymous: bool
) -> None:
    survey = await make(graphql, marketer, await make_space(database), anonymous=anonymous)
    members = [await make_acting(database) for _ in range(20)]
    for member in members:
        await graphql.token(member)

    done = await asyncio.gather(
        *(answer(graphql, member, survey, {1: [1], 4: 7 + attempt % 4}) for attempt in range(20) for member in members)
    )

    codes = [error["code"] for each in done for error in each["userErrors"]]
    assert codes == (["SURVEY_ANSWERED"] * 380 if anonymous else [])
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM survey_response") == 20
        assert await connection.raw.fetchval("SELECT count(*) FROM survey_participation") == 20


@pytest.mark.parametrize("anonymous", [False, True])
async def test_a_response_at_the_last_instant_is_counted_or_refused(
    graphql: Client, database: Database, marketer: Acting, *, anonymous: bool
) -> None:
    number = await make_survey(database, marketer, await make_space(database), anonymous=anonymous)
    members = [await make_acting(database) for _ in range(40)]
    score = (await questions_of(database, number))[1]

    async def attempt(member: Acting, wait: float) -> bool:
        await asyncio.sleep(wait)
        try:
            await submit_response(database, member, number, [Given(score, number=9.0)])
        except SurveyNotOpen:
            return False
        return True

    async def close() -> None:
        await asyncio.sleep(0.05)
        async with database.reading() as connection:
            await connection.raw.execute("UPDATE survey SET closes_at = clock_timestamp() WHERE id = $1", number)
        while True:
            async with database.writing() as connection:
                if await close_due(connection):
                    return
            await asyncio.sleep(0.005)

    kept, _ = await asyncio.gather(
        asyncio.gather(*(attempt(member, 0.0025 * place) for place, member in enumerate(members))), close()
    )

    found = await read(graphql, {"id": f"survey_{number}"}, marketer, "state results { responseCount }")
    assert 0 < sum(kept) < len(members), "some came in time, and some did not"
    assert found == {"state": "CLOSED", "results": {"responseCount": sum(kept)}}


_PAUSE = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(20261126); RETURN NEW; END $$;
    CREATE TRIGGER pause BEFORE INSERT ON survey_participation FOR EACH ROW EXECUTE FUNCTION pause();
"""
_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1
"""


async def test_closing_waits_for_a_response_on_its_way(graphql: Client, database: Database, marketer: Acting) -> None:
    number = await make_survey(database, marketer, await make_space(database))
    member = await make_acting(database)
    score = (await questions_of(database, number))[1]
    await graphql.token(marketer)

    async def waits(query: str) -> bool:
        async with database.reading() as connection:
            return bool(await connection.raw.fetchval(_WAITING, query))

    async with database.writing() as connection:
        await connection.raw.execute(_PAUSE)
    try:
        async with database.writing() as holding:
            await holding.raw.execute("SELECT pg_advisory_xact_lock(20261126)")
            answering = asyncio.create_task(submit_response(database, member, number, [Given(score, number=9.0)]))
            await until(lambda: waits("%survey_participation%"))
            closing = asyncio.create_task(
                graphql.change("closeSurvey", "survey { state }", as_=marketer, survey=f"survey_{number}")
            )
            # It has looked whether the survey is open, and not written anything: closing sees it all the same.
            await until(lambda: closing_or(closing, waits("%FROM survey WHERE id = $1 FOR UPDATE%")))
        await answering
        closed = await closing
    finally:
        async with database.writing() as connection:
            await connection.raw.execute("DROP TRIGGER pause ON survey_participation; DROP FUNCTION pause")

    assert (closed["userErrors"], closed["survey"]) == ([], {"state": "CLOSED"})
    found = await read(graphql, {"id": f"survey_{number}"}, marketer, "participantCount results { responseCount }")
    assert found == {"participantCount": 1, "results": {"responseCount": 1}}


async def closing_or(closing: asyncio.Task[Any], waits: Awaitable[bool]) -> bool:
    return await waits or closing.done()


async def test_responses_by_name_are_for_who_gave_them_and_for_staff(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    members = [await make_acting(database) for _ in range(3)]
    admin, moderator = [await make_acting(database, roles=(role,)) for role in (Role.ADMIN, Role.MODERATOR)]
    named, anonymous = [await make_survey(database, marketer, space, anonymous=each) for each in (False, True)]
    for survey in (named, anonymous):
        for place, member in enumerate(members):
            await make_response(database, member, survey, [0], place, f"第{place}句")
    asked = """responses(first: 2) { totalCount nodes { member { id } answers { number text } } }
        viewerResponse { member { id } answers { text } }"""

    async def seen(survey: int, viewer: Acting | None) -> Any:
        return await read(graphql, {"id": f"survey_{survey}"}, viewer, asked)

    for viewer in (marketer, admin):
        found = await seen(named, viewer)
        assert found["viewerResponse"] is None
        assert found["responses"]["totalCount"] == 3
        assert [node["member"]["id"] for node in found["responses"]["nodes"]] == [
            f"member_{member.member_id}" for member in members[:2]
        ]
        assert found["responses"]["nodes"][1]["answers"][1:] == [
            {"number": 1, "text": None},
            {"number": None, "text": "第1句"},
        ]
    own = await seen(named, members[1])
    assert own == {
        "responses": None,
        "viewerResponse": {
            "member": {"id": f"member_{members[1].member_id}"},
            "answers": [{"text": None}, {"text": None}, {"text": "第1句"}],
        },
    }
    await make_response(database, marketer, named, [1], 9, "我的")
    assert (await seen(named, marketer))["viewerResponse"]["answers"][2]["text"] == "我的"
    for other in (None, moderator):
        assert await seen(named, other) == {"responses": None, "viewerResponse": None}
    for anybody in (None, moderator, marketer, admin, members[0]):
        assert await seen(anonymous, anybody) == {"responses": None, "viewerResponse": None}


async def test_surveys_are_listed_by_space_and_by_state(graphql: Client, database: Database, marketer: Acting) -> None:
    space, other, private = [await make_space(database, access=access) for access in ("PUBLIC", "PUBLIC", "PRIVATE")]
    admin, member = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    first, second, third = [await make_survey(database, admin, each) for each in (space, other, private)]
    draft = await make_survey(database, admin, space, opened=False)

    async def listed(viewer: Acting | None, **filter_: str) -> list[str]:
        document = "query($filter: SurveyFilter) { surveys(first: 10, filter: $filter) { nodes { id } } }"
        found = await graphql(document, {"filter": filter_}, as_=viewer)
        return [node["id"].removeprefix("survey_") for node in found["surveys"]["nodes"]]

    assert await listed(member) == [str(second), str(first)]
    assert await listed(admin) == [str(draft), str(third), str(second), str(first)]
    assert await listed(admin, space=f"space_{space}", state="OPEN") == [str(first)]
    assert await listed(member, space=f"space_{private}") == []
