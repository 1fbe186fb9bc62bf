"""`teahouse referral`: past referrals, brought in from a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from api.node import id_of
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings
from community.referrals.importing import COLUMNS, BadFile, Imported, import_referrals, lines_of

MOST_SHOWN = 1_000
"""Problems that are printed; further ones are counted."""

referrals = typer.Typer(name="referral", help="Who was brought by whom.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(referrals)


@referrals.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help=f"Comma-separated values, the names of columns first: {', '.join(COLUMNS)}. Members go by their handles; a "
            "code stands instead of a referrer; channel and campaign may be left out."
        ),
    ],
    program: Annotated[str, typer.Option(help="The programme's id, referral_program_7.")],
    *,
    check: Annotated[bool, typer.Option(help="Only say what would become of each line.")] = False,
) -> None:
    """Bring in past referrals, asked as claims are. Lines that are refused are told by number; the others are kept."""
    number = id_of("referral_program", program)
    if number is None:
        complain(f"{program} is not the id of a programme.")
        raise typer.Exit(2)

    async def run(url: str) -> Imported:
        database = await Database.connect(
            url, maximum=2, acquire_within=10, statement_within=600, application_name="teahouse referral"
        )
        try:
            with file.open(encoding="utf-8-sig", newline="") as text:
                return await import_referrals(database, number, lines_of(text), only_check=check)
        finally:
            await database.close()

    with database_url(Settings()) as url:
        migrations.upgrade(url)
        try:
            imported = asyncio.run(run(url))
        except (OSError, BadFile, Refusal) as error:
            complain(f"{file}: {error}")
            raise typer.Exit(1) from error
    for line, problem in imported.problems[:MOST_SHOWN]:
        complain(f"{file}:{line}: {problem}")
    would = "would be " if check else ""
    output.print(
        f"{imported.claimed:,} {would}brought in, {imported.known:,} known already, {len(imported.problems):,} refused.",
        highlight=False,
    )
    if imported.problems:
        raise typer.Exit(1)
