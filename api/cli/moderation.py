"""`teahouse moderation`: classifiers of texts, trained by what the community has decided."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, output
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings
from moderation.automod.training import (
    COLUMNS,
    BadLabelled,
    Kept,
    checked_label,
    counted,
    decided_examples,
    keep_model,
    labelled_examples,
)

moderation = typer.Typer(name="moderation", help="What keeps the community civil.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(moderation)


@moderation.callback()
def _of_moderation() -> None:
    """Keep `train` a command of its own while there is no other."""


@moderation.command()
def train(
    label: Annotated[
        str,
        typer.Option(help="What is looked for: the name of a reason for reporting, in small letters (spam, abuse)."),
    ],
    labelled: Annotated[
        Path | None,
        typer.Option(
            help=f"Texts besides: comma-separated values with the columns {' and '.join(COLUMNS)}. Those with this label are "
            "what is looked for, all others are not."
        ),
    ] = None,
    importance: Annotated[
        float, typer.Option(min=0.0, max=1_000.0, help="How many labelled texts a decision of the community counts.")
    ] = 1.0,
    *,
    check: Annotated[bool, typer.Option(help="Only say how well it would do.")] = False,
) -> None:
    """Train a classifier by what moderators upheld and declined. Rules have its scores as soon as it is kept."""
    # What it needs takes a second to import.
    from moderation.classifier.training import TooFewExamplesError, trained

    async def run(url: str) -> None:
        database = await Database.connect(
            url, maximum=1, acquire_within=10, statement_within=600, application_name="teahouse moderation"
        )
        try:
            async with database.reading() as connection:
                examples = await decided_examples(connection, label, importance)
            decided = counted(examples)
            if labelled is not None:
                with labelled.open(encoding="utf-8-sig", newline="") as text:
                    examples += labelled_examples(text, label)
            both = counted(examples)
            output.print(
                f"{both[0]:,} texts are {label} and {both[1]:,} are not; of them, {sum(decided):,} were decided here.",
                highlight=False,
            )
            model = await asyncio.to_thread(trained, examples, label)
            kept: Kept | None = None
            if not check:
                kept = await database.transact(lambda connection: keep_model(connection, model))
        finally:
            await database.close()
        found = model.training
        threshold = "no threshold" if found.threshold is None else f"from {found.threshold:.2f} on"
        output.print(
            f"Of texts that took no part: AUC {found.auc:.3f}, calibration error {found.calibration_error:.3f}; "
            f"{threshold} a precision of {found.precision:.0%} is certain, with a recall of {found.recall:.0%}.",
            highlight=False,
        )
        output.print("Not kept." if kept is None else f"Kept as version {kept.number} of {label}.", highlight=False)

    try:
        checked_label(label)
    except Refusal as error:
        complain(str(error))
        raise typer.Exit(2) from error
    with database_url(Settings()) as url:
        migrations.upgrade(url)
        try:
            asyncio.run(run(url))
        except (OSError, UnicodeDecodeError, BadLabelled, TooFewExamplesError) as error:
            complain(
                str(error) if labelled is None or isinstance(error, TooFewExamplesError) else f"{labelled}: {error}"
            )
            raise typer.Exit(1) from error
