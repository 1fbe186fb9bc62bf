"""Making and changing teams, by who manages the community."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.names import clean_line
from community.members.roles import Permission
from moderation.reports.errors import ReportReasonUnknown
from moderation.teams import events
from moderation.teams.errors import EscalationGoesRound, TeamNameTaken
from moderation.teams.tables import LONGEST_NAME, MOST_MINUTES

if TYPE_CHECKING:
    from typing import Any

    from community.foundation.database import Connection
    from community.members.acting import Acting

NOBODY = -1
"""Instead of a team that cases go on to. What is no team's id is 0, and must not be taken for this."""
MOST_MEMBERS = 100
MOST_ROUTES = 50
SEVERITIES = 5
MOST_PRIORITY = 1_000_000

# Who would make teams escalate in a ring comes past this lock, one after another.
_LOCK = "SELECT id FROM moderation_team ORDER BY id FOR NO KEY UPDATE"
_CREATE = "INSERT INTO moderation_team (name) VALUES ($1) RETURNING id"
_FOUND = "SELECT EXISTS (SELECT FROM moderation_team WHERE id = $1)"
_NAME = "UPDATE moderation_team SET name = $2 WHERE id = $1"
_WITHIN = "UPDATE moderation_team SET respond_within = $2 WHERE id = $1"
_ESCALATE = "UPDATE moderation_team SET escalates_to = $2 WHERE id = $1"
_RETIRE = "UPDATE moderation_team SET retired_at = CASE WHEN $2 THEN coalesce(retired_at, now()) END WHERE id = $1"
_GOES_ROUND = """
    WITH RECURSIVE onwards (id) AS (
        SELECT escalates_to FROM moderation_team WHERE id = $1
        UNION SELECT team.escalates_to FROM onwards JOIN moderation_team AS team ON team.id = onwards.id
    )
    SELECT EXISTS (SELECT FROM onwards WHERE id = $1)
"""
_EMPTY = "DELETE FROM moderation_team_member WHERE team_id = $1"
_FILL = """
    INSERT INTO moderation_team_member (team_id, member_id)
    SELECT $1, id FROM member WHERE id = ANY($2::bigint[]) AND state <> 'ERASED' ORDER BY id RETURNING member_id
"""
_UNROUTE = "DELETE FROM moderation_route WHERE team_id = $1"
_ROUTE = """
    INSERT INTO moderation_route (team_id, position, priority, kind, reason_id, space_id, tag_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_REASON = "SELECT id FROM report_reason WHERE name = $1"
_SPACE = "SELECT EXISTS (SELECT FROM space WHERE id = $1)"
_TAG = "SELECT id FROM tag WHERE name = $1"


@dataclass(frozen=True, slots=True)
class Route:
    """Which cases are a team's. All that is given must hold; nothing given fits every case."""

    priority: int = 100
    kind: str | None = None
    reason: str | None = None
    """A reason's name."""
    space_id: int | None = None
    tag: str | None = None
    """A tag's name."""


@dataclass(frozen=True, slots=True)
class TeamChanges:
    """What is to be so of a team; what is None stays as it is."""

    name: str | None = None
    member_ids: Sequence[int] | None = None
    respond_within: Sequence[int] | None = None
    """Minutes by severity, from 1 to 5; none: there is no hurry."""
    escalates_to: int | None = None
    """A team; `NOBODY`: to nobody any more."""
    routes: Sequence[Route] | None = None
    retired: bool | None = None


async def create_team(connection: Connection, acting: Acting, changes: TeamChanges) -> int:
    """Make a team; return its id.

    Raises:
        NotPermitted: unless they manage the community.
        And as `update_team`.
    """
    acting.require(Permission.MANAGE_COMMUNITY, action="make teams")
    name = _name(changes.name or "")
    try:
        async with connection.savepoint():
            team_id: int = await connection.raw.fetchval(_CREATE, name)
    except asyncpg.UniqueViolationError as error:
        raise TeamNameTaken(name=name, path=("name",)) from error
    said = await _change(connection, team_id, changes)
    await _tell(connection, acting, events.TEAM_CREATED, team_id, {**said, "name": name})
    return team_id


async def update_team(connection: Connection, acting: Acting, team_id: int, changes: TeamChanges) -> None:
    """Change what is given of a team. Cases that are a team's already stay its own.

    Raises:
        NotPermitted: unless they manage the community.
        NotFound: if there is no such team, member, space or tag.
        TeamNameTaken: if another is called so.
        EscalationGoesRound: if cases would come back.
        ReportReasonUnknown, Invalid: for what cannot be.
    """
    acting.require(Permission.MANAGE_COMMUNITY, action="change teams")
    if not await connection.raw.fetchval(_FOUND, team_id):
        raise NotFound(what="team")
    said = await _change(connection, team_id, changes)
    if changes.name is not None:
        said["name"] = name = _name(changes.name)
        try:
            async with connection.savepoint():
                await connection.raw.execute(_NAME, team_id, name)
        except asyncpg.UniqueViolationError as error:
            raise TeamNameTaken(name=name, path=("name",)) from error
    if changes.retired is not None:
        said["retired"] = changes.retired
        await connection.raw.execute(_RETIRE, team_id, changes.retired)
    await _tell(connection, acting, events.TEAM_UPDATED, team_id, said)


async def _change(connection: Connection, team_id: int, changes: TeamChanges) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if changes.respond_within is not None:
        said["respondWithin"] = within = list(changes.respond_within)
        if len(within) not in {0, SEVERITIES} or not all(0 < minutes <= MOST_MINUTES for minutes in within):
            raise Invalid(field="respondWithin", reason=f"Five numbers of minutes, 1 to {MOST_MINUTES:,}, or none.")
        await connection.raw.execute(_WITHIN, team_id, within)
    if changes.escalates_to is not None:
        said["escalatesTo"] = changes.escalates_to
        onwards = None if changes.escalates_to == NOBODY else changes.escalates_to
        await _escalate(connection, team_id, onwards)
    if changes.member_ids is not None:
        said["members"] = await _fill(connection, team_id, changes.member_ids)
    if changes.routes is not None:
        said["routes"] = len(changes.routes)
        await _route(connection, team_id, changes.routes)
    return said


async def _escalate(connection: Connection, team_id: int, onwards: int | None) -> None:
    await connection.raw.execute(_LOCK)
    if onwards is not None and not await connection.raw.fetchval(_FOUND, onwards):
        raise NotFound(what="team", path=("escalatesTo",))
    if onwards == team_id:
        raise EscalationGoesRound(path=("escalatesTo",))
    await connection.raw.execute(_ESCALATE, team_id, onwards)
    if await connection.raw.fetchval(_GOES_ROUND, team_id):
        raise EscalationGoesRound(path=("escalatesTo",))


async def _fill(connection: Connection, team_id: int, member_ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(member_ids))
    if len(wanted) > MOST_MEMBERS:
        raise Invalid(field="members", reason=f"{MOST_MEMBERS} at most.")
    await connection.raw.execute(_EMPTY, team_id)
    if len(await connection.raw.fetch(_FILL, team_id, wanted)) < len(wanted):
        raise NotFound(what="member", path=("members",))
    return wanted


async def _route(connection: Connection, team_id: int, wanted: Sequence[Route]) -> None:
    if len(wanted) > MOST_ROUTES:
        raise Invalid(field="routes", reason=f"{MOST_ROUTES} at most.")
    await connection.raw.execute(_UNROUTE, team_id)
    for position, route in enumerate(wanted):
        if not 0 <= route.priority <= MOST_PRIORITY:
            raise Invalid(field="routes", reason=f"A priority is 0 to {MOST_PRIORITY:,}.")
        reason_id = route.reason and await connection.raw.fetchval(_REASON, route.reason)
        if route.reason is not None and reason_id is None:
            raise ReportReasonUnknown(reason=route.reason, path=("routes",))
        if route.space_id is not None and not await connection.raw.fetchval(_SPACE, route.space_id):
            raise NotFound(what="space", path=("routes",))
        tag_id = route.tag and await connection.raw.fetchval(_TAG, route.tag)
        if route.tag is not None and tag_id is None:
            raise NotFound(what="tag", path=("routes",))
        await connection.raw.execute(
            _ROUTE, team_id, position, route.priority, route.kind, reason_id, route.space_id, tag_id
        )


def _name(written: str) -> str:
    name = clean_line(written, "name", LONGEST_NAME)
    if not name:
        raise Invalid(field="name", reason="Give it a name.")
    return name


async def _tell(connection: Connection, acting: Acting, kind: str, team_id: int, said: dict[str, Any]) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="team",
        subject_id=team_id,
        data=said,
        context=acting.context,
    )
    await record(connection, happened)
