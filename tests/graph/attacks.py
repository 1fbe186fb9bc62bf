"""Honest graphs, and the ways in which standing is bought: rings of fakes, farms of reactions, pods of mutual follows.

Each attack plants about `planted` accounts and says who gains by it. Ties are (rows, columns, weights), as in `from_pairs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Places, Weights, from_pairs


@dataclass(frozen=True, slots=True)
class Ties:
    """Who attends to whom among so many members."""

    size: int
    rows: Places
    columns: Places
    weights: Weights

    def arranged(self) -> Adjacency:
        return from_pairs(self.size, self.rows, self.columns, self.weights)

    def with_more(self, size: int, rows: list[int], columns: list[int], weight: float) -> Ties:
        return Ties(
            size,
            np.concatenate([self.rows, np.array(rows, np.uint32)]),
            np.concatenate([self.columns, np.array(columns, np.uint32)]),
            np.concatenate([self.weights, np.full(len(rows), weight, np.float32)]),
        )

    def received(self) -> NDArray[np.int64]:
        return np.bincount(self.columns, minlength=self.size)


@dataclass(frozen=True, slots=True)
class Attacked:
    """A graph under attack."""

    ties: Ties
    targets: NDArray[np.int64]
    """Who is to gain."""
    fakes: NDArray[np.int64]
    """The accounts that were made for it."""


def honest(size: int, seed: int, *, attends: int = 8, answered: float = 0.3) -> Ties:
    """Return a community that grew: who joins attends to some who are known already, and some of them answer.

    Each newcomer picks others by following a random earlier tie to its end (so in proportion to what they have, which
    gives the few hubs and many quiet members of real communities) or, one time in five, at random.
    """
    random = np.random.default_rng(seed)
    rows: list[int] = []
    columns: list[int] = []
    for newcomer in range(1, size):
        for _ in range(min(newcomer, int(random.poisson(attends)) + 1)):
            by_chance = not columns or random.random() < 0.2
            known = int(random.integers(newcomer)) if by_chance else columns[int(random.integers(len(columns)))]
            rows.append(newcomer)
            columns.append(known)
            if random.random() < answered:
                rows.append(known)
                columns.append(newcomer)
    weights = random.exponential(1.0, len(rows)).astype(np.float32)
    return Ties(size, np.array(rows, np.uint32), np.array(columns, np.uint32), weights)


def sybil_ring(ties: Ties, planted: int, seed: int, *, gullible: int = 5) -> Attacked:
    """Let fakes endorse each other and a quiet member; a few honest members, tricked, endorse a fake."""
    random = np.random.default_rng(seed)
    fakes = list(range(ties.size, ties.size + planted))
    target = _quiet(ties, 1)[0]
    pairs = [(one, other) for one in fakes for other in [*fakes, target] if one != other]
    pairs += [(int(tricked), int(random.choice(fakes))) for tricked in random.integers(ties.size, size=gullible)]
    rows, columns = map(list, zip(*pairs, strict=True))
    attacked = ties.with_more(ties.size + planted, rows, columns, 3.0)
    return Attacked(attacked, np.array([target]), np.array(fakes))


def reaction_farm(ties: Ties, planted: int) -> Attacked:
    """Let fakes do nothing but react to a quiet member, a lot."""
    fakes = list(range(ties.size, ties.size + planted))
    target = _quiet(ties, 1)[0]
    attacked = ties.with_more(ties.size + planted, fakes, [target] * planted, 20.0)
    return Attacked(attacked, np.array([target]), np.array(fakes))


def mutual_pod(ties: Ties, planted: int) -> Attacked:
    """Let real members of low standing all follow each other."""
    pod = _quiet(ties, planted)
    pairs = [(one, other) for one in pod for other in pod if one != other]
    rows, columns = map(list, zip(*pairs, strict=True))
    return Attacked(ties.with_more(ties.size, rows, columns, 3.0), np.array(pod), np.array([], np.int64))


def _quiet(ties: Ties, count: int) -> list[int]:
    """Return those fewest attend to, though somebody does."""
    received = ties.received()
    order = np.argsort(received, kind="stable")
    return [int(place) for place in order[received[order] > 0][:count]]
