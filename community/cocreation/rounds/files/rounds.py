"""Rounds that others held, read from files: what could be chosen, the ballots, and by which rule they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.files import ballots, pabulib, preflib
from community.cocreation.rounds.methods import APPROVING, CHOOSING, COMPARING, METHOD, RANKING, SCORING
from community.cocreation.rounds.rules.counted import Terms, counted
from community.cocreation.rounds.rules.outcomes import Outcome
from community.cocreation.rounds.rules.profiles import UNRANKED, Approvals, Rankings, Ratings, approvals, rankings

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
    ratings: Ratings | None = None
    """What ballots give points, where they do."""
    costs: tuple[int, ...] = ()
    budget: int | None = None
    cast: ballots.BallotFile | None = None
    """Ballots as we keep them, where it is a file of our own."""

    def terms(self, method: str, seed: str | None = None, winners: int | None = None) -> Terms:
        """Return how it is counted by a method: seed and winners as the file has them, if it has, unless they are given."""
        own = self.cast
        return Terms(
            method,
            seed if seed is not None else own.seed if own else "",
            winners if winners is not None else own.seats if own else 1,
            credits=own.credits if own else None,
            costs=self.costs,
            budget=self.budget,
        )

    def counted(self, terms: Terms) -> Outcome:
        """Count it.

        Raises:
            BadRoundFileError: if its ballots do not say what the method asks for, or it has no budget to spend.
        """
        marks, counts = self.marks(terms.method)
        return counted(terms, marks, counts)

    def marks(self, method: str) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Return its ballots as a round by a method keeps them: marks by option, and how many cast each.

        Raises:
            BadRoundFileError: as `counted`.
        """
        asked = METHOD[method]
        if asked.spends and self.budget is None:
            raise BadRoundFileError(f"{method} spends a budget, and the file has none")
        if self.cast is not None and asked.ballot_kind == METHOD[self.method].ballot_kind:
            return self.cast.marks, self.cast.counts
        if asked.ballot_kind == APPROVING:
            return self.approvals.approved.astype(np.int16), self.approvals.counts
        if self.ratings is not None and asked.ballot_kind == SCORING:
            return self.ratings.scores, self.ratings.counts
        if self.rankings is not None and asked.ballot_kind == RANKING:
            return self.rankings.ranks, self.rankings.counts
        if self.rankings is not None and asked.ballot_kind == CHOOSING:
            ranks = self.rankings.ranks
            top = ranks == np.where(ranks == UNRANKED, -1, 0)
            return (top & (top.sum(axis=1, keepdims=True) == 1)).astype(np.int16), self.rankings.counts
        raise BadRoundFileError(f"{method} is not for ballots such as the file has")


def read(text: str, name: str) -> RoundFile:
    """Read a round from the text of a file; its name tells the format: .ballots, .pb, or one of PrefLib's.

    Raises:
        BadRoundFileError: if it is of neither format, or too large.
        BadBallotFileError, BadPreferenceFileError, BudgetFileError: naming the line, if it is no file of its format.
    """
    kind = name.rpartition(".")[2].lower()
    if kind == ballots.KIND:
        return _of_ballots(ballots.read(text), name)
    if kind == "pb":
        return _of_budget(pabulib.read(text), name)
    if kind not in preflib.KINDS:
        known = ", .".join((*preflib.KINDS, "pb", ballots.KIND))
        raise BadRoundFileError(f"{name} ends in none of .{known}")
    file = preflib.read(text)
    _refuse_large(len(file.ballots), file.options)
    method = "APPROVAL" if file.kind == "cat" else "SCHULZE"
    return RoundFile(file.title or name, file.options, method, file.approvals(), file.rankings())


def _of_ballots(file: ballots.BallotFile, name: str) -> RoundFile:
    _refuse_large(len(file.counts), file.options)
    kind, marks = METHOD[file.method].ballot_kind, file.marks
    ordered = rankings(marks, file.counts) if kind == RANKING else None
    # Of an order, what stands at its top is named; of other ballots, what has a mark above nothing.
    named = marks == 0 if kind == RANKING else marks > 0
    approved = np.zeros((len(marks), len(file.options)), np.bool_) if kind == COMPARING else named
    return RoundFile(
        file.title or name,
        file.options,
        file.method,
        approvals(approved, file.counts),
        ordered,
        costs=file.costs,
        budget=file.budget,
        cast=file,
    )


def _of_budget(file: pabulib.BudgetFile, name: str) -> RoundFile:
    _refuse_large(len(file.ballots), [option.id for option in file.options])
    costs, budget = file.whole_costs()
    shares = "equalshares" in file.metadata.get("rule", "").lower()
    return RoundFile(
        file.metadata.get("description") or name,
        tuple(option.name or option.id for option in file.options),
        "BUDGET_EQUAL_SHARES" if shares else "BUDGET_SCORES" if file.gives_points else "BUDGET_GREEDY",
        file.approvals(),
        ratings=file.points(),
        costs=tuple(costs),
        budget=budget,
    )


def _refuse_large(ballots: int, options: Sequence[str]) -> None:
    if ballots * len(options) > MOST_MARKS:
        raise BadRoundFileError(f"{ballots:,} ballots of {len(options):,} options are more than can be counted here")
