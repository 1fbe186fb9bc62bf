"""How soon a decision holds everywhere: made at one server process, read at another, by somebody who is not signed in.

    python -m bench.restricting [--rounds 10] [--written 2000]

For each action that takes something away it prints, from the moment the decision is sent: until it is acknowledged, until no read at
the other process shows what it took (the node, feeds, searches in English and in Chinese, the profile), and until the
counters are right. The last line is a member with so many posts, who is suspended. Ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from bench.two_servers import SECRET, two_servers
from community.discussions.comments import create_comment
from community.discussions.posts import create_post
from community.discussions.recount import recount
from community.foundation.database import Connection, Database
from community.members.acting import Acting, load_acting
from community.members.profiles import update_profile
from community.members.sessions import begin_session
from community.members.signing import load_signing_keys

ENGLISH, CHINESE = "whatistakenaway", "要拿掉的话"
MOST = 30.0  # seconds
MEASURES: Final[dict[tuple[str, str], dict[str, Any]]] = {
    ("EDIT", "post"): {"title": "换了", "body": "换了 changed"},
    ("HIDE", "post"): {},
    ("HIDE", "comment"): {},
    ("REMOVE", "post"): {},
    ("REMOVE", "comment"): {},
    ("MOVE", "post"): {},
    ("SUSPEND", "member"): {},
    ("BAN", "member"): {},
    ("RESET_PROFILE", "member"): {"fields": ["DISPLAY_NAME", "BIO", "LOCATION", "WEBSITE_URL", "AVATAR_URL"]},
}
READ = """
    query($id: ID!, $author: ID!) {
        node(id: $id) { ... on Post { title body } ... on Comment { body } ... on Member { bio } }
        author: node(id: $author) { ... on Member { bio posts(first: 5) { nodes { title } } comments(first: 5) { nodes { body } } } }
        posts(first: 20) { nodes { title body comments(first: 20) { nodes { body } } } }
        english: search(query: "whatistakenaway", first: 5) { totalCount edges { snippet { text } } }
        chinese: search(query: "要拿掉的话", first: 5) { totalCount edges { snippet { text } } }
    }
"""
DECIDE = "mutation($input: DecideInput!) { decide(input: $input) { userErrors { code message } } }"


class Place:
    """Two processes, a moderator at the one, and readers at the other."""

    def __init__(self, database: Database, ports: list[int]) -> None:
        """Take what is there."""
        self.database = database
        self._here, self._there = (httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") for port in ports)
        self._members = 0

    async def settle(self) -> None:
        """Make spaces, a moderator and a post to comment on."""
        self._moderator = await self.member()
        async with self.database.writing() as connection:
            raw = connection.raw
            await raw.execute(
                "INSERT INTO role_grant (member_id, role) VALUES ($1, 'MODERATOR')", self._moderator.member_id
            )
            await raw.execute("UPDATE level_policy SET contributions_an_hour = NULL")
            make = "INSERT INTO space (slug, name, access) VALUES ($1, $1, $2) RETURNING id"
            self._public = await raw.fetchval(make, "tea", "PUBLIC")
            self._private = await raw.fetchval(make, "back-room", "PRIVATE")
            keys = await load_signing_keys(self.database, SECRET)
            grant = await begin_session(connection, keys, self._moderator.member_id)
            self._host = await create_post(
                connection, self._moderator, space_id=self._public, title="茶会", body="茶会", tags=()
            )
        self._here.headers["authorization"] = f"Bearer {grant.access_token}"
        # A process hears of a space by its event; these were made without one.
        await asyncio.sleep(1)

    async def member(self) -> Acting:
        """Make a member."""
        self._members += 1
        async with self.database.writing() as connection:
            member_id = await connection.raw.fetchval(
                "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ($1, $1, $1) RETURNING id",
                f"m{self._members}",
            )
            return await load_acting(connection, member_id)

    async def write(self, kind: str, written: int = 1) -> tuple[str, Acting]:
        """Have somebody write what is to be taken away; return what is to be decided on, and whose it is."""
        author, word = await self.member(), f"{ENGLISH} {CHINESE}"

        async def write(connection: Connection) -> str:
            if kind == "comment":
                return f"comment_{await create_comment(connection, author, post_id=self._host, body=word)}"
            await update_profile(connection, author.member_id, bio=word if kind == "member" else "")
            posts = [
                await create_post(connection, author, space_id=self._public, title=word, body=word, tags=())
                for _ in range(written)
            ]
            return f"post_{posts[0]}" if kind == "post" else f"member_{author.member_id}"

        subject = await self.database.transact(write)
        # Told to all before it is taken away, as it would be.
        while not _shows(await self._read(subject, author)):
            pass
        return subject, author

    async def _read(self, subject: str, author: Acting) -> Any:
        variables = {"id": subject, "author": f"member_{author.member_id}"}
        answer = (await self._there.post("/graphql", json={"query": READ, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def measure(self, action: str, kind: str, written: int = 1) -> tuple[float, float, float]:
        """Decide; return the seconds until that is acknowledged, until it holds for readers, and until all is counted."""
        subject, author = await self.write(kind, 0 if action == "RESET_PROFILE" else written)
        given = dict(MEASURES[action, kind])
        if action == "SUSPEND":
            given["until"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        if action == "MOVE":
            given["space"] = f"space_{self._private}"
        decision = {"subject": subject, "reason": "SPAM", "measures": [{"action": action, **given}]}
        began = time.perf_counter()

        async def decide() -> float:
            answer = (
                await self._here.post("/graphql", json={"query": DECIDE, "variables": {"input": decision}})
            ).json()
            assert not answer["data"]["decide"]["userErrors"], answer
            return time.perf_counter() - began

        acknowledged = asyncio.create_task(decide())
        while _shows(await self._read(subject, author)):
            assert time.perf_counter() - began < MOST, action
        gone = time.perf_counter() - began
        sent = await acknowledged
        while await self._miscounted():
            assert time.perf_counter() - began < MOST, action
        return sent, gone, time.perf_counter() - began

    async def _miscounted(self) -> bool:
        async with self.database.reading() as connection:
            return bool(await recount(connection))

    async def close(self) -> None:
        """Close what is open."""
        await self._here.aclose()
        await self._there.aclose()


def _shows(seen: Any) -> bool:
    return any(word in str(seen) for word in (ENGLISH, CHINESE)) or bool(seen["english"]["totalCount"])


async def measure(url: str, ports: list[int], rounds: int, written: int) -> None:
    """Measure, and print a table."""
    database = await Database.connect(url)
    place = Place(database, ports)
    await place.settle()
    head = ("acknowledged", "gone for all", "counted")
    sys.stdout.write(f"{'':28}" + "".join(f"{name:>24}" for name in head) + "\n")
    for action, kind in MEASURES:
        times = [await place.measure(action, kind) for _ in range(rounds)]
        _print(f"{action} of a {kind}", times)
    _print(f"SUSPEND, {written:,} posts", [await place.measure("SUSPEND", "member", written)])
    await place.close()
    await database.close()


def _print(name: str, times: list[tuple[float, float, float]]) -> None:
    columns = [[1000 * each for each in column] for column in zip(*times, strict=True)]
    told = "".join(f"{statistics.median(column):>12.0f} most {max(column):>4.0f} ms" for column in columns)
    sys.stdout.write(f"{name:28}{told}\n")


def main() -> None:
    """Set up, measure, and put all away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--written", type=int, default=2_000)
    given = parser.parse_args()
    # Nobody reads as often as what is measured here.
    with two_servers(TEAHOUSE_SPENDING_CAPACITY=str(10**9)) as servers:
        asyncio.run(measure(servers.url, list(servers.ports), given.rounds, given.written))


if __name__ == "__main__":
    main()
