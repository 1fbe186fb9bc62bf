"""Searching over GraphQL."""

import pytest

from community.foundation.database import Database
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.world import CANARY, make_world

SEARCH = """
    query ($query: String!, $in: [SearchKind!], $filter: SearchFilter, $first: Int, $after: String) {
      search(query: $query, in: $in, filter: $filter, first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges {
          snippet { text highlighted }
          node { __typename ... on Post { title } ... on Comment { body } ... on Member { handle } ... on Space { slug } }
        }
      }
    }
"""


async def test_chinese_and_english_are_found_in_every_kind(graphql: Client, database: Database) -> None:
    author = await make_acting(database, "龙井茶客")
    space = await make_space(database)
    post = await make_post(
        database, author, space, title="龙井 Longjing", body="明前的龙井，水温八十度。Steep it twice."
    )
    await make_comment(database, author, post, body="我也喝龙井。")

    found = await graphql(SEARCH, {"query": "龙井", "first": 10})

    assert [edge["node"]["__typename"] for edge in found["search"]["edges"]].count("Post") == 1
    assert {edge["node"]["__typename"] for edge in found["search"]["edges"]} == {"Post", "Comment", "Member"}
    [of_post] = [edge for edge in found["search"]["edges"] if edge["node"]["__typename"] == "Post"]
    assert {"text": "龙井", "highlighted": True} in of_post["snippet"]
    only = await graphql(SEARCH, {"query": "steep", "in": ["POSTS"], "first": 10})
    assert [edge["node"]["title"] for edge in only["search"]["edges"]] == ["龙井 Longjing"]


async def test_pages_go_through_all_results_once(graphql: Client, database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)
    for number in range(7):
        await make_post(database, author, space, title=f"tea {number}", body="tea " * (number + 1))
    seen, after, found = [], None, {}
    for _ in range(10):
        found = (await graphql(SEARCH, {"query": "tea", "first": 2, "after": after}))["search"]
        seen += [edge["node"]["title"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == [f"tea {number}" for number in range(7)]
    assert found["totalCount"] == 7


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "-",
        '"',
        "((",
        "a & | !",
        ":*",
        "'",
        "\\",
        "<->",
        "x" * 5_000,
        "%_",
        "'; DROP TABLE post; --",
        "👨‍👩‍👧",
        "\u202e",
    ],
)
async def test_a_hostile_query_finds_nothing(graphql: Client, database: Database, query: str) -> None:
    await make_post(database, await make_acting(database), await make_space(database))
    answer = await graphql.ask(SEARCH, {"query": query, "first": 10})
    assert "errors" not in answer, answer
    assert answer["data"]["search"]["edges"] == []


async def test_only_those_find_what_is_hidden_who_may_see_it(graphql: Client, database: Database) -> None:
    world = await make_world(database)
    found = {}
    for role, member in world.members.items():
        edges = (await graphql(SEARCH, {"query": CANARY, "first": 100}, as_=member))["search"]["edges"]
        found[role] = {
            (edge["node"].get("title") or edge["node"].get("body")).split(" ", 1)[1].rstrip(" 0123456789")
            for edge in edges
        }
    assert found["anonymous"] == found["member"] - {"held", "ruled"} == {"blocked", "hidden"}
    assert found["blocker"] == set()
    assert "private" in found["insider"]
    assert "private" not in found["author"]
    assert {"removed", "withdrawn"} <= found["author"]
    assert {"removed", "private", "held", "ruled", "ruledcomment", "suspended", "blocked", "hidden"} <= found[
        "moderator"
    ]
