"""A survey of all kinds of questions, made and answered as clients do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.members.acting import Acting
from tests.api.conftest import Client

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


def choice_id(survey: Any, question: int, choice: int) -> str:
    return str(survey["questions"][question - 1]["choices"][choice - 1]["id"])
