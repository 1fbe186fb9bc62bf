"""`teahouse round`: count a round that stands in a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from api.cli.terminal import complain, output
from community.cocreation.methods import METHODS
from community.cocreation.rules.outcomes import Number, Outcome

rounds = typer.Typer(name="round", help="Rounds: count one that stands in a file.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(rounds)


@rounds.callback()
def _rounds() -> None:
    """Keep `result` a command of its own, though it is alone."""


@rounds.command("result")
def result(
    file: Annotated[Path, typer.Argument(help="PrefLib's .soc, .soi, .toc, .toi or .cat, or PaBuLib's .pb.")],
    *,
    method: Annotated[
        str | None, typer.Option(help=f"By which rule: {', '.join(METHODS)}. Otherwise the one that the file suggests.")
    ] = None,
    seats: Annotated[int, typer.Option(min=1, help="How many are to win, where no budget says so.")] = 1,
    seed: Annotated[str, typer.Option(help="From which the lots of options that are level follow.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, on standard output.")] = False,
) -> None:
    """Count a round: who won, step by step, and which ties were broken by lot."""
    # Imported late: arrays are of no use to the other commands.
    from community.cocreation.files.rounds import read

    asked = None if method is None else method.upper()
    if asked is not None and asked not in METHODS:
        complain(f"There is no method {method}. There are {', '.join(METHODS)}.")
        raise typer.Exit(2)
    try:
        found = read(file.read_text(encoding="utf-8-sig"), file.name)
        outcome = found.counted(asked or found.method, seed, seats)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        complain(f"{file}: {error}")
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(orjson.dumps(_described(outcome, found.options)).decode())
        return
    ballots = int(found.approvals.counts.sum())
    output.print(
        f"{found.title}: {ballots:,} ballots, {len(found.options):,} options, by {outcome.rule}.", highlight=False
    )
    _show(outcome, found.options)


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


def _described(outcome: Outcome, options: tuple[str, ...]) -> dict[str, Any]:
    return {
        "rule": outcome.rule,
        "winners": [options[winner] for winner in outcome.winners],
        "steps": [
            {
                "what": step.what,
                "options": [options[option] for option in step.options],
                "tally": {
                    options[option]: str(value) if isinstance(value, Fraction) else value
                    for option, value in enumerate(step.tally)
                    if value is not None
                },
            }
            for step in outcome.steps
        ],
        "ties": [
            {"where": tie.where, "between": [options[option] for option in tie.between], "chosen": options[tie.chosen]}
            for tie in outcome.ties
        ],
    }
