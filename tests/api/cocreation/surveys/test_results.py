"""What is told of a survey, to whom, and what is withheld lest it tell of few."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.lifecycle import close_survey
from community.discussions.spaces import join_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space
from tests.factories.surveys import make_response, make_survey, questions_of

INTERVAL = "{ estimate low high level }"
QUESTION = "question number kind withheld answerCount"
QUESTIONS = f"""questions {{ {QUESTION} answers {{ choice value title count share {INTERVAL} }} mean {INTERVAL} median
  satisfied {INTERVAL} netPromoterScore {{ score {INTERVAL} promoters passives detractors }} }}"""
OF_SEGMENT = f"""questions {{ {QUESTION} answers {{ title count }} mean {{ estimate }} median satisfied {{ estimate }}
  netPromoterScore {{ score {{ estimate }} promoters }} }}"""
RESULTS = f"responseCount withheld {QUESTIONS} segments {{ key title withheld responseCount {OF_SEGMENT} }}"
ASKED = (
    AskedQuestion(
        "SINGLE_CHOICE", "喝什么茶？", choices=[AskedChoice("红茶"), AskedChoice("绿茶"), AskedChoice("白茶")]
    ),
    AskedQuestion("MULTIPLE_CHOICE", "Which tins?", choices=[AskedChoice("Plum"), AskedChoice("Crane")]),
    AskedQuestion("NPS", "Would you recommend us?"),
    AskedQuestion("CSAT", "How satisfied are you?"),
    AskedQuestion("SCALE", "How strong?", lowest=1, highest=3),
    AskedQuestion("NUMBER", "How many grams?", lowest=0, highest=1000, whole=False),
    AskedQuestion("TEXT", "还有什么？", longest=100),
)


async def results(graphql: Client, survey: int, viewer: Acting | None, **segment_by: Any) -> Any:
    found = await graphql(
        f"""query($id: ID!, $by: SurveySegmentationInput) {{
            survey(id: $id) {{ results(segmentBy: $by) {{ {RESULTS} }} }} }}""",
        {"id": f"survey_{survey}", "by": segment_by or None},
        as_=viewer,
    )
    return found["survey"]["results"]


async def texts(graphql: Client, survey: int, viewer: Acting | None) -> Any:
    found = await graphql(
        "query($id: ID!) { survey(id: $id) { questions { texts } } }", {"id": f"survey_{survey}"}, as_=viewer
    )
    return [question["texts"] for question in found["survey"]["questions"]]


async def close(database: Database, marketer: Acting, survey: int) -> None:
    async with database.writing() as connection:
        await close_survey(connection, marketer, survey)


async def people(database: Database, amount: int) -> list[Acting]:
    return [await make_acting(database) for _ in range(amount)]


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def test_results_count_what_was_answered(graphql: Client, database: Database, marketer: Acting) -> None:
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED)
    scores = (10, 9, 9, 8, 7, 6, 0)
    for place, member in enumerate(await people(database, 7)):
        drinks = [0] if place < 5 else [1]
        tins = [0, 1] if place < 3 else ([1] if place < 6 else None)
        text = f"第{place}句 words" if place else None
        await make_response(
            database,
            member,
            survey,
            drinks,
            tins,
            scores[place],
            (5, 4, 4, 3, 1, 2, 5)[place],
            1 + place % 3,
            place,
            text,
        )

    found = await results(graphql, survey, marketer)

    assert (found["responseCount"], found["withheld"], found["segments"]) == (7, False, None)
    drinks, tins, nps, csat, scale, grams, text = found["questions"]
    assert [(each["title"], each["count"]) for each in drinks["answers"]] == [("红茶", 5), ("绿茶", 2), ("白茶", 0)]
    assert drinks["answers"][0]["share"] == {
        "estimate": pytest.approx(5 / 7), "low": pytest.approx(0.3589, abs=1e-4), "high": pytest.approx(0.9178, abs=1e-4), "level": 0.95,
    }  # fmt: skip
    assert tins["answerCount"] == 6
    assert [each["count"] for each in tins["answers"]] == [3, 6]
    score = nps["netPromoterScore"]
    assert (score["promoters"], score["passives"], score["detractors"]) == (3, 2, 2)
    assert score["score"]["estimate"] == pytest.approx(100 / 7)
    assert score["score"]["low"] < 100 / 7 < score["score"]["high"]
    assert csat["satisfied"]["estimate"] == pytest.approx(4 / 7)
    assert (csat["median"], csat["mean"]["estimate"]) == (4, pytest.approx(24 / 7))
    assert [each["count"] for each in scale["answers"]] == [3, 2, 2]
    assert (grams["median"], grams["mean"]["estimate"]) == (3, 3)
    assert grams["mean"]["high"] == pytest.approx(3 + 2.4469 * (28 / 6) ** 0.5 / 7**0.5, abs=1e-3)
    assert (text["answerCount"], text["answers"]) == (6, None)
    written = (await texts(graphql, survey, marketer))[-1]
    assert sorted(written) == [f"第{place}句 words" for place in range(1, 7)]


async def test_what_was_counted_when_it_closed_is_what_was_answered(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED)
    chance = Random(7)
    for place, member in enumerate(await people(database, 30)):
        tins = chance.sample([0, 1], chance.randint(1, 2)) if chance.random() < 0.8 else None
        scores = chance.randint(0, 10), chance.randint(1, 5), chance.randint(1, 3), chance.randint(0, 1_000)
        await make_response(database, member, survey, [chance.randint(0, 2)], tins, *scores, f"第{place}句")
    (question, *_) = await questions_of(database, survey)
    before = await results(graphql, survey, marketer)
    parted = await results(graphql, survey, marketer, by="ANSWER", question=f"survey_question_{question}")

    await close(database, marketer, survey)
    after = await results(graphql, survey, marketer)
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM survey_response")

    assert after == before
    assert await results(graphql, survey, marketer) == before, "it is read as it was counted"
    assert parted["questions"] == before["questions"]
    for number, whole in enumerate(before["questions"]):
        parts = [segment["questions"][number] for segment in parted["segments"]]
        assert sum(part["answerCount"] for part in parts) == whole["answerCount"]
        for place, each in enumerate(whole["answers"] or ()):
            assert sum(part["answers"][place]["count"] for part in parts) == each["count"]


async def test_who_is_told_what_and_when(graphql: Client, database: Database, marketer: Acting) -> None:
    space, member = await make_space(database), await make_acting(database)
    named, anonymous, public = [
        await make_survey(database, marketer, space, anonymous=kind != "named", results_public=kind == "public")
        for kind in ("named", "anonymous", "public")
    ]
    for each in (named, anonymous, public):
        for answering in await people(database, 5):
            await make_response(database, answering, each, [0], 9, "好茶")

    assert (await results(graphql, named, marketer))["responseCount"] == 5
    assert await results(graphql, anonymous, marketer) is None, "or who reads it twice would know who answered between"
    assert await texts(graphql, anonymous, marketer) == [None, None, None]
    for each in (named, anonymous, public):
        assert await results(graphql, each, member) is None
        await close(database, marketer, each)

    assert (await results(graphql, anonymous, marketer))["responseCount"] == 5
    assert (await texts(graphql, anonymous, marketer))[2] == ["好茶"] * 5
    assert await results(graphql, anonymous, member) is None
    question = (await questions_of(database, public))[0]
    told = await results(graphql, public, member, by="ANSWER", question=f"survey_question_{question}")
    assert (told["responseCount"], told["segments"]) == (5, None), "segments are for staff"
    assert (await results(graphql, public, None))["responseCount"] == 5
    assert await texts(graphql, public, member) == [None, None, None], "what was written is for staff"


async def test_of_few_nothing_is_told(graphql: Client, database: Database, marketer: Acting) -> None:
    survey = await make_survey(database, marketer, await make_space(database), anonymous=True, smallest_result=6)
    for place, member in enumerate(await people(database, 7)):
        await make_response(database, member, survey, [0], 9 if place < 5 else None, "好茶" if place < 6 else None)
    few = await make_survey(database, marketer, await make_space(database), anonymous=True)
    for member in await people(database, 4):
        await make_response(database, member, few, [0], 9, "好茶")
    for each in (survey, few):
        await close(database, marketer, each)

    found, none = await results(graphql, survey, marketer), await results(graphql, few, marketer)

    assert (none["responseCount"], none["withheld"], none["questions"]) == (4, True, [])
    assert await texts(graphql, few, marketer) == [None, None, None]
    drinks, nps, text = found["questions"]
    assert drinks["answerCount"] == 7
    assert nps == {"question": nps["question"], "number": 2, "kind": "NPS", "withheld": True} | dict.fromkeys(
        ("answerCount", "answers", "mean", "median", "satisfied", "netPromoterScore")
    )
    assert text["answerCount"] == 6
    assert (await texts(graphql, survey, marketer))[2] == ["好茶"] * 6


async def test_segments_by_name(graphql: Client, database: Database, marketer: Acting) -> None:
    space, club = await make_space(database), await make_space(database)
    survey = await make_survey(database, marketer, space)
    members = await people(database, 12)
    async with database.writing() as connection:
        for member in members[:6]:
            await join_space(connection, member, club)
            await connection.raw.execute(
                "UPDATE member SET joined_at = now() - interval '400 days' WHERE id = $1", member.member_id
            )
        for member in members[6:]:
            await connection.raw.execute(
                "INSERT INTO role_grant (member_id, role) VALUES ($1, 'MODERATOR'), ($1, 'MARKETER')", member.member_id
            )
    for place, member in enumerate(members):
        await make_response(database, member, survey, [place // 6], 10 if place < 6 else 0, None)
    drinks, nps, _ = await questions_of(database, survey)

    def scores(found: Any) -> dict[str, Any]:
        return {
            each["title"]: each["questions"][1]["netPromoterScore"]["score"]["estimate"] for each in found["segments"]
        }

    by_space = await results(graphql, survey, marketer, by="SPACE", space=f"space_{club}")
    assert scores(by_space) == {"Members of the space": 100, "Other members": -100}
    by_role = await results(graphql, survey, marketer, by="ROLE")
    assert scores(by_role) == {"Members without a role": 100, "Marketers": -100}
    by_months = await results(graphql, survey, marketer, by="MONTHS_SINCE_JOINING")
    assert scores(by_months) == {"Under 1 month": -100, "12 to 23 months": 100}
    by_answer = await results(graphql, survey, marketer, by="ANSWER", question=f"survey_question_{drinks}")
    assert scores(by_answer) == {"红茶": 100, "绿茶": -100}
    by_score = await results(graphql, survey, marketer, by="ANSWER", question=f"survey_question_{nps}")
    assert {each["key"]: each["questions"][0]["answers"][0]["count"] for each in by_score["segments"]} == {
        "PROMOTERS": 6,
        "DETRACTORS": 0,
    }
    private = await make_space(database, access="PRIVATE")
    other = await make_survey(database, marketer, space)
    foreign = (await questions_of(database, other))[0]
    for asked in (
        {"by": "SPACE", "space": f"space_{private}"},
        {"by": "SPACE"},
        {"by": "ANSWER"},
        {"by": "ANSWER", "question": f"survey_question_{foreign}"},
        {"by": "ANSWER", "question": f"survey_question_{(await questions_of(database, survey))[2]}"},
    ):
        assert (await results(graphql, survey, marketer, **asked))["segments"] is None


async def test_what_is_told_of_segments_never_gives_a_few_away(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    survey = await make_survey(database, marketer, await make_space(database), questions=ASKED[:3], anonymous=True)
    # Three drink green tea: alone they would be had as the whole without who drinks black and who drinks white.
    for place, member in enumerate(await people(database, 16)):
        drinks = 0 if place < 7 else (1 if place < 10 else 2)
        await make_response(database, member, survey, [drinks], [place % 2], 10 if place % 5 else 0)
    await close(database, marketer, survey)
    drinks, _, nps = await questions_of(database, survey)

    found = await results(graphql, survey, marketer, by="ANSWER", question=f"survey_question_{drinks}")

    told = {each["title"]: each["responseCount"] for each in found["segments"]}
    assert told == {"红茶": 7, "绿茶": None, "白茶": None}
    assert all(each["questions"] == [] for each in found["segments"] if each["withheld"])
    # The other way round, the table by what they think would tell of the same three.
    turned = await results(graphql, survey, marketer, by="ANSWER", question=f"survey_question_{nps}")
    for segment in turned["segments"]:
        for question in segment["questions"]:
            if question["number"] == 1 and not question["withheld"]:
                assert [each["count"] is None for each in question["answers"]] == [False, True, True]
    for by in ("ROLE", "MONTHS_SINCE_JOINING"):
        assert (await results(graphql, survey, marketer, by=by))["segments"] is None, "of an anonymous one nobody knows"
