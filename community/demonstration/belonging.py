"""The demonstration's smaller tables: who is in which room, tags, roles, badges, blocks and mutes."""

from dataclasses import dataclass

import numpy as np

from community.demonstration.crowd import Integers, some
from community.demonstration.people import FOUNDERS
from community.demonstration.plan import DAY, Plan
from community.demonstration.rows import Copy, moment
from community.demonstration.topics import ROOMS, TOPICS
from community.discussions.tables import Visibility

GENERAL_TAGS = ("beginners", "新手", "brewing", "冲泡", "tea-and-food", "茶点", "photo", "晒图")
BADGES = ("First pour", "Hundred cups", "Patient brewer", "Early guest")


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows that hang on the plan, and what was counted on the way."""

    space_members: Copy
    space_member_counts: list[int]
    space_invitations: Copy
    tags: Copy
    post_tags: Copy
    tag_follows: Copy
    role_grants: Copy
    badges: Copy
    blocks: Copy
    mutes: Copy


def make_belonging(plan: Plan) -> Belonging:
    """Draw them, from a stream of their own."""
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([plan.seed, 100])))
    space_members, counts = _space_members(plan, stream)
    tags, post_tags, tag_follows = _tags(plan, stream)
    return Belonging(
        space_members=space_members,
        space_member_counts=counts,
        space_invitations=_invitations(plan, stream),
        tags=tags,
        post_tags=post_tags,
        tag_follows=tag_follows,
        role_grants=_role_grants(plan),
        badges=_badges(plan, stream),
        blocks=_apart(plan, stream, "block", "blocker_id", 0.01),
        mutes=_apart(plan, stream, "mute", "muter_id", 0.02),
    )


def _space_members(plan: Plan, stream: np.random.Generator) -> tuple[Copy, list[int]]:
    people = plan.people
    amount = len(people.joined)
    chosen: list[tuple[Integers, Integers]] = []
    counts = []
    for room in ROOMS:
        if room.access == "PRIVATE":
            inside = people.panel
        else:
            topics = [number for number, topic in enumerate(TOPICS) if topic.space == room.slug]
            share = {"tea-table": 0.6, "announcements": 0.5, "members-lounge": 0.4}.get(room.slug, 0.08)
            drawn = some(stream, share, amount) | np.isin(people.topic, topics) & some(stream, 0.9, amount)
            drawn[:FOUNDERS] = True
            inside = np.flatnonzero(drawn)
        remaining = plan.until - people.joined[inside]
        since = people.joined[inside] + (remaining * stream.random(len(inside)) ** 3).astype(np.int64)
        if room.access == "PRIVATE":
            since = people.joined[inside]
        chosen.append((inside, since))
        counts.append(len(inside))
    rows = (
        (place + 1, member + 1, moment(since))
        for place, (inside, joined) in enumerate(chosen)
        for member, since in zip(inside.tolist(), joined.tolist(), strict=True)
    )
    return Copy("space_member", ("space_id", "member_id", "joined_at"), rows, sum(counts)), counts


def _invitations(plan: Plan, stream: np.random.Generator) -> Copy:
    """Invite a few more into the private rooms."""
    amount = len(plan.people.joined)
    outside = np.setdiff1d(np.arange(FOUNDERS, amount), plan.people.panel)
    invited = stream.choice(outside, min(len(outside), 20), replace=False)
    rows = [
        (place + 1, member + 1, 1, moment(plan.until - DAY))
        for place, room in enumerate(ROOMS)
        if room.access == "PRIVATE"
        for member in sorted(invited.tolist())
    ]
    return Copy("space_invitation", ("space_id", "member_id", "invited_by", "created_at"), iter(rows), len(rows))


def _tags(plan: Plan, stream: np.random.Generator) -> tuple[Copy, Copy, Copy]:
    posts, people = plan.posts, plan.people
    names = list(
        dict.fromkeys(tag for topic in TOPICS for words in (topic.english, topic.chinese) for tag in words.tags)
    )
    names.extend(GENERAL_TAGS)
    number = {name: place for place, name in enumerate(names)}
    # By topic and language: the numbers of its three tags.
    own = np.array([[[number[tag] for tag in words.tags] for words in (t.english, t.chinese)] for t in TOPICS])
    amount = len(posts.author)
    mine = own[posts.topic, posts.chinese.astype(np.int64)]
    turn = stream.integers(0, 3, amount)
    most = np.searchsorted([0.1, 0.5, 0.85], stream.random(amount), side="right")
    carried: list[tuple[Integers, Integers, Integers]] = []
    for place in range(3):
        having = np.flatnonzero(most > place)
        carried.append((having, mine[having, (turn[having] + place) % 3], np.full(len(having), place + 1)))
    general = np.flatnonzero(some(stream, 0.12, amount))
    which = len(names) - len(GENERAL_TAGS) + stream.integers(0, 4, len(general)) * 2 + posts.chinese[general]
    carried.append((general, which, np.minimum(most[general], 3) + 1))
    post = np.concatenate([each[0] for each in carried])
    tag = np.concatenate([each[1] for each in carried])
    position = np.concatenate([each[2] for each in carried])
    order = np.lexsort((position, post))
    post, tag, position = post[order], tag[order], position[order]
    shown = posts.visibility[post] == Visibility.VISIBLE
    post_counts = np.bincount(tag[shown], minlength=len(names)).tolist()

    followers = np.flatnonzero(some(stream, 0.5, len(people.joined)))
    followed = own[
        people.topic[followers], people.chinese[followers].astype(np.int64), stream.integers(0, 3, len(followers))
    ]
    follower_counts = np.bincount(followed, minlength=len(names)).tolist()
    since = moment(int(people.joined[0]))
    return (
        Copy(
            "tag",
            ("id", "name", "created_at", "post_count", "follower_count"),
            ((place + 1, name, since, post_counts[place], follower_counts[place]) for place, name in enumerate(names)),
            len(names),
        ),
        Copy(
            "post_tag",
            ("post_id", "tag_id", "position", "created_at"),
            (
                (each + 1, which_tag + 1, place, moment(created))
                for each, which_tag, place, created in zip(
                    post.tolist(), tag.tolist(), position.tolist(), posts.created[post].tolist(), strict=True
                )
            ),
            len(post),
        ),
        Copy(
            "tag_follow",
            ("member_id", "tag_id", "created_at"),
            (
                (member + 1, which_tag + 1, moment(joined))
                for member, which_tag, joined in zip(
                    followers.tolist(), followed.tolist(), people.joined[followers].tolist(), strict=True
                )
            ),
            len(followers),
        ),
    )


def _role_grants(plan: Plan) -> Copy:
    """Give the named ones their roles, and each public room the most active of its tribe to look after it."""
    people = plan.people
    since = moment(int(people.joined[0]))
    rows: list[tuple[object, ...]] = [
        (1, "ADMIN", None, None, since),
        (2, "MODERATOR", None, 1, since),
        (FOUNDERS, "MARKETER", None, 1, since),
    ]
    for place, room in enumerate(ROOMS):
        topics = [number for number, topic in enumerate(TOPICS) if topic.space == room.slug]
        fit = np.isin(people.topic, topics) & ~people.suspended
        fit[:FOUNDERS] = False
        candidates = np.flatnonzero(fit)
        if len(candidates):
            chosen = int(candidates[np.argmax(people.activity[candidates])])
            rows.append((chosen + 1, "MODERATOR", place + 1, 1, moment(int(people.joined[chosen]))))
    return _numbered("role_grant", ("member_id", "role", "space_id", "granted_by", "granted_at"), rows)


def _badges(plan: Plan, stream: np.random.Generator) -> Copy:
    people = plan.people
    rows: list[tuple[object, ...]] = []
    for name, share in zip(BADGES, (0.3, 0.05, 0.08, 0.02), strict=True):
        earned = np.flatnonzero(some(stream, share, len(people.joined)))
        remaining = plan.until - people.joined[earned]
        at = people.joined[earned] + (remaining * stream.random(len(earned))).astype(np.int64)
        rows.extend((member + 1, name, moment(when)) for member, when in zip(earned.tolist(), at.tolist(), strict=True))
    return _numbered("badge", ("member_id", "name", "awarded_at"), rows)


def _numbered(table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Copy:
    """Give rows ids from 1 on."""
    return Copy(table, ("id", *columns), ((place, *row) for place, row in enumerate(rows, start=1)), len(rows))


def _apart(plan: Plan, stream: np.random.Generator, table: str, column: str, share: float) -> Copy:
    """Draw who keeps whom away. None of the founders, so that a first look shows everything."""
    amount = len(plan.people.joined)
    who = np.flatnonzero(some(stream, share, amount))
    whom = stream.integers(0, amount, len(who))
    fit = (who >= FOUNDERS) & (whom >= FOUNDERS) & (who != whom)
    since = np.maximum(plan.people.joined[who], plan.people.joined[whom])
    rows = [
        (one + 1, other + 1, moment(when))
        for one, other, when in zip(who[fit].tolist(), whom[fit].tolist(), since[fit].tolist(), strict=True)
    ]
    return Copy(table, (column, "member_id", "created_at"), iter(rows), len(rows))
