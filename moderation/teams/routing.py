"""Whose a case is: the routes are asked when it opens; afterwards somebody gives it to another, or the clock does.

A team's clock runs by how grave the case is; where a team has none, or it is nobody's, what was reported says how long it may
take. Where a case grows graver its time becomes shorter, and never longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.acting import load_acting
from community.members.roles import Permission
from moderation.cases.access import case_for
from moderation.cases.errors import CaseClosed
from moderation.teams import events
from moderation.teams.errors import CannotAnswer

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

AT_ONCE = 200

_ROUTED = """
    SELECT route.team_id FROM moderation_route AS route JOIN moderation_team AS team ON team.id = route.team_id
    WHERE team.retired_at IS NULL
        AND (route.kind IS NULL OR route.kind = routed.kind)
        AND (route.reason_id IS NULL OR route.reason_id = routed.reason_id)
        AND (route.space_id IS NULL OR route.space_id = routed.space_id)
        AND (route.tag_id IS NULL OR EXISTS (
            SELECT FROM post_tag WHERE post_tag.tag_id = route.tag_id AND post_tag.post_id = CASE routed.subject_kind
                WHEN 'post' THEN routed.subject_id
                WHEN 'comment' THEN (SELECT comment.post_id FROM comment WHERE comment.id = routed.subject_id)
            END
        ))
    ORDER BY route.priority, route.team_id, route.position LIMIT 1
"""
# A team without a clock has no minutes at any severity.
_DUE = """
    JOIN report_reason AS reason ON reason.id = {case}.reason_id
    CROSS JOIN LATERAL (
        SELECT now() + make_interval(mins => coalesce(team.respond_within[{case}.severity], reason.respond_within)) AS moment
    ) AS due
"""
_GIVE = f"""
    UPDATE moderation_case AS kept SET
        team_id = team.id, respond_by = due.moment,
        escalate_at = CASE WHEN team.escalates_to IS NOT NULL THEN due.moment END
    FROM moderation_case AS routed LEFT JOIN moderation_team AS team ON team.id = {{team}} {_DUE.format(case="routed")}
    WHERE routed.id = $1 AND kept.id = routed.id
"""  # noqa: S608 - made of expressions of ours
_GIVE_BY_ROUTE = _GIVE.format(team=f"({_ROUTED})")
_AS_IT_IS = _GIVE.format(team="routed.team_id")
_GIVE_TO = _GIVE.format(team="$2")
_HASTEN = f"""
    UPDATE moderation_case AS kept SET
        respond_by = least(kept.respond_by, due.moment),
        escalate_at = CASE WHEN team.escalates_to IS NOT NULL THEN least(kept.escalate_at, due.moment) END
    FROM moderation_case AS graver LEFT JOIN moderation_team AS team ON team.id = graver.team_id {_DUE.format(case="graver")}
    WHERE graver.id = $1 AND kept.id = graver.id
"""  # noqa: S608 - made of expressions of ours
_TEAM = "SELECT EXISTS (SELECT FROM moderation_team WHERE id = $1 AND retired_at IS NULL)"
_ASSIGN = "UPDATE moderation_case SET assigned_to = $2 WHERE id = $1"
_MEMBER = "SELECT EXISTS (SELECT FROM member WHERE id = $1 AND state = 'ACTIVE')"
# The row says when, whose it is and whose it becomes: whoever comes second finds that it is due no more.
_ESCALATE = f"""
    WITH due AS (
        SELECT kept.id, kept.team_id AS before, team.id AS team_id, team.escalates_to, due.moment
        FROM moderation_case AS kept JOIN moderation_team AS late ON late.id = kept.team_id
            JOIN moderation_team AS team ON team.id = late.escalates_to {_DUE.format(case="kept")}
        WHERE kept.closed_at IS NULL AND kept.escalate_at <= now()
            AND (kept.claimed_by IS NULL OR kept.claimed_until <= now())
        ORDER BY kept.escalate_at, kept.id LIMIT {AT_ONCE}
        FOR NO KEY UPDATE OF kept SKIP LOCKED
    ), moved AS (
        UPDATE moderation_case AS kept SET
            team_id = due.team_id, assigned_to = NULL, respond_by = due.moment, version = version + 1,
            escalate_at = CASE WHEN due.escalates_to IS NOT NULL THEN due.moment END
        FROM due WHERE kept.id = due.id
        RETURNING kept.id, kept.member_id, kept.space_id, due.before, due.team_id
    ), told AS (
        INSERT INTO event (kind, member_id, subject_kind, subject_id, space_id, data)
        SELECT '{events.CASE_ESCALATED}', member_id, 'case', id, space_id,
            jsonb_build_object('before', before, 'team', team_id)
        FROM moved ORDER BY id
    )
    SELECT count(*) FROM moved
"""  # noqa: S608 - made of names of ours


async def route_case(connection: Connection, case_id: int) -> None:
    """Start the clock of a case that opens, and give it to the team whose route fits it first; if none does, to nobody."""
    await connection.raw.execute(_GIVE_BY_ROUTE, case_id)


async def restart_clock(connection: Connection, case_id: int) -> None:
    """Give a case that was decided its time again, as it is open again."""
    await connection.raw.execute(_AS_IT_IS, case_id)


async def hasten(connection: Connection, case_id: int) -> None:
    """Shorten the time of a case that may have grown graver."""
    await connection.raw.execute(_HASTEN, case_id)


async def assign_case(
    connection: Connection, acting: Acting, case_id: int, *, team_id: int | None = None, member_id: int | None = None
) -> None:
    """Give an open case to a team, whose clock begins anew, or to a moderator, or to both.

    Raises:
        NotFound: if there is no such case that is theirs to see, no such team or member.
        CaseClosed: if it is decided.
        CannotAnswer: if the member may not look at it.
        Invalid: if neither is given.
    """
    if team_id is None and member_id is None:
        raise Invalid(field="team", reason="Give a team or a member.")
    case = await case_for(connection, acting, case_id)
    if case["closed_at"] is not None:
        raise CaseClosed
    if team_id is not None:
        if not await connection.raw.fetchval(_TEAM, team_id):
            raise NotFound(what="team", path=("team",))
        await connection.raw.execute(_GIVE_TO, case_id, team_id)
    if member_id is not None:
        if not await connection.raw.fetchval(_MEMBER, member_id):
            raise NotFound(what="member", path=("member",))
        answering = await load_acting(connection, member_id)
        about = member_id in {case["member_id"], case["other_id"]}
        if about or not answering.may(Permission.MODERATE_CONTENT, case["space_id"]):
            raise CannotAnswer(path=("member",))
    await connection.raw.execute(_ASSIGN, case_id, member_id)
    happened = Event(
        events.CASE_ASSIGNED,
        actor_id=acting.member_id,
        member_id=case["member_id"],
        subject_kind="case",
        subject_id=case_id,
        space_id=case["space_id"],
        data={"team": team_id, "assignee": member_id},
        context=acting.context,
    )
    await record(connection, happened)


async def escalate_due(connection: Connection) -> int:
    """Give to the next team what was not answered in time, each once; return how many. What is claimed waits for that."""
    moved: int = await connection.raw.fetchval(_ESCALATE)
    return moved
