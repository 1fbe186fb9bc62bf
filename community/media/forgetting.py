"""Forgetting images that nothing has ever shown, a day after they were uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST_AT_ONCE = 1_000

_IS_FORGOTTEN = "shown_at IS NULL AND created_at < now() - interval '1 day' AND visibility = 0"
# The files first, as uploads hold them first: while they are held here, nobody uploads the same picture.
_HOLD_FILES = f"""
    SELECT sha256 FROM image_file
    WHERE sha256 IN (SELECT sha256 FROM image WHERE {_IS_FORGOTTEN} ORDER BY created_at LIMIT {MOST_AT_ONCE})
    ORDER BY sha256 FOR UPDATE
"""  # noqa: S608 - made of a condition of ours
# What shows an image for the first time in this moment holds its row, and once it is done the image is shown.
_FORGET = f"DELETE FROM image WHERE sha256 = ANY($1::bytea[]) AND {_IS_FORGOTTEN}"  # noqa: S608 - as above
_FORGET_FILES = """
    DELETE FROM image_file
    WHERE sha256 = ANY($1::bytea[]) AND NOT EXISTS (SELECT FROM image WHERE image.sha256 = image_file.sha256)
"""


async def forget_unshown(connection: Connection) -> None:
    """Remove images that were never shown, and their bytes unless they are somebody else's as well.

    What was taken down stays, so that the same picture stays taken down.
    """
    held = [row["sha256"] for row in await connection.raw.fetch(_HOLD_FILES)]
    if held:
        await connection.raw.execute(_FORGET, held)
        await connection.raw.execute(_FORGET_FILES, held)
