"""`teahouse round`: rounds that stand in files: counted, brought in, and written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import orjson
import typer
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from api.node import id_of
from community.cocreation.rounds.methods import METHODS
from community.cocreation.rounds.rules.outcomes import Number, Outcome, described
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings

if TYPE_CHECKING:
    from community.cocreation.rounds.files.rounds import RoundFile

T = TypeVar("T")

rounds = typer.Typer(
    name="round",
    help="Rounds that stand in files, of PrefLib, of PaBuLib and our own: count them, bring them in, write them.",
    no_args_is_help=True,
)

File = Annotated[
    Path, typer.Argument(help="PrefLib's .soc, .soi, .toc, .toi or .cat, PaBuLib's .pb, or our own .ballots.")
]
Method = Annotated[
    str | None, typer.Option(help=f"By which rule: {', '.join(METHODS)}. Otherwise the one that the file suggests.")
]
Seats = Annotated[
    int | None,
    typer.Option(min=1, help="How many are to win, where no budget says so; else as the file has it, or one."),
]
Seed = Annotated[
    str | None, typer.Option(help="From which the lots of options that are level follow; else as the file has it.")
]


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(rounds)


@rounds.command("result")
def result(
    file: File,
    *,
    method: Method = None,
    seats: Seats = None,
    seed: Seed = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, on standard output.")] = False,
) -> None:
    """Count a round: who won, step by step, and which ties were broken by lot."""
    found, asked = _read(file, method)
    outcome = _or_complain(file, lambda: found.counted(found.terms(asked, seed, seats)))
    if as_json:
        typer.echo(orjson.dumps(described(outcome, found.options)).decode())
        return
    ballots = int(found.approvals.counts.sum())
    output.print(
        f"{found.title}: {ballots:,} ballots, {len(found.options):,} options, by {outcome.rule}.", highlight=False
    )
    _show(outcome, found.options)


@rounds.command("import")
def import_(
    file: File,
    space: Annotated[str, typer.Option(help="Slug of the space where it is shown.")],
    *,
    method: Method = None,
    seats: Seats = None,
    seed: Seed = None,
) -> None:
    """Bring a round in, closed and counted, with its ballots, which no member cast; print its id."""
    from community.cocreation.rounds.archives import bring_in
    from community.cocreation.rounds.counting import count_round

    found, asked = _read(file, method)

    async def run(url: str) -> int:
        database = await Database.connect(url, maximum=2, acquire_within=10, application_name="teahouse round")
        try:
            async with database.writing() as connection:
                await connection.raw.execute("SET LOCAL statement_timeout = 0")
                moment = datetime.now(UTC)
                round_id = await bring_in(
                    connection, found, found.terms(asked, seed, seats), slug=space, held_at=moment
                )
            await count_round(database, {"round": round_id}, 0, lambda _progress, _step: None)
        finally:
            await database.close()
        return round_id

    with database_url(Settings()) as url:
        migrations.upgrade(url)
        typer.echo(f"round_{_or_complain(file, lambda: asyncio.run(run(url)))}")


@rounds.command("export")
def export(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="The round's id, round_7.")],
    directory: Annotated[Path, typer.Argument(help="The folder to write the file into.")] = Path(),
) -> None:
    """Write a closed round into a file, its ballots without who cast them; print the file's name."""
    from community.cocreation.rounds.archives import written

    number = id_of("round", round_)
    if number is None:
        complain(f"{round_} is not the id of a round.")
        raise typer.Exit(2)

    async def run(url: str) -> tuple[str, str]:
        database = await Database.connect(url, maximum=1, acquire_within=10, application_name="teahouse round")
        try:
            async with database.writing() as connection:
                await connection.raw.execute("SET TRANSACTION READ ONLY")
                await connection.raw.execute("SET LOCAL statement_timeout = 0")
                return await written(connection, number)
        finally:
            await database.close()

    with database_url(Settings()) as url:
        text, kind = _or_complain(round_, lambda: asyncio.run(run(url)))
    path = directory / f"{round_}.{kind}"
    _or_complain(path, lambda: path.write_text(text, encoding="utf-8"))
    typer.echo(str(path))


def _read(file: Path, method: str | None) -> tuple[RoundFile, str]:
    """Return a round as its file has it, and the method to count it by."""
    # Imported late: arrays are of no use to the other commands.
    from community.cocreation.rounds.files.rounds import read

    asked = None if method is None else method.upper()
    if asked is not None and asked not in METHODS:
        complain(f"There is no method {method}. There are {', '.join(METHODS)}.")
        raise typer.Exit(2)
    found = _or_complain(file, lambda: read(file.read_text(encoding="utf-8-sig"), file.name))
    return found, asked or found.method


def _or_complain(what: object, attempt: Callable[[], T]) -> T:
    """Return what an attempt gives; if it cannot be done, say why and end."""
    try:
        return attempt()
    except (OSError, ValueError, Refusal) as error:
        complain(f"{what}: {error}")
        raise typer.Exit(1) from error


def _show(outcome: Outcome, options: tuple[str, ...]) -> None:
    """Print who won and what each option had in the end; all steps are in the JSON."""
    last: dict[int, Number] = {}
    for step in outcome.steps:
        last |= {option: value for option, value in enumerate(step.tally) if value is not None}
    won = {winner: str(place) for place, winner in enumerate(outcome.winners, 1)}
    table = Table("Option", "Won", "Last count")
    for option in [*outcome.winners, *(option for option in range(len(options)) if option not in won)]:
        table.add_row(options[option], won.get(option, ""), _number(last.get(option)))
    output.print(table)
    for tie in outcome.ties:
        level = ", ".join(options[option] for option in tie.between)
        output.print(f"By lot ({tie.where}): {options[tie.chosen]}, of {level}.", highlight=False)


def _number(value: Number | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int) or (isinstance(value, Fraction) and value.denominator == 1):
        return f"{int(value):,}"
    return f"{float(value):,.2f}"
