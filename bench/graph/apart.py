"""Work in a process of its own, so that what it takes of memory is its own, and nothing is warm that should be cold."""

from __future__ import annotations

import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")

PATIENCE = 60.0
"""After so many seconds no further round is begun: a library that takes minutes is measured once."""


class Timed(NamedTuple):
    """The median of the rounds, and how many there were."""

    seconds: float
    rounds: int


class Failed(Exception):  # noqa: N818 - says what is the matter
    """The process ended without an answer, or with an error."""


def apart(function: Callable[..., Result], *arguments: object) -> tuple[Result, float]:
    """Return what a function of a module returns in a fresh process, and the megabytes it had at most.

    Raises:
        Failed: if it raised, with what it said.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, function, arguments))
    process.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        raise Failed(f"{function.__name__} ended without an answer") from None
    finally:
        process.join()
    if isinstance(answer, str):
        raise Failed(answer)
    result, megabytes = answer
    return result, megabytes


def timed(
    function: Callable[[], Result], rounds: int, before: Callable[[], object] = lambda: None
) -> tuple[Result, Timed]:
    """Return what a function returns, and how long it took. What is to be done `before` each round is not counted."""
    taken: list[float] = []
    while True:
        before()
        began = time.perf_counter()
        result = function()
        taken.append(time.perf_counter() - began)
        if len(taken) >= rounds or sum(taken) > PATIENCE:
            return result, Timed(statistics.median(taken), len(taken))


def peak() -> float:
    """Return the megabytes this process has had at most; 0 where the kernel does not tell.

    Not by getrusage, whose peak begins with that of the process which started this one.
    """
    status = Path("/proc/self/status")
    found = (
        re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"), re.MULTILINE) if status.exists() else None
    )
    return int(found.group(1)) / 1000 if found else 0.0


def _answer(answers: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    try:
        answers.send((function(*arguments), peak()))
    except Exception as error:
        answers.send(f"{function.__name__}: {type(error).__name__}: {error}")
        raise
