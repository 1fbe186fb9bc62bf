"""What runs beside the requests goes on after errors, and ends with the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from api import background
from api.background import Background
from api.tasks import start_tasks
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.members import make_member

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.001)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; the time limit is what ends a wait in vain."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - the rows of a database are asked about, no event of ours
            await asyncio.sleep(0.01)


async def test_a_loop_that_fails_is_begun_again() -> None:
    tasks, begun, well = Background(), [], asyncio.Event()

    async def work() -> None:
        begun.append(True)
        if len(begun) < 4:
            raise OSError("数据库不在")
        well.set()
        await asyncio.Event().wait()

    tasks.forever("stubborn", work)
    await asyncio.wait_for(well.wait(), 10)
    await tasks.stop()
    assert len(begun) == 4


async def test_work_is_done_once_and_tried_again_until_it_is() -> None:
    tasks, begun = Background(), []

    async def work() -> None:
        begun.append(True)
        if len(begun) < 3:
            raise OSError

    await tasks.once("errand", work)
    assert len(begun) == 3


async def test_work_that_never_works_is_given_up() -> None:
    tasks, begun = Background(), []

    async def work() -> None:
        begun.append(True)
        raise OSError

    await tasks.once("hopeless", work)
    assert len(begun) == background.MOST_ATTEMPTS


async def test_stopping_cancels_what_runs() -> None:
    tasks, ended = Background(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.every(timedelta(hours=1), "endless", work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await tasks.stop()
    assert ended.is_set()


async def test_a_server_lets_lapsed_suspensions_end_and_finishes_those_it_left(
    graphql: Client,
    database: Database,
) -> None:
    lapsed, suspended, reader = [await make_acting(database) for _ in range(3)]
    space_id = await make_space(database)
    hidden_id, visible_id = await make_post(database, lapsed, space_id), await make_post(database, suspended, space_id)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET state = 'SUSPENDED', suspended_until = now() - interval '1 minute' WHERE id = $1",
            lapsed.member_id,
        )
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED' WHERE id = $1", suspended.member_id)
        await connection.raw.execute("UPDATE post SET visibility = 4 WHERE id = $1", hidden_id)
        await connection.raw.execute("UPDATE post_activity SET visibility = 4 WHERE post_id = $1", hidden_id)
    application = graphql.application

    async def settled() -> bool:
        rows = [
            await value(database, "SELECT visibility FROM post WHERE id = $1", id_) for id_ in (hidden_id, visible_id)
        ]
        return rows == [0, 4]

    start_tasks(application)
    try:
        await until(settled)
    finally:
        await application.background.stop()
    assert await value(database, "SELECT state FROM member WHERE id = $1", lapsed.member_id) == "ACTIVE"
    nodes = await graphql(f'{{ nodes(ids: ["post_{hidden_id}", "post_{visible_id}"]) {{ id }} }}', as_=reader)
    assert nodes["nodes"] == [{"id": f"post_{hidden_id}"}, None]


async def test_a_server_delivers_the_letters_that_are_due(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    await graphql.change("requestPasswordReset", "", as_=None, email=member.email)

    async def delivered() -> bool:
        return await value(database, "SELECT count(*) FROM mail") == 0

    start_tasks(graphql.application)
    try:
        await until(delivered)
    finally:
        await graphql.application.background.stop()
    assert list((graphql.application.settings.data_directory / "mail").glob("*.eml"))
