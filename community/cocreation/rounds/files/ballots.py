"""Files of our own: the ballots of a round as they are kept, whatever its method, and all that counting them again takes.

    # METHOD: QUADRATIC
    # TITLE: 明年的礼盒 Next year's box
    # SEED: 6f1c...
    # SEATS: 2
    # CREDITS: 25
    # OPTION: Plum
    # OPTION: 竹
    12: 3,-1
    4: 0,5

A line has how many cast the ballot, and then its marks: one for each option in their order, or for each two of them where
they are compared (0/1, 0/2, ..., 1/2, ...). Where a budget is spent each option has its cost before it: `# OPTION: 500; Plum`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.methods import (
    APPROVING,
    CHOOSING,
    COMPARING,
    METHOD,
    OPINING,
    UNRATED,
    ballot_width,
)

KIND = "ballots"
"""How the name of such a file ends."""

MOST_OPTIONS = 1_000
_HEADER = re.compile(r"# ([A-Z]+): ?(.*)")
_NUMBERS = ("SEATS", "CREDITS", "BUDGET")


class BadBallotFileError(ValueError):
    """A file that holds no such ballots, with the line that shows it."""

    def __init__(self, line: int, reason: str) -> None:
        """Say what is wrong on which line, from 1; 0 is the file as a whole."""
        super().__init__(f"line {line}: {reason}" if line else reason)


@dataclass(frozen=True, slots=True, eq=False)
class BallotFile:
    """What a file says."""

    method: str
    options: tuple[str, ...]
    marks: NDArray[np.int16]
    """[b, w], ballots that differ."""
    counts: NDArray[np.int64]
    """[b], how many cast each."""
    title: str = ""
    seed: str = ""
    seats: int = 1
    credits: int | None = None
    costs: tuple[int, ...] = ()
    budget: int | None = None


def read(text: str) -> BallotFile:
    """Read a file. O(its length).

    Raises:
        BadBallotFileError: naming the line, if it is none.
    """
    header: dict[str, str] = {}
    options: list[str] = []
    rows: list[list[int]] = []
    counts: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if line.startswith("#"):
            found = _HEADER.fullmatch(line)
            if found is None:
                raise BadBallotFileError(number, "it begins like a header, `# NAME: value`, and is none")
            if found[1] == "OPTION":
                options.append(found[2])
            else:
                header[found[1]] = found[2]
            continue
        amount, _, said = line.partition(":")
        try:
            counts.append(int(amount))
            rows.append([int(mark) for mark in said.split(",")])
        except ValueError:
            raise BadBallotFileError(number, "a ballot is `how many: mark,mark,...` in whole numbers") from None
        if not 0 < counts[-1] < 2**31 or not all(-(2**15) <= mark < 2**15 for mark in rows[-1]):
            raise BadBallotFileError(number, "a number is out of bounds")
    return _checked(header, options, rows, counts)


def _checked(header: dict[str, str], options: list[str], rows: list[list[int]], counts: list[int]) -> BallotFile:
    method = header.get("METHOD", "")
    if method not in METHOD:
        raise BadBallotFileError(0, f"there is no method {method!r}")
    if len(options) > MOST_OPTIONS:
        raise BadBallotFileError(0, f"there are more than {MOST_OPTIONS:,} options")
    numbers: dict[str, int] = {}
    for name in _NUMBERS:
        if name in header:
            if not re.fullmatch(r"\d{1,10}", header[name]):
                raise BadBallotFileError(0, f"{name} is {header[name]!r}, not a number")
            numbers[name] = int(header[name])
    costs: tuple[int, ...] = ()
    if METHOD[method].spends:
        parted = [option.partition("; ") for option in options]
        if "BUDGET" not in numbers or not all(re.fullmatch(r"\d{1,10}", cost) for cost, _, _ in parted):
            raise BadBallotFileError(0, "a budget is spent, and it or an option's cost is missing")
        costs, options = tuple(int(cost) for cost, _, _ in parted), [name for _, _, name in parted]
    kind = METHOD[method].ballot_kind
    width = ballot_width(kind, len(options))
    if any(len(row) != width for row in rows):
        raise BadBallotFileError(0, f"a ballot of {len(options)} options has {width} marks by {method}")
    marks = np.array(rows, np.int16).reshape(len(rows), width)
    allowed = {APPROVING: (0, 1), CHOOSING: (0, 1), COMPARING: (-1, 0, 1), OPINING: (-1, 0, 1, UNRATED)}.get(kind)
    if allowed is not None and not np.isin(marks, allowed).all():
        raise BadBallotFileError(0, f"the marks of {method} are {', '.join(map(str, allowed))}")
    return BallotFile(
        method,
        tuple(options),
        marks,
        np.array(counts, np.int64),
        header.get("TITLE", ""),
        header.get("SEED", ""),
        numbers.get("SEATS", 1),
        numbers.get("CREDITS"),
        costs,
        numbers.get("BUDGET"),
    )


def write(file: BallotFile) -> str:
    """Return the text of a file, which :func:`read` reads again."""
    lines = [f"# METHOD: {file.method}", f"# TITLE: {file.title}", f"# SEED: {file.seed}", f"# SEATS: {file.seats}"]
    further: list[tuple[str, Any]] = [("CREDITS", file.credits), ("BUDGET", file.budget)]
    lines += [f"# {name}: {value}" for name, value in further if value is not None]
    for place, option in enumerate(file.options):
        lines.append(f"# OPTION: {f'{file.costs[place]}; ' if file.costs else ''}{option}")
    for row, amount in zip(file.marks.tolist(), file.counts.tolist(), strict=True):
        lines.append(f"{amount}: {','.join(map(str, row))}")
    return "\n".join(lines) + "\n"
