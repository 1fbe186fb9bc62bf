"""The Schulze method: who has the stronger chain of victories over whom.

Source:
    1. M. Schulze: A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
       election method. Social Choice and Welfare 36, 2011.
"""

from __future__ import annotations

import numpy as np

from community.cocreation.rounds.rules.condorcet import Preferences, preferences, victories
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import Rankings
from community.cocreation.rounds.rules.seats import check_seats, undefeated_first


def schulze(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect the first in the order of the strongest paths [1], by winning votes. O(b m^2 + m^3).

    A victory of x over y is as strong as there are ballots that prefer x to y; a path is as strong as the weakest
    victory on it. Option x comes before y if its strongest path to y is stronger than the strongest back: a partial
    order. Several winners are its first options, and so a majority's order, not a share for everybody; the lot is
    asked where several are open to the next place. A Condorcet winner is always first, and the winner always one of the
    Smith set.

    Steps: `preferred`, an option each, how many prefer it to each other; `strengths`, an option each, its strongest
    path to each other; `elected`.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    preferred = preferences(ballots)
    strengths = strongest_paths(preferred)
    elected = undefeated_first(strengths > strengths.T, lots, winners)
    steps = (*_by_option("preferred", preferred), *_by_option("strengths", strengths), Step("elected", elected))
    return Outcome("schulze", elected, steps, tuple(lots.ties))


def strongest_paths(preferred: Preferences) -> Preferences:
    """Return how strong the strongest path of each option to each other is, [m, m]; 0 where there is none. O(m^3)."""
    strengths = np.where(victories(preferred), preferred, 0)
    for through in range(len(strengths)):
        detour = np.minimum(strengths[:, through, None], strengths[through])
        strengths = np.maximum(strengths, detour)
    # A circle leads back to where it began, but nobody is compared to itself.
    np.fill_diagonal(strengths, 0)
    return strengths


def _by_option(what: str, values: Preferences) -> list[Step]:
    return [
        Step(what, (option,), tuple(None if other == option else value for other, value in enumerate(row)))
        for option, row in enumerate(values.tolist())
    ]
