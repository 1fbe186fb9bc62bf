"""The guarded doors of what is done with ideas: each loads and locks what an action needs, or refuses.

Locks are taken in one order: posts by id, then ideas by id, then what hangs on them. Votes and follows, which look at no
post's lock, hold their idea for as long as their one statement takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.cocreation.asking import require_asking
from community.cocreation.ideas.errors import IdeaClosed
from community.cocreation.ideas.stages import OPEN
from community.discussions.access import post_seen, refuse_archived
from community.discussions.tables import Visibility
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.events import Event, record

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

_POST_OF = "SELECT post_id FROM idea WHERE id = $1"
_HOLD = "SELECT * FROM idea WHERE id = $1 FOR NO KEY UPDATE"
_IS_CO_AUTHOR = """
    SELECT EXISTS (SELECT FROM idea_co_author WHERE idea_id = $1 AND member_id = $2 AND state = 'ACCEPTED')
"""


@dataclass(frozen=True, slots=True)
class Place:
    """An idea, and where it is."""

    id: int
    post_id: int
    author_id: int
    space_id: int


@dataclass(frozen=True, slots=True)
class Held(Place):
    """An idea as it is now, locked with its post."""

    stage: str
    stage_since: datetime
    post: asyncpg.Record

    def refuse_closed(self) -> None:
        """Refuse what is done while an idea is open.

        Raises:
            IdeaClosed: if its stage is a last one.
        """
        if self.stage not in OPEN:
            raise IdeaClosed(stage=self.stage)

    def refuse_hidden(self, action: str) -> None:
        """Refuse what is not done with an idea that others cannot see, or past a block.

        Raises:
            NotPermitted: if it is hidden, or a block stands between the member, who moderates it, and its author.
        """
        if self.post["blocked"] or is_hidden(self.post):
            raise NotPermitted(action=action)


async def idea_seen(connection: Connection, acting: Acting, idea_id: int) -> Held:
    """Return an idea that the member may see, locked with its post.

    Raises:
        NotFound: if they may not, or there is none.
    """
    post_id = await connection.raw.fetchval(_POST_OF, idea_id)
    if post_id is None:
        raise NotFound(what="idea")
    try:
        post = await post_seen(connection, acting, post_id)
    except NotFound:
        raise NotFound(what="idea") from None
    idea = await connection.raw.fetchrow(_HOLD, idea_id)
    if idea is None:
        raise NotFound(what="idea")
    return Held(
        id=idea_id,
        post_id=post_id,
        author_id=post["author_id"],
        space_id=post["space_id"],
        stage=idea["stage"],
        stage_since=idea["stage_since"],
        post=post,
    )


async def idea_to_change(connection: Connection, acting: Acting, idea_id: int, action: str) -> Held:
    """Return an idea that something can be done with, locked with its post.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: if it is hidden, or a block stands between the member, who moderates it, and its author.
        SpaceArchived: if its space is read-only.
    """
    held = await idea_seen(connection, acting, idea_id)
    refuse_archived(held.post)
    held.refuse_hidden(action)
    return held


async def idea_to_manage(connection: Connection, acting: Acting, idea_id: int, action: str) -> Held:
    """Return an idea whose stages are the member's to move, locked with its post.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: unless they run campaigns or moderate where it is; and if it is hidden.
        SpaceArchived: if its space is read-only.
    """
    held = await idea_seen(connection, acting, idea_id)
    refuse_unmanaged(acting, held, action)
    return held


def refuse_unmanaged(acting: Acting, held: Held, action: str) -> None:
    """Refuse whoever may not move an idea's stages.

    Raises:
        NotPermitted, SpaceArchived: as :func:`idea_to_manage` has it.
    """
    require_asking(acting, held.space_id, action)
    refuse_archived(held.post)
    if is_hidden(held.post):
        raise NotPermitted(action=action)


def is_hidden(post: asyncpg.Record) -> bool:
    """Say whether what its author or a moderator sees is hidden from others."""
    return bool(post["visibility"] != Visibility.VISIBLE or post["author_suspended"])


async def shares_in(connection: Connection, acting: Acting, place: Place) -> bool:
    """Say whether a member is the author of an idea, or a co-author."""
    if place.author_id == acting.member_id:
        return True
    shares: bool = await connection.raw.fetchval(_IS_CO_AUTHOR, place.id, acting.member_id)
    return shares


async def tell(
    connection: Connection,
    kind: str,
    acting: Acting,
    place: Place,
    *,
    member_id: int | None = None,
    subject: tuple[str, int] | None = None,
    **data: object,
) -> None:
    """Record what was done with an idea, or with what hangs on it."""
    subject_kind, subject_id = subject or ("idea", place.id)
    happened = Event(
        kind,
        actor_id=acting.member_id,
        member_id=member_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        post_id=place.post_id,
        space_id=place.space_id,
        data=data,
        context=acting.context,
    )
    await record(connection, happened)
