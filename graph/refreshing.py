"""Bringing the scores up to date: the graph of the last run with the rows of those who did something since.

Social capital and the ranking of everywhere are measured anew, on a graph that is neither read nor built anew, with ranks
led on from where they were. What members did besides is taken from the last run, but for those who did something since.
Tribes, the rankings of spaces, tags and windows of time, and the fading of what is old wait for the next whole run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.changes import changed_actors, with_rows_of
from graph.interactions import (
    NOBODY,
    OBJECTING,
    STAFF,
    SUSPENDED,
    Interactions,
    People,
    by_kind,
    load_interactions_of,
    load_people,
    weighted_ties,
)
from graph.measures.participation import engagement, participation
from graph.scopes import GraphScope
from graph.scoring import Deeds, Heard, Parameters, Ranking, Scores, Steps, Values, among, ranking, standing
from graph.snapshot import Snapshot, unpack
from graph.storing import load_packed

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from graph.past import Past


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What has happened since a run, and the graph that it left."""

    before: Snapshot
    people: People
    actors: NDArray[np.int64]
    """Whose rows are replaced."""
    interactions: Interactions
    """All that they ever did, towards whomever; members by their index in `people`."""


async def load_changes(connection: Connection, watermark: int, as_of: datetime) -> Changes | None:
    """Read what has happened since a run, whose graph is the one that is kept; None if everything is to be read."""
    actors = await changed_actors(connection, watermark)
    packed = None if actors is None else await load_packed(connection)
    if actors is None or packed is None:
        return None
    before = unpack(packed)
    people = await load_people(connection)
    actors = people.persons(actors)
    scored = people.members[~people.having(SUSPENDED | OBJECTING)]
    if not np.isin(before.members, scored).all():
        return None  # somebody has left whose ties to others would have to go
    interactions = await load_interactions_of(connection, actors, people, as_of, before.as_of)
    return Changes(before, people, actors, interactions)


def score_again(changes: Changes, parameters: Parameters, past: Past, *, heard: Heard = lambda _: None) -> Scores:
    """Score everybody on the graph as it is now, and rank them everywhere."""
    steps, before, people = Steps(heard), changes.before, changes.people
    with steps.step("ties"):
        scored = people.members[~people.having(SUSPENDED | OBJECTING)]
        members = np.concatenate([before.members, np.setdiff1d(scored, before.members)])
        snapshot = Snapshot(members, before.out, before.as_of)  # to find places by
        place = snapshot.places_of(people.members)
        done = _placed(changes.interactions, np.where(place < 0, NOBODY, place).astype(np.uint32))
        changed = np.zeros(len(members), np.bool_)
        at = snapshot.places_of(changes.actors)
        changed[at[at >= 0]] = True
        rows = weighted_ties(len(members), done, parameters.kinds)
        snapshot = Snapshot(members, with_rows_of(before.out, len(members), changed, rows), before.as_of)
        staff = people.having(STAFF)[np.searchsorted(people.members, members)]
        deeds = Deeds(staff, *_deeds(done, members, changed, past, parameters))
    scores = standing(snapshot, deeds, parameters, steps)
    scores.touched = _touched(before.out, snapshot.out, changed)
    with steps.step("rankings"):
        scores.rankings.append(_everywhere(snapshot, deeds, scores.values["trust"], parameters, past))
    return scores


def _placed(interactions: Interactions, place: NDArray[np.uint32]) -> Interactions:
    done = interactions.placed(place)
    # Towards who is not scored is towards nobody, and counts as taking part no more than it did in a whole run: not at all.
    return done.where((done.actors != NOBODY) & ((interactions.targets == NOBODY) | (done.targets != NOBODY)))


def _deeds(
    done: Interactions, members: NDArray[np.int64], changed: NDArray[np.bool_], past: Past, parameters: Parameters
) -> tuple[Values, Values]:
    kinds = by_kind(parameters.kinds)
    taking_part = participation(len(members), done.actors, done.kinds, done.ages, *kinds)
    brand = done.where(done.brand)
    for_brand = engagement(len(members), brand.actors, brand.kinds, brand.ages, *kinds)
    found, places = past.capital, past.capital.places_of(members)
    return (
        np.where(changed, taking_part, found.of("participation_value", places, 0.0)),
        np.where(changed, for_brand, found.of("brand_support_value", places, 0.0)),
    )


def _touched(before: Adjacency, now: Adjacency, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return who has other ties than before, at either end."""
    touched = changed.copy()
    for place in np.flatnonzero(changed).tolist():
        touched[now.row(place)[0]] = True
        if place < before.size:
            touched[before.row(place)[0]] = True
    return touched


def _everywhere(snapshot: Snapshot, deeds: Deeds, trusted: Values, parameters: Parameters, past: Past) -> Ranking:
    occurring = (snapshot.out.degrees() > 0) | (snapshot.into.degrees() > 0) | (deeds.participation > 0)
    within = among(snapshot, snapshot.members[occurring])
    guess = past.everywhere.of("score_value", past.everywhere.places_of(within.members), 0.0)
    return ranking(
        GraphScope(),
        within,
        lambda _: trusted[occurring],
        parameters,
        start=guess if guess.any() else None,
    )
