"""Which members a viewer may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, not_

from community.foundation.visibility import Visible

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

ERASED: ColumnElement[Any] = literal_column("'ERASED'")
SUSPENDED: ColumnElement[Any] = literal_column("'SUSPENDED'")


def visible_members(member: Any, viewer: ViewerTerms) -> Visible:
    """Hide the erased from all, and who blocked whom from each other."""
    kind = viewer.kind

    # A post or comment that may be seen has answered for its author already.
    def not_hidden() -> tuple[ColumnElement[Any], ...]:
        return (not_(viewer.hides(member.c.id)),) if kind.hides_members and not kind.oversees else ()

    return Visible(inherited=not_hidden, always=(member.c.state != ERASED,))


def profile_shown(member: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether what members say of themselves is shown: of the suspended, it is to who oversees the community."""
    return literal_column("true") if viewer.kind.oversees else member.c.state != SUSPENDED


def visible_profiles(member: Any, viewer: ViewerTerms) -> Visible:
    """Show members whose profile is shown: by a search, one would learn what it says."""
    seen = visible_members(member, viewer)
    return replace(seen, always=(*seen.always, profile_shown(member, viewer)))


def own_rows(row: Any, viewer: ViewerTerms) -> Visible:
    """Show rows with a `member_id` to that member alone: notifications, sessions, tokens."""
    return Visible(always=(row.c.member_id == viewer.member_id,))


def own_or_overseen(row: Any, viewer: ViewerTerms) -> Visible:
    """Show rows with a `member_id` to that member, and to who oversees the community: restrictions, strikes."""
    return Visible() if viewer.kind.oversees else own_rows(row, viewer)


def visible_badges(_badge: Any, _viewer: ViewerTerms) -> Visible:
    """Show badges to all: they are reached through their member alone, and that one has been seen."""
    return Visible()
