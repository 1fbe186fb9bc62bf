"""What all that is asked of the community has in common, where lists of it draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger

from api.node import id_of
from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table


def latest(table: Table) -> Callable[[Scope], Source]:
    """Draw on a table of what is asked, the latest first; a filter may name its space and how far it has come."""

    def source(scope: Scope) -> Source:
        asked = scope.enter(table)
        given = scope.arguments.shape("filter") or {}
        where: list[ColumnElement[Any]] = []
        if given.get("space") is not None:
            space = scope.arguments.value("filter.space", BigInteger(), lambda id_: id_of("space", id_))
            where.append(asked.c.space_id == space)
        if given.get("state") is not None:
            where.append(asked.c.state == literal(given["state"].value))
        keys = by_time(asked.c.created_at, descending=True), by_number(asked.c.id, descending=True)
        return Source(asked, keys, "new", where=where)

    return source
