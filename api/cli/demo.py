"""`teahouse demo`: fill an empty database with a believable community."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import typer
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.progress import progress
from api.cli.terminal import complain, output
from community.demonstration.deciding import make_decisions
from community.demonstration.errors import CommunityNotEmpty
from community.demonstration.load import load_demonstration, tidy
from community.demonstration.people import NAMED
from community.demonstration.sizes import SIZES, Size
from community.foundation.clock import now
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.members.passwords import hash_password
from moderation.demonstration import make_moderation

PASSWORD = "oolong-in-the-afternoon"  # noqa: S105 - printed for everybody; development only

MINUTES = 0.0  # no limit of time: a large community takes long, and nobody else waits for it


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("demo")(demo)


def demo(
    size: Annotated[Literal["small", "medium", "large"], typer.Option(help="How large a community.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes up another community.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it has come to; today if not given.")
    ] = None,
    *,
    if_empty: Annotated[bool, typer.Option(help="Leave a community that is there as it is, without a word.")] = False,
) -> None:
    """Fill an empty database with a made-up tea community, in English and Chinese."""
    settings = Settings()
    end = until.replace(tzinfo=UTC) if until else now().replace(hour=0, minute=0, second=0, microsecond=0)
    started = time.monotonic()
    with database_url(settings) as url:
        migrations.upgrade(url)
        try:
            written = asyncio.run(_load(url, SIZES[size], seed, end, can_sign_in=not settings.in_production))
        except CommunityNotEmpty as refusal:
            if if_empty:
                return
            complain(str(refusal))
            raise typer.Exit(1) from refusal
    table = Table("Table", "Rows")
    for name, amount in written.items():
        table.add_row(name, f"{amount:,}")
    output.print(table)
    output.print(f"Made in {timedelta(seconds=round(time.monotonic() - started))}.")
    if not settings.in_production:
        for handle, _ in NAMED:
            output.print(f"Sign in as {handle} ({handle}@example.com), password {PASSWORD}", highlight=False)


async def _load(url: str, size: Size, seed: int, end: datetime, *, can_sign_in: bool) -> dict[str, int]:
    database = await Database.connect(
        url,
        maximum=2,
        acquire_within=10,
        statement_within=MINUTES,
        idle_in_transaction_within=MINUTES,
        application_name="teahouse demo",
    )
    try:
        password_hash = await hash_password(PASSWORD) if can_sign_in else None
        total = size.members + size.posts + size.comments + size.reactions + size.follows
        with progress("Writing rows", total=total) as advance:
            counted = ("member", "post", "comment", "post_reaction", "comment_reaction", "follow")
            async with database.writing() as connection:
                written = await load_demonstration(
                    connection,
                    size,
                    seed=seed,
                    until=end,
                    password_hash=password_hash,
                    advance=lambda name, rows: advance(rows) if name in counted else None,
                )
        await make_moderation(database, NAMED[0][0], NAMED[1][0], "oolong")
        await make_decisions(database, NAMED[0][0], "teaware", seed)
        async with database.reading() as connection:
            await tidy(connection)
        return written
    finally:
        await database.close()
