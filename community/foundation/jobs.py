"""Long work: asked for in a transaction, done by a process of its own, told of by its row.

A job waits in a table until a worker takes it. The worker holds an advisory lock for as long as it lives, so that a job
whose worker died is known by its lock being free, and is taken up again. What a job does it does in transactions of its
own, and a handler must bear being begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

from community.foundation.errors import Refusal

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database

JOB_CHANGED = "JobChanged"
"""The event of a job that was asked for, or that has come further: subject_id, which member_id asked for."""

MOST_ATTEMPTS = 3
_LOCK = 1_782_440_695
_KEYS = 2**31 - 1

Told = Callable[[float, str], None]
"""Takes how much is done, 0 to 1, and what is being done."""
Handler = Callable[["Database", Mapping[str, Any], int, Told], Awaitable[dict[str, Any]]]
"""Does a job: given the database, its parameters, its id, and whom to tell; returns its result."""

# Whoever follows a job hears of it by the log: each statement that changes one also tells.
_TOLD = f"""
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id)
    SELECT '{JOB_CHANGED}', asked_by, asked_by, 'job', id FROM changed
"""  # noqa: S608 - a name of ours
# Of a kind that need be done only once, one that waits stands for all that ask.
_ASK = f"""
    WITH waiting AS (
        SELECT id FROM job WHERE kind = $1 AND $4 AND state = 'QUEUED' ORDER BY id LIMIT 1
    ), changed AS (
        INSERT INTO job (kind, asked_by, parameters) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM waiting)
        RETURNING id, asked_by
    ), told AS ({_TOLD})
    SELECT id FROM waiting UNION ALL SELECT id FROM changed
"""  # noqa: S608 - as above
_NEXT = "SELECT id FROM job WHERE state IN ('QUEUED', 'RUNNING') ORDER BY id LIMIT 100"
_TAKE = f"""
    WITH changed AS (
        UPDATE job SET state = 'RUNNING', started_at = now(), attempts = attempts + 1, progress = 0, step = NULL
        WHERE id = $1 AND state IN ('QUEUED', 'RUNNING')
        RETURNING *
    ), told AS ({_TOLD})
    SELECT id, kind, parameters, attempts FROM changed
"""  # noqa: S608 - as above


def _changing(what: str, where: str = "") -> str:
    return f"WITH changed AS (UPDATE job SET {what} WHERE id = $1 {where} RETURNING id, asked_by) {_TOLD}"  # noqa: S608 - as above


_TELL = _changing("progress = $2, step = $3", "AND state = 'RUNNING'")
_DONE = _changing("state = 'DONE', finished_at = now(), progress = 1, step = NULL, result = $2")
_FAILED = _changing("state = 'FAILED', finished_at = now(), step = NULL, failure = $2")
_FORGET = "DELETE FROM job WHERE finished_at < now() - interval '30 days'"
_WAITING = "SELECT EXISTS (SELECT FROM job WHERE state IN ('QUEUED', 'RUNNING'))"

logger = structlog.get_logger(__name__)


async def ask(
    connection: Connection, kind: str, parameters: Mapping[str, Any], *, asked_by: int | None, once: bool = False
) -> int:
    """Ask for a job within the caller's transaction; return its id. With `once`, one that waits already will do."""
    job_id: int = await connection.raw.fetchval(_ASK, kind, asked_by, dict(parameters), once)
    return job_id


async def any_waiting(connection: Connection) -> bool:
    """Say whether a worker would find something to do, or to take up from one that died."""
    waiting: bool = await connection.raw.fetchval(_WAITING)
    return waiting


async def forget_done(connection: Connection) -> None:
    """Delete jobs that were done, or failed, long ago."""
    await connection.raw.execute(_FORGET)


async def work(database: Database, handlers: Mapping[str, Handler]) -> int:
    """Do the jobs that wait, one after another, until none is left; return how many were taken."""
    taken = 0
    while await _work_once(database, handlers):
        taken += 1
    return taken


async def _work_once(database: Database, handlers: Mapping[str, Handler]) -> bool:
    async with database.reading() as holding:
        for waiting in await holding.raw.fetch(_NEXT):
            key = waiting["id"] % _KEYS
            # A running job whose lock is free has lost its worker.
            if not await holding.raw.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCK, key):
                continue
            try:
                job = await holding.raw.fetchrow(_TAKE, waiting["id"])
                if job is not None:
                    await _do(database, dict(job), handlers)
                    return True
            finally:
                await holding.raw.execute("SELECT pg_advisory_unlock($1, $2)", _LOCK, key)
    return False


async def _do(database: Database, job: Mapping[str, Any], handlers: Mapping[str, Handler]) -> None:
    job_id: int = job["id"]
    handler = handlers.get(job["kind"])
    failure, result = None, None
    if handler is None:
        failure = f"This version does not know jobs of the kind {job['kind']}."
    elif job["attempts"] > MOST_ATTEMPTS:
        failure = f"Its worker ended {MOST_ATTEMPTS} times before it was done."
    else:
        teller = _Teller(database, job_id)
        try:
            result = await handler(database, job["parameters"], job_id, teller.told)
        except Refusal as refusal:
            failure = str(refusal)
        except Exception as error:
            logger.exception("job.failed", job=job_id, kind=job["kind"])
            failure = f"{type(error).__name__}: {error}"
        await teller.finish()
    async with database.writing() as connection:
        if failure is None:
            await connection.raw.execute(_DONE, job_id, result)
        else:
            await connection.raw.execute(_FAILED, job_id, failure[:2_000])


class _Teller:
    """Writes how far a job has come, as the work itself may be in a thread that cannot."""

    def __init__(self, database: Database, job_id: int) -> None:
        self._database = database
        self._job_id = job_id
        self._loop = asyncio.get_running_loop()
        self._untold: tuple[float, str] | None = None
        self._telling: asyncio.Task[None] | None = None

    def told(self, progress: float, step: str) -> None:
        """Take what is to be told, from any thread."""
        self._loop.call_soon_threadsafe(self._begin, progress, step)

    def _begin(self, progress: float, step: str) -> None:
        self._untold = progress, step
        if self._telling is None or self._telling.done():
            self._telling = self._loop.create_task(self._tell())

    async def _tell(self) -> None:
        """Tell one thing after the other, and of what came meanwhile the last."""
        while self._untold is not None:
            told, self._untold = self._untold, None
            async with self._database.writing() as connection:
                await connection.raw.execute(_TELL, self._job_id, *told)

    async def finish(self) -> None:
        """Wait for what is on its way. That it could not be told is no reason to fail."""
        if self._telling is not None:
            await asyncio.gather(self._telling, return_exceptions=True)
