"""`teahouse ledger`: what moved from account to account, recounted."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from community.cocreation.backing import totals
from community.foundation import logs
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.ledger.verifying import verify as verified
from community.rewards import verifying as rewards

if TYPE_CHECKING:
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
    """Recount all that was ever booked, campaigns from their pledges, and rewards; end with 1 if anything is wrong."""
    settings = Settings()
    logs.configure(settings, stream=sys.stderr)
    with database_url(settings) as url:
        migrations.upgrade(url)
        found, differing = asyncio.run(_verify(url))
    for problem in found.problems:
        complain(f"{problem.of} {problem.id}: {problem.what}")
    for each in differing:
        complain(each)
    problems = len(found.problems) + len(differing)
    output.print(
        f"Recounted: {found.accounts:,} accounts, {found.transactions:,} transactions, {found.entries:,} entries; "
        f"problems: {problems}.",
        highlight=False,
    )
    if problems:
        raise typer.Exit(1)


async def _verify(url: str) -> tuple[Verified, list[str]]:
    database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse ledger")
    try:
        async with database.writing() as connection:
            await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            backing, rewarding = await totals.differences(connection), await rewards.differences(connection)
            return await verified(connection), [
                *(
                    f"{each.of} of {each.id}: {each.kept:,} is kept, and the pledges make it {each.counted:,}"
                    for each in backing
                ),
                *(
                    f"{each.of} {each.id}: {each.kept:,} is kept, and a recount makes it {each.counted:,}"
                    for each in rewarding
                ),
            ]
    finally:
        await database.close()
