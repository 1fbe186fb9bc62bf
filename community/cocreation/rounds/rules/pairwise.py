"""Pairs: how strong options are, from judgements between two each.

In the model of Bradley and Terry option i has the strength theta_i, and is chosen over j with the probability

    P(i over j) = 1 / (1 + exp(theta_j - theta_i))

Strengths are those under which the judgements are the likeliest. That exists only where everybody is linked by wins to
everybody, so judgements that nobody made are added: `prior` for each option, spread over all others and half of them
won, which draws strengths together a little. Strengths sum to 0.

Shapes: m options.

Sources:
    1. R. A. Bradley, M. E. Terry: Rank Analysis of Incomplete Block Designs. Biometrika 39, 1952.
    2. D. R. Hunter: MM Algorithms for Generalized Bradley-Terry Models. Annals of Statistics 32(1), 2004.
    3. F. Caron, A. Doucet: Efficient Bayesian Inference for Generalized Bradley-Terry Models. 2012 (priors).
    4. D. Firth, R. X. de Menezes: Quasi-variances. Biometrika 91, 2004 (what an interval depends on: what is held fixed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.groups import seats
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import BadProfileError, Comparisons

NORMAL_95 = 1.959_963_984_540_054
"""Within so many standard errors lie 95%."""
DECIMALS = 9
"""Strengths are rounded to as many, far below any error, so that those which are equal are found to be."""
APPROACH = 100
"""Rounds of MM, which comes near from anywhere, before Newton's method, which ends fast where it is near."""
ROUNDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """How strong options are, and how surely that is known."""

    strengths: NDArray[np.float64]
    """[m], theta: natural logarithms of odds, summing to 0."""
    lower: NDArray[np.float64]
    """[m], where the 95% interval begins."""
    upper: NDArray[np.float64]
    """[m], and where it ends."""
    converged: bool
    """Whether strengths stayed as they are at last."""

    def beats(self) -> NDArray[np.float64]:
        """Return [m, m], how likely the option of the row is chosen over the one of the column. O(m^2)."""
        return _chosen(self.strengths)


def strengths(ballots: Comparisons, prior: float = 1.0) -> Strengths:
    """Return how strong options are: by minorisation and maximisation [2], finished by Newton's method. O(rounds m^3).

    MM: exp(theta_i) becomes wins_i / (sum over j of n_ij / (exp(theta_i) + exp(theta_j))), for n_ij judgements between i
    and j. Intervals are theta +- 1.96 standard errors from the inverse of the Fisher information with the sum held at 0.

    Raises:
        BadProfileError: if the table of judgements is not square, is negative, or has an option chosen over itself.
        ValueError: if the prior is not above 0.
    """
    won = ballots.won
    if won.ndim != 2 or won.shape[0] != won.shape[1]:  # noqa: PLR2004 - who won, and who lost
        raise BadProfileError(f"judgements are a square table, not of the shape {won.shape}")
    if won.size and (won.min() < 0 or np.diagonal(won).any()):
        raise BadProfileError("a count of judgements is negative, or an option is chosen over itself")
    if not 0 < prior < np.inf:
        raise ValueError(f"a prior is above 0, not {prior}")
    size = len(won)
    added = np.full((size, size), prior / (2 * max(size - 1, 1)))
    np.fill_diagonal(added, 0)
    # Sums of whole numbers are exact: two options with as many wins have exactly as many, whoever they are over.
    wins = won.sum(axis=1) + prior * (0.5 if size > 1 else 0.0)
    between = won + won.T + 2 * added
    theta = _approached(wins, between)
    theta, converged = _finished(theta, wins, between)
    errors = np.sqrt(np.maximum(np.diagonal(_inverse(_information(theta, between))), 0))
    theta = np.round(theta, DECIMALS) + 0.0  # no -0.0
    return Strengths(theta, theta - NORMAL_95 * errors, theta + NORMAL_95 * errors, converged)


def bradley_terry(ballots: Comparisons, lots: Lots, winners: int = 1, prior: float = 1.0) -> Outcome:
    """Elect the strongest, the strongest first (`strengths`).

    Level are only options whose strengths are equal; that their intervals overlap is for the reader to see. Steps:
    `lower` and `upper`, with the ends of the intervals, then `estimated`, with the strengths.

    Raises:
        BadProfileError: if the table of judgements is not square, is negative, or has an option chosen over itself.
        ValueError: if the prior is not above 0, or there are fewer than no winners.
    """
    found = strengths(ballots, prior)
    values: list[float] = found.strengths.tolist()
    left, elected = set(range(ballots.options)), list[int]()
    for place in range(seats(winners, ballots.options)):
        elected.append(lots.best(values, left, f"place {place + 1}"))
        left.remove(elected[-1])
    steps = (
        Step("lower", (), tuple(found.lower.tolist())),
        Step("upper", (), tuple(found.upper.tolist())),
        Step("estimated", tuple(elected), tuple(values)),
    )
    return Outcome("bradley_terry", tuple(elected), steps, tuple(lots.ties))


def _approached(wins: NDArray[np.float64], between: NDArray[np.float64]) -> NDArray[np.float64]:
    theta = np.zeros(len(wins))
    for _ in range(APPROACH if len(wins) > 1 else 0):
        # n_ij / (exp(theta_i) + exp(theta_j)), times exp(theta_i), so that no strength leaves the range of a float.
        expected = (between * _chosen(theta)).sum(axis=1)
        theta += np.log(wins / expected)
        theta -= theta.mean()
    return theta


def _finished(
    theta: NDArray[np.float64], wins: NDArray[np.float64], between: NDArray[np.float64]
) -> tuple[NDArray[np.float64], bool]:
    """Climb to the top by Newton's method, with half the step as often as the whole leads down."""
    if len(theta) <= 1:
        return theta, True
    for _ in range(ROUNDS):
        slope = wins - (between * _chosen(theta)).sum(axis=1)
        step = _inverse(_information(theta, between)) @ slope
        here, size = _likelihood(theta, wins, between), 1.0
        while size > 2**-30 and _likelihood(theta + size * step, wins, between) < here - 1e-12 * abs(here):
            size /= 2
        theta = theta + size * step
        theta -= theta.mean()
        if np.abs(step).max() < 10.0 ** -(DECIMALS + 2):
            return theta, True
    return theta, False


def _chosen(theta: NDArray[np.float64]) -> NDArray[np.float64]:
    chosen: NDArray[np.float64] = np.exp(-np.logaddexp(0, theta[None, :] - theta[:, None]))
    return chosen


def _likelihood(theta: NDArray[np.float64], wins: NDArray[np.float64], between: NDArray[np.float64]) -> float:
    return float(wins @ theta - (between * np.logaddexp(theta[:, None], theta[None, :])).sum() / 2)


def _information(theta: NDArray[np.float64], between: NDArray[np.float64]) -> NDArray[np.float64]:
    chosen = _chosen(theta)
    weights = between * chosen * chosen.T
    information: NDArray[np.float64] = np.diag(weights.sum(axis=1)) - weights
    return information


def _inverse(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert where strengths sum to 0: all alike is in the null space, so it is filled and taken out again."""
    if not information.size:
        return information
    level = np.full(information.shape, 1 / len(information))
    inverse: NDArray[np.float64] = np.linalg.inv(information + level) - level
    return inverse
