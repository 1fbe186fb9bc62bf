"""Tags: what posts are about, in the members' own words. A tag is there from the first post that carries it."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

import regex

from community.discussions.access import tag_seen
from community.discussions.events import TAG_FOLLOWED, TAG_UNFOLLOWED, happened
from community.foundation.database import Connection
from community.foundation.errors import Invalid
from community.foundation.events import record
from community.foundation.markdown import count_graphemes
from community.members.acting import Acting

MOST_TAGS = 8
LONGEST_TAG = 40

_APART = regex.compile(r"[\s\-_]+")
_TAG = regex.compile(r"[\p{L}\p{M}\p{N}+#.\-]*[\p{L}\p{N}][\p{L}\p{M}\p{N}+#.\-]*")

# By name, so that two posts which bring the same new tags wait for each other in one order.
_MAKE = """
    INSERT INTO tag (name) SELECT name FROM unnest($1::text[]) AS name ORDER BY name ON CONFLICT (name) DO NOTHING
"""
_COUNT = """
    WITH locked AS (SELECT id FROM tag WHERE name = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE)
    UPDATE tag SET post_count = post_count + $2::int FROM locked WHERE tag.id = locked.id
"""
_ATTACH = """
    INSERT INTO post_tag (post_id, tag_id, position, created_at)
    SELECT $1, tag.id, named.position, $3
    FROM unnest($2::text[]) WITH ORDINALITY AS named (name, position) JOIN tag ON tag.name = named.name
"""
_ATTACHED = """
    SELECT tag.name FROM post_tag JOIN tag ON tag.id = post_tag.tag_id WHERE post_id = $1 ORDER BY position
"""
_DETACH = "DELETE FROM post_tag WHERE post_id = $1"
_FOLLOW = """
    WITH added AS (
        INSERT INTO tag_follow (member_id, tag_id) SELECT $1, id FROM tag WHERE id = $2
        ON CONFLICT DO NOTHING RETURNING tag_id
    )
    UPDATE tag SET follower_count = follower_count + 1 FROM added WHERE tag.id = added.tag_id RETURNING tag.id
"""
_UNFOLLOW = """
    WITH removed AS (DELETE FROM tag_follow WHERE member_id = $1 AND tag_id = $2 RETURNING tag_id)
    UPDATE tag SET follower_count = follower_count - 1 FROM removed WHERE tag.id = removed.tag_id RETURNING tag.id
"""


def fold_tag(written: str) -> str:
    """Return a tag in the one form it is kept in: NFKC, lower case, white space to hyphens, no # before it.

    Raises:
        Invalid: if it is empty, longer than 40 characters, or made of other things than letters, digits and + # . -
    """
    tag = _APART.sub("-", unicodedata.normalize("NFKC", written).strip().lstrip("#").lower()).strip("-")
    if _TAG.fullmatch(tag) is None or count_graphemes(tag) > LONGEST_TAG or len(tag) > 4 * LONGEST_TAG:
        raise Invalid(field="tags", reason=f"A tag has 1 to {LONGEST_TAG} letters or digits.")
    return tag


def fold_tags(written: Sequence[str]) -> list[str]:
    """Return tags folded, each once, in their order.

    Raises:
        Invalid: if one is no tag, or there are more than 8.
    """
    names = list(dict.fromkeys(fold_tag(tag) for tag in written))
    if len(names) > MOST_TAGS:
        raise Invalid(field="tags", reason=f"At most {MOST_TAGS} tags.")
    return names


async def attach_tags(
    connection: Connection, post_id: int, names: Sequence[str], created_at: datetime, *, visible: bool
) -> None:
    """Give a new post its tags, making those that are not there yet."""
    if names:
        await connection.raw.execute(_MAKE, names)
        await connection.raw.execute(_COUNT, names, int(visible))
        await connection.raw.execute(_ATTACH, post_id, names, created_at)


async def replace_tags(
    connection: Connection, post_id: int, names: Sequence[str], created_at: datetime, *, visible: bool
) -> bool:
    """Give a post other tags; say whether that changed any. The post is locked by the caller."""
    before = [row["name"] for row in await connection.raw.fetch(_ATTACHED, post_id)]
    if before == list(names):
        return False
    await connection.raw.execute(_MAKE, names)
    # All that gain or lose are locked at once: in two steps, two posts that swap tags could wait for each other.
    await connection.raw.execute(_COUNT, sorted({*before, *names}), 0)
    await connection.raw.execute(_COUNT, [name for name in before if name not in names], -int(visible))
    await connection.raw.execute(_COUNT, [name for name in names if name not in before], int(visible))
    await connection.raw.execute(_DETACH, post_id)
    await connection.raw.execute(_ATTACH, post_id, names, created_at)
    return True


async def follow_tag(connection: Connection, acting: Acting, tag_id: int) -> None:
    """Follow a tag. Following it again changes nothing.

    Raises:
        NotFound: if there is no such tag that the member may see.
    """
    await tag_seen(connection, acting, tag_id)
    if await connection.raw.fetchval(_FOLLOW, acting.member_id, tag_id) is not None:
        await record(connection, happened(TAG_FOLLOWED, acting, subject_kind="tag", subject_id=tag_id))


async def unfollow_tag(connection: Connection, acting: Acting, tag_id: int) -> None:
    """Follow a tag no longer, whether or not one may still see it. Doing so again changes nothing.

    Raises:
        NotFound: if the member follows no such tag, and there is none that they may see.
    """
    if await connection.raw.fetchval(_UNFOLLOW, acting.member_id, tag_id) is not None:
        await record(connection, happened(TAG_UNFOLLOWED, acting, subject_kind="tag", subject_id=tag_id))
    else:
        await tag_seen(connection, acting, tag_id)
