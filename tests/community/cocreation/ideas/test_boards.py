"""A board that closes while ideas are on their way to it."""

from __future__ import annotations

import asyncio

import pytest

from community.cocreation.ideas.boards import update_idea_board
from community.cocreation.ideas.errors import BoardClosed
from community.cocreation.ideas.proposing import create_idea
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.factories.discussions import differences, make_acting, make_space, value
from tests.factories.ideas import make_board
from tests.waiting import until


async def waits(database: Database) -> bool:
    return bool(await value(database, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))


async def make_open_board(database: Database) -> tuple[Acting, Acting, int]:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    return staff, await make_acting(database), await make_board(database, staff, await make_space(database))


async def test_who_closes_a_board_waits_for_an_idea_on_its_way(database: Database) -> None:
    staff, member, board = await make_open_board(database)

    async with database.writing() as connection:
        await create_idea(connection, member, board, title="赶上了", body="好")
        closing = asyncio.create_task(database.transact(lambda c: update_idea_board(c, staff, board, open_=False)))
        await until(lambda: waits(database))
        assert not closing.done()
    assert await closing

    assert await value(database, "SELECT count(*) FROM idea") == 1
    assert await value(database, "SELECT open FROM idea_board") is False


async def test_an_idea_that_comes_while_a_board_is_closed_is_refused_whole(database: Database) -> None:
    staff, member, board = await make_open_board(database)

    async with database.writing() as connection:
        await update_idea_board(connection, staff, board, open_=False)
        late = asyncio.create_task(database.transact(lambda c: create_idea(c, member, board, title="晚了", body="好")))
        await until(lambda: waits(database))
    with pytest.raises(BoardClosed):
        await late

    assert await value(database, "SELECT count(*) FROM post") == 0
    assert await differences(database) == []
