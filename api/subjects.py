"""What can be talked of: every such object has an address to send people to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column

from api.reading.fields import expression, interface_type
from api.reading.json_sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope


def _of_each_type(scope: Scope) -> ColumnElement[Any]:
    raise NotImplementedError(scope)  # each type declares its own


@interface_type
class Subject:
    """What can be talked of, reported and linked to."""

    url: str = expression(_of_each_type, "Where people find it on the web.")
    viewer_can_report: bool = expression(_of_each_type, "Whether the viewer may report it: it is not their own.")


def can_report(whose: Callable[[Scope], ColumnElement[Any]]) -> Any:
    """Read whether the viewer may report what is somebody's: whoever is signed in may, but not what is theirs."""

    def others(scope: Scope) -> ColumnElement[Any]:
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        return whose(scope).is_distinct_from(scope.viewer.member_id)

    return expression(others, "Whether the viewer may report it: they are signed in, and it is not their own.")


def url(path: str, last: Callable[[Scope], ColumnElement[Any]], description: str) -> Any:
    """Read an address from the server's own, a path, and what the row adds to it."""
    return expression(
        lambda scope: literal(scope.settings.public_url.rstrip("/") + path).op("||")(last(scope)),
        description,
    )
