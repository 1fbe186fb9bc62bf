"""What members write goes by their level, as rows say that administrators change: who is new is slowed, and not silenced."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from community.members.roles import Role
from tests.api.moderation.moderating import codes, queue, report
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.restrictions import a_day_later, levels_as_shipped

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

LEVELS = """{ community { levels {
    number level fromPercentile contributionsAnHour links images mentions createsSpaces reportWeight
} } }"""


@pytest.fixture
async def admin(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


@pytest.fixture
async def newcomer(database: Database) -> Acting:
    await levels_as_shipped(database)
    return await make_acting(database)


async def set_level(database: Database, member: Acting, level: int) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO reputation (member_id, level, trust) VALUES ($1, $2, 50)", member.member_id, level
        )


async def change_level(graphql: Client, admin: Acting | None, level: int, **given: Any) -> Any:
    selection = "community { levels { number contributionsAnHour links createsSpaces } }"
    return await graphql.change("updateLevelPolicy", selection, as_=admin, level=level, **given)


async def comment(graphql: Client, member: Acting, post: int, body: str = "好茶 good tea") -> Any:
    return await graphql.change("createComment", "comment { id }", as_=member, post=f"post_{post}", body=body)


def links(count: int) -> str:
    return " ".join(f"https://example.org/茶/{number}" for number in range(count))


def images(count: int) -> str:
    return " ".join(f"![茶](https://example.org/{number}.png)" for number in range(count))


def mentions(count: int) -> str:
    return " ".join(f"@somebody{number}" for number in range(count))


async def test_everybody_sees_what_members_of_each_level_may_do(graphql: Client, newcomer: Acting) -> None:
    levels = (await graphql(LEVELS))["community"]["levels"]

    assert [level["number"] for level in levels] == [0, 1, 2, 3, 4]
    assert [level["level"] for level in levels] == [None, "NEWCOMER", "REGULAR", "CONTRIBUTOR", "PILLAR"]
    assert levels[0]["fromPercentile"] is None
    # None is as much as one likes: what a level may do, the next may as well.
    for name in ("contributionsAnHour", "links", "images", "mentions", "reportWeight"):
        amounts = [float("inf") if level[name] is None else level[name] for level in levels]
        assert amounts == sorted(amounts), name
        assert amounts[0] > 0, "slowed, and not silenced"


@pytest.mark.parametrize(
    ("carrying", "what", "allowed", "next_level", "next_allowed"),
    [(links, "links", 2, 1, 3), (images, "images", 2, 1, 3), (mentions, "mentions", 5, 1, 6)],
)
@pytest.mark.parametrize("verb", ["createPost", "createComment", "editComment"])
async def test_a_text_carries_no_more_than_its_authors_level_allows(
    graphql: Client,
    database: Database,
    newcomer: Acting,
    verb: str,
    carrying: Any,
    what: str,
    allowed: int,
    next_level: int,
    next_allowed: int,
) -> None:
    space = await make_space(database)
    post = await make_post(database, await make_acting(database), space)
    own = (await comment(graphql, newcomer, post))["comment"]["id"]
    given: dict[str, Any] = {
        "createPost": {"space": f"space_{space}", "title": "绿茶 green tea"},
        "createComment": {"post": f"post_{post}"},
        "editComment": {"comment": own},
    }[verb]
    before = await contents(database)

    refused = await graphql.change(verb, "clientMutationId", as_=newcomer, body=carrying(allowed + 1), **given)

    assert codes(refused) == ["LEVEL_TOO_LOW"]
    said = f"Members of your level may put {allowed} {what} into a post or comment; from level {next_level} on, "
    assert refused["userErrors"][0]["message"] == f"{said}{next_allowed}."
    assert await contents(database) == before
    done = await graphql.change(verb, "clientMutationId", as_=newcomer, body=carrying(allowed), **given)
    assert codes(done) == []
    await set_level(database, newcomer, next_level)
    grown = await graphql.change(verb, "clientMutationId", as_=newcomer, body=carrying(allowed + 1), **given)
    assert codes(grown) == []


async def test_a_burst_is_let_in_up_to_the_level_and_no_further_however_much_comes_at_once(
    graphql: Client, database: Database, newcomer: Acting
) -> None:
    space = await make_space(database)
    posts = [await make_post(database, await make_acting(database), space) for _ in range(4)]

    answers = await asyncio.gather(*(comment(graphql, newcomer, posts[number % 4]) for number in range(40)))

    assert Counter(tuple(codes(answer)) for answer in answers) == {(): 30, ("PACE_EXCEEDED",): 10}
    assert await value(database, "SELECT count(*) FROM comment WHERE author_id = $1", newcomer.member_id) == 30
    refused = next(answer for answer in answers if codes(answer))["userErrors"][0]["message"]
    assert "Members of your level write 30 posts and comments an hour: the next from " in refused
    post = {"space": f"space_{space}", "title": "还有 one more", "body": "茶"}
    assert codes(await graphql.change("createPost", "clientMutationId", as_=newcomer, **post)) == ["PACE_EXCEEDED"]
    await a_day_later(database, newcomer)
    assert codes(await graphql.change("createPost", "clientMutationId", as_=newcomer, **post)) == []
    assert await value(database, "SELECT hour_count FROM member WHERE id = $1", newcomer.member_id) == 1


async def test_who_is_not_scored_is_new_for_three_days_and_then_no_more(
    graphql: Client, database: Database, newcomer: Acting
) -> None:
    post = await make_post(database, await make_acting(database), await make_space(database))

    first = await comment(graphql, newcomer, post, links(5))
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - interval '3 days' WHERE id = $1", newcomer.member_id
        )
    then = await comment(graphql, newcomer, post, links(5))

    assert codes(first) == ["LEVEL_TOO_LOW"]
    assert codes(then) == []


async def test_staff_are_not_measured_by_their_level(graphql: Client, database: Database, newcomer: Acting) -> None:
    space = await make_space(database)
    post = await make_post(database, newcomer, space)
    of_space = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)", of_space.member_id, space
        )
    official = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET official = true WHERE id = $1", official.member_id)

    for staff in (await make_acting(database, roles=(Role.MARKETER,)), of_space, official):
        assert codes(await comment(graphql, staff, post, links(9))) == []


async def test_administrators_change_what_a_level_may_do(
    graphql: Client, database: Database, newcomer: Acting, admin: Acting
) -> None:
    post = await make_post(database, await make_acting(database), await make_space(database))
    space = {"slug": "new-space", "name": "新空间"}

    before = await graphql.change("createSpace", "space { slug }", as_=newcomer, **space)
    changed = await change_level(graphql, admin, 0, links=None, contributionsAnHour=1, createsSpaces=True)
    linked = await comment(graphql, newcomer, post, links(9))
    paced = await comment(graphql, newcomer, post)
    after = await graphql.change("createSpace", "space { slug }", as_=newcomer, **space)

    assert codes(before) == ["NOT_PERMITTED"]
    (level, *_) = changed["community"]["levels"]
    assert level == {"number": 0, "contributionsAnHour": 1, "links": None, "createsSpaces": True}
    assert (codes(linked), codes(paced), codes(after)) == ([], ["PACE_EXCEEDED"], [])
    told = await value(database, "SELECT data FROM event WHERE kind = 'LevelPolicyUpdated'")
    assert told == {"level": 0, "changes": {"links": None, "contributions_an_hour": 1, "creates_spaces": True}}


@pytest.mark.parametrize(
    ("level", "given"),
    [
        (5, {"links": 1}),
        (-1, {"links": 1}),
        (0, {"links": -1}),
        (0, {"contributionsAnHour": 0}),
        (0, {"mentions": 1_001}),
        (0, {"reportWeight": 0.0}),
        (0, {"reportWeight": 101.0}),
    ],
)
async def test_a_level_that_cannot_be_is_refused(
    graphql: Client, database: Database, admin: Acting, level: int, given: dict[str, Any]
) -> None:
    await graphql.token(admin)
    before = await contents(database)

    refused = await change_level(graphql, admin, level, **given)

    assert codes(refused) == ["INVALID"]
    assert await contents(database) == before


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.MARKETER, Role.AUDITOR])
async def test_levels_are_the_administrators_to_change(graphql: Client, database: Database, role: Role | None) -> None:
    member = await make_acting(database, roles=(role,) if role else ())

    assert codes(await change_level(graphql, member, 0, links=9)) == ["NOT_PERMITTED"]


async def test_a_report_counts_as_much_as_the_reporters_level_says(
    graphql: Client, database: Database, newcomer: Acting, admin: Acting
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    pillar = await make_acting(database)
    await set_level(database, pillar, 4)
    await change_level(graphql, admin, 0, reportWeight=0.5)
    post = f"post_{await make_post(database, await make_acting(database), await make_space(database))}"

    for reporter in (newcomer, pillar):
        assert codes(await report(graphql, reporter, post)) == []

    (case,) = await queue(graphql, moderator)
    assert [each["weight"] for each in case["reports"]["nodes"]] == [5.0, 0.5]
