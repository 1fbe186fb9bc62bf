"""How much members do, and how: by the kinds of what they did and how long ago.

What a member does is weighed as the ties are (`graph.interactions.weighted_ties`), whoever it was towards:

    engagement(i) = sum over kinds k of weight_k * log(1 + sum over what i did of kind k of 2^(-age / half_life_k))

Participation asks besides how various it is and how regular, the marks by which Gilbert & Karahalios [1] tell strong
involvement from a passing one:

    participation(i) = engagement(i) * sqrt(variety(i)) * (1 + regularity(i)) / 2

variety is the effective number of kinds, exp(-sum p_k log p_k) over the shares p_k of the engagement (Hill's [2] number of
order 1): 1 for who does one thing only. regularity is the share of the last 26 weeks in which anything was done.

References:
    [1] E. Gilbert, K. Karahalios: Predicting Tie Strength with Social Media. CHI 2009.
    [2] M. O. Hill: Diversity and Evenness: A Unifying Notation and Its Consequences. Ecology 54 (1973).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Places, Weights
from graph.kernels import kernel

WEEKS = 26


def engagement(
    size: int,
    actors: Places,
    kinds: NDArray[np.uint8],
    ages: Weights,
    weights: NDArray[np.float32],
    half_lives: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return how much each of `size` members did, float64[n]; 0 for who did nothing.

    `actors`, `kinds` and `ages` (days) have an entry for each thing done; `weights` and `half_lives` (days) one for each
    kind. O(m + n K) for K kinds.
    """
    engaged: NDArray[np.float64] = _amounts(size, actors, kinds, ages, weights, half_lives).sum(axis=1)
    return engaged


def participation(
    size: int,
    actors: Places,
    kinds: NDArray[np.uint8],
    ages: Weights,
    weights: NDArray[np.float32],
    half_lives: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return how much each member takes part, float64[n], as defined above. Arguments and cost as of `engagement`."""
    amounts = _amounts(size, actors, kinds, ages, weights, half_lives)
    whole: NDArray[np.float64] = amounts.sum(axis=1)
    shares = amounts / np.where(whole > 0, whole, 1)[:, None]
    entropy = -np.sum(shares * np.log(np.where(shares > 0, shares, 1)), axis=1)
    regularity = _active_weeks(size, actors, ages) / WEEKS
    various: NDArray[np.float64] = np.sqrt(np.exp(entropy))
    return whole * various * (1 + regularity) / 2


def _amounts(
    size: int,
    actors: Places,
    kinds: NDArray[np.uint8],
    ages: Weights,
    weights: NDArray[np.float32],
    half_lives: NDArray[np.float32],
) -> NDArray[np.float64]:
    used = int(kinds.max()) + 1 if len(kinds) else 1
    counted = _counted(size, used, actors, kinds, ages, half_lives)
    return weights[:used].astype(np.float64) * np.log1p(counted)


@kernel
def _counted(
    size: int,
    used: int,
    actors: Places,
    kinds: NDArray[np.uint8],
    ages: Weights,
    half_lives: NDArray[np.float32],
) -> NDArray[np.float64]:
    counted = np.zeros((size, used), np.float64)
    for at in range(len(actors)):
        counted[actors[at], kinds[at]] += np.exp2(-ages[at] / half_lives[kinds[at]])
    return counted


@kernel
def _active_weeks(size: int, actors: Places, ages: Weights) -> NDArray[np.int64]:
    """Count in how many of the last weeks each member did anything: a bit for each week."""
    weeks = np.zeros(size, np.uint32)
    for at in range(len(actors)):
        week = int(ages[at] / 7)
        if 0 <= week < WEEKS:
            weeks[actors[at]] |= np.uint32(1) << np.uint32(week)
    active = np.zeros(size, np.int64)
    for place in range(size):
        left = weeks[place]
        while left:
            left &= left - np.uint32(1)
            active[place] += 1
    return active
