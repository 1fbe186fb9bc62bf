"""The demonstration's rows, table by table, as they are copied into the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import numpy as np

from community.demonstration import writing
from community.demonstration.crowd import Integers
from community.demonstration.people import FOUNDERS, NAMED, city_of, handle_of, name_of
from community.demonstration.plan import DAY, KINDS, Plan, Reactions
from community.demonstration.topics import ROOMS
from community.discussions.tables import Visibility
from community.members.handles import skeleton

Row = tuple[object, ...]

BLOCK = 2_000
"""Rows whose numbers are drawn at once. A change would change every text."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000
_MODERATOR = 1
"""The place of `tea_moderator` among the members."""


class Purpose(IntEnum):
    """What texts are written for; each has numbers of its own, so that one more of a kind changes no other."""

    POST = 1
    COMMENT = 2
    BIOGRAPHY = 3
    REVISION = 4


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows of one table, and the columns that they fill."""

    table: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    amount: int


def moment(microseconds: int) -> datetime:
    """Return a moment as the database takes it."""
    return _EPOCH + timedelta(microseconds=microseconds)


def numbers_of(seed: int, purpose: Purpose, amount: int) -> Iterator[tuple[int, list[int]]]:
    """Give, for each of so many texts, its place and the numbers that it is written from."""
    for first in range(0, amount, BLOCK):
        stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, first // BLOCK])))
        drawn = stream.integers(0, 1 << 31, (BLOCK, writing.NUMBERS)).tolist()
        yield from enumerate(drawn[: amount - first], start=first)


def member_rows(plan: Plan) -> Copy:
    """Give the members, with their counters."""
    people, posts, comments = plan.people, plan.posts, plan.comments
    amount = len(people.joined)

    def count(who: Integers) -> list[int]:
        return _count(who, amount)

    shown_posts = count(posts.author[posts.visibility == Visibility.VISIBLE])
    shown_comments = count(comments.author[comments.visibility == Visibility.VISIBLE])
    followers, following = count(people.follows.followed), count(people.follows.follower)

    def rows() -> Iterator[Row]:
        for member, numbers in numbers_of(plan.seed, Purpose.BIOGRAPHY, amount):
            handle, chinese = handle_of(people, member), bool(people.chinese[member])
            bio = writing.biography(numbers, int(people.topic[member]), chinese=chinese)
            silent = member >= FOUNDERS and numbers[20] % 3 == 0
            suspended = bool(people.suspended[member])
            yield (
                *(member + 1, handle, skeleton(handle), name_of(people, member)),
                *(("", "") if silent else (bio.markdown, bio.html)),
                *(city_of(people, member), "zh" if chinese else "en"),
                *(("SUSPENDED", "Advertising in every thread") if suspended else ("ACTIVE", None)),
                *(bool(people.official[member]), moment(int(people.joined[member]))),
                *(followers[member], following[member], shown_posts[member], shown_comments[member]),
            )

    columns = (
        *("id", "handle", "handle_skeleton", "display_name", "bio", "bio_html", "location", "locale", "state"),
        *("suspension_reason", "official", "joined_at", "follower_count", "following_count", "post_count"),
        "comment_count",
    )
    return Copy("member", columns, rows(), amount)


def account_rows(plan: Plan, password_hash: str) -> Copy:
    """Give the accounts of those who can sign in."""
    rows = [
        (member + 1, f"{handle}@example.com", f"{handle}@example.com", since, password_hash, since)
        for member, (handle, _) in enumerate(NAMED)
        for since in (moment(int(plan.people.joined[member])),)
    ]
    columns = ("member_id", "email", "email_key", "email_verified_at", "password_hash", "password_changed_at")
    return Copy("account", columns, iter(rows), len(rows))


def follow_rows(plan: Plan) -> Copy:
    """Give who follows whom."""
    follows = plan.people.follows
    rows = (
        (follower + 1, followed + 1, moment(since))
        for follower, followed, since in zip(
            follows.follower.tolist(), follows.followed.tolist(), follows.since.tolist(), strict=True
        )
    )
    return Copy("follow", ("follower_id", "member_id", "created_at"), rows, len(follows.follower))


def space_rows(plan: Plan, member_counts: Sequence[int]) -> Copy:
    """Give the rooms, with their counters."""
    since = moment(int(plan.people.joined[0]))
    shown = _count(plan.posts.room[plan.posts.visibility == Visibility.VISIBLE], len(ROOMS))
    rows = [
        (place + 1, room.slug, room.name, room.description, room.access, room.posting, 1, since, members, posts)
        for place, (room, members, posts) in enumerate(zip(ROOMS, member_counts, shown, strict=True))
    ]
    columns = (
        *("id", "slug", "name", "description", "access", "posting", "created_by", "created_at", "member_count"),
        "post_count",
    )
    return Copy("space", columns, iter(rows), len(rows))


def post_rows(plan: Plan) -> Copy:
    """Give the posts, with their counters."""
    posts, people = plan.posts, plan.people
    amount = len(posts.author)
    comment_counts = _count(plan.comments.post[plan.comments.visibility == Visibility.VISIBLE], amount)
    counts, totals = _reaction_counts(plan.post_reactions, amount)
    official = people.official[posts.author].tolist()

    def rows() -> Iterator[Row]:
        for post, text in numbers_of(plan.seed, Purpose.POST, amount):
            topic, question, chinese = int(posts.topic[post]), bool(posts.question[post]), bool(posts.chinese[post])
            title = writing.post_title(text, topic, chinese=chinese, question=question, official=official[post])
            body = writing.post_body(text, topic, chinese=chinese, question=question, official=official[post])
            created = int(posts.created[post])
            edited = bool(posts.edited[post])
            accepted = int(plan.accepted[post])
            soon = moment(min(created + _HOUR, plan.until))
            yield (
                *(post + 1, int(posts.room[post]) + 1, int(posts.author[post]) + 1, title),
                *(body.markdown, body.html, body.text, official[post], int(posts.visibility[post])),
                *(moment(created), soon if edited else None, int(edited)),
                soon if ROOMS[posts.room[post]].posting == "MODERATORS" and post > amount - amount // 200 else None,
                moment(min(created + 30 * DAY, plan.until)) if text[23] % 300 == 0 else None,
                *_hidden(int(posts.visibility[post]), int(posts.author[post]), soon),
                *(accepted + 1 if accepted >= 0 else None, comment_counts[post], totals[post], counts[post]),
                totals[post] * (5 + text[22] % 9) + comment_counts[post] * 3 + text[21] % 40,
            )

    columns = (
        *("id", "space_id", "author_id", "title", "body", "body_html", "body_text", "official", "visibility"),
        *("created_at", "edited_at", "revision_count", "pinned_at", "locked_at", "hidden_at", "hidden_by"),
        *("accepted_comment_id", "comment_count", "reaction_count", "reaction_counts", "view_count"),
    )
    return Copy("post", columns, rows(), amount)


def activity_rows(plan: Plan) -> Copy:
    """Give when each post was last active, and its score."""
    posts, comments = plan.posts, plan.comments
    amount = len(posts.author)
    shown = comments.visibility == Visibility.VISIBLE
    active = posts.created.copy()
    np.maximum.at(active, comments.post[shown], comments.created[shown])
    scores = np.bincount(plan.post_reactions.subject, minlength=amount) + 2 * np.bincount(
        comments.post[shown], minlength=amount
    )
    rows = (
        (post + 1, room + 1, visibility, moment(last), score)
        for post, (room, visibility, last, score) in enumerate(
            zip(posts.room.tolist(), posts.visibility.tolist(), active.tolist(), scores.tolist(), strict=True)
        )
    )
    return Copy("post_activity", ("post_id", "space_id", "visibility", "active_at", "score"), rows, amount)


def revision_rows(plan: Plan) -> Copy:
    """Give what edited posts said before."""
    posts = plan.posts
    edited = np.flatnonzero(posts.edited).tolist()

    def rows() -> Iterator[Row]:
        official = plan.people.official[posts.author]
        for place, text in numbers_of(plan.seed, Purpose.REVISION, len(edited)):
            post = edited[place]
            topic, question, chinese = int(posts.topic[post]), bool(posts.question[post]), bool(posts.chinese[post])
            title = writing.post_title(text, topic, chinese=chinese, question=question, official=bool(official[post]))
            body = writing.post_body(text, topic, chinese=chinese, question=question, official=bool(official[post]))
            soon = moment(min(int(posts.created[post]) + _HOUR, plan.until))
            yield (place + 1, post + 1, 1, int(posts.author[post]) + 1, title, body.markdown, soon)

    columns = ("id", "post_id", "number", "editor_id", "title", "body", "created_at")
    return Copy("post_revision", columns, rows(), len(edited))


def comment_rows(plan: Plan) -> Copy:
    """Give the comments, with their counters."""
    posts, comments, people = plan.posts, plan.comments, plan.people
    amount = len(comments.author)
    shown = comments.visibility == Visibility.VISIBLE
    reply_counts = _count(comments.parent[shown & (comments.parent >= 0)], amount)
    counts, totals = _reaction_counts(plan.comment_reactions, amount)

    def rows() -> Iterator[Row]:
        for comment, numbers in numbers_of(plan.seed, Purpose.COMMENT, amount):
            post, author = int(comments.post[comment]), int(comments.author[comment])
            depth, parent = int(comments.depth[comment]), int(comments.parent[comment])
            created = int(comments.created[comment])
            body = writing.comment_body(
                numbers,
                int(posts.topic[post]),
                chinese=bool(posts.chinese[post]),
                answer=depth == 0 and bool(posts.question[post]),
            )
            visibility = int(comments.visibility[comment])
            yield (
                *(comment + 1, post + 1, author + 1, parent + 1 if parent >= 0 else None, depth),
                *(body.markdown, body.html, body.text, bool(people.official[author]), visibility, moment(created)),
                *_hidden(visibility, author, moment(min(created + _HOUR, plan.until))),
                *(reply_counts[comment], totals[comment], counts[comment]),
            )

    columns = (
        *("id", "post_id", "author_id", "parent_id", "depth", "body", "body_html", "body_text", "official"),
        *("visibility", "created_at", "hidden_at", "hidden_by", "reply_count", "reaction_count", "reaction_counts"),
    )
    return Copy("comment", columns, rows(), amount)


def reaction_rows(table: str, reactions: Reactions) -> Copy:
    """Give the reactions to posts or to comments."""
    rows = (
        (subject + 1, member + 1, kind, moment(created))
        for subject, member, kind, created in zip(
            reactions.subject.tolist(),
            reactions.member.tolist(),
            reactions.kind.tolist(),
            reactions.created.tolist(),
            strict=True,
        )
    )
    columns = (f"{table}_id", "member_id", "kind_id", "created_at")
    return Copy(f"{table}_reaction", columns, rows, len(reactions.subject))


def _hidden(visibility: int, author: int, since: datetime) -> tuple[datetime | None, int | None]:
    if visibility == Visibility.VISIBLE:
        return None, None
    by = {Visibility.REMOVED: _MODERATOR + 1, Visibility.WITHDRAWN: author + 1}
    return since, by.get(Visibility(visibility))


def _count(what: Integers, amount: int) -> list[int]:
    counted: list[int] = np.bincount(what, minlength=amount).tolist()
    return counted


def _reaction_counts(reactions: Reactions, amount: int) -> tuple[list[list[int]], list[int]]:
    """Count by kind, without the zeros at the end, and altogether."""
    cells = np.bincount(reactions.subject * KINDS + reactions.kind - 1, minlength=amount * KINDS)
    table = cells.reshape(amount, KINDS)
    last = np.where(table > 0, np.arange(1, KINDS + 1), 0).max(axis=1).tolist()
    counts = [row[:length] for row, length in zip(table.tolist(), last, strict=True)]
    return counts, table.sum(axis=1).tolist()
