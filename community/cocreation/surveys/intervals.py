"""What a sample tells of everybody: shares, means, medians and net promoter scores, each with an interval.

All take what was counted, and are pure. Intervals are at the 95% level, and speak of the people that who answered were
drawn from at random; they know nothing of who chose not to answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
PSEUDO_ANSWERS = 2.0
"""How many are added to what was counted of a net promoter score before its variance is taken."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate, and the bounds within which the truth is at the level of confidence."""

    estimate: float
    low: float
    high: float


def share(count: int, total: int) -> Estimate:
    """Return the share of those who said so, 0 to 1, with Wilson's score interval [1], as recommended by [2]. O(1).

        (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)

    Raises:
        ValueError: unless 0 <= count <= total and total > 0.

    References:
        [1] E. B. Wilson (1927). Probable inference, the law of succession, and statistical inference.
            Journal of the American Statistical Association 22(158), 209-212.
        [2] L. D. Brown, T. T. Cai, A. DasGupta (2001). Interval estimation for a binomial proportion.
            Statistical Science 16(2), 101-133.
    """
    if not 0 <= count <= total or total <= 0:
        raise ValueError((count, total))
    found, squared = count / total, _Z * _Z / total
    middle = (found + squared / 2) / (1 + squared)
    reach = _Z * math.sqrt(found * (1 - found) / total + squared / (4 * total)) / (1 + squared)
    return Estimate(found, max(0.0, min(middle - reach, found)), min(1.0, max(middle + reach, found)))


def net_promoters(promoters: int, passives: int, detractors: int) -> Estimate:
    """Return the net promoter score, -100 to 100, with an adjusted Wald interval. O(1).

    The score [1] is 100 (p - d), for the shares p of promoters (9 and 10) and d of detractors (0 to 6). Its variance is
    (p + d - (p - d)²) / n. Taken as they were counted, the bounds are too narrow where few answered or nearly all agree; so
    PSEUDO_ANSWERS are added before, a quarter promoters, half passives and a quarter detractors, and the interval is

        (p' - d') ± z √((p' + d' - (p' - d')²) / n')

    This is how [2] add to the difference of paired shares, which the score is; [3] studies such additions for the score. How
    often the bounds hold, beside those of other ways, is in docs/surveys_benchmarks.md: two hold as often as they should.

    Raises:
        ValueError: if nobody answered.

    References:
        [1] F. F. Reichheld (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.
        [2] A. Agresti, Y. Min (2005). Simple improved confidence intervals for comparing matched proportions.
            Statistics in Medicine 24(5), 729-740.
        [3] B. Rocks (2016). Interval estimation for the "Net Promoter Score". The American Statistician 70(4), 365-372.
    """
    total = promoters + passives + detractors
    if total <= 0 or min(promoters, passives, detractors) < 0:
        raise ValueError((promoters, passives, detractors))
    low, high = adjusted_wald(promoters, detractors, total, PSEUDO_ANSWERS)
    score = (promoters - detractors) / total
    return Estimate(100 * score, 100 * min(low, score), 100 * max(high, score))


def adjusted_wald(promoters: float, detractors: float, total: float, added: float) -> tuple[float, float]:
    """Return the bounds of p - d, -1 to 1, with so many answers added; with none, it is Wald's own interval."""
    size = total + added
    up, down = (promoters + added / 4) / size, (detractors + added / 4) / size
    middle = up - down
    reach = _Z * math.sqrt(max(0.0, up + down - middle * middle) / size)
    return max(-1.0, middle - reach), min(1.0, middle + reach)


def mean(total: int, average: float, deviation: float) -> Estimate:
    """Return a mean with Student's interval [1]: m ± t √(s²/n), for the sample's standard deviation s. O(1).

    Where all answered the same, the interval has no width: the sample tells nothing of how answers differ.

    Raises:
        ValueError: for fewer than two answers.

    References:
        [1] Student (1908). The probable error of a mean. Biometrika 6(1), 1-25.
    """
    if total < 2:  # noqa: PLR2004 - of one answer there is no deviation
        raise ValueError(total)
    reach = student_quantile(total - 1) * deviation / math.sqrt(total)
    return Estimate(average, average - reach, average + reach)


def student_quantile(freedom: int) -> float:
    """Return the 97.5% quantile of Student's distribution for so many degrees of freedom, 4 at least. O(1).

    By the expansion in powers of 1/freedom around the normal quantile, [1] 26.7.5: within 0.001 of it at 4 degrees, and
    within 0.00001 from 10 on.

    Raises:
        ValueError: for fewer than 4 degrees.

    References:
        [1] M. Abramowitz, I. A. Stegun (1964). Handbook of mathematical functions. National Bureau of Standards.
    """
    if freedom < 4:  # noqa: PLR2004 - as it says
        raise ValueError(freedom)
    x = _Z
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum((term / float(freedom**power) for power, term in enumerate(terms, 1)), 0.0)


def moments(counts: Mapping[float, int]) -> tuple[int, float, float]:
    """Return how many answers there are, their mean, and their sample standard deviation. O(values).

    Raises:
        ValueError: for fewer than two answers.
    """
    total = sum(counts.values())
    if total < 2:  # noqa: PLR2004 - as above
        raise ValueError(total)
    average = sum(value * count for value, count in counts.items()) / total
    squares = sum(count * (value - average) ** 2 for value, count in counts.items())
    return total, average, math.sqrt(squares / (total - 1))


def median(counts: Mapping[float, int]) -> float:
    """Return the median: the middle answer, or half-way between the two middle ones. O(values log values).

    Raises:
        ValueError: if nobody answered.
    """
    total = sum(counts.values())
    if total <= 0:
        raise ValueError(total)
    lower, upper, passed = (total - 1) // 2, total // 2, 0
    found: list[float] = []
    for value in sorted(counts):
        before, passed = passed, passed + counts[value]
        found += [value for place in (lower, upper) if before <= place < passed]
    return sum(found) / 2
