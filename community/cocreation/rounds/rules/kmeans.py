"""Parting points into groups: k-means, for as many groups as are told apart best.

Shapes: p points, d dimensions, k groups.

Sources:
    1. S. P. Lloyd: Least Squares Quantization in PCM. IEEE Transactions on Information Theory 28(2), 1982.
    2. D. Arthur, S. Vassilvitskii: k-means++: The Advantages of Careful Seeding. SODA 2007.
    3. P. J. Rousseeuw: Silhouettes. Journal of Computational and Applied Mathematics 20, 1987.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 2, 5
"""How many groups there may be."""
STARTS = 10
ROUNDS = 100
LEARNT = 10_000
"""Centres are found on as many points at most, drawn by the seed, and all points then go to the nearest."""
JUDGED = 2_000
"""And silhouettes are of as many of those, as they need the distances between all of them."""

Points = NDArray[np.float64]
Groups = NDArray[np.int64]


def parted(points: Points, seed: int) -> tuple[Groups, float]:
    """Return [p], the group of each point, the largest being 0, and the mean silhouette of the groups.

    The amount of groups, `LEAST` to `MOST`, is the one with the highest mean silhouette, and the smaller of equal ones.
    All are in one group, with 0, where no amount has one above 0. The same seed gives the same groups. O(p k d).
    """
    generator = np.random.default_rng(seed)
    learnt = points
    if len(points) > LEARNT:
        learnt = points[np.sort(generator.choice(len(points), LEARNT, replace=False))]
    different = len(np.unique(learnt, axis=0))
    best, centres = 0.0, None
    for amount in range(LEAST, min(MOST, different) + 1):
        candidate = _centres(learnt, amount, generator)
        judged = learnt[:JUDGED] if len(learnt) <= JUDGED else learnt[:: -(-len(learnt) // JUDGED)]
        score = silhouette(judged, _nearest(judged, candidate))
        if score > best:
            best, centres = score, candidate
    if centres is None:
        return np.zeros(len(points), np.int64), 0.0
    groups = _nearest(points, centres)
    sizes = np.bincount(groups, minlength=len(centres))
    order = np.lexsort((*centres.T[::-1], -sizes))
    place = np.empty(len(centres), np.int64)
    place[order] = np.arange(len(centres))
    return place[groups], best


def silhouette(points: Points, groups: Groups) -> float:
    """Return the mean over points of (b - a) / max(a, b), 0 for one alone in its group or for one group [3]. O(p^2 d).

    a is the mean distance to the others of the own group, b the least of the mean distances to those of another.
    """
    _, groups = np.unique(groups, return_inverse=True)
    sizes = np.bincount(groups)
    if len(sizes) <= 1:
        return 0.0
    apart = np.sqrt(np.maximum(_squares(points, points), 0))
    np.fill_diagonal(apart, 0)
    sums = apart @ np.eye(len(sizes))[groups]
    rows = np.arange(len(points))
    own = sums[rows, groups] / np.maximum(sizes[groups] - 1, 1)
    means = sums / sizes
    means[rows, groups] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    width = np.divide(other - own, larger, out=np.zeros(len(points)), where=larger > 0)
    return float(np.where(sizes[groups] > 1, width, 0).mean())


def _centres(points: Points, amount: int, generator: np.random.Generator) -> Points:
    """Return [k, d], the centres with the least squares of all starts [1, 2]."""
    least, best = np.inf, points[:amount]
    for _ in range(STARTS):
        centres = _first(points, amount, generator)
        for _ in range(ROUNDS):
            groups = _nearest(points, centres)
            sizes = np.bincount(groups, minlength=amount)
            sums = np.stack([np.bincount(groups, column, amount) for column in points.T], axis=1)
            # A centre that nobody is nearest to stays where it is.
            moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
            if np.array_equal(moved, centres):
                break
            centres = moved
        total = float(_squares(points, centres).min(axis=1).sum())
        if total < least:
            least, best = total, centres
    return best


def _first(points: Points, amount: int, generator: np.random.Generator) -> Points:
    """Draw the first centre at random, and each further one by its squared distance to the nearest so far [2]."""
    chosen = [int(generator.integers(len(points)))]
    while len(chosen) < amount:
        squares = np.maximum(_squares(points, points[chosen]).min(axis=1), 0)
        squares[chosen] = 0
        chosen.append(int(generator.choice(len(points), p=squares / squares.sum())))
    return points[chosen]


def _nearest(points: Points, centres: Points) -> Groups:
    nearest: Groups = _squares(points, centres).argmin(axis=1)
    return nearest


def _squares(points: Points, centres: Points) -> Points:
    """Return [p, k], the squared distance of each point to each centre.

    A dimension at a time: sums along a short axis take many times as long.
    """
    squares = np.zeros((len(centres), len(points)))
    for column, of in zip(np.ascontiguousarray(points.T), centres.T, strict=True):
        apart = column - of[:, None]
        squares += apart * apart
    return squares.T
