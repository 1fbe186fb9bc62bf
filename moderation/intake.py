"""What other features hold, and what is new, becomes a case: a reader of the event log opens it, and closes what was settled.

Of one thing there is one open case of a kind, so an event that comes twice opens none twice. Where whoever runs campaigns or
audits rounds settles it by themselves, its case is closed without a decision.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from community.cocreation.rounds.events import ROUND_HELD, ROUND_RELEASED
from community.discussions.events import POST_CREATED
from community.foundation.clock import now
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.events import Event, record
from community.referrals.reviewing import is_under_review
from community.rewards.events import REWARD_GRANTED, REWARD_REJECTED, REWARD_UNDER_REVIEW
from moderation.cases.events import CASE_CLOSED
from moderation.cases.opening import open_case
from moderation.identities.evidence import propose_by_evidence
from moderation.subjects import Subject

if TYPE_CHECKING:
    from community.foundation.database import Connection

# Of a referral that the brand itself brought it is who came that is asked about.
_REFERRAL = """
    SELECT referral.id, coalesce(referral.referrer_id, referral.member_id) AS member_id, reward.reason
    FROM reward JOIN referral ON referral.id = reward.cause_id
    WHERE reward.id = $1 AND reward.cause_kind = 'referral' AND reward.review_since IS NOT NULL
"""
_ROUND = """
    SELECT round.id, round.created_by AS member_id, round.space_id, round.title FROM round
    WHERE round.id = $1 AND held_at IS NOT NULL AND released_at IS NULL
"""
# The first so many of a member whom no role vouches for; what is gone meanwhile needs nobody's look.
_FIRST_POST = """
    SELECT post.id, post.author_id AS member_id, post.space_id, post.revision_count, post.title, post.body
    FROM post JOIN member AS author ON author.id = post.author_id
    WHERE post.id = $1 AND author.state = 'ACTIVE' AND NOT author.official
        AND NOT EXISTS (SELECT FROM role_grant WHERE role_grant.member_id = author.id)
        AND (SELECT count(*) FROM (
            SELECT FROM post AS earlier WHERE earlier.author_id = author.id AND earlier.id < post.id LIMIT $2
        ) AS counted) < $2
"""
NEWS_FOR = timedelta(days=7)
"""A post older than this, as a reader finds that begins or was away, is no new one."""
_REASON = "SELECT id, severity FROM report_reason WHERE name = $1"
_REFERRAL_OF = "SELECT cause_id FROM reward WHERE id = $1 AND cause_kind = 'referral'"
_CLOSE = """
    UPDATE moderation_case SET
        closed_at = now(), claimed_by = NULL, claimed_until = NULL, escalate_at = NULL, version = version + 1
    WHERE kind = $1 AND subject_kind = $2 AND subject_id = $3 AND closed_at IS NULL
    RETURNING id, member_id, space_id
"""

Work = Callable[["Connection", RecordedEvent], Awaitable[None]]


async def _under_review(connection: Connection, event: RecordedEvent) -> None:
    row = await connection.raw.fetchrow(_REFERRAL, event.subject_id)
    if row is not None:
        subject = Subject("referral", row["id"], row["member_id"], None, 0, {"body": row["reason"]}, 1.0)
        await _open(connection, "FRAUD", subject, "FRAUD")
        await propose_by_evidence(connection, row["id"])


async def _round_held(connection: Connection, event: RecordedEvent) -> None:
    row = await connection.raw.fetchrow(_ROUND, event.subject_id)
    if row is not None and row["member_id"] is not None:
        said = {"title": row["title"], "body": ", ".join(event.data.get("signs", ()))}
        subject = Subject("round", row["id"], row["member_id"], row["space_id"], 0, said, 1.0)
        await _open(connection, "INTEGRITY", subject, "MISLEADING")


async def _rewarded(connection: Connection, event: RecordedEvent) -> None:
    referral_id = await connection.raw.fetchval(_REFERRAL_OF, event.subject_id)
    if referral_id is not None and not await is_under_review(connection, referral_id):
        await _close(connection, event, "FRAUD", "referral", referral_id)


async def _round_released(connection: Connection, event: RecordedEvent) -> None:
    await _close(connection, event, "INTEGRITY", "round", event.subject_id)


def _first_posts(most: int) -> Work:
    async def created(connection: Connection, event: RecordedEvent) -> None:
        if event.occurred_at < now() - NEWS_FOR:
            return
        row = await connection.raw.fetchrow(_FIRST_POST, event.subject_id, most)
        if row is not None:
            said = {"title": row["title"], "body": row["body"]}
            subject = Subject("post", row["id"], row["member_id"], row["space_id"], row["revision_count"], said, 1.0)
            await _open(connection, "NEW_MEMBER", subject, "OTHER")

    return created


async def _open(connection: Connection, kind: str, subject: Subject, reason: str) -> None:
    why: Any = await connection.raw.fetchrow(_REASON, reason)
    await open_case(connection, kind, subject, reason_id=why["id"], severity=why["severity"], weight=1.0)


async def _close(
    connection: Connection, event: RecordedEvent, kind: str, subject_kind: str, subject_id: int | None
) -> None:
    row = await connection.raw.fetchrow(_CLOSE, kind, subject_kind, subject_id)
    if row is not None:
        happened = Event(
            CASE_CLOSED,
            actor_id=event.actor_id,
            member_id=row["member_id"],
            subject_kind="case",
            subject_id=row["id"],
            space_id=row["space_id"],
            data={"decision": None},
        )
        await record(connection, happened)


_WORK: Mapping[str, Work] = {
    REWARD_UNDER_REVIEW: _under_review,
    REWARD_GRANTED: _rewarded,
    REWARD_REJECTED: _rewarded,
    ROUND_HELD: _round_held,
    ROUND_RELEASED: _round_released,
}


def intake_reader(first_posts: int = 0) -> EventReader:
    """Return the reader; with `first_posts`, so many posts of each new member are looked at."""
    work = {**_WORK, **({POST_CREATED: _first_posts(first_posts)} if first_posts else {})}

    async def apply(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Open and close cases, event after event."""
        for event in events:
            does = work.get(event.kind)
            if does is not None:
                await does(connection, event)

    return EventReader("intake", apply)
