"""What restrictions and levels keep a viewer from, as SQL: in the words in which the actions themselves ask it.

Whether anything restricts a viewer at all is a fact about them: nearly nobody, of whom a statement says nothing. Of those it
looks at their own row once, as restrictions lapse by the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select

from community.members.contributing import may_write
from community.members.restrictions import REFUSED_BY, Deed, unrestricted
from community.members.tables import members

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope

_TRUE: ColumnElement[Any] = literal_column("true")
_FALSE: ColumnElement[Any] = literal_column("false")


def free_to(scope: Scope, deed: Deed) -> ColumnElement[Any]:
    """Return whether nothing restricts the viewer in a deed."""
    if not scope.viewer.kind.limited or not REFUSED_BY[deed]:
        return _TRUE
    return _of_viewer(scope, unrestricted("viewer_row", deed))


def free_to_write(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer may post or comment now, by their level and what restricts them: a plain text, that is."""
    if not scope.viewer.kind.signed_in:
        return _FALSE
    return _of_viewer(scope, may_write("viewer_row", "0", "0", "0"))


def _of_viewer(scope: Scope, predicate: str) -> ColumnElement[Any]:
    # Of no row but the viewer's own, so that it is asked once a statement, for however many rows.
    row = members.alias("viewer_row")
    asked: Any = select(literal_column(predicate)).select_from(row).where(row.c.id == scope.viewer.member_id)
    free: ColumnElement[Any] = func.coalesce(asked.scalar_subquery(), _FALSE)
    return free
