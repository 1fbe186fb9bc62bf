"""Of an anonymous survey, nothing leads from a member to their answers, not even for who reads the database itself."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from api.jobs import Jobs
from community.cocreation.surveys.asking import AskedQuestion
from community.cocreation.surveys.lifecycle import close_survey
from community.cocreation.surveys.mixing import mix_waiting
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space
from tests.factories.surveys import make_response, make_survey, questions_of

ASKED = (
    AskedQuestion("NUMBER", "Which number?", lowest=0, highest=1_000),
    AskedQuestion("TEXT", "说什么？", longest=50),
)
EVERYTHING = """query($id: ID!) { survey(id: $id) { id title viewerHasAnswered viewerCanAnswer participantCount
  viewerResponse { answeredAt answers { number text choices { title } question { title } } }
  questions { id texts } results(segmentBy: {by: ROLE}) { responseCount questions { mean { estimate } median } segments { key } } } }"""


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def rows(database: Database, sql: str) -> list[Any]:
    async with database.reading() as connection:
        return [tuple(row.values()) for row in await connection.raw.fetch(sql)]


async def answered(database: Database, marketer: Acting, amount: int) -> tuple[int, list[Acting]]:
    """Return an anonymous survey that members answered one after another, each with their place."""
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED, anonymous=True)
    members = [await make_acting(database) for _ in range(amount)]
    for place, member in enumerate(members):
        await make_response(database, member, survey, place, f"secret{place}")
    return survey, members


async def close(database: Database, marketer: Acting, survey: int) -> None:
    async with database.writing() as connection:
        await close_survey(connection, marketer, survey)


async def test_rows_of_who_took_part_and_of_what_was_answered_share_nothing(
    database: Database, marketer: Acting
) -> None:
    survey, members = await answered(database, marketer, 40)
    before = {id_ for (id_,) in await rows(database, "SELECT id FROM survey_response")}
    await close(database, marketer, survey)

    parts = await rows(database, "SELECT member_id, xmin::text FROM survey_participation ORDER BY ctid")
    responses = await rows(
        database, "SELECT member_id, answered_at, xmin::text, numbers[1], id, mixed FROM survey_response ORDER BY ctid"
    )

    assert {member for member, _ in parts} == {member.member_id for member in members}
    assert {(member, moment, mixed) for member, moment, _, _, _, mixed in responses} == {(None, None, True)}
    assert len({xmin for _, _, xmin, *_ in responses}) == 1, "all were written by one transaction"
    assert not {xmin for _, xmin in parts} & {xmin for _, _, xmin, *_ in responses}
    numbers = [number for _, _, _, number, *_ in responses]
    assert sorted(numbers) == list(range(40))
    in_a_row = sum(next_ == number + 1 for number, next_ in pairwise(numbers))
    assert in_a_row < 15, "of 39 pairs; in a random order one is expected"
    by_id = [number for _, _, _, number, id_, _ in sorted(responses, key=lambda row: row[4])]
    assert by_id != sorted(by_id)
    assert not before & {id_ for *_, id_, _ in responses}, "ids that were written down before lead nowhere"


async def test_the_log_tells_nothing_of_it(database: Database, marketer: Acting) -> None:
    survey, members = await answered(database, marketer, 5)
    named = await make_survey(database, marketer, await make_space(database), questions=ASKED)
    await make_response(database, members[0], named, 777, "spoken")
    await close(database, marketer, survey)

    events = await rows(
        database, "SELECT kind, actor_id, subject_id, row_to_json(event)::text FROM event WHERE subject_kind = 'survey'"
    )

    assert [(kind, actor) for kind, actor, subject, _ in events if subject == survey] == [
        ("SurveyCreated", marketer.member_id),
        ("SurveyOpened", marketer.member_id),
        ("SurveyClosed", marketer.member_id),
    ]
    assert [kind for kind, _, subject, _ in events if subject == named][-1] == "SurveyAnswered"
    assert not re.search("secret|spoken|777", " ".join(text for *_, text in events))


async def test_a_key_to_repeat_by_keeps_nothing_of_it(graphql: Client, database: Database, marketer: Acting) -> None:
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED, anonymous=True)
    member = await make_acting(database)
    question = (await questions_of(database, survey))[0]
    given = {"survey": f"survey_{survey}", "answers": [{"question": f"survey_question_{question}", "number": 7}]}
    document = """mutation($input: SubmitSurveyResponseInput!) {
        submitSurveyResponse(input: $input) { survey { viewerHasAnswered } userErrors { code } } }"""
    headers = {"authorization": f"Bearer {await graphql.token(member)}", "idempotency-key": "one"}

    answers = [
        (await graphql._http.post("/graphql", json={"query": document, "variables": {"input": given}}, headers=headers))
        .json()["data"]["submitSurveyResponse"]
        for _ in range(2)
    ]  # fmt: skip

    assert answers[0] == {"survey": {"viewerHasAnswered": True}, "userErrors": []}
    assert answers[1]["userErrors"] == [{"code": "SURVEY_ANSWERED"}]
    assert await rows(database, "SELECT * FROM idempotency_key") == []
    assert len(await rows(database, "SELECT * FROM survey_response")) == 1


async def test_responses_are_mixed_while_the_survey_is_open_once_there_are_enough(
    database: Database, marketer: Acting
) -> None:
    few, _ = await answered(database, marketer, 4)
    survey, _ = await answered(database, marketer, 6)
    marks = "SELECT DISTINCT xmin::text, mixed FROM survey_response WHERE survey_id = "

    async def mix() -> int:
        async with database.writing() as connection:
            return await mix_waiting(connection)

    assert len(await rows(database, f"{marks}{survey}")) == 6
    assert await mix() == 1
    [(_, mixed)] = await rows(database, f"{marks}{survey}")
    assert mixed is True
    assert len(await rows(database, f"{marks}{few}")) == 4, "of so few, mixed is as good as not"
    await make_response(database, await make_acting(database), survey, 99, None)
    assert await mix() == 0
    await close(database, marketer, survey)
    assert len(await rows(database, f"{marks}{survey}")) == 1
    assert len(await rows(database, f"SELECT FROM survey_response WHERE survey_id = {survey}")) == 7


async def test_a_server_mixes_and_closes_by_itself(graphql: Client, database: Database, marketer: Acting) -> None:
    survey, _ = await answered(database, marketer, 5)
    over, _ = await answered(database, marketer, 5)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE survey SET closes_at = now() WHERE id = $1", over)

    await Jobs(database, "", score_every=0).see_to()

    assert await rows(database, "SELECT DISTINCT survey_id, mixed FROM survey_response ORDER BY 1") == [
        (survey, True),
        (over, True),
    ]
    assert await rows(database, "SELECT id, state FROM survey ORDER BY id") == [(survey, "OPEN"), (over, "CLOSED")]
    found = (await graphql(EVERYTHING, {"id": f"survey_{over}"}, as_=marketer))["survey"]
    assert found["results"]["responseCount"] == 5


async def test_nobody_is_shown_whose_answers_they_are(graphql: Client, database: Database, marketer: Acting) -> None:
    survey, members = await answered(database, marketer, 6)
    admin = await make_acting(database, roles=(Role.ADMIN,))
    moderator = await make_acting(database, roles=(Role.MODERATOR,))

    async def seen(viewer: Acting | None) -> Any:
        return (await graphql(EVERYTHING, {"id": f"survey_{survey}"}, as_=viewer))["survey"]

    for viewer in (None, members[0], moderator, marketer, admin):
        found = await seen(viewer)
        assert (found["viewerResponse"], found["results"]) == (None, None)
        assert "secret" not in str(found), "not even one's own can be told"
        assert found["participantCount"] == (6 if viewer is marketer or viewer is admin else None)
    await close(database, marketer, survey)
    for viewer in (None, members[0], moderator):
        found = await seen(viewer)
        assert (found["viewerResponse"], found["results"]) == (None, None)
        assert "secret" not in str(found)
    for viewer in (marketer, admin):
        found = await seen(viewer)
        assert found["viewerResponse"] is None
        assert sorted(found["questions"][1]["texts"]) == [f"secret{place}" for place in range(6)]
        assert (found["results"]["responseCount"], found["results"]["segments"]) == (6, None)
        assert found["questions"][1]["texts"] == (await seen(viewer))["questions"][1]["texts"], "always in one order"


async def test_texts_of_two_questions_are_in_orders_of_their_own(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    asked = [AskedQuestion("TEXT", "一", longest=50), AskedQuestion("TEXT", "二", longest=50)]
    survey = await make_survey(database, marketer, await make_space(database), questions=asked, anonymous=True)
    for place in range(30):
        await make_response(database, await make_acting(database), survey, f"词{place}", f"词{place}")
    await close(database, marketer, survey)

    found = await graphql(EVERYTHING, {"id": f"survey_{survey}"}, as_=marketer)

    first, second = (question["texts"] for question in found["survey"]["questions"])
    assert sorted(first) == sorted(second)
    assert sum(one == other for one, other in zip(first, second, strict=True)) < 15
