"""How the rules on rankings fill their seats: what they ask of their arguments, and who comes before whom.

A rule for several winners fills place after place, and asks the lot where the next place is open to several options:
there the lot decides who is elected, or in which order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.outcomes import Lots, Number
from community.cocreation.rounds.rules.profiles import Rankings


def check_seats(ballots: Rankings, lots: Lots, winners: int) -> None:
    """Make sure that there is something to win, and a lot for each option. O(1).

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    if winners < 1:
        raise ValueError(f"a round has a winner at least, not {winners}")
    if len(lots.order) != ballots.options:
        raise ValueError(f"there are lots for {len(lots.order)} options, and ballots on {ballots.options}")


def highest_first(values: Sequence[Number], lots: Lots, winners: int) -> tuple[int, ...]:
    """Return the options with the highest values, the highest first, as many as may win. O(m winners)."""
    left = set(range(len(values)))
    elected: list[int] = []
    while left and len(elected) < winners:
        elected.append(lots.best(values, left, f"place {len(elected) + 1}"))
        left.remove(elected[-1])
    return tuple(elected)


def undefeated_first(defeats: NDArray[np.bool_], lots: Lots, winners: int) -> tuple[int, ...]:
    """Return options such that each is undefeated among those that are left when its turn comes. O(m^2 winners).

    Args:
        defeats: [m, m], whether the option of the row comes before the one of the column: an order, if a partial one.
        lots: who is taken where several are undefeated.
        winners: how many to return; all, if there are no more.
    """
    left = np.ones(len(defeats), np.bool_)
    elected: list[int] = []
    while left.any() and len(elected) < winners:
        undefeated = np.flatnonzero(left & ~defeats[left].any(axis=0))
        elected.append(lots.first(undefeated.tolist(), f"place {len(elected) + 1}"))
        left[elected[-1]] = False
    return tuple(elected)
