"""The method of equal shares: every voter has the same share of the budget, and supporters pay for what they approve of.

An option is bought where its supporters have its cost together. They share it equally, and who has less than that gives
all: the price of option c is the p with

    sum over supporters i of min(purse_i, p) = cost(c)

and next is bought whose price is the smallest in relation to what the option is worth to a supporter.

Sources:
    1. D. Peters, P. Skowron: Proportionality and the Limits of Welfarism. EC 2020 (rule X, options of equal cost).
    2. D. Peters, G. Pierczynski, P. Skowron: Proportional Participatory Budgeting with Additive Utilities. NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import compress
from math import gcd
from operator import ne
from typing import NamedTuple

import numpy as np

from community.cocreation.rounds.rules.groups import Groups
from community.cocreation.rounds.rules.outcomes import Lots


class Purchase(NamedTuple):
    """An option that its supporters bought."""

    option: int
    price: Fraction
    """What each supporter paid who could."""
    rates: dict[int, Fraction]
    """Price by worth of this option and of those that were looked at beside it."""


class Purses:
    """What voters have left, those who have equally much together, in whole numbers of a unit that gets ever smaller."""

    def __init__(self, groups: Groups, share: Fraction) -> None:
        """Give everybody the same share. O(b)."""
        self.groups = groups
        groups.of = np.zeros(len(groups.counts), np.int64)
        self.money = [share.numerator]
        """[g], what each voter of a group has left, the poorest first."""
        self.units = share.denominator
        """How many units of that are 1."""

    def price(self, option: int, cost: int) -> Fraction | None:
        """Return what each supporter pays at most for an option; None if they cannot pay for it. O(s + g)."""
        support = self.groups.support(option, len(self.money))
        richer, left = sum(support), cost * self.units
        for money, voters in zip(self.money, support, strict=True):
            if richer and money * richer >= left:
                return Fraction(left, richer * self.units)
            left -= money * voters
            richer -= voters
        return None

    def pay(self, option: int, price: Fraction) -> None:
        """Let each supporter of an option pay the price, or all there is. O(b + g log g)."""
        scale = (price * self.units).denominator
        each = int(price * self.units * scale)
        groups = len(self.money)
        # Whoever pays is for now in a group as far behind the own one as there are groups.
        of, supporters = self.groups.of, self.groups.supporters[option]
        of[supporters] += groups
        kept = np.flatnonzero(np.bincount(of, minlength=2 * groups))
        stays = int(np.searchsorted(kept, groups))
        left = [self.money[group] * scale for group in kept[:stays].tolist()]
        left += [max(self.money[group] * scale - each, 0) for group in (kept[stays:] - groups).tolist()]
        # Both parts are in order already, so that to sort them is to merge them.
        order = sorted(range(len(left)), key=left.__getitem__)
        ascending = [left[place] for place in order]
        begins = np.array([True, *map(ne, ascending[1:], ascending)])
        renumbered = np.zeros(2 * groups, np.int64)
        renumbered[kept[order]] = np.cumsum(begins) - 1
        self.groups.of = renumbered[of]
        money = list(compress(ascending, begins.tolist()))
        common = gcd(self.units * scale, *money)
        self.money = [value // common for value in money]
        self.units = self.units * scale // common


def purchases(purses: Purses, costs: Sequence[int], worth: Sequence[int], lots: Lots) -> list[Purchase]:
    """Return what is bought, in order, until nobody can pay for anything.

    Purses only get emptier, so a price never falls: one that was found in an earlier round is a lower bound, and most
    options need not be looked at again. O(r m (s + g)) at worst for r purchases.
    """
    # No price is below the one at which every supporter can pay.
    bounds = {
        option: Fraction(costs[option], voters * worth[option]) if worth[option] else Fraction(0)
        for option, voters in enumerate(purses.groups.approvals)
        if voters
    }
    bought: list[Purchase] = []
    while True:
        prices: dict[int, Fraction] = {}
        rates: dict[int, Fraction] = {}
        for option in sorted(bounds, key=bounds.__getitem__):
            if rates and bounds[option] > min(rates.values()):
                break
            price = purses.price(option, costs[option])
            if price is None:
                del bounds[option]
            else:
                prices[option] = price
                bounds[option] = rates[option] = price / worth[option] if worth[option] else Fraction(0)
        if not rates:
            return bought
        least = min(rates.values())
        level = [option for option, rate in rates.items() if rate == least]
        chosen = lots.first(level, f"purchase {len(bought) + 1}")
        purses.pay(chosen, prices[chosen])
        del bounds[chosen]
        bought.append(Purchase(chosen, prices[chosen], rates))
