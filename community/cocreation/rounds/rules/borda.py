"""The Borda count: whoever stands highest on the average ballot.

Sources:
    1. J.-C. de Borda: Memoire sur les elections au scrutin. Histoire de l'Academie royale des sciences, 1784.
    2. D. Black: Partial justification of the Borda count. Public Choice 28, 1976 (options that are level).
"""

from __future__ import annotations

from fractions import Fraction

from community.cocreation.rounds.rules.condorcet import preferences
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import Rankings
from community.cocreation.rounds.rules.seats import check_seats, highest_first


def borda(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect who has the most points [1]. O(b m^2).

    An option gets a point from a ballot for each option below it, and half a point for each that is level with it:

        points(x) = sum over y of (prefer x to y) + 1/2 * (have x and y level)
                  = 1/2 * sum over y of ballots + (prefer x to y) - (prefer y to x)

    So options that are level share what their places would give them together, as do those left out with the lowest
    places: the averaged, or tournament, Borda count [2]. Each ballot gives m (m - 1) / 2 points, so that nobody has
    more or less of a say by ordering fewer options.

    Steps: `counted` has the points, exact halves.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    preferred = preferences(ballots)
    everybody = int(ballots.counts.sum()) * (ballots.options - 1)
    balance = (preferred.sum(axis=1) - preferred.sum(axis=0)).tolist()
    points = [Fraction(everybody + more, 2) for more in balance]
    elected = highest_first(points, lots, winners)
    return Outcome("borda", elected, (Step("counted", elected, tuple(points)),), tuple(lots.ties))
