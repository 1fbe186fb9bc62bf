"""What rules ask of the database about a text: where it stands, who wrote it, what was written lately, what its images are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from community.foundation.image_addresses import image_at
from community.media.hashing import unsigned
from moderation.rules.candidates import Author, Candidate, Earlier
from moderation.rules.facts import Facts
from moderation.rules.keywords import KeywordIndex

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from moderation.automod.drafts import Draft

MOST_EARLIER = 1_000
"""The latest of the author's own, and as many of others': who writes more in the time is found by fewer, too."""

_NO_KEYWORDS = KeywordIndex(())

# $1 the author, $2 to $4 where it stands: the space, the post that is commented on or edited, the comment that is edited;
# $5 since when what was written before is asked for (null: not at all), $6 the bands of its signature. What is edited is
# not its own predecessor, and is not counted among what was written before.
_LOOK_UP = f"""
    WITH own AS (
        SELECT 'post' AS kind, id, created_at FROM post
        WHERE author_id = $1 AND created_at > $5::timestamptz AND visibility = 0 AND (id <> $3 OR $7 <> 'POST')
        UNION ALL
        SELECT 'post', id, created_at FROM post
        WHERE author_id = $1 AND created_at > $5::timestamptz AND visibility <> 0 AND (id <> $3 OR $7 <> 'POST')
        UNION ALL
        SELECT 'comment', id, created_at FROM comment
        WHERE author_id = $1 AND created_at > $5::timestamptz AND id <> $4
        ORDER BY created_at DESC LIMIT {MOST_EARLIER}
    ), earlier AS (
        SELECT created_at AS written_at, true AS by_author, signature
        FROM own LEFT JOIN text_signature ON subject_kind = own.kind AND subject_id = own.id
        UNION ALL (
            SELECT written_at, false, signature FROM text_signature
            WHERE bands && $6::bigint[] AND author_id <> $1 AND written_at > $5::timestamptz
            ORDER BY written_at DESC LIMIT {MOST_EARLIER}
        )
    )
    SELECT member.joined_at, reputation.trust, reputation.level,
        member.post_count + member.comment_count
            - (EXISTS (SELECT FROM post WHERE id = $3 AND author_id = $1 AND visibility = 0 AND $7 = 'POST'))::int
            - (EXISTS (SELECT FROM comment WHERE id = $4 AND author_id = $1 AND visibility = 0))::int AS written,
        coalesce(
            $2::bigint,
            (SELECT space_id FROM post WHERE id = $3),
            (SELECT post.space_id FROM comment JOIN post ON post.id = comment.post_id WHERE comment.id = $4)
        ) AS space_id,
        before.written_at, before.by_author, before.signature
    FROM member LEFT JOIN reputation ON reputation.member_id = member.id
        LEFT JOIN LATERAL (
            SELECT array_agg(written_at) AS written_at, array_agg(by_author) AS by_author,
                array_agg(signature) AS signature
            FROM earlier
        ) AS before ON $5::timestamptz IS NOT NULL
    WHERE member.id = $1
"""  # noqa: S608 - made of a number of ours


# Whoever's they are: a picture is on the list whether the author uploaded it or quotes it.
_HASHES = "SELECT perceptual_hash FROM image WHERE public_id = ANY($1::text[])"
_HASHES_OF_TEXTS = """
    SELECT post_id, comment_id, array_agg(perceptual_hash) AS hashes
    FROM image_use JOIN image ON image.id = image_id
    WHERE current AND (post_id = ANY($1::bigint[]) OR comment_id = ANY($2::bigint[])) GROUP BY post_id, comment_id
"""

SPACE_OF: Final[Mapping[str, str]] = {
    "idea": "SELECT space_id FROM idea JOIN post ON post.id = idea.post_id WHERE idea.id = $1",
    "amendment": """
        SELECT space_id FROM amendment JOIN idea ON idea.id = idea_id JOIN post ON post.id = idea.post_id
        WHERE amendment.id = $1
    """,
    "round": "SELECT space_id FROM round WHERE id = $1",
    "survey": "SELECT space_id FROM survey WHERE id = $1",
}
"""In which space something stands that is written elsewhere than in posts and comments. Whoever asks must not be told."""


class Found(NamedTuple):
    """What was found about a text."""

    author: Author
    space_id: int | None
    earlier: tuple[Earlier, ...]


async def look_up(
    connection: Connection, draft: Draft, candidate: Candidate, member_id: int, since: datetime | None
) -> Found | None:
    """Return what is known of a text's author and place, and with `since` of what was written from then on.

    None if the author is gone.
    """
    signature = Facts(candidate, _NO_KEYWORDS).signature if since is not None else None
    bands: tuple[int, ...] = ()
    if signature is not None:
        from moderation.rules.near_duplicates import band_keys  # what it needs takes half a second to import

        bands = band_keys(signature)
    space_id = draft.space_id
    if draft.within is not None:
        kind, within_id = draft.within
        space_id = await connection.raw.fetchval(SPACE_OF[kind], within_id)
    row = await connection.raw.fetchrow(
        _LOOK_UP,
        member_id,
        space_id,
        draft.post_id or 0,
        draft.comment_id or 0,
        since,
        list(bands),
        draft.kind.value,
    )
    if row is None:
        return None
    earlier = tuple(
        Earlier(written_at, by_author, kept)
        for written_at, by_author, kept in zip(
            row["written_at"] or (), row["by_author"] or (), row["signature"] or (), strict=True
        )
    )
    author = Author(row["joined_at"], max(0, row["written"]), row["trust"], row["level"])
    return Found(author, row["space_id"], earlier)


async def image_hashes(connection: Connection, addresses: Iterable[str]) -> tuple[int, ...]:
    """Return the perceptual hashes of those images at some addresses that are kept here. Without any, nothing is asked."""
    public_ids = [found for address in addresses if (found := image_at(address)) is not None]
    rows = await connection.raw.fetch(_HASHES, public_ids) if public_ids else []
    return tuple(unsigned(row["perceptual_hash"]) for row in rows)


async def image_hashes_of(
    connection: Connection, post_ids: Sequence[int], comment_ids: Sequence[int]
) -> dict[tuple[str, int], tuple[int, ...]]:
    """Return the perceptual hashes of the images that some posts and comments show, by their kind and id."""
    rows = await connection.raw.fetch(_HASHES_OF_TEXTS, post_ids, comment_ids)
    return {
        ("comment", row["comment_id"]) if row["post_id"] is None else ("post", row["post_id"]): tuple(
            unsigned(each) for each in row["hashes"]
        )
        for row in rows
    }
