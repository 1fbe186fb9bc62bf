"""A scoring run from beginning to end: what it goes by is kept with it, and one that fails leaves the last one in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import structlog

from graph.changes import WATERMARK
from graph.errors import RunUnderWay
from graph.interactions import NOTHING_DONE, Activity, load_activity
from graph.kinds import load_weights
from graph.past import Past, load_past
from graph.refreshing import Changes, load_changes, score_again
from graph.scoring import MODEL, Parameters, score
from graph.storing import store

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from graph.scoring import Heard

# Held by the one process that scores, for as long as it does; freed by PostgreSQL when the process dies.
LOCK = 1_782_440_697
_BEGIN = "INSERT INTO score_run (model) VALUES ($1) RETURNING id"
_ABANDONED = """
    UPDATE score_run SET state = 'FAILED', finished_at = now(), failure = 'The process that scored ended.'
    WHERE state = 'RUNNING'
"""
_FAIL = "UPDATE score_run SET state = 'FAILED', finished_at = now(), failure = $2 WHERE id = $1 AND state = 'RUNNING'"
_FINISH = """
    UPDATE score_run SET state = 'DONE', finished_at = clock_timestamp(), as_of = $2, parameters = $3, members = $4,
        ties = $5, interactions = $6, seconds = $7, watermark = $8, whole = $9
    WHERE id = $1
"""
# The last run, if it may be brought up to date: by the same definitions, and not too far from the last that read everything.
_LAST = f"""
    SELECT watermark, parameters, EXISTS (
        SELECT FROM score_run WHERE state = 'DONE' AND whole AND model = {MODEL} AND finished_at > now() - interval '1 day'
    ) AND model = {MODEL} AND watermark IS NOT NULL AS recent
    FROM score_run WHERE state = 'DONE' ORDER BY finished_at DESC LIMIT 1
"""  # noqa: S608 - a number of ours
_DIMENSIONS = "SELECT dimension, weight FROM score_weight ORDER BY dimension"
_FORGET_RUNS = """
    DELETE FROM score_run WHERE state <> 'RUNNING' AND started_at < now() - interval '90 days'
        AND id NOT IN (SELECT id FROM score_run WHERE state = 'DONE' ORDER BY finished_at DESC LIMIT 1)
"""

STEPS = ("interactions", "ties", "trust", "structure", "tribes", "capital", "rankings", "storing")
"""What a run goes through, as it tells who listens."""

QUIET_AFTER = 7.0  # days
_ROUNDING = timedelta(minutes=5)
"""Ages are kept in single precision, which is minutes off after decades."""

logger = structlog.get_logger(__name__)


async def run(database: Database, *, whole: bool = False, heard: Heard = lambda _: None) -> int:
    """Score the community and store what was found; return the run's id. `heard` is told of each step.

    The graph of the last run is brought up to date, if the log can tell what has changed and the last whole run is not
    too long ago; otherwise, and if a `whole` run is asked for, everything is read. The arithmetic runs in a thread,
    without the interpreter's lock for most of it.

    Raises:
        RunUnderWay: if another process is at it.
    """
    async with _alone(database):
        async with database.writing() as connection:
            await connection.raw.execute(_ABANDONED)
            run_id: int = await connection.raw.fetchval(_BEGIN, MODEL)
        try:
            await _run(database, run_id, heard, whole=whole)
        except BaseException as error:
            async with database.writing() as connection:
                await connection.raw.execute(_FAIL, run_id, f"{type(error).__name__}: {error}"[:2_000])
            raise
    return run_id


@dataclass(frozen=True, slots=True)
class _Read:
    """What a run goes by."""

    as_of: datetime
    watermark: int
    parameters: Parameters
    past: Past
    activity: Activity | None
    """Everything, for a whole run."""
    changes: Changes | None
    """What has changed since the last one, for bringing up to date."""


async def _run(database: Database, run_id: int, heard: Heard, *, whole: bool) -> None:
    heard("interactions")
    began = time.perf_counter()
    async with database.writing() as connection:
        # All reads see one moment.
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        read = await _read(connection, whole=whole)
    loaded = round(time.perf_counter() - began, 4)
    if read.activity is not None:
        counted = len(read.activity.interactions)
        scores = await asyncio.to_thread(score, read.activity, read.parameters, read.past, heard=heard)
        # The most of what was read; it would only be in the way of storing.
        read = replace(read, activity=replace(read.activity, interactions=NOTHING_DONE))
    else:
        assert read.changes is not None  # one of the two was read
        counted = len(read.changes.interactions)
        scores = await asyncio.to_thread(score_again, read.changes, read.parameters, read.past, heard=heard)
    heard("storing")
    began = time.perf_counter()
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        await store(connection, run_id, scores, read.past, read.as_of, read.activity)
        seconds = {"interactions": loaded, **scores.seconds, "storing": round(time.perf_counter() - began, 4)}
        snapshot = scores.snapshot
        await connection.raw.execute(
            _FINISH,
            *(run_id, read.as_of, read.parameters.described(), snapshot.size, snapshot.out.ties, counted, seconds),
            *(read.watermark, read.activity is not None),
        )
        await connection.raw.execute(_FORGET_RUNS)
    logger.info(
        "scores.stored",
        run=run_id,
        whole=read.activity is not None,
        members=snapshot.size,
        ties=snapshot.out.ties,
        seconds=seconds,
    )


async def _read(connection: Connection, *, whole: bool) -> _Read:
    as_of = await connection.raw.fetchval("SELECT now()")
    watermark = await connection.raw.fetchval(WATERMARK)
    parameters = Parameters(
        await load_weights(connection),
        {row["dimension"]: row["weight"] for row in await connection.raw.fetch(_DIMENSIONS)},
    )
    changes = None
    last = None if whole else await connection.raw.fetchrow(_LAST)
    if last is not None and last["recent"] and last["parameters"] == parameters.described():
        changes = await load_changes(connection, last["watermark"], as_of)
    past = await load_past(connection, values=changes is not None)
    if changes is not None:
        return _Read(as_of, watermark, parameters, past, None, changes)
    activity = await _load(connection, as_of)
    return _Read(activity.as_of, watermark, parameters, past, activity, None)


async def _load(connection: Connection, moment: datetime) -> Activity:
    """Load everything as of a moment, or as of the last thing that happened, if that is longer ago than a while.

    Where nothing happens any more (an archive that was imported, a community on holiday) the members should not fade into
    having never been there: ages count from when it last was alive.
    """
    activity = await load_activity(connection, moment)
    quiet = float(activity.interactions.ages.min(initial=np.inf))
    if QUIET_AFTER < quiet < np.inf:
        activity = await load_activity(connection, moment - timedelta(days=quiet) + _ROUNDING)
    return activity


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    async with database.reading() as connection:
        if not await connection.raw.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            raise RunUnderWay
        try:
            yield
        finally:
            await connection.raw.execute("SELECT pg_advisory_unlock($1)", LOCK)
