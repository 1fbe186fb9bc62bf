"""Where a command speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

from rich.console import Console

output = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)


def complain(message: str) -> None:
    """Say what is wrong."""
    errors.print(message, style="bold red", markup=False, highlight=False)
