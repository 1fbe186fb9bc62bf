"""Options two by two: who is preferred to whom, and who wins against all others.

Shapes: b ballots that differ, m options.

Sources:
    1. Marquis de Condorcet: Essai sur l'application de l'analyse a la probabilite des decisions. 1785.
    2. J. H. Smith: Aggregation of Preferences with Variable Electorate. Econometrica 41(6), 1973.
    3. A. H. Copeland: A reasonable social welfare function. University of Michigan, 1951.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.profiles import Rankings

Preferences = NDArray[np.int64]
"""[m, m], how many prefer the option of the row to the one of the column; 0 on the diagonal."""

CHUNK = 16_384
"""How many ballots are compared at a time: some megabytes, however many there are."""


def preferences(ballots: Rankings) -> Preferences:
    """Return how many prefer each option to each other. O(b m^2) in time, O(m^2) beside the ballots in space.

    An option that a ballot leaves out is below all that it orders and level with the others left out; who has two
    options level prefers neither to the other.
    """
    preferred = np.zeros((ballots.options, ballots.options), np.int64)
    for begin in range(0, len(ballots.ranks), CHUNK):
        ranks = ballots.ranks[begin : begin + CHUNK]
        counts = ballots.counts[begin : begin + CHUNK]
        for option in range(ballots.options):
            preferred[option] += counts @ (ranks[:, option, None] < ranks)
    return preferred


def victories(preferred: Preferences) -> NDArray[np.bool_]:
    """Return whether more prefer the option of the row to the one of the column than the other way, [m, m]. O(m^2)."""
    return preferred > preferred.T


def condorcet_winner(preferred: Preferences) -> int | None:
    """Return the option that wins against each other [1], or None if there is none. O(m^2).

    One option alone wins against all there are; of no options, none does.
    """
    wins = victories(preferred).sum(axis=1)
    winner = np.flatnonzero(wins == len(preferred) - 1)
    return int(winner[0]) if winner.size else None


def smith_set(preferred: Preferences) -> tuple[int, ...]:
    """Return the smallest set of options that each win against each option outside [2], by number. O(m^3) at most.

    It is one option just if that is the Condorcet winner. Whoever has the most victories, with half of one for each
    draw [3], is in it; and whoever does not lose to all of the set has to join.
    """
    if not len(preferred):
        return ()
    wins = victories(preferred)
    inside = np.zeros(len(preferred), np.bool_)
    inside[np.argmax(wins.sum(axis=1) - wins.sum(axis=0))] = True
    joining = inside
    while joining.any():
        inside = inside | joining
        joining = ~inside & ~wins[inside].all(axis=0)
    return tuple(np.flatnonzero(inside).tolist())


def smith_layers(preferred: Preferences) -> NDArray[np.int64]:
    """Return how many options each has above it for certain, [m]. O(m^4) at most.

    The Smith set has 0; the Smith set of the others has the size of the first, and so on. Each option wins against all
    of a later layer, whence no circle of victories goes through two layers.
    """
    above = np.zeros(len(preferred), np.int64)
    left = np.arange(len(preferred))
    while left.size:
        layer = np.array(smith_set(preferred[np.ix_(left, left)]))
        above[left[layer]] = len(preferred) - left.size
        left = np.delete(left, layer)
    return above
