"""The tribes that a run found, written under the ids that they had before: their size, what they write about, their bridges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Offsets, Places, Weights, symmetrized
from graph.copying import BIGINT, INTEGER, REAL, Cells, copy_arrays
from graph.interactions import Activity
from graph.kernels import kernel
from graph.measures.tribes import matched
from graph.past import NONE, Past
from graph.scoring import Scores

if TYPE_CHECKING:
    from community.foundation.database import Connection

SMALLEST = 3
"""Fewer members are no tribe."""
MOST_TAGS = 10
FEWEST_POSTS = 3
MOST_BRIDGES = 10

_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tribe_id_seq"
_STORE = """
    INSERT INTO tribe (id, since_run_id, run_id, size, cohesion) OVERRIDING SYSTEM VALUE
    SELECT id, $1, $1, size, cohesion FROM unnest($2::bigint[], $3::integer[], $4::real[]) AS found (id, size, cohesion)
    ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, size = excluded.size, cohesion = excluded.cohesion
"""
_STORE_TAGS = """
    INSERT INTO tribe_tag (tribe_id, tag_id, position, lift)
    SELECT tribe_id, tag_id, position, lift
    FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::real[]) AS found (tribe_id, tag_id, position, lift)
    JOIN tag ON tag.id = tag_id
"""


async def store_tribes(
    connection: Connection, run_id: int, scores: Scores, past: Past, activity: Activity
) -> NDArray[np.int64]:
    """Write the tribes; return the id of each member's, -1 for who is in none."""
    assert scores.tribes is not None  # whoever has read everything has looked for them
    members, labels = scores.snapshot.members, scores.tribes.labels
    sizes = np.bincount(labels)
    # Labels go by size, so those of tribes that are large enough come first.
    amount = int(np.count_nonzero(sizes >= SMALLEST))
    tribe_of = await _named(connection, members, labels, labels < amount, past)
    ids = tribe_of[np.unique(labels, return_index=True)[1][:amount]]
    undirected = symmetrized(scores.snapshot.out, scores.snapshot.into)  # not kept: it is large, and of no more use
    order = np.argsort(labels, kind="stable").astype(np.uint32)
    inner, tribes, others, weights, ties = _between(
        undirected.offsets, undirected.neighbours, undirected.weights, labels, order, amount, MOST_BRIDGES
    )
    whole = np.bincount(labels, undirected.strengths(), len(sizes))[:amount]
    cohesion = inner / np.where(whole > 0, whole, 1)
    await connection.raw.execute(_STORE, run_id, ids.tolist(), sizes[:amount].tolist(), cohesion.tolist())
    await connection.raw.execute("DELETE FROM tribe WHERE run_id IS DISTINCT FROM $1", run_id)
    await connection.raw.execute("DELETE FROM tribe_tag")
    await connection.raw.execute("DELETE FROM tribe_bridge")
    await _store_tags(connection, activity, members, tribe_of)
    bridges: list[tuple[str, str, Cells]] = [
        ("tribe_id", BIGINT, ids[tribes]),
        ("other_id", BIGINT, ids[others]),
        ("weight", REAL, weights),
        ("ties", INTEGER, ties),
    ]
    await copy_arrays(connection, "tribe_bridge", [bridges] if len(tribes) else [])
    return tribe_of


async def _named(
    connection: Connection, members: NDArray[np.int64], labels: NDArray[np.int64], kept: NDArray[np.bool_], past: Past
) -> NDArray[np.int64]:
    """Return the id of each member's tribe: the one it had before, or one that no tribe ever had."""
    before = past.capital.of("tribe", past.capital.places_of(members), NONE).astype(np.int64)
    # One run at a time is under way, so nobody else takes these ids.
    last = int(await connection.raw.fetchval(_LAST))
    named = np.full(len(members), NONE)
    named[kept] = matched(labels[kept], before[kept], unused=last + 1)
    if int(named.max(initial=NONE)) > last:
        await connection.raw.execute("SELECT setval('tribe_id_seq', $1)", int(named.max()))
    return named


async def _store_tags(
    connection: Connection, activity: Activity, members: NDArray[np.int64], tribe_of: NDArray[np.int64]
) -> None:
    """Write which tags each tribe's members post with more often than all do together.

    The lift of a tag is its share of what the tribe tags over its share of what everybody tags. Tags are ranked by
    posts * log(lift), the likelihood that it adds, so that one post with a rare tag does not name a tribe.
    """
    tagged, tags = activity.post_tags
    open_posts = ~np.isin(activity.posts.spaces[tagged], activity.private_spaces)
    tagged, tags = tagged[open_posts], tags[open_posts]
    place = np.full(len(activity.people.members) + 1, NONE)
    place[np.searchsorted(activity.people.members, members)] = tribe_of
    authors = np.minimum(activity.posts.authors[tagged], len(activity.people.members))
    tribes = place[authors]
    tags, tribes = tags[tribes != NONE], tribes[tribes != NONE]
    pairs, counts = np.unique(np.stack([tribes, tags]), axis=1, return_counts=True)
    by_tribe = dict(zip(*np.unique(tribes, return_counts=True), strict=True))
    by_tag = dict(zip(*np.unique(tags, return_counts=True), strict=True))
    rows: list[tuple[int, int, int, float]] = []
    found: dict[int, list[tuple[float, int, float]]] = {}
    for (tribe, tag), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        lift = (count / by_tribe[tribe]) / (by_tag[tag] / len(tags))
        if count >= FEWEST_POSTS and lift > 1:
            found.setdefault(tribe, []).append((-count * float(np.log(lift)), tag, float(lift)))
    for tribe, ranked in found.items():
        rows += [(tribe, tag, place, lift) for place, (_, tag, lift) in enumerate(sorted(ranked)[:MOST_TAGS], 1)]
    # A tag may have gone since it was read.
    await connection.raw.execute(_STORE_TAGS, *([row[column] for row in rows] for column in range(4)))


@kernel
def _between(
    offsets: Offsets,
    neighbours: Places,
    weights: Weights,
    labels: NDArray[np.int64],
    order: Places,
    amount: int,
    most: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Add up the ties within each tribe, and find the tribes it is tied to most. `order` has members by label."""
    inner = np.zeros(amount, np.float64)
    tribes = np.empty(amount * most, np.int64)
    others = np.empty(amount * most, np.int64)
    strengths = np.empty(amount * most, np.float64)
    ties = np.empty(amount * most, np.int64)
    summed = np.zeros(amount, np.float64)
    counted = np.zeros(amount, np.int64)
    met = np.empty(amount, np.int64)
    found, at = 0, 0
    for tribe in range(amount):
        meetings = 0
        while at < len(order) and labels[order[at]] == tribe:
            member = np.int64(order[at])
            for tie in range(offsets[member], offsets[member + 1]):
                other = labels[neighbours[tie]]
                if other == tribe:
                    inner[tribe] += weights[tie]
                elif other < amount:
                    if counted[other] == 0:
                        met[meetings] = other
                        meetings += 1
                    counted[other] += 1
                    summed[other] += weights[tie]
            at += 1
        strongest = np.argsort(-summed[met[:meetings]])
        for place in range(min(most, meetings)):
            other = met[strongest[place]]
            tribes[found], others[found], strengths[found], ties[found] = tribe, other, summed[other], counted[other]
            found += 1
        for place in range(meetings):
            summed[met[place]] = 0.0
            counted[met[place]] = 0
    return inner, tribes[:found].copy(), others[:found].copy(), strengths[:found].copy(), ties[:found].copy()
