"""Answers by name as tags: what members said of themselves, until they say otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.responses import Given, submit_response
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.surveys import choices_of, make_response, make_survey, questions_of

OWN = "{ viewer { tagsFromSurveys(first: 10) { nodes { tag { name } survey { title } } } } }"
TAGGED = (
    "query($tag: ID!, $survey: ID) { membersTagged(tag: $tag, survey: $survey, first: 10) { nodes { id } totalCount } }"
)


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def make_marking(database: Database, marketer: Acting) -> tuple[int, dict[str, int]]:
    space = await make_space(database)
    await make_post(database, marketer, space, tags=("红茶", "绿茶"))
    async with database.reading() as connection:
        tags = {row["name"]: row["id"] for row in await connection.raw.fetch("SELECT id, name FROM tag")}
    choices = [AskedChoice("红的", tag_id=tags["红茶"]), AskedChoice("绿的", tag_id=tags["绿茶"]), AskedChoice("都不")]
    asked = [AskedQuestion("MULTIPLE_CHOICE", "喝什么茶？", choices=choices)]
    return await make_survey(database, marketer, space, questions=asked, title="问茶"), tags


async def own_tags(graphql: Client, member: Acting) -> set[str]:
    found = await graphql(OWN, as_=member)
    return {mark["tag"]["name"] for mark in found["viewer"]["tagsFromSurveys"]["nodes"]}


async def tagged(graphql: Client, tag: int, viewer: Acting | None, survey: int | None = None) -> list[str]:
    given = {"tag": f"tag_{tag}", "survey": None if survey is None else f"survey_{survey}"}
    return [node["id"] for node in (await graphql(TAGGED, given, as_=viewer))["membersTagged"]["nodes"]]


async def test_an_answer_marks_who_gave_it_until_they_answer_otherwise(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    survey, tags = await make_marking(database, marketer)
    member, other = await make_acting(database), await make_acting(database)
    assert await own_tags(graphql, member) == set()

    await make_response(database, member, survey, [0, 1])
    await make_response(database, other, survey, [1])
    assert await own_tags(graphql, member) == {"红茶", "绿茶"}
    assert await tagged(graphql, tags["红茶"], marketer) == [f"member_{member.member_id}"]
    assert len(await tagged(graphql, tags["绿茶"], marketer, survey)) == 2
    assert await tagged(graphql, tags["绿茶"], marketer, survey + 1) == []
    for viewer in (None, member, other):
        assert await tagged(graphql, tags["红茶"], viewer) == [], "what others said of themselves is for staff"

    await make_response(database, member, survey, [1])
    assert await own_tags(graphql, member) == {"绿茶"}
    await make_response(database, member, survey, None)
    assert await own_tags(graphql, member) == set()
    assert await own_tags(graphql, other) == {"绿茶"}
    async with database.reading() as connection:
        told = await connection.raw.fetch(
            "SELECT kind, member_id, subject_id FROM event WHERE subject_kind = 'tag' AND member_id = $1 ORDER BY id",
            member.member_id,
        )
    assert [(row["kind"], row["subject_id"]) for row in told][-2:] == [
        ("MemberUntagged", tags["红茶"]),
        ("MemberUntagged", tags["绿茶"]),
    ]
    assert {row["kind"] for row in told[:2]} == {"MemberTagged"}


async def test_who_takes_a_response_back_took_no_part(graphql: Client, database: Database, marketer: Acting) -> None:
    survey, tags = await make_marking(database, marketer)
    member, other = await make_acting(database), await make_acting(database)
    for each in (member, other):
        await make_response(database, each, survey, [0])
    await graphql.token(other)

    async def withdraw(by: Acting | None, number: int = survey) -> Any:
        selection = "survey { viewerHasAnswered viewerResponse { answeredAt } }"
        return await graphql.change("withdrawSurveyResponse", selection, as_=by, survey=f"survey_{number}")

    done, again = await withdraw(member), await withdraw(member)

    assert done["survey"] == again["survey"] == {"viewerHasAnswered": False, "viewerResponse": None}
    assert done["userErrors"] == again["userErrors"] == []
    assert await own_tags(graphql, member) == set()
    assert await tagged(graphql, tags["红茶"], marketer) == [f"member_{other.member_id}"]
    async with database.reading() as connection:
        kinds = await connection.raw.fetch("SELECT kind FROM event WHERE actor_id = $1 ORDER BY id", member.member_id)
    assert [row["kind"] for row in kinds][-2:] == ["SurveyResponseWithdrawn", "MemberUntagged"], "once"
    assert (await withdraw(None))["userErrors"][0]["code"] == "UNAUTHENTICATED"

    anonymous = await make_survey(database, marketer, await make_space(database), anonymous=True)
    await make_response(database, member, anonymous, [0], 9, None)
    assert (await withdraw(member, anonymous))["userErrors"][0]["code"] == "SURVEY_ANSWERED"
    assert (await withdraw(other, anonymous))["userErrors"] == [], "there is nothing to take back"
    await graphql.change("closeSurvey", "survey { id }", as_=marketer, survey=f"survey_{survey}")
    assert (await withdraw(other))["userErrors"][0]["code"] == "SURVEY_NOT_OPEN"
    assert await own_tags(graphql, other) == {"红茶"}


async def test_of_answers_at_once_the_one_that_stays_marks(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    survey, _ = await make_marking(database, marketer)
    members = [await make_acting(database) for _ in range(5)]
    (question,) = await questions_of(database, survey)
    choices = await choices_of(database, question)

    async def give(member: Acting, place: int) -> Any:
        await submit_response(database, member, survey, [Given(question, [choices[place]])])

    await asyncio.gather(*(give(member, attempt % 3) for attempt in range(12) for member in members))

    async with database.reading() as connection:
        kept = await connection.raw.fetch(
            """
            SELECT response.member_id, choice.tag_id, array(
                SELECT tag_id FROM member_tag WHERE member_tag.member_id = response.member_id
            ) AS marks
            FROM survey_response AS response JOIN survey_choice AS choice ON choice.id = ANY(response.chosen)
            """
        )
    assert len(kept) == 5
    for row in kept:
        assert row["marks"] == ([] if row["tag_id"] is None else [row["tag_id"]])


async def test_a_response_that_is_refused_marks_nobody(graphql: Client, database: Database, marketer: Acting) -> None:
    survey, _ = await make_marking(database, marketer)
    member = await make_acting(database)
    await make_response(database, member, survey, [0])
    await graphql.change("closeSurvey", "survey { id }", as_=marketer, survey=f"survey_{survey}")

    question = (await questions_of(database, survey))[0]
    choice = (await choices_of(database, question))[1]
    done = await graphql.change(
        "submitSurveyResponse",
        "survey { id }",
        as_=member,
        survey=f"survey_{survey}",
        answers=[{"question": f"survey_question_{question}", "choices": [f"survey_choice_{choice}"]}],
    )

    assert done["userErrors"][0]["code"] == "SURVEY_NOT_OPEN"
    assert await own_tags(graphql, member) == {"红茶"}
