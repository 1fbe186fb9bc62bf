"""`teahouse export`: everything that members made, in a file."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from api.cli.database import database_url
from api.cli.progress import progress
from community.exchange.exporting import export_records
from community.foundation.database import Database
from community.foundation.settings import Settings

exports = typer.Typer(name="export", help="Write everything that members made to a file.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(exports)


@exports.callback()
def export() -> None:
    """Write everything that members made to a file."""


@exports.command("jsonl")
def jsonl(file: Annotated[str, typer.Argument(help="The file to write, or - for standard output.")]) -> None:
    """Export records of Teahouse's own format: no addresses, passwords or tokens, so no one can sign in by it."""
    with database_url(Settings()) as url:
        if file == "-":
            asyncio.run(_export(url, sys.stdout.buffer))
            return
        # Written aside and moved into place, so that a file under this name is always whole.
        aside = Path(f"{file}.part")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            asyncio.run(_export(url, target))
            target.flush()
            os.fsync(target.fileno())
        aside.replace(file)


async def _export(url: str, target: BinaryIO) -> None:
    database = await Database.connect(
        url,
        maximum=1,
        acquire_within=10,
        statement_within=0,
        idle_in_transaction_within=0,
        application_name="teahouse export",
    )
    try:
        with progress("Exporting records") as advance:
            async for _kind, amount, lines in export_records(database):
                target.write(lines)
                advance(amount)
    finally:
        await database.close()
