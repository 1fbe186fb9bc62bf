"""`teahouse import`: bring in a community from elsewhere."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.progress import progress
from api.cli.terminal import complain, errors, output
from community.exchange.errors import BadRecord, ImportStopped
from community.exchange.exporting import SOURCE
from community.exchange.importing import Summary, import_records
from community.exchange.interchange import read_interchange
from community.exchange.ldbc import read_ldbc
from community.exchange.records import Record
from community.exchange.rendering import Renderer
from community.exchange.stackexchange import read_stackexchange
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings

OnError = Annotated[
    Literal["fail", "skip"],
    typer.Option(help="At a bad record: `fail` stops there, `skip` reports it and goes on."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Source = Annotated[str, typer.Option(help="What this source is called; its ids are kept under the name.")]
Directory = Annotated[Path, typer.Argument(help="The folder with the files, packed (.gz) or not.")]

imports = typer.Typer(
    name="import",
    help="Bring in a community from elsewhere. Run it again to continue, or to take in what has changed since.",
    no_args_is_help=True,
)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(imports)


@imports.command("stackexchange")
def stackexchange(
    directory: Directory,
    space: Annotated[str, typer.Option(help="Slug of the space to import into; made when there is none.")] = "imported",
    source: Source = "stackexchange",
    on_error: OnError = "fail",
    *,
    json: AsJson = False,
) -> None:
    """Import a Stack Exchange data dump: Posts.xml, Users.xml, Comments.xml and Badges.xml."""
    records = read_stackexchange(directory, space)
    _run(source, records, on_error=on_error, json=json, may_rename=True, from_html=True)


@imports.command("ldbc")
def ldbc(directory: Directory, source: Source = "ldbc", on_error: OnError = "fail", *, json: AsJson = False) -> None:
    """Import a dataset of the LDBC Social Network Benchmark (CSV, pipe-separated)."""
    _run(source, read_ldbc(directory), on_error=on_error, json=json, may_rename=True)


@imports.command("jsonl")
def jsonl(
    files: Annotated[list[Path], typer.Argument(help="Files of records, packed (.gz) or not.")],
    source: Source = SOURCE,
    on_error: OnError = "fail",
    *,
    json: AsJson = False,
) -> None:
    """Import records of Teahouse's own format, as `teahouse export jsonl` writes them."""
    _run(source, chain.from_iterable(read_interchange(file) for file in files), on_error=on_error, json=json)


def _run(
    source: str,
    records: Iterable[Record | BadRecord | None],
    *,
    on_error: Literal["fail", "skip"],
    json: bool,
    may_rename: bool = False,
    from_html: bool = False,
) -> None:
    # Records leave no circles behind, and there are many: the collector would look through all of them time and again.
    gc.freeze()
    gc.set_threshold(100_000)
    with database_url(Settings()) as url:
        try:
            summary = asyncio.run(
                _import(url, source, records, skip_bad=on_error == "skip", may_rename=may_rename, from_html=from_html)
            )
        except ImportStopped as refusal:
            complain(str(refusal))
            errors.print(
                "Nothing of its batch was imported; all batches before it are. Mend the record, or add --on-error skip, "
                "and run the same import again: it goes on from there."
            )
            raise typer.Exit(1) from refusal
        except Refusal as refusal:
            complain(str(refusal))
            raise typer.Exit(1) from refusal
    for problem in summary.problems:
        complain(problem)
    if json:
        output.out(orjson.dumps(_as_data(summary), option=orjson.OPT_INDENT_2).decode(), highlight=False)
    else:
        _show(summary)


async def _import(
    url: str,
    source: str,
    records: Iterable[Record | BadRecord | None],
    *,
    skip_bad: bool,
    may_rename: bool,
    from_html: bool,
) -> Summary:
    renderer = Renderer()
    try:
        # Its processes take a while to begin, and so does the database to be ready.
        await renderer.warm_up()
        await asyncio.to_thread(migrations.upgrade, url)
        database = await Database.connect(
            url,
            minimum=3,
            maximum=3,
            acquire_within=10,
            statement_within=0,
            lock_within=60,
            idle_in_transaction_within=0,
            application_name="teahouse import",
        )
        try:
            with progress("Importing records") as advance:
                return await import_records(
                    database,
                    source,
                    records,
                    skip_bad=skip_bad,
                    may_rename=may_rename,
                    from_html=from_html,
                    advance=advance,
                    renderer=renderer,
                )
        finally:
            await database.close()
    finally:
        await renderer.close()


def _as_data(summary: Summary) -> dict[str, object]:
    return {
        **asdict(summary.total()),
        "kinds": {kind: asdict(tally) for kind, tally in summary.kinds.items()},
        "problems": summary.problems,
        "seconds": round(summary.seconds, 3),
    }


def _show(summary: Summary) -> None:
    names = ("read", "created", "updated", "unchanged", "skipped")
    table = Table("Kind", *(name.capitalize() for name in names))
    for kind, tally in (*summary.kinds.items(), ("all", summary.total())):
        table.add_row(kind, *(f"{getattr(tally, name):,}" for name in names))
    output.print(table)
    total = summary.total()
    if not (total.created or total.updated):
        output.print("Nothing has changed: all of it was here already.")
