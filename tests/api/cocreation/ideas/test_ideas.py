"""An idea from its board to what became of it, as who proposes, who votes and who decides see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.context import Context
from api.document import Documents
from community.discussions.posts import delete_post
from community.discussions.viewers import load_viewer
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.principals import ALL_SCOPES, Principal
from community.members.roles import Role
from tests.api.canaries.expansion import NO_LIMITS, Expansion
from tests.api.conftest import Client
from tests.factories.discussions import block, make_acting, make_comment, make_space, suspend, value
from tests.factories.ideas import idea_differences, make_board, make_idea, make_votes, post_of

IDEA = """
id title body bodyHtml author { handle } stage nextStages voteCount followerCount post { id idea { id } } board { id }
viewerHasVoted viewerFollows viewerCanVote viewerCanFollow viewerCanAdvance viewerIsAuthor
answers(first: 10) { nodes { fromStage toStage body bodyHtml answeredBy { id } } } contributors { member { id } role }
"""


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def read(graphql: Client, idea: int, viewer: Acting | None) -> Any:
    document = f"query($id: ID!) {{ idea(id: $id) {{ {IDEA} }} }}"
    return (await graphql(document, {"id": f"idea_{idea}"}, as_=viewer))["idea"]


async def advance(graphql: Client, staff: Acting | None, idea: int, before: str, after: str, answer: str = "好") -> Any:
    given = {"idea": f"idea_{idea}", "from": before, "stage": after, "answer": answer}
    return await graphql.change("advanceIdea", f"idea {{ {IDEA} }}", as_=staff, **given)


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_an_idea_from_its_board_to_the_shelf(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    author, voter = await make_acting(database), await make_acting(database)
    board = (
        await graphql.change(
            "createIdeaBoard", "board { id open title bodyHtml viewerCanManage }", as_=marketer,
            space=f"space_{space}", title="茶具 Teaware", body="想要**什么**？",
        )
    )["board"]  # fmt: skip
    assert board == {
        "id": board["id"], "open": True, "title": "茶具 Teaware", "bodyHtml": "<p>想要<strong>什么</strong>？</p>",
        "viewerCanManage": True,
    }  # fmt: skip

    made = await graphql.change(
        "createIdea", f"idea {{ {IDEA} }}", as_=author,
        board=board["id"], title="带滤网的旅行杯", body="出门也能**泡茶**。", tags=["旅行"],
    )  # fmt: skip
    assert made["userErrors"] == []
    idea = int(made["idea"]["id"].removeprefix("idea_"))
    assert (made["idea"]["title"], made["idea"]["stage"], made["idea"]["voteCount"]) == (
        "带滤网的旅行杯",
        "SUBMITTED",
        0,
    )
    assert made["idea"]["post"]["idea"]["id"] == made["idea"]["id"]
    assert (made["idea"]["viewerFollows"], made["idea"]["followerCount"]) == (True, 1), "who proposes it follows it"

    voted = await graphql.change("voteForIdea", f"idea {{ {IDEA} }}", as_=voter, idea=made["idea"]["id"])
    assert (voted["idea"]["voteCount"], voted["idea"]["followerCount"]) == (1, 2)
    assert (voted["idea"]["viewerHasVoted"], voted["idea"]["viewerFollows"]) == (True, True)
    for before, after in (("SUBMITTED", "UNDER_REVIEW"), ("UNDER_REVIEW", "PLANNED"), ("PLANNED", "IN_THE_MAKING")):
        assert codes(await advance(graphql, marketer, idea, before, after, f"到了 **{after}**")) == []
    assert (await read(graphql, idea, voter))["contributors"] == []
    shipped = (await advance(graphql, marketer, idea, "IN_THE_MAKING", "SHIPPED"))["idea"]

    assert shipped["stage"] == "SHIPPED"
    assert shipped["nextStages"] == []
    assert shipped["contributors"] == [{"member": {"id": f"member_{author.member_id}"}, "role": "AUTHOR"}]
    assert [answer["toStage"] for answer in shipped["answers"]["nodes"]] == [
        "SHIPPED", "IN_THE_MAKING", "PLANNED", "UNDER_REVIEW",
    ]  # fmt: skip
    assert shipped["answers"]["nodes"][1]["bodyHtml"] == "<p>到了 <strong>IN_THE_MAKING</strong></p>"
    late = await graphql.change("voteForIdea", "idea { id }", as_=author, idea=made["idea"]["id"])
    assert codes(late) == ["IDEA_CLOSED"]
    assert codes(await advance(graphql, marketer, idea, "SHIPPED", "PLANNED")) == ["STAGE_NOT_NEXT"]
    async with database.reading() as connection:
        handle = await connection.raw.fetchval("SELECT handle FROM member WHERE id = $1", author.member_id)
    credited = await graphql(
        "query($handle: String!) { member(handle: $handle) { creditedIdeas(first: 5) { nodes { title } totalCount } } }",
        {"handle": handle},
    )
    assert credited["member"]["creditedIdeas"] == {"nodes": [{"title": "带滤网的旅行杯"}], "totalCount": 1}
    assert await idea_differences(database) == []


async def test_twenty_votes_of_each_at_once_are_one_of_each(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    board = await make_board(database, marketer, await make_space(database))
    idea = await make_idea(database, await make_acting(database), board)
    members = [await make_acting(database) for _ in range(20)]

    done = await asyncio.gather(
        *(
            graphql.change("voteForIdea", "idea { id }", as_=member, idea=f"idea_{idea}")
            for _ in range(20)
            for member in members
        )
    )

    assert all(codes(each) == [] for each in done)
    assert (await read(graphql, idea, None))["voteCount"] == 20
    assert await value(database, "SELECT count(*) FROM idea_vote WHERE idea_id = $1", idea) == 20
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'IdeaVoted'") == 20
    assert await idea_differences(database) == []


async def test_who_unfollowed_is_not_made_to_follow_by_voting(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    board = await make_board(database, marketer, await make_space(database))
    idea, member = await make_idea(database, await make_acting(database), board), await make_acting(database)
    name = f"idea_{idea}"
    await graphql.change("followIdea", "idea { id }", as_=member, idea=name)
    unfollowed = await graphql.change("unfollowIdea", f"idea {{ {IDEA} }}", as_=member, idea=name)
    assert (unfollowed["idea"]["viewerFollows"], unfollowed["idea"]["followerCount"]) == (False, 1)

    voted = await graphql.change("voteForIdea", f"idea {{ {IDEA} }}", as_=member, idea=name)
    assert (voted["idea"]["viewerHasVoted"], voted["idea"]["viewerFollows"]) == (True, False)
    withdrawn = await graphql.change("withdrawIdeaVote", f"idea {{ {IDEA} }}", as_=member, idea=name)
    assert (withdrawn["idea"]["viewerHasVoted"], withdrawn["idea"]["voteCount"]) == (False, 0)
    again = await graphql.change("followIdea", f"idea {{ {IDEA} }}", as_=member, idea=name)
    assert (again["idea"]["viewerFollows"], again["idea"]["followerCount"]) == (True, 2)
    followed = await graphql("{ viewer { followedIdeas(first: 5) { nodes { id } } } }", as_=member)
    assert followed["viewer"]["followedIdeas"]["nodes"] == [{"id": name}]
    assert await idea_differences(database) == []


async def test_of_two_who_advance_at_once_one_is_told_so(graphql: Client, database: Database, marketer: Acting) -> None:
    board = await make_board(database, marketer, await make_space(database))
    idea = await make_idea(database, await make_acting(database), board)
    admin = await make_acting(database, roles=(Role.ADMIN,))

    done = await asyncio.gather(
        advance(graphql, marketer, idea, "SUBMITTED", "PLANNED", "要做"),
        advance(graphql, admin, idea, "SUBMITTED", "DECLINED", "不做"),
    )

    assert [code for each in done for code in codes(each)] == ["STAGE_CHANGED"]
    found = await read(graphql, idea, None)
    [answer] = found["answers"]["nodes"]
    assert found["stage"] == answer["toStage"]
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'IdeaAdvanced'") == 1


async def test_a_closed_board_takes_no_ideas_and_those_there_go_on(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    board = await make_board(database, marketer, await make_space(database))
    author = await make_acting(database)
    idea = await make_idea(database, author, board)
    shut = await graphql.change(
        "updateIdeaBoard", "board { open title }", as_=marketer, board=f"idea_board_{board}", open=False
    )
    assert shut["board"] == {"open": False, "title": "茶具 Teaware"}

    made = await graphql.change(
        "createIdea", "idea { id }", as_=author, board=f"idea_board_{board}", title="晚了", body="一步"
    )

    assert codes(made) == ["BOARD_CLOSED"]
    assert await value(database, "SELECT count(*) FROM post") == 1
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=author, idea=f"idea_{idea}")) == []
    open_ones = await graphql("{ ideaBoards(first: 5, filter: {open: true}) { totalCount } }")
    assert open_ones["ideaBoards"]["totalCount"] == 0


async def test_who_may_lead_and_who_may_not(graphql: Client, database: Database, marketer: Acting) -> None:
    moderator, member = await make_acting(database), await make_acting(database)
    space = await make_space(database, moderators=(moderator,))
    other = await make_space(database)
    board, elsewhere = await make_board(database, marketer, space), await make_board(database, marketer, other)
    idea, far = await make_idea(database, member, board), await make_idea(database, member, elsewhere)

    for space_, expected in ((space, []), (other, ["NOT_PERMITTED"])):
        made = await graphql.change(
            "createIdeaBoard", "board { id }", as_=moderator, space=f"space_{space_}", title="新"
        )
        assert codes(made) == expected
    refused = await graphql.change("createIdeaBoard", "board { id }", as_=member, space=f"space_{space}", title="新")
    assert codes(refused) == ["NOT_PERMITTED"]
    assert codes(await advance(graphql, member, idea, "SUBMITTED", "PLANNED")) == ["NOT_PERMITTED"]
    assert codes(await advance(graphql, None, idea, "SUBMITTED", "PLANNED")) == ["UNAUTHENTICATED"]
    assert codes(await advance(graphql, moderator, far, "SUBMITTED", "PLANNED")) == ["NOT_PERMITTED"]
    assert codes(await advance(graphql, moderator, idea, "SUBMITTED", "SHIPPED")) == ["STAGE_NOT_NEXT"]
    assert codes(await advance(graphql, moderator, idea, "SUBMITTED", "PLANNED", "  ")) == ["INVALID"]
    assert codes(await advance(graphql, moderator, idea, "UNDER_REVIEW", "PLANNED")) == ["STAGE_CHANGED"]
    assert await value(database, "SELECT count(*) FROM idea_answer") == 0
    assert (await read(graphql, idea, moderator))["viewerCanAdvance"] is True
    assert (await read(graphql, idea, member))["viewerCanAdvance"] is False
    assert codes(await advance(graphql, moderator, idea, "SUBMITTED", "PLANNED")) == []


async def test_an_idea_is_seen_as_its_post_is(graphql: Client, database: Database, marketer: Acting) -> None:
    author, blocker, member = [await make_acting(database) for _ in range(3)]
    board = await make_board(database, marketer, await make_space(database))
    idea = await make_idea(database, author, board)
    admin = await make_acting(database, roles=(Role.ADMIN,))
    private_space = await make_space(database, access="PRIVATE", members=(author,))
    private = await make_idea(database, author, await make_board(database, admin, private_space))
    await block(database, blocker, author)

    assert await read(graphql, private, author) is not None
    assert await read(graphql, private, member) is None
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=member, idea=f"idea_{private}")) == [
        "NOT_FOUND"
    ]
    assert await read(graphql, idea, blocker) is None
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=blocker, idea=f"idea_{idea}")) == ["NOT_FOUND"]
    assert codes(await graphql.change("followIdea", "idea { id }", as_=blocker, idea=f"idea_{idea}")) == ["NOT_FOUND"]
    listed = await graphql("{ ideas(first: 10) { nodes { id } } }", as_=blocker)
    assert listed["ideas"]["nodes"] == []
    post = await post_of(database, idea)
    async with database.writing() as connection:
        await delete_post(connection, admin, post, reason="广告")
    assert await read(graphql, idea, member) is None
    assert (await read(graphql, idea, admin))["viewerCanVote"] is False
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=admin, idea=f"idea_{idea}")) == [
        "NOT_PERMITTED"
    ]
    await suspend(database, member)
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=member, idea=f"idea_{idea}")) == [
        "ACCOUNT_SUSPENDED"
    ]
    assert await value(database, "SELECT count(*) FROM idea_vote") == 0


async def test_lists_are_sorted_filtered_and_paged(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    board, other = await make_board(database, marketer, space), await make_board(database, marketer, space)
    author, voters = await make_acting(database), [await make_acting(database) for _ in range(3)]
    first = await make_idea(database, author, board, title="铁壶 Iron kettle")
    second = await make_idea(database, voters[0], board, title="竹盘 Bamboo tray")
    third = await make_idea(database, author, other, title="玻璃杯 Glass cup")
    await make_votes(database, second, *voters)
    await make_votes(database, first, voters[0])
    await make_comment(database, voters[1], await post_of(database, first))
    await advance(graphql, marketer, third, "SUBMITTED", "PLANNED")

    async def listed(filter_: str = "", sort: str = "TOP") -> list[int]:
        answer = await graphql(f"{{ ideas(first: 10, filter: {{ {filter_} }}, sort: {sort}) {{ nodes {{ id }} }} }}")
        return [int(node["id"].removeprefix("idea_")) for node in answer["ideas"]["nodes"]]

    assert await listed() == [second, first, third]
    assert await listed(sort="NEWEST") == [third, second, first]
    assert (await listed(sort="ACTIVE"))[0] == first
    assert await listed(f'board: "idea_board_{board}"') == [second, first]
    assert await listed(f'space: "space_{space}", author: "member_{author.member_id}"') == [first, third]
    assert await listed("stage: PLANNED") == [third]
    assert await listed("stage: MERGED") == []
    assert await listed('query: "竹盘"') == [second]
    assert await listed('query: "kettle"') == [first]
    page = await graphql("{ ideas(first: 1) { nodes { id } pageInfo { endCursor hasNextPage } totalCount } }")
    assert (page["ideas"]["totalCount"], page["ideas"]["pageInfo"]["hasNextPage"]) == (3, True)
    after = page["ideas"]["pageInfo"]["endCursor"]
    rest = await graphql("query($a: String) { ideas(first: 5, after: $a) { nodes { id } } }", {"a": after})
    assert [node["id"] for node in rest["ideas"]["nodes"]] == [f"idea_{first}", f"idea_{third}"]
    boards = await graphql(
        "query($id: ID!) { ideaBoard(id: $id) { title ideas(first: 1, sort: NEWEST) { nodes { id } } space { id } } }",
        {"id": f"idea_board_{board}"},
    )
    assert boards["ideaBoard"]["ideas"]["nodes"] == [{"id": f"idea_{second}"}]


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("旅行用的茶杯", "要有滤网", ["cup", "kettle"]),
        ("A strainer for the travel cup", "", ["cup"]),
        ("The best of all for it", "", []),
        ("铁壶", "", ["kettle"]),
        ("全新的东西", "", []),
        ("''' & ! | \\ <-> :*", "", []),
    ],
)
async def test_what_is_alike_is_found_before_it_is_proposed_again(
    graphql: Client, database: Database, marketer: Acting, title: str, body: str, expected: list[str]
) -> None:
    space = await make_space(database)
    board = await make_board(database, marketer, space)
    author = await make_acting(database)
    made = {
        "cup": await make_idea(database, author, board, title="带滤网的旅行杯", body="Travel cup with a strainer"),
        "kettle": await make_idea(database, author, board, title="小铁壶", body="旅行时烧水的壶"),
        "tray": await make_idea(database, author, board, title="竹盘", body="A tray of bamboo, and for all"),
    }
    hidden = await make_idea(database, author, board, title="带滤网的旅行杯", body="strainer travel cup")
    async with database.writing() as connection:
        await delete_post(connection, author, await post_of(database, hidden))

    answer = await graphql(
        "query($title: String!, $body: String!, $board: ID) { similarIdeas(title: $title, body: $body, board: $board, "
        "first: 5) { nodes { id } } }",
        {"title": title, "body": body, "board": f"idea_board_{board}"},
    )

    names = {f"idea_{number}": name for name, number in made.items()}
    assert [names[node["id"]] for node in answer["similarIdeas"]["nodes"]] == expected


async def test_no_field_of_an_idea_leads_to_who_voted(graphql: Client, database: Database, marketer: Acting) -> None:
    author, voter = await make_acting(database), await make_acting(database, "tallyho")
    admin = await make_acting(database, roles=(Role.ADMIN,))
    space = await make_space(database, members=(author,))
    idea = await make_idea(database, author, await make_board(database, marketer, space))
    await make_votes(database, idea, voter)
    executor = graphql.application.executor
    found: dict[str, str] = {}
    for name, member in (("author", author), ("admin", admin), ("marketer", marketer), ("voter", voter)):
        expansion = Expansion(executor.schema, 0, deepest=2)
        asked = f'{{ idea(id: "idea_{idea}") {expansion.on(executor.schema.type_map["Idea"], 0)} }}'
        principal = Principal(member.member_id, ALL_SCOPES)
        async with database.reading() as connection:
            viewer = await load_viewer(connection, principal)
        operation = Documents(executor.schema, NO_LIMITS, suggestions=False).operation(asked, None)
        context = Context(graphql.application, principal, viewer)
        found[name] = (await executor.query(context, operation, {})).decode()

    for name, answer in found.items():
        assert f"member_{author.member_id}" in answer, "the walk does reach members"
        assert "tallyho" not in answer, name
        assert f'"member_{voter.member_id}"' not in answer, name
