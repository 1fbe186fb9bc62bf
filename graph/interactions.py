"""What members did towards each other, read from the view `interaction`, and the ties that it makes.

The view unites the tables that hold what was done, imported history with them, and the event log for what no table holds.
What is undone is not there: a reaction taken back, a comment removed and a follow that ended leave their tables, and so
the graph.

Accounts that are one person's are one: what any of them did, or had done to it, is that of the one that stands for all, and what
they did to each other is nothing.

Nothing of a private space is counted outside that space, or what is said among a few would show in everybody's ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Places, Weights
from graph.copying import BIGINT, BOOLEAN, SMALLINT, TIMESTAMP, TIMESTAMP_ZERO, copy_rows, gathered
from graph.kernels import kernel
from graph.kinds import InteractionKind, KindWeight

if TYPE_CHECKING:
    from community.foundation.database import Connection

NOBODY = np.uint32(2**32 - 1)
"""Stands for no target (a post is written towards nobody) and for no post (a follow is not about one)."""

FADED = 1e-6
"""What weighs no more is no tie any more."""

_FEW_IDS = 8
"""A table from id to place may have so many times as many entries as there are members; beyond, they are searched for."""

_PEOPLE = """
    SELECT member.id, (
        CASE WHEN member.official OR EXISTS (
            SELECT FROM role_grant WHERE role_grant.member_id = member.id
                AND (role_grant.space_id IS NULL OR role_grant.role = 'MODERATOR')
        ) THEN 1 ELSE 0 END
        + CASE WHEN member.state <> 'ACTIVE' THEN 2 ELSE 0 END
        + CASE WHEN EXISTS (SELECT FROM profiling_objection WHERE member_id = member.id) THEN 4 ELSE 0 END
    )::smallint AS facts, coalesce(member.merged_into, 0) AS person
    FROM member WHERE state <> 'ERASED' ORDER BY id
"""
STAFF, SUSPENDED, OBJECTING = 1, 2, 4

_POSTS = "SELECT id, author_id, space_id FROM post WHERE visibility = 0 ORDER BY id"
_PRIVATE_SPACES = "SELECT id FROM space WHERE access = 'PRIVATE' ORDER BY id"
_POST_TAGS = "SELECT post_id, tag_id FROM post_tag"

_OFFICIALS = "SELECT id FROM member WHERE official ORDER BY id"

# As they are in the tables: whatever is worked out by the server takes it longer than the reading.
_INTERACTIONS = """
    SELECT actor_id, coalesce(target_id, 0), coalesce(post_id, 0), kind, official, occurred_at
    FROM interaction WHERE occurred_at <= '{as_of}'
"""
_OF_ACTORS = """
    AND actor_id = ANY ('{{{actors}}}'::bigint[])
    AND (space_id IS NULL OR space_id NOT IN (SELECT id FROM space WHERE access = 'PRIVATE'))
"""
_COLUMNS = (
    ("actor", BIGINT),
    ("target", BIGINT),
    ("post", BIGINT),
    ("kind", SMALLINT),
    ("official", BOOLEAN),
    ("occurred", TIMESTAMP),
)
_DAY = 86_400_000_000  # microseconds


_NONE_MERGED = np.empty(0, np.uint32), np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """All members who have not been erased, and what of them matters to the graph."""

    members: NDArray[np.int64]
    """Their ids, ascending."""
    facts: NDArray[np.int16]
    merged: tuple[Places, Places] = _NONE_MERGED
    """Places of accounts that another stands for, and those of the ones that do."""

    def having(self, fact: int) -> NDArray[np.bool_]:
        """Return who has a fact: STAFF, SUSPENDED or OBJECTING."""
        having: NDArray[np.bool_] = (self.facts & fact) != 0
        return having

    def persons(self, accounts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the members who stand for some accounts, ascending and each once."""
        account, person = (self.members[places] for places in self.merged)
        at = np.searchsorted(account, accounts)
        known = np.append(account, 0)[at] == accounts
        return np.unique(np.where(known, np.append(person, 0)[at], accounts))

    def accounts(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return some members with all accounts that they stand for, ascending."""
        account, person = (self.members[places] for places in self.merged)
        return np.union1d(persons, account[np.isin(person, persons)])


@dataclass(frozen=True, slots=True, eq=False)
class Posts:
    """All posts that are plainly visible: by whom and where."""

    ids: NDArray[np.int64]
    authors: Places
    spaces: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Interactions:
    """What was done, each once: arrays of one length. Members and posts go by their index in `people` and `posts`.

    As `load_activity` returns them they are sorted by actor, and for each actor by target: whatever goes through the ties
    of one member after the other then reads memory in its order. Leaving some out keeps it so.
    """

    actors: Places
    targets: Places
    posts: Places
    kinds: NDArray[np.uint8]
    brand: NDArray[np.bool_]
    """Whether it was towards the brand: something official, or a member who speaks for it."""
    ages: Weights
    """Days before `as_of`."""

    def __len__(self) -> int:
        """Count them."""
        return len(self.actors)

    def where(self, chosen: NDArray[np.bool_] | Places) -> Interactions:
        """Return some of them, by a mask or by their indices; the same, without a copy, where a mask leaves out none."""
        if chosen.dtype == np.bool_ and chosen.all():
            return self
        return Interactions(
            self.actors[chosen],
            self.targets[chosen],
            self.posts[chosen],
            self.kinds[chosen],
            self.brand[chosen],
            self.ages[chosen],
        )

    def placed(self, place: Places) -> Interactions:
        """Return them with members by other places: those at each place of now, NOBODY where one has none."""
        towards = np.append(place, NOBODY)[np.minimum(self.targets, len(place))]
        return replace(self, actors=place[self.actors], targets=towards)


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """All that a scoring run goes by, as it was at one moment."""

    as_of: datetime
    people: People
    posts: Posts
    post_tags: tuple[Places, NDArray[np.int64]]
    """Which post carries which tag: places of posts, ids of tags."""
    private_spaces: NDArray[np.int64]
    interactions: Interactions


async def load_activity(connection: Connection, as_of: datetime) -> Activity:
    """Read everything, in the one snapshot of the given transaction, which is REPEATABLE READ.

    The memory it takes is 18 bytes an interaction and 16 a post, besides some megabytes on the way.
    """
    people = await load_people(connection)
    place_of = _Lookup(people.members, *people.merged)
    found = await gathered(connection, _POSTS, (("id", BIGINT), ("author", BIGINT), ("space", BIGINT)))
    posts = Posts(found["id"], place_of(found["author"]), found["space"])
    post_of = _Lookup(posts.ids)
    tagged = await gathered(connection, _POST_TAGS, (("post", BIGINT), ("tag", BIGINT)))
    tagged_posts = post_of(tagged["post"])
    visible = tagged_posts != NOBODY
    private = await gathered(connection, _PRIVATE_SPACES, (("id", BIGINT),))
    return Activity(
        as_of,
        people,
        posts,
        (tagged_posts[visible], tagged["tag"][visible]),
        private["id"],
        await _load_interactions(connection, as_of, people, place_of, post_of),
    )


async def load_people(connection: Connection) -> People:
    """Read who is there, and whose accounts are one person's: what holds of one of them holds of who stands for it."""
    found = await gathered(connection, _PEOPLE, (("id", BIGINT), ("facts", SMALLINT), ("person", BIGINT)))
    place_of, facts = _Lookup(found["id"]), found["facts"].copy()
    persons = place_of(found["person"])
    account = np.flatnonzero(persons != NOBODY)
    person = persons[account]
    np.bitwise_or.at(facts, person, facts[account] & ~np.int16(SUSPENDED))
    return People(found["id"], facts, (account.astype(np.uint32), person))


async def load_interactions_of(
    connection: Connection, actors: NDArray[np.int64], people: People, as_of: datetime, counted_to: datetime
) -> Interactions:
    """Read what some members did, up to `as_of` and not in private spaces; ages are counted to `counted_to`.

    What happened after that is of no age. The posts it was about are left out.
    """
    among = _OF_ACTORS.format(actors=",".join(map(str, people.accounts(actors).tolist())))
    place_of, no_posts = _Lookup(people.members, *people.merged), _Lookup(np.empty(0, np.int64))
    found = await _load_interactions(connection, as_of, people, place_of, no_posts, counted_to, among)
    return replace(found, ages=np.maximum(found.ages, np.float32(0)))


async def _load_interactions(
    connection: Connection,
    as_of: datetime,
    people: People,
    place_of: _Lookup,
    post_of: _Lookup,
    counted_to: datetime | None = None,
    among: str = "",
) -> Interactions:
    officials = (await gathered(connection, _OFFICIALS, (("id", BIGINT),)))["id"]
    moment = ((counted_to or as_of) - TIMESTAMP_ZERO) / timedelta(microseconds=1)
    parts: list[Interactions] = []

    def take(rows: NDArray[np.void]) -> None:
        part = Interactions(
            place_of(rows["actor"]),
            place_of(rows["target"]),
            post_of(rows["post"]),
            rows["kind"].astype(np.uint8),
            rows["official"] | np.isin(rows["target"], officials),
            ((moment - rows["occurred"]) / _DAY).astype(np.float32),
        )
        # Erased members are nobody's place; what one does towards oneself is no interaction.
        parts.append(part.where((part.actors != NOBODY) & (part.actors != part.targets)))

    # A time of ours, and no text from outside: COPY takes no parameters.
    await copy_rows(connection, _INTERACTIONS.format(as_of=as_of.isoformat()) + among, _COLUMNS, take)
    whole = arranged(_joined(parts))
    return _followed_once(whole) if len(people.merged[0]) else whole


def _followed_once(done: Interactions) -> Interactions:
    """Leave one of the follows of a pair, the oldest: who follows two accounts of one person follows one person."""
    follows = np.flatnonzero(done.kinds == InteractionKind.FOLLOW)
    oldest = follows[np.argsort(-done.ages[follows], kind="stable")]
    pairs = done.actors[oldest].astype(np.uint64) << np.uint64(32) | done.targets[oldest]
    kept = done.kinds != InteractionKind.FOLLOW
    kept[oldest[np.unique(pairs, return_index=True)[1]]] = True
    return done.where(kept)


def _joined(parts: list[Interactions]) -> Interactions:
    """Put parts together, one column after the other, so that little is there twice; the list is emptied."""
    columns = [[getattr(part, name) for part in parts] for name in reversed(Interactions.__slots__)]
    parts.clear()
    kinds = (np.uint32, np.uint32, np.uint32, np.uint8, np.bool_, np.float32)
    return Interactions(*(np.concatenate(columns.pop() or [np.empty(0, kind)]) for kind in kinds))


NOTHING_DONE = _joined([])


def arranged(interactions: Interactions) -> Interactions:
    """Return them sorted by actor and then by target, those of one pair in the order given. O(n + m)."""
    if _in_order(interactions.actors, interactions.targets):
        return interactions
    targets = interactions.targets
    highest = max(interactions.actors.max(), np.max(targets, where=targets != NOBODY, initial=0))
    return interactions.where(_ordered(int(highest) + 1, interactions.actors, targets))


class _Lookup:
    """From ids to places: by a table where ids lie close together, else by searching. Others can stand for some places."""

    def __init__(
        self, ids: NDArray[np.int64], places: Places = _NONE_MERGED[0], stand_for: Places = _NONE_MERGED[1]
    ) -> None:
        self._ids = ids
        self._instead = np.arange(len(ids), dtype=np.uint32)
        self._instead[places] = stand_for
        self._table: Places | None = None
        if len(ids) and int(ids[-1]) < _FEW_IDS * len(ids) + 1024:
            self._table = np.full(int(ids[-1]) + 1, NOBODY, np.uint32)
            self._table[ids] = self._instead

    def __call__(self, wanted: NDArray[np.int64]) -> Places:
        """Return the places of some ids, NOBODY for those that are not there (ids begin at 1; 0 is none)."""
        if not len(self._ids):
            return np.full(len(wanted), NOBODY, np.uint32)
        if self._table is not None:
            within = (wanted >= 0) & (wanted < len(self._table))
            return np.where(within, self._table[np.where(within, wanted, 0)], NOBODY).astype(np.uint32)
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return np.where(self._ids[at] == wanted, self._instead[at], NOBODY).astype(np.uint32)


def weighted_ties(size: int, interactions: Interactions, weights: Mapping[InteractionKind, KindWeight]) -> Adjacency:
    """Return who attends to whom how much: a row for each actor, ties to those they did something towards.

    w(u, v) = sum over kinds k of weight_k * log(1 + sum over interactions of 2^(-age / half_life_k))

    so that a chatty pair saturates and the old fades. O(n + m) by counting sorts. Interactions towards nobody are left out.
    """
    betas, half_lives = by_kind(weights)
    done = arranged(interactions)
    return Adjacency(*_tied(size, done.actors, done.targets, done.kinds, done.ages, betas, half_lives))


def by_kind(weights: Mapping[InteractionKind, KindWeight]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights and the half-lives in days, each by the number of the kind; a kind without one weighs 0."""
    betas = np.zeros(256, np.float32)
    half_lives = np.ones(256, np.float32)
    for kind, weight in weights.items():
        betas[kind], half_lives[kind] = weight.weight, weight.half_life_days
    return betas, half_lives


@kernel
def _in_order(actors: Places, targets: Places) -> bool:
    for at in range(1, len(actors)):
        if actors[at] < actors[at - 1] or (actors[at] == actors[at - 1] and targets[at] < targets[at - 1]):
            return False
    return True


@kernel
def _ordered(size: int, actors: Places, targets: Places) -> Places:
    """Sort by target, NOBODY last, then by actor: each time by counting, and keeping the order of before."""
    by_target = np.zeros(size + 2, np.int64)
    by_actor = np.zeros(size + 1, np.int64)
    for at in range(len(actors)):
        by_target[min(int(targets[at]), size) + 1] += 1
        by_actor[np.int64(actors[at]) + 1] += 1
    for place in range(size):
        by_target[place + 1] += by_target[place]
        by_actor[place + 1] += by_actor[place]
    half_ordered = np.empty(len(actors), np.uint32)
    for at in range(len(actors)):
        target = min(int(targets[at]), size)
        half_ordered[by_target[target]] = at
        by_target[target] += 1
    order = np.empty(len(actors), np.uint32)
    for interaction in half_ordered:
        actor = int(actors[interaction])
        order[by_actor[actor]] = interaction
        by_actor[actor] += 1
    return order


@kernel
def _tied(
    size: int,
    actors: Places,
    targets: Places,
    kinds: NDArray[np.uint8],
    ages: Weights,
    betas: NDArray[np.float32],
    half_lives: NDArray[np.float32],
) -> tuple[NDArray[np.int64], Places, Weights]:
    """Add up the interactions of each pair, which stand side by side."""
    offsets = np.zeros(size + 1, np.int64)
    neighbours = np.empty(len(actors), np.uint32)
    weights = np.empty(len(actors), np.float32)
    counted = np.zeros(len(betas), np.float64)
    found, at = 0, 0
    while at < len(actors):
        actor, target = actors[at], targets[at]
        least, most = len(betas), -1
        while at < len(actors) and actors[at] == actor and targets[at] == target:
            kind = int(kinds[at])
            counted[kind] += np.exp2(-ages[at] / half_lives[kind])
            least, most = min(least, kind), max(most, kind)
            at += 1
        weight = 0.0
        for kind in range(least, most + 1):
            weight += betas[kind] * np.log1p(counted[kind])
            counted[kind] = 0.0
        if target != NOBODY and weight > FADED:
            neighbours[found] = target
            weights[found] = weight
            offsets[np.int64(actor) + 1] += 1
            found += 1
    for place in range(size):
        offsets[place + 1] += offsets[place]
    return offsets, neighbours[:found].copy(), weights[:found].copy()
