"""Which images kept here a post or comment shows: that is what lets others see them.

A text shows only images of who wrote it. Whoever names the address of somebody else's, perhaps found in a log, gives nobody
the right to see it; where a text quotes it, it is seen by who may see it where its owner showed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.image_addresses import image_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from community.foundation.database import Connection
    from community.foundation.markdown import Rendered

# Whoever shows an image holds its row, so that what was never shown is not forgotten in the same moment.
_SHOWN = """
    UPDATE image SET shown_at = coalesce(image.shown_at, now())
    FROM unnest({ids}::text[], {alts}::text[]) WITH ORDINALITY AS given (public_id, alt, place) {more}
    WHERE image.public_id = given.public_id AND {may}
    RETURNING image.id, given.alt, given.place - 1 AS position
"""
_ADD = """
    INSERT INTO image_use (image_id, {column}, position, alt) SELECT shown.id, {subject}, shown.position, shown.alt
"""


def _showing(column: str) -> str:
    """Return the statement that has a post or comment ($1) show images ($2, with what is said of them, $3) of members ($4)."""
    # What it has shown before it may go on showing, whoever changes it.
    known = f"SELECT FROM image_use WHERE image_use.image_id = image.id AND image_use.{column} = $1"
    may = f"(image.owner_id = ANY($4::bigint[]) OR EXISTS ({known}))"
    return f"""
        WITH shown AS ({_SHOWN.format(ids="$2", alts="$3", more="", may=may)})
        {_ADD.format(column=column, subject="$1::bigint")} FROM shown
        ON CONFLICT (image_id, {column}) DO UPDATE
            SET position = excluded.position, alt = excluded.alt, current = true
    """  # noqa: S608 - made of names of ours


_SHOW_IN_POST, _SHOW_IN_COMMENT = _showing("post_id"), _showing("comment_id")
_NO_LONGER_IN_POST = "UPDATE image_use SET current = false WHERE post_id = $1 AND current"
_NO_LONGER_IN_COMMENT = "UPDATE image_use SET current = false WHERE comment_id = $1 AND current"


def shown_in_added_comment(ids: str, alts: str) -> str:
    """Return the parts of the statement that adds a comment (`added`, by $2) which have it show images."""
    may = "image.owner_id = $2"
    return f"""
        shown AS ({_SHOWN.format(ids=ids, alts=alts, more="CROSS JOIN added", may=may)}),
        shown_there AS ({_ADD.format(column="comment_id", subject="added.id")} FROM shown CROSS JOIN added)
    """


def images_of(rendered: Rendered) -> tuple[list[str], list[str]] | tuple[()]:
    """Return the public ids of the images kept here that a text shows, and what it says of each; nothing where it shows none."""
    found: dict[str, str] = {}
    for address, alt in zip(rendered.images, rendered.alts, strict=True):
        if (public_id := image_at(address)) is not None:
            found.setdefault(public_id, alt)
    return (list(found), list(found.values())) if found else ()


async def show_in_post(
    connection: Connection, post_id: int, rendered: Rendered, *, of: Collection[int], before: str = ""
) -> None:
    """Have a post show the images in it that belong to some members, or were shown by it before, and no others.

    `before` is what it said until now.
    """
    if "/media/" in before:
        await connection.raw.execute(_NO_LONGER_IN_POST, post_id)
    if images := images_of(rendered):
        await connection.raw.execute(_SHOW_IN_POST, post_id, *images, list(of))


async def show_in_comment(
    connection: Connection, comment_id: int, rendered: Rendered, *, of: Collection[int], before: str = ""
) -> None:
    """Have a comment show images, as `show_in_post` does a post."""
    if "/media/" in before:
        await connection.raw.execute(_NO_LONGER_IN_COMMENT, comment_id)
    if images := images_of(rendered):
        await connection.raw.execute(_SHOW_IN_COMMENT, comment_id, *images, list(of))
