"""Trust: how well those speak of a member who are trusted themselves, beginning with who is trusted beforehand.

In three steps, each a function here:

1. `walked`: a short walk along endorsements from those trusted beforehand says how much trust each member is given.
2. `voices`: what a member was given, for each endorsement they make, is how much their word counts, up to a full voice.
3. `believed`: endorsements, each by its strength and its endorser's voice, say how well is spoken of a member.

`trust` takes all three. The first alone is SybilRank [1] by shares, and foretells worse what others will think of a
member: it tells how many steps away the trusted are more than how good their word is (docs/graph_evaluation.md).

Sources:
    1. Cao, Sirivianos, Yang, Pregueiro: Aiding the detection of fake accounts in large scale social online services.
       NSDI 2012.
    2. Kamvar, Schlosser, Garcia-Molina: The EigenTrust algorithm for reputation management in P2P networks. WWW 2003.
    3. Gyongyi, Garcia-Molina, Pedersen: Combating web spam with TrustRank. VLDB 2004.
    4. Choquet: Theory of capacities. Annales de l'institut Fourier 5, 1954 (the integral over levels).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Offsets, Places, Weights, transposed
from graph.kernels import kernel

STEPS = 8
"""Enough to reach most of a community. A walk of 6 foretells held-out certifications a little worse, one of 16 hardly
better, and the longer it is the more is let through to a ring of fakes."""
DOUBT = 0.1
"""How many full voices half of a member's standing takes: with fewer than that, trust stays low whatever they say."""


def trust(
    out: Adjacency,
    seeds: NDArray[np.float64],
    *,
    steps: int = STEPS,
    distrusted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return how well is spoken of each member by who is trusted, float64[n], from 0 to 1.

    0 for who is endorsed by nobody with a voice; near 1 for who is endorsed by many, all as strongly as the trusted do at
    most.

    Five laws hold:

    - Distrusting a member raises nobody, to the last bit: what was endorsed of them is lost and not shared among others.
    - Who is not reached neither raises nor lowers anyone by what they endorse (nor their voices, to the last bit).
    - To be endorsed by one more lowers nobody, if the voices stay as they are.
    - The same ties and seeds give the same trust.
    - Many fakes have no more to say than few: the trust that is let through to them is shared among them, and once
      more among the endorsements of each; and a voice that is not full falls by the square.

    Being trusted beforehand is to have a voice, not to be praised: a seed has trust by who endorses them, as others do.

    O(steps * (n + m) + m log d) time at most, d being the most endorsements one member received; O(n + m) memory.

    Args:
        out: who endorses whom, and how strongly.
        seeds: float64[n], how much each member is trusted beforehand; 0 for most.
        steps: how many endorsements deep trust goes.
        distrusted: bool[n], who lifts nobody and has no trust.

    Raises:
        ValueError: if an array has not one entry a member, a seed is negative, infinite or not a number, or `steps` is
            negative.
    """
    usual = walked(out, seeds, steps=steps)
    if distrusted is None:
        return believed(transposed(out), voices(out, usual), ceiling(out, usual))
    heard = voices(out, walked(out, seeds, steps=steps, distrusted=distrusted), usual=usual)
    return np.where(distrusted, 0.0, believed(transposed(out), heard, ceiling(out, usual)))


def walked(
    out: Adjacency,
    seeds: NDArray[np.float64],
    *,
    steps: int = STEPS,
    distrusted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return how much trust a walk from the seeds brings each member, float64[n], from 0 to 1 and 1 at most together.

    The walk starts at a seed (drawn by weight) and follows endorsements, each with its share of what the member endorses.
    What is returned is the average over its first moments of the probability to stand at the member:

        x_0 = seeds / sum(seeds),  x_k(v) = sum over u of x_(k-1)(u) * w(u, v) / sum over t of w(u, t),
        walked = (x_0 + x_1 + ... + x_steps) / (steps + 1)

    Ended early, as SybilRank is [1]: what a few honest members let through to a ring of fakes has no time to pile up
    there. From EigenTrust [2] comes that all trust starts at members trusted beforehand and is passed on by shares, from
    TrustRank [3] that the walk is a biased PageRank. No sum is divided by that depends on who is distrusted.

    O(steps * (n + m)) time at most, as members not reached yet are passed over; O(n) memory. Arguments and errors as of
    `trust`.
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


def voices(
    out: Adjacency, given: NDArray[np.float64], *, usual: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return how much each member's word counts, float64[n], from 0 to 1, a full voice.

        each(u) = given(u) / how many u endorses
        voice(u) = min(1, each(u) / median)^2,  the median being that of all who were reached and endorse

    What a member was given is divided by what they endorse, as in SybilRank [1]: in a community of friends a long walk
    gives everybody the same for each. It is counted, not weighed, as only shares of the weights matter to a walk: a ring
    whose ties weigh next to nothing would have as loud a voice. The square is for the many who have hardly any: together
    they are not to outweigh one who has. From the median on all are alike, so that the first among the trusted do not
    decide alone. It is a median that fakes cannot move while they are few, however much they endorse.
    0 for who endorses nobody. O(n).

    Args:
        out: who endorses whom.
        given: float64[n], from `walked`.
        usual: the same with nobody distrusted, from which the median is taken: else to distrust one would make others
            louder.

    Raises:
        ValueError: if an array has not one entry a member.
    """
    usual = given if usual is None else usual
    if not len(given) == len(usual) == out.size:
        raise ValueError(f"there are {out.size} members, and what they were given is for {len(given)}")
    endorsed = out.degrees()
    reached = (usual > 0) & (endorsed > 0)
    if not reached.any():
        return np.zeros(out.size)
    median = float(np.median(usual[reached] / endorsed[reached]))
    each = np.where(endorsed > 0, given / np.maximum(endorsed, 1), 0.0)
    return np.minimum(1.0, each / median) ** 2


def ceiling(out: Adjacency, usual: NDArray[np.float64]) -> float:
    """Return the strength from which an endorsement counts full: the strongest that a trusted member makes, by the median.

    Each member counts in the median as much as they were given (half of all that was given is with members whose
    strongest endorsement is no stronger): a ring of fakes has little and so does not move it, however much they do for
    each other. Infinite where nobody who was reached endorses. O(n log n + m).

    Args:
        out: who endorses whom, and how strongly.
        usual: float64[n], from `walked`, with nobody distrusted: else to distrust one would make others' word weigh more.

    Raises:
        ValueError: if `usual` has not one entry a member.
    """
    if len(usual) != out.size:
        raise ValueError(f"there are {out.size} members, and what they were given is for {len(usual)}")
    reached = np.flatnonzero((usual > 0) & (out.degrees() > 0))
    if not len(reached):
        return float("inf")
    # Rows without ties are left out before: from one start to the next is then one whole row.
    strongest = np.maximum.reduceat(out.weights, out.offsets[:-1][out.degrees() > 0])
    strongest = strongest[np.searchsorted(np.flatnonzero(out.degrees() > 0), reached)]
    order = np.argsort(strongest, kind="stable")
    so_far = np.cumsum(usual[reached][order])
    return float(strongest[order][np.searchsorted(so_far, so_far[-1] / 2)])


def believed(
    into: Adjacency, heard: NDArray[np.float64], strongest: float, *, doubt: float = DOUBT
) -> NDArray[np.float64]:
    """Return how well is spoken of each member, float64[n], from 0 to 1.

    Of each strength t it is asked how many voices v is endorsed by at least so strongly, S_t(v), and how far that
    convinces; the answers are added up:

        believed(v) = integral over t from 0 to 1 of S_t(v) / (S_t(v) + doubt),
        S_t(v) = sum over u with w(u, v) >= t * strongest of voice(u)

    It is the average strength of the endorsements where nearly all are as strong, and sinks to nothing where few who have
    a voice speak at all. But a plain average could be pulled down by a weak endorsement, and raised by distrusting who
    made it; this integral [4] cannot, as all of it grows with each voice. Without weights (all 1) it goes by the voices
    that endorse. What is stronger than `strongest` counts as that: else a few who are hardly heard would do by doing more
    than anybody does. O(n + m log d).

    Args:
        into: who is endorsed by whom, and how strongly.
        heard: float64[n], from `voices`.
        strongest: from `ceiling`.
        doubt: how many voices convince by half.

    Raises:
        ValueError: if `heard` has not one entry a member, or `strongest` or `doubt` is not above 0.
    """
    if len(heard) != into.size:
        raise ValueError(f"there are {into.size} members, and voices are given for {len(heard)}")
    if not (doubt > 0 and strongest > 0):
        raise ValueError(f"a doubt of {doubt} or a strength of {strongest} is not above 0")
    return _believed(into.offsets, into.neighbours, into.weights, heard, strongest, doubt)


def per_endorsement(out: Adjacency, given: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the trust a member was given for each endorsement they received, float64[n]: whom to look at first, lowest first.

    Fakes who endorse each other share what little trust is let through to them among many endorsements. This tells
    them from honest newcomers, who have as little but for few, and is what SybilRank [1] ranks by. It is for the eyes of
    moderators, not for standing: an endorsement lowers it. Endorsements are counted, not weighed, for the reason given
    at `voices`.

    Args:
        out: who endorses whom.
        given: float64[n], from `walked`.

    Returns:
        NaN for who was endorsed by nobody, of whom nothing can be told. O(n + m).

    Raises:
        ValueError: if `given` has not one entry a member.
    """
    if len(given) != out.size:
        raise ValueError(f"there are {out.size} members, and trust is given for {len(given)}")
    received = _received(out.neighbours, out.size)
    return np.where(received > 0, given / np.maximum(received, 1), np.nan)


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
def _believed(
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
    heard: NDArray[np.float64],
    strongest: float,
    doubt: float,
) -> NDArray[np.float64]:
    """Add up each row from its strongest endorsement on.

    The share of the convinced is written as 1 / (1 + doubt / S), in which each rounding keeps the order: no voice that
    is taken away raises the sum, to the last bit.
    """
    size = len(offsets) - 1
    found = np.zeros(size, np.float64)
    for place in range(size):
        begin, end = offsets[place], offsets[place + 1]
        descending = np.argsort(-weights[begin:end])
        speaking = 0.0
        for at in range(end - begin):
            tie = begin + descending[at]
            speaking += heard[neighbours[tie]]
            # What is asked is the same down to the next weaker endorsement, and of the last down to nothing.
            here = min(weights[tie] / strongest, 1.0)
            below = min(weights[begin + descending[at + 1]] / strongest, 1.0) if at + 1 < end - begin else 0.0
            if speaking > 0 and here > below:
                found[place] += (here - below) / (1 + doubt / speaking)
    return found


@kernel
def _received(neighbours: Places, size: int) -> NDArray[np.int64]:
    received = np.zeros(size, np.int64)
    for neighbour in neighbours:
        received[neighbour] += 1
    return received
