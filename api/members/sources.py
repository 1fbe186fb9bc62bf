"""What the connections of members draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DateTime, Text, and_, func, literal_column, or_, select

from api.members.enums import MemberSort
from api.reading.cursors import by_number, by_text, by_time
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from community.discussions.search import matches
from community.discussions.tables import space_members, spaces
from community.members.tables import access_tokens, badges, blocks, follows, members, mutes, role_grants, sessions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table


def all_members(scope: Scope) -> Source:
    """Draw on everybody."""
    member = scope.enter(members)
    match scope.arguments.shape("sort"):
        case MemberSort.MOST_FOLLOWED:
            keys = by_number(member.c.follower_count, descending=True), by_number(member.c.id, descending=True)
            return Source(member, keys, "followed", where=_filters(scope, member))
        case MemberSort.HANDLE:
            return Source(member, (by_text(member.c.handle_skeleton),), "handle", where=_filters(scope, member))
        case _:
            keys = by_time(member.c.joined_at, descending=True), by_number(member.c.id, descending=True)
            return Source(member, keys, "new", where=_filters(scope, member))


def member_followers(scope: Scope) -> Source:
    """Draw on who follows a member."""
    return _related(scope, follows, other="follower_id", own="member_id", whose=scope.row.c.id)


def member_following(scope: Scope) -> Source:
    """Draw on whom a member follows."""
    return _related(scope, follows, other="member_id", own="follower_id", whose=scope.row.c.id)


def blocked_members(scope: Scope) -> Source:
    """Draw on whom the viewer blocks: blocked members are hidden from them everywhere else, but not in their own list."""
    blocked = _related(scope, blocks, other="member_id", own="blocker_id", whose=scope.viewer.member_id)
    return Source(blocked.row, blocked.keys, blocked.order, blocked.where, blocked.joined, inherits=True)


def muted_members(scope: Scope) -> Source:
    """Draw on whom the viewer mutes."""
    return _related(scope, mutes, other="member_id", own="muter_id", whose=scope.viewer.member_id)


def member_badges(scope: Scope) -> Source:
    """Draw on a member's badges, the latest first."""
    badge = scope.enter(badges)
    keys = by_time(badge.c.awarded_at, descending=True), by_number(badge.c.id, descending=True)
    return Source(badge, keys, "new", where=[badge.c.member_id == scope.row.c.id])


def member_spaces(scope: Scope) -> Source:
    """Draw on the spaces that a member joined, as far as the viewer may see them."""
    space, joined = scope.enter(spaces), scope.enter(space_members)
    return Source(
        space,
        (by_time(joined.c.joined_at, descending=True), by_number(joined.c.space_id, descending=True)),
        "new",
        where=[joined.c.member_id == scope.row.c.id],
        joined=[(joined, joined.c.space_id == space.c.id)],
    )


def own_sessions(scope: Scope) -> Source:
    """Draw on the viewer's sessions that go on."""
    session = scope.enter(sessions)
    going_on = [session.c.ended_at.is_(None), session.c.expires_at > func.now()]
    keys = by_time(session.c.created_at, descending=True), by_text(session.c.id.op("::")(literal_column("text")))
    return Source(session, keys, "new", where=[session.c.member_id == scope.viewer.member_id, *going_on])


def own_access_tokens(scope: Scope) -> Source:
    """Draw on the viewer's access tokens that were not revoked."""
    token = scope.enter(access_tokens)
    where = [token.c.member_id == scope.viewer.member_id, token.c.revoked_at.is_(None)]
    return Source(token, (by_number(token.c.id, descending=True),), "new", where=where)


def _related(scope: Scope, table: Table, *, other: str, own: str, whose: ColumnElement[int]) -> Source:
    member, relation = scope.enter(members), scope.enter(table)
    other_id = getattr(relation.c, other)
    return Source(
        member,
        (by_time(relation.c.created_at, descending=True), by_number(other_id, descending=True)),
        "new",
        where=[getattr(relation.c, own) == whose],
        joined=[(relation, other_id == member.c.id)],
    )


def _filters(scope: Scope, member: Row, path: str = "filter") -> list[ColumnElement[bool]]:
    """Return a member filter's conditions; all of them must hold, and one of `any`."""
    given = scope.arguments.shape(path) or {}
    value = scope.arguments.value
    conditions: list[ColumnElement[bool]] = []
    if "query" in given:
        conditions.append(matches(member.c.search, value(f"{path}.query", Text())))
    if "role" in given:
        grant = role_grants.alias()
        granted = (
            select(grant.c.id)
            .select_from(grant)
            .where(grant.c.member_id == member.c.id, grant.c.role == literal(given["role"].value))
            .where(grant.c.space_id.is_(None))
        )
        conditions.append(granted.exists())
    if "official" in given:
        conditions.append(member.c.official.is_(given["official"]))
    if "joined_after" in given:
        conditions.append(member.c.joined_at >= value(f"{path}.joined_after", DateTime(timezone=True)))
    if "joined_before" in given:
        conditions.append(member.c.joined_at < value(f"{path}.joined_before", DateTime(timezone=True)))
    if "any" in given:
        alternatives = [_filters(scope, member, f"{path}.any.{place}") for place in range(len(given["any"]))]
        conditions.append(or_(literal_column("false"), *(and_(literal_column("true"), *all_) for all_ in alternatives)))
    return conditions
