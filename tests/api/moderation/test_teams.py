"""Teams: a case reaches the department that owns it, and another where that does not answer in time."""

from __future__ import annotations

import asyncio

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.teams.routing import escalate_due
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, queue, report
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value

TEAM = """
id name respondWithin retiredAt escalatesTo { name } members(first: 5) { nodes { handle } }
routes { priority kind reason { name } space { id } tag { name } }
"""
MINUTES = [600, 300, 120, 60, 15]


@pytest.fixture
async def admin(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


async def create(graphql: Client, admin: Acting | None, name: str, **given: object) -> dict[str, object]:
    made = await graphql.change("createTeam", f"team {{ {TEAM} }}", as_=admin, name=name, **given)
    assert made["userErrors"] == []
    team: dict[str, object] = made["team"]
    return team


async def team_of(graphql: Client, admin: Acting) -> list[str | None]:
    data = await graphql("{ cases(first: 20) { nodes { team { name } } } }", as_=admin)
    return [node["team"] and node["team"]["name"] for node in data["cases"]["nodes"]]


async def test_a_complaint_about_a_product_reaches_the_department_that_owns_it(
    graphql: Client, database: Database, admin: Acting
) -> None:
    author, reporter = [await make_acting(database) for _ in range(2)]
    space = await make_space(database)
    kettle = await make_post(database, author, space, title="烧水壶漏水", tags=("烧水壶",))
    about_kettle = await make_comment(database, author, kettle, body="我的也漏 mine leaks too")
    other = await make_post(database, author, space)
    await create(graphql, admin, "Kettles 烧水壶", respondWithin=MINUTES, routes=[{"priority": 1, "tag": "烧水壶"}])
    await create(
        graphql, admin, "Law", routes=[{"priority": 2, "reason": "ILLEGAL"}, {"priority": 2, "kind": "APPEAL"}]
    )
    await create(graphql, admin, "Everything", routes=[{}])

    await report(graphql, reporter, f"post_{kettle}", "PRODUCT")
    await report(graphql, reporter, f"comment_{about_kettle}", "ILLEGAL")
    await report(graphql, reporter, f"post_{other}", "ILLEGAL")
    await report(graphql, reporter, f"member_{author.member_id}")

    assert sorted(str(name) for name in await team_of(graphql, admin)) == [
        "Everything", "Kettles 烧水壶", "Kettles 烧水壶", "Law",
    ]  # fmt: skip
    minutes = await value(
        database,
        "SELECT extract(epoch FROM respond_by - opened_at) / 60 FROM moderation_case WHERE subject_id = $1 AND severity = 4"
        " AND subject_kind = 'post'",
        kettle,
    )
    assert round(float(str(minutes))) == MINUTES[3]


async def test_what_is_graver_is_answered_sooner_and_never_later(
    graphql: Client, database: Database, admin: Acting
) -> None:
    one, two, three = [await make_acting(database) for _ in range(3)]
    post = f"post_{await make_post(database, await make_acting(database), await make_space(database))}"
    await create(graphql, admin, "All", respondWithin=MINUTES, routes=[{}])
    remaining = "SELECT round(extract(epoch FROM respond_by - now()) / 60)::int FROM moderation_case"

    await report(graphql, one, post, "SPAM")
    first = await value(database, remaining)
    await report(graphql, two, post, "SELF_HARM")
    second = await value(database, remaining)
    await report(graphql, three, post, "SPAM")

    assert (first, second, await value(database, remaining)) == (600, 15, 15)


async def test_what_is_not_decided_in_time_goes_to_the_next_team_exactly_once(
    graphql: Client, database: Database, admin: Acting
) -> None:
    reporter = await make_acting(database)
    second = await create(graphql, admin, "Second", respondWithin=MINUTES)
    await create(graphql, admin, "First", respondWithin=MINUTES, escalatesTo=second["id"], routes=[{}])
    posts = [await make_post(database, await make_acting(database), await make_space(database)) for _ in range(6)]
    for post in posts:
        await report(graphql, reporter, f"post_{post}")
    cases = await queue(graphql, admin)
    await graphql.change("claimCase", "case { id }", as_=admin, case=cases[0]["id"])
    assert await database.transact(escalate_due) == 0, "nothing is due"
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE moderation_case SET respond_by = now() - interval '1 s', escalate_at = now() - interval '1 s'"
        )
    data = await graphql("{ cases(first: 10, filter: {overdue: true}) { nodes { overdue respondBy } } }", as_=admin)
    assert [node["overdue"] for node in data["cases"]["nodes"]] == [True] * 6

    moved = await asyncio.gather(*(database.transact(escalate_due) for _ in range(4)))

    assert sum(moved) == 5, "what somebody is looking at waits for them"
    assert await database.transact(escalate_due) == 0
    names = await team_of(graphql, admin)
    assert sorted(str(name) for name in names) == ["First"] + ["Second"] * 5
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'CaseEscalated'") == 5
    theirs = await queue(graphql, admin, team=second["id"])
    assert len(theirs) == 5


async def test_a_case_is_given_to_who_may_look_at_it(graphql: Client, database: Database, admin: Acting) -> None:
    author = await make_acting(database, roles=(Role.MODERATOR,))
    moderator, member = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await report(graphql, member, f"post_{post}")
    (case,) = await queue(graphql, admin)
    team = await create(graphql, admin, "Team", members=[f"member_{moderator.member_id}"])

    async def assign(**given: object) -> list[str]:
        payload = await graphql.change(
            "assignCase", "case { team { name } assignedTo { handle } }", as_=admin, case=case["id"], **given
        )
        return codes(payload)

    assert await assign(member=f"member_{member.member_id}") == ["CANNOT_ANSWER"]
    assert await assign(member=f"member_{author.member_id}") == ["CANNOT_ANSWER"], "it is about them"
    assert await assign(team="team_999") == ["NOT_FOUND"]
    assert await assign() == ["INVALID"]
    assert await assign(team=team["id"], member=f"member_{moderator.member_id}") == []
    (mine,) = await queue(graphql, moderator, assignedTo=f"member_{moderator.member_id}")
    assert mine["id"] == case["id"]
    assert await queue(graphql, moderator, assignedTo=f"member_{admin.member_id}") == []


async def test_teams_are_changed_by_who_manages_the_community_and_do_not_escalate_in_a_ring(
    graphql: Client, database: Database, admin: Acting
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    a = await create(graphql, admin, "甲", members=[f"member_{moderator.member_id}"], routes=[{"tag": None}])
    b = await create(graphql, admin, "乙", escalatesTo=a["id"])

    async def update(**given: object) -> list[str]:
        return codes(await graphql.change("updateTeam", "team { id }", as_=admin, **given))

    assert await update(team=a["id"], escalatesTo=b["id"]) == ["ESCALATION_GOES_ROUND"]
    assert await update(team=a["id"], escalatesTo=a["id"]) == ["ESCALATION_GOES_ROUND"]
    assert await update(team=a["id"], name="乙") == ["TEAM_NAME_TAKEN"]
    assert await update(team=a["id"], respondWithin=[1, 2]) == ["INVALID"]
    assert await update(team=a["id"], routes=[{"reason": "NONE"}]) == ["REPORT_REASON_UNKNOWN"]
    assert await update(team=b["id"], escalates=False) == []
    assert await update(team=a["id"], escalatesTo=b["id"], retired=True) == []
    by_moderator = await graphql.change("updateTeam", "team { id }", as_=moderator, team=a["id"], name="mine")
    assert codes(by_moderator) == ["NOT_PERMITTED"]
    data = await graphql(f"{{ teams(first: 5) {{ nodes {{ {TEAM} }} }} }}", as_=moderator)
    assert [(team["name"], team["retiredAt"] is not None) for team in data["teams"]["nodes"]] == [
        ("乙", False), ("甲", True),
    ]  # fmt: skip
    assert data["teams"]["nodes"][1]["escalatesTo"] == {"name": "乙"}
    nobody = await graphql("{ teams(first: 5) { nodes { id } } savedReplies(first: 5) { nodes { id } } }")
    assert nobody == {"teams": {"nodes": []}, "savedReplies": {"nodes": []}}
