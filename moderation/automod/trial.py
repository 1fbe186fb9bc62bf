"""Trying a rule on what was written in the last days, as it stood when it was written, and on what people decided of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid
from community.foundation.markdown import render
from moderation.automod.lookups import image_hashes_of
from moderation.rules.candidates import Author, Candidate, Earlier, Kind
from moderation.rules.conditions import Images, NearDuplicates, Score, Velocity, walk
from moderation.rules.facts import Facts
from moderation.rules.keywords import KeywordIndex
from moderation.rules.weakening import OF_EXTERNAL, asks

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from moderation.classifier.model import Model
    from moderation.rules.evaluating import Rule
    from moderation.rules.trying import Past, Trial

DAYS = 30
MOST_TEXTS = 10_000
"""The latest posts and as many comments; in a community where more is written, it is so many days less."""

# What a person decided about it, if that holds. What was withdrawn is its author's own affair, and is not looked at.
_TEXTS = """
    WITH texts AS (
        (SELECT 'post' AS kind, id, space_id, author_id, created_at, title, body FROM post
        WHERE created_at > now() - $1::interval AND visibility <> 3 AND ($2::bigint IS NULL OR space_id = $2)
        ORDER BY created_at DESC LIMIT $3)
        UNION ALL
        (SELECT 'comment', comment.id, post.space_id, comment.author_id, comment.created_at, '', comment.body
        FROM comment JOIN post ON post.id = comment.post_id
        WHERE comment.created_at > now() - $1::interval AND comment.visibility <> 3
            AND ($2::bigint IS NULL OR post.space_id = $2)
        ORDER BY comment.created_at DESC LIMIT $3)
    )
    SELECT texts.*, decided.verdict,
        EXISTS (
            SELECT FROM role_grant WHERE role_grant.member_id = author_id AND role IN ('MODERATOR', 'ADMIN')
                AND (role_grant.space_id IS NULL OR role_grant.space_id = texts.space_id)
        ) AS is_staff
    FROM texts LEFT JOIN LATERAL (
        SELECT verdict FROM moderation_case JOIN decision ON decision.case_id = moderation_case.id
        WHERE subject_kind = texts.kind AND subject_id = texts.id AND NOT automated AND undone_at IS NULL
            AND verdict <> 'IGNORED'
        ORDER BY decision.id DESC LIMIT 1
    ) AS decided ON true
    ORDER BY created_at, kind, id
"""
# Of each author, what they had written before the first of the texts, and when they joined.
_AUTHORS = """
    SELECT member.id, joined_at, reputation.trust, reputation.level,
        (SELECT count(*) FROM post WHERE author_id = member.id AND created_at < $2 AND visibility = 0)
            + (SELECT count(*) FROM comment WHERE author_id = member.id AND created_at < $2 AND visibility = 0) AS written
    FROM member LEFT JOIN reputation ON reputation.member_id = member.id WHERE member.id = ANY($1::bigint[])
"""
_NO_KEYWORDS = KeywordIndex(())

Hashes = dict[tuple[str, int], tuple[int, ...]]
"""Of the images that each text shows, by its kind and id."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a rule, and what the texts were that it would have caught."""

    trial: Trial
    subjects: tuple[tuple[str, int], ...]
    """Kind and id of each example."""
    excerpts: tuple[str, ...]


async def try_rule(
    connection: Connection, rule: Rule, models: Sequence[Model] = (), *, space_id: int | None = None
) -> Tried:
    """Try a rule on the last thirty days of a space, or of the community; O(texts), in a thread.

    Raises:
        Invalid: if it asks the operator's own classifier, which is not asked for thousands of texts.
    """
    if asks(rule.condition, OF_EXTERNAL):
        raise Invalid(field="condition", reason="external is asked of new texts alone: see it in shadow.")
    texts = await connection.raw.fetch(_TEXTS, timedelta(days=DAYS), space_id, MOST_TEXTS)
    authors = {}
    if texts:
        known = await connection.raw.fetch(
            _AUTHORS, sorted({text["author_id"] for text in texts}), texts[0]["created_at"]
        )
        authors = {row["id"]: row for row in known}
    hashes: Hashes = {}
    if asks(rule.condition, (Images,)):
        posts, comments = ([text["id"] for text in texts if text["kind"] == kind] for kind in ("post", "comment"))
        hashes = await image_hashes_of(connection, posts, comments)
    return await asyncio.to_thread(_tried, rule, texts, authors, models, hashes)


def _tried(
    rule: Rule,
    texts: Sequence[asyncpg.Record],
    authors: dict[int, asyncpg.Record],
    models: Sequence[Model],
    hashes: Hashes,
) -> Tried:
    from moderation.rules.trying import tried  # what it needs, a server is spared until somebody tries a rule

    trial = tried(rule, _past(rule, texts, authors, models, hashes))
    found = [texts[example.id] for example in trial.examples]
    return Tried(
        trial,
        tuple((text["kind"], text["id"]) for text in found),
        tuple("\n".join(filter(None, (text["title"], text["body"])))[:500] for text in found),
    )


@dataclass
class _Lately:
    """What was written before, as it is gone through in the order of time."""

    within: timedelta
    written: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    own: dict[int, deque[Earlier]] = field(default_factory=lambda: defaultdict(deque))
    by_band: dict[int, list[tuple[int, Earlier]]] = field(default_factory=lambda: defaultdict(list))


def _past(
    rule: Rule,
    texts: Sequence[asyncpg.Record],
    authors: dict[int, asyncpg.Record],
    models: Sequence[Model],
    hashes: Hashes,
) -> Iterator[Past]:
    """Yield the texts by their places, each with what was known when it was written. Trust is as it is now."""
    from moderation.rules.trying import Past  # as above

    parts = list(walk(rule.condition))
    within = max((part.within for part in parts if isinstance(part, NearDuplicates | Velocity)), default=0)
    lately = _Lately(timedelta(seconds=within))
    signs = asks(rule.condition, (NearDuplicates,))
    labels = {part.label for part in parts if isinstance(part, Score)}
    asked = [model for model in models if model.label in labels]
    for place, text in enumerate(texts):
        author = authors.get(text["author_id"])
        if author is None:
            continue
        rendered = render(text["body"])
        whole = f"{text['title']}\n{rendered.text}" if text["title"] else rendered.text
        candidate = Candidate(
            rendered.text,
            Author(
                author["joined_at"],
                author["written"] + lately.written[text["author_id"]],
                author["trust"],
                author["level"],
                text["is_staff"],
            ),
            text["created_at"],
            title=text["title"],
            kind=Kind.POST if text["kind"] == "post" else Kind.COMMENT,
            space=text["space_id"],
            links=rendered.links,
            mentions=len(rendered.mentions),
            image_hashes=hashes.get((text["kind"], text["id"]), ()),
            scores={model.label: float(model.probabilities([whole])[0]) for model in asked},
        )
        if within:
            candidate = _with_earlier(candidate, text["author_id"], lately, signs=signs)
        lately.written[text["author_id"]] += 1
        verdict = text["verdict"]
        yield Past(place, candidate, None if verdict is None else verdict == "UPHELD")


def _with_earlier(candidate: Candidate, author_id: int, lately: _Lately, *, signs: bool) -> Candidate:
    """Return a text with what was written before it, and remember it for those after it."""
    from moderation.rules.near_duplicates import band_keys  # what it needs takes half a second to import

    signature = Facts(candidate, _NO_KEYWORDS).signature if signs else None
    bands = band_keys(signature) if signature is not None else ()
    since = candidate.written_at - lately.within
    own = lately.own[author_id]
    while own and own[0].written_at < since:
        own.popleft()
    others = {
        id(one): one
        for band in bands
        for writer, one in lately.by_band[band]
        if writer != author_id and one.written_at >= since
    }
    found = replace(candidate, earlier=(*own, *others.values()))
    own.append(Earlier(candidate.written_at, by_author=True, signature=signature))
    for band in bands:
        lately.by_band[band].append((author_id, Earlier(candidate.written_at, by_author=False, signature=signature)))
    return found
