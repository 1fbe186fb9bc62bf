"""Rounds that others held, read from files: what could be chosen, the ballots, and by which rule they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.files import pabulib, preflib
from community.cocreation.rounds.methods import APPROVING, CHOOSING, METHOD, RANKING
from community.cocreation.rounds.rules.counted import Terms, counted
from community.cocreation.rounds.rules.outcomes import Outcome
from community.cocreation.rounds.rules.profiles import UNRANKED, Approvals, Rankings

MOST_MARKS = 200_000_000
"""Ballots that differ times options: what is held in memory to count them is some bytes for each."""


class BadRoundFileError(ValueError):
    """A file that no round can be read from."""


@dataclass(frozen=True, slots=True, eq=False)
class RoundFile:
    """A round as a file has it."""

    title: str
    options: tuple[str, ...]
    method: str
    """By which it is counted, unless another is asked for."""
    approvals: Approvals
    """What ballots name: of an order, what stands at its top."""
    rankings: Rankings | None = None
    """What ballots order, where they do."""
    costs: tuple[int, ...] = ()
    budget: int | None = None

    def counted(self, method: str, seed: str, winners: int) -> Outcome:
        """Count it by a method.

        Raises:
            BadRoundFileError: if its ballots do not say what the method asks for, or it has no budget to spend.
        """
        marks, counts = self.marks(method)
        return counted(Terms(method, seed, winners, costs=self.costs, budget=self.budget), marks, counts)

    def marks(self, method: str) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Return its ballots as a round by a method keeps them: marks by option, and how many cast each.

        Raises:
            BadRoundFileError: as `counted`.
        """
        asked = METHOD[method]
        if asked.spends and self.budget is None:
            raise BadRoundFileError(f"{method} spends a budget, and the file has none")
        if asked.ballot_kind == APPROVING:
            return self.approvals.approved.astype(np.int16), self.approvals.counts
        if self.rankings is not None and asked.ballot_kind == RANKING:
            return self.rankings.ranks, self.rankings.counts
        if self.rankings is not None and asked.ballot_kind == CHOOSING:
            ranks = self.rankings.ranks
            top = ranks == np.where(ranks == UNRANKED, -1, 0)
            return (top & (top.sum(axis=1, keepdims=True) == 1)).astype(np.int16), self.rankings.counts
        raise BadRoundFileError(f"{method} is not for ballots such as the file has")


def read(text: str, name: str) -> RoundFile:
    """Read a round from the text of a file; its name tells the format: .pb, or one of PrefLib's.

    Raises:
        BadRoundFileError: if it is of neither format, or too large.
        BadPreferenceFileError, BudgetFileError: naming the line, if it is no file of its format.
    """
    kind = name.rpartition(".")[2].lower()
    if kind == "pb":
        return _of_budget(pabulib.read(text), name)
    if kind not in preflib.KINDS:
        raise BadRoundFileError(f"{name} ends neither in .pb nor in one of .{', .'.join(preflib.KINDS)}")
    file = preflib.read(text)
    _refuse_large(len(file.ballots), file.options)
    method = "APPROVAL" if file.kind == "cat" else "SCHULZE"
    return RoundFile(file.title or name, file.options, method, file.approvals(), file.rankings())


def _of_budget(file: pabulib.BudgetFile, name: str) -> RoundFile:
    _refuse_large(len(file.ballots), [option.id for option in file.options])
    costs, budget = file.whole_costs()
    return RoundFile(
        file.metadata.get("description") or name,
        tuple(option.name or option.id for option in file.options),
        "BUDGET_EQUAL_SHARES" if "equalshares" in file.metadata.get("rule", "").lower() else "BUDGET_GREEDY",
        file.approvals(),
        costs=tuple(costs),
        budget=budget,
    )


def _refuse_large(ballots: int, options: Sequence[str]) -> None:
    if ballots * len(options) > MOST_MARKS:
        raise BadRoundFileError(f"{ballots:,} ballots of {len(options):,} options are more than can be counted here")
