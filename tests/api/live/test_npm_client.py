"""What the graphql-ws client from npm, which most web clients speak by, makes of the server."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from community.foundation.database import Database
from community.members.sessions import sign_out_everywhere
from tests.api.live.conftest import RunningServer, open_space, token_of
from tests.factories.discussions import make_acting, make_comment, make_post

CLIENTS = Path(__file__).parents[2] / "clients"
Servers = tuple[RunningServer, RunningServer]

POSTS = "subscription { updates(filter: {kinds: [POST_CREATED]}) { ... on PostCreated { post { title } } } }"
NOTIFICATIONS = """
    subscription { updates(filter: {mine: true}) { ... on NotificationReceived { notification { kind } } } }
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the npm packages into a folder of this run."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node is not on this machine: what only real clients can show was not looked at")
    folder = tmp_path_factory.mktemp("clients")
    for name in ("package.json", "package-lock.json", "subscribe.mjs"):
        shutil.copy(CLIENTS / name, folder)
    outcome = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],  # noqa: S607 - whichever npm is on the path
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if outcome.returncode != 0:
        pytest.skip(f"npm cannot install the clients here: {outcome.stderr[-300:]}")
    return folder


@asynccontextmanager
async def client(folder: Path, *arguments: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        "node", "subscribe.mjs", *arguments, cwd=folder, stdout=subprocess.PIPE
    )

    async def lines() -> AsyncIterator[dict[str, Any]]:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            async for line in process.stdout:
                yield orjson.loads(line)

    try:
        yield lines()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def first(lines: AsyncIterator[dict[str, Any]], key: str) -> Any:
    """Return what the next line with a key says."""
    async for line in lines:
        if key in line:
            return line[key]
    raise AssertionError(f"the client ended without {key}")


async def test_the_client_subscribes_and_is_kept_alive(installed: Path, servers: Servers, database: Database) -> None:
    author = await make_acting(database)
    space = await open_space(database)
    async with client(installed, servers[0].socket_url, "", POSTS, "2") as lines:
        await first(lines, "connected")
        await first(lines, "pong")
        for title in ("正山小种", "Second flush"):
            await make_post(database, author, space, title=title)
        results = [await first(lines, "result") for _ in range(2)]
        await first(lines, "done")

    assert [result["data"]["updates"]["post"]["title"] for result in results] == ["正山小种", "Second flush"]


async def test_the_client_hears_its_members_notifications(
    installed: Path, servers: Servers, database: Database
) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await open_space(database))
    token = await token_of(database, author)
    async with client(installed, servers[1].socket_url, token, NOTIFICATIONS, "10") as lines:
        await first(lines, "pong")
        await make_comment(database, other, post)
        while not (result := await first(lines, "result"))["data"]["updates"]:
            pass  # of the comment itself nothing is selected

    assert result["data"]["updates"] == {"notification": {"kind": "REPLY"}}


async def test_the_client_learns_why_it_was_put_out(installed: Path, servers: Servers, database: Database) -> None:
    member = await make_acting(database)
    token = await token_of(database, member)
    async with client(installed, servers[0].socket_url, token, POSTS, "1") as lines:
        await first(lines, "pong")
        await database.transact(lambda connection: sign_out_everywhere(connection, member.member_id))

        assert await first(lines, "closed") == 4401


@pytest.mark.usefixtures("database")
async def test_the_client_learns_what_is_wrong_with_its_document(installed: Path, servers: Servers) -> None:
    async with client(installed, servers[0].socket_url, "", "subscription { nothing }", "1") as lines:
        assert await first(lines, "failed") == ["INVALID"]
