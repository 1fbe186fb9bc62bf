"""`teahouse moderation`: models of abuse, spam and the like, made of decisions and labelled texts, and tried on others."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.terminal import complain, output
from community.foundation.errors import Invalid

if TYPE_CHECKING:
    from moderation.classifier.model import Model
    from moderation.classifier.training import Example

YES = frozenset({"1", "true", "yes", "是"})
NO = frozenset({"0", "false", "no", "否"})
MOST_FIELD = 1_000_000
"""Signs of one field of a file."""

moderation = typer.Typer(name="moderation", help="What keeps the community civil.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(moderation)


@moderation.command("train")
def train(
    *,
    labelled: Annotated[
        list[Path] | None,
        typer.Option(help="Comma-separated values, the names of columns first. Give it again for further files."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = "text",
    label_column: Annotated[
        str,
        typer.Option(
            help="The column that says whether a text is what is looked for: 1 or 0, true or false, 是 or 否."
        ),
    ] = "label",
    label: Annotated[
        str, typer.Option(help="What is looked for; of decisions, the name of their reason in small letters.")
    ] = "abuse",
    precision: Annotated[float, typer.Option(min=0.5, max=0.999, help="That the threshold is to reach.")] = 0.9,
    balanced: Annotated[bool, typer.Option(help="Let both kinds count the same, where one is rare.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A file to write the model to, made of labelled texts alone. Without it, what moderators upheld and declined "
            "here is learned as well, and the model is kept in the database: rules have its scores at once."
        ),
    ] = None,
) -> None:
    """Make a model of decisions and labelled texts, and say how good it is on texts that it has not seen."""
    from moderation.classifier.training import TooFewExamplesError, trained

    def made_of(examples: list[Example]) -> Model:
        return trained(examples, label, precision=precision, balanced=balanced)

    try:
        examples = [example for file in labelled or () for example in _examples(file, text_column, label_column)]
        if out is None:
            model, where = _kept(label, examples, made_of)
        else:
            model, where = made_of(examples), str(out)
            out.write_bytes(model.pack())
    except (OSError, _BadFileError, TooFewExamplesError, Invalid) as error:
        complain(str(error))
        raise typer.Exit(1) from error
    made = model.training
    unseen = f"the {made.home:,} decided here, not having seen them" if made.home else "texts that it had not seen"
    output.print(
        f"{where}: {made.texts:,} texts, {made.positive:,} of them {label}. On {unseen}: AUC {made.auc:.4f}, "
        f"probabilities off by {made.calibration_error:.1%} on average.",
        highlight=False,
        markup=False,
    )
    found = (
        f"From {made.threshold:.3f} on, {precision:.0%} of what it names is {label}, and it names {made.recall:.1%} of it."
        if made.threshold is not None
        else f"That {precision:.0%} of what it names is {label} cannot be promised from any probability on."
    )
    output.print(found, highlight=False, markup=False)


@moderation.command("score")
def score(
    file: Annotated[str, typer.Argument(help="Texts, one a line; - for standard input.")],
    *,
    model: Annotated[Path, typer.Option(help="The model's file.")] = Path("abuse.model"),
    reasons: Annotated[int, typer.Option(min=0, max=50, help="Parts of each text that are shown.")] = 3,
) -> None:
    """Print how likely each text is what a model looks for, and the parts of it that weigh most."""
    from moderation.classifier.explaining import explained

    used = _model(model)
    try:
        for line in _lines(file):
            found = explained(used, line, most=reasons)
            why = "; ".join(f"{reason.words} {reason.weight:+.2f}" for reason in found.reasons)
            typer.echo(f"{found.probability:.3f}\t{line}\t{why}")
    except (OSError, UnicodeError) as error:
        complain(f"{file}: {error}")
        raise typer.Exit(1) from error


def _kept(label: str, examples: list[Example], made_of: Callable[[list[Example]], Model]) -> tuple[Model, str]:
    """Make a model of decisions besides, and keep it; return it, and what it is called."""
    import migrations
    from api.cli.database import database_url
    from community.foundation.database import Database
    from community.foundation.settings import Settings
    from moderation.automod.training import checked_label, decided_examples, keep_model

    async def run(url: str) -> tuple[Model, str]:
        database = await Database.connect(
            url, maximum=1, acquire_within=10, statement_within=600, application_name="teahouse moderation"
        )
        try:
            async with database.reading() as connection:
                decided = await decided_examples(connection, label)
            model = await asyncio.to_thread(made_of, [*examples, *decided])
            number = await database.transact(lambda connection: keep_model(connection, model))
        finally:
            await database.close()
        return model, f"{label}, version {number}"

    checked_label(label)
    with database_url(Settings()) as url:
        migrations.upgrade(url)
        return asyncio.run(run(url))


def _model(path: Path) -> Model:
    from moderation.classifier.model import MOST_BYTES, BadModelError, unpack

    try:
        with path.open("rb") as file:
            return unpack(file.read(MOST_BYTES + 1))
    except (OSError, BadModelError) as error:
        complain(f"{path}: {error}")
        raise typer.Exit(1) from error


def _lines(file: str) -> Iterator[str]:
    if file == "-":
        yield from (line.rstrip("\r\n") for line in sys.stdin)
        return
    with Path(file).open(encoding="utf-8-sig") as text:
        yield from (line.rstrip("\r\n") for line in text)


class _BadFileError(ValueError):
    """A file that cannot be learned from."""


def _examples(path: Path, text_column: str, label_column: str) -> Iterator[Example]:
    """Yield the labelled texts of a file.

    Raises:
        _BadFileError: if a column is missing, or a label is none.
    """
    from moderation.classifier.training import Example

    # The limit is the process's: others who read files have their own idea of what is long.
    before = csv.field_size_limit(MOST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            missing = {text_column, label_column}.difference(lines.fieldnames or ())
            if missing:
                raise _BadFileError(f"{path}: there is no column {', '.join(sorted(missing))}")
            for line in lines:
                label = (line[label_column] or "").strip().lower()
                if label not in YES | NO:
                    raise _BadFileError(f"{path}:{lines.line_num}: {label!r} is no label: give 1 or 0")
                yield Example(line[text_column] or "", label in YES)
    except (csv.Error, UnicodeError) as error:
        raise _BadFileError(f"{path}: {error}") from error
    finally:
        csv.field_size_limit(before)
