"""What asking the community takes, whatever is asked: who may ask, and who sees what is not asked yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, or_

from community.discussions.access import space_seen
from community.foundation.errors import NotFound, NotPermitted
from community.foundation.visibility import Visible
from community.members.roles import Permission
from community.members.viewer import any_of

if TYPE_CHECKING:
    import asyncpg
    from sqlalchemy import ColumnElement

    from community.foundation.database import Connection
    from community.members.acting import Acting
    from community.members.viewer import ViewerTerms

_DRAFT: ColumnElement[Any] = literal_column("'DRAFT'")


def may_ask(acting: Acting, space_id: int) -> bool:
    """Say whether a member speaks for the brand in a space: runs campaigns, or moderates there."""
    return acting.may(Permission.MANAGE_CAMPAIGNS) or acting.may(Permission.MODERATE_CONTENT, space_id)


def require_asking(acting: Acting, space_id: int, action: str) -> None:
    """Refuse whoever neither runs campaigns nor moderates a space.

    Raises:
        NotPermitted: if they do neither.
    """
    if not may_ask(acting, space_id):
        raise NotPermitted(action=action)


async def asked_seen(
    connection: Connection, acting: Acting, asked: asyncpg.Record | None, what: str, *, knows_drafts: bool
) -> tuple[asyncpg.Record, asyncpg.Record]:
    """Return what is asked somewhere, and the space where that is, if the member may see it.

    Raises:
        NotFound: if there is no such thing, in a space that they may not see, or as a draft of others that they do not know of.
    """
    if asked is None:
        raise NotFound(what=what)
    try:
        space = await space_seen(connection, acting, asked["space_id"])
    except NotFound:
        raise NotFound(what=what) from None
    if asked["state"] == "DRAFT" and not knows_drafts and asked["created_by"] != acting.member_id:
        raise NotFound(what=what)
    return asked, space


def visible_asked(asked: Any, viewer: ViewerTerms, readable: ColumnElement[Any] | None = None) -> Visible:
    """Show what is asked in readable spaces (or where `readable` says); drafts to who made them, and who may ask there."""
    kind = viewer.kind
    if kind.oversees:
        return Visible()
    known: list[ColumnElement[Any]] = [asked.c.state != _DRAFT]
    if kind.signed_in:
        known.append(asked.c.created_by == viewer.member_id)
    if kind.moderates:
        known.append(asked.c.space_id == any_of(viewer.moderated_spaces))
    if kind.sees_insights:
        known.append(literal_column("true"))
    where = asked.c.space_id == any_of(viewer.readable_spaces) if readable is None else readable
    return Visible(inherited=lambda: (where,), always=(or_(*known),))
