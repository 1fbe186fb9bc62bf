"""Ranked pairs: victories are locked in from the strongest on, unless they would close a circle.

Sources:
    1. T. N. Tideman: Independence of clones as a criterion for voting rules. Social Choice and Welfare 4, 1987.
    2. T. M. Zavist, T. N. Tideman: Complete independence of clones in the ranked pairs rule. Social Choice and Welfare
       6, 1989 (one order of the options breaks all ties between pairs).
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.condorcet import Preferences, preferences, smith_layers, victories
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import Rankings
from community.cocreation.rounds.rules.seats import check_seats, undefeated_first

Pair = tuple[int, int]
"""Who wins, and who loses."""


def ranked_pairs(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect the first in the order of the victories that are locked [1], by winning votes. O(b m^2 + m^4).

    A victory of x over y is as strong as there are ballots that prefer x to y. From the strongest on each is locked,
    unless victories locked before lead from y to x. Of equally strong ones that over the option drawn last comes first
    [2], so that whoever is drawn first loses last. Several winners are the first options of the order that is locked.

    A tie between pairs is noted if, as those equally strong stand, not all that fit one by one fit together, and the
    circle they would close is in reach of the places that are to be filled: among options of which none is certain to
    come after those. Its options are the losers of these pairs: the one drawn first is the last to lose.

    Steps: `locked` or `skipped` for each victory, its winner and loser, with how many prefer each of the two to the
    other; `elected`.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    preferred = preferences(ballots)
    in_reach = smith_layers(preferred) < winners
    leads = np.zeros(preferred.shape, np.bool_)
    steps: list[Step] = []
    for strength, level in groupby(_by_strength(preferred, lots), key=lambda pair: int(preferred[pair])):
        pairs = list(level)
        for between in _circles(leads, pairs):
            if in_reach[between[0]]:
                lots.first(between, f"pairs of {strength} votes")
        for winner, loser in pairs:
            fits = not leads[loser, winner]
            if fits:
                _lock(leads, winner, loser)
            tally: list[int | None] = [None] * len(preferred)
            tally[winner], tally[loser] = int(preferred[winner, loser]), int(preferred[loser, winner])
            steps.append(Step("locked" if fits else "skipped", (winner, loser), tuple(tally)))
    elected = undefeated_first(leads, lots, winners)
    return Outcome("ranked_pairs", elected, (*steps, Step("elected", elected)), tuple(lots.ties))


def _by_strength(preferred: Preferences, lots: Lots) -> list[Pair]:
    """Return all victories, the strongest first, of equally strong ones those over the options drawn last."""
    pairs: list[Pair] = [(winner, loser) for winner, loser in np.argwhere(victories(preferred)).tolist()]
    return sorted(pairs, key=lambda pair: (-preferred[pair], -lots.place(pair[1]), lots.place(pair[0])))


def _lock(leads: NDArray[np.bool_], winner: int, loser: int) -> None:
    """Let whatever leads to the winner, and the winner, lead to the loser and to all that it leads to. O(m^2)."""
    to, onward = leads[:, winner].copy(), leads[loser].copy()
    to[winner] = onward[loser] = True
    leads |= np.outer(to, onward)


def _circles(leads: NDArray[np.bool_], pairs: list[Pair]) -> list[tuple[int, ...]]:
    """Return, for each knot of circles that equally strong pairs close only together, the losers of its pairs."""
    fitting = [(winner, loser) for winner, loser in pairs if not leads[loser, winner]]
    if len(fitting) < 2:  # noqa: PLR2004 - one pair that fits closes no circle
        return []
    together = leads.copy()
    for winner, loser in fitting:
        _lock(together, winner, loser)
    knots: dict[tuple[int, ...], set[int]] = {}
    for winner, loser in fitting:
        if together[loser, winner]:
            knot = tuple(np.flatnonzero(together[winner] & together[:, winner]).tolist())
            knots.setdefault(knot, set()).add(loser)
    return [tuple(sorted(between)) for between in knots.values()]
