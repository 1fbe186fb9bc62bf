"""`teahouse rewards`: a member's points, as their operator is asked about them. `teahouse ledger verify` recounts all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.members.handles import skeleton
from community.rewards.statements import statement_of, write_csv

if TYPE_CHECKING:
    from community.rewards.statements import Statement

_FIND = "SELECT id FROM member WHERE handle_skeleton = $1 AND state <> 'ERASED'"

rewards = typer.Typer(name="rewards", help="What members earned, and what they did with it.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(rewards)


@rewards.callback()
def _several() -> None:
    """Keep `statement` a command of its own while it is the only one."""


@rewards.command("statement")
def statement(
    member: Annotated[str, typer.Argument(help="The member's handle.")],
    *,
    file: Annotated[
        Path | None, typer.Option("--csv", help="Write what came and went to this file, as comma-separated values.")
    ] = None,
) -> None:
    """Show a member's points: what came and went, the balance after each, and what is left, by when it came."""
    with database_url(Settings()) as url:
        migrations.upgrade(url)
        found = asyncio.run(_read(url, member))
    if found is None:
        complain(f"There is no member {member}.")
        raise typer.Exit(1)
    if file is not None:
        try:
            with file.open("w", encoding="utf-8", newline="") as text:
                write_csv(found.lines, text)
        except OSError as error:
            complain(f"{file}: {error.strerror}")
            raise typer.Exit(1) from error
    else:
        _show_lines(found)
    _show_lots(found)
    for unit, balance in found.balances().items():
        output.print(f"Balance: {balance:,} {unit}.", highlight=False)


async def _read(url: str, handle: str) -> Statement | None:
    database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse rewards")
    try:
        async with database.writing() as connection:
            await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            member_id: int | None = await connection.raw.fetchval(_FIND, skeleton(handle))
            return None if member_id is None else await statement_of(connection, member_id)
    finally:
        await database.close()


def _show_lines(found: Statement) -> None:
    table = Table("#", "Booked", "What", "Amount", "Balance", "Of", "Reason")
    for line in found.lines:
        moment = line.booked_at.isoformat(" ", "seconds")
        amount, balance = f"{line.amount:+,} {line.unit}", f"{line.balance_after:,}"
        table.add_row(str(line.position), moment, line.kind, amount, balance, line.subject, line.reason or "")
    output.print(table, markup=False)


def _show_lots(found: Statement) -> None:
    table = Table("Came by", "Came", "Points", "Left", "Expires")
    for lot in found.lots:
        expires = "never" if lot.expires_at is None else lot.expires_at.isoformat(" ", "seconds")
        came = lot.granted_at.isoformat(" ", "seconds")
        table.add_row(f"reward_{lot.reward_id}", came, f"{lot.amount:,} {lot.unit}", f"{lot.remaining:,}", expires)
    output.print(table, markup=False)
