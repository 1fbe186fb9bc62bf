"""Rankings by filters that let few pass, or many: however a ranking is read, it is the same."""

from __future__ import annotations

from typing import Any

import pytest

from api.graph import few
from community.foundation.database import Database
from tests.api.conftest import Client
from tests.factories.graph import Circle, make_circle, score

FILTERS: tuple[dict[str, Any], ...] = (
    {"filter": {"minTrust": 50}},
    {"filter": {"minTrust": 0}, "sort": "REACH"},
    {"filter": {"role": "MODERATOR"}},
    {"filter": {"official": True}},
    {"filter": {"official": False, "minTrust": 30}},
    {"filter": {"joinedAfter": "2000-01-01T00:00:00Z", "level": "NEWCOMER"}},
    {"filter": {"joinedAfter": "2000-01-01T00:00:00Z", "joinedBefore": "2001-01-01T00:00:00Z"}},
    {"filter": {"tribe": "TRIBE"}, "sort": "REACH"},
    {"scope": {"tribe": "TRIBE", "tag": "绿茶"}, "filter": {"minTrust": 1}, "sort": "REACH"},
)
RANKING = """
query Read%s($scope: GraphScope, $sort: InfluenceSort! = SCORE, $filter: InfluenceFilter, $after: String) {
  influencers(first: 2, scope: $scope, sort: $sort, filter: $filter, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } nodes { rank member { id } } } }
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    made = await make_circle(database)
    await score(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET official = true WHERE id = $1", made["friend"].member_id)
    return made


@pytest.mark.parametrize("given", FILTERS)
async def test_a_ranking_is_the_same_however_it_is_read(
    graphql: Client, database: Database, circle: Circle, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    async with database.reading() as connection:
        tribe = await connection.raw.fetchval("SELECT id FROM tribe ORDER BY size DESC, id LIMIT 1")
    asked: dict[str, Any] = {
        name: {key: f"tribe_{tribe}" if value == "TRIBE" else value for key, value in part.items()}
        if isinstance(part, dict)
        else part
        for name, part in given.items()
    }

    async def pages(most: int) -> list[Any]:
        monkeypatch.setattr(few, "FEW", most)
        found, after = [], None
        # Under a name of its own, as the statement is kept for a document that was asked before.
        while True:
            answer = await graphql(RANKING % most, {**asked, "after": after}, as_=circle["marketer"])
            found.append({**answer["influencers"]})
            after = answer["influencers"]["pageInfo"]["endCursor"]
            if not answer["influencers"]["pageInfo"]["hasNextPage"]:
                return found

    by_walking, by_the_few = await pages(0), await pages(1_000)

    assert by_walking == by_the_few
    assert await pages(2) == by_the_few


async def test_filters_find_whom_they_are_meant_for(graphql: Client, circle: Circle) -> None:
    async def named(**given: Any) -> set[str]:
        answer = await graphql(RANKING % "", given, as_=circle["marketer"])
        names = {circle.id_of(name): name for name in circle.people}
        return {names[node["member"]["id"]] for node in answer["influencers"]["nodes"]}

    assert await named(filter={"official": True}) == {"friend"}
    assert await named(filter={"role": "MODERATOR"}) == {"moderator"}
    assert await named(filter={"joinedBefore": "2001-01-01T00:00:00Z"}) == set()
