"""`teahouse settings`: what can be set, as a table."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli.terminal import output
from community.foundation.settings import describe


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("settings")(settings)


def settings(
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the README's table.")] = False,
) -> None:
    """List every setting, its default and its meaning."""
    if markdown:
        output.out(readme_table(), end="", highlight=False)
        return
    table = Table("Variable", "Default", "Meaning", show_lines=True)
    for row in describe():
        table.add_row(*row)
    output.print(table)


def readme_table() -> str:
    """Return the table of settings that stands in the README."""
    rows = "".join(
        f"| `{variable}` | {f'`{default}`' if default else ''} | {meaning.replace('|', '&#124;')} |\n"
        for variable, default, meaning in describe()
    )
    return f"| variable | default | meaning |\n|---|---|---|\n{rows}"
