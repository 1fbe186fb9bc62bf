"""`teahouse ledger`: what moved from account to account, recounted."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from community.cocreation.backing.totals import differences
from community.foundation import logs
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.ledger.verifying import verify as verified

if TYPE_CHECKING:
    from community.cocreation.backing.totals import Difference
    from community.ledger.verifying import Verified

ledger = typer.Typer(name="ledger", help="The ledger: every amount that moved, in double entry.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(ledger)


@ledger.callback()
def _several() -> None:
    """Keep `verify` a command of its own while it is the only one."""


@ledger.command("verify")
def verify() -> None:
    """Recount everything that was ever booked, and campaigns from their pledges; end with 1 if anything is wrong."""
    settings = Settings()
    logs.configure(settings, stream=sys.stderr)
    with database_url(settings) as url:
        migrations.upgrade(url)
        found, differing = asyncio.run(_verify(url))
    for problem in found.problems:
        complain(f"{problem.of} {problem.id}: {problem.what}")
    for each in differing:
        complain(f"{each.of} of {each.id}: {each.kept:,} is kept, and the pledges make it {each.counted:,}")
    problems = len(found.problems) + len(differing)
    output.print(
        f"Recounted: {found.accounts:,} accounts, {found.transactions:,} transactions, {found.entries:,} entries; "
        f"problems: {problems}.",
        highlight=False,
    )
    if problems:
        raise typer.Exit(1)


async def _verify(url: str) -> tuple[Verified, list[Difference]]:
    database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse ledger")
    try:
        async with database.writing() as connection:
            await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            return await verified(connection), await differences(connection)
    finally:
        await database.close()
