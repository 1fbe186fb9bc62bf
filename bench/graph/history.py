"""A Stack Exchange dump as what a scoring run goes by, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from community.exchange.records import Record
from community.exchange.stackexchange import read_stackexchange
from graph.interactions import NOBODY, Activity, Interactions, People, Posts
from graph.kinds import InteractionKind, KindWeight

KINDS = {
    InteractionKind.POST: KindWeight(3, 90),
    InteractionKind.FOLLOW: KindWeight(1, 365),
    InteractionKind.COMMENT: KindWeight(2, 90),
    InteractionKind.REPLY: KindWeight(2.5, 90),
    InteractionKind.REACTION: KindWeight(1, 60),
    InteractionKind.MENTION: KindWeight(1.5, 90),
    InteractionKind.ACCEPTED_ANSWER: KindWeight(4, 365),
}
"""The weights that a community begins with."""
UNFADING = {kind: KindWeight(each.weight, 36_500) for kind, each in KINDS.items()}
"""The same where nothing fades: to compare with what has been gathered over all the years."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What happened on a site, and what its members were worth to it in the end."""

    activity: Activity
    reputation: NDArray[np.float64]
    """[n], on the network's main site, which a meta site shows."""
    mean_score: NDArray[np.float64]
    """[n], of what each wrote (votes up minus votes down); NaN for who wrote nothing."""


@dataclass(slots=True)
class _Reading:
    """What has been read so far, members by their places."""

    places: dict[str, int] = field(default_factory=dict)
    reputation: list[float] = field(default_factory=list)
    authors: dict[str, int] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)
    times: dict[str, datetime] = field(default_factory=dict)
    done: list[tuple[int, int, InteractionKind, datetime]] = field(default_factory=list)
    scored: list[tuple[int, float]] = field(default_factory=list)

    def member(self, name: str, fields: dict[str, Any]) -> None:
        self.places[name] = len(self.places)
        self.reputation.append(float(fields.get("imported_reputation") or 0))

    def post(self, name: str, fields: dict[str, Any]) -> None:
        self.questions.add(name)
        self._wrote(name, fields)
        self.done.append((self.authors[name], int(NOBODY), InteractionKind.POST, fields["created_at"]))

    def comment(self, name: str, fields: dict[str, Any]) -> None:
        self._wrote(name, fields)
        above = fields.get("post") or fields.get("under")
        if above in self.authors:
            kind = InteractionKind.COMMENT if above in self.questions else InteractionKind.REPLY
            self.done.append((self.authors[name], self.authors[above], kind, fields["created_at"]))

    def acceptance(self, _: str, fields: dict[str, Any]) -> None:
        answer = fields["comment"]
        if answer in self.authors:
            asker = self.authors[fields["post"]]
            self.done.append((asker, self.authors[answer], InteractionKind.ACCEPTED_ANSWER, self.times[answer]))

    def _wrote(self, name: str, fields: dict[str, Any]) -> None:
        self.authors[name] = self.places[fields["author"]]
        self.times[name] = fields["created_at"]
        self.scored.append((self.authors[name], float(fields.get("imported_score") or 0)))


def history(directory: Path) -> History:
    """Read a dump as the importer does: answers and comments on questions are comments, those on answers replies."""
    reading = _Reading()
    readers = {
        "member": reading.member,
        "post": reading.post,
        "comment": reading.comment,
        "acceptance": reading.acceptance,
    }
    for record in read_stackexchange(directory, "site"):
        if isinstance(record, Record) and record.kind in readers:
            readers[record.kind](record.external_id, dict(record.fields))
    size = len(reading.places)
    actors, targets, kinds, times = (list(each) for each in zip(*reading.done, strict=True))
    as_of = max(times)
    ages = np.array([(as_of - time).total_seconds() / 86_400 for time in times], np.float32)
    whole = interactions(actors, targets, kinds, ages)
    writers, scores = np.array(reading.scored).T
    wrote = np.bincount(writers.astype(np.int64), minlength=size)
    total = np.bincount(writers.astype(np.int64), scores, size)
    return History(
        community(size, whole.where(whole.actors != whole.targets), as_of),
        np.array(reading.reputation),
        np.where(wrote > 0, total / np.maximum(wrote, 1), np.nan),
    )


def interactions(actors: ArrayLike, targets: ArrayLike, kinds: ArrayLike, ages: ArrayLike) -> Interactions:
    """Return what was done about no post in particular and not towards the brand, given by columns."""
    who = np.asarray(actors, np.uint32)
    return Interactions(
        who,
        np.asarray(targets, np.uint32),
        np.full(len(who), NOBODY, np.uint32),
        np.asarray(kinds, np.uint8),
        np.zeros(len(who), np.bool_),
        np.asarray(ages, np.float32),
    )


def community(size: int, whole: Interactions, as_of: datetime, facts: NDArray[np.int16] | None = None) -> Activity:
    """Return a community without spaces or tags, whose members' ids are their places and one."""
    nothing = np.array([], np.int64)
    people = People(np.arange(1, size + 1), np.zeros(size, np.int16) if facts is None else facts)
    posts = Posts(nothing, np.array([], np.uint32), nothing)
    return Activity(as_of, people, posts, (np.array([], np.uint32), nothing), nothing, whole)
