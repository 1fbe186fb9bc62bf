"""`teahouse score`: score influence and social capital anew."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.progress import progress
from api.cli.terminal import complain, output
from community.foundation import logs
from community.foundation.database import Database
from community.foundation.settings import Settings
from graph.errors import RunUnderWay

_SUMMARY = """
    SELECT id, as_of, members, ties, interactions, seconds,
        (SELECT count(*) FROM tribe) AS tribes, (SELECT count(*) FROM graph_scope) AS scopes
    FROM score_run WHERE id = $1
"""


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("score")(score)


def score(
    *,
    whole: Annotated[
        bool, typer.Option(help="Read everything, even if the last scores could be brought up to date.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was done as JSON, on standard output.")] = False,
) -> None:
    """Score influence and social capital anew, from all that has happened until now."""
    settings = Settings()
    logs.configure(settings, stream=sys.stderr)  # standard output is for what was asked for
    with database_url(settings) as url:
        migrations.upgrade(url)
        try:
            done = asyncio.run(_score(url, whole=whole))
        except RunUnderWay as refusal:
            complain(str(refusal))
            raise typer.Exit(1) from refusal
    if as_json:
        typer.echo(orjson.dumps(done).decode())
        return
    table = Table("Step", "Seconds")
    for step, seconds in done["seconds"].items():
        table.add_row(step, f"{seconds:,.2f}")
    output.print(table)
    output.print(
        f"Run {done['run']}: {done['members']:,} members, {done['ties']:,} ties from {done['interactions']:,} "
        f"interactions, {done['tribes']:,} tribes, {done['scopes']:,} rankings.",
        highlight=False,
    )


async def _score(url: str, *, whole: bool) -> dict[str, Any]:
    # Imported late: what scoring takes of memory is no other command's to carry, the server's least of all.
    from graph.runs import STEPS, run

    database = await Database.connect(url, maximum=3, acquire_within=10, application_name="teahouse score")
    try:
        with progress("Scoring", total=len(STEPS)) as advance:
            run_id = await run(database, whole=whole, heard=lambda _: advance(1))
        async with database.reading() as connection:
            row = await connection.raw.fetchrow(_SUMMARY, run_id)
        assert row is not None  # it has just been written
        found = dict(row)
        return {"run": found.pop("id"), **found}
    finally:
        await database.close()
