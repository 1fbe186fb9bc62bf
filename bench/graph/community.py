"""The real path: from the tables of a community to its scores, and back into tables."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bench.graph import filling
from bench.graph.apart import apart, peak
from community.foundation.database import Database
from graph.interactions import Activity, load_activity, weighted_ties
from graph.kinds import load_weights
from graph.runs import run
from graph.scoring import Parameters, score
from graph.snapshot import arranged, unpack
from graph.storing import load_packed


class Round(NamedTuple):
    """What one process measured."""

    seconds: dict[str, float]
    """Of each part of reading, and of each step of scoring."""
    reading_peak: float
    """Megabytes at most until the snapshot was there."""


class Whole(NamedTuple):
    """What all measured."""

    filling: float
    reading: Mapping[str, float]
    packed: Mapping[str, float]
    scoring: Mapping[str, float]
    storing: float
    reading_peak: float
    packed_peak: float
    scoring_peak: float
    run_peak: float
    ties: int


def measured(url: str, members: int, ties: int, rounds: int, say: Callable[[str], None]) -> Whole:
    """Fill a migrated database, and measure on it."""
    say("Filling the database ...")
    began = time.perf_counter()
    apart(_fill, url, members, ties)
    filled = time.perf_counter() - began
    say("A whole run, storing included ...")
    (storing, kept), run_peak = apart(_run_all, url)
    say("Reading and scoring ...")
    found = [apart(_read_and_score, url) for _ in range(rounds)]
    say("Unpacking ...")
    unpacked = [apart(_unpack, url) for _ in range(rounds)]
    seconds = _medians([each.seconds for each, _ in found])
    reading = {name: seconds.pop(name) for name in ("interactions", "weighted ties", "snapshot")}
    return Whole(
        filling=filled,
        reading=reading,
        packed=_medians([each for each, _ in unpacked]),
        scoring=seconds,
        storing=storing,
        reading_peak=statistics.median(each.reading_peak for each, _ in found),
        packed_peak=statistics.median(megabytes for _, megabytes in unpacked),
        scoring_peak=statistics.median(megabytes for _, megabytes in found),
        run_peak=run_peak,
        ties=kept,
    )


def _medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


async def _connected(url: str) -> Database:
    return await Database.connect(url, maximum=2, statement_within=0, idle_in_transaction_within=0)


def _fill(url: str, members: int, ties: int) -> None:
    async def fill() -> None:
        database = await _connected(url)
        async with database.writing() as connection:
            await filling.fill(connection, members, ties, until=datetime.now(UTC))
        async with database.reading() as connection:
            await filling.tidy(connection)
        await database.close()

    asyncio.run(fill())


def _run_all(url: str) -> tuple[float, int]:
    """Score and store as `teahouse` does; return the seconds that storing took, and the number of ties."""

    async def run_all() -> tuple[float, int]:
        database = await _connected(url)
        run_id = await run(database)
        async with database.reading() as connection:
            row: Any = await connection.raw.fetchrow("SELECT seconds, ties FROM score_run WHERE id = $1", run_id)
        await database.close()
        return row["seconds"]["storing"], row["ties"]

    return asyncio.run(run_all())


def _read_and_score(url: str) -> Round:
    seconds: dict[str, float] = {}

    async def load() -> tuple[Activity, Parameters]:
        database = await _connected(url)
        async with database.writing() as connection:
            await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            as_of = await connection.raw.fetchval("SELECT now()")
            weights = await connection.raw.fetch("SELECT dimension, weight FROM score_weight")
            parameters = Parameters(
                await load_weights(connection), {row["dimension"]: row["weight"] for row in weights}
            )
            began = time.perf_counter()
            activity = await load_activity(connection, as_of)
            seconds["interactions"] = time.perf_counter() - began
        await database.close()
        return activity, parameters

    activity, parameters = asyncio.run(load())
    members = activity.people.members
    began = time.perf_counter()
    out = weighted_ties(len(members), activity.interactions, parameters.kinds)
    seconds["weighted ties"] = time.perf_counter() - began
    began = time.perf_counter()
    snapshot = arranged(members, out, activity.as_of)
    seconds["snapshot"] = time.perf_counter() - began
    reading_peak = peak()
    del out, snapshot
    seconds |= score(activity, parameters).seconds
    return Round(seconds, reading_peak)


def _unpack(url: str) -> dict[str, float]:
    seconds: dict[str, float] = {}

    async def load() -> bytes:
        database = await _connected(url)
        async with database.writing() as connection:
            began = time.perf_counter()
            packed = await load_packed(connection)
            seconds["load_packed"] = time.perf_counter() - began
        await database.close()
        assert packed is not None
        return packed

    packed = asyncio.run(load())
    began = time.perf_counter()
    unpack(packed)
    seconds["unpack"] = time.perf_counter() - began
    return seconds
