"""Taking images down and showing them again: all of the same bytes together, whoever uploaded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.tables import Visibility
from community.foundation.events import Event
from community.media.events import IMAGE_REMOVED, IMAGE_RESTORED

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

# The bytes' own row, which uploads of the same hold as well: so they are looked at one after the other.
_HOLD = "SELECT FROM image_file WHERE sha256 = (SELECT sha256 FROM image WHERE id = $1) FOR NO KEY UPDATE"
_IMAGE = """
    SELECT id, owner_id, sha256, visibility, hidden_at, hidden_by, image_space(sha256) AS space_id
    FROM image WHERE id = $1 FOR NO KEY UPDATE
"""
_MOVE = """
    UPDATE image SET visibility = $2, hidden_at = CASE WHEN $2::smallint <> 0 THEN coalesce($3::text::timestamptz, now()) END,
        hidden_by = CASE WHEN $2::smallint <> 0 THEN $4::bigint END
    WHERE sha256 = $1
"""


async def hold_image(connection: Connection, image_id: int) -> asyncpg.Record | None:
    """Return an image, held until the transaction ends, with the space in which alone it stands; None if there is none."""
    await connection.raw.execute(_HOLD, image_id)
    return await connection.raw.fetchrow(_IMAGE, image_id)


async def move_image(
    connection: Connection,
    image: asyncpg.Record,
    after: Visibility,
    *,
    hidden_at: str | None = None,
    hidden_by: int | None = None,
) -> None:
    """Have an image that is held be shown, hidden or removed; since `hidden_at`, where that is given, else since now."""
    await connection.raw.execute(_MOVE, image["sha256"], int(after), hidden_at, hidden_by)


def moved(
    image: asyncpg.Record, after: Visibility, *, acting: Acting | None = None, reason: str, decision: int
) -> Event:
    """Return what is told of an image that was moved; None acts: a program."""
    return Event(
        IMAGE_RESTORED if after is Visibility.VISIBLE else IMAGE_REMOVED,
        actor_id=None if acting is None else acting.member_id,
        member_id=image["owner_id"],
        subject_kind="image",
        subject_id=image["id"],
        space_id=image["space_id"],
        data={"visibility": int(after), "reason": reason, "decision": decision},
        context={} if acting is None else acting.context,
    )
