"""How standing is bought in a community: attacks as things that are done, before any tie is made of them.

Each plants as many accounts, or wins as many members, as are asked for, and says who gains by it. What they do, they do
as much as counts: every kind of interaction, every week of half a year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.graph.generated import generated
from bench.graph.history import KINDS, community, interactions
from community.foundation.clock import now
from graph.interactions import NOBODY, STAFF, Activity, Interactions, People, weighted_ties
from graph.kinds import InteractionKind as Kind

WEEKS = 26
FAKES_A_GULLIBLE = 6
"""How many fakes it takes to trick one member."""
ABOUT_THE_BRAND = 1 / 6
ALL_KINDS = (Kind.FOLLOW, Kind.COMMENT, Kind.REPLY, Kind.REACTION, Kind.MENTION, Kind.ACCEPTED_ANSWER)
WEEKLY = (Kind.COMMENT, Kind.REPLY, Kind.REACTION)

Pairs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A community under attack."""

    activity: Activity
    targets: NDArray[np.int64]
    """The places of who is to gain, among the people."""
    fakes: NDArray[np.int64]
    """Those of the accounts that were made for it."""


def grown(members: int, ties: int, *, seed: int, staff: int) -> Activity:
    """Return an honest community: the generated graph (`bench.graph.generated`), acted out.

    Each tie is of one kind, drawn at random, done as often as the graph says but at most once a week, the last
    half year over. One in three members posts; what is done towards staff is done towards the brand, and of the rest one
    in six. Staff are drawn from the best-attended fiftieth.
    """
    random = np.random.default_rng(seed)
    rows, columns, weights, _ = generated(members, ties, seed=seed)
    kinds = random.choice([int(kind) for kind in WEEKLY], ties)
    times = np.minimum(np.round(np.expm1(weights)), WEEKS).astype(np.int64)
    posting = np.repeat(random.choice(members, members // 3, replace=False), 3)
    actors = np.concatenate([np.repeat(rows, times), posting])
    targets = np.concatenate([np.repeat(columns, times), np.full(len(posting), NOBODY)])
    done = np.concatenate([np.repeat(kinds, times), np.full(len(posting), int(Kind.POST))])
    ages = random.random(len(actors)) * 7 * WEEKS
    facts = np.zeros(members, np.int16)
    known = np.argsort(-np.bincount(columns, minlength=members), kind="stable")[: max(members // 50, staff)]
    facts[random.choice(known, staff, replace=False)] = STAFF
    whole = interactions(actors, targets, done, ages)
    brand = np.isin(whole.targets, np.flatnonzero(facts == STAFF)) | (random.random(len(whole)) < ABOUT_THE_BRAND)
    return community(members, replace(whole, brand=brand), now(), facts)


def sybil_ring(activity: Activity, planted: int, seed: int, *, gullible: int | None = None) -> Plot:
    """Let fakes do all they can for each other and for a quiet member; a few members, tricked, follow and answer a fake."""
    random = np.random.default_rng(seed)
    fakes = _planted(activity, planted)
    target = quiet(activity, 1)
    gullible = max(1, planted // FAKES_A_GULLIBLE) if gullible is None else gullible
    tricked = random.choice(np.unique(activity.interactions.actors), gullible)
    done = [
        busy(_each(fakes, np.concatenate([fakes, target]))),
        busy(np.column_stack([tricked, random.choice(fakes, gullible)]), weeks=1),
    ]
    return Plot(_with(activity, planted, done), target, fakes)


def reaction_farm(activity: Activity, planted: int) -> Plot:
    """Let fakes do nothing but react to a quiet member, follow them and praise them."""
    fakes, target = _planted(activity, planted), quiet(activity, 1)
    return Plot(_with(activity, planted, [busy(_each(fakes, target))]), target, fakes)


def mutual_pod(activity: Activity, planted: int) -> Plot:
    """Let real members of low standing do all they can for each other."""
    pod = quiet(activity, planted)
    return Plot(_with(activity, 0, [busy(_each(pod, pod))]), pod, np.array([], np.int64))


def courting(plot: Plot) -> Plot:
    """Let all who are in it take part in what the brand does as well, every week, as keenly as can be."""
    staff = np.flatnonzero(plot.activity.people.having(STAFF))
    court = staff if len(staff) else np.array([int(np.bincount(_towards(plot.activity)).argmax())])
    done = busy(_each(np.concatenate([plot.targets, plot.fakes]), court))
    return Plot(_with(plot.activity, 0, [replace(done, brand=np.ones(len(done), np.bool_))]), plot.targets, plot.fakes)


def quiet(activity: Activity, count: int) -> NDArray[np.int64]:
    """Return those whom fewest attend to, though somebody does; staff are none of them."""
    out = weighted_ties(len(activity.people.members), activity.interactions, KINDS)
    received = np.bincount(out.neighbours, minlength=out.size)
    order = np.argsort(received, kind="stable")
    staff = activity.people.having(STAFF)
    return order[(received[order] > 0) & ~staff[order]][:count]


def busy(pairs: Pairs, *, weeks: int = WEEKS) -> Interactions:
    """Return that the first of each pair does everything towards the second: each kind once, and some each week."""
    everything = [(int(kind), 0) for kind in ALL_KINDS]
    everything += [(int(kind), week) for kind in WEEKLY for week in range(weeks)]
    kinds, weeks = np.array(everything).T
    amount = len(everything)
    return interactions(
        np.repeat(pairs[:, 0], amount),
        np.repeat(pairs[:, 1], amount),
        np.tile(kinds, len(pairs)),
        np.tile(weeks * 7.0 + 1, len(pairs)),
    )


def _each(actors: NDArray[np.int64], targets: NDArray[np.int64]) -> Pairs:
    pairs = np.array([(actor, target) for actor in actors for target in targets if actor != target], np.int64)
    return pairs.reshape(-1, 2)


def _planted(activity: Activity, planted: int) -> NDArray[np.int64]:
    size = len(activity.people.members)
    return np.arange(size, size + planted)


def _towards(activity: Activity) -> NDArray[np.uint32]:
    targets = activity.interactions.targets
    towards: NDArray[np.uint32] = targets[targets != NOBODY]
    return towards


def _with(activity: Activity, planted: int, more: Iterable[Interactions]) -> Activity:
    """Return the community with some accounts and things done more."""
    people = activity.people
    last = int(people.members[-1])
    parts = [activity.interactions, *more]
    whole = Interactions(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("actors", "targets", "posts", "kinds", "brand", "ages")
        )
    )
    return replace(
        activity,
        people=People(
            np.concatenate([people.members, np.arange(last + 1, last + 1 + planted)]),
            np.concatenate([people.facts, np.zeros(planted, np.int16)]),
        ),
        interactions=whole,
    )
