"""What a rule finds: who won, how that came about, and which ties were broken by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

Number = int | Fraction | float
"""Counts are exact wherever a rule is; a float is an estimate."""


class Step(NamedTuple):
    """One step of a count."""

    what: str
    """`counted`, `elected`, `eliminated`, `transferred`, `locked`, `skipped`, ...: a word of the rule's docstring."""
    options: tuple[int, ...] = ()
    """Whom it is about."""
    tally: tuple[Number | None, ...] = ()
    """By option, as it stood; None for who is out. Empty where the step has none."""


class Tie(NamedTuple):
    """Options that the ballots put level, and the one that the lot preferred."""

    where: str
    between: tuple[int, ...]
    chosen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a round by one rule."""

    rule: str
    winners: tuple[int, ...]
    """In the order in which they won, or by number where there is none."""
    steps: tuple[Step, ...]
    ties: tuple[Tie, ...] = ()
    """None: nothing hung on the lot."""


class Lots:
    """The order in which options are drawn where the ballots leave them level.

    It follows from a seed that is published before anybody votes: option i has the lot SHA-256("seed/i"), and the
    smallest lot is drawn first. So nobody can choose it, and everybody can draw it again.
    """

    def __init__(self, seed: str, options: int) -> None:
        """Draw all lots. O(m log m)."""
        lot = [hashlib.sha256(f"{seed}/{option}".encode()).digest() for option in range(options)]
        self.order: tuple[int, ...] = tuple(sorted(range(options), key=lot.__getitem__))
        self._place = {option: place for place, option in enumerate(self.order)}
        self.ties: list[Tie] = []

    def place(self, option: int) -> int:
        """Return where an option comes in the order, 0 for the first."""
        return self._place[option]

    def first(self, level: Iterable[int], where: str) -> int:
        """Return which of some level options is drawn, and note the tie if there is more than one."""
        between = tuple(sorted(level))
        chosen = min(between, key=self.place)
        if len(between) > 1:
            self.ties.append(Tie(where, between, chosen))
        return chosen

    def best(self, values: Sequence[Number | None], among: Iterable[int], where: str) -> int:
        """Return the option with the highest value, drawn by lot among those that are level."""
        candidates = [(values[option], option) for option in among]
        highest = max(value for value, _ in candidates if value is not None)
        return self.first([option for value, option in candidates if value == highest], where)

    def worst(self, values: Sequence[Number | None], among: Iterable[int], where: str) -> int:
        """Return the option with the lowest value. Of those that are level, the one drawn last goes."""
        candidates = [(values[option], option) for option in among]
        lowest = min(value for value, _ in candidates if value is not None)
        between = tuple(sorted(option for value, option in candidates if value == lowest))
        chosen = max(between, key=self.place)
        if len(between) > 1:
            self.ties.append(Tie(where, between, chosen))
        return chosen


def last_tally(outcome: Outcome | None) -> dict[int, float]:
    """Return by option what it was last counted to have, on the way to an outcome."""
    last: dict[int, float] = {}
    for step in outcome.steps if outcome else ():
        last |= {option: float(value) for option, value in enumerate(step.tally) if value is not None}
    return last


def described(outcome: Outcome, options: Sequence[int] | Sequence[str]) -> dict[str, Any]:
    """Return an outcome as JSON, options by their ids or names."""
    return {
        "rule": outcome.rule,
        "winners": [options[winner] for winner in outcome.winners],
        "steps": [_step(step, options) for step in outcome.steps],
        "ties": [
            {"where": tie.where, "between": [options[option] for option in tie.between], "chosen": options[tie.chosen]}
            for tie in outcome.ties
        ],
    }


def _step(step: Step, options: Sequence[int] | Sequence[str]) -> dict[str, Any]:
    tally = [
        {"option": options[option], "count": float(value), "exactly": _exactly(value)}
        for option, value in enumerate(step.tally)
        if value is not None
    ]
    return {"what": step.what, "options": [options[option] for option in step.options], "tally": tally}


def _exactly(value: Number) -> str:
    return str(value) if isinstance(value, int | Fraction) else repr(float(value))
