r"""How good a forecast was, once it is known what happened.

The continuous ranked probability score of a forecast F of what turns out to be y [1]_ is

    CRPS(F, y) = integral of (F(z) - [z >= y])^2 dz = 2 * integral over p of (p - [y < F^-1(p)]) (y - F^-1(p)) dp

the average over all quantiles of twice their pinball loss. It is in the units of y, smaller is better, and for a forecast that
is a single number it is how far that is off: so a distribution and a number can be compared. It is proper: nobody does better
on average by saying anything but what they believe.

.. [1] Gneiting, T., Raftery, A. E. (2007), "Strictly proper scoring rules, prediction, and estimation", JASA 102.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pinball(quantile: Floats, level: Floats, actual: float | Floats) -> Floats:
    """Return ``(p - [y < q]) (y - q)`` for quantiles q at levels p, element by element."""
    loss: Floats = np.maximum(level * (actual - quantile), (level - 1) * (actual - quantile))
    return loss


def crps_of_quantiles(quantiles: Floats, levels: Floats, actual: float) -> float:
    """Return the score of a forecast known by quantiles [k] at evenly spread levels [k]. O(k)."""
    return float(2 * pinball(quantiles, levels, actual).mean())


def crps_of_draws(draws: Floats, actual: float) -> float:
    """Return the score of a forecast known by draws x [k]: ``mean |x - y| - mean |x - x'| / 2``. O(k log k)."""
    ordered = np.sort(draws)
    size = len(ordered)
    # The mean distance of two draws, from their order: each is larger than those before it.
    spread = float((ordered * (2 * np.arange(1, size + 1) - size - 1)).sum()) * 2 / size**2
    return float(np.abs(ordered - actual).mean()) - spread / 2
