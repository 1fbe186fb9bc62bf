"""Trust: what a few steps of endorsement carry from those who are trusted beforehand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights
from graph.kernels import kernel

STEPS = 6
"""Enough to reach most of a community; a walk of 4 foretells held-out certifications clearly worse, one of 10 hardly better."""


def trust(
    out: Adjacency,
    seeds: NDArray[np.float64],
    *,
    steps: int = STEPS,
    distrusted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return how much trust reaches each member from the seeds by endorsements, float64[n], from 0 to 1.

    A walk starts at a seed (drawn by weight) and follows endorsements, each with its share of what the member endorses.
    Trust is the average over the walk's first moments of the probability to stand at the member:

        x_0 = seeds / sum(seeds),  x_k(v) = sum over u of x_(k-1)(u) * w(u, v) / sum over t of w(u, t),
        trust = (x_0 + x_1 + ... + x_steps) / (steps + 1)

    Ended early, as SybilRank is [1]: what a few honest members let through to a ring of fakes has no time to pile up
    there. Other than SybilRank, whose friendships need both sides, the degree that divides is the endorser's alone:
    dividing by what the endorsed one has received would let anyone pull a member down by endorsing them, and foretells
    held-out certifications worse (`per_endorsement` divides so, to look for fakes). From EigenTrust [2] comes that all
    trust starts at members trusted beforehand and is passed on by shares, from TrustRank [3] that the walk is a biased
    PageRank.

    Three laws follow, and hold to the last bit:

    - Who is not reached neither raises nor lowers anyone by what they endorse.
    - Distrusting a member raises nobody. What was endorsed of them, or would have been theirs as a seed, is lost and not
      shared among others: no sum is divided by that depends on who is distrusted.
    - The same ties and seeds give the same trust.

    O(steps * (n + m)) time at most, as members not reached yet are passed over; O(n) memory.

    Args:
        out: who endorses whom, and how strongly.
        seeds: float64[n], how much each member is trusted beforehand; 0 for most.
        steps: how many endorsements deep trust goes.
        distrusted: bool[n], who lifts nobody and has no trust.

    Raises:
        ValueError: if an array has not one entry a member, a seed is negative, infinite or not a number, or `steps` is
            negative.

    Sources:
        1. Cao, Sirivianos, Yang, Pregueiro: Aiding the detection of fake accounts in large scale social online
           services. NSDI 2012.
        2. Kamvar, Schlosser, Garcia-Molina: The EigenTrust algorithm for reputation management in P2P networks.
           WWW 2003.
        3. Gyongyi, Garcia-Molina, Pedersen: Combating web spam with TrustRank. VLDB 2004.
    """
    if len(seeds) != out.size or (distrusted is not None and len(distrusted) != out.size):
        raise ValueError(f"there are {out.size} members, and the seeds or the distrusted are not as many")
    if not np.all(seeds >= 0) or np.any(np.isinf(seeds)):
        raise ValueError("a seed is negative, infinite or not a number")
    if steps < 0:
        raise ValueError(f"a walk cannot take {steps} steps")
    everything = float(np.sum(seeds))
    if everything == 0:
        return np.zeros(out.size)
    barred = np.zeros(out.size, np.bool_) if distrusted is None else distrusted.astype(np.bool_)
    strengths = out.strengths()
    standing = np.where(barred, 0.0, seeds / everything)
    total = standing.copy()
    for _ in range(steps):
        standing = _step(out.offsets, out.neighbours, out.weights, strengths, barred, standing)
        total += standing
    return total / (steps + 1)


def per_endorsement(out: Adjacency, trusted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the trust a member has for each endorsement they received, float64[n]: whom to look at first, lowest first.

    Fakes who endorse each other share what little trust is let through to them among many endorsements. This tells
    them from honest newcomers, who have as little but for few, and is what SybilRank [1] ranks by. It is for the eyes of
    moderators, not for standing: an endorsement lowers it. Endorsements are counted, not weighed, as only shares of the
    weights matter to a walk: a ring whose ties weigh next to nothing would pass on as much.

    Args:
        out: who endorses whom.
        trusted: float64[n], from `trust`.

    Returns:
        NaN for who was endorsed by nobody, of whom nothing can be told. O(n + m).

    Raises:
        ValueError: if `trusted` has not one entry a member.

    Sources:
        1. Cao, Sirivianos, Yang, Pregueiro: Aiding the detection of fake accounts in large scale social online
           services. NSDI 2012.
    """
    if len(trusted) != out.size:
        raise ValueError(f"there are {out.size} members, and trust is given for {len(trusted)}")
    received = _received(out.neighbours, out.size)
    return np.where(received > 0, trusted / np.maximum(received, 1), np.nan)


@kernel
def _step(
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
    strengths: NDArray[np.float64],
    barred: NDArray[np.bool_],
    standing: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Pass on what stands at each member. In the order of the rows, so that the laws hold to the last bit."""
    size = len(offsets) - 1
    passed = np.zeros(size, np.float64)
    for place in range(size):
        if standing[place] > 0 and strengths[place] > 0:
            rate = standing[place] / strengths[place]
            for tie in range(offsets[place], offsets[place + 1]):
                passed[neighbours[tie]] += rate * weights[tie]
    for place in range(size):
        if barred[place]:
            passed[place] = 0.0
    return passed


@kernel
def _received(neighbours: Places, size: int) -> NDArray[np.int64]:
    received = np.zeros(size, np.int64)
    for neighbour in neighbours:
        received[neighbour] += 1
    return received
