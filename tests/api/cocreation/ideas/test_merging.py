"""Merging ideas as staff, voters and followers see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.cocreation.ideas.advancing import advance_idea
from community.discussions.curation import lock_post
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import event_kinds, make_acting, make_space, value
from tests.factories.ideas import idea_differences, make_board, make_idea, make_merge, make_votes, post_of

IDEA = """
id stage voteCount followerCount viewerHasVoted viewerFollows viewerCanVote mergedInto { id } merge { id }
mergedIdeas(first: 5) { nodes { id } } post { lockedAt } answers(first: 1) { nodes { toStage body } }
"""
MERGE = """
id into { id voteCount } ideas(first: 5) { nodes { id stage } } mergedBy { id } movedVoteCount movedFollowerCount
undoneAt undoneBy { id } viewerCanUndo
"""


@pytest.fixture
async def staff(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


@pytest.fixture
async def ideas(database: Database, staff: Acting) -> list[int]:
    """Three ideas of one board, by three members."""
    board = await make_board(database, staff, await make_space(database))
    return [await make_idea(database, await make_acting(database), board, title=f"点子 {n}") for n in range(3)]


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def merge(graphql: Client, who: Acting, sources: list[int], into: int, answer: str = "一样的") -> Any:
    given = {"from": [f"idea_{each}" for each in sources], "into": f"idea_{into}", "answer": answer}
    return await graphql.change("mergeIdeas", f"merge {{ {MERGE} }} idea {{ {IDEA} }}", as_=who, **given)


async def undo(graphql: Client, who: Acting, merge_id: str) -> Any:
    return await graphql.change("undoMerge", f"merge {{ {MERGE} }}", as_=who, merge=merge_id, answer="不一样")


async def read(graphql: Client, idea: int, viewer: Acting | None) -> Any:
    return (await graphql(f"query($id: ID!) {{ idea(id: $id) {{ {IDEA} }} }}", {"id": f"idea_{idea}"}, as_=viewer))[
        "idea"
    ]


async def test_votes_of_several_ideas_are_one_for_each_member_and_come_back(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, second, into = ideas
    both, one, other = [await make_acting(database) for _ in range(3)]
    await make_votes(database, first, both, one)
    await make_votes(database, second, both)
    await make_votes(database, into, other)
    before = [await read(graphql, idea, both) for idea in ideas]

    done = await merge(graphql, staff, [first, second], into, answer="这三个是**一样**的")

    assert done["userErrors"] == []
    assert (done["idea"]["voteCount"], done["merge"]["movedVoteCount"], done["merge"]["movedFollowerCount"]) == (
        3,
        2,
        4,
    )
    assert (await read(graphql, into, both))["viewerHasVoted"] is True
    merged = await read(graphql, first, both)
    assert (merged["stage"], merged["mergedInto"], merged["viewerCanVote"]) == ("MERGED", {"id": f"idea_{into}"}, False)
    assert merged["post"]["lockedAt"] is not None
    assert merged["answers"]["nodes"] == [{"toStage": "MERGED", "body": "这三个是**一样**的"}]
    assert {node["id"] for node in done["idea"]["mergedIdeas"]["nodes"]} == {f"idea_{first}", f"idea_{second}"}
    assert codes(await graphql.change("voteForIdea", "idea { id }", as_=other, idea=f"idea_{first}")) == ["IDEA_CLOSED"]
    assert codes(await graphql.change("unfollowIdea", "idea { id }", as_=one, idea=f"idea_{first}")) == ["IDEA_CLOSED"]
    listed = await graphql("{ ideas(first: 5) { nodes { id } } }")
    assert listed["ideas"]["nodes"] == [{"id": f"idea_{into}"}], "what was merged is in no list"
    assert await idea_differences(database) == []

    back = await undo(graphql, staff, merged["merge"]["id"])

    assert back["userErrors"] == []
    assert back["merge"]["undoneBy"] == {"id": f"member_{staff.member_id}"}
    for idea, seen in zip(ideas, before, strict=True):
        found = await read(graphql, idea, both)
        assert {**found, "answers": None} == {**seen, "answers": None}
    assert codes(await undo(graphql, staff, merged["merge"]["id"])) == ["MERGE_UNDONE"]
    assert await idea_differences(database) == []


async def test_a_vote_taken_back_meanwhile_does_not_return(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, into, _ = ideas
    stays, leaves, joins = [await make_acting(database) for _ in range(3)]
    await make_votes(database, first, stays, leaves)
    await make_votes(database, into, leaves)
    done = await merge(graphql, staff, [first], into)
    await graphql.change("withdrawIdeaVote", "idea { id }", as_=leaves, idea=f"idea_{into}")
    await graphql.change("unfollowIdea", "idea { id }", as_=leaves, idea=f"idea_{into}")
    await graphql.change("voteForIdea", "idea { id }", as_=joins, idea=f"idea_{into}")

    await undo(graphql, staff, done["merge"]["id"])

    for member, expected in ((stays, (True, False)), (leaves, (False, False)), (joins, (False, True))):
        found = [await read(graphql, idea, member) for idea in (first, into)]
        assert tuple(each["viewerHasVoted"] for each in found) == expected
        assert tuple(each["viewerFollows"] for each in found) == expected
    assert await idea_differences(database) == []


async def test_a_lock_that_was_there_before_stays(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, second, into = ideas
    locked = await post_of(database, first)
    async with database.writing() as connection:
        await lock_post(connection, staff, locked)
    before = await value(database, "SELECT locked_at FROM post WHERE id = $1", locked)
    done = await merge(graphql, staff, [first, second], into)

    await undo(graphql, staff, done["merge"]["id"])

    assert await value(database, "SELECT locked_at FROM post WHERE id = $1", locked) == before
    assert (await read(graphql, second, None))["post"]["lockedAt"] is None
    kinds = await event_kinds(database)
    assert (kinds.count("PostLocked"), kinds.count("PostUnlocked")) == (2, 1)


async def test_who_may_merge_and_what_may_be_merged(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, second, into = ideas
    member, moderator = await make_acting(database), await make_acting(database)
    elsewhere = await make_idea(database, member, await make_board(database, staff, await make_space(database)))
    for who, sources, target, expected in (
        (member, [first], into, "NOT_PERMITTED"),
        (moderator, [first], into, "NOT_PERMITTED"),
        (staff, [], into, "INVALID"),
        (staff, [first, first], into, "INVALID"),
        (staff, [into], into, "INVALID"),
        (staff, list(range(100_000, 100_021)), into, "INVALID"),
        (staff, [elsewhere], into, "INVALID"),
        (staff, [first, 999_999], into, "NOT_FOUND"),
        (staff, [first], 999_999, "NOT_FOUND"),
    ):
        assert codes(await merge(graphql, who, sources, target)) == [expected], (sources, target)
    assert codes(await merge(graphql, staff, [first], into, answer=" ")) == ["INVALID"]
    assert "IdeasMerged" not in await event_kinds(database)
    assert (await read(graphql, first, None))["stage"] == "SUBMITTED"

    async def move(idea: int, start: str, end: str) -> None:
        await database.transact(lambda c: advance_idea(c, staff, idea, before=start, after=end, answer="好"))

    await move(first, "SUBMITTED", "PLANNED")
    await move(first, "PLANNED", "IN_THE_MAKING")
    assert codes(await merge(graphql, staff, [first], into)) == ["STAGE_NOT_NEXT"]
    await move(into, "SUBMITTED", "DECLINED")
    assert codes(await merge(graphql, staff, [second], into)) == ["IDEA_CLOSED"]
    merge_id = await make_merge(database, staff, [second], first)
    assert codes(await undo(graphql, member, f"idea_merge_{merge_id}")) == ["NOT_PERMITTED"]
    await move(first, "IN_THE_MAKING", "SHIPPED")
    assert codes(await undo(graphql, staff, f"idea_merge_{merge_id}")) == ["MERGE_FINAL"]
    credited = await graphql("query($id: ID!) { idea(id: $id) { contributors { role } } }", {"id": f"idea_{first}"})
    assert [each["role"] for each in credited["idea"]["contributors"]] == ["AUTHOR", "MERGED_AUTHOR"]


async def test_a_merge_into_what_was_merged_further_is_undone_last(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, second, third = ideas
    voter = await make_acting(database)
    await make_votes(database, first, voter)
    inner = await make_merge(database, staff, [first], second)
    outer = await make_merge(database, staff, [second], third)
    assert (await read(graphql, third, voter))["viewerHasVoted"] is True

    assert codes(await undo(graphql, staff, f"idea_merge_{inner}")) == ["MERGE_FINAL"]
    assert codes(await undo(graphql, staff, f"idea_merge_{outer}")) == []
    assert codes(await undo(graphql, staff, f"idea_merge_{inner}")) == []

    assert [(await read(graphql, idea, voter))["voteCount"] for idea in ideas] == [1, 0, 0]
    assert await idea_differences(database) == []


async def test_undone_twice_at_once_is_undone_once(
    graphql: Client, database: Database, staff: Acting, ideas: list[int]
) -> None:
    first, into, _ = ideas
    await make_votes(database, first, await make_acting(database))
    merge_id = await make_merge(database, staff, [first], into)
    other = await make_acting(database, roles=(Role.ADMIN,))

    done = await asyncio.gather(*(undo(graphql, who, f"idea_merge_{merge_id}") for who in (staff, other)))

    assert [code for each in done for code in codes(each)] == ["MERGE_UNDONE"]
    assert (await event_kinds(database)).count("MergeUndone") == 1
    assert [(await read(graphql, idea, None))["voteCount"] for idea in (first, into)] == [1, 0]
    assert await idea_differences(database) == []
