"""Who is told of what moderation does: whom it concerns, who reported, who appealed, and the moderators whose turn it is.

Nobody is named: it is the community that decides. What was done to content is told by its decision, which says why, and not a
second time as content that was taken down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from community.notifications.kinds import NotificationKind
from community.notifications.reader import Effect, Occasions, reader_of
from community.notifications.writing import Occasion, forget, group_key
from moderation.appeals import events as appeals
from moderation.cases import events as cases
from moderation.decisions import events as decisions
from moderation.reports import events as reports
from moderation.teams import events as teams

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

# Whoever was found to be in the wrong is told, and whose content moved; that somebody looked and found nothing is no news.
_CONCERNS = """
    SELECT decision.verdict = 'UPHELD'
        OR EXISTS (SELECT FROM measure WHERE measure.decision_id = decision.id AND measure.before <> measure.after)
    FROM decision WHERE decision.id = $1
"""
# Whoever looks at cases of this space, is not who they are about, and is still a moderator: others could not open them.
_TEAM = """
    SELECT DISTINCT member.id AS member_id FROM moderation_team_member AS one
        JOIN member ON member.id = one.member_id AND member.state = 'ACTIVE'
        JOIN role_grant ON role_grant.member_id = member.id AND (
            role_grant.space_id = $2::bigint OR role_grant.space_id IS NULL AND role IN ('MODERATOR', 'ADMIN')
        )
    WHERE one.team_id = $1 AND member.id IS DISTINCT FROM $3::bigint AND member.id IS DISTINCT FROM $4::bigint
        AND NOT EXISTS (SELECT FROM moderation_case WHERE moderation_case.id = $5 AND other_id = member.id)
    ORDER BY member_id
"""


async def _decided(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    if event.member_id is None or not await connection.raw.fetchval(_CONCERNS, event.subject_id):
        return []
    concerned = [event.member_id, *([event.data["other"]] if "other" in event.data else [])]
    return [_occasion(event, member_id, NotificationKind.DECISION) for member_id in concerned]


async def _undone(connection: Connection, event: RecordedEvent) -> None:
    """Take back what is unread, so that what comes next, that it is undone, is the one thing to read."""
    key = group_key(NotificationKind.DECISION, "decision", event.subject_id)
    for member_id in (event.member_id, event.data.get("other")):
        await forget(connection, "member_id = $1 AND group_key = $2", member_id, key)


async def _answered(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return _to_member(event, NotificationKind.REPORT_ANSWERED)


async def _judged(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return _to_member(event, NotificationKind.APPEAL_DECIDED)


async def _noted(_: Connection, event: RecordedEvent) -> list[Occasion]:
    if not event.data.get("shown") or event.member_id is None:
        return []
    return [
        Occasion(
            event.member_id,
            NotificationKind.CASE_NOTE,
            event.occurred_at,
            subject_kind="case_note",
            subject_id=event.data["note"],
            cause=event.kind,
        )
    ]


async def _assigned(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    assignee = event.data.get("assignee")
    if assignee is not None:
        return [] if assignee == event.actor_id else [_occasion(event, assignee, NotificationKind.CASE_ASSIGNED)]
    about = event.space_id, event.member_id, event.actor_id, event.subject_id
    members = await connection.raw.fetch(_TEAM, event.data["team"], *about)
    return [_occasion(event, row["member_id"], NotificationKind.CASE_ASSIGNED) for row in members]


def _to_member(event: RecordedEvent, kind: NotificationKind) -> list[Occasion]:
    return [] if event.member_id is None else [_occasion(event, event.member_id, kind)]


def _occasion(event: RecordedEvent, member_id: int, kind: NotificationKind) -> Occasion:
    # Without the post: who can no longer see it is told of the decision all the same.
    return Occasion(
        member_id,
        kind,
        event.occurred_at,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        space_id=event.space_id,
        cause=event.kind,
    )


OCCASIONS: Mapping[str, Occasions] = {
    decisions.DECISION_MADE: _decided,
    decisions.DECISION_UNDONE: _decided,
    reports.REPORT_ANSWERED: _answered,
    appeals.APPEAL_DECIDED: _judged,
    cases.CASE_NOTED: _noted,
    teams.CASE_ASSIGNED: _assigned,
    teams.CASE_ESCALATED: _assigned,
}
UNDOING: Mapping[str, Effect] = {decisions.DECISION_UNDONE: _undone}

notifications_reader = reader_of(OCCASIONS, UNDOING)
"""The reader that a server runs: of all that the community tells of, and of this."""
