"""How soon what happens is told: two server processes on one database, and sockets that listen to both.

    python -m bench.live [--listeners 300] [--events 60]

Prints, from the moment a write is acknowledged: until its notification arrives at the member's socket, and until the
update has arrived at every listener; and what two servers cost that nobody asks anything. Ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from contextlib import suppress
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from bench.processes import processor_seconds
from bench.two_servers import SECRET, two_servers
from community.discussions.comments import create_comment
from community.discussions.posts import create_post
from community.foundation.database import Database
from community.members.acting import Acting, load_acting
from community.members.sessions import begin_session
from community.members.signing import load_signing_keys

COMMENTS = (
    "subscription { updates(filter: {kinds: [COMMENT_CREATED]}) { ... on CommentCreated { cursor comment { body } } } }"
)
MINE = """
    subscription {
        updates(filter: {kinds: [NOTIFICATION_RECEIVED]}) {
            ... on NotificationReceived { notification { id kind actorCount } unreadNotificationCount }
        }
    }
"""
AT_REST = 5.0  # seconds


async def listen(port: int, document: str, token: str | None = None) -> ClientConnection:
    """Open a socket and subscribe."""
    raw = await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-transport-ws"], compression=None)  # type: ignore[list-item] # a new type of str
    payload = {"authorization": f"Bearer {token}"} if token else {}
    await raw.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    await raw.recv()
    await raw.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": {"query": document}}).decode())
    return raw


async def next_result(raw: ClientConnection) -> float:
    """Wait for a result; return when it came."""
    message = orjson.loads(await raw.recv())
    assert message["type"] == "next", message
    return time.perf_counter()


async def make_member(database: Database, handle: str) -> Acting:
    """Make a member."""
    async with database.writing() as connection:
        member_id = await connection.raw.fetchval(
            "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ($1, $1, $1) RETURNING id", handle
        )
        return await load_acting(connection, member_id)


async def measure(url: str, ports: list[int], processes: list[int], listeners: int, events: int) -> None:
    """Measure, and print a table."""
    database = await Database.connect(url)
    author, other = await make_member(database, "author"), await make_member(database, "other")
    async with database.writing() as connection:
        space = await connection.raw.fetchval("INSERT INTO space (slug, name) VALUES ('bench', 'bench') RETURNING id")
        # Nobody writes as fast as what is measured here.
        await connection.raw.execute("UPDATE level_policy SET contributions_an_hour = NULL")
        post = await create_post(connection, author, space_id=space, title="茶", body="茶", tags=())
        grant = await begin_session(connection, await load_signing_keys(database, SECRET), author.member_id)
    before, began = [processor_seconds(process) for process in processes], time.perf_counter()
    await asyncio.sleep(AT_REST)
    spent = sum(processor_seconds(process) for process in processes) - sum(before)
    rest = spent / (time.perf_counter() - began) / len(processes)

    member = await listen(ports[1], MINE, grant.access_token)
    crowd = [await listen(port, COMMENTS) for port, _ in zip(itertools.cycle(ports), range(listeners), strict=False)]
    await asyncio.sleep(1)
    told, everywhere = [], []
    for number in range(events):

        async def write(connection: Any, number: int = number) -> int:
            return await create_comment(connection, other, post_id=post, body=f"第{number}泡")

        waiting = [asyncio.create_task(next_result(raw)) for raw in (member, *crowd)]
        await database.transact(write)
        done = time.perf_counter()
        arrived = await asyncio.gather(*waiting)
        told.append((arrived[0] - done) * 1000)
        everywhere.append((max(arrived[1:]) - done) * 1000)
    for name, times in (("notification", told), (f"update, the last of {listeners}", everywhere)):
        cuts = statistics.quantiles(times, n=100)
        sys.stdout.write(f"{name:32} p50 {cuts[49]:7.1f} ms   p95 {cuts[94]:7.1f} ms   most {max(times):7.1f} ms\n")
    sys.stdout.write(f"{'a server at rest':32} {rest * 100:.1f}% of a processor\n")
    for raw in (member, *crowd):
        with suppress(Exception):
            await raw.close()
    await database.close()


def main() -> None:
    """Set up, measure, and put all away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, default=300)
    parser.add_argument("--events", type=int, default=60)
    given = parser.parse_args()
    # All listen from loopback.
    with two_servers(TEAHOUSE_CONNECTIONS_PER_ADDRESS=str(given.listeners + 1)) as servers:
        asyncio.run(measure(servers.url, list(servers.ports), list(servers.processes), given.listeners, given.events))


if __name__ == "__main__":
    main()
