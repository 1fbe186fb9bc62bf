"""What decisions do to images, and how it is undone. What is decided about one holds for all of the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from community.discussions.tables import Visibility
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import record
from community.media.hiding import hold_image, move_image, moved
from community.members.roles import Permission
from moderation.decisions.errors import DecisionOverlaid
from moderation.decisions.ruling import Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import asyncpg

    from community.foundation.database import Connection
    from moderation.decisions.ruling import Measure, Ruling


async def _held(connection: Connection, ruling: Ruling) -> asyncpg.Record:
    """Return the image, held until the transaction ends, for whoever moderates all that shows it.

    Raises:
        NotFound: if it is not there any more.
        NotPermitted: if it stands anywhere but in a space of theirs.
    """
    image = await hold_image(connection, ruling.subject_id)
    if image is None:
        raise NotFound(what="image")
    if not ruling.acting.may(Permission.MODERATE_CONTENT, image["space_id"]):
        raise NotPermitted(action="decide on this image: it is shown elsewhere, too")
    return image


def _moving(target: Callable[[Visibility], Visibility]) -> Any:
    async def apply(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
        image = await _held(connection, ruling)
        return await _move(connection, ruling, image, target(Visibility(image["visibility"])))

    return apply


hide: Final = _moving(lambda before: Visibility.HELD if before is Visibility.VISIBLE else before)
remove: Final = _moving(lambda _: Visibility.REMOVED)
restore: Final = _moving(lambda _: Visibility.VISIBLE)
approve: Final = _moving(lambda before: Visibility.VISIBLE if before is Visibility.HELD else before)


async def undo_move(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Bring an image back to where it was."""
    if before == after:
        return
    image = await _held(connection, ruling)
    if image["visibility"] != after["visibility"]:
        raise DecisionOverlaid(what="the image was shown, hidden or taken down again")
    await _move(connection, ruling, image, Visibility(before["visibility"]), before)


async def _move(
    connection: Connection,
    ruling: Ruling,
    image: asyncpg.Record,
    after: Visibility,
    as_before: Mapping[str, Any] | None = None,
) -> Changed:
    kept = {
        "visibility": image["visibility"],
        "hidden_at": None if image["hidden_at"] is None else image["hidden_at"].isoformat(),
        "hidden_by": image["hidden_by"],
    }
    if image["visibility"] == after:
        return Changed(kept, kept)
    hidden_at = None if as_before is None else as_before["hidden_at"]
    hidden_by = ruling.acting.member_id if as_before is None else as_before["hidden_by"]
    await move_image(connection, image, after, hidden_at=hidden_at, hidden_by=hidden_by)
    await record(
        connection, moved(image, after, acting=ruling.acting, reason=ruling.reason, decision=ruling.decision_id)
    )
    return Changed(kept, {"visibility": int(after)})
