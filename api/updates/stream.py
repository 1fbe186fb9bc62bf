"""A subscription while it lasts: where it stands in the log, and what it tells next.

The tail of the log says that something happened which may concern it. What that is, and whether the viewer may see it,
says one statement, from where the subscription stands to where the log is settled: so what comes while a client is slow
waits in the log, and not in memory. Subscriptions of one document, filter and viewer share the statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from api.errors import RequestError
from api.node import id_of
from api.reading.arguments import Leaf, values_of
from api.reading.plan import Planner
from api.updates.types import OF_INSIGHTS, OF_MODERATORS, OF_THE_VIEWER, UPDATE_OF
from community.foundation.event_readers import Position, decode_cursor

if TYPE_CHECKING:
    from api.context import Context
    from api.document import Operation
    from api.reading.execute import Read
    from api.reading.plan import Selection
    from community.foundation.event_readers import RecordedEvent
    from community.foundation.event_tail import Batch
    from community.members.viewer import Viewer

MOST_WAITING = 1_000
"""How many events may wait for one subscription before its client is too slow."""

# Further entries of a statement's variables; no variable of a document can have these names.
AFTER_TRANSACTION, AFTER_EVENT = "$after transaction", "$after event"
UP_TO_TRANSACTION, UP_TO_EVENT = "$up to transaction", "$up to event"


def leaf(name: str) -> Leaf:
    """Return where one of the entries above stands."""
    return Leaf(("log", name), lambda variables: variables[name])


class TooSlow(Exception):  # noqa: N818 - what the client is
    """A client takes its updates more slowly than they come."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription's filter, for telling cheaply what cannot concern it."""

    kinds: frozenset[str] | None = None
    space_id: int | None = None
    post_id: int | None = None
    mine: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Wanted:
        """Return the filter in a subscription's arguments; an id that is none is one that nothing has."""
        given = given or {}
        space, post, kinds = given.get("space"), given.get("post"), given.get("kinds")
        return cls(
            kinds=None if kinds is None else frozenset(kind.value for kind in kinds),
            space_id=None if space is None else id_of("space", space) or 0,
            post_id=None if post is None else id_of("post", post) or 0,
            mine=bool(given.get("mine")),
        )

    def may_concern(self, event: RecordedEvent, viewer: Viewer) -> bool:
        """Say whether an event may be one to tell. The statement decides; this only spares most of them."""
        update = UPDATE_OF.get(event.kind)
        if update is None or (self.kinds is not None and update not in self.kinds):
            return False
        if self.space_id not in {None, event.space_id} or self.post_id not in {None, event.post_id}:
            return False
        if self.mine and event.member_id != viewer.member_id:
            return False
        if update in OF_THE_VIEWER:
            return viewer.member_id is not None and event.member_id == viewer.member_id
        if update in OF_INSIGHTS:
            return viewer.kind.sees_insights or (viewer.member_id is not None and event.member_id == viewer.member_id)
        listens = update not in OF_MODERATORS or viewer.kind.moderates
        return viewer.kind.oversees or (listens and event.space_id in viewer.readable_spaces)


@dataclass(slots=True, eq=False)
class Stream:
    """One subscription."""

    context: Context
    operation: Operation
    variables: Mapping[str, Any]
    position: Position
    share: Callable[[Any, Callable[[], Any]], Any]
    _selection: Selection = field(init=False)
    _wanted: Wanted = field(init=False)
    _target: Position = field(init=False)
    stale: bool = False
    """Whether what is known of the viewer may have changed, so that everything may concern them."""
    _waiting: int = 0
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Find out what is subscribed to.

        Raises:
            RequestError: if the document leaves nothing of it.
        """
        executor = self.context.application.executor
        root = executor.schema.subscription_type
        assert root is not None  # validation has found the field in it
        shapes = self.operation.shape(self.variables)
        planner = Planner(executor.schema, self.operation.fragments, self.operation.definition, shapes)
        selections = planner.plan(root, self.operation.definition.selection_set)
        if len(selections) != 1 or selections[0].name == "__typename":
            raise RequestError("The subscription subscribes to nothing.", "SUBSCRIPTION")
        self._selection = selections[0]
        self._wanted = Wanted.of(values_of(self._selection.arguments, self.variables).get("filter"))
        self._target = self.position
        # What cannot be read is refused now, and not when something happens.
        self._compiled().values(self.context.viewer, self._bounded(self.position))

    def hear(self, batch: Batch) -> None:
        """Take note of what happened."""
        concerning = len(batch.events) if self.stale else self._concerning(batch)
        if concerning:
            self._waiting += concerning
            self._target = batch.up_to
            self._something.set()
        elif not self._something.is_set() and self.position == self._target:
            self.position = self._target = batch.up_to

    def _concerning(self, batch: Batch) -> int:
        viewer = self.context.viewer
        return sum(1 for event in batch.events if self._wanted.may_concern(event, viewer))

    async def updates(self) -> AsyncIterator[bytes]:
        """Yield each update, as the JSON text of `data`.

        Raises:
            TooSlow: if more waits than may.
        """
        while True:
            await self._something.wait()
            target, self._waiting = self._target, 0
            while self.position < target:
                self.stale = False
                self.context.viewer = await self.context.application.viewers.viewer(self.context.principal)
                told = await self._read(target)
                for update in told["updates"]:
                    yield orjson.dumps({self._selection.key: update})
                    if self._waiting > MOST_WAITING:
                        raise TooSlow
                self.position = decode_cursor(told["endCursor"]) if told["hasMore"] else target
            if self._target == target:
                self._something.clear()

    def _compiled(self) -> Read:
        operation = self.operation
        return self.context.application.executor.compiled(
            operation,
            self.context.viewer.kind,
            "subscription",
            "Subscription",
            lambda _: [self._selection],
            operation.shape(self.variables),
        )

    def _bounded(self, up_to: Position) -> dict[str, Any]:
        return {
            **self.variables,
            AFTER_TRANSACTION: self.position.transaction_id,
            AFTER_EVENT: self.position.event_id,
            UP_TO_TRANSACTION: up_to.transaction_id,
            UP_TO_EVENT: up_to.event_id,
        }

    async def _read(self, up_to: Position) -> dict[str, Any]:
        context, after, variables = self.context, self.position, self._bounded(up_to)
        application = context.application

        async def read() -> dict[str, Any]:
            async with application.database.reading() as connection:
                data = await application.executor.run(self._compiled(), connection, context.viewer, variables)
            told: dict[str, Any] = orjson.loads(data)[self._selection.key]
            return told

        key = (
            id(self.operation),
            orjson.dumps(self.variables, default=str, option=orjson.OPT_SORT_KEYS),
            context.viewer,
            after,
            up_to,
        )
        told: dict[str, Any] = await self.share(key, read)
        return told
