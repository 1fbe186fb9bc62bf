"""What equal shares buy, found in floats with bounds on every rounding: as fast as arrays are, and never wrong.

Completing equal shares counts them some hundred times, and only the last count is shown. So the others are made here: each
amount is known to lie between two floats, and where these do not tell which option is next, or whether one can be paid
for, there is no answer, and `equal_shares.purchases` finds it in whole numbers.

Shapes: b ballots that differ, m options, g groups of voters who have equally much left.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.groups import Groups

Amounts: TypeAlias = NDArray[np.float64]
_ROUNDING = 2.0**-51
"""Twice what one operation on floats is off by at most, in relation to what comes out."""


class _UnsureError(Exception):
    """Whether an option can be paid for hangs on how floats are rounded."""


class _Purses:
    """Bounds on what voters have left."""

    def __init__(self, groups: Groups, share: Fraction) -> None:
        self._groups = groups
        groups.of = np.zeros(len(groups.counts), np.int64)
        whole = float(share)
        self._low = np.array([whole * (1 - _ROUNDING)])
        self._high = np.array([whole * (1 + _ROUNDING)])

    def price(self, option: int, cost: int) -> tuple[float, float] | None:
        """Return bounds on what each supporter pays at most; None if they cannot pay for it. O(s + g log g)."""
        support = self._groups.weights_by_group(option, len(self._low))
        least = _price(self._high, support, cost, -1)
        if least is None:
            return None
        most = _price(self._low, support, cost, +1)
        if most is None:
            raise _UnsureError
        return least, most

    def pay(self, option: int, least: float, most: float) -> None:
        """Let each supporter of an option pay. O(b + g log g)."""
        low = np.maximum(self._low - most, 0) * (1 - _ROUNDING)
        high = np.maximum(self._high - least, 0) * (1 + _ROUNDING)
        of, supporters = self._groups.of, self._groups.supporters[option]
        of[supporters] += len(low)
        # Complex numbers are put in order by both bounds at once.
        both = np.concatenate([self._low, low]) + 1j * np.concatenate([self._high, high])
        kept = np.bincount(of, minlength=len(both)) > 0
        values, place = np.unique(both[kept], return_inverse=True)
        renumbered = np.zeros(len(both), np.int64)
        renumbered[kept] = place
        self._groups.of = renumbered[of]
        self._low, self._high = np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)


def estimated_purchases(
    groups: Groups, share: Fraction, costs: Sequence[int], worth: Sequence[int]
) -> list[int] | None:
    """Return which options `equal_shares.purchases` buys, in order, or None where floats do not tell.

    O(r m (s + g log g)) at worst for r purchases, mostly with a few options instead of m.
    """
    if share >= 1 << 53 or any(cost >= 1 << 53 for cost in costs) or not all(worth):
        return None  # a whole number that is no float, or an option that is worth nothing
    purses = _Purses(groups, share)
    bounds = {
        option: costs[option] / voters / worth[option] * (1 - 2 * _ROUNDING)
        for option, voters in enumerate(groups.approvals)
        if voters
    }
    bought: list[int] = []
    try:
        while True:
            found: dict[int, tuple[float, float]] = {}
            least = np.inf
            for option in sorted(bounds, key=bounds.__getitem__):
                if bounds[option] > least:
                    break
                price = purses.price(option, costs[option])
                if price is None:
                    del bounds[option]
                else:
                    found[option] = price
                    bounds[option] = price[0] / worth[option] * (1 - _ROUNDING)
                    least = min(least, price[1] / worth[option] * (1 + _ROUNDING))
            if not found:
                return bought
            cheapest = [option for option in found if bounds[option] <= least]
            if len(cheapest) > 1:
                return None
            purses.pay(cheapest[0], *found[cheapest[0]])
            del bounds[cheapest[0]]
            bought.append(cheapest[0])
    except _UnsureError:
        return None


def _price(money: Amounts, support: Amounts, cost: int, side: int) -> float | None:
    """Return what each pays at most, by purses that may be in any order: no more than that if `side` is -1, no less if 1.

    Of those with less than the price, the first in order of money, all is taken. Sums in sequence are off by as many
    roundings as they have terms, in relation to the cost, and so the cost is taken to be that much lower or higher.
    """
    order = np.argsort(money, kind="stable")
    money, support = money[order], support[order]
    bound = cost * (1 + side * (len(money) + 8) * _ROUNDING)
    poorer = np.concatenate([[0.0], np.cumsum(money * support)[:-1]])
    richer = np.cumsum(support[::-1])[::-1]
    enough = np.maximum.accumulate(poorer + money * richer) >= bound
    place = int(enough.argmax())
    if not enough[place] or not richer[place]:
        return None
    return float(max((bound - poorer[place]) / richer[place], 0.0) * (1 + side * _ROUNDING))
