"""Rankings of whom few there are: found one by one, as walking the ranking until a page is full would walk all of it.

Nothing but the values can tell whether a filter lets few pass, and a statement is planned without them. So it is planned
both ways, and finds out when it runs: whom a filter lets pass is read from an index of the filter's own, no more than a
few thousand of them, and only if there are more is the ranking walked, which then soon has its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Double, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from api.graph.arguments import InfluenceSort
from api.node import id_of
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope
from community.members.tables import members, role_grants
from graph.tables import social_capitals

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

FEW = 4_000
"""Looking so many up by their ids takes about 10 ms."""


def by_few(scope: Scope, influence: Row) -> Sequence[Sequence[ColumnElement[Any]]]:
    """Return the ways of reading a ranking: by the few whom a filter lets pass, or walking it, if none lets few pass."""
    counted = [_if_few(passing) for passing in _passing(scope)]
    if not counted:
        return ((),)
    ids = func.coalesce(*counted, type_=ARRAY(BigInteger)) if len(counted) > 1 else counted[0]
    few = select(ids.label("ids")).cte(f"few_{influence.alias}").prefix_with("MATERIALIZED")
    found = select(few.c.ids).scalar_subquery()
    array = func.any(func.coalesce(found, literal_column("'{}'::bigint[]"), type_=ARRAY(BigInteger)))
    return ((found.is_not(None), influence.c.member_id == array), (found.is_(None),))


def _if_few(passing: Select[Any]) -> ColumnElement[Any]:
    """Return the ids that a query finds as an array; null if they are more than few."""
    found = passing.limit(literal_column(str(FEW + 1))).subquery()
    ids = func.coalesce(func.array_agg(found.c.member_id), literal_column("'{}'::bigint[]"), type_=ARRAY(BigInteger))
    return select(case((func.count() <= literal_column(str(FEW)), ids))).scalar_subquery()


def _passing(scope: Scope) -> Iterator[Select[Any]]:
    """Yield, for each filter that is given, who passes it; what lets the fewest pass comes first."""
    value = scope.arguments.value
    given = scope.arguments.shape("filter") or {}
    within = scope.arguments.shape("scope") or {}
    if "role" in given:
        grant = role_grants.alias()
        holds = grant.c.space_id.is_(None), grant.c.role == literal(given["role"].value)
        yield select(grant.c.member_id).where(*holds)
    if given.get("official"):
        member = members.alias()
        yield select(member.c.id.label("member_id")).where(member.c.official)
    capital = social_capitals.alias()
    # By score, an index has the members of each tribe in order.
    in_order = scope.arguments.shape("sort") is InfluenceSort.SCORE
    for path in () if in_order else (*("filter.tribe",) * ("tribe" in given), *("scope.tribe",) * ("tribe" in within)):
        tribe = value(path, BigInteger(), lambda written: id_of("tribe", written))
        yield select(capital.c.member_id).where(capital.c.tribe_id == tribe)
    if "min_trust" in given:
        trust = value("filter.min_trust", Double())
        yield select(capital.c.member_id).where(capital.c.trust_percentile >= trust)
    joined = members.alias()
    spans = []
    if "joined_after" in given:
        spans.append(joined.c.joined_at >= value("filter.joined_after", DateTime(timezone=True)))
    if "joined_before" in given:
        spans.append(joined.c.joined_at < value("filter.joined_before", DateTime(timezone=True)))
    if spans:
        yield select(joined.c.id.label("member_id")).where(*spans)
