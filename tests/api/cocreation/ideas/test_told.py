"""Who hears of what becomes of ideas: once for each occasion, and only of what they may see."""

from __future__ import annotations

from typing import Any

import pytest

from community.cocreation.ideas.advancing import advance_idea
from community.cocreation.ideas.amendments import accept_amendment, decline_amendment, withdraw_amendment
from community.cocreation.ideas.co_authors import remove_co_author
from community.cocreation.ideas.merging import undo_merge
from community.cocreation.ideas.support import unfollow_idea
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.notifications import writing
from community.notifications.kinds import NotificationKind
from community.notifications.reading import update_notification_preferences
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, value
from tests.factories.events import settle
from tests.factories.ideas import make_amendment, make_board, make_co_author, make_idea, make_merge, make_votes, post_of
from tests.factories.notifications import catch_up, told


@pytest.fixture
async def staff(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


async def kinds(database: Database, member: Acting) -> list[tuple[str, str | None]]:
    return [(each.kind, each.subject) for each in await told(database, member.member_id)]


async def move(database: Database, staff: Acting, idea: int, before: str, after: str) -> None:
    await database.transact(lambda c: advance_idea(c, staff, idea, before=before, after=after, answer="好"))


async def test_followers_hear_of_every_step_and_contributors_of_their_credit(
    graphql: Client, database: Database, staff: Acting
) -> None:
    board = await make_board(database, staff, await make_space(database))
    author, voter, gone, quiet = [await make_acting(database) for _ in range(4)]
    idea = await make_idea(database, author, board)
    await make_votes(database, idea, voter, gone, quiet, staff)
    async with database.writing() as connection:
        await unfollow_idea(connection, gone, idea)
        await update_notification_preferences(connection, quiet.member_id, {NotificationKind.IDEA_ADVANCED: False})
    await move(database, staff, idea, "SUBMITTED", "PLANNED")
    await catch_up(database)
    name = f"idea_{idea}"

    assert await kinds(database, voter) == [("IDEA_ADVANCED", name)]
    assert await kinds(database, author) == [("IDEA_ADVANCED", name)]
    assert [await kinds(database, member) for member in (gone, quiet, staff)] == [[], [], []]
    [shown] = (
        await graphql(
            "{ viewer { notifications(first: 5) { nodes { kind actorCount subject { ... on Idea { stage "
            "answers(first: 1) { nodes { body } } } } } } } }",
            as_=voter,
        )
    )["viewer"]["notifications"]["nodes"]
    assert shown == {
        "kind": "IDEA_ADVANCED", "actorCount": 0,
        "subject": {"stage": "PLANNED", "answers": {"nodes": [{"body": "好"}]}},
    }  # fmt: skip
    await move(database, staff, idea, "PLANNED", "SHIPPED")
    await catch_up(database)

    assert await kinds(database, voter) == [("IDEA_SHIPPED", name), ("IDEA_ADVANCED", name)]
    assert await kinds(database, author) == [("IDEA_CREDITED", name), ("IDEA_ADVANCED", name)]
    assert await kinds(database, quiet) == [("IDEA_SHIPPED", name)]
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE post SET visibility = 2 WHERE id = $1", await post_of(database, idea))
    hidden = await graphql("{ viewer { notifications(first: 5) { totalCount } } }", as_=voter)
    assert hidden["viewer"]["notifications"]["totalCount"] == 0, "what is hidden is not told of any more"


async def test_however_many_follow_each_is_told_once(
    database: Database, staff: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "TOLD_AT_ONCE", 2)
    board = await make_board(database, staff, await make_space(database))
    idea = await make_idea(database, await make_acting(database), board)
    voters = [await make_acting(database) for _ in range(6)]
    await make_votes(database, idea, *voters)
    for before, after in (("SUBMITTED", "PLANNED"), ("PLANNED", "UNDER_REVIEW")):
        await move(database, staff, idea, before, after)
        await catch_up(database)

    assert [await kinds(database, voter) for voter in voters] == [[("IDEA_ADVANCED", f"idea_{idea}")]] * 6


async def test_authors_and_amenders_hear_of_each_other(graphql: Client, database: Database, staff: Acting) -> None:
    board = await make_board(database, staff, await make_space(database))
    author, mate, amender, asked = [await make_acting(database) for _ in range(4)]
    idea = await make_idea(database, author, board)
    await make_co_author(database, author, idea, mate)
    await make_co_author(database, author, idea, asked, accepted=False)
    taken = await make_amendment(database, amender, idea, body="甲")
    await catch_up(database)

    assert set(await kinds(database, author)) == {
        ("CO_AUTHOR_JOINED", f"idea_{idea}"), ("AMENDMENT_PROPOSED", f"amendment_{taken}"),
    }  # fmt: skip
    assert set(await kinds(database, mate)) == {
        ("CO_AUTHOR_INVITED", f"idea_{idea}"), ("AMENDMENT_PROPOSED", f"amendment_{taken}"),
    }  # fmt: skip
    assert await kinds(database, asked) == [("CO_AUTHOR_INVITED", f"idea_{idea}")]
    [first] = (
        await graphql(
            "{ viewer { notifications(first: 5, filter: {kinds: [AMENDMENT_PROPOSED]}) { nodes { actors(first: 2) "
            "{ nodes { id } } subject { ... on Amendment { body } } } } } }",
            as_=mate,
        )
    )["viewer"]["notifications"]["nodes"]
    assert first == {"actors": {"nodes": [{"id": f"member_{amender.member_id}"}]}, "subject": {"body": "甲"}}

    await database.transact(lambda c: accept_amendment(c, author, taken))
    left = await make_amendment(database, amender, idea, body="乙")
    await database.transact(lambda c: decline_amendment(c, mate, left, why="不"))
    back = await make_amendment(database, amender, idea, body="丙")
    await database.transact(lambda c: withdraw_amendment(c, amender, back))
    await database.transact(lambda c: remove_co_author(c, author, idea, asked.member_id))
    await catch_up(database)

    assert await kinds(database, amender) == [
        ("AMENDMENT_DECLINED", f"amendment_{left}"), ("AMENDMENT_ACCEPTED", f"amendment_{taken}"),
    ]  # fmt: skip
    assert await kinds(database, author) == [("CO_AUTHOR_JOINED", f"idea_{idea}")], "what is decided waits for nobody"
    assert await kinds(database, asked) == []


async def test_of_a_merge_each_hears_once_and_of_one_undone_nobody(database: Database, staff: Acting) -> None:
    board = await make_board(database, staff, await make_space(database))
    author = await make_acting(database)
    first, second, into = [await make_idea(database, author, board) for _ in range(3)]
    both, one = await make_acting(database), await make_acting(database)
    await make_votes(database, first, both)
    await make_votes(database, second, both, one)
    merge_id = await make_merge(database, staff, [first, second], into)
    await catch_up(database)

    assert await kinds(database, both) == [("IDEA_MERGED", f"idea_{first}")]
    assert await kinds(database, one) == [("IDEA_MERGED", f"idea_{second}")]
    await database.transact(lambda c: undo_merge(c, staff, merge_id, answer="不"))
    await catch_up(database)
    assert [await kinds(database, member) for member in (both, one, author)] == [[], [], []]


async def test_a_private_idea_is_told_of_to_nobody_who_left(database: Database, staff: Acting) -> None:
    author, voter = await make_acting(database), await make_acting(database)
    space = await make_space(database, access="PRIVATE", members=(author, voter))
    idea = await make_idea(database, author, await make_board(database, staff, space))
    await make_votes(database, idea, voter)
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM space_member WHERE member_id = $1", voter.member_id)
    await move(database, staff, idea, "SUBMITTED", "PLANNED")
    await catch_up(database)

    assert await kinds(database, voter) == []
    assert await kinds(database, author) == [("IDEA_ADVANCED", f"idea_{idea}")]
    assert await value(database, "SELECT count(*) FROM notification") == 1


async def test_updates_tell_of_what_a_follower_is_told(graphql: Client, database: Database, staff: Acting) -> None:
    board = await make_board(database, staff, await make_space(database))
    idea = await make_idea(database, await make_acting(database), board)
    voter = await make_acting(database)
    await make_votes(database, idea, voter)
    start = (await graphql("{ updatesCursor }", as_=voter))["updatesCursor"]
    await move(database, staff, idea, "SUBMITTED", "PLANNED")
    await catch_up(database)

    answer: Any = await graphql(
        "query($c: String!) { updatesSince(cursor: $c, first: 10, filter: {kinds: [NOTIFICATION_RECEIVED]}) { updates "
        "{ ... on NotificationReceived { notification { kind subject { id } } unreadNotificationCount } } } }",
        {"c": start},
        as_=voter,
    )

    assert answer["updatesSince"]["updates"] == [
        {"notification": {"kind": "IDEA_ADVANCED", "subject": {"id": f"idea_{idea}"}}, "unreadNotificationCount": 1}
    ]


async def test_who_looks_at_an_idea_sees_it_change(graphql: Client, database: Database, staff: Acting) -> None:
    board = await make_board(database, staff, await make_space(database))
    private = await make_board(database, staff, await make_space(database, access="PRIVATE"))
    author, voter = await make_acting(database), await make_acting(database)
    idea, other = await make_idea(database, author, board), await make_idea(database, author, board)
    hidden = await make_idea(database, staff, private)
    start = (await graphql("{ updatesCursor }"))["updatesCursor"]
    await make_votes(database, idea, voter, staff)
    await make_votes(database, other, voter)
    await make_votes(database, hidden, staff)

    async def changes(since: str) -> list[tuple[str, int]]:
        await settle(database)
        answer: Any = await graphql(
            "query($c: String!) { updatesSince(cursor: $c, first: 50, filter: {kinds: [IDEA_CHANGED]}) { updates "
            "{ ... on IdeaChanged { idea { id stage voteCount } } } } }",
            {"c": since},
        )
        return [(each["idea"]["id"], each["idea"]["voteCount"]) for each in answer["updatesSince"]["updates"]]

    assert await changes(start) == [(f"idea_{idea}", 2), (f"idea_{other}", 1)], "who voted is not told, only how many"
    since = (await graphql("{ updatesCursor }"))["updatesCursor"]
    await make_merge(database, staff, [other], idea)
    assert await changes(since) == [(f"idea_{other}", 1), (f"idea_{idea}", 2)]
