"""`teahouse moderation report`, `export-dsa` and `verify-log`: what the law asks to be told, and that nothing was changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer

import migrations
from api.cli.database import database_url
from api.cli.moderation import moderation
from api.cli.terminal import complain, output
from community.foundation.database import Connection, Database
from community.foundation.settings import Settings
from moderation.audit.verifying import verify_log as verified
from moderation.transparency.counting import counts
from moderation.transparency.reporting import as_markdown, disclosed, whole_months
from moderation.transparency.statements import statements_of_reasons

T = TypeVar("T")

_FROM = typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in UTC.")
_TO = typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last, in UTC.")


def register(_: typer.Typer) -> None:
    """Join the commands of moderation; they are there once this module is."""


@moderation.command("report")
def report(
    start: Annotated[datetime, _FROM],
    until: Annotated[datetime, _TO],
    *,
    exact: Annotated[
        bool, typer.Option(help="Show small counts too, and the days as given: for authorities, not to be published.")
    ] = False,
) -> None:
    """Print the transparency report as Markdown: of whole months, without small counts."""
    span = _in_utc(start, until)
    if not exact:
        span = whole_months(*span)

    async def count(connection: Connection) -> str:
        counted = await counts(connection, *span)
        return as_markdown(counted if exact else disclosed(counted), *span)

    typer.echo(_on_snapshot(count), nl=False)


@moderation.command("export-dsa")
def export_dsa(
    start: Annotated[datetime, _FROM],
    until: Annotated[datetime, _TO],
    out: Annotated[Path, typer.Argument(help="The file to write: a statement a line, as JSON.")],
    *,
    with_facts: Annotated[
        bool,
        typer.Option(help="Tell what moderators wrote too; names that are known are taken out, others may not be."),
    ] = False,
) -> None:
    """Write the statements of reasons that the European transparency database takes, version 2 of its API."""
    span = _in_utc(start, until)

    async def write(connection: Connection) -> int:
        written = 0
        with out.open("wb") as file:
            async for statement in statements_of_reasons(connection, *span, with_facts=with_facts):
                file.write(orjson.dumps(statement) + b"\n")
                written += 1
        return written

    try:
        written = _on_snapshot(write)
    except OSError as error:
        complain(f"{out}: {error}")
        raise typer.Exit(1) from error
    output.print(f"{out}: {written:,} statements of reasons.", highlight=False, markup=False)


@moderation.command("verify-log")
def verify_log() -> None:
    """Work out the audit log's chain anew; end with 1 if an entry was changed, taken out, put in or moved."""
    found = _on_snapshot(verified)
    if found.wrong:
        complain(found.wrong)
        complain(f"{found.entries:,} entries before it are sound, up to the digest {found.last.hex()}.")
        raise typer.Exit(1)
    output.print(f"{found.entries:,} entries are sound. The digest of the last: {found.last.hex()}", highlight=False)


def _in_utc(start: datetime, until: datetime) -> tuple[datetime, datetime]:
    if until <= start:
        complain("--to is after --from.")
        raise typer.Exit(2)
    return start.replace(tzinfo=UTC), until.replace(tzinfo=UTC)


def _on_snapshot(work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do something on one snapshot of the database, however long it takes."""
    settings = Settings()

    async def run(url: str) -> T:
        database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse moderation")
        try:
            async with database.writing() as connection:
                await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.raw.execute("SET LOCAL statement_timeout = 0")
                return await work(connection)
        finally:
            await database.close()

    with database_url(settings) as url:
        migrations.upgrade(url)
        return asyncio.run(run(url))
