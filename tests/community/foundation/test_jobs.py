"""Long work: asked for once, done by one worker, taken up again when a worker dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from community.foundation import jobs
from community.foundation.database import Database
from community.foundation.errors import Refusal
from tests.waiting import until

KIND = "COUNTING"


async def ask(database: Database, parameters: dict[str, Any] | None = None, *, once: bool = False) -> int:
    return await database.transact(
        lambda connection: jobs.ask(connection, KIND, parameters or {}, asked_by=None, once=once)
    )


async def found(database: Database, job_id: int) -> dict[str, Any]:
    async with database.reading() as connection:
        row = await connection.raw.fetchrow("SELECT * FROM job WHERE id = $1", job_id)
    assert row is not None
    return dict(row)


async def counting(_: Database, parameters: Mapping[str, Any], job_id: int, told: jobs.Told) -> dict[str, Any]:
    """Count to what is asked for."""
    for number in range(parameters.get("to", 3)):
        told(number / 10, f"step {number}")
        await asyncio.sleep(0)
    return {"counted": parameters.get("to", 3), "job": job_id}


async def test_a_job_is_done_once_and_says_what_came_of_it(database: Database) -> None:
    job_id = await ask(database, {"to": 5})

    assert await jobs.work(database, {KIND: counting}) == 1
    assert await jobs.work(database, {KIND: counting}) == 0

    done = await found(database, job_id)
    assert (done["state"], done["progress"], done["step"]) == ("DONE", 1, None)
    assert done["result"] == {"counted": 5, "job": job_id}
    assert done["finished_at"] >= done["started_at"] >= done["asked_at"]


async def test_of_many_workers_one_does_a_job(database: Database) -> None:
    ids = [await ask(database) for _ in range(20)]
    done: list[int] = []

    async def noted(_: Database, __: Mapping[str, Any], job_id: int, ___: jobs.Told) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        done.append(job_id)
        return {}

    await asyncio.gather(*(jobs.work(database, {KIND: noted}) for _ in range(5)))

    assert sorted(done) == ids


async def test_what_need_be_done_only_once_is_asked_for_once(database: Database) -> None:
    first = await ask(database, once=True)
    assert await ask(database, once=True) == first
    assert await ask(database) != first
    await jobs.work(database, {KIND: counting})
    assert await ask(database, once=True) != first, "it is done, and what has happened since is to be counted"


async def test_a_job_whose_asker_was_rolled_back_is_not_there(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await jobs.ask(connection, KIND, {}, asked_by=None)
            raise RuntimeError
    async with database.reading() as connection:
        assert not await jobs.any_waiting(connection)


class NoTea(Refusal):
    """There is no tea left."""

    code = "NO_TEA"


@pytest.mark.parametrize(
    ("error", "told"), [(NoTea(), "There is no tea left."), (ValueError("seven"), "ValueError: seven")]
)
async def test_a_job_that_fails_says_why_and_holds_up_no_other(database: Database, error: Exception, told: str) -> None:
    async def failing(_: Database, parameters: Mapping[str, Any], __: int, ___: jobs.Told) -> dict[str, Any]:
        if parameters:
            raise error
        return {}

    broken, sound = await ask(database, {"fail": True}), await ask(database)

    await jobs.work(database, {KIND: failing})

    failed = await found(database, broken)
    assert (failed["state"], failed["failure"], failed["result"]) == ("FAILED", told, None)
    assert (await found(database, sound))["state"] == "DONE"


async def test_a_kind_that_nobody_knows_fails(database: Database) -> None:
    job_id = await ask(database)
    await jobs.work(database, {})
    assert (await found(database, job_id))["failure"] == "This version does not know jobs of the kind COUNTING."


WORKER = """
import asyncio, sys
from community.foundation import jobs
from community.foundation.database import Database

async def endless(database, parameters, job_id, told):
    told(0.5, "waiting")
    await asyncio.sleep(60)

async def main():
    database = await Database.connect(sys.argv[1], maximum=4)
    await jobs.work(database, {"COUNTING": endless})

asyncio.run(main())
"""


async def test_a_job_whose_worker_is_killed_is_taken_up_again(database: Database, database_url: str) -> None:
    job_id = await ask(database)
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, database_url)
    try:
        await until(lambda: _running(database, job_id))
        assert await jobs.work(database, {KIND: counting}) == 0, "its worker lives"
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()

        await until(lambda: _worked(database))
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    done = await found(database, job_id)
    assert done["state"] == "DONE"
    assert done["attempts"] == 2


async def test_a_job_that_ends_its_workers_is_given_up(database: Database) -> None:
    job_id = await ask(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE job SET state = 'RUNNING', attempts = $1", jobs.MOST_ATTEMPTS)

    await jobs.work(database, {KIND: counting})

    given_up = await found(database, job_id)
    assert given_up["state"] == "FAILED"
    assert "3 times" in given_up["failure"]


async def test_jobs_of_long_ago_are_forgotten(database: Database) -> None:
    old, new = await ask(database), await ask(database)
    await jobs.work(database, {KIND: counting})
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE job SET finished_at = now() - interval '31 days' WHERE id = $1", old)
        await jobs.forget_done(connection)
        kept = [row["id"] for row in await connection.raw.fetch("SELECT id FROM job")]
    assert kept == [new]


async def _running(database: Database, job_id: int) -> bool:
    job = await found(database, job_id)
    return bool(job["state"] == "RUNNING" and job["step"] == "waiting")


async def _worked(database: Database) -> bool:
    return await jobs.work(database, {KIND: counting}) == 1
