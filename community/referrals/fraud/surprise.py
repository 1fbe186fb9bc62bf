"""How surprising it is that so few of a referrer's friends do something, and that they come so evenly."""

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.1
"""How alike the friends of one referrer are: the correlation within groups by which their number is cut down."""


def shortfall(
    found: NDArray[np.float64], trials: NDArray[np.float64], usual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how surprising it is that no more were found among so many, in nats; 0 where it is as many as usual.

    m * KL(k/n || p) for k of n found where p are usual: by Chernoff's bound [1], a chance of e^-that at most that so
    few are found. For m see `independent`. O(n).

    Sources:
        1. Chernoff: A measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations.
           Annals of Mathematical Statistics 23, 1952.
    """
    share = np.divide(found, trials, out=np.ones_like(usual), where=trials > 0)
    share, usual = np.minimum(share, usual), np.clip(usual, 1e-9, 1 - 1e-9)
    divergence = _term(share, usual) + _term(1 - share, 1 - usual)
    return np.where(trials > 0, independent(trials) * divergence, 0.0)


def independent(trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return as how many independent friends so many friends of one referrer count: n / (1 + (n - 1) * 0.1), below ten.

    Friends of one referrer are alike, whoever he is: some have keen friends and others not. This is the design effect
    of samples drawn in clusters [1]. Without it a viral post, whose readers are but a little less active than others,
    would surprise beyond any doubt.

    Sources:
        1. Kish: Survey sampling. Wiley, 1965, section 5.4.
    """
    return trials / (1 + np.maximum(trials - 1, 0) * ALIKE)


def _term(share: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    term: NDArray[np.float64] = np.where(share > 0, share * np.log(np.maximum(share, 1e-300) / usual), 0.0)
    return term


def evenness(
    mean: NDArray[np.float64], mean_log: NDArray[np.float64], gaps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how many standard deviations gaps are more even than those of people who come independently.

    Moran's statistic [1] of n gaps, 2n (ln(mean) - mean(ln)) / (1 + (n + 1) / 6n), is chi-squared with n - 1 degrees of
    freedom if gaps are exponential, and small if they are even; Wilson and Hilferty's cube root [2] turns it into
    standard deviations. Positive is more even than chance, negative is more clumped, as visits of people are. O(n).

    Sources:
        1. Moran: The random division of an interval, part II. Journal of the Royal Statistical Society B 13, 1951.
        2. Wilson, Hilferty: The distribution of chi-square. PNAS 17, 1931.
    """
    count = np.maximum(gaps, 2)
    free = count - 1
    statistic = 2 * count * np.maximum(np.log(mean) - mean_log, 0) / (1 + (count + 1) / (6 * count))
    spread = 2 / (9 * free)
    deviations: NDArray[np.float64] = (1 - spread - np.cbrt(statistic / free)) / np.sqrt(spread)
    return deviations
