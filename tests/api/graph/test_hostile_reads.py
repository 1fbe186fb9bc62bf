"""Reads of the graph with what nobody sends by accident: refused in words, or answered with what the asker may see."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members import relations
from tests.api.conftest import Client
from tests.factories.discussions import make_comment, make_post
from tests.factories.graph import Circle, make_circle, score

RANKING = """
query($scope: GraphScope, $sort: InfluenceSort! = SCORE, $filter: InfluenceFilter, $after: String) {
  influencers(first: 2, scope: $scope, sort: $sort, filter: $filter, after: $after) {
    totalCount pageInfo { endCursor } nodes { rank member { id } }
  }
}
"""
OWN = """
{ viewer {
  member { egoNetwork(first: 50) { nodes { member { id } } ties { strength } }
    socialCapital { topTies(first: 32) { other { id } } } }
  peopleYouMayKnow(first: 20) { nodes { member { id } } } spacesForYou(first: 20) { nodes { space { id } } }
  explainScore { dimensions { reasons { text } } }
} }
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    made = await make_circle(database)
    await score(database)
    return made


async def refusal(graphql: Client, circle: Circle, **given: Any) -> str:
    answer = await graphql.ask(RANKING, given, as_=circle["marketer"])
    [error] = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


async def found(graphql: Client, circle: Circle, as_: str = "marketer", **given: Any) -> list[str]:
    answer = await graphql(RANKING, given, as_=circle[as_])
    names = {circle.id_of(name): name for name in circle.people}
    return [names.get(node["member"]["id"], "") for node in answer["influencers"]["nodes"]]


async def test_a_cursor_of_one_order_is_none_of_another(graphql: Client, circle: Circle) -> None:
    answer = await graphql(RANKING, as_=circle["marketer"])
    cursor = answer["influencers"]["pageInfo"]["endCursor"]

    assert len(await found(graphql, circle, after=cursor)) == 2
    assert await refusal(graphql, circle, sort="REACH", after=cursor) == "BAD_ARGUMENT"
    assert await refusal(graphql, circle, sort="RISING", after=cursor) == "BAD_ARGUMENT"
    assert await refusal(graphql, circle, after="strongest~1~1") == "BAD_ARGUMENT"


@pytest.mark.parametrize("value", ["nan", "inf", "-infinity", "1e999", "1_0", "", "0x1p3", "１"])
async def test_a_cursor_holds_a_number(graphql: Client, circle: Circle, value: str) -> None:
    assert await refusal(graphql, circle, sort="REACH", after=f"reach~{value}~1") == "BAD_ARGUMENT"


@pytest.mark.parametrize(
    ("value", "code"),
    [("1e999", "NUMBER_TOO_LARGE"), ("-1e999", "NUMBER_TOO_LARGE"), ('"NaN"', "INVALID"), ("NaN", "INVALID")],
)
async def test_a_bound_of_trust_is_a_finite_number(graphql: Client, circle: Circle, value: str, code: str) -> None:
    document = f"{{ influencers(first: 1, filter: {{ minTrust: {value} }}) {{ nodes {{ rank }} }} }}"

    answer = await graphql.ask(document, as_=circle["marketer"])

    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_bounds_of_trust_beyond_all_find_all_or_none(graphql: Client, circle: Circle) -> None:
    assert len(await found(graphql, circle, filter={"minTrust": -1.5e15})) == 2
    assert await found(graphql, circle, filter={"minTrust": 1.5e15}) == []


@pytest.mark.parametrize(
    "given",
    [
        {"scope": {"space": "member_1"}},
        {"scope": {"space": "space_99999999999999999999"}},
        {"scope": {"tribe": "space_1"}},
        {"scope": {"tag": ""}},
        {"scope": {"tag": "#" * 5_000}},
        {"filter": {"tribe": "tag_1"}},
        {"filter": {"tribe": "tribe_-1"}, "sort": "REACH"},
    ],
)
async def test_what_is_no_scope_has_no_ranking(graphql: Client, circle: Circle, given: dict[str, Any]) -> None:
    assert await found(graphql, circle, **given) == []


async def test_ids_of_other_types_lead_nowhere(graphql: Client, circle: Circle) -> None:
    post = f"post_{circle.posts['first']}"
    answer = await graphql(
        "query($from: ID!, $to: ID!) { path(from: $from, to: $to) { strength } tribe(id: $to) { size } "
        "node(id: $to) { ... on Member { egoNetwork { nodes { distance } } } } }",
        {"from": circle.id_of("star"), "to": post},
        as_=circle["marketer"],
    )
    assert answer == {"path": [], "tribe": None, "node": {}}


async def test_more_are_excluded_than_a_plan_takes(graphql: Client, circle: Circle) -> None:
    crowd = [f"member_{number}" for number in range(10_001)]

    payload = await graphql.change("planSeeding", "job { id }", as_=circle["marketer"], members=1, exclude=crowd)

    assert payload["job"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["INVALID"]


@pytest.mark.parametrize("tag", ["宋茶", "ÇAY", "شاي", "𠮷茶"])
async def test_tags_of_any_script_name_a_scope(graphql: Client, database: Database, circle: Circle, tag: str) -> None:
    for _ in range(3):
        post = await make_post(database, circle["star"], circle.space, tags=(tag,))
        await make_comment(database, circle["fan"], post)
    await score(database)

    assert set(await found(graphql, circle, scope={"tag": tag})) == {"star", "fan"}
    assert set(await found(graphql, circle, scope={"tag": f"#{tag}"})) == {"star", "fan"}


@pytest.mark.parametrize("tag", ["🍵", "绿茶🍵", "👩\u200d🌾", "\u202e绿茶", "绿\ufe0f茶'); --"])
async def test_what_no_tag_can_be_names_no_scope(graphql: Client, circle: Circle, tag: str) -> None:
    assert await found(graphql, circle, scope={"tag": tag}) == []


async def test_who_no_longer_reads_a_private_space_is_told_no_place_there(
    graphql: Client, database: Database, circle: Circle
) -> None:
    own = (
        "query($scope: GraphScope) { viewer { member { influence(scope: $scope) { rank } } "
        "explainScore(scope: $scope) { place } } }"
    )
    scope = {"scope": {"space": f"space_{circle.private}"}}
    before = (await graphql(own, scope, as_=circle["insider"]))["viewer"]
    async with database.writing() as connection:
        await connection.raw.execute(
            "DELETE FROM space_member WHERE space_id = $1 AND member_id = $2",
            *(circle.private, circle["insider"].member_id),
        )
    graphql.application.viewers.forget()

    after = (await graphql(own, scope, as_=circle["insider"]))["viewer"]

    assert before["explainScore"]["place"].startswith("You are number ")
    assert after["member"]["influence"] is None
    assert not after["explainScore"]["place"].startswith("You are number ")


async def test_whose_ties_are_all_hidden_by_blocks_is_shown_none(
    graphql: Client, database: Database, circle: Circle
) -> None:
    async with database.writing() as connection:
        for other in ("star", "friend", "admin", "marketer", "moderator"):
            await relations.block_member(connection, circle[other].member_id, circle["fan"].member_id)
    graphql.application.viewers.forget()

    own = (await graphql(OWN, as_=circle["fan"]))["viewer"]

    assert own["member"]["egoNetwork"] == {"nodes": [], "ties": []}
    assert {tie["other"] and tie["other"]["id"] for tie in own["member"]["socialCapital"]["topTies"]} == {None}
    assert own["peopleYouMayKnow"]["nodes"] == []
    assert own["spacesForYou"]["nodes"] == []
    told = [reason["text"] for each in own["explainScore"]["dimensions"] for reason in each["reasons"]]
    assert not any("member." in text for text in told), "nobody is named"


@pytest.mark.parametrize("amount", [20, 50, 100])
async def test_many_networks_in_one_document_are_too_many(graphql: Client, circle: Circle, amount: int) -> None:
    aliased = " ".join(
        f"a{number}: egoNetwork(depth: 2, first: 100) {{ nodes {{ distance }} }}" for number in range(amount)
    )
    document = f'{{ node(id: "{circle.id_of("star")}") {{ ... on Member {{ {aliased} }} }} }}'

    answer = await graphql.ask(document, as_=circle["marketer"])

    [error] = answer["errors"]
    assert error["extensions"]["code"] in {"TOO_COSTLY", "TOO_MANY_ALIASES", "TOO_MANY_REPETITIONS"}


async def test_a_network_to_draw_can_be_had_whole(graphql: Client, circle: Circle) -> None:
    drawn = "nodes { member { id displayName } distance } ties { member { id } other { id } strength }"
    document = f'{{ node(id: "{circle.id_of("star")}") {{ ... on Member {{ egoNetwork(depth: 2, first: 100) {{ {drawn} }} }} }} }}'

    answer = await graphql.ask(document, as_=circle["marketer"])

    assert answer["data"]["node"]["egoNetwork"]["nodes"]
    assert answer["extensions"]["cost"]["requested"] < 3_000


@pytest.mark.parametrize(
    ("selection", "least"),
    [
        ('path(from: "member_1", to: "member_2") { strength }', 1_000),
        ('node(id: "member_1") { ... on Member { egoNetwork(depth: 2, first: 1) { nodes { distance } } } }', 500),
        ("viewer { peopleYouMayKnow(first: 1) { nodes { commonCount } } }", 500),
        ("viewer { explainScore { summary } }", 1_000),
    ],
)
async def test_what_takes_long_costs_much(graphql: Client, circle: Circle, selection: str, least: int) -> None:
    answer = await graphql.ask(f"{{ {selection} }}", as_=circle["marketer"])

    assert answer["extensions"]["cost"]["requested"] >= least
