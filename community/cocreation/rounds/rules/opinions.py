"""Opinions: which groups of members see things alike, what sets each apart, and what all of them agree on.

Members vote on statements: agree, disagree, or pass. Whoever voted on enough is placed by the two directions in which
votes differ most (principal components), places are parted into 2 to 5 groups by k-means, as many as are told apart
best (silhouette), and for each group the statements are found that are its own.

Shapes: n members, of whom p are placed, s statements, k groups.

Sources:
    1. C. Small, M. Bjorkegren, T. Erkkila, L. Shaw, C. Megill: Polis: Scaling Deliberation by Mapping High Dimensional
       Opinion Spaces. Recerca 26(2), 2021.
    2. P. J. Rousseeuw: Silhouettes. Journal of Computational and Applied Mathematics 20, 1987.
    3. D. Arthur, S. Vassilvitskii: k-means++: The Advantages of Careful Seeding. SODA 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.kmeans import parted
from community.cocreation.rounds.rules.profiles import BadProfileError

AGREE, PASS, DISAGREE = np.int8(1), np.int8(0), np.int8(-1)
ABSENT = np.int8(-128)
"""The vote of a member on a statement that they have not seen."""

ENOUGH = 7
"""Votes that place a member, or as many as there are statements."""
SIGNIFICANT = 1.281_551_565_544_6
"""A normal deviate above which 10% lie: tests are one-sided at 90% [1]."""
TELLING = 5
"""Representative statements of a group, at most."""
_ROWS = 4_096


class Representative(NamedTuple):
    """A statement that is a group's own."""

    statement: int
    agrees: bool
    """Whether it is theirs to agree with, or to disagree."""
    share: float
    """How likely one of them says so, (said + 1) / (seen + 2)."""
    ratio: float
    """How many times as likely as one of the others."""
    deviate: float
    """Of the test that they say so more often than the others, a normal deviate."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What groups of members think."""

    members: NDArray[np.int64]
    """[p], the rows of those who are placed, ascending."""
    positions: NDArray[np.float64]
    """[p, 2], where they are."""
    groups: NDArray[np.int64]
    """[p], the group of each, from 0; the largest first."""
    silhouette: float
    """How well groups are told apart, up to 1; 0 where there is one."""
    agree: NDArray[np.int64]
    """[k, s], how many of a group agree."""
    disagree: NDArray[np.int64]
    """[k, s], how many disagree."""
    passed: NDArray[np.int64]
    """[k, s], how many saw it and pass."""
    representative: tuple[tuple[Representative, ...], ...]
    """By group, the most telling first; none where nothing tells it from the others."""
    consensus: NDArray[np.float64]
    """[s], product over groups of (agree + 1) / (seen + 2): high only where each group agrees."""


def opinions(votes: NDArray[np.int8], seed: int, enough: int = ENOUGH) -> Opinions:
    """Find the groups, and what they think [1]. O(n s^2 + s^3).

    Beside the votes that takes about 130 bytes a member, 100 kB a statement and 16 s^2 bytes.

    Unseen statements count as the mean of who saw them, so that a member who saw few of s, seen, would stand too near to
    the middle: positions are stretched by sqrt(s / seen). Equal seeds give equal groups. Where members or positions are
    too few to be parted there is one group, or none.

    Args:
        votes: [n, s], `AGREE`, `DISAGREE`, `PASS` or `ABSENT`.
        seed: of the k-means' first centres.
        enough: votes that place a member, or s where that is less.

    Raises:
        BadProfileError: if the votes are no table, or one is none of the four.
        ValueError: if `enough` is below 1.
    """
    if votes.ndim != 2:  # noqa: PLR2004 - members and statements
        raise BadProfileError(f"votes are a table of two dimensions, not of {votes.ndim}")
    if enough < 1:
        raise ValueError(f"at least one vote places a member, not {enough}")
    seen = np.zeros(len(votes), np.int64)
    for begin in range(0, len(votes), _ROWS):
        rows = votes[begin : begin + _ROWS]
        if not np.isin(rows, (AGREE, PASS, DISAGREE, ABSENT)).all():
            raise BadProfileError("a vote is 1 (agree), 0 (pass), -1 (disagree) or -128 (not seen)")
        seen[begin : begin + _ROWS] = (rows != ABSENT).sum(axis=1)
    members = np.flatnonzero((seen >= min(enough, votes.shape[1])) & (seen > 0))
    positions = _positions(votes, members, seen[members])
    groups, silhouette = parted(positions, seed)
    agree, disagree, passed = _counts(votes, members, groups)
    product = np.prod((agree + 1) / (agree + disagree + passed + 2), axis=0)
    return Opinions(
        members, positions, groups, silhouette, agree, disagree, passed, _telling(agree, disagree, passed), product
    )


def _positions(votes: NDArray[np.int8], members: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return [p, 2], where members stand along the two principal components."""
    statements = votes.shape[1]
    positions = np.zeros((len(members), 2))
    if not len(members):
        return positions
    total, amount = np.zeros(statements), np.zeros(statements)
    for begin in range(0, len(members), _ROWS):
        rows = votes[members[begin : begin + _ROWS]]
        there = rows != ABSENT
        total += np.where(there, rows, 0).sum(axis=0)
        amount += there.sum(axis=0)
    mean = total / np.maximum(amount, 1)
    spread = np.zeros((statements, statements))
    for begin in range(0, len(members), _ROWS):
        rows = votes[members[begin : begin + _ROWS]]
        centred = np.where(rows != ABSENT, rows - mean, 0)
        spread += centred.T @ centred
    _, vectors = np.linalg.eigh(spread)
    components = vectors[:, ::-1][:, :2]
    # A component may as well point the other way: its largest part is made positive, so that runs agree.
    largest = np.abs(components).argmax(axis=0)
    components = components * np.where(components[largest, np.arange(components.shape[1])] < 0, -1, 1)
    for begin in range(0, len(members), _ROWS):
        rows = votes[members[begin : begin + _ROWS]]
        centred = np.where(rows != ABSENT, rows - mean, 0)
        positions[begin : begin + _ROWS, : components.shape[1]] = centred @ components
    # Rounded, so that who voted alike stands at the same place wherever a sum was rounded.
    stretched: NDArray[np.float64] = np.round(positions * np.sqrt(statements / seen)[:, None], 10)
    return stretched


def _counts(
    votes: NDArray[np.int8], members: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return [k, s] each, how many agree, disagree and pass."""
    amount = int(groups.max(initial=-1)) + 1
    found = np.zeros((3, amount, votes.shape[1]), np.int64)
    for group in range(amount):
        own = members[groups == group]
        for begin in range(0, len(own), _ROWS):
            rows = votes[own[begin : begin + _ROWS]]
            for place, vote in enumerate((AGREE, DISAGREE, PASS)):
                found[place, group] += (rows == vote).sum(axis=0)
    return found[0], found[1], found[2]


def _telling(
    agree: NDArray[np.int64], disagree: NDArray[np.int64], passed: NDArray[np.int64]
) -> tuple[tuple[Representative, ...], ...]:
    """Return by group the statements on which most of it say the same, and more of it than of all others [1].

    A statement must pass two tests: that more than half of the group say so, and that a larger share says so than of the
    others. It tells the more the larger the product of share, ratio and both deviates is.
    """
    seen = agree + disagree + passed
    found = []
    for group in range(len(seen)):
        inside, outside = seen[group], seen.sum(axis=0) - seen[group]
        telling = []
        for said in (agree, disagree) if len(seen) > 1 else ():
            own, other = said[group], said.sum(axis=0) - said[group]
            share = (own + 1) / (inside + 2)
            ratio = share / ((other + 1) / (outside + 2))
            most = 2 * np.sqrt(inside + 1) * ((own + 1) / (inside + 1) - 0.5)
            more = _more_often(own + 1, inside + 1, other + 1, outside + 1)
            weight = share * ratio * most * more
            telling += [
                (
                    -float(weight[statement]),
                    Representative(
                        int(statement),
                        said is agree,
                        float(share[statement]),
                        float(ratio[statement]),
                        float(more[statement]),
                    ),
                )
                for statement in np.flatnonzero((most > SIGNIFICANT) & (more > SIGNIFICANT))
            ]
        found.append(tuple(representative for _, representative in sorted(telling)[:TELLING]))
    return tuple(found)


def _more_often(
    own: NDArray[np.int64], inside: NDArray[np.int64], other: NDArray[np.int64], outside: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the normal deviate of the test that two shares are the same, both taken together for the variance."""
    together = (own + other) / (inside + outside)
    variance = together * (1 - together) * (1 / inside + 1 / outside)
    difference = own / inside - other / outside
    deviate: NDArray[np.float64] = np.divide(difference, np.sqrt(variance), out=np.zeros(len(own)), where=variance > 0)
    return deviate
