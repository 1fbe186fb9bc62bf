"""`teahouse migrate`: bring the database to the newest revision, or to another."""

from __future__ import annotations

from typing import Annotated

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import output
from community.foundation.settings import Settings


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("migrate")(migrate)


def migrate(
    to: Annotated[str, typer.Option(help="Revision to go up to.")] = "head",
    down_to: Annotated[str | None, typer.Option(help="Revision to go down to instead; `base` empties it.")] = None,
) -> None:
    """Bring the database to its newest revision. Safe to run while serving, and from several processes at once."""
    with database_url(Settings()) as url:
        if down_to is None:
            migrations.upgrade(url, to)
        else:
            migrations.downgrade(url, down_to)
    output.print(f"The database is at revision {down_to or (migrations.head() if to == 'head' else to)}.")
