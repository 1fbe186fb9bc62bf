"""Shapes that made-up referrals have: chains of only children, and rings of people's other accounts."""

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud.claims import Claims
from community.referrals.fraud.groups import grouped, place_of

HOUSEHOLD = 5
"""So many accounts on a device at most are taken to be a person or a family; more are a farm, or a computer for all."""
_PEELED = 20
"""Times that dead ends are taken off all at once, before what is left is walked one by one."""


def chain_lengths(claims: Claims) -> NDArray[np.int64]:
    """Return how many only children of one network or device are in a row with each claim; 0 is none.

    A claim goes on with the one by which its referrer came if that referrer brought nobody else and both are on the
    same network or device. Found by doubling [1]: O(n log n), also for a chain of all n, and for what ought not to be:
    cycles.

    Sources:
        1. Wyllie: The complexity of parallel computations. Cornell TR79-387, 1979.
    """
    size = len(claims)
    before = place_of(claims.referrer, claims.referee)
    referrers = claims.by_referrer
    alone = referrers.sizes()[referrers.place] == 1
    there = np.maximum(before, 0)
    alike = _same(claims.network, claims.network[there]) | _same(claims.device, claims.device[there])
    linked = (before >= 0) & alone & alike & (before != np.arange(size))
    up = np.where(linked, before, -1)
    down = np.full(size, -1)
    down[before[linked]] = np.flatnonzero(linked)
    length = _steps(up) + _steps(down)
    return np.where(length > 0, np.minimum(length + 1, size), 0)


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (one != 0) & (one == other)
    return same


def _steps(following: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many steps it is to the end of each one's chain; -1 follows an end."""
    size = len(following)
    # An end follows itself, at a place after all, where no step is counted.
    place = np.append(np.where(following >= 0, following, size), size)
    steps = np.append((following >= 0).astype(np.int64), 0)
    for _ in range(max(size, 1).bit_length()):
        steps = np.minimum(steps + steps[place], size)
        place = place[place]
    return steps[:size]


def ring_sizes(claims: Claims) -> NDArray[np.int64]:
    """Return how many claims are in a ring with each: of people who brought each other's other accounts.

    Nobody can be brought by whom they brought, so rings close through other accounts: A brings an account of B, which
    is seen on a device of B's, and B one of A's. Accounts that share a device, an instrument of payment or a mailbox
    are one person (or family), unless more than five do; a claim is in a ring if its two people are in one strongly
    connected component [1] of who brought whom. 0 is in none. O(n log n).

    Sources:
        1. Tarjan: Depth-first search and linear graph algorithms. SIAM Journal on Computing 1, 1972.
    """
    size = len(claims)
    members, places = np.unique(np.concatenate([claims.referrer, claims.referee]), return_inverse=True)
    people = _people(claims, places[:size], places[size:], len(members))
    start, end = people[places[:size]], people[places[size:]]
    ring = np.zeros(size, np.int64)
    left = np.flatnonzero(start != end)
    for _ in range(_PEELED):
        leads = np.zeros(len(members), np.bool_)
        led = np.zeros(len(members), np.bool_)
        leads[start[left]] = True
        led[end[left]] = True
        kept = left[led[start[left]] & leads[end[left]]]
        if len(kept) == len(left):
            break
        left = kept
    if len(left):
        begins, ends = _components(start[left], end[left])
        within = begins == ends
        ring[left[within]] = np.bincount(begins[within])[begins[within]]
    return ring


def _people(claims: Claims, referrer: NDArray[np.int64], referee: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the least account of each one's person: labels spread over what is shared, until none changes."""
    label = np.arange(size)
    accounts, keys = [], []
    columns = (
        (claims.device, claims.referrer_device),
        (claims.payment, claims.referrer_payment),
        (claims.mailbox, claims.referrer_mailbox),
    )
    for number, (own, others) in enumerate(columns):
        for who, key in ((referee, own), (referrer, others)):
            known = key != 0
            accounts.append(who[known])
            keys.append(np.stack([np.full(np.count_nonzero(known), number), key[known]]))
    who, (kinds, values) = np.concatenate(accounts), np.concatenate(keys, axis=1)
    if not len(who):
        return label
    # An account is on a device once, however many claims say so.
    shared = grouped(kinds, values)
    who, place = np.divmod(np.unique(who * shared.count + shared.place), shared.count)
    few = np.bincount(place, minlength=shared.count)[place] <= HOUSEHOLD
    who, place = who[few], place[few]
    for _ in range(size):
        least = np.full(shared.count, size)
        np.minimum.at(least, place, label[who])
        fresh = label.copy()
        np.minimum.at(fresh, who, least[place])
        fresh = fresh[fresh]
        if np.array_equal(fresh, label):
            break
        label = fresh
    return label


def _components(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the strong component of the start and the end of each edge: Tarjan's search, without recursion."""
    nodes, places = np.unique(np.concatenate([start, end]), return_inverse=True)
    begins, ends = places[: len(start)], places[len(start) :]
    order = np.argsort(begins, kind="stable")
    offsets = np.searchsorted(begins[order], np.arange(len(nodes) + 1)).tolist()
    following = ends[order].tolist()
    found = [-1] * len(nodes)
    low = [0] * len(nodes)
    component = [-1] * len(nodes)
    held: list[int] = []
    clock = 0
    for root in range(len(nodes)):
        if found[root] >= 0:
            continue
        found[root] = low[root] = clock
        clock += 1
        held.append(root)
        walk = [(root, offsets[root])]
        while walk:
            node, edge = walk.pop()
            if edge < offsets[node + 1]:
                walk.append((node, edge + 1))
                other = following[edge]
                if found[other] < 0:
                    found[other] = low[other] = clock
                    clock += 1
                    held.append(other)
                    walk.append((other, offsets[other]))
                elif component[other] < 0:
                    low[node] = min(low[node], found[other])
                continue
            if low[node] == found[node]:
                while component[node] < 0:
                    component[held.pop()] = node
            if walk:
                low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
    components = np.array(component)
    return components[begins], components[ends]
