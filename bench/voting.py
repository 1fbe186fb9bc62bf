"""Casting ballots: who votes for what, put to Teahouse and to one statement by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from bench import documents
from bench.candidates import BY_HAND, OURS, Tokens
from bench.load import request
from bench.situation import Scenery, peers_url

OPTIONS = 5

_ROUND = """
    INSERT INTO round (space_id, title, method, ballot_kind, smallest_result, seed, state, opened_at, closes_at)
    SELECT min(id), 'bench', 'APPROVAL', 'APPROVING', 5, 'bench', 'OPEN', now(), now() + interval '300 days'
    FROM space WHERE access = 'PUBLIC' AND archived_at IS NULL
    RETURNING id
"""
_OPTIONS = """
    INSERT INTO round_option (round_id, position, title) SELECT $1, place, 'option ' || place
    FROM generate_series(0, $2 - 1) AS place RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Voting:
    """A server, and a ballot cast there by another member each time, or by one again."""

    server: str
    scenery: Scenery
    round_id: int
    options: list[int]
    viewer: str = ""

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server

    def requests(self, tokens: Tokens) -> Iterator[bytes]:
        """Return ballots without end."""
        chance = random.Random()
        while True:
            member = chance.choice(self.scenery.writers)
            named = sorted(chance.sample(range(OPTIONS), 2))
            if self.server == OURS:
                choices = [{"option": f"round_option_{self.options[place]}"} for place in named]
                given = {"round": f"round_{self.round_id}", "choices": choices}
                body = {"query": documents.BALLOT, "variables": {"input": given}}
                yield request("/graphql", orjson.dumps(body), tokens[str(member)][0])
            else:
                marks = [int(place in named) for place in range(OPTIONS)]
                values = {"round": self.round_id, "viewer": member, "marks": marks}
                yield request("/ballot", orjson.dumps(values))


async def votings(scenery: Scenery, url: str) -> list[Voting]:
    """Open a round in each database, and let everybody vote in it."""
    asked = [(OURS, await _asked(url)), (BY_HAND, await _asked(peers_url(url)))]
    return [Voting(server, scenery, round_id, options) for server, (round_id, options) in asked]


async def _asked(url: str) -> tuple[int, list[int]]:
    connection: Any = await asyncpg.connect(url)
    try:
        round_id = await connection.fetchval(_ROUND)
        return round_id, [row["id"] for row in await connection.fetch(_OPTIONS, round_id, OPTIONS)]
    finally:
        await connection.close()
