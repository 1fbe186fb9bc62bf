"""What the moderators' queue draws on: three orders, many filters, and an index for each.

Who oversees the community reads the order itself. Of who moderates a few spaces no index has the order: the page is cut out of as
many rows of each of their spaces, which an index by space has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Select, func, lateral, literal_column, or_, select, true

from api.moderation.enums import CaseSort
from api.node import id_of
from api.reading.cursors import Key, by_measure, by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Cut, Row, Scope, Source
from moderation.cases.tables import cases

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

NARROW = ("space", "member", "assigned_to")
"""Filters that leave few enough rows, by an index of their own."""


def queue(scope: Scope) -> Source:
    """Draw on cases, in the order that is asked for."""
    case, given = scope.enter(cases), scope.arguments.shape("filter") or {}
    order, keys = _order(case, given, scope.arguments.shape("sort"))
    kind = scope.viewer.kind
    by_space = kind.moderates and not kind.oversees and all(given.get(name) is None for name in NARROW)
    return Source(
        case,
        keys,
        order,
        where=_conditions(scope, case, given),
        candidates=(lambda cut: _of_each_space(scope, cut, given)) if by_space else None,
    )


def _order(row: Row, given: Mapping[str, Any], sort: CaseSort | None) -> tuple[str, Sequence[Key]]:
    latest = by_number(row.c.id, descending=True)
    if given.get("closed") or sort is CaseSort.LATEST:
        return "latest", (latest,)
    if sort is CaseSort.DUE or (sort is None and given.get("overdue")):
        return "due", (by_time(row.c.respond_by), by_number(row.c.id))
    return "urgent", (by_measure(row.c.urgency, descending=True), latest)


def _conditions(scope: Scope, case: Row, given: Mapping[str, Any]) -> list[ColumnElement[Any]]:
    where: list[ColumnElement[Any]] = []
    if given.get("kind") is not None:
        where.append(case.c.kind == literal(given["kind"].value))
    for name, column, prefix in (
        ("space", case.c.space_id, "space"),
        ("member", case.c.member_id, "member"),
        ("team", case.c.team_id, "team"),
        ("assigned_to", case.c.assigned_to, "member"),
    ):
        if given.get(name) is not None:
            where.append(column == _id(scope, name, prefix))
    if given.get("claimed") is not None:
        mine = case.c.claimed_by == scope.viewer.member_id
        live = case.c.claimed_until > func.now()
        nobody = or_(case.c.claimed_by.is_(None), case.c.claimed_until <= func.now())
        where.append(mine & live if given["claimed"] else nobody)
    if given.get("closed"):
        return [*where, case.c.closed_at.is_not(None)]
    if given.get("overdue"):
        where.append(case.c.respond_by <= func.now())
    return [*where, case.c.closed_at.is_(None)]


def _of_each_space(scope: Scope, cut: Cut, given: Mapping[str, Any]) -> Select[Any]:
    """Gather the ids of the cases that a page can hold, from each of the viewer's spaces as many as it has."""
    spaces = select(func.unnest(scope.viewer.moderated_spaces).label("space_id")).subquery(scope.enter(cases).alias)
    case = scope.enter(cases)
    _, keys = _order(case, given, scope.arguments.shape("sort"))
    first = (
        select(case.c.id.label("id"))
        .select_from(case.source)
        .where(
            case.c.space_id == literal_column(f"{spaces.name}.space_id", BigInteger),
            *_conditions(scope, case, given),
            *cut.within(keys),
        )
    )
    found = lateral(cut.cut(first, keys), name=scope.enter(cases).alias)
    return select(literal_column(f"{found.name}.id")).select_from(spaces.join(found, true()))


def _id(scope: Scope, field: str, prefix: str) -> ColumnElement[Any]:
    return scope.arguments.value(f"filter.{field}", BigInteger(), lambda written: id_of(prefix, written))
