"""Who does what, when, in a demonstration: everything but the words, as arrays.

Members, posts and comments are numbered from 0 in the order of time; moments are microseconds since 1970, UTC. Counters
are counted here, so that each row is written once, as it stays.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.demonstration.crowd import Crowd, Flags, Followers, Integers, Numbers, by_weight, some
from community.demonstration.people import SPARE, People, make_people
from community.demonstration.sizes import Size
from community.demonstration.topics import ROOMS, TOPICS
from community.discussions.tables import Visibility

DAY = 86_400_000_000
"""Microseconds in a day."""

KINDS = 6
"""The kinds of reactions there are, numbered from 1: like, love, insightful, thanks, laugh, sad."""

# Shares of the posts, from either end of one draw.
IN_PANEL, IN_LOUNGE, BY_BRAND, ANNOUNCED = 0.02, 0.07, 0.985, 0.99
# Shares of what is removed, withdrawn and held, each on top of the one before.
HIDDEN = (0.012, 0.018, 0.021)
# Shares of the comments, from either end of one draw.
COMING_BACK, BY_AUTHOR = 0.2, 0.85

_ROOM = {room.slug: place for place, room in enumerate(ROOMS)}
_PANEL = _ROOM["tasting-panel"]
_TOPIC_ROOM = np.array([_ROOM[topic.space] for topic in TOPICS])
_KIND_CHANCES = np.cumsum(
    [
        [0.55, 0.22, 0.06, 0.05, 0.09, 0.03],
        [0.35, 0.08, 0.32, 0.19, 0.03, 0.03],
    ],
    axis=1,
)
"""How often each kind is chosen: on what is told, and on questions and their answers."""


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts."""

    author: Integers
    topic: Integers
    room: Integers
    chinese: Flags
    question: Flags
    created: Integers
    visibility: Integers
    edited: Flags
    appeal: Numbers


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments, ordered by time."""

    post: Integers
    author: Integers
    parent: Integers
    depth: Integers
    created: Integers
    visibility: Integers


@dataclass(frozen=True, slots=True)
class Reactions:
    """Reactions to posts or to comments, ordered by their subject."""

    subject: Integers
    member: Integers
    kind: Integers
    created: Integers


@dataclass(frozen=True, slots=True)
class Plan:
    """A demonstration but for its words."""

    seed: int
    until: int
    people: People
    posts: Posts
    comments: Comments
    post_reactions: Reactions
    comment_reactions: Reactions
    accepted: Integers
    """The comment that each post's author accepted, -1 for none."""


def make_plan(size: Size, seed: int, until: datetime) -> Plan:
    """Draw a demonstration that ends at `until`. The same arguments always give the same."""
    end = int(until.timestamp()) * 1_000_000
    streams = [np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(6)]
    people = make_people(size, streams[0], end)
    followers = Followers(people.follows.follower, people.follows.followed, size.members)
    crowd = Crowd(people.topic, people.activity)
    posts = _posts(size, streams[1], people, crowd, end)
    comments = _comments(size, streams[2], people, crowd, followers, posts, end)
    to_posts, to_comments = _reactions(size, streams[3], people, crowd, followers, posts, comments, end)
    return Plan(
        seed=seed,
        until=end,
        people=people,
        posts=posts,
        comments=comments,
        post_reactions=to_posts,
        comment_reactions=to_comments,
        accepted=_accepted(streams[4], posts, comments),
    )


def _posts(size: Size, stream: np.random.Generator, people: People, crowd: Crowd, end: int) -> Posts:
    amount = size.posts
    begin = int(people.joined[0]) + DAY
    created = np.sort(begin + ((end - begin) * stream.random(amount) ** 0.6).astype(np.int64))
    joined = np.searchsorted(people.joined, created, side="right")
    topic = by_weight(1.0 / np.arange(2, len(TOPICS) + 2) ** 0.6, stream.random(amount))
    author = crowd.draw(topic, joined, stream.random(amount))
    room = np.where(some(stream, 0.8, amount), _TOPIC_ROOM[topic], _ROOM["tea-table"])
    place = stream.random(amount)
    room[place < IN_LOUNGE] = _ROOM["members-lounge"]
    in_panel = place < IN_PANEL
    room[in_panel] = _PANEL
    author[in_panel] = _draw_panel(people, joined[in_panel], stream.random(int(in_panel.sum())))
    by_brand = place > BY_BRAND
    author[by_brand] = stream.choice(np.flatnonzero(people.official), int(by_brand.sum()))
    room[by_brand & (place > ANNOUNCED)] = _ROOM["announcements"]
    official = people.official[author]
    flipped = some(stream, 0.05, amount)
    return Posts(
        author=author,
        topic=topic,
        room=room,
        chinese=people.chinese[author] ^ flipped,
        question=some(stream, 0.4, amount) & ~official,
        created=created,
        visibility=_visibility(stream, people, author, official=official),
        edited=some(stream, 0.03, amount),
        appeal=(1 + stream.pareto(1.6, amount)) * (1 + people.activity[author]) ** 0.3 * np.where(official, 3.0, 1.0),
    )


def _visibility(stream: np.random.Generator, people: People, author: Integers, *, official: Flags) -> Integers:
    chance = stream.random(len(author))
    visibility = np.select(
        [chance < up_to for up_to in HIDDEN],
        [Visibility.REMOVED, Visibility.WITHDRAWN, Visibility.HELD],
        Visibility.VISIBLE,
    )
    visibility[official] = Visibility.VISIBLE
    visibility[people.suspended[author]] = Visibility.AUTHOR_SUSPENDED
    return visibility.astype(np.int64)


def _comments(
    size: Size,
    stream: np.random.Generator,
    people: People,
    crowd: Crowd,
    followers: Followers,
    posts: Posts,
    end: int,
) -> Comments:
    amount = size.comments
    post = by_weight(posts.appeal, stream.random(amount))
    created = _later(stream, posts.created[post], 1.5, end)
    order = np.lexsort((created, post))
    post, created = post[order], created[order]
    first = np.searchsorted(post, post)
    rank = np.arange(amount) - first
    author = _draw_audience(stream, people, crowd, followers, posts, post, created, share_of_followers=0.4)
    # Some come back to a thread, and above all the one who began it.
    earlier = first + (stream.random(amount) * rank).astype(np.int64)
    who = stream.random(amount)
    author = np.where((who < COMING_BACK) & (rank > 0), author[earlier], author)
    author = np.where((who > BY_AUTHOR) & (rank > 0), posts.author[post], author)
    replies = some(stream, 0.5, amount) & (rank > 0)
    parent = np.where(replies, first + (stream.random(amount) * rank).astype(np.int64), -1)
    # From threads to the order of time: parents stay before their replies, as they are in their thread.
    by_time = np.lexsort((np.arange(amount), created))
    place = np.empty(amount, dtype=np.int64)
    place[by_time] = np.arange(amount)
    post, author, created = post[by_time], author[by_time], created[by_time]
    parent = np.where(parent[by_time] >= 0, place[parent[by_time]], -1)
    return Comments(
        post=post,
        author=author,
        parent=parent,
        depth=depths(parent),
        created=created,
        visibility=_visibility(stream, people, author, official=people.official[author]),
    )


def depths(parent: Integers) -> Integers:
    """Return how many comments stand above each."""
    depth = np.zeros(len(parent), dtype=np.int64)
    above = parent.copy()
    while (going_up := above >= 0).any():
        depth[going_up] += 1
        above[going_up] = parent[above[going_up]]
    return depth


def _reactions(
    size: Size,
    stream: np.random.Generator,
    people: People,
    crowd: Crowd,
    followers: Followers,
    posts: Posts,
    comments: Comments,
    end: int,
) -> tuple[Reactions, Reactions]:
    wanted = round(size.reactions * 0.7)
    to_posts = round(wanted * SPARE)
    post = by_weight(posts.appeal, stream.random(to_posts))
    moment = _later(stream, posts.created[post], 2.0, end)
    member = _draw_audience(stream, people, crowd, followers, posts, post, moment, share_of_followers=0.55)
    on_posts = _each_once(stream, post, member, moment, posts.author[post], posts.question[post], size, wanted)

    wanted = size.reactions - wanted
    amount = round(wanted * SPARE)
    comment = by_weight((1 + stream.pareto(1.6, size.comments)) / (1 + comments.depth), stream.random(amount))
    moment = _later(stream, comments.created[comment], 1.0, end)
    under = comments.post[comment]
    member = _draw_audience(stream, people, crowd, followers, posts, under, moment, share_of_followers=0.3)
    on_comments = _each_once(
        stream, comment, member, moment, comments.author[comment], posts.question[under], size, wanted
    )
    return on_posts, on_comments


def _each_once(
    stream: np.random.Generator,
    subject: Integers,
    member: Integers,
    moment: Integers,
    author: Integers,
    question: Flags,
    size: Size,
    wanted: int,
) -> Reactions:
    """Choose a kind for each, leave out repetitions and what is one's own, and keep as many as are wanted."""
    chance = stream.random(len(subject))
    kind = (chance[:, None] > _KIND_CHANCES[question.astype(np.int64)]).sum(axis=1).clip(max=KINDS - 1) + 1
    key = (subject * size.members + member) * (KINDS + 1) + kind
    kept = np.unique(key, return_index=True)[1]
    kept = kept[member[kept] != author[kept]]
    if len(kept) > wanted:
        kept = kept[np.sort(stream.permutation(len(kept))[:wanted])]
    return Reactions(subject=subject[kept], member=member[kept], kind=kind[kept], created=moment[kept])


def _draw_audience(
    stream: np.random.Generator,
    people: People,
    crowd: Crowd,
    followers: Followers,
    posts: Posts,
    post: Integers,
    moment: Integers,
    *,
    share_of_followers: float,
) -> Integers:
    """Draw who turns to a post: followers of its author, or its tribe; in the private room only who is let in."""
    amount = len(post)
    joined = np.searchsorted(people.joined, moment, side="right")
    stranger = some(stream, 0.15, amount)
    topic = np.where(stranger, stream.integers(0, len(TOPICS), amount), posts.topic[post])
    drawn = crowd.draw(topic, joined, stream.random(amount))
    follower = followers.draw(posts.author[post], stream.random(amount))
    by_follower = (stream.random(amount) < share_of_followers) & (follower >= 0) & (follower < joined)
    drawn = np.where(by_follower, follower, drawn)
    within = posts.room[post] == _PANEL
    drawn[within] = _draw_panel(people, joined[within], stream.random(int(within.sum())))
    return drawn


def _draw_panel(people: People, joined: Integers, chance: Numbers) -> Integers:
    available = np.searchsorted(people.panel, joined)
    return people.panel[(chance * available).astype(np.int64)]


def _later(stream: np.random.Generator, since: Integers, days: float, end: int) -> Integers:
    """Draw a moment after each, soon more often than late, and before the end."""
    lag = (stream.exponential(days, len(since)) * DAY).astype(np.int64) + 30_000_000
    remaining = end - since
    return since + np.where(lag < remaining, lag, (stream.random(len(since)) * remaining).astype(np.int64))


def _accepted(stream: np.random.Generator, posts: Posts, comments: Comments) -> Integers:
    fit = (
        (comments.depth == 0)
        & (comments.visibility == Visibility.VISIBLE)
        & posts.question[comments.post]
        & (comments.author != posts.author[comments.post])
    )
    candidates = np.flatnonzero(fit)
    chosen = np.full(len(posts.author), -1)
    # Written from the last to the first, so that the earliest answer stays.
    chosen[comments.post[candidates[::-1]]] = candidates[::-1]
    chosen[~some(stream, 0.6, len(chosen))] = -1
    return chosen
