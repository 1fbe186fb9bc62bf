"""What the lists and connections of the social graph draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Double, Integer, Text, and_, case, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from api.discussions.sources import folded_tag
from api.graph.arguments import InfluenceSort, InfluenceWindow, Level
from api.graph.few import by_few
from api.node import id_of
from api.reading.arguments import BadArgument
from api.reading.cursors import by_measure, by_number, by_text, by_time
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from community.discussions.tables import tags
from community.members.tables import members, role_grants
from community.members.visibility import visible_members
from graph.tables import (
    graph_scopes,
    influences,
    interaction_kinds,
    profiling_objections,
    score_runs,
    score_weights,
    seeding_picks,
    social_capital_points,
    social_capitals,
    ties,
    tribe_bridges,
    tribe_tags,
    tribes,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

LEVELS = {level.name: number for number, level in enumerate(Level, 1)}
"""How the table numbers them."""


def level_of(row: Row) -> ColumnElement[Any]:
    """Return the name of the level that a row has."""
    return case(*((row.c.level == number, literal(name)) for name, number in LEVELS.items()))


def member_level(scope: Scope) -> ColumnElement[Any]:
    """Return the name of a member's level; null for who is not scored."""
    capital, objection = scope.enter(social_capitals), scope.enter(profiling_objections)
    objects: Any = (
        select(literal_column("1")).select_from(objection.source).where(objection.c.member_id == scope.row.c.id)
    )
    return (
        select(level_of(capital))
        .select_from(capital.source)
        .where(capital.c.member_id == scope.row.c.id, ~objects.exists())
        .scalar_subquery()
    )


def influencers(scope: Scope) -> Source:
    """Draw on a ranking."""
    influence = scope.enter(influences)
    where = [influence.c.scope_id == scope_id(scope), *_in_tribe(scope, influence, "scope.tribe")]
    where += _filters(scope, influence)
    ways = by_few(scope, influence)
    match scope.arguments.shape("sort"):
        case InfluenceSort.REACH:
            keys = by_measure(influence.c.reach, descending=True), by_number(influence.c.member_id, descending=True)
            order = "reach"
        case InfluenceSort.RISING:
            keys = (
                by_measure(influence.c.score_change, descending=True),
                by_number(influence.c.member_id, descending=True),
            )
            order = "rising"
            where.append(influence.c.score_change.is_not(None))
        case _:
            keys, order = (by_number(influence.c.position), by_number(influence.c.member_id)), "score"
    return Source(influence, keys, order, where=where, ways=ways)


def in_scope(scope: Scope, influence: Row) -> list[ColumnElement[Any]]:
    """Return the conditions for a member's place to be that in the scope which the argument `scope` names."""
    return [influence.c.scope_id == scope_id(scope), *_in_tribe(scope, influence, "scope.tribe")]


def scope_id(scope: Scope) -> ColumnElement[Any]:
    """Return the id of the scope that the argument `scope` names; null when nothing was ranked there.

    Raises:
        BadArgument: if a space and a tag are named.
    """
    given = scope.arguments.shape("scope") or {}
    ranked = scope.enter(graph_scopes)
    if "space" in given and "tag" in given:
        raise BadArgument("scope", "names a space and a tag; give one of them.")
    window = given.get("window", InfluenceWindow.ALL)
    where = [ranked.c.since == literal(window.value)]
    if "space" in given:
        space = scope.arguments.value("scope.space", BigInteger(), lambda id_: id_of("space", id_))
        where.append(ranked.c.space_id == space)
    else:
        where.append(ranked.c.space_id.is_(None))
    if "tag" in given:
        tag = tags.alias()
        name = scope.arguments.value("scope.tag", Text(), folded_tag)
        where.append(ranked.c.tag_id == select(tag.c.id).where(tag.c.name == name).scalar_subquery())
    else:
        where.append(ranked.c.tag_id.is_(None))
    return select(ranked.c.id).select_from(ranked.source).where(*where).scalar_subquery()


def _in_tribe(scope: Scope, influence: Row, path: str) -> list[ColumnElement[bool]]:
    name, _, field = path.partition(".")
    if field not in (scope.arguments.shape(name) or {}):
        return []
    tribe_id = influence.c.tribe_id
    if scope.arguments.shape("sort") in {InfluenceSort.REACH, InfluenceSort.RISING}:
        # No index has a tribe in these orders. A small one is found whole (`few`); of a large one many stand on top, and to
        # sort all of it would take longer than to walk until they are found: so its index is kept out of this.
        tribe_id = tribe_id + literal_column("0")
    return [tribe_id == scope.arguments.value(path, BigInteger(), lambda id_: id_of("tribe", id_))]


def _filters(scope: Scope, influence: Row) -> list[ColumnElement[bool]]:
    given = scope.arguments.shape("filter") or {}
    value = scope.arguments.value
    conditions = _in_tribe(scope, influence, "filter.tribe")
    if "min_trust" in given:
        conditions.append(influence.c.trust_percentile >= value("filter.min_trust", Double()))
    if "level" in given:
        conditions.append(influence.c.level == literal_column(str(LEVELS[given["level"].name])))
    if "joined_after" in given:
        conditions.append(influence.c.joined_at >= value("filter.joined_after", DateTime(timezone=True)))
    if "joined_before" in given:
        conditions.append(influence.c.joined_at < value("filter.joined_before", DateTime(timezone=True)))
    member = members.alias()
    of_member: list[ColumnElement[bool]] = []
    if "official" in given:
        of_member.append(member.c.official.is_(given["official"]))
    if "role" in given:
        grant = role_grants.alias()
        of_member.append(
            select(grant.c.id)
            .where(
                grant.c.member_id == member.c.id,
                grant.c.space_id.is_(None),
                grant.c.role == literal(given["role"].value),
            )
            .exists()
        )
    if of_member:
        conditions.append(
            select(member.c.id).where(and_(member.c.id == influence.c.member_id, *of_member)).exists(),
        )
    return conditions


def topics(scope: Scope) -> Source:
    """Draw on the tags that a member is ranked highest about."""
    tag, ranked, place = scope.enter(tags), scope.enter(graph_scopes), scope.enter(influences)
    return Source(
        tag,
        (by_measure(place.c.score_percentile, descending=True), by_number(place.c.position), by_number(tag.c.id)),
        "topic",
        where=[
            place.c.member_id == scope.row.c.member_id,
            ranked.c.since == literal("ALL"),
            place.c.score_percentile > literal_column("50"),
        ],
        joined=[(ranked, ranked.c.tag_id == tag.c.id), (place, place.c.scope_id == ranked.c.id)],
    )


def member_ties(scope: Scope) -> Source:
    """Draw on a member's strongest ties, the strongest first."""
    tie = scope.enter(ties)
    return Source(
        tie,
        (by_number(tie.c.place), by_number(tie.c.other_id)),
        "strongest",
        where=[tie.c.member_id == scope.row.c.member_id],
    )


def capital_points(scope: Scope) -> Source:
    """Draw on a member's social capital of the past, the latest first."""
    point = scope.enter(social_capital_points)
    return Source(
        point,
        (by_time(point.c.as_of, descending=True),),
        "latest",
        where=[point.c.member_id == scope.row.c.member_id],
    )


def all_tribes(scope: Scope) -> Source:
    """Draw on all tribes, the largest first."""
    tribe = scope.enter(tribes)
    keys = by_number(tribe.c.size, descending=True), by_number(tribe.c.id, descending=True)
    return Source(tribe, keys, "size")


def telling_tags(scope: Scope) -> Source:
    """Draw on what a tribe writes about more than others do."""
    tag, telling = scope.enter(tags), scope.enter(tribe_tags)
    return Source(
        tag,
        (by_number(telling.c.position), by_number(tag.c.id)),
        "telling",
        where=[telling.c.tribe_id == scope.row.c.id],
        joined=[(telling, telling.c.tag_id == tag.c.id)],
    )


def core_members(scope: Scope) -> Source:
    """Draw on a tribe's members with the most social capital."""
    capital = scope.enter(social_capitals)
    keys = by_measure(capital.c.composite, descending=True), by_number(capital.c.member_id, descending=True)
    return Source(capital, keys, "capital", where=[capital.c.tribe_id == scope.row.c.id])


def bridges(scope: Scope) -> Source:
    """Draw on the tribes that a tribe is tied to most."""
    bridge = scope.enter(tribe_bridges)
    keys = by_measure(bridge.c.weight, descending=True), by_number(bridge.c.other_id, descending=True)
    return Source(bridge, keys, "weight", where=[bridge.c.tribe_id == scope.row.c.id])


def all_runs(scope: Scope) -> Source:
    """Draw on the scoring runs, the latest first."""
    run = scope.enter(score_runs)
    return Source(run, (by_number(run.c.id, descending=True),), "new")


def interaction_weights(scope: Scope) -> Source:
    """Draw on the kinds of interactions."""
    kind = scope.enter(interaction_kinds)
    return Source(kind, (by_number(kind.c.id),), "kind")


def dimension_weights(scope: Scope) -> Source:
    """Draw on the dimensions of social capital."""
    weight = scope.enter(score_weights)
    return Source(weight, (by_text(weight.c.dimension),), "dimension")


def seeding_picks_of(scope: Scope) -> Source:
    """Draw on whom a seeding plan would tell, in the order of choice."""
    pick = scope.enter(seeding_picks)
    return Source(pick, (by_number(pick.c.position),), "chosen", where=[pick.c.job_id == scope.row.c.id])


def compared_plans(scope: Scope) -> Source:
    """Draw on what each way of choosing reaches, as the job's result has it, the most first."""
    each = func.jsonb_each(scope.row.c.result.op("->")(literal("compared"))).table_valued("key", "value")
    numbers = [cast(each.c.value.op("->>")(literal(name)), Double).label(name) for name in ("estimate", "low", "high")]
    found = scope.enter(select(cast(each.c.key, Text).label("name"), *numbers).subquery())
    return Source(found, (by_measure(found.c.estimate, descending=True), by_text(found.c.name)), "reach")


MOST_COMPARED = 20


def _numbers(ids: Any) -> list[int | None]:
    if len(ids) > MOST_COMPARED:
        message = f"names {len(ids)} members; give {MOST_COMPARED} at most."
        raise ValueError(message)
    return [id_of("member", id_) for id_ in ids]


def compared(scope: Scope) -> Source:
    """Draw on the members with these ids, in the order asked for, each with the scope that they are compared in."""
    member = scope.enter(members)
    ids = scope.arguments.value("ids", ARRAY(BigInteger), _numbers)
    place = func.array_position(ids, member.c.id, type_=Integer())
    tribe: ColumnElement[Any] = literal_column("NULL::bigint", BigInteger)
    if "tribe" in (scope.arguments.shape("scope") or {}):
        tribe = scope.arguments.value("scope.tribe", BigInteger(), lambda id_: id_of("tribe", id_))
    found = scope.enter(
        select(
            member.c.id.label("member_id"),
            member.c.handle.label("handle"),
            member.c.display_name.label("display_name"),
            place.label("place"),
            scope_id(scope).label("scope_id"),
            tribe.label("tribe_id"),
        )
        .select_from(member.source)
        .where(member.c.id == func.any(ids), *visible_members(member, scope.viewer).whole())
        .subquery()
    )
    return Source(found, (by_number(found.c.place),), "asked")


def in_compared_scope(scope: Scope, influence: Row) -> list[ColumnElement[Any]]:
    """Return the conditions for a member's place to be that in the scope which they are compared in."""
    compared = scope.row.c
    return [
        influence.c.scope_id == compared.scope_id,
        or_(compared.tribe_id.is_(None), influence.c.tribe_id == compared.tribe_id),
    ]
