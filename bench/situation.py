"""What is measured on: the medium demonstration, a copy of it for the peers, and the viewers who make reads dear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from community.demonstration.load import tidy
from community.foundation.database import Connection, Database
from community.members.relations import block_member
from community.members.roles import Role, grant_moderator_by_founding, grant_role_by_system
from community.members.sessions import begin_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from community.members.signing import SigningKeys

PEERS = Path(__file__).parent / "peers"
SCENERY = "scenery-3.json"
"""Its number goes up when what is made here changes."""

MODERATOR = "tea_moderator"
FLOODED_SPACE = "oolong"
REMOVED = 9_500
BLOCKS = 250
PAGE = 20
WRITERS = 200
CROWD = 24
"""How many there are of each kind of viewer: identical reads that wait are run once, and members are not alike."""

_SPACES = "SELECT id, slug FROM space WHERE access = 'PUBLIC' AND slug <> $1 AND post_count > 100 ORDER BY id"
_PLAIN = "member.state = 'ACTIVE' AND NOT EXISTS (SELECT FROM block WHERE member.id IN (blocker_id, block.member_id))"
_ORDINARY = f"SELECT id FROM member WHERE id > 100 AND {_PLAIN} ORDER BY id LIMIT 2000"  # noqa: S608 - ours
# Whoever writes on the pages that are read; a block of theirs would change the page, and so the work.
_ON_PAGES = """
    WITH page AS (
        SELECT newest.id, newest.author_id FROM unnest($1::bigint[]) AS space (id), LATERAL (
            SELECT post.id, author_id FROM post
            WHERE space_id = space.id AND visibility = 0 ORDER BY created_at DESC, post.id DESC LIMIT 40
        ) AS newest
        UNION ALL SELECT id, author_id FROM post WHERE id = ANY($2::bigint[])
    )
    SELECT author_id FROM page UNION SELECT comment.author_id FROM comment JOIN page ON page.id = comment.post_id
"""
_THREADS = """
    SELECT id FROM post WHERE visibility = 0 AND comment_count BETWEEN 21 AND 60 AND space_id = ANY($1::bigint[])
    ORDER BY id DESC LIMIT 200
"""
_FLOOD = """
    UPDATE post SET visibility = 2, hidden_at = now(), hidden_by = $3, author_id = $2
    WHERE id IN (SELECT id FROM post WHERE space_id = $1 ORDER BY created_at DESC, id DESC LIMIT $4)
"""
_FLOOD_ACTIVITY = (
    "UPDATE post_activity SET visibility = post.visibility FROM post WHERE post.id = post_id AND post.space_id = $1"
)
_WRITABLE = "SELECT id FROM post WHERE space_id = $1 AND visibility = 0 AND locked_at IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Scenery:
    """Who reads what."""

    spaces: list[str]
    threads: list[int]
    handles: list[list[str]]
    """A member's handle, and what it is looked up by."""
    viewers: dict[str, list[int]]
    writers: list[int]
    writable_posts: list[int]


def command_line(*arguments: str, url: str, data: Path) -> None:
    """Run a `teahouse` command on the bench's database."""
    environment = {**os.environ, "DATABASE_URL": url, "TEAHOUSE_DATA_DIR": str(data)}
    subprocess.run([str(Path(sys.executable).parent / "teahouse"), *arguments], env=environment, check=True)  # noqa: S603 - ours


async def prepare(url: str, directory: Path) -> Scenery:
    """Make what is not there yet: the demonstration, the peers' copy of it, and the scenery."""
    data, kept = directory / "data", directory / SCENERY
    command_line("migrate", url=url, data=data)
    async with connected(url) as connection:
        empty = not await connection.raw.fetchval("SELECT EXISTS (SELECT FROM member)")
    if empty:
        kept.unlink(missing_ok=True)
        command_line("demo", "--size", "medium", url=url, data=data)
    if not kept.exists():
        await _copy_for_peers(url)
        async with connected(url) as connection:
            scenery = await _arrange(connection)
            await tidy(connection)
        kept.write_text(json.dumps(asdict(scenery)), encoding="utf-8")
    # A copy that was kept has what has changed in the database since: the peers write by the same functions.
    command_line("migrate", url=peers_url(url), data=data)
    return Scenery(**json.loads(kept.read_text(encoding="utf-8")))


def peers_url(url: str, name: str = "peers") -> str:
    """Return the address of another database of the same server."""
    return url.replace("@/postgres?", f"@/{name}?")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Lend one connection as the application has them."""
    database = await Database.connect(url, maximum=1, statement_within=0, idle_in_transaction_within=0)
    try:
        async with database.reading() as connection:
            yield connection
    finally:
        await database.close()


async def sign_in(connection: Connection, keys: SigningKeys, member_ids: Sequence[int]) -> list[str]:
    """Return a fresh token for each member; they live ten minutes."""
    await connection.raw.execute("BEGIN")
    tokens = [(await begin_session(connection, keys, member_id)).access_token for member_id in member_ids]
    await connection.raw.execute("COMMIT")
    return tokens


async def _copy_for_peers(url: str) -> None:
    print("Copying the database for the peers ...")
    template: Any = await asyncpg.connect(peers_url(url, "template1"))
    try:
        await template.execute("DROP DATABASE IF EXISTS peers WITH (FORCE)")
        await template.execute("CREATE DATABASE peers TEMPLATE postgres")
    finally:
        await template.close()
    peers: Any = await asyncpg.connect(peers_url(url))
    try:
        await peers.execute((PEERS / "database.sql").read_text(encoding="utf-8"))
        await peers.execute("VACUUM (ANALYZE)")
    finally:
        await peers.close()


async def _arrange(connection: Connection) -> Scenery:
    raw = connection.raw
    spaces = await raw.fetch(_SPACES, FLOODED_SPACE)
    space_ids = [space["id"] for space in spaces]
    threads = [row["id"] for row in await raw.fetch(_THREADS, space_ids)]
    named = {row["handle"]: row["id"] for row in await raw.fetch("SELECT handle, id FROM member WHERE id < 10")}
    plain = [row["id"] for row in await raw.fetch(_ORDINARY)]
    author, *plain = plain[:: len(plain) // (WRITERS + 4 * CROWD + 1)]
    blockers, moderators, space_moderators, members = (plain[CROWD * kind : CROWD * (kind + 1)] for kind in range(4))
    writers = plain[4 * CROWD :][:WRITERS]
    flooded = await raw.fetchval("SELECT id FROM space WHERE slug = $1", FLOODED_SPACE)
    seen = {row["author_id"] for row in await raw.fetch(_ON_PAGES, space_ids, threads)}
    strangers = await raw.fetch(
        f"SELECT id FROM member WHERE {_PLAIN} AND id <> ALL($1::bigint[]) ORDER BY post_count DESC, id LIMIT $2",  # noqa: S608 - ours
        [*seen, *plain],
        BLOCKS,
    )
    await raw.execute("BEGIN")
    for blocker in blockers:
        for stranger in strangers:
            await block_member(connection, blocker, stranger["id"])
    for moderator in moderators:
        await grant_role_by_system(connection, moderator, Role.MODERATOR)
    for moderator in space_moderators:
        await grant_moderator_by_founding(connection, moderator, flooded)
    await raw.execute(_FLOOD, flooded, author, named[MODERATOR], REMOVED)
    await raw.execute(_FLOOD_ACTIVITY, flooded)
    await raw.execute("UPDATE space SET post_count = post_count - $2 WHERE id = $1", flooded, REMOVED)
    # What is measured is the server: a few viewers write more in a minute than anybody does in a day.
    await raw.execute("UPDATE level_policy SET contributions_an_hour = NULL")
    await raw.execute("COMMIT")
    handles = await raw.fetch(
        "SELECT handle, handle_skeleton FROM member WHERE id = ANY($1::bigint[]) AND state = 'ACTIVE' ORDER BY id",
        [*seen][:500],
    )
    return Scenery(
        spaces=[space["slug"] for space in spaces],
        threads=threads,
        handles=[[row["handle"], row["handle_skeleton"]] for row in handles],
        viewers={
            "a member": members,
            "a member with 250 blocks": blockers,
            "a moderator": moderators,
            "a moderator of one space": space_moderators,
            "the author": [author],
        },
        writers=writers,
        writable_posts=[row["id"] for row in await raw.fetch(_WRITABLE, flooded)],
    )
