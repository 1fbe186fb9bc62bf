"""Networks to draw, ways between members, and whom and what one may like to know."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members import relations
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.graph import Circle, make_circle, score

NETWORK = """
query($id: ID!, $depth: Int!, $first: Int!) { node(id: $id) { ... on Member {
  egoNetwork(depth: $depth, first: $first) {
    nodes { member { id } distance } ties { member { id } other { id } strength }
  } } } }
"""
PATH = "query($from: ID!, $to: ID!) { path(from: $from, to: $to) { member { id } other { id } strength } }"


@pytest.fixture
async def circle(database: Database) -> Circle:
    made = await make_circle(database)
    made.people["far"] = await make_acting(database)
    post = await make_post(database, made["fan"], made.space)
    await make_comment(database, made["far"], post)
    await score(database)
    return made


def names_of(circle: Circle, ids: list[Any]) -> list[str]:
    names = {circle.id_of(name): name for name in circle.people}
    return [names[each["id"]] for each in ids]


async def network(graphql: Client, circle: Circle, of: str, *, as_: str, depth: int = 1, first: int = 50) -> Any:
    answer = await graphql(NETWORK, {"id": circle.id_of(of), "depth": depth, "first": first}, as_=circle[as_])
    return answer["node"]["egoNetwork"]


async def test_a_members_network_nearest_first(graphql: Client, circle: Circle) -> None:
    found = await network(graphql, circle, "far", as_="marketer", depth=2)

    near = [node["distance"] for node in found["nodes"]]
    assert names_of(circle, [node["member"] for node in found["nodes"]]) == ["fan", "star"]
    assert near == [1, 2]
    ends = [set(names_of(circle, [tie["member"], tie["other"]])) for tie in found["ties"]]
    assert {"far", "fan"} in ends
    assert {"fan", "star"} in ends
    assert len(ends) == len({frozenset(end) for end in ends}), "each tie once"
    shallow = await network(graphql, circle, "far", as_="marketer", depth=1)
    assert names_of(circle, [node["member"] for node in shallow["nodes"]]) == ["fan"]
    few = await network(graphql, circle, "star", as_="marketer", depth=2, first=2)
    assert len(few["nodes"]) == 2


async def test_members_see_their_own_ties_and_no_others(graphql: Client, circle: Circle) -> None:
    own = await network(graphql, circle, "fan", as_="fan", depth=2)

    assert set(names_of(circle, [node["member"] for node in own["nodes"]])) == {"star", "far"}
    assert all("fan" in names_of(circle, [tie["member"], tie["other"]]) for tie in own["ties"])
    assert await network(graphql, circle, "star", as_="fan") is None


async def test_whom_blocks_hide_is_not_in_a_network(graphql: Client, database: Database, circle: Circle) -> None:
    async with database.writing() as connection:
        await relations.block_member(connection, circle["far"].member_id, circle["fan"].member_id)
    graphql.application.viewers.forget()

    own = await network(graphql, circle, "fan", as_="fan")

    assert names_of(circle, [node["member"] for node in own["nodes"]]) == ["star"]


@pytest.mark.parametrize(("depth", "first"), [(0, 5), (3, 5), (1, 0), (1, 101)])
async def test_sizes_that_make_no_sense_are_refused(graphql: Client, circle: Circle, depth: int, first: int) -> None:
    answer = await graphql.ask(
        NETWORK, {"id": circle.id_of("fan"), "depth": depth, "first": first}, as_=circle["marketer"]
    )
    assert answer["errors"][0]["extensions"]["code"] in {"BAD_ARGUMENT", "PAGE_SIZE"}


async def test_how_two_members_are_connected(graphql: Client, circle: Circle) -> None:
    async def path(start: str, end: str, as_: str = "marketer") -> list[set[str]]:
        ends = {"from": circle.id_of(start), "to": circle.id_of(end)}
        answer = await graphql(PATH, ends, as_=circle[as_])
        return [set(names_of(circle, [tie["member"], tie["other"]])) for tie in answer["path"]]

    assert await path("far", "friend") == [{"far", "fan"}, {"fan", "star"}, {"star", "friend"}]
    assert await path("friend", "far") == [{"star", "friend"}, {"fan", "star"}, {"far", "fan"}]
    assert await path("star", "star") == []
    assert await path("star", "quiet") == [], "who has no ties is connected with nobody"
    assert await path("star", "mate") == [], "what is said in private connects nobody elsewhere"
    assert await path("far", "friend", as_="far") == [], "the ties of others are for who may see insights"


async def test_people_are_suggested_by_common_contacts_with_the_reason(graphql: Client, circle: Circle) -> None:
    answer = await graphql(
        "{ viewer { peopleYouMayKnow(first: 10) { totalCount nodes { member { id } commonCount sameTribe reason "
        "through { id } } } } }",
        as_=circle["far"],
    )

    found = answer["viewer"]["peopleYouMayKnow"]["nodes"]
    assert names_of(circle, [each["member"] for each in found]) == ["star"]
    assert found[0]["commonCount"] == 1
    assert names_of(circle, found[0]["through"]) == ["fan"]
    assert found[0]["reason"].startswith("Tied to member.")


async def test_who_is_followed_muted_hidden_or_objects_is_not_suggested(
    graphql: Client, database: Database, circle: Circle
) -> None:
    suggested = "{ viewer { peopleYouMayKnow(first: 10) { nodes { member { id } } } } }"

    async def found() -> list[str]:
        answer = await graphql(suggested, as_=circle["fan"])
        nodes = answer["viewer"]["peopleYouMayKnow"]["nodes"]
        return names_of(circle, [each["member"] for each in nodes])

    assert set(await found()) == {"friend", "admin", "marketer", "moderator"}
    fan = circle["fan"].member_id
    async with database.writing() as connection:
        await relations.follow_member(connection, fan, circle["friend"].member_id)
        await relations.mute_member(connection, fan, circle["admin"].member_id)
        await relations.block_member(connection, circle["marketer"].member_id, fan)
    graphql.application.viewers.forget()
    await graphql.change("objectToProfiling", "viewer { objectsToProfiling }", as_=circle["moderator"])

    assert await found() == []


async def test_spaces_are_suggested_by_who_is_there(graphql: Client, database: Database, circle: Circle) -> None:
    star = circle["star"]
    open_space = await make_space(database, members=(star, circle["far"]))
    await make_space(database, access="PRIVATE", members=(star,))
    await make_space(database, members=(star, circle["fan"]))
    await make_space(database, archived=True, members=(star,))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET locale = 'zh' WHERE id = $1", circle["fan"].member_id)
    graphql.application.viewers.forget()

    answer = await graphql(
        "{ viewer { spacesForYou(first: 10) { nodes { space { id } commonCount reason through { id } } } } }",
        as_=circle["fan"],
    )

    [found] = answer["viewer"]["spacesForYou"]["nodes"]
    assert found["space"]["id"] == f"space_{open_space}"
    assert found["commonCount"] == 2
    assert names_of(circle, found["through"]) == ["star", "far"]
    assert "等你的 2 位联系人在这里" in found["reason"]
