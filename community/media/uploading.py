"""Taking an image that a member uploads: whether they may, and how it is kept."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from community.foundation import rate_limits
from community.foundation.events import Event, record
from community.foundation.image_addresses import image_address
from community.media.events import IMAGE_UPLOADED
from community.media.hashing import signed
from community.members.acting import load_acting
from community.members.contributing import Carried, images_an_hour, refuse_writing
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection, Database
    from community.media.decoding import Decoded

MOST_AN_HOUR = 300
"""Uploads of one member, whatever their level allows."""
HOUR = 3600.0

_ONE_IMAGE = Carried(images=1)
# Held until the image is there: whoever suspends or restricts them waits for it, or it sees that they have.
_HOLD_OWNER = "SELECT FROM member WHERE id = $1 FOR SHARE"
# Either way its row is held from here on, so that nobody decides about the picture or forgets it before this is done.
_KEEP_FILE = """
    INSERT INTO image_file (sha256, data) VALUES ($1, $2)
    ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256
"""
# What was decided about a picture holds for whoever uploads it again.
_KEEP = """
    INSERT INTO image (
        public_id, owner_id, sha256, media_type, width, height, byte_size, perceptual_hash, visibility, hidden_at, hidden_by
    )
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce(alike.visibility, 0), alike.hidden_at, alike.hidden_by
    FROM (VALUES (1)) AS one
        LEFT JOIN (SELECT * FROM image WHERE sha256 = $3 AND visibility <> 0 LIMIT 1) AS alike ON true
    ON CONFLICT (owner_id, sha256) DO UPDATE
        SET created_at = CASE WHEN image.shown_at IS NULL THEN now() ELSE image.created_at END
    RETURNING id, public_id, xmax = 0 AS is_new
"""


class Uploaded(NamedTuple):
    """An image that was uploaded."""

    id: int
    address: str
    width: int
    height: int


async def refuse_upload(database: Database, member_id: int) -> None:
    """Refuse an upload before anything of it is read; it counts as one, whatever it turns out to be.

    Raises:
        Unauthenticated, AccountSuspended: if the member may not take part.
        MemberLimited, LevelTooLow: if they may not show images.
        RateLimited: if they have uploaded as many as their level may show in an hour.
    """
    async with database.reading() as connection:
        await load_acting(connection, member_id, deed=Deed.SHOWN)
        await refuse_writing(connection, member_id, _ONE_IMAGE, contributes=False)
        allowed = await images_an_hour(connection, member_id)
    # Never more than whoever may write without measure, and never so few that one does not fit.
    capacity = max(1, MOST_AN_HOUR if allowed is None else min(allowed, MOST_AN_HOUR))
    await rate_limits.spend(database, f"media:{member_id}", capacity=capacity, leak_per_second=capacity / HOUR)


async def keep_image(
    connection: Connection, member_id: int, decoded: Decoded, context: Mapping[str, object] | None = None
) -> Uploaded:
    """Keep an image of a member's; the same picture, uploaded again by them, is the one that they have.

    Raises:
        Unauthenticated, AccountSuspended, MemberLimited, LevelTooLow: as `refuse_upload`.
    """
    await connection.raw.execute(_HOLD_OWNER, member_id)
    await load_acting(connection, member_id, deed=Deed.SHOWN)
    await refuse_writing(connection, member_id, _ONE_IMAGE, contributes=False)
    await connection.raw.execute(_KEEP_FILE, decoded.sha256, decoded.data)
    kept = await connection.raw.fetchrow(
        _KEEP,
        secrets.token_hex(16),
        member_id,
        decoded.sha256,
        decoded.media_type,
        decoded.width,
        decoded.height,
        len(decoded.data),
        signed(decoded.perceptual_hash),
    )
    assert kept is not None  # it was added, or was there
    if kept["is_new"]:
        happened = Event(
            IMAGE_UPLOADED,
            actor_id=member_id,
            member_id=member_id,
            subject_kind="image",
            subject_id=kept["id"],
            data={"media_type": decoded.media_type},
            context=context or {},
        )
        await record(connection, happened)
    return Uploaded(kept["id"], image_address(kept["public_id"], decoded.media_type), decoded.width, decoded.height)
