"""From what happened to who is told: one function for each kind of event.

What is older than OLDEST when it is read (a reader that begins, or was away for long) only undoes and tells nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from community.discussions import events as discussions
from community.discussions.tables import Visibility
from community.foundation.clock import now
from community.foundation.event_readers import EventReader, RecordedEvent
from community.members import events as members
from community.notifications import of_ideas, of_referrals, of_rewards, of_rounds
from community.notifications.kinds import NotificationKind
from community.notifications.of_backing import KINDS as OF_BACKING
from community.notifications.of_backing import told_of_pledge
from community.notifications.writing import (
    Occasion,
    forget,
    forget_causes,
    group_key,
    notify_all,
    told_of_comment,
)

if TYPE_CHECKING:
    from community.foundation.database import Connection

OLDEST = timedelta(days=30)

_IS_OFFICIAL = "SELECT official FROM comment WHERE id = $1"


def reader_of(told: Mapping[str, Occasions] | None = None, undoing: Mapping[str, Effect] | None = None) -> EventReader:
    """Return the reader that tells members of what happens in the community, and of what features above it give besides.

    `told` says who is told of an event, by its kind; `undoing` takes back what was told before. An event of a kind that the
    community tells of itself is not to be among them.
    """
    occasions_of, undo_of = {**_OCCASIONS, **(told or {})}, {**_UNDOING, **(undoing or {})}

    async def apply(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Have the effects of some events, in their order. What follows one another to be told takes one round trip."""
        waiting: list[Occasion] = []
        oldest = now() - OLDEST
        for event in events:
            tell, undo = _TELLING.get(event.kind), undo_of.get(event.kind)
            if tell is not None or undo is not None:
                # These look at what was told before.
                await notify_all(connection, waiting)
                waiting = []
                if tell is not None and event.occurred_at > oldest:
                    await tell(connection, event)
                if undo is not None:
                    await undo(connection, event)
            occasions = occasions_of.get(event.kind)
            if occasions is not None and event.occurred_at > oldest:
                waiting += await occasions(connection, event)
        await notify_all(connection, waiting)

    return EventReader("notifications", apply)


async def _comment_created(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    comment_id = _subject(event)
    official = event.data.get("official")
    if official is None:
        official = await connection.raw.fetchval(_IS_OFFICIAL, comment_id)
    parent_id = event.data.get("parent_id")
    post_author_id = event.data.get("post_author_id")
    answered = ("post", event.post_id) if parent_id is None else ("comment", parent_id)
    told = {event.member_id: (NotificationKind.REPLY, *answered)}
    if post_author_id != event.member_id:
        told[post_author_id] = (NotificationKind.COMMENT, "post", event.post_id)
    return [
        Occasion(
            member_id,
            NotificationKind.OFFICIAL_ANSWER if official else kind,
            event.occurred_at,
            actor_id=event.actor_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            post_id=event.post_id,
            space_id=event.space_id,
            cause=f"comment_{comment_id}",
            comment_id=comment_id,
        )
        for member_id, (kind, subject_kind, subject_id) in told.items()
        if member_id is not None
    ]


async def _member_mentioned(connection: Connection, event: RecordedEvent) -> None:
    subject_id = _subject(event)
    in_comment = event.subject_kind == "comment"
    # Who is answered and named in one comment is told of it once.
    if in_comment and await told_of_comment(connection, _concerned(event), subject_id):
        return
    await _notify(
        connection,
        event,
        NotificationKind.MENTION,
        cause=f"{event.subject_kind}_{subject_id}",
        comment_id=subject_id if in_comment else None,
    )


async def _reaction_added(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return _occasions(event, NotificationKind.REACTION, cause=str(event.data["kind"]))


async def _reaction_removed(connection: Connection, event: RecordedEvent) -> None:
    await forget_causes(
        connection,
        "notification.member_id = $1 AND group_key = $2 AND actor_id = $3 AND cause = $4",
        event.member_id,
        group_key(NotificationKind.REACTION, event.subject_kind, event.subject_id),
        event.actor_id,
        str(event.data["kind"]),
    )


async def _answer_accepted(connection: Connection, event: RecordedEvent) -> None:
    # There is one accepted answer: the one before it is none any more.
    await _answer_unaccepted(connection, event)
    await _notify(connection, event, NotificationKind.ANSWER_ACCEPTED, cause="accepted")


async def _answer_unaccepted(connection: Connection, event: RecordedEvent) -> None:
    await forget(connection, "post_id = $1 AND kind = 'ANSWER_ACCEPTED'", event.post_id)


async def _member_followed(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [
        Occasion(
            _concerned(event),
            NotificationKind.FOLLOW,
            event.occurred_at,
            actor_id=event.actor_id,
            cause="follow",
        ),
    ]


async def _member_unfollowed(connection: Connection, event: RecordedEvent) -> None:
    await forget_causes(
        connection,
        "notification.member_id = $1 AND group_key = 'FOLLOW' AND actor_id = $2",
        event.member_id,
        event.actor_id,
    )


async def _member_blocked(connection: Connection, event: RecordedEvent) -> None:
    await forget_causes(
        connection,
        "(notification.member_id, actor_id) IN (($1::bigint, $2::bigint), ($2::bigint, $1::bigint))",
        event.member_id,
        event.actor_id,
    )


async def _member_muted(connection: Connection, event: RecordedEvent) -> None:
    await forget_causes(
        connection,
        "notification.member_id = $1 AND actor_id = $2",
        event.actor_id,
        event.member_id,
    )


async def _member_suspended(connection: Connection, event: RecordedEvent) -> None:
    await forget_causes(connection, "actor_id = $1", event.member_id)


async def _content_removed(connection: Connection, event: RecordedEvent) -> None:
    subject_id = _subject(event)
    if event.subject_kind == "comment":
        await forget_causes(connection, "comment_id = $1", subject_id)
        await forget(connection, "subject_kind = 'comment' AND subject_id = $1", subject_id)
    else:
        await forget(connection, "post_id = $1", subject_id)
    # A decision is told of by itself, with its reasons.
    decided = event.data.get("decision") is not None
    if event.data.get("visibility") == Visibility.REMOVED and event.actor_id != event.member_id and not decided:
        await _notify(connection, event, NotificationKind.CONTENT_REMOVED, named=False)


async def _content_restored(connection: Connection, event: RecordedEvent) -> None:
    subject = event.subject_kind, event.subject_id
    key = group_key(NotificationKind.CONTENT_REMOVED, *subject)
    await forget(connection, "member_id = $1 AND group_key = $2", event.member_id, key)
    if event.actor_id != event.member_id and event.data.get("decision") is None:
        await _notify(connection, event, NotificationKind.CONTENT_RESTORED, named=False)


async def _notify(
    connection: Connection,
    event: RecordedEvent,
    kind: NotificationKind,
    *,
    cause: str = "",
    comment_id: int | None = None,
    named: bool = True,
) -> None:
    """Tell whom an event concerns of what was done with its subject."""
    await notify_all(connection, _occasions(event, kind, cause=cause, comment_id=comment_id, named=named))


def _occasions(
    event: RecordedEvent,
    kind: NotificationKind,
    *,
    cause: str,
    comment_id: int | None = None,
    named: bool = True,
) -> list[Occasion]:
    if event.member_id is None:
        return []
    return [Occasion.of(event, kind, named=named, cause=cause, comment_id=comment_id)]


def _subject(event: RecordedEvent) -> int:
    if event.subject_id is None:
        raise LookupError(f"{event.kind} at {event.position} has no subject")
    return event.subject_id


def _concerned(event: RecordedEvent) -> int:
    if event.member_id is None:
        raise LookupError(f"{event.kind} at {event.position} concerns nobody")
    return event.member_id


Occasions = Callable[["Connection", RecordedEvent], Awaitable[list[Occasion]]]
"""From an event to whom it is told."""
Effect = Callable[["Connection", RecordedEvent], Awaitable[None]]
"""What an event does to what was told before."""


def _told(occasions: Occasions) -> Effect:
    async def tell(connection: Connection, event: RecordedEvent) -> None:
        await notify_all(connection, await occasions(connection, event))

    return tell


# These look at nothing that was told before.
_OCCASIONS: Mapping[str, Occasions] = {
    discussions.COMMENT_CREATED: _comment_created,
    discussions.REACTION_ADDED: _reaction_added,
    members.MEMBER_FOLLOWED: _member_followed,
    **of_ideas.OCCASIONS,
    **of_rounds.OCCASIONS,
    **of_referrals.OCCASIONS,
    **of_rewards.OCCASIONS,
    **dict.fromkeys(OF_BACKING, told_of_pledge),
}
_TELLING: Mapping[str, Effect] = {
    discussions.MEMBER_MENTIONED: _member_mentioned,
    discussions.ANSWER_ACCEPTED: _answer_accepted,
    **{kind: _told(occasions) for kind, occasions in of_ideas.TELLING.items()},
}
_UNDOING: Mapping[str, Effect] = {
    discussions.CONTENT_REMOVED: _content_removed,
    discussions.CONTENT_RESTORED: _content_restored,
    discussions.REACTION_REMOVED: _reaction_removed,
    discussions.ANSWER_UNACCEPTED: _answer_unaccepted,
    members.MEMBER_UNFOLLOWED: _member_unfollowed,
    members.MEMBER_BLOCKED: _member_blocked,
    members.MEMBER_MUTED: _member_muted,
    members.MEMBER_SUSPENDED: _member_suspended,
    **of_ideas.UNDOING,
}

notifications_reader = reader_of()
