"""Measuring: each candidate in turn, again and again, so that whatever the machine does meanwhile does it to all."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import SecretStr

from bench.candidates import BY_HAND, Asking, Candidate
from bench.load import Load, WrongAnswer
from bench.processes import family, processor_seconds
from bench.situation import Scenery, connected, sign_in
from community.foundation.settings import Settings
from community.members.signing import derive_keys

if TYPE_CHECKING:
    from bench.candidates import Tokens

WARM_UP = 1.5


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate's medians over the rounds."""

    name: str
    server: str
    viewer: str
    per_second: float
    server_milliseconds: float
    database_milliseconds: float
    median_latency: float
    slow_latency: float
    """What one answer in a hundred takes longer than, in milliseconds."""
    load_share: float
    """The part of one core that the load itself took."""

    @property
    def milliseconds(self) -> float:
        """Processor time a request, of the server and of PostgreSQL."""
        return self.server_milliseconds + self.database_milliseconds


@dataclass(slots=True)
class Bench:
    """The servers that run, and how they are measured."""

    ports: Mapping[str, int]
    servers: Mapping[str, int]
    postmaster: int
    url: str
    data: Path
    scenery: Scenery
    rounds: int
    seconds: float

    async def run(self, candidates: Sequence[Asking], connections: int) -> list[Result]:
        """Measure candidates in turn, all of them in each round."""
        measured: dict[str, list[Result]] = {candidate.name: [] for candidate in candidates}
        for number in range(self.rounds):
            tokens = await self.tokens()
            # Whoever comes after the other database's readers finds fewer of its pages in memory.
            first = number * len(candidates) // self.rounds
            for candidate in (*candidates[first:], *candidates[:first]):
                measured[candidate.name].append(await self._once(candidate, connections, tokens))
        return [_median(results) for results in measured.values()]

    async def run_pairs(
        self,
        pairs: Sequence[tuple[str, Candidate, Candidate]],
        connections: int,
    ) -> list[tuple[str, Result, Result]]:
        """Measure pairs, the one and the other in turn."""
        results = []
        for title, *pair in pairs:
            rounds = []
            for _ in range(self.rounds):
                tokens = await self.tokens()
                rounds.append([await self._once(candidate, connections, tokens) for candidate in pair])
            first, second = (_median(list(each)) for each in zip(*rounds, strict=True))
            results.append((title, first, second))
        return results

    async def tokens(self) -> Tokens:
        """Return fresh tokens: of the viewers of each kind, and of the writers by their numbers."""
        keys = derive_keys(_settings(self.url, self.data).signing_key().encode())
        people = {**self.scenery.viewers, **{str(writer): [writer] for writer in self.scenery.writers}}
        async with connected(self.url) as connection:
            return {name: await sign_in(connection, keys, members) for name, members in people.items()}

    async def check(self, candidates: Sequence[Candidate]) -> None:
        """See that all candidates show the same: as many rows, the same first and last.

        Raises:
            WrongAnswer: naming who does not.
        """
        tokens = await self.tokens()
        expected: list[Any] = []
        for candidate in sorted(candidates, key=lambda each: each.server != BY_HAND):
            asked = islice(candidate.requests(tokens), len(candidate.bodies))
            found = [_substance(await self._answer(candidate.server, sent)) for sent in asked]
            expected = expected or found
            # Who moderates everywhere also sees what is hidden from others, so that only the amounts can be near.
            if candidate.viewer == "a moderator":
                same = all(abs(one[0] - other[0]) <= other[0] / 10 for one, other in zip(found, expected, strict=True))
            else:
                same = found == expected
            if not same:
                one, other = next(pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1])
                raise WrongAnswer(f"{candidate.name} shows {one!r:.300}, {BY_HAND} {other!r:.300}")

    async def _answer(self, server: str, sent: bytes) -> dict[str, Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[server])
        writer.write(sent.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        if b"transfer-encoding: chunked" in head.lower():
            body = _unchunked(body)
        answered: dict[str, Any] = orjson.loads(body)
        if "data" not in answered or answered.get("errors"):
            raise WrongAnswer(f"{server}: {body[:1000]!r}")
        return answered["data"]  # type: ignore[no-any-return] # GraphQL's

    async def _once(self, candidate: Asking, connections: int, tokens: Tokens) -> Result:
        load = Load(self.ports[candidate.server], candidate.requests(tokens), connections)
        begin, end = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(load.run(WARM_UP, self.seconds, begin, end))
        await asyncio.wait([running, asyncio.create_task(begin.wait())], return_when=asyncio.FIRST_COMPLETED)
        before = self._processor_seconds(candidate.server)
        await asyncio.wait([running, asyncio.create_task(end.wait())], return_when=asyncio.FIRST_COMPLETED)
        after = self._processor_seconds(candidate.server)
        measured = await running
        server, database = (
            (late - early) * 1000 / max(1, measured.answered) for early, late in zip(before, after, strict=True)
        )
        latencies = sorted(measured.latencies)
        return Result(
            candidate.name,
            candidate.server,
            candidate.viewer,
            measured.answered / measured.seconds,
            server,
            database,
            latencies[len(latencies) // 2] * 1000,
            latencies[len(latencies) * 99 // 100] * 1000,
            measured.own_seconds / measured.seconds,
        )

    def _processor_seconds(self, server: str) -> tuple[float, float]:
        # Every process of PostgreSQL: only the candidate that is loaded gives it anything to do.
        return processor_seconds(self.servers[server]), sum(map(processor_seconds, family(self.postmaster)))


def _settings(url: str, data: Path) -> Settings:
    return Settings(database_url=SecretStr(url), data_directory=data)


def _median(results: Sequence[Result]) -> Result:
    numbers = [
        statistics.median(getattr(result, name) for result in results)
        for name in Result.__dataclass_fields__
        if name not in {"name", "server", "viewer"}
    ]
    return Result(results[0].name, results[0].server, results[0].viewer, *numbers)


def _substance(data: dict[str, Any]) -> tuple[int, list[Any]]:
    """Return how many nodes an answer shows, and what the first and last of each page say."""
    said: list[Any] = []
    amount = 0

    def walk(value: Any) -> None:
        nonlocal amount
        if isinstance(value, dict):
            edges = value.get("edges")
            if edges:
                amount += len(edges)
                said.extend(edge["node"].get("title") or edge["node"].get("body") for edge in (edges[0], edges[-1]))
            elif "handle" in value:
                said.append(value["handle"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(data)
    return amount, said


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        body = rest[length + 2 :] if length else b""
    return b"".join(parts)
