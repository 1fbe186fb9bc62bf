"""Writing the audit log: a reader of the event log chains what staff did, each act once and in the order of the log.

The entry is written where the reader's place is moved, so that no act is missed or doubled however often a process dies; and
as one reader writes at a time, the chain needs no lock in the transactions of those who act.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.discussions import events as discussions
from community.foundation.event_readers import EventReader, RecordedEvent
from community.media import events as media
from community.members import events as members
from moderation.appeals import events as appeals
from moderation.audit import events as audit
from moderation.audit.chain import FIRST, Entry, digest_of, digest_of_data
from moderation.automod import events as automod
from moderation.cases import events as cases
from moderation.decisions import events as decisions
from moderation.health import events as health
from moderation.replies import events as replies
from moderation.reports import events as reports
from moderation.teams import events as teams

if TYPE_CHECKING:
    from community.foundation.database import Connection

ALWAYS = frozenset(
    {
        audit.ATTEMPT_DENIED,
        appeals.APPEAL_RECEIVED,
        appeals.APPEAL_DECIDED,
        automod.RULE_SAVED,
        automod.RULE_STATE_SET,
        automod.TEXT_MODEL_TRAINED,
        cases.CASE_CLAIMED,
        cases.CASE_RELEASED,
        cases.CASE_CLOSED,
        cases.CASE_REOPENED,
        cases.CASE_NOTED,
        decisions.DECISION_MADE,
        decisions.DECISION_UNDONE,
        decisions.STRIKE_POLICIES_UPDATED,
        health.OPINION_CLAIMED,
        health.OPINION_GIVEN,
        members.ROLE_GRANTED,
        members.ROLE_REVOKED,
        members.MEMBER_SUSPENDED,
        members.MEMBER_REINSTATED,
        members.MEMBER_MERGED,
        members.MEMBER_PARTED,
        members.MEMBER_RESTRICTED,
        members.MEMBER_UNRESTRICTED,
        members.LEVEL_POLICY_UPDATED,
        members.CUSTOMER_VERIFIED,
        members.CUSTOMER_UNVERIFIED,
        media.IMAGE_REMOVED,
        media.IMAGE_RESTORED,
        discussions.CONTENT_LABELLED,
        discussions.POST_LOCKED,
        discussions.POST_UNLOCKED,
        discussions.POST_PINNED,
        discussions.POST_UNPINNED,
        discussions.POST_MOVED,
        teams.TEAM_CREATED,
        teams.TEAM_UPDATED,
        teams.CASE_ASSIGNED,
        teams.CASE_ESCALATED,
        replies.REPLY_CREATED,
        replies.REPLY_UPDATED,
        replies.REPLY_DELETED,
        reports.REASON_SAVED,
    }
)
"""What is an act of staff, or a matter of theirs, whoever does it."""
ON_OTHERS = frozenset(
    {discussions.CONTENT_REMOVED, discussions.CONTENT_RESTORED, discussions.CONTENT_EDITED, members.PROFILE_UPDATED}
)
"""What everybody does to their own, and staff to others'."""

_LAST = "SELECT id, digest FROM audit_entry ORDER BY id DESC LIMIT 1"
_WRITE = """
    INSERT INTO audit_entry (
        id, event_id, occurred_at, kind, actor_id, member_id, subject_kind, subject_id, space_id, data, data_digest, digest
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


def is_audited(event: RecordedEvent) -> bool:
    """Say whether an event belongs into the audit log."""
    return event.kind in ALWAYS or (event.kind in ON_OTHERS and event.actor_id != event.member_id)


async def apply(connection: Connection, events: Sequence[RecordedEvent]) -> None:
    """Chain those of some events that are acts of staff, in their order."""
    wanted = [event for event in events if is_audited(event)]
    if not wanted:
        return
    last = await connection.raw.fetchrow(_LAST)
    number, digest = (0, FIRST) if last is None else (last["id"], last["digest"])
    rows = []
    for event in wanted:
        number += 1
        entry = Entry(
            number,
            event.position.event_id,
            event.occurred_at,
            event.kind,
            event.actor_id,
            event.member_id,
            event.subject_kind,
            event.subject_id,
            event.space_id,
            digest_of_data(event.data),
        )
        digest = digest_of(digest, entry)
        rows.append((*entry[:-1], event.data, entry.data_digest, digest))
    await connection.raw.executemany(_WRITE, rows)


audit_reader = EventReader("audit", apply)
