"""The logarithm of the gamma function, of whole arrays: what ratios of beta functions are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SHIFT = 8
_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_gamma(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln Gamma(x) of each x > 0, to about 13 digits.

    ``ln Gamma(x) = ln Gamma(x + 8) - ln(x (x + 1) ... (x + 7))``, and of ``z = x + 8`` Stirling's series [1]_:
    ``(z - 1/2) ln z - z + ln(2 pi)/2 + 1/(12 z) - 1/(360 z^3) + ...``, seven terms of it. O(1) for each.

    .. [1] Abramowitz, M., Stegun, I. A. (1964), Handbook of Mathematical Functions, 6.1.41.
    """
    shifted = values + _SHIFT
    product = np.ones_like(values)
    for step in range(_SHIFT):
        product *= values + step
    inverse = 1 / shifted
    square = inverse * inverse
    series = np.zeros_like(values)
    for term in reversed(_SERIES):
        series = series * square + term
    result: NDArray[np.float64] = (
        (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * np.log(2 * np.pi) + series * inverse - np.log(product)
    )
    return result


def log_beta(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b), element by element."""
    return log_gamma(first) + log_gamma(second) - log_gamma(first + second)
