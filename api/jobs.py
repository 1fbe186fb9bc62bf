"""What a server does about jobs: asks for scores when they are due, and starts a worker when something waits.

The worker is a process of its own: its arithmetic takes gigabytes and all cores for a while, and requests should not wait
for either.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import structlog

from community.cocreation.rounds.lifecycle import move_due
from community.cocreation.rounds.tallies import ask_for_tallies
from community.cocreation.surveys import lifecycle as surveys
from community.cocreation.surveys.mixing import mix_waiting
from community.foundation import jobs
from community.referrals.measuring import ask_for_measuring
from community.referrals.rewarding import ask_for_judging
from graph.asking import SCORING

if TYPE_CHECKING:
    from community.foundation.database import Database

LEAVES_WITHIN = 5.0  # seconds

_ASK_IF_DUE = """
    SELECT pg_try_advisory_xact_lock(1782440696) AND NOT EXISTS (
        SELECT FROM job WHERE kind = $1 AND (state IN ('QUEUED', 'RUNNING') OR asked_at > now() - $2 * interval '1 hour')
    )
"""

# What was decided is to be seen in the scores, too. How often, goes by how long that takes: a tenth of the time at most.
_ASK_AFTER_DECISION = """
    SELECT pg_try_advisory_xact_lock(1782440696) AND EXISTS (
        SELECT FROM (
            SELECT started_at, finished_at FROM job WHERE kind = $1 ORDER BY id DESC LIMIT 1
        ) AS last
        WHERE finished_at + 10 * (finished_at - started_at) < now() AND (
            EXISTS (SELECT FROM decision WHERE decided_at > started_at)
            OR EXISTS (SELECT FROM decision WHERE undone_at > started_at)
        )
    )
"""

logger = structlog.get_logger(__name__)


class Jobs:
    """The jobs, as one server process sees to them."""

    def __init__(self, database: Database, url: str, *, score_every: float) -> None:
        """Score every so many hours; 0: only when asked."""
        self._database = database
        self._url = url
        self._score_every = score_every

    async def see_to(self) -> None:
        """Ask for what is due, and do what waits. Ends when nothing does."""
        if self._score_every:
            async with self._database.writing() as connection:
                # Of all servers on the database one asks.
                due = await connection.raw.fetchval(_ASK_IF_DUE, SCORING, self._score_every)
                if due or await connection.raw.fetchval(_ASK_AFTER_DECISION, SCORING):
                    await jobs.ask(connection, SCORING, {}, asked_by=None, once=True)
        async with self._database.writing() as connection:
            await move_due(connection)
            await ask_for_tallies(connection)
        async with self._database.writing() as connection:
            await ask_for_judging(connection)
            await ask_for_measuring(connection)
        async with self._database.writing() as connection:
            await surveys.close_due(connection)
        async with self._database.writing() as connection:
            await mix_waiting(connection)
        async with self._database.reading() as connection:
            waiting = await jobs.any_waiting(connection)
        if waiting:
            await self._work()

    async def _work(self) -> None:
        environment = {**os.environ, "DATABASE_URL": self._url}
        command = (sys.executable, "-c", "from api.cli import main; main()", "work")
        worker = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            code = await worker.wait()
        except asyncio.CancelledError:
            worker.terminate()
            try:
                await asyncio.wait_for(worker.wait(), LEAVES_WITHIN)
            except TimeoutError:
                worker.kill()
            raise
        if code:
            logger.error("jobs.worker_failed", code=code)
