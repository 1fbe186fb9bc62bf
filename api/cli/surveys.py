"""`teahouse survey`: the responses of surveys, for other programs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain
from api.node import id_of
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings

surveys = typer.Typer(name="survey", help="Surveys: write their responses.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(surveys)


@surveys.callback()
def _surveys() -> None:
    """Keep `export` a command of its own, though it is the only one."""


@surveys.command("export")
def export(
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help="The survey's id, survey_7.")],
    directory: Annotated[Path, typer.Argument(help="The folder to write the file into.")] = Path(),
) -> None:
    """Write a survey's responses as CSV (UTF-8), a line for each; print the file's name. Anonymous ones once it is closed."""
    from community.cocreation.surveys.exporting import exported

    number = id_of("survey", survey)
    if number is None:
        complain(f"{survey} is not the id of a survey.")
        raise typer.Exit(2)
    path = directory / f"{survey}.csv"

    async def run(url: str) -> None:
        database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse survey")
        try:
            async with database.writing() as connection:
                await connection.raw.execute("SET TRANSACTION READ ONLY")
                await connection.raw.execute("SET LOCAL statement_timeout = 0")
                parts = exported(connection, number)
                # Whether there is anything to write is known with the first lines.
                heading = await anext(parts)
                # With the mark by which spreadsheets know that it is UTF-8; `csv` has ended the lines.
                with path.open("w", encoding="utf-8-sig", newline="") as file:
                    file.write(heading)
                    async for part in parts:
                        file.write(part)
        finally:
            await database.close()

    try:
        with database_url(Settings()) as url:
            migrations.upgrade(url)
            asyncio.run(run(url))
    except (OSError, Refusal) as error:
        complain(f"{survey}: {error}")
        raise typer.Exit(1) from error
    typer.echo(str(path))
