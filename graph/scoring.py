"""From what happened to scores: all the arithmetic of a run, without a database.

The definitions are versioned by `MODEL`: scores of different models are not compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, limited
from graph.interactions import (
    NOBODY,
    OBJECTING,
    STAFF,
    SUSPENDED,
    Activity,
    Interactions,
    by_kind,
    weighted_ties,
)
from graph.kinds import InteractionKind, KindWeight
from graph.measures.brokerage import Brokerage, brokerage
from graph.measures.cores import core_numbers
from graph.measures.participation import engagement, participation
from graph.measures.percentiles import composite, percentiles
from graph.measures.rank import pagerank
from graph.measures.reach import expected_reach, sample
from graph.measures.regulars import FEWEST, regulars
from graph.measures.ties import bonding, support
from graph.measures.tribes import Tribes, tribes
from graph.measures.trust import believed, ceiling, voices, walked
from graph.past import BEGINNING, NONE, Past
from graph.scopes import GraphScope, scopes_of
from graph.snapshot import Snapshot, arranged
from graph.tables import LEVELS_FROM

MODEL = 2

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a run goes by besides what happened; kept with the run."""

    kinds: Mapping[InteractionKind, KindWeight]
    dimensions: Mapping[str, float]
    """How much each dimension weighs in the composite."""
    seed: int = 0
    reach_sets_a_member: float = 4.0
    fewest_reach_sets: int = 2_000
    most_reach_sets: int = 250_000

    def described(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "kinds": {
                kind.name: {"weight": each.weight, "halfLifeDays": each.half_life_days}
                for kind, each in self.kinds.items()
            },
            "dimensions": dict(self.dimensions),
            "seed": self.seed,
            "reachSetsAMember": self.reach_sets_a_member,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Everybody's influence in one scope, the most influential first: arrays of one length."""

    scope: GraphScope
    members: NDArray[np.int64]
    scores: Values
    percentiles: NDArray[np.float32]
    reach: NDArray[np.float32]
    reach_low: NDArray[np.float32]
    reach_high: NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Scores:
    """All that a run found. Arrays by member go by the places of the snapshot."""

    snapshot: Snapshot
    cores: NDArray[np.int64]
    tribes: Tribes | None = None
    """None where tribes stay as they were."""
    values: dict[str, Values] = field(default_factory=dict)
    """By the name of a dimension or measure."""
    percentiles: dict[str, Values] = field(default_factory=dict)
    levels: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    rankings: list[Ranking] = field(default_factory=list)
    touched: NDArray[np.bool_] | None = None
    """Who has other ties than before, by place; None: everybody may."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""


Heard = Callable[[str], None]


class Steps:
    """The steps of a run: told of as they begin, and timed."""

    def __init__(self, heard: Heard) -> None:
        """Tell `heard` of each."""
        self.seconds: dict[str, float] = {}
        self._heard = heard

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Go through a step."""
        self._heard(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 4)


def score(
    activity: Activity, parameters: Parameters, past: Past = BEGINNING, *, heard: Heard = lambda _: None
) -> Scores:
    """Score everybody. `heard` is told of each step as it begins.

    Suspended members and those who object to profiling are not in the graph at all: they are not scored, and lift nobody.
    Nobody is scored by what they say in private spaces, except in the rankings of these spaces. Tribes are led on from
    those of the `past`.
    """
    steps = Steps(heard)
    allowed = ~activity.people.having(SUSPENDED | OBJECTING)
    scopes = scopes_of(activity, allowed)
    everywhere, public = next(scopes)
    kinds = by_kind(parameters.kinds)
    with steps.step("ties"):
        here = _Within(allowed, public)
        snapshot = _snapshot(here, activity, parameters)
        # By place in the snapshot, where it stood among the members.
        origin = np.searchsorted(activity.people.members[here.indices], snapshot.members)
        done = here.interactions
        brand = done.where(done.brand)
        deeds = Deeds(
            activity.people.having(STAFF)[here.indices][origin],
            participation(here.size, done.actors, done.kinds, done.ages, *kinds)[origin],
            engagement(here.size, brand.actors, brand.kinds, brand.ages, *kinds)[origin],
        )
        del done, brand
    scores = standing(snapshot, deeds, parameters, steps)
    with steps.step("tribes"):
        before = past.capital.of("tribe", past.capital.places_of(snapshot.members), NONE).astype(np.int64)
        start = before if np.any(before != NONE) else None
        scores.tribes = tribes(snapshot.undirected, seed=parameters.seed, start=start)
    by_person = np.zeros(len(activity.people.members))
    by_person[here.indices[origin]] = scores.values["trust"]

    def trusted_of(members: NDArray[np.int64]) -> Values:
        return by_person[np.searchsorted(activity.people.members, members)]

    with steps.step("rankings"):
        # The largest of what is worked out on the way, and little work to have anew.
        vars(snapshot).pop("undirected", None)
        # Its ties are there already.
        occurring = activity.people.members[_occurring(public, allowed.size)]
        scores.rankings.append(ranking(everywhere, among(snapshot, occurring), trusted_of, parameters))
        for scope, interactions in scopes:
            here = _Within(_occurring(interactions, allowed.size), interactions)
            if here.size:
                scores.rankings.append(ranking(scope, _snapshot(here, activity, parameters), trusted_of, parameters))
            del here, interactions  # the next are found before these names are theirs
    return scores


@dataclass(frozen=True, slots=True, eq=False)
class Deeds:
    """What is known of members besides their ties, by the places of a snapshot."""

    staff: NDArray[np.bool_]
    participation: Values
    for_brand: Values
    """How much they did around the brand's own."""


def standing(snapshot: Snapshot, deeds: Deeds, parameters: Parameters, steps: Steps) -> Scores:
    """Measure everybody's social capital."""
    with steps.step("trust"):
        given = walked(snapshot.out, _seeds(deeds.staff, snapshot, deeds.participation))
        voiced = voices(snapshot.out, given)
        most = ceiling(snapshot.out, given)
        trusted = believed(snapshot.into, voiced, most)
    with steps.step("structure"):
        found = brokerage(snapshot.undirected)
        cores = core_numbers(snapshot.undirected)
    scores = Scores(snapshot, cores, seconds=steps.seconds)
    scores.values = {"trust": trusted, "participation": deeds.participation}
    with steps.step("capital"):
        _capital(scores, (voiced, most), found, deeds.for_brand, parameters)
    return scores


class _Within:
    """Some members, placed anew from 0 in the order they have, and the interactions among them."""

    def __init__(self, chosen: NDArray[np.bool_], interactions: Interactions) -> None:
        self.indices = np.flatnonzero(chosen)
        self._interactions = interactions
        self._place = np.full(len(chosen), NOBODY, np.uint32)
        self._place[self.indices] = np.arange(len(self.indices), dtype=np.uint32)

    @property
    def size(self) -> int:
        return len(self.indices)

    @property
    def interactions(self) -> Interactions:
        if len(self.indices) == len(self._place):
            return self._interactions
        return self._interactions.placed(self._place)


def _snapshot(here: _Within, activity: Activity, parameters: Parameters) -> Snapshot:
    out = weighted_ties(here.size, here.interactions, parameters.kinds)
    return arranged(activity.people.members[here.indices], out, activity.as_of)


def _occurring(interactions: Interactions, size: int) -> NDArray[np.bool_]:
    """Return who did something or had something done to them."""
    occurring = np.zeros(size + 1, np.bool_)
    occurring[interactions.actors] = True
    occurring[np.minimum(interactions.targets, size)] = True
    return occurring[:-1]


def among(snapshot: Snapshot, members: NDArray[np.int64]) -> Snapshot:
    """Return the snapshot of these members, whom all ties are among; they keep their order."""
    if len(members) == snapshot.size:
        return snapshot
    kept = np.zeros(snapshot.size, np.bool_)
    kept[snapshot.places_of(members)] = True
    place = (np.cumsum(kept) - 1).astype(np.uint32)
    out = snapshot.out
    offsets = np.append(out.offsets[:-1][kept], out.ties)
    return Snapshot(snapshot.members[kept], Adjacency(offsets, place[out.neighbours], out.weights), snapshot.as_of)


def _seeds(staff: NDArray[np.bool_], snapshot: Snapshot, taking_part: Values) -> Values:
    """Return whom trust starts from: the staff, each alike; where too few of them take part, regulars as well."""
    if np.count_nonzero(staff & (taking_part > 0)) < FEWEST:
        staff = staff | regulars(snapshot.out, snapshot.into, taking_part)
    return staff.astype(np.float64)


def _capital(
    scores: Scores, heard: tuple[Values, float], found: Brokerage, for_brand: Values, parameters: Parameters
) -> None:
    """Add the dimensions of social capital to the measures. `heard` are the voices, and what a tie counts at most."""
    voiced, most = heard
    snapshot, values, ranks = scores.snapshot, scores.values, scores.percentiles
    ranks["trust"] = percentiles(values["trust"])
    out, into = limited(snapshot.out, most), limited(snapshot.into, most)
    values["support"] = support(into, voiced)
    values["bonding"] = bonding(out, into, found.clustering, voiced)
    # Contacts who are not contacts of each other; who has none bridges nothing.
    values["bridging"] = np.nan_to_num(found.effective_size)
    values["brand_support"] = for_brand
    for name in ("support", "bonding", "bridging", "participation", "brand_support"):
        ranks[name] = percentiles(values[name])
    for name, parts in (
        ("trust_and_support", {"trust": 1.0, "support": 1.0}),
        ("strong_ties", {"bonding": 2.0, "bridging": 1.0}),
        ("composite", parameters.dimensions),
    ):
        values[name] = composite({part: ranks[part] for part in parts}, parts)
        ranks[name] = percentiles(values[name])
    scores.levels = 1 + np.searchsorted(LEVELS_FROM[1:], ranks["composite"], side="right")


def ranking(
    scope: GraphScope,
    snapshot: Snapshot,
    trusted_of: Callable[[NDArray[np.int64]], Values],
    parameters: Parameters,
    *,
    start: Values | None = None,
) -> Ranking:
    """Rank those who did something or had something done to them in a scope, whom its snapshot has.

    `start` is a guess at the rank scores, for sooner being there.
    """
    teleport = trusted_of(snapshot.members)
    attention = pagerank(
        snapshot.out,
        snapshot.into,
        teleport=teleport if teleport.any() else None,
        tolerance=1e-6,
        start=start,
        dtype=np.float32,
    ).scores.astype(np.float64)
    sets = round(
        min(
            max(parameters.reach_sets_a_member * snapshot.size, parameters.fewest_reach_sets),
            parameters.most_reach_sets,
        )
    )
    reach = expected_reach(sample(snapshot.out, sets, seed=parameters.seed), snapshot.size)
    order = np.lexsort((snapshot.members, -attention))
    return Ranking(
        scope,
        snapshot.members[order],
        attention[order] * snapshot.size,
        percentiles(attention)[order].astype(np.float32),
        reach.estimate[order].astype(np.float32),
        reach.low[order].astype(np.float32),
        reach.high[order].astype(np.float32),
    )
