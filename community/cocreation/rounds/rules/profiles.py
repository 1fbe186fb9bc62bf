"""What members said, as the rules take it: equal ballots once, with how many there were of each.

Options go by their number in the round, from 0. Nothing here knows who cast what.

Shapes: b ballots that differ, m options.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNRANKED = np.int16(32_767)
"""The rank of an option that a ballot does not order: below all that it does, and level with the others left out."""
UNRATED = np.int16(-32_768)
"""The score of an option that a ballot says nothing of."""

Counts = NDArray[np.int64]


class BadProfileError(ValueError):
    """Ballots that are none: shapes that do not fit, or values out of their range."""


@dataclass(frozen=True, slots=True, eq=False)
class Approvals:
    """Ballots that name options, as many as they like."""

    approved: NDArray[np.bool_]
    """[b, m], whether the ballot names the option."""
    counts: Counts
    """[b], how many cast it."""

    @property
    def options(self) -> int:
        """How many options there are."""
        return int(self.approved.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """Ballots that order options; options may be level, and some left out."""

    ranks: NDArray[np.int16]
    """[b, m], 0 for the best; smaller is better; equal is level; `UNRANKED` for what is left out."""
    counts: Counts

    @property
    def options(self) -> int:
        """How many options there are."""
        return int(self.ranks.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ballots that give each option a whole number."""

    scores: NDArray[np.int16]
    """[b, m], `UNRATED` where a ballot says nothing."""
    counts: Counts

    @property
    def options(self) -> int:
        """How many options there are."""
        return int(self.scores.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Judgements between two options each."""

    won: NDArray[np.int64]
    """[m, m], how often the one of the row was chosen over the one of the column."""

    @property
    def options(self) -> int:
        """How many options there are."""
        return int(self.won.shape[0])


def approvals(approved: NDArray[np.bool_], counts: Counts | None = None) -> Approvals:
    """Return ballots that name options, equal ones together. O(b m log b).

    Raises:
        BadProfileError: if shapes do not fit, or a count is not above 0.
    """
    _check(approved.shape, counts)
    packed, merged, first = _merged(np.packbits(approved, axis=1), counts, len(approved))
    del packed
    return Approvals(approved[first], merged)


def rankings(ranks: NDArray[np.int16], counts: Counts | None = None) -> Rankings:
    """Return ballots that order options, ranks numbered from 0 without gaps and equal ballots together. O(b m log(b m)).

    Raises:
        BadProfileError: if shapes do not fit, a rank is negative, or a count is not above 0.
    """
    _check(ranks.shape, counts)
    if ranks.size and ranks.min() < 0:
        raise BadProfileError("a rank is negative")
    ordered = np.sort(ranks, axis=1)
    steps = np.zeros(ranks.shape, np.int16)
    steps[:, 1:] = np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1)
    order = np.argsort(ranks, axis=1, kind="stable")
    dense = np.empty(ranks.shape, np.int16)
    np.put_along_axis(dense, order, steps, axis=1)
    dense[ranks == UNRANKED] = UNRANKED
    _, merged, first = _merged(dense, counts, len(dense))
    return Rankings(dense[first], merged)


def ratings(scores: NDArray[np.int16], counts: Counts | None = None) -> Ratings:
    """Return ballots that rate options, equal ones together. O(b m log b).

    Raises:
        BadProfileError: if shapes do not fit, or a count is not above 0.
    """
    _check(scores.shape, counts)
    _, merged, first = _merged(scores, counts, len(scores))
    return Ratings(scores[first], merged)


def _check(shape: tuple[int, ...], counts: Counts | None) -> None:
    if len(shape) != 2:  # noqa: PLR2004 - ballots and options
        raise BadProfileError(f"ballots are a table of two dimensions, not of {len(shape)}")
    if counts is not None and (counts.shape != shape[:1] or (counts.size and counts.min() <= 0)):
        raise BadProfileError("there is a count above 0 for each ballot, and no more")


def _merged(
    rows: NDArray[np.integer], counts: Counts | None, amount: int
) -> tuple[NDArray[np.integer], Counts, NDArray[np.int64]]:
    """Return the rows that differ, in order, how many cast each, and where each stands first."""
    if not rows.size:
        # Without options all ballots are alike; without ballots there is none.
        total = np.full(min(amount, 1), amount if counts is None else counts.sum(), np.int64)
        return rows[:1], total, np.zeros(min(amount, 1), np.int64)
    different, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    merged = np.zeros(len(different), np.int64)
    np.add.at(merged, place.reshape(-1), 1 if counts is None else counts)
    return different, merged, first.astype(np.int64)
