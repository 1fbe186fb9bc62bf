r"""How many to make when it is not known how many will be wanted, and what is left over is worth less than it cost.

One too few loses Cu = price - cost, one too many loses Co = cost - salvage. The quantity that earns most on average is the
smallest q with [1]_ [2]_

    P(D <= q) >= Cu / (Cu + Co)

D is given as draws from its distribution, all of one weight. Money is in minor units.

.. [1] Arrow, K. J., Harris, T., Marschak, J. (1951), "Optimal inventory policy", Econometrica 19.
.. [2] Silver, E. A., Pyke, D. F., Thomas, D. J. (2017), Inventory and Production Management in Supply Chains, 4th edition,
   chapter 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Costs:
    """What one piece is sold for, costs to make, and brings when it is left over (below 0: costs to be rid of)."""

    price: int
    unit_cost: int
    salvage: int = 0

    @property
    def critical_ratio(self) -> float:
        """Cu / (Cu + Co); 0 where it costs what it brings, or more. Salvage is below cost, so that Co is above 0."""
        short, over = max(0, self.price - self.unit_cost), self.unit_cost - self.salvage
        return short / (short + over)


@dataclass(frozen=True, slots=True)
class Production:
    """How many to make, and what is to be expected of it: pieces wanted and not there, pieces left, and minor units earned."""

    quantity: int
    lost: float
    left: float
    profit: float | None


def smallest_quantity(demand: Wholes, probability: float) -> int:
    """Return the smallest q >= 0 with P(D <= q) >= probability, of sorted draws. O(1)."""
    if probability <= 0:
        return 0
    # Of n draws the k smallest have probability k/n; a hair less, as 0.29 * 100 is not quite 29.
    rank = max(1, math.ceil(probability * len(demand) - 1e-9))
    return int(demand[min(rank, len(demand)) - 1])


def produced(
    demand: Wholes, costs: Costs | None, service_level: float | None = None, minimum_lot: int = 1
) -> Production | None:
    """Return how many to make; None where neither costs nor a service level say.

    With both, it is the larger of the two: the level is promised, whatever it earns. Of fewer than the minimum lot, either the
    lot is made or nothing, whichever earns more (as profit is concave in q, nothing between could do better); where a
    service level was asked for, or nothing is known of earnings, the lot. `demand` is sorted draws. O(draws).
    """
    levels = [] if costs is None else [costs.critical_ratio]
    if service_level is not None:
        levels.append(service_level)
    if not levels:
        return None
    quantity = smallest_quantity(demand, max(levels))
    if 0 < quantity < minimum_lot:
        lot = expected(demand, minimum_lot, costs)
        nothing = expected(demand, 0, costs)
        worth_it = (
            service_level is not None or lot.profit is None or nothing.profit is None or lot.profit > nothing.profit
        )
        return lot if worth_it else nothing
    return expected(demand, quantity, costs)


def expected(demand: Wholes, quantity: int, costs: Costs | None) -> Production:
    """Return what is to be expected of making so many. O(draws).

    Earnings are ``price E min(D, q) + salvage E (q - D)+ - cost q``.
    """
    lost = float(np.maximum(demand - quantity, 0).mean())
    left = float(np.maximum(quantity - demand, 0).mean())
    if costs is None:
        return Production(quantity, lost, left, None)
    profit = costs.price * (quantity - left) + costs.salvage * left - costs.unit_cost * quantity
    return Production(quantity, lost, left, profit)
