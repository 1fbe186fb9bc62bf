"""Who matters, as marketers ask and as members see their own part of it."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members import relations
from graph.profiling import object_to_profiling
from tests.api.conftest import Client
from tests.factories.discussions import suspend
from tests.factories.graph import Circle, make_circle, score

INFLUENCERS = """
query($scope: GraphScope, $sort: InfluenceSort! = SCORE, $filter: InfluenceFilter, $after: String) {
  influencers(first: 100, scope: $scope, sort: $sort, filter: $filter, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes {
      member { id } rank score { value percentile change } expectedReach { estimate low high level } trend level
      trust { percentile } bridging { value } topics(first: 5) { name } tribe { id size tags { name } }
      topTies(first: 3) { other { id } strength given received }
    }
  }
}
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    made = await make_circle(database)
    await score(database)
    return made


async def ranked(graphql: Client, circle: Circle, as_: str | None, **given: Any) -> list[str]:
    """Return who somebody finds in a ranking, by what they are in the circle."""
    answer = await graphql(INFLUENCERS, given, as_=circle[as_] if as_ else None)
    names = {circle.id_of(name): name for name in circle.people}
    return [names[node["member"]["id"]] for node in answer["influencers"]["nodes"] if node["member"]["id"] in names]


async def test_a_marketer_finds_who_matters_and_why(graphql: Client, circle: Circle) -> None:
    answer = await graphql(INFLUENCERS, as_=circle["marketer"])

    first = answer["influencers"]["nodes"][0]
    assert first["member"]["id"] == circle.id_of("star")
    assert first["rank"] == 1
    assert first["score"]["percentile"] == 100
    assert first["score"]["change"] is None
    reach = first["expectedReach"]
    assert 1 <= reach["low"] <= reach["estimate"] <= reach["high"]
    assert reach["level"] == 0.95
    assert first["level"] == "PILLAR"
    assert "绿茶" in {tag["name"] for tag in first["topics"]}
    assert first["topTies"][0]["other"]["id"] == circle.id_of("friend")
    tie = first["topTies"][0]
    assert tie["strength"] == pytest.approx(tie["given"] + tie["received"], rel=1e-4)
    assert first["tribe"]["size"] >= 3


async def test_rankings_by_scope_filter_and_sort(graphql: Client, circle: Circle) -> None:
    space = f"space_{circle.space}"
    assert (await ranked(graphql, circle, "marketer", scope={"tag": "#绿茶"}))[0] == "star"
    assert (await ranked(graphql, circle, "marketer", scope={"space": space, "window": "MONTH"}))[0] == "star"
    assert await ranked(graphql, circle, "marketer", scope={"tag": "nothing of the kind"}) == []
    by_reach = await graphql(INFLUENCERS, {"sort": "REACH"}, as_=circle["marketer"])
    reached = [node["expectedReach"]["estimate"] for node in by_reach["influencers"]["nodes"]]
    assert reached == sorted(reached, reverse=True)
    assert await ranked(graphql, circle, "marketer", sort="RISING") == [], "nobody was ranked before"
    assert await ranked(graphql, circle, "marketer", filter={"role": "ADMIN"}) == ["admin"]
    assert await ranked(graphql, circle, "marketer", filter={"level": "PILLAR"}) == ["star"]
    assert "fan" not in await ranked(graphql, circle, "marketer", filter={"minTrust": 50})
    assert await ranked(graphql, circle, "marketer", filter={"joinedAfter": "2999-01-01T00:00:00Z"}) == []
    assert "star" in await ranked(graphql, circle, "marketer", filter={"official": False})
    tribe = (await graphql(INFLUENCERS, as_=circle["marketer"]))["influencers"]["nodes"][0]["tribe"]["id"]
    assert (await ranked(graphql, circle, "marketer", scope={"tribe": tribe}))[0] == "star"
    assert await ranked(graphql, circle, "marketer", filter={"tribe": "tribe_999999"}) == []


async def test_a_space_and_a_tag_together_are_refused(graphql: Client, circle: Circle) -> None:
    answer = await graphql.ask(
        INFLUENCERS, {"scope": {"tag": "绿茶", "space": f"space_{circle.space}"}}, as_=circle["marketer"]
    )
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert "scope" in error["message"]


async def test_members_find_themselves_and_nobody_else(graphql: Client, circle: Circle) -> None:
    assert await ranked(graphql, circle, "star") == ["star"]
    assert await ranked(graphql, circle, "moderator") == ["moderator"]
    assert await ranked(graphql, circle, None) == []
    others = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Member { socialCapital { level } influence { rank } "
        "egoNetwork { nodes { distance } } } } scoreRuns(first: 5) { totalCount } }",
        {"id": circle.id_of("star")},
        as_=circle["fan"],
    )
    assert others == {
        "node": {"socialCapital": None, "influence": None, "egoNetwork": None},
        "scoreRuns": {"totalCount": 0},
    }


async def test_a_private_spaces_ranking_is_for_those_who_read_there(graphql: Client, circle: Circle) -> None:
    scope = {"space": f"space_{circle.private}"}
    assert await ranked(graphql, circle, "marketer", scope=scope) == []
    assert await ranked(graphql, circle, "insider", scope=scope) == ["insider"]
    assert set(await ranked(graphql, circle, "admin", scope=scope)) == {"insider", "mate"}


async def test_social_capital_with_its_parts_and_its_past(graphql: Client, circle: Circle) -> None:
    parts = "composite trustAndSupport strongTies participation brandSupport trust support bonding bridging"
    answer = await graphql(
        "query { viewer { member { socialCapital {"
        + " ".join(f"{name} {{ value percentile change }}" for name in parts.split())
        + " level core run { id } tribe { id coreMembers(first: 10) { nodes { member { id } } } }"
        " history(first: 3) { asOf composite trustAndSupport } } } } }",
        as_=circle["star"],
    )
    capital = answer["viewer"]["member"]["socialCapital"]
    assert capital["support"]["percentile"] == 100
    assert capital["composite"]["percentile"] == 100
    assert capital["level"] == "PILLAR"
    assert capital["run"] is None, "runs are for who may see insights"
    assert len(capital["history"]) == 1
    assert capital["history"][0]["composite"] == 100
    core = capital["tribe"]["coreMembers"]["nodes"]
    assert core == [{"member": {"id": circle.id_of("star")}}], "who else is in a tribe is for who may see insights"


async def test_who_objects_is_nowhere_at_once(graphql: Client, database: Database, circle: Circle) -> None:
    await graphql.change("objectToProfiling", "viewer { objectsToProfiling }", as_=circle["star"])

    assert "star" not in await ranked(graphql, circle, "marketer")
    assert "star" not in await ranked(graphql, circle, "marketer", scope={"tag": "绿茶"})
    answer = await graphql(INFLUENCERS, as_=circle["marketer"])
    tied = [tie["other"] for node in answer["influencers"]["nodes"] for tie in node["topTies"]]
    assert {"id": circle.id_of("star")} not in tied
    mine = await graphql(
        "{ viewer { objectsToProfiling explainScore { summary dimensions { text } } member { socialCapital { level } } } }",
        as_=circle["star"],
    )
    assert mine["viewer"]["objectsToProfiling"]
    assert mine["viewer"]["member"]["socialCapital"] is None
    assert mine["viewer"]["explainScore"]["dimensions"] == []

    payload = await graphql.change("allowProfiling", "viewer { objectsToProfiling }", as_=circle["star"])
    assert payload["viewer"] == {"objectsToProfiling": False}


async def test_a_row_that_is_still_there_is_not_shown_of_who_objects(
    graphql: Client, database: Database, circle: Circle
) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO profiling_objection (member_id) VALUES ($1)", circle["star"].member_id
        )

    assert "star" not in await ranked(graphql, circle, "marketer")
    assert await ranked(graphql, circle, "star") == []


async def test_members_are_compared_in_the_order_asked_for(graphql: Client, circle: Circle) -> None:
    ids = [circle.id_of("fan"), "member_999999", circle.id_of("star"), "post_1", "nonsense"]
    document = """query($ids: [ID!]!, $scope: GraphScope) { compareMembers(ids: $ids, scope: $scope) {
        member { id } influence { rank score { value } } socialCapital { level } } }"""

    async def compared(as_: str | None, scope: dict[str, Any] | None = None) -> list[Any]:
        answer = await graphql(document, {"ids": ids, "scope": scope}, as_=circle[as_] if as_ else None)
        found: list[Any] = answer["compareMembers"]
        return found

    everywhere = await compared("marketer")
    assert [each["member"]["id"] for each in everywhere] == [circle.id_of("fan"), circle.id_of("star")]
    assert all(each["influence"] and each["socialCapital"] for each in everywhere)
    in_space = await compared("marketer", {"space": f"space_{circle.space}"})
    assert [each["influence"]["rank"] for each in in_space] == await ranks_in_space(graphql, circle, "fan", "star")
    assert [each["influence"] for each in await compared("marketer", {"tribe": "tribe_999999"})] == [None, None]
    assert [bool(each["influence"]) for each in await compared("star")] == [False, True], "members see their own"
    assert [each["socialCapital"] for each in await compared(None)] == [None, None]

    refused = await graphql.ask(document, {"ids": ["member_1"] * 21}, as_=circle["marketer"])
    assert "20 at most" in refused["errors"][0]["message"]
    both = await graphql.ask(
        document, {"ids": ids, "scope": {"space": "space_1", "tag": "绿茶"}}, as_=circle["marketer"]
    )
    assert "a space and a tag" in both["errors"][0]["message"]


async def ranks_in_space(graphql: Client, circle: Circle, *names: str) -> list[int | None]:
    found: list[int | None] = []
    for name in names:
        answer = await graphql(
            "query($id: ID!, $scope: GraphScope) { node(id: $id) { ... on Member { influence(scope: $scope) { rank } } } }",
            {"id": circle.id_of(name), "scope": {"space": f"space_{circle.space}"}},
            as_=circle["marketer"],
        )
        found.append(answer["node"]["influence"]["rank"])
    return found


async def test_documents_of_before_may_ask_who_is_compared(graphql: Client, circle: Circle) -> None:
    answer = await graphql(
        "query($ids: [ID!]!) { compareMembers(ids: $ids) { id handle displayName member { id handle displayName } } }",
        {"ids": [circle.id_of("star")]},
    )
    [star] = answer["compareMembers"]
    assert {name: star[name] for name in ("id", "handle", "displayName")} == star["member"]


async def test_everybody_sees_how_much_members_are_part_of_the_community(
    graphql: Client, database: Database, circle: Circle
) -> None:
    document = """query($id: ID!) { community { levels { level fromPercentile } }
        node(id: $id) { ... on Member { level socialCapital { level composite { percentile } } } } }"""
    answer = await graphql(document, {"id": circle.id_of("star")}, as_=circle["marketer"])
    levels, star = answer["community"]["levels"], answer["node"]
    # Of those who are new none is scored.
    new, *levels = levels
    assert new == {"level": None, "fromPercentile": None}
    assert [level["level"] for level in levels] == ["NEWCOMER", "REGULAR", "CONTRIBUTOR", "PILLAR"]
    reached = [level for level in levels if level["fromPercentile"] <= star["socialCapital"]["composite"]["percentile"]]
    assert star["level"] == star["socialCapital"]["level"] == reached[-1]["level"]

    signed_out = await graphql(document, {"id": circle.id_of("star")})
    assert signed_out["node"] == {"level": star["level"], "socialCapital": None}

    async with database.writing() as connection:
        await object_to_profiling(connection, circle["star"].member_id)
    assert (await graphql(document, {"id": circle.id_of("star")}))["node"]["level"] is None


async def test_tribes_are_told_by_their_tags_and_bridges(graphql: Client, circle: Circle) -> None:
    answer = await graphql(
        "{ tribes(first: 10) { nodes { id size cohesion tags { name } bridges { tribe { id } weight ties } } } }",
        as_=circle["fan"],
    )
    [tribe, *_] = answer["tribes"]["nodes"]
    assert 0 <= tribe["cohesion"] <= 1
    again = await graphql("query($id: ID!) { tribe(id: $id) { size } }", {"id": tribe["id"]}, as_=circle["fan"])
    assert again["tribe"]["size"] == tribe["size"]
    assert (await graphql("{ tribes(first: 1) { totalCount } }"))["tribes"]["totalCount"] == 0


async def test_a_suspended_member_leaves_the_rankings_with_the_next_run(
    graphql: Client, database: Database, circle: Circle
) -> None:
    await suspend(database, circle["friend"])
    await score(database)

    assert "friend" not in await ranked(graphql, circle, "marketer")


async def test_whom_a_marketer_blocks_is_ranked_without_a_name(
    graphql: Client, database: Database, circle: Circle
) -> None:
    async with database.writing() as connection:
        await relations.block_member(connection, circle["star"].member_id, circle["marketer"].member_id)
    graphql.application.viewers.forget()

    answer = await graphql(INFLUENCERS, as_=circle["marketer"])

    assert answer["influencers"]["nodes"][0]["member"] is None
    assert answer["influencers"]["nodes"][0]["rank"] == 1


async def test_objecting_twice_and_at_once_is_once(database: Database, circle: Circle) -> None:
    fan = circle["fan"].member_id
    for _ in range(2):
        await database.transact(lambda connection: object_to_profiling(connection, fan))
    async with database.reading() as connection:
        count = await connection.raw.fetchval("SELECT count(*) FROM event WHERE kind = 'ProfilingObjected'")
    assert count == 1
