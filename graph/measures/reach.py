"""Reach: how many members hear of it when somebody starts to talk."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places
from graph.kernels import kernel
from graph.measures.cascade import Lines, Passages, backwards, drawn, forwards, grown, in_blocks, run, started

LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ReverseSets:
    """Reverse reachable sets: for a member drawn at random, all who would have reached them, in one possible world each.

    The share of the sets that a group of members meets, times the audience, is whom the group reaches, on average [1].
    """

    offsets: Offsets
    """int64[sets + 1]."""
    members: Places
    """uint32[...], of each set the root first, then the others in the order they were found."""
    audience: NDArray[np.float64] | None
    """float64[n], how much each member counts as one who is reached; None if each counts 1."""

    @property
    def count(self) -> int:
        """How many sets there are."""
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How many members each one reaches alone, themselves included, and between what bounds that lies."""

    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number known by sampling, and between what bounds it lies."""

    value: float
    low: float
    high: float


def sample(out: Adjacency, count: int, *, audience: NDArray[np.float64] | None = None, seed: int) -> ReverseSets:
    """Draw reverse reachable sets [1, 2].

    A root is drawn, evenly or by the weights of the audience. From each member u of the set every v they attend to joins
    with the probability w(u, v) / sum over t of w(u, t), independently (`graph.measures.cascade` says how).

    Each set depends on the seed and its number alone: more sets of the same seed begin with the same ones, and the
    number of threads does not matter. Expected O(n + m + members of all sets * log of their degrees) time.

    Args:
        out: who attends to whom, and how much.
        count: how many sets.
        audience: float64[n], how much each member counts as one who is reached; everyone 1 if not given.
        seed: of the random numbers.

    Raises:
        ValueError: if `count` is below 1, or the audience does not fit or counts nobody.

    Sources:
        1. Borgs, Brautbar, Chayes, Lucier: Maximizing social influence in nearly optimal time. SODA 2014.
        2. Tang, Shi, Xiao: Influence maximization in near-linear time: a martingale approach. SIGMOD 2015.
    """
    if count < 1:
        raise ValueError(f"{count} sets tell nothing")
    check_audience(audience, out.size)
    return draw(backwards(out), 0, count if out.size else 0, audience=audience, seed=seed)


def draw(passages: Passages, first: int, count: int, *, audience: NDArray[np.float64] | None, seed: int) -> ReverseSets:
    """Draw the sets with the numbers from `first` on, where the passages are there already."""
    bounds = np.zeros(0) if audience is None else np.cumsum(audience, dtype=np.float64)
    start = np.uint64(seed % 2**64)

    def block(begin: int, length: int) -> tuple[Places, Offsets]:
        return _drawn(passages.offsets, passages.neighbours, passages.lines, bounds, first + begin, length, start)

    drawn_blocks = in_blocks(count, block)
    ends, at = [np.zeros(1, np.int64)], 0
    for members, block_ends in drawn_blocks:
        ends.append(block_ends + at)
        at += len(members)
    members = np.concatenate([members for members, _ in drawn_blocks])
    return ReverseSets(np.concatenate(ends), members, audience)


def expected_reach(sets: ReverseSets, size: int) -> Reach:
    """Return how many of the audience each member reaches alone in an independent cascade [1]. O(members of all sets).

    Whom a member v reaches other than themselves is audience * (share of the sets with v beside the root); that they
    reach themselves is certain, and added. So the estimate is never below what v counts, and free of bias. Bounds are
    those of Wilson's score interval [2] for that share, at 0.95 for each member by themselves; unlike the simple
    interval it holds up for the many who are in few sets or none [3].

    Args:
        sets: from `sample`.
        size: how many members there are.

    Raises:
        ValueError: if the audience of the sets has another size.

    Sources:
        1. Kempe, Kleinberg, Tardos: Maximizing the spread of influence through a social network. KDD 2003.
        2. Wilson: Probable inference, the law of succession, and statistical inference. JASA 22, 1927.
        3. Brown, Cai, DasGupta: Interval estimation for a binomial proportion. Statistical Science 16, 2001.
    """
    check_audience(sets.audience, size)
    if not sets.count:
        return Reach(np.ones(size), np.ones(size), np.full(size, float(size)))
    own = np.ones(size) if sets.audience is None else sets.audience
    everyone = float(own.sum())
    share = _appearances(sets.offsets, sets.members, size) / sets.count
    low, high = wilson(share, sets.count, LEVEL)
    return Reach(*(np.minimum(own + everyone * beyond, everyone) for beyond in (share, low, high)))


def spread(
    out: Adjacency,
    seeds: NDArray[np.integer[Any]],
    runs: int,
    *,
    audience: NDArray[np.float64] | None = None,
    seed: int,
) -> Estimate:
    """Return how many of the audience the seeds reach together, by playing the cascade forward again and again.

    Slower than `ReverseSets`, and independent of them: it judges what was planned by them. The same for any number of
    threads. Expected O(n + m + runs * (reach + its live ties * log of the degrees)).

    Args:
        out: who attends to whom, and how much.
        seeds: the places of those who start; one that is there twice counts once.
        runs: how many times to play.
        audience: float64[n], how much each member counts as one who is reached; everyone 1 if not given.
        seed: of the random numbers.

    Returns:
        The mean, and its normal interval at 0.95.

    Raises:
        ValueError: if `runs` is below 2, a seed is no member, or the audience does not fit or counts nobody.
    """
    if runs < 2:  # noqa: PLR2004 (from one, nothing is known of how they vary)
        raise ValueError(f"{runs} runs tell nothing of how they vary")
    if len(seeds) and (int(seeds.max()) >= out.size or int(seeds.min()) < 0):
        raise ValueError(f"there are {out.size} members, and a seed is another")
    check_audience(audience, out.size)
    passages = forwards(out)
    worth = np.ones(out.size) if audience is None else audience.astype(np.float64)
    starters, start = np.unique(seeds).astype(np.uint32), np.uint64(seed % 2**64)

    def block(begin: int, length: int) -> NDArray[np.float64]:
        return _played(passages.offsets, passages.neighbours, passages.lines, starters, worth, begin, length, start)

    reached = np.concatenate(in_blocks(runs, block))
    mean, margin = float(reached.mean()), quantile(LEVEL) * float(reached.std(ddof=1)) / runs**0.5
    return Estimate(mean, mean - margin, mean + margin)


def wilson(share: NDArray[np.float64], count: int, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of Wilson's score interval for shares seen among `count`.

    (share + z^2 / 2c -+ z * sqrt(share * (1 - share) / c + z^2 / 4c^2)) / (1 + z^2 / c), z being the normal quantile.
    """
    squared = quantile(level) ** 2 / count
    middle = share + squared / 2
    margin = np.sqrt(squared * (share * (1 - share) + squared / 4))
    return np.maximum(middle - margin, 0) / (1 + squared), (middle + margin) / (1 + squared)


def quantile(level: float) -> float:
    """Return how many standard deviations to both sides of its mean a normal number stays with this probability."""
    return NormalDist().inv_cdf((1 + level) / 2)


def check_audience(audience: NDArray[np.float64] | None, size: int) -> None:
    """Refuse an audience of another size, of numbers that are no weights, or of nobody."""
    if audience is None:
        return
    if len(audience) != size:
        raise ValueError(f"there are {size} members, and the audience has {len(audience)}")
    if not np.all(audience >= 0) or np.any(np.isinf(audience)):
        raise ValueError("the audience has a weight that is negative, infinite or not a number")
    if size and not np.any(audience > 0):
        raise ValueError("there is nobody in the audience")


@kernel
def _drawn(
    offsets: Offsets,
    neighbours: Places,
    lines: Lines,
    bounds: NDArray[np.float64],
    first: int,
    count: int,
    seed: np.uint64,
) -> tuple[Places, Offsets]:
    """Draw sets; return their members, and where each set ends. The root is drawn by the audience's running sum."""
    size = len(offsets) - 1
    seen = np.zeros(size, np.uint8)
    members = np.empty(1024, np.uint32)
    ends = np.empty(count, np.int64)
    end = 0
    for number in range(count):
        begin = end
        state, at_random = drawn(started(seed, first + number))
        if len(bounds):
            root = min(np.searchsorted(bounds, at_random * bounds[-1]), size - 1)
        else:
            root = min(np.int64(at_random * size), size - 1)
        if end == len(members):
            members = grown(members, end)
        members[end] = root
        end += 1
        seen[root] = 1
        members, end, state = run(offsets, neighbours, lines, members, begin, end, seen, state)
        for each in range(begin, end):
            seen[members[each]] = 0
        ends[number] = end
    return members[:end].copy(), ends


@kernel
def _played(
    offsets: Offsets,
    neighbours: Places,
    lines: Lines,
    seeds: Places,
    worth: NDArray[np.float64],
    first: int,
    count: int,
    seed: np.uint64,
) -> NDArray[np.float64]:
    """Play cascades from the seeds; return what each one reached was worth."""
    seen = np.zeros(len(offsets) - 1, np.uint8)
    activated = np.empty(max(1024, len(seeds)), np.uint32)
    reached = np.zeros(count, np.float64)
    for number in range(count):
        for place in range(len(seeds)):
            activated[place] = seeds[place]
            seen[seeds[place]] = 1
        activated, end, _ = run(
            offsets, neighbours, lines, activated, 0, len(seeds), seen, started(seed, first + number)
        )
        for each in range(end):
            reached[number] += worth[activated[each]]
            seen[activated[each]] = 0
    return reached


@kernel
def _appearances(offsets: Offsets, members: Places, size: int) -> NDArray[np.int64]:
    """Count the sets each member is in, other than as the root."""
    appearances = np.zeros(size, np.int64)
    for each in range(len(offsets) - 1):
        for at in range(offsets[each] + 1, offsets[each + 1]):
            appearances[members[at]] += 1
    return appearances
