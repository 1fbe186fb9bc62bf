"""Who is told of what becomes of ideas: their followers of each official step, and authors and amenders of each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from community.cocreation.ideas import events
from community.cocreation.ideas.stages import SHIPPED
from community.notifications.kinds import NotificationKind
from community.notifications.writing import Occasion, forget, group_key

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.foundation.event_readers import RecordedEvent

# Whoever did it knows; and who is credited is told of that, which says as much.
_FOLLOWERS = """
    SELECT member_id FROM idea_follow
    WHERE idea_id = $1 AND following AND member_id IS DISTINCT FROM $2::bigint AND NOT ($3::boolean AND EXISTS (
        SELECT FROM idea_credit WHERE idea_credit.idea_id = $1 AND idea_credit.member_id = idea_follow.member_id
    )) ORDER BY member_id
"""
# Who follows several ideas that went into one is told once, of the first.
_FOLLOWERS_OF_MERGED = """
    SELECT member_id FROM idea_follow
    WHERE idea_id = $1 AND following AND member_id IS DISTINCT FROM $2::bigint AND NOT EXISTS (
        SELECT FROM idea_merge_source AS source JOIN idea_follow AS other ON other.idea_id = source.idea_id
        WHERE source.merge_id = $3 AND source.idea_id < $1
            AND other.member_id = idea_follow.member_id AND other.following
    ) ORDER BY member_id
"""
_CO_AUTHORS = "SELECT member_id FROM idea_co_author WHERE idea_id = $1 AND state = 'ACCEPTED' ORDER BY member_id"


async def _advanced(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    shipped = event.data["to"] == SHIPPED
    kind = NotificationKind.IDEA_SHIPPED if shipped else NotificationKind.IDEA_ADVANCED
    followers = await connection.raw.fetch(_FOLLOWERS, event.subject_id, event.actor_id, shipped)
    return [Occasion.of(event, kind, row["member_id"]) for row in followers]


async def _credited(_: Connection, event: RecordedEvent) -> list[Occasion]:
    return [Occasion.of(event, NotificationKind.IDEA_CREDITED)]


async def _merged(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    merge_id = event.data["merge"]
    followers = await connection.raw.fetch(_FOLLOWERS_OF_MERGED, event.subject_id, event.actor_id, merge_id)
    return [Occasion.of(event, NotificationKind.IDEA_MERGED, row["member_id"]) for row in followers]


async def _amendment_proposed(connection: Connection, event: RecordedEvent) -> list[Occasion]:
    authors = [row["member_id"] for row in await connection.raw.fetch(_CO_AUTHORS, event.data["idea"])]
    return [
        Occasion.of(event, NotificationKind.AMENDMENT_PROPOSED, member_id, named=True)
        for member_id in (event.member_id, *authors)
    ]


def _to_member(kind: NotificationKind) -> _Occasions:
    async def occasions(_: Connection, event: RecordedEvent) -> list[Occasion]:
        return [Occasion.of(event, kind, named=True)]

    return occasions


def _forgetting(*kinds: NotificationKind, everybody: bool = False) -> _Undo:
    async def undo(connection: Connection, event: RecordedEvent) -> None:
        keys = [group_key(kind, event.subject_kind, event.subject_id) for kind in kinds]
        told = "group_key = ANY($1::text[])"
        if everybody:
            await forget(connection, told, keys)
        else:
            await forget(connection, f"{told} AND member_id = $2", keys, event.member_id)

    return undo


_Occasions = Callable[["Connection", "RecordedEvent"], Awaitable[list[Occasion]]]
_Undo = Callable[["Connection", "RecordedEvent"], Awaitable[None]]

OCCASIONS: Mapping[str, _Occasions] = {
    events.IDEA_ADVANCED: _advanced,
    events.IDEA_CREDITED: _credited,
    events.IDEAS_MERGED: _merged,
    events.CO_AUTHOR_INVITED: _to_member(NotificationKind.CO_AUTHOR_INVITED),
    events.CO_AUTHOR_JOINED: _to_member(NotificationKind.CO_AUTHOR_JOINED),
    events.AMENDMENT_PROPOSED: _amendment_proposed,
}
TELLING: Mapping[str, _Occasions] = {
    events.AMENDMENT_ACCEPTED: _to_member(NotificationKind.AMENDMENT_ACCEPTED),
    events.AMENDMENT_DECLINED: _to_member(NotificationKind.AMENDMENT_DECLINED),
}
"""What is told beside undoing something that was told before."""
UNDOING: Mapping[str, _Undo] = {
    events.MERGE_UNDONE: _forgetting(NotificationKind.IDEA_MERGED, everybody=True),
    events.CO_AUTHOR_LEFT: _forgetting(NotificationKind.CO_AUTHOR_INVITED),
    events.AMENDMENT_ACCEPTED: _forgetting(NotificationKind.AMENDMENT_PROPOSED, everybody=True),
    events.AMENDMENT_DECLINED: _forgetting(NotificationKind.AMENDMENT_PROPOSED, everybody=True),
    events.AMENDMENT_WITHDRAWN: _forgetting(NotificationKind.AMENDMENT_PROPOSED, everybody=True),
}
