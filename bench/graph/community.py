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

NEW = 0.0001
"""How many new ties there are, of all, when the scores are brought up to date."""
_FOLLOW = """
    WITH pair AS (
        SELECT DISTINCT least(1 + floor(random() * amount), amount)::bigint AS follower_id,
            least(1 + floor(random() * amount), amount)::bigint AS member_id
        FROM (SELECT count(*) AS amount FROM member) AS counted, generate_series(1, $1)
    ), followed AS (
        INSERT INTO follow (follower_id, member_id)
        SELECT pair.follower_id, pair.member_id FROM pair
        JOIN member AS follower ON follower.id = pair.follower_id JOIN member ON member.id = pair.member_id
        WHERE pair.follower_id <> pair.member_id ON CONFLICT DO NOTHING
        RETURNING follower_id, member_id
    )
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id)
    SELECT 'MemberFollowed', follower_id, member_id, 'member', member_id FROM followed
"""


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
    whole: Mapping[str, float]
    """Of each step of a run that reads everything, through to the tables."""
    refreshed: Mapping[str, float]
    """Of each step of one that brings up to date."""
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
    (whole, kept), run_peak = apart(_run_all, url)
    say("Bringing up to date ...")
    refreshed = _medians([apart(_refresh, url, max(1, round(ties * NEW)))[0] for _ in range(rounds)])
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
        storing=whole["storing"],
        whole=whole,
        refreshed=refreshed,
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


def _run_all(url: str, *, whole: bool = True) -> tuple[dict[str, float], int]:
    """Score and store as `teahouse` does; return the seconds that each step took, and the number of ties."""

    async def run_all() -> tuple[dict[str, float], int]:
        database = await _connected(url)
        run_id = await run(database, whole=whole)
        async with database.reading() as connection:
            row: Any = await connection.raw.fetchrow("SELECT * FROM score_run WHERE id = $1", run_id)
        await database.close()
        assert row["whole"] == whole  # or something else would be measured
        return row["seconds"], row["ties"]

    return asyncio.run(run_all())


def _refresh(url: str, new: int) -> dict[str, float]:
    """Let so many members follow somebody, and bring the scores up to date; return the seconds of each step."""

    async def follow() -> None:
        database = await _connected(url)
        async with database.writing() as connection:
            await connection.raw.execute(_FOLLOW, new)
        await database.close()

    asyncio.run(follow())
    return _run_all(url, whole=False)[0]


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
