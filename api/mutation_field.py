"""One field of a mutation while it runs: its transaction, its payload, and what follows the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.changing import CHANGING, Change, Changing
from api.denials import trace_denied
from api.errors import user_error
from api.idempotency import Repeat
from api.inputs import input_object
from api.reading.arguments import values_of
from api.reading.returned import RETURNED
from community.discussions.viewers import load_viewer
from community.foundation.database import run_again_when_lost
from community.foundation.errors import Refusal
from moderation.automod.outside import Unasked

if TYPE_CHECKING:
    from graphql import GraphQLObjectType

    from api.context import Context
    from api.document import Operation
    from api.execution import Executor
    from api.reading.plan import Planner, Selection
    from community.foundation.database import Connection
    from community.members.viewer import Viewer
    from moderation.classifier.external import Score


@dataclass(frozen=True, slots=True)
class MutationField:
    """A field of Mutation, with all that its running needs."""

    executor: Executor
    context: Context
    operation: Operation
    shapes: Mapping[str, Any]
    variables: Mapping[str, Any]
    root: GraphQLObjectType
    selection: Selection

    async def run(self) -> bytes:
        """Run the change and return its payload's JSON text. A refusal undoes it and becomes the payload."""
        definition: Any = self.root.fields[self.selection.name].extensions["strawberry-definition"]
        changing: Changing = definition.metadata[CHANGING]
        given = values_of(self.selection.arguments, self.variables)
        try:
            change, answer = await self._asked(changing, definition, given)
        except Refusal as refusal:
            if changing.traced:
                await trace_denied(self.context, self.selection.name, refusal, given.get("input") or {})
            refused = {"user_errors": [user_error(refusal, given.get("input") or {})]}
            connection = self.context.application.database.autocommit
            return await self._payload(connection, self.context.viewer, given, refused)
        await self._settle(change, changing)
        return answer

    async def _asked(self, changing: Changing, definition: Any, given: Mapping[str, Any]) -> tuple[Change, bytes]:
        """Run the change; where it depends on a classifier outside, ask that with nothing held, and begin again."""
        answers: dict[str, Score] = {}
        while True:
            try:
                return await self._changed(changing, definition, given, answers)
            except Unasked as unasked:
                text = unasked.text
            answers[text] = await self.context.application.screening.ask_external(text)

    async def _changed(
        self, changing: Changing, definition: Any, given: Mapping[str, Any], answers: Mapping[str, Score]
    ) -> tuple[Change, bytes]:
        database = self.context.application.database
        arguments = {name: input_object(definition.arguments[0].type, given[name]) for name in given}
        if changing.standalone:
            change = Change(self.context, deed=changing.deed, answers=answers)
            returned = await changing.function(change, **arguments)
            return change, await self._shown(database.autocommit, change, changing, given, returned)
        repeat = Repeat.of(self.context, self.operation, self.variables)

        async def done(connection: Connection) -> tuple[Change, Any]:
            # A transaction that is begun again is a change begun again.
            change = Change(self.context, connection, changing.deed, answers=answers)
            try:
                return change, await changing.function(change, **arguments)
            except Refusal:
                await change.refuse_by_standing()
                raise

        async def run(connection: Connection) -> tuple[Change, bytes]:
            if repeat is not None and (answered := await repeat.begin(connection)) is not None:
                return Change(self.context, connection), answered
            change, returned = await done(connection)
            answer = await self._shown(connection, change, changing, given, returned)
            if repeat is not None:
                await repeat.keep(connection, b"" if changing.secret else answer)
            return change, answer

        if changing.single and repeat is None:
            connection = database.autocommit
            # Once it is done, nothing that befalls its payload may have it done again.
            change, returned = await run_again_when_lost(lambda: done(connection))
            return change, await self._shown(connection, change, changing, given, returned)
        return await database.transact(run)

    async def _shown(
        self,
        connection: Connection,
        change: Change,
        changing: Changing,
        given: Mapping[str, Any],
        returned: Mapping[str, Any],
    ) -> bytes:
        viewer = self.context.viewer
        if change.becomes is not None:
            viewer = await load_viewer(connection, change.becomes)
        elif changing.moves_viewer or change.moves_own:
            viewer = await load_viewer(connection, self.context.principal)
        return await self._payload(connection, viewer, given, returned)

    async def _payload(
        self,
        connection: Connection,
        viewer: Viewer,
        given: Mapping[str, Any],
        returned: Mapping[str, Any],
    ) -> bytes:
        (type_name,) = self.selection.selections
        read = self.executor.compiled(
            self.operation,
            viewer.kind,
            ("payload", self.selection.key),
            type_name,
            self._planned,
            self.shapes,
        )
        mutation_id = (given.get("input") or {}).get("client_mutation_id")
        plain = {"user_errors": [], "client_mutation_id": mutation_id, **returned}
        return await self.executor.run(read, connection, viewer, {**self.variables, RETURNED: plain})

    def _planned(self, planner: Planner) -> Sequence[Selection]:
        planned = planner.plan(self.root, self.operation.definition.selection_set)
        (field,) = (field for field in planned if field.key == self.selection.key)
        (selections,) = field.selections.values()
        return selections

    async def _settle(self, change: Change, changing: Changing) -> None:
        """Do what a change asked for once it is committed, and drop what it has made untrue."""
        self.context.application.live.nudge()
        viewers = self.context.application.viewers
        moves = changing.moves_viewer or change.moves_own
        if moves and change.moved is None:
            viewers.forget()
        elif moves:
            viewers.forget(self.context.viewer.member_id, *(change.moved or ()))
        elif change.moved:
            viewers.forget(*change.moved)
        for follow_up in change.afterwards:
            await follow_up()
        if moves:
            self.context.viewer = await viewers.viewer(self.context.principal)
