"""The same over and over, and letters that shout."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

PIECE = 4
"""Signs in a row of which it is asked whether they stand somewhere else in the text as well."""

_RUN = re.compile(r"(\S)\1+")
_WORD = re.compile(r"[^\W_]+")


class Run(NamedTuple):
    """One sign that stands several times in a row."""

    start: int
    end: int


def longest_run(text: str) -> Run | None:
    """Return where a text has most of one sign in a row, spaces aside; None where none stands twice. O(n)."""
    runs = [match.span() for match in _RUN.finditer(text)]
    return Run(*max(runs, key=lambda run: run[1] - run[0])) if runs else None


def commonest_word(folded: str) -> tuple[str, int]:
    """Return the word that a folded text says most, and how many times; nothing is said 0 times. O(n).

    A word goes from one space or sign of punctuation to the next, which in Chinese is a clause.
    """
    counted = Counter(_WORD.findall(folded)).most_common(1)
    return counted[0] if counted else ("", 0)


def repeated_share(folded: str) -> float:
    """Return which share of a folded text's pieces of four signs have been before, 0 to 1. O(n)."""
    pieces = len(folded) - PIECE + 1
    if pieces <= 0:
        return 0.0
    return 1 - len({folded[place : place + PIECE] for place in range(pieces)}) / pieces


def share_of_capitals(original: str) -> tuple[float, int]:
    """Return which share of the letters that have capitals are capitals, and how many letters those are. O(n)."""
    capitals = sum(map(str.isupper, original))
    letters = capitals + sum(map(str.islower, original))
    return (capitals / letters if letters else 0.0), letters
