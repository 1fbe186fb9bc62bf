"""Seeding: whom to tell first, so that the most hear of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.measures.cascade import Passages, backwards
from graph.measures.coverage import Covering, cover, meeting
from graph.measures.reach import LEVEL, Estimate, ReverseSets, check_audience, draw, quantile, wilson

GREEDY = "greedy"
"""What `Plan.chosen` and `Plan.compared` call the choice that is made here."""

_FRESH = 1 << 48
"""The number of the first set that is drawn to judge plans: above those of all sets that plans are made with."""
_PRECISION = 0.01
"""How far, of itself, a plan's reach may be from the bounds that are given for it."""
_FIRST = 1000
"""How many sets are drawn before anything is known of how many members they have."""
_MOST_MEMBERS = 30_000_000
"""How many members all sets together may have; what they and their index take is 8 bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Whom to tell first."""

    members: NDArray[np.int64]
    """Their places, in the order of choice; fewer than asked for where nobody more would add anything."""
    gains: NDArray[np.float64]
    """How many of the audience each one reaches whom none before does."""
    total: Estimate
    """How many they reach together."""
    chosen: str
    """Which choice won: `GREEDY`, or the name of an alternative."""
    compared: Mapping[str, Estimate]
    """How many each choice reaches. All bounds together, that of `total` too, hold with a probability of 0.95."""
    guarantee: float
    """At least this share of what the best plan reaches is reached, with a probability of 1 - 3 / n; 0 if none is known."""
    sets: int
    """How many reverse reachable sets the choice was made with."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What may be chosen."""

    candidates: NDArray[np.bool_]
    k: int
    costs: NDArray[np.float64]
    budget: float

    def choose(self, sets: ReverseSets) -> Covering:
        return cover(sets, self.candidates, self.k, self.costs, self.budget)

    def kept(self, members: NDArray[Any]) -> NDArray[np.int64]:
        """Return the first of these who are candidates and can be paid, k at most and each once."""
        left, kept = self.budget, dict[int, None]()
        for member in members.tolist():
            if len(kept) == self.k:
                break
            if self.candidates[member] and member not in kept and self.costs[member] <= left:
                kept[member] = None
                left -= self.costs[member]
        return np.array(list(kept), np.int64)

    def most(self) -> int:
        """Return how many members a plan can have."""
        cheapest = np.cumsum(np.sort(self.costs[self.candidates]))
        return min(self.k, int(np.searchsorted(cheapest, self.budget, "right")))


@dataclass(slots=True)
class _Sampling:
    """Sets that are drawn as more are needed."""

    passages: Passages
    audience: NDArray[np.float64] | None
    seed: int
    sets: ReverseSets = field(init=False)

    def __post_init__(self) -> None:
        self.sets = ReverseSets(np.zeros(1, np.int64), np.zeros(0, np.uint32), self.audience)

    def grow(self, needed: float) -> bool:
        """Draw until there are as many sets as needed; return False if that would be more than there is room for."""
        if not self.sets.count and needed > _FIRST:
            self.grow(_FIRST)
        room = _MOST_MEMBERS * self.sets.count / len(self.sets.members) if self.sets.count else _FIRST
        more = math.ceil(min(needed, room)) - self.sets.count
        if more > 0:
            drawn = draw(self.passages, self.sets.count, more, audience=self.audience, seed=self.seed)
            offsets = np.concatenate([self.sets.offsets, drawn.offsets[1:] + self.sets.offsets[-1]])
            self.sets = ReverseSets(offsets, np.concatenate([self.sets.members, drawn.members]), self.audience)
        return needed <= room


def plan(
    out: Adjacency,
    k: int,
    *,
    epsilon: float = 0.2,
    audience: NDArray[np.float64] | None = None,
    candidates: NDArray[np.bool_] | None = None,
    costs: NDArray[np.float64] | None = None,
    budget: float | None = None,
    alternatives: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    seed: int,
) -> Plan:
    """Choose up to k members who together reach the most of the audience in an independent cascade.

    Influence maximization by IMM [1]: reverse reachable sets (`graph.measures.reach.sample`) are drawn until there are
    enough to bound what the best plan reaches from below, then as many more as this bound asks for; members who meet the
    most sets are chosen (`graph.measures.coverage.cover`). The sets of both phases are kept, and their number is raised
    for it by Chen's second remedy [2]: the proof in [1] overlooks that the number of sets depends on the sets.

    What is chosen reaches at least (1 - 1/e - epsilon) of what the best plan would. With costs it is
    (1 - 1/e) / 2 - epsilon, as long as the budget does not suffice for k members [3, 4]; where it does, no bound is
    known. Should the sets need more room than there is, fewer are drawn, and epsilon grows by the square root of
    (needed / drawn). Often the sets turn out to prove more than was certain beforehand [5]: `Plan.guarantee` is the
    better of the two. It holds with a probability of 1 - 3 / n.

    What a plan reaches is judged by sets drawn afresh, as the sets it was made with flatter it. Alternatives, such as
    those most attended to, are judged by the same sets, and the best one wins: in practice they come close, and with
    epsilon at 0.3 or more they often win. What was certain beforehand is so for greed alone; of an alternative that wins
    only what the sets have proved is said.

    Expected time O((k + log n) * (n + m) / epsilon^2) for sets and choice [1], for which ties are read at random. The
    same plan for the same input and seed, whatever the number of threads.

    Args:
        out: who attends to whom, and how much.
        k: how many members to choose at most.
        epsilon: what may be lost to sampling, as a share of the best plan's reach.
        audience: float64[n], how much each member counts as one who is reached; everyone 1 if not given.
        candidates: bool[n], who may be chosen; everyone if not given.
        costs: float64[n], above 0, what choosing each member costs.
        budget: what may be spent.
        alternatives: places of members, the preferred first, by the name of what they are preferred for. Candidates are
            kept from each, up to k and within the budget.
        seed: of the random numbers.

    Raises:
        ValueError: if an argument is out of its range, does not fit the others, or names somebody else than a member.

    Sources:
        1. Tang, Shi, Xiao: Influence maximization in near-linear time: a martingale approach. SIGMOD 2015.
        2. Chen: An issue in the martingale analysis of the influence maximization algorithm IMM. CSoNet 2018.
        3. Khuller, Moss, Naor: The budgeted maximum coverage problem. Information Processing Letters 70, 1999.
        4. Leskovec, Krause, Guestrin, Faloutsos, VanBriesen, Glance: Cost-effective outbreak detection in networks.
           KDD 2007.
        5. Tang, Tang, Xiao, Yuan: Online processing algorithms for influence maximization. SIGMOD 2018.
    """
    check_audience(audience, out.size)
    limits = _limits(out.size, k, candidates, costs, budget)
    _check(out.size, epsilon, alternatives)
    if not limits.most():
        nothing = Estimate(0.0, 0.0, 0.0)
        compared = dict.fromkeys([GREEDY, *alternatives], nothing)
        return Plan(np.zeros(0, np.int64), np.zeros(0), nothing, GREEDY, compared, 1.0, 0)
    own = np.ones(out.size) if audience is None else audience
    ratio = 1 - 1 / math.e if costs is None else (1 - 1 / math.e) / 2
    sampling = _Sampling(backwards(out), audience, seed)
    found, loss = _chosen(sampling, limits, own / own.sum(), epsilon, ratio)
    if costs is not None and limits.most() == limits.k < int(limits.candidates.sum()):
        ratio = 0.0
    choices = {GREEDY: found.members, **{name: limits.kept(members) for name, members in alternatives.items()}}
    judges = _judges(sampling, found.covered / sampling.sets.count)
    seen = {name: meeting(judges, members, out.size) for name, members in choices.items()}
    best = max(seen, key=lambda name: seen[name].covered)
    proven = 0.0
    if ratio:
        most = found.covered / ratio
        proven = _proven(most, sampling.sets.count, seen[best].covered, judges.count, out.size, len(seen))
    everyone = float(own.sum())
    compared = _estimates(seen, judges.count, everyone)
    return Plan(
        choices[best],
        seen[best].gains.astype(np.float64) * (everyone / judges.count),
        compared[best],
        best,
        compared,
        max(0.0, proven, ratio - loss if best == GREEDY else 0.0),
        sampling.sets.count,
    )


def _limits(
    size: int,
    k: int,
    candidates: NDArray[np.bool_] | None,
    costs: NDArray[np.float64] | None,
    budget: float | None,
) -> _Limits:
    if k < 1:
        raise ValueError(f"a plan of {k} members is none")
    if (costs is None) != (budget is None):
        raise ValueError("costs and a budget come together")
    if budget is not None and not 0 <= budget < math.inf:
        raise ValueError(f"a budget of {budget} cannot be spent")
    if costs is None or budget is None:
        costs, budget = np.ones(size), math.inf
    if len(costs) != size or not np.all((costs > 0) & (costs < np.inf)):
        raise ValueError(f"costs are not {size} numbers above 0")
    if candidates is None:
        candidates = np.ones(size, np.bool_)
    if len(candidates) != size:
        raise ValueError(f"there are {size} members, and candidates are told from {len(candidates)}")
    return _Limits(candidates.astype(np.bool_), min(k, size), costs.astype(np.float64), float(budget))


def _check(size: int, epsilon: float, alternatives: Mapping[str, NDArray[Any]]) -> None:
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon is {epsilon}, and not between 0 and 1")
    for name, members in alternatives.items():
        if name == GREEDY:
            raise ValueError(f"an alternative cannot be called {GREEDY}")
        if len(members) and not (int(members.min()) >= 0 and int(members.max()) < size):
            raise ValueError(f"there are {size} members, and the alternative {name} has another")


def _chosen(
    sampling: _Sampling, limits: _Limits, shares: NDArray[np.float64], epsilon: float, ratio: float
) -> tuple[Covering, float]:
    """Return who is chosen, and what may be lost to sampling. Names in parentheses are those of the paper [1].

    All that is reached is counted in shares of the audience, so that n / OPT there is 1 / OPT here.
    """
    payable = limits.candidates & (limits.costs <= limits.budget)
    least = float(shares[payable].max())  # who counts the most reaches at least themselves
    levels = max(1, math.ceil(-math.log2(least))) if least > 0 else 64
    logarithm = math.log(max(len(shares), 2))
    ways = _ways(int(limits.candidates.sum()), limits.most(), all_sizes=math.isfinite(limits.budget))

    def enough(power: float) -> float:  # (lambda*)
        alpha = math.sqrt(power * logarithm + math.log(2))
        beta = math.sqrt(ratio * (ways + power * logarithm + math.log(2)))
        return 2 * (ratio * alpha + beta) ** 2 / epsilon**2

    power = 1.0  # (l)
    for _ in range(20):  # (gamma), to where it is as large as it asks to be; it settles after a few
        power = 1 + (math.log(enough(power)) + levels * math.log(2)) / logarithm
    power += math.log(2) / logarithm
    rough = math.sqrt(2) * epsilon  # (epsilon')
    to_try = (2 + 2 / 3 * rough) * (ways + power * logarithm + math.log(levels)) / rough**2  # (lambda')
    bound = least
    for level in range(1, levels):
        has_room = sampling.grow(to_try * 2**level)
        reached = limits.choose(sampling.sets).covered / sampling.sets.count
        if reached >= (1 + rough) * to_try / sampling.sets.count:
            bound = max(least, reached / (1 + rough))  # (LB)
            break
        if not has_room:
            break
    needed = enough(power) / bound if bound > 0 else math.inf
    sampling.grow(needed)
    return limits.choose(sampling.sets), epsilon * math.sqrt(max(1.0, needed / sampling.sets.count))


def _ways(candidates: int, most: int, *, all_sizes: bool) -> float:
    """Return the logarithm of how many plans there are: of `most` members, or of up to so many."""
    exactly = math.lgamma(candidates + 1) - math.lgamma(most + 1) - math.lgamma(candidates - most + 1)
    if not all_sizes:
        return exactly
    return exactly + math.log(most + 1) if 2 * most <= candidates else candidates * math.log(2)


def _judges(sampling: _Sampling, reached: float) -> ReverseSets:
    """Draw as many fresh sets as it takes to know a plan that reaches this share as precisely as is promised."""
    needed = (quantile(LEVEL) / _PRECISION) ** 2 * (1 - reached) / reached if reached else 0
    room = _MOST_MEMBERS * sampling.sets.count / len(sampling.sets.members)
    count = math.ceil(min(max(needed, _FIRST), room))
    return draw(sampling.passages, _FRESH, count, audience=sampling.audience, seed=sampling.seed)


def _proven(met: float, sets: int, confirmed: int, judges: int, size: int, choices: int) -> float:
    """Return which share of the best plan's reach a plan has, as the sets have turned out [5].

    No plan can meet more than `met` of the sets: this bounds from above what the best one reaches. That the plan meets
    `confirmed` of the judges bounds from below what it does. Each bound fails with a probability of 1 / n at most, over
    all numbers of sets at which choosing might have ended, and all choices this one is the best of.
    """
    rareness = math.log(size * _MOST_MEMBERS)
    best = (math.sqrt(met + rareness / 2) + math.sqrt(rareness / 2)) ** 2 / sets
    rareness = math.log(size * choices)
    root = math.sqrt(confirmed + 2 * rareness / 9) - math.sqrt(rareness / 2)
    reached = (max(root, 0) ** 2 - rareness / 18) / judges
    return reached / min(best, 1.0)


def _estimates(seen: Mapping[str, Covering], count: int, everyone: float) -> dict[str, Estimate]:
    """Return bounds that hold together: each alone may fail by its part of what all may (Bonferroni)."""
    shares = np.array([each.covered / count for each in seen.values()])
    low, high = wilson(shares, count, 1 - (1 - LEVEL) / len(seen))
    values = zip(shares.tolist(), low.tolist(), high.tolist(), strict=True)
    return {name: Estimate(*(number * everyone for number in value)) for name, value in zip(seen, values, strict=True)}
