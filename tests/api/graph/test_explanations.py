"""What a score stands on, told to the member whose it is, in their language."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from graph.explaining import explain
from graph.scoring import MODEL
from graph.tables import DIMENSIONS
from graph.words import CHINESE, ENGLISH
from tests.api.conftest import Client
from tests.factories.discussions import make_comment
from tests.factories.graph import Circle, make_circle, score

EXPLAIN = """
query($scope: GraphScope) { viewer { explainScore(scope: $scope) {
  summary place asOf model note dimensions { dimension percentile change weight text reasons { code amount text } }
} } }
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    made = await make_circle(database)
    await score(database)
    return made


async def explained(graphql: Client, circle: Circle, name: str, **given: Any) -> Any:
    return (await graphql(EXPLAIN, given, as_=circle[name]))["viewer"]["explainScore"]


def reasons(explanation: Any) -> dict[str, float]:
    return {reason["code"]: reason["amount"] for each in explanation["dimensions"] for reason in each["reasons"]}


async def test_the_reasons_are_what_was_done(graphql: Client, circle: Circle) -> None:
    star = await explained(graphql, circle, "star")

    found = reasons(star)
    assert found["RECEIVED_REACTION"] == 5
    assert found["RECEIVED_FOLLOW"] == 2
    assert found["RECEIVED_COMMENT"] == 2
    assert found["GIVEN_POST"] == 2
    assert found["GIVEN_REPLY"] == 1
    assert found["GIVEN_ACCEPTED_ANSWER"] == 1
    assert found["WEEKS"] == 1
    assert [each["dimension"] for each in star["dimensions"]] == [name.upper() for name in DIMENSIONS]
    assert {each["weight"] for each in star["dimensions"]} == {1}
    assert star["place"].startswith("You are number 1 of ")
    assert star["asOf"].endswith("Z")
    assert star["model"] == MODEL


async def test_who_did_nothing_is_told_what_would_count(graphql: Client, circle: Circle) -> None:
    quiet = await explained(graphql, circle, "quiet")

    assert set(reasons(quiet)) == {"NO_TRUST", "NO_SUPPORT", "NO_TIES", "NO_PARTICIPATION", "NO_BRAND"}
    assert "not in this ranking" in quiet["place"]


async def test_in_the_members_own_language(graphql: Client, database: Database, circle: Circle) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET locale = 'zh' WHERE id = $1", circle["star"].member_id)

    star = await explained(graphql, circle, "star", scope={"tag": "绿茶"})

    texts = [star["summary"], star["place"], star["note"]]
    texts += [reason["text"] for each in star["dimensions"] for reason in each["reasons"]]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in texts)
    assert star["place"].startswith("按影响力，你在这里排第 1 位")


async def test_what_happened_after_the_run_and_in_private_is_not_among_the_reasons(
    graphql: Client, database: Database, circle: Circle
) -> None:
    before = reasons(await explained(graphql, circle, "star"))
    await make_comment(database, circle["quiet"], circle.posts["first"])
    assert reasons(await explained(graphql, circle, "star")) == before

    assert "RECEIVED_COMMENT" not in reasons(await explained(graphql, circle, "insider")), "it is in a private space"


async def test_nobody_who_was_not_scored_has_reasons(graphql: Client, database: Database) -> None:
    circle = await make_circle(database)

    star = await explained(graphql, circle, "star")

    assert star["dimensions"] == []
    assert star["asOf"] is None
    assert star["summary"] == ENGLISH.sentences["unscored"]


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.sentences.keys() == CHINESE.sentences.keys()


def test_numbers_are_told_as_people_tell_them() -> None:
    assert [ENGLISH.times(amount) for amount in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert [ENGLISH.people(amount) for amount in (1, 2)] == ["1 member", "2 members"]
    assert [ENGLISH.share(percent) for percent in (97, 100)] == ["97% of the community", "everybody else"]
    assert CHINESE.share(100) == "其他所有成员"


@pytest.mark.parametrize(
    ("change", "words"), [(4.6, "up 5 points"), (-2.2, "down 2 points"), (0.3, "More than 10% of the community.")]
)
def test_changes_are_told_in_whole_points(change: float, words: str) -> None:
    names = ("composite", *DIMENSIONS, "trust")
    capital: dict[str, Any] = {f"{name}_percentile": 10.9 for name in names} | {
        f"{name}_change": change for name in names
    }
    told = explain(
        {
            "locale": "en", "capital": {**capital, "bridging": 0.0, "core": 0},
            "run": {"as_of": "2026-03-01T00:00:00+00:00", "model": 1, "dimensions": {}},
            "received": {}, "given": {}, "brand": 0, "weeks": 0, "ties": [], "place": None,
        }
    )  # fmt: skip
    assert words in told["dimensions"][0]["text"]
    assert "10%" in told["summary"], "nobody is told that they are above more than they are"


async def test_a_week_counts_once_whatever_was_done_in_it_and_only_if_it_is_of_late(
    graphql: Client, database: Database, circle: Circle
) -> None:
    star = circle["star"].member_id
    async with database.writing() as connection:
        change = connection.raw.execute
        await change("UPDATE post SET created_at = now() - interval '8 days' WHERE author_id = $1", star)
        await change(
            "UPDATE comment SET created_at = now() - interval '9 days' WHERE id = $1", circle.comments["reply"]
        )
        await change(
            "UPDATE comment SET created_at = now() - interval '200 days' WHERE id = $1", circle.comments["back"]
        )
    await score(database)

    found = reasons(await explained(graphql, circle, "star"))

    # The answer was accepted this week; posts and a reply are of the last one, and the comment of half a year ago.
    assert found["WEEKS"] == 2
    assert found["GIVEN_COMMENT"] == 1
