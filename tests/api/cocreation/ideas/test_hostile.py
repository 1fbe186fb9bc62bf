"""What is too long, hidden or out of place is refused in words that name it; in a space that is read-only nothing moves."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_space
from tests.factories.ideas import make_amendment, make_board, make_co_author, make_idea, make_merge
from tests.factories.notifications import catch_up


@pytest.fixture
async def staff(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


def told(payload: Any) -> list[tuple[str, Any]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


@pytest.mark.parametrize(
    ("verb", "given", "field"),
    [
        ("createIdeaBoard", {"title": " "}, "title"),
        ("createIdeaBoard", {"title": "题" * 201}, "title"),
        ("createIdeaBoard", {"title": "a\u202eb"}, "title"),
        ("createIdeaBoard", {"title": "题", "body": "文" * 20_001}, "body"),
        ("updateIdeaBoard", {"title": ""}, "title"),
        ("updateIdeaBoard", {"body": "x\u0007"}, "body"),
        ("createIdea", {"title": "", "body": "好"}, "title"),
        ("createIdea", {"title": "题" * 201, "body": "好"}, "title"),
        ("createIdea", {"title": "好", "body": " \n"}, "body"),
        ("createIdea", {"title": "好", "body": "x" * 32_001}, "body"),
        ("createIdea", {"title": "好", "body": "好", "tags": list("abcdefghi")}, "tags"),
        ("advanceIdea", {"from": "SUBMITTED", "stage": "PLANNED", "answer": "x" * 10_001}, "answer"),
        ("advanceIdea", {"from": "SUBMITTED", "stage": "PLANNED", "answer": "\u0000"}, "answer"),
        ("declineAmendment", {"why": "因" * 501}, "reason"),
        ("mergeIdeas", {"from": [], "answer": "好"}, "from"),
        ("mergeIdeas", {"from": ["idea_1"] * 21, "answer": "好"}, "from"),
        ("mergeIdeas", {"from": ["idea_1"], "answer": ""}, "answer"),
    ],
)
async def test_what_cannot_stand_is_refused_by_the_name_of_its_field(
    graphql: Client, database: Database, staff: Acting, verb: str, given: dict[str, Any], field: str
) -> None:
    space = await make_space(database)
    board = await make_board(database, staff, space)
    idea = await make_idea(database, staff, board)
    amendment = await make_amendment(database, await make_acting(database), idea)
    places = {
        "createIdeaBoard": {"space": f"space_{space}"},
        "updateIdeaBoard": {"board": f"idea_board_{board}"},
        "createIdea": {"board": f"idea_board_{board}"},
        "advanceIdea": {"idea": f"idea_{idea}"},
        "declineAmendment": {"amendment": f"amendment_{amendment}"},
        "mergeIdeas": {"into": f"idea_{idea}"},
    }
    await graphql.token(staff)
    await catch_up(database)  # a server that a test started tells of the amendment in its own time
    before = await contents(database)

    name = verb[0].upper() + verb[1:]
    answer = await graphql.ask(
        f"mutation($input: {name}Input!) {{ {verb}(input: $input) {{ userErrors {{ code path }} }} }}",
        {"input": places[verb] | given},
        as_=staff,
    )

    if "errors" in answer:  # what no text can have is refused before anything runs
        assert field in answer["errors"][0]["message"]
    else:
        assert told(answer["data"][verb]) == [("INVALID", ["input", field])]
    assert await contents(database) == before


async def test_in_a_space_that_is_read_only_nothing_is_changed_but_what_one_hears_of(
    graphql: Client, database: Database, staff: Acting
) -> None:
    author, mate, invited, amender = [await make_acting(database) for _ in range(4)]
    space = await make_space(database)
    board = await make_board(database, staff, space)
    idea, other, third = [await make_idea(database, author, board) for _ in range(3)]
    await make_co_author(database, author, idea, mate)
    await make_co_author(database, author, idea, invited, accepted=False)
    amendment = await make_amendment(database, amender, idea)
    merge = await make_merge(database, staff, [third], other)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE space SET archived_at = now() WHERE id = $1", space)
    name = {"idea": f"idea_{idea}"}
    for verb, who, given, expected in (
        ("createIdeaBoard", staff, {"space": f"space_{space}", "title": "新"}, "SPACE_ARCHIVED"),
        ("updateIdeaBoard", staff, {"board": f"idea_board_{board}", "open": False}, "SPACE_ARCHIVED"),
        ("createIdea", author, {"board": f"idea_board_{board}", "title": "新", "body": "新"}, "SPACE_ARCHIVED"),
        ("voteForIdea", amender, name, "SPACE_ARCHIVED"),
        ("withdrawIdeaVote", amender, name, "SPACE_ARCHIVED"),
        ("advanceIdea", staff, {**name, "from": "SUBMITTED", "stage": "PLANNED", "answer": "好"}, "SPACE_ARCHIVED"),
        ("inviteCoAuthor", author, {**name, "member": f"member_{amender.member_id}"}, "SPACE_ARCHIVED"),
        ("removeCoAuthor", author, {**name, "member": f"member_{mate.member_id}"}, "SPACE_ARCHIVED"),
        ("acceptCoAuthorship", invited, name, "SPACE_ARCHIVED"),
        ("proposeAmendment", mate, {**name, "body": "新"}, "SPACE_ARCHIVED"),
        ("acceptAmendment", author, {"amendment": f"amendment_{amendment}"}, "SPACE_ARCHIVED"),
        ("declineAmendment", author, {"amendment": f"amendment_{amendment}"}, "SPACE_ARCHIVED"),
        ("mergeIdeas", staff, {"from": [f"idea_{other}"], "into": f"idea_{idea}", "answer": "好"}, "SPACE_ARCHIVED"),
        ("undoMerge", staff, {"merge": f"idea_merge_{merge}", "answer": "不"}, "SPACE_ARCHIVED"),
        ("followIdea", amender, name, None),
        ("unfollowIdea", amender, name, None),
        ("declineCoAuthorship", invited, name, None),
        ("leaveIdea", mate, name, None),
        ("withdrawAmendment", amender, {"amendment": f"amendment_{amendment}"}, None),
    ):
        payload = await graphql.change(verb, "__typename", as_=who, **given)
        assert [error["code"] for error in payload["userErrors"]] == ([expected] if expected else []), verb
