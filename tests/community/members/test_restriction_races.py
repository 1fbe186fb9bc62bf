"""A restriction that is placed while somebody writes: what they write was there before, or is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from community.discussions.comments import create_comment
from community.discussions.posts import create_post
from community.foundation.clock import now
from community.members.errors import MemberLimited
from community.members.restricting import Restriction, lift_restrictions, place_restrictions
from community.members.restrictions import Limit
from tests.factories.discussions import Action, differences, make_acting, make_post, make_space, value
from tests.factories.restrictions import restrict
from tests.waiting import until

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.members.acting import Acting

WRITINGS = ("post", "comment")
_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) OR NOT granted AND locktype = 'transactionid')"


async def writing(database: Database, member: Acting, kind: str) -> Action:
    """Return how a member writes something with a link in it."""
    space = await make_space(database)
    post = await make_post(database, await make_acting(database), space)
    body = "看 https://example.org/茶"
    if kind == "post":
        return lambda connection: create_post(connection, member, space_id=space, title="茶 tea", body=body)
    return lambda connection: create_comment(connection, member, post_id=post, body=body)


async def somebody_waits(database: Database) -> None:
    async def waits() -> bool:
        return bool(await value(database, _WAITS))

    await until(waits)


async def place(connection: Connection, member: Acting, limit: Limit) -> None:
    seconds = 600 if limit is Limit.SLOW_MODE else None
    await place_restrictions(
        connection,
        None,
        member.member_id,
        [Restriction(limit, seconds)],
        until=now() + timedelta(hours=1),
        decision_id=1,
    )


@pytest.mark.parametrize("limit", [Limit.SILENCE, Limit.NO_LINKS])
@pytest.mark.parametrize("kind", WRITINGS)
async def test_who_is_restricted_while_they_write_is_refused_when_the_restriction_commits_first(
    database: Database, kind: str, limit: Limit
) -> None:
    member = await make_acting(database)
    write = await writing(database, member, kind)

    async with database.writing() as connection:
        await place(connection, member, limit)
        # They looked before anything was to be seen of it, and wait for their own row.
        task = asyncio.create_task(database.transact(write))
        await somebody_waits(database)
    with pytest.raises(MemberLimited):
        await task

    assert await value(database, f"SELECT count(*) FROM {kind} WHERE author_id = $1", member.member_id) == 0
    assert await differences(database) == []


@pytest.mark.parametrize("kind", WRITINGS)
async def test_what_is_on_its_way_when_the_restriction_comes_was_there_before(database: Database, kind: str) -> None:
    member = await make_acting(database)
    write = await writing(database, member, kind)

    async with database.writing() as connection:
        await write(connection)
        placing = asyncio.create_task(database.transact(lambda other: place(other, member, Limit.SILENCE)))
        await somebody_waits(database)
        assert not placing.done()
    await placing

    assert await value(database, f"SELECT count(*) FROM {kind} WHERE author_id = $1", member.member_id) == 1
    with pytest.raises(MemberLimited):
        await database.transact(write)


@pytest.mark.parametrize("kind", WRITINGS)
async def test_slow_mode_lets_one_through_of_many_at_once(database: Database, kind: str) -> None:
    member = await make_acting(database)
    await restrict(database, member, Limit.SLOW_MODE, seconds=600)
    writes = [await writing(database, member, kind) for _ in range(8)]

    done = await asyncio.gather(*(database.transact(write) for write in writes), return_exceptions=True)

    assert sum(isinstance(each, MemberLimited) for each in done) == 7
    assert await value(database, f"SELECT count(*) FROM {kind} WHERE author_id = $1", member.member_id) == 1
    assert await differences(database) == []


async def test_restrictions_placed_and_lifted_at_once_leave_what_holds(database: Database) -> None:
    member = await make_acting(database)
    for decision_id in range(1, 6):
        await restrict(database, member, Limit.NO_LINKS, decision_id=decision_id)

    def lift(decision_id: int) -> Action:
        return lambda connection: lift_restrictions(connection, None, member.member_id, decision_id=decision_id)

    await asyncio.gather(
        *(database.transact(lift(decision_id)) for decision_id in range(1, 6)),
        *(restrict(database, member, Limit.NO_VOTES, decision_id=decision_id) for decision_id in range(6, 9)),
    )

    held = await value(
        database, "SELECT jsonb_path_query_array(limits, '$[*].kind') FROM member WHERE limits IS NOT NULL"
    )
    assert held == ["NO_VOTES"] * 3
    assert await value(database, "SELECT count(*) FROM restriction") == 3
