"""`teahouse work`: do the jobs that wait. The server starts it by itself; it may be run on another machine as well."""

from __future__ import annotations

import asyncio
import sys

import typer

from api.cli.database import database_url
from api.cli.terminal import output
from community.foundation import logs
from community.foundation.database import Database
from community.foundation.jobs import work as do_all
from community.foundation.settings import Settings


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("work")(work)


def work() -> None:
    """Do the jobs that wait, such as scoring and seeding plans, and end when there is none."""
    settings = Settings()
    logs.configure(settings, stream=sys.stderr)
    with database_url(settings) as url:
        done = asyncio.run(_work(url))
    output.print(f"Jobs done: {done}.", highlight=False)


async def _work(url: str) -> int:
    # Imported late: what the work takes of memory is no other command's to carry, the server's least of all.
    from community.cocreation.jobs import HANDLERS as COCREATION
    from community.referrals.jobs import HANDLERS as REFERRALS
    from graph.jobs import HANDLERS as GRAPH

    # One connection holds the job, one tells how far it has come, one works.
    database = await Database.connect(url, maximum=4, acquire_within=10, application_name="teahouse work")
    try:
        return await do_all(database, {**COCREATION, **REFERRALS, **GRAPH})
    finally:
        await database.close()
