"""`teahouse referral insights` and `verify`: what came of a programme, as a table and as a picture; and a recount."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

import migrations
from api.cli.database import database_url
from api.cli.referrals import referrals
from api.cli.terminal import complain, errors, output
from api.node import id_of
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings
from community.referrals.exporting import PARTS, as_csv, insight_rows, name_of
from community.referrals.verifying import differences

if TYPE_CHECKING:
    from community.foundation.database import Connection

T = TypeVar("T")

_GROWTH = "SELECT * FROM referral_insight WHERE program_id = $1"
_RETENTION = "SELECT * FROM referral_retention WHERE insight_id = $1 ORDER BY days"


def register(application: typer.Typer) -> None:
    """Add the commands to those of referrals, which are there already."""
    del application
    referrals.command("insights")(insights)
    referrals.command("verify")(verify)


def insights(
    program: Annotated[str, typer.Option(help="The programme's id, referral_program_7.")],
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, UTC; 90 days ago.")
    ] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, UTC.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help=f"By what it is parted: {', '.join(PARTS)}. May be repeated.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the funnel here, as CSV in UTF-8.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw the funnel, the K-factor and who stays here.")] = None,
    font: Annotated[
        Path | None, typer.Option(help="A font file for the picture, where no font here has its signs.")
    ] = None,
) -> None:
    """Write what came of a programme as a table and as a picture: from counts that are kept, and what was computed last."""
    number, parts = id_of("referral_program", program), by or ["channel"]
    unknown = [part for part in parts if part not in PARTS]
    if number is None:
        complain(f"{program} is not the id of a programme.")
        raise typer.Exit(2)
    if unknown or not (csv or png):
        complain(f"It is parted by {', '.join(PARTS)}." if unknown else "Say where to: --csv, --png, or both.")
        raise typer.Exit(2)
    if png and find_spec("matplotlib") is None:
        complain("Pictures need matplotlib: pip install 'teahouse[charts]'.")
        raise typer.Exit(2)
    last = (until or datetime.now(UTC)).date()
    first = since.date() if since else last - timedelta(days=89)

    async def read(connection: Connection) -> tuple[str, list[dict[str, Any]], Any, list[Any]]:
        name = await name_of(connection, number)
        rows = await insight_rows(connection, number, first, last, parts)
        growth = await connection.raw.fetchrow(_GROWTH, number)
        staying = [] if growth is None else await connection.raw.fetch(_RETENTION, growth["id"])
        return name, rows, growth, staying

    try:
        name, rows, growth, staying = _read(read)
        if csv:
            # With the mark by which spreadsheets know that it is UTF-8; `csv` has ended the lines.
            csv.write_text(as_csv(rows, parts), encoding="utf-8-sig", newline="")
            typer.echo(str(csv))
        if png:
            from api.cli.referral_chart import Chart, draw

            chart = Chart(name, first, last, parts, rows, growth, staying)
            for sign, text in draw(chart, png, font).items():
                errors.print(
                    f"{sign} stands for {text}: no font here has it. Install one, or name it with --font.", markup=False
                )
            typer.echo(str(png))
    except (OSError, Refusal) as error:
        complain(f"{program}: {error}")
        raise typer.Exit(1) from error


def verify() -> None:
    """Recount what is kept of every day from clicks, steps and rewards; end with 1 if anything is wrong."""
    found = _read(differences)
    for each in found:
        complain(
            f"referral_program_{each.program_id}, {each.day}, referral_code_{each.code_id}, {each.channel!r}, "
            f"{each.campaign!r}: {each.kept:,} {each.count} are kept, and a recount finds {each.counted:,}"
        )
    output.print(f"Recounted; differences: {len(found)}.", highlight=False)
    if found:
        raise typer.Exit(1)


def _read(act: Callable[[Connection], Awaitable[T]]) -> T:
    """Return what is read of the database, at one moment."""

    async def run(url: str) -> T:
        database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse referral")
        try:
            async with database.writing() as connection:
                await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.raw.execute("SET LOCAL statement_timeout = 0")
                return await act(connection)
        finally:
            await database.close()

    with database_url(Settings()) as url:
        migrations.upgrade(url)
        return asyncio.run(run(url))
