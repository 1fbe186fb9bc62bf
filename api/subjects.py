"""What can be talked of: every such object has an address to send people to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def url(path: str, last: Callable[[Scope], ColumnElement[Any]], description: str) -> Any:
    """Read an address from the server's own, a path, and what the row adds to it."""
    return expression(
        lambda scope: literal(scope.settings.public_url.rstrip("/") + path).op("||")(last(scope)),
        description,
    )
