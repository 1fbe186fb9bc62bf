"""Within what members are ranked: everywhere, in a space or about a tag; ever, or of late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Places
from graph.interactions import NOBODY, Activity, Interactions
from graph.kernels import kernel

WINDOWS = {"ALL": float("inf"), "YEAR": 365.0, "QUARTER": 91.0, "MONTH": 30.0}
"""How many days back each window reaches."""

MOST_TAGS = 200
FEWEST_POSTS = 3
"""A tag with fewer posts has no ranking."""


@dataclass(frozen=True, slots=True)
class GraphScope:
    """A space or a tag (neither: all spaces that are not private) and a window of time."""

    space_id: int | None = None
    tag_id: int | None = None
    since: str = "ALL"


def scopes_of(activity: Activity, allowed: NDArray[np.bool_]) -> Iterator[tuple[GraphScope, Interactions]]:
    """Yield each scope with the interactions in it, of members who are `allowed`, bool[n].

    Everywhere comes first, in all windows, then the spaces, then the tags most used. O(m) for each window of everywhere,
    and beyond that as much as the scopes have interactions.
    """
    interactions = activity.interactions.where(_among(activity, allowed))
    public = interactions.where(~_in_private(activity, interactions))
    yield from _windows(GraphScope(), public)
    starts, order = _by_post(len(activity.posts.ids), interactions.posts)
    for space_id, posts in _groups(activity.posts.spaces, np.arange(len(activity.posts.ids), dtype=np.uint32)):
        within = interactions.where(_about(posts, starts, order))
        yield from _windows(GraphScope(space_id=space_id), within)
    open_posts = ~np.isin(activity.posts.spaces, activity.private_spaces)
    tagged, tags = activity.post_tags
    seen = open_posts[tagged]
    groups = sorted(_groups(tags[seen], tagged[seen]), key=lambda group: (-len(group[1]), group[0]))
    for tag_id, posts in groups[:MOST_TAGS]:
        if len(posts) >= FEWEST_POSTS:
            yield from _windows(GraphScope(tag_id=tag_id), interactions.where(_about(posts, starts, order)))


def _windows(scope: GraphScope, interactions: Interactions) -> Iterator[tuple[GraphScope, Interactions]]:
    for since, days in WINDOWS.items():
        # Without a name, or they would be kept while those of the next window are found.
        yield (
            GraphScope(scope.space_id, scope.tag_id, since),
            interactions if since == "ALL" else interactions.where(interactions.ages <= days),
        )


def _among(activity: Activity, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    interactions = activity.interactions
    towards = np.append(allowed, True)[np.minimum(interactions.targets, len(allowed))]
    among: NDArray[np.bool_] = allowed[interactions.actors] & towards
    return among


def _in_private(activity: Activity, interactions: Interactions) -> NDArray[np.bool_]:
    private = np.append(np.isin(activity.posts.spaces, activity.private_spaces), False)
    return private[np.minimum(interactions.posts, len(activity.posts.ids))]


def _groups(keys: NDArray[np.int64], values: Places) -> Iterator[tuple[int, Places]]:
    """Yield each key with its values, keys ascending."""
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    for key, group in zip(found, np.split(values[order], starts[1:]), strict=True) if len(found) else ():
        yield int(key), group


@kernel
def _by_post(posts: int, about: Places) -> tuple[NDArray[np.int64], Places]:
    """Sort interactions by the post they are about; those about none are left out."""
    starts = np.zeros(posts + 1, np.int64)
    for post in about:
        if post != NOBODY:
            starts[np.int64(post) + 1] += 1
    for post in range(posts):
        starts[post + 1] += starts[post]
    free = starts[:-1].copy()
    order = np.empty(starts[posts], np.uint32)
    for at in range(len(about)):
        if about[at] != NOBODY:
            post = np.int64(about[at])
            order[free[post]] = at
            free[post] += 1
    return starts, order


@kernel
def _about(posts: Places, starts: NDArray[np.int64], order: Places) -> Places:
    """Return which interactions are about some posts, ascending."""
    amount = 0
    for post in posts:
        amount += starts[np.int64(post) + 1] - starts[np.int64(post)]
    found = np.empty(amount, np.uint32)
    at = 0
    for post in posts:
        for place in range(starts[np.int64(post)], starts[np.int64(post) + 1]):
            found[at] = order[place]
            at += 1
    found.sort()
    return found
