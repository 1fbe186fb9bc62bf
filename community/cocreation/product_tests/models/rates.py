r"""How large a share of those who look at a variant pre-order it: what the variants of a test tell about each other.

The model, for variant i that n_i members looked at, of whom x_i pre-ordered [1]_ [2]_:

    x_i   ~ Binomial(n_i, theta_i)
    theta_i ~ Beta(kappa mu_i, kappa (1 - mu_i)),     logit mu_i = m + b s_i

kappa says how alike variants are: the larger, the more a variant with few viewers is drawn to what the others have, as it
should be [3]_. s_i says by how much more of its viewers favour it or vote for it than favour others (`interest`), and b how
far that can be believed; b = 0 is the plain hierarchy. None of m, kappa and b is known, and none is guessed: the posterior is
a sum over a grid of them, so that intervals are as wide as what is not known. (Putting in the likeliest values, empirical
Bayes, makes them too narrow [1]_.)

Priors: the share exp(m)/(1 + exp(m)) is Beta(1/3, 1/3), by which the median of a share seen x times in n is x/n almost
exactly [6]_: a uniform one makes more of what few saw; the shrinkage n0/(n0 + kappa) is uniform on 0 to 1, with n0 the median
of n_i [4]_; b is normal with mean 1/2 and deviation 1/2 on 0 to 3/2.

As n_i is in the likelihood, a variant that was shown to more people does not look better for it: it is only known better.

.. [1] Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., Rubin, D. B. (2013), Bayesian Data Analysis,
   3rd edition, chapter 5, section 5.3.
.. [2] Fader, P. S., Hardie, B. G. S. (2010), "Customer-base valuation in a contractual setting: the perils of ignoring
   heterogeneity", Marketing Science 29(1): the beta distribution of conversion over what converts differently.
.. [3] Efron, B., Morris, C. (1975), "Data analysis using Stein's estimator and its generalizations", JASA 70.
.. [4] Christiansen, C. L., Morris, C. N. (1997), "Hierarchical Poisson regression modeling", JASA 92.
.. [5] Kleinman, J. C. (1973), "Proportions with extraneous variance: single and independent samples", JASA 68. That what is
   measured with error is replaced by what is to be expected of it: Carroll, R. J. et al. (2006), Measurement Error in
   Nonlinear Models, chapter 4.
.. [6] Kerman, J. (2011), "Neutral noninformative and informative conjugate beta and gamma prior distributions", Electronic
   Journal of Statistics 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from community.cocreation.product_tests.models.gamma import log_beta

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

REFINEMENTS = 3
"""How often the grid is drawn anew where the posterior is."""
_MEANS, _CONCENTRATIONS = 40, 24
_STRENGTHS = np.linspace(0.0, 1.5, 7)
_STRENGTH, _STRENGTH_SPREAD = 0.5, 0.5
_NEUTRAL = 1 / 3
_FURTHEST = 14.0
"""Logits: shares from one in a million to all but one in a million."""
_MOST_CONCENTRATED = 1e7
_SMALLEST = 1e-12
_LEAST_SHARE, _FARTHEST_APART = 1e-4, 3.0
_NEGLIGIBLE = 1e-7
"""Of the posterior's mass, on an axis: what lies beyond is left out of the next grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of (m, kappa, b), and the posterior's mass at each; all of shape [g]."""

    mean: Floats
    concentration: Floats
    strength: Floats
    mass: Floats


def interest(exposed: Wholes, interested: Wholes) -> Floats:
    """Return s_i: by how much the logit of the share of a variant's viewers who are interested is above that of all; [m].

    What few viewers say is believed less. With p the share of all viewers, each share r_i is drawn to it first,
    ``p + (r_i - p) tau^2 / (tau^2 + p (1 - p) / n_i)``, where tau^2, the variance between variants, is found by moments [5]_:
    ``(sum n_i (r_i - p)^2 - (m - 1) p (1 - p)) / (N - sum n_i^2 / N)``, N = sum n_i. As this is linear in what was counted, to be
    shown to few neither raises nor lowers it; and where nothing sets variants apart, or nobody looked, it is 0. O(m).
    """
    seen = exposed > 0
    total = int(exposed.sum())
    share = interested.sum() / max(1, total)
    if seen.sum() < 2 or not 0 < share < 1:  # noqa: PLR2004 - one variant has nothing to be compared with
        return np.zeros(len(exposed))
    apart = np.where(seen, interested / np.maximum(exposed, 1) - share, 0.0)
    chance = share * (1 - share)
    spread = (exposed * apart**2).sum() - (seen.sum() - 1) * chance
    between = max(0.0, float(spread / (total - (exposed.astype(np.float64) ** 2).sum() / total)))
    kept = between / (between + chance / np.maximum(exposed, 1))
    drawn = np.clip(share + apart * kept, _LEAST_SHARE, 1 - _LEAST_SHARE)
    found: Floats = np.log(drawn / (1 - drawn)) - np.log(share / (1 - share))
    return np.clip(found, -_FARTHEST_APART, _FARTHEST_APART)


def posterior(exposed: Wholes, ordering: Wholes, signal: Floats | None = None) -> Grid:
    """Return the posterior of (m, kappa, b). `exposed`, `ordering` and `signal` are n_i, x_i and s_i, all [m].

    O(g m) for each of three grids, each drawn where the one before had its mass.
    """
    told = signal is not None and bool(np.any(signal))
    strengths = _STRENGTHS if told else np.zeros(1)
    covariate = signal if told and signal is not None else np.zeros(len(exposed))
    means = np.linspace(-_FURTHEST, _FURTHEST, _MEANS)
    logs = np.linspace(0.0, np.log(_MOST_CONCENTRATED), _CONCENTRATIONS)
    # How alike variants are is looked at relative to how well they are known.
    typical = max(1.0, float(np.median(exposed)))
    grid = _grid(means, logs, strengths, exposed, ordering, covariate, typical)
    for _ in range(REFINEMENTS - 1):
        cube = grid.mass.reshape(len(means), len(logs), len(strengths))
        means = _refined(means, cube.sum(axis=(1, 2)))
        logs = _refined(logs, cube.sum(axis=(0, 2)))
        grid = _grid(means, logs, strengths, exposed, ordering, covariate, typical)
    return grid


def draw_rates(grid: Grid, exposed: Wholes, ordering: Wholes, signal: Floats, draws: int, random: Generator) -> Floats:
    """Draw theta from the posterior; [draws, m].

    Points of the grid are drawn by their mass, systematically, and given one, theta_i is
    ``Beta(kappa mu_i + x_i, kappa (1 - mu_i) + n_i - x_i)``. O(draws m).
    """
    at = np.searchsorted(np.cumsum(grid.mass), (np.arange(draws) + random.random()) / draws * (1 - 1e-12))
    at = random.permutation(np.minimum(at, len(grid.mass) - 1))
    mean = _expit(grid.mean[at, None] + grid.strength[at, None] * signal[None, :])
    concentration = grid.concentration[at, None]
    drawn = random.beta(concentration * mean + ordering, concentration * (1 - mean) + exposed - ordering)
    # A share too small for a number is one of which nothing comes in any market.
    return np.maximum(drawn, _SMALLEST)


def _grid(
    means: Floats, logs: Floats, strengths: Floats, exposed: Wholes, ordering: Wholes, signal: Floats, typical: float
) -> Grid:
    mean, log, strength = (axis.ravel() for axis in np.meshgrid(means, logs, strengths, indexing="ij"))
    concentration = np.exp(log)
    weight = -2 * np.log(typical + concentration) + log  # uniform shrinkage, on the scale of ln kappa
    weight = weight + _NEUTRAL * (np.log(_expit(mean)) + np.log(_expit(-mean)))  # on the scale of the share's logit
    weight = weight - 0.5 * ((strength - _STRENGTH) / _STRENGTH_SPREAD) ** 2
    for place in range(len(exposed)):
        if exposed[place] == 0:
            continue
        share = _expit(mean + strength * signal[place])
        yes, no = concentration * share, concentration * (1 - share)
        weight += log_beta(yes + ordering[place], no + exposed[place] - ordering[place]) - log_beta(yes, no)
    mass = np.exp(weight - weight.max())
    return Grid(mean, concentration, strength, mass / mass.sum())


def _refined(axis: Floats, mass: Floats) -> Floats:
    """Return as many points, over the part of an axis that has mass, and a step to both sides."""
    inside = np.flatnonzero(mass > _NEGLIGIBLE)
    low, high = max(inside[0] - 1, 0), min(inside[-1] + 1, len(axis) - 1)
    return np.linspace(axis[low], axis[high], len(axis))


def _expit(logits: Floats) -> Floats:
    shares: Floats = 1 / (1 + np.exp(-logits))
    return shares
