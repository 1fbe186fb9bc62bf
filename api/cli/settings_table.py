"""`teahouse settings`: what can be set, as a table."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli.terminal import output
from community.foundation.settings import describe

DOCUMENT_HEAD = """\
# Settings

Every setting is an environment variable, and may stand in a file `.env` in the working folder. None has to be set for
a first try. This table is written by `teahouse settings --markdown > docs/settings.md`; a test keeps it true.

"""


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("settings")(settings)


def settings(
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/settings.md.")] = False,
) -> None:
    """List every setting, its default and its meaning."""
    if markdown:
        output.out(document(), end="", highlight=False)
        return
    table = Table("Variable", "Default", "Meaning", show_lines=True)
    for row in describe():
        table.add_row(*row)
    output.print(table)


def document() -> str:
    """Return the text of docs/settings.md."""
    rows = "".join(
        f"| `{variable}` | {f'`{default}`' if default else ''} | {meaning.replace('|', '&#124;')} |\n"
        for variable, default, meaning in describe()
    )
    return f"{DOCUMENT_HEAD}| variable | default | meaning |\n|---|---|---|\n{rows}"
