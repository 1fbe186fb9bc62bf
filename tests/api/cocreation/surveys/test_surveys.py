"""A survey from beginning to end, as who asks and who answers see it."""

from __future__ import annotations

from typing import Any

import pytest

from community.discussions.spaces import join_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.surveys.questionnaire import SURVEY, answer, choice_id, make, read
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, suspend
from tests.factories.surveys import make_response, make_survey


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
