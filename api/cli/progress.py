"""How far long work has come: a bar on a terminal, a plain line now and then elsewhere.

with progress("Importing posts", total=10_000) as advance:
    for batch in batches:
        ...
        advance(len(batch))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.cli.terminal import errors

# Seconds between plain lines: a log that is read later needs few.
LINE_EVERY = 5.0

Advance = Callable[[int], None]


@contextmanager
def progress(
    what: str,
    total: int | None = None,
    *,
    console: Console = errors,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Advance]:
    """Show how much of some work is done; `total` is None when nobody knows how much there is."""
    if console.is_terminal:
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task(what, total=total)
            yield lambda amount: bar.advance(task, amount)
        return

    done = 0
    started = said = clock()

    def advance(amount: int) -> None:
        nonlocal done, said
        done += amount
        if clock() - said >= LINE_EVERY:
            said = clock()
            console.print(_line(what, done, total), markup=False, highlight=False)

    yield advance
    console.print(f"{_line(what, done, total)}, finished in {clock() - started:.1f} s", markup=False, highlight=False)


def _line(what: str, done: int, total: int | None) -> str:
    return f"{what}: {done:,}" if total is None else f"{what}: {done:,} of {total:,}"
