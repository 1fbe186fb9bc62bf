"""`teahouse score` and `teahouse work`, as an operator runs them."""

from __future__ import annotations

import asyncio
import os
import sys

import orjson

from community.foundation import jobs
from community.foundation.database import Database
from graph import runs
from graph.asking import SCORING
from tests.factories.graph import make_circle


async def teahouse(database_url: str, *arguments: str) -> tuple[int, str, str]:
    """Run the command; return its code and what it said."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from api.cli import main; main()",
        *arguments,
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await program.communicate()
    assert program.returncode is not None
    return program.returncode, said.decode(), complained.decode()


async def test_scores_are_made_and_told_of(database: Database, database_url: str) -> None:
    circle = await make_circle(database)

    code, said, _ = await teahouse(database_url, "score", "--json")

    assert code == 0
    told = orjson.loads(said)
    assert told["members"] >= len(circle.people)
    assert told["ties"] > 0
    assert set(told["seconds"]) >= {"interactions", "ties", "trust", "tribes", "rankings", "storing"}


async def test_one_who_scores_while_another_does_is_told_so(database: Database, database_url: str) -> None:
    await make_circle(database)
    async with database.reading() as connection:
        await connection.raw.execute("SELECT pg_advisory_lock($1)", runs.LOCK)
        try:
            code, _, complained = await teahouse(database_url, "score")
        finally:
            await connection.raw.execute("SELECT pg_advisory_unlock($1)", runs.LOCK)

    assert code == 1
    assert "being scored already" in complained
    assert "Traceback" not in complained


async def test_a_worker_does_what_waits_and_ends(database: Database, database_url: str) -> None:
    await make_circle(database)
    await database.transact(lambda connection: jobs.ask(connection, SCORING, {}, asked_by=None))

    code, said, _ = await teahouse(database_url, "work")

    assert code == 0
    assert "Jobs done: 1." in said
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT state FROM job") == "DONE"
