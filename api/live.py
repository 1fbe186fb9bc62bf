"""What a server process hears of the event log, and whom it tells: its caches, its subscriptions, its open connections.

Sessions and roles that end must end what runs on them, too. The tail tells of that at once, whichever process did it,
and each open connection is asked whether it is concerned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import structlog

from api.updates.stream import Stream
from community.cocreation.rounds.tallies import tallies_reader
from community.discussions.viewers import CHANGING_FACTS
from community.foundation.event_readers import EventReader, Relay
from community.foundation.event_tail import Batch, EventTail
from community.foundation.telemetry import gauge
from community.members import events as members
from community.members.sessions import MERGED, SUSPENDED
from community.referrals.steps import referrals_reader
from moderation.audit.sealing import audit_reader
from moderation.automod.events import CHANGING_RULES
from moderation.automod.signatures import signatures_reader
from moderation.telling import notifications_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.authentication import Authentication
    from api.context import Context
    from api.document import Operation
    from community.discussions.viewers import Viewers
    from community.foundation.database import Database
    from community.foundation.event_readers import RecordedEvent
    from community.members.principals import Principal
    from moderation.automod.screening import Screening

UNAUTHENTICATED = 4401
FORBIDDEN = 4403
GOING_AWAY = 1001

_ENDING = frozenset(
    {
        members.SESSION_ENDED,
        members.ACCESS_TOKEN_REVOKED,
        members.MEMBER_SUSPENDED,
        members.MEMBER_MERGED,
        members.ROLE_REVOKED,
    },
)
_LOCKED_OUT = {
    SUSPENDED: "The member is suspended.",
    members.MEMBER_SUSPENDED: "The member is suspended.",
    MERGED: "Another account stands for this one.",
    members.MEMBER_MERGED: "Another account stands for this one.",
}

logger = structlog.get_logger(__name__)
_streams = gauge("subscriptions", "Subscriptions that are open.")
_connections = gauge("live_connections", "WebSockets and event streams that are open.")


class Connected(Protocol):
    """An open connection, as those who may end it see it."""

    principal: Principal | None

    def end(self, code: int, reason: str) -> None:
        """End the connection soon, for the reason given."""


class Live:
    """What one server process hears, and whom it tells."""

    def __init__(
        self,
        url: str,
        database: Database,
        viewers: Viewers,
        authentication: Authentication,
        screening: Screening,
        readers: Sequence[EventReader] = (),
    ) -> None:
        """Take what must be kept true, and further readers of the log; nothing is heard before :meth:`start`."""
        self._database = database
        self._viewers = viewers
        self._authentication = authentication
        self._screening = screening
        self._tail = EventTail(url)
        self._tail.hear(self._hear)
        self._tail.hear_urgent(CHANGING_FACTS | CHANGING_RULES | _ENDING, self._hear_urgent)
        always = [notifications_reader, tallies_reader, referrals_reader, audit_reader, signatures_reader]
        self._relay = Relay(database, [*always, *readers])
        self._streams: set[Stream] = set()
        self._connections: set[Connected] = set()
        self._shared: dict[Hashable, asyncio.Task[Any]] = {}

    async def start(self) -> None:
        """Begin to hear. What ended before is known when this returns."""
        await self._tail.start()
        # Only now: what ends while this is asked is heard by the tail.
        await self._authentication.load_ended()
        await self._relay.start()

    async def stop(self) -> None:
        """Tell the open connections that the server goes away, and hear no more."""
        self.leave()
        await self._relay.stop()
        await self._tail.stop()

    def leave(self) -> None:
        """End all open connections: the server stops."""
        for connection in list(self._connections):
            connection.end(GOING_AWAY, "The server stops.")

    def nudge(self) -> None:
        """Look at the log at once: this process has just recorded something."""
        self._tail.nudge()
        self._relay.nudge()

    def enter(self, connection: Connected) -> None:
        """Take an open connection, to be ended when it must."""
        self._connections.add(connection)
        _connections.inc()

    def exit(self, connection: Connected) -> None:
        """Forget a connection that has ended."""
        if connection in self._connections:
            self._connections.discard(connection)
            _connections.dec()

    def open(self, context: Context, operation: Operation, variables: Mapping[str, Any]) -> Stream:
        """Begin a subscription; give it back to :meth:`close`.

        Raises:
            RequestError: if it subscribes to nothing.
        """
        stream = Stream(context, operation, variables, self._tail.position, self._share)
        self._streams.add(stream)
        _streams.inc()
        return stream

    def close(self, stream: Stream) -> None:
        """End a subscription."""
        if stream in self._streams:
            self._streams.discard(stream)
            _streams.dec()

    def _hear(self, batch: Batch) -> None:
        for stream in self._streams:
            stream.hear(batch)

    def _hear_urgent(self, event: RecordedEvent) -> None:
        self._viewers.apply(event.kind, event.actor_id, event.member_id)
        self._screening.apply(event.kind)
        if event.kind in CHANGING_FACTS:
            for stream in self._streams:
                stream.stale = True
        if event.kind == members.SESSION_ENDED:
            self._authentication.end(UUID(event.data["session"]))
        elif event.kind == members.ACCESS_TOKEN_REVOKED:
            self._authentication.forget_access_tokens()
        if event.kind in _ENDING:
            for connection in list(self._connections):
                if connection.principal is not None:
                    ending = _ending(event, connection.principal)
                    if ending is not None:
                        connection.end(*ending)

    async def _share(self, key: Hashable, read: Callable[[], Awaitable[Any]]) -> Any:
        """Run something once for all who ask for it at the same time."""
        task = self._shared.get(key)
        if task is None:
            task = self._shared[key] = asyncio.ensure_future(read())
            task.add_done_callback(lambda _: self._shared.pop(key, None))
        # Whoever goes away takes nothing from the others.
        return await asyncio.shield(task)


def _ending(event: RecordedEvent, principal: Principal) -> tuple[int, str] | None:
    """Return how an event ends what runs for somebody; None if it does not."""
    match event.kind:
        case members.SESSION_ENDED if event.data["session"] == str(principal.session_id):
            why = _LOCKED_OUT.get(event.data.get("reason", ""))
            return (UNAUTHENTICATED, "The session has ended.") if why is None else (FORBIDDEN, why)
        case members.ACCESS_TOKEN_REVOKED if event.data["access_token"] == principal.access_token_id:
            return UNAUTHENTICATED, "The access token was revoked."
        case members.MEMBER_SUSPENDED | members.MEMBER_MERGED if event.member_id == principal.member_id:
            return FORBIDDEN, _LOCKED_OUT[event.kind]
        case members.ROLE_REVOKED if event.member_id == principal.member_id:
            return FORBIDDEN, "The member's roles have changed. Connect again."
    return None
