"""Running an operation: queries as one statement, changes one after another, introspection by graphql-core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from graphql import GraphQLObjectType, GraphQLSchema, execute_sync
from graphql.language import ast
from strawberry.types.arguments import convert_arguments

from api.changing import CHANGING, Change, Changing
from api.errors import RequestError, camel_case, user_error
from api.idempotency import Repeat
from api.reading.arguments import BadArgument
from api.reading.compile import Compiler, SchemaBindings
from api.reading.execute import Read, new_marker, prepare
from api.reading.plan import INTROSPECTION, Planner, Selection
from api.reading.returned import RETURNED
from community.discussions.viewers import load_viewer
from community.foundation.errors import Refusal

if TYPE_CHECKING:
    from strawberry import Schema

    from api.context import Context
    from api.document import Operation
    from community.foundation.database import Connection
    from community.foundation.settings import Settings
    from community.members.viewer import Viewer, ViewerClass

logger = structlog.get_logger(__name__)


class Executor:
    """Runs operations of one schema."""

    def __init__(self, schema: Schema, settings: Settings | None = None) -> None:
        """Take the schema that the types assemble to, and what the operator has set."""
        self._strawberry = schema
        self.schema: GraphQLSchema = schema._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's schema
        self.bindings = SchemaBindings(self.schema, settings)

    async def query(self, context: Context, operation: Operation, variables: Mapping[str, Any]) -> bytes:
        """Answer a query; returns the JSON text of `data`.

        Raises:
            RequestError: if a value cannot be what its field takes.
        """
        root = self.schema.query_type
        assert root is not None  # a schema has a query type
        shapes = operation.shape(variables)
        read, selections = self._read(operation, context.viewer.kind, shapes, root)
        introspected = self._introspect(operation, selections, variables)
        if read is None:
            data = b"{}"
        else:
            async with context.application.database.reading() as connection:
                data = await self.run(read, connection, context.viewer, variables)
        if not introspected:
            return data
        answered = {**orjson.loads(data), **introspected}
        return orjson.dumps({selection.key: answered[selection.key] for selection in selections})

    async def run(
        self,
        read: Read,
        connection: Connection,
        viewer: Viewer,
        variables: Mapping[str, Any],
    ) -> bytes:
        """Run a compiled read.

        Raises:
            RequestError: if a value cannot be what its field takes.
        """
        try:
            return await read.run(connection.raw, viewer, variables)
        except BadArgument as error:
            raise RequestError(str(error), "BAD_ARGUMENT", argument=error.name) from error

    def compiled(
        self,
        operation: Operation,
        kind: ViewerClass,
        key: object,
        type_name: str,
        select: Callable[[Planner], Sequence[Selection]],
        shapes: Mapping[str, Any],
        row: Callable[[Compiler], Any] | None = None,
    ) -> Read:
        """Return the read for what `select` plans, compiled or kept from an earlier request."""
        full_key = (key, operation.read_key(kind, shapes))
        read = operation.reads.get(full_key)
        if read is None:
            selections = select(self._planner(operation, shapes))
            marker = new_marker()
            compiler = Compiler(self.bindings, kind, marker)
            try:
                source = row(compiler) if row else None
                compiled = compiler.compile(type_name, selections, *([source] if source is not None else []))
            except BadArgument as error:
                raise RequestError(str(error), "BAD_ARGUMENT", argument=error.name) from error
            read = prepare(compiled, marker)
            operation.reads.put(full_key, read)
        return read

    def _planner(self, operation: Operation, shapes: Mapping[str, Any]) -> Planner:
        return Planner(self.schema, operation.fragments, operation.definition, shapes)

    def _read(
        self,
        operation: Operation,
        kind: ViewerClass,
        shapes: Mapping[str, Any],
        root: GraphQLObjectType,
    ) -> tuple[Read | None, Sequence[Selection]]:
        key = ("query", operation.read_key(kind, shapes))
        known: Any = operation.reads.get(key)
        if known is not None:
            return known  # type: ignore[no-any-return] # a pair, kept beside the plain reads
        selections = self._planner(operation, shapes).plan(root, operation.definition.selection_set)
        read = None
        if any(selection.name not in INTROSPECTION for selection in selections):
            marker = new_marker()
            compiler = Compiler(self.bindings, kind, marker)
            try:
                read = prepare(compiler.compile(root.name, selections), marker)
            except BadArgument as error:
                raise RequestError(str(error), "BAD_ARGUMENT", argument=error.name) from error
        pair: Any = (read, selections)
        operation.reads.put(key, pair)
        return read, selections

    def _introspect(
        self,
        operation: Operation,
        selections: Sequence[Selection],
        variables: Mapping[str, Any],
    ) -> dict[str, Any]:
        if not any(selection.name in INTROSPECTION for selection in selections):
            return {}
        keys = {selection.key for selection in selections if selection.name in INTROSPECTION}
        document = ast.DocumentNode(definitions=(operation.definition, *operation.fragments.values()))
        result = execute_sync(self.schema, document, root_value=_Nothing(), variable_values=dict(variables))
        return {key: value for key, value in (result.data or {}).items() if key in keys}

    async def mutate(self, context: Context, operation: Operation, variables: Mapping[str, Any]) -> bytes:
        """Run the changes of a mutation one after another; returns the JSON text of `data`.

        Raises:
            RequestError: if a value cannot be what its field takes. Changes before it stay done, as GraphQL has it.
        """
        root = self.schema.mutation_type
        assert root is not None  # validation has found the fields in it
        shapes = operation.shape(variables)
        parts: list[bytes] = []
        for selection in self._changes(operation, context.viewer.kind, shapes, root):
            if selection.name == "__typename":
                parts.append(b'"%b":"%b"' % (selection.key.encode(), root.name.encode()))
                continue
            answer = await self._change(context, operation, shapes, variables, root, selection)
            parts.append(b'"%b":%b' % (selection.key.encode(), answer))
        return b"{" + b",".join(parts) + b"}"

    def _changes(
        self,
        operation: Operation,
        kind: ViewerClass,
        shapes: Mapping[str, Any],
        root: GraphQLObjectType,
    ) -> Sequence[Selection]:
        """Return a mutation's fields, planned or kept from an earlier request."""
        key = ("changes", operation.read_key(kind, shapes))
        planned: Any = operation.reads.get(key)
        if planned is None:
            planned = self._planner(operation, shapes).plan(root, operation.definition.selection_set)
            operation.reads.put(key, planned)
        return planned  # type: ignore[no-any-return] # kept beside the plain reads

    async def _change(
        self,
        context: Context,
        operation: Operation,
        shapes: Mapping[str, Any],
        variables: Mapping[str, Any],
        root: GraphQLObjectType,
        selection: Selection,
    ) -> bytes:
        field = root.fields[selection.name]
        definition: Any = field.extensions["strawberry-definition"]
        changing: Changing = definition.metadata[CHANGING]
        given = _values(selection.arguments, variables)
        arguments = convert_arguments(
            {"input": _camel(given["input"])} if "input" in given else {},
            definition.arguments,
            scalar_registry=self._strawberry.schema_converter.scalar_registry,
            config=self._strawberry.config,
        )
        type_name = definition.type.__strawberry_definition__.name
        mutation_id = (given.get("input") or {}).get("client_mutation_id")

        def returned_read(planner: Planner) -> Sequence[Selection]:
            planned = planner.plan(root, operation.definition.selection_set)
            return next(field for field in planned if field.key == selection.key).of(type_name)

        async def payload(connection: Connection, viewer: Viewer, returned: Mapping[str, Any]) -> bytes:
            key = ("payload", selection.key)
            read = self.compiled(operation, viewer.kind, key, type_name, returned_read, shapes)
            plain = {"user_errors": [], "client_mutation_id": mutation_id, **returned}
            return await self.run(read, connection, viewer, {**variables, RETURNED: plain})

        async def changed(change: Change) -> Mapping[str, Any]:
            result: Mapping[str, Any] = await changing.function(change, **arguments)
            return result

        async def shown(connection: Connection, change: Change, returned: Mapping[str, Any]) -> bytes:
            viewer = context.viewer
            if change.becomes is not None:
                viewer = await load_viewer(connection, change.becomes)
            elif changing.moves_viewer:
                viewer = await load_viewer(connection, context.principal)
            return await payload(connection, viewer, returned)

        database = context.application.database
        change = Change(context)
        repeat = None if changing.standalone else Repeat.of(context, operation, variables)

        async def run(connection: Connection) -> bytes:
            # A transaction that is begun again is a change begun again.
            nonlocal change
            change = Change(context, connection)
            if repeat is not None and (answered := await repeat.begin(connection)) is not None:
                return answered
            answer = await shown(connection, change, await changed(change))
            if repeat is not None:
                await repeat.keep(connection, b"" if changing.secret else answer)
            return answer

        try:
            if changing.standalone:
                returned = await changed(change)
                async with database.reading() as connection:
                    answer = await shown(connection, change, returned)
            elif changing.single and repeat is None:
                answer = await database.transact_single(run)
            else:
                answer = await database.transact(run)
        except Refusal as refusal:
            async with database.reading() as connection:
                return await payload(connection, context.viewer, {"user_errors": [user_error(refusal)]})
        await self._settle(context, change, changing)
        return answer

    async def _settle(self, context: Context, change: Change, changing: Changing) -> None:
        """Do what a change asked for once it is committed, and drop what it has made untrue."""
        viewers = context.application.viewers
        if changing.moves_viewer and change.moved is None:
            viewers.forget()
        elif changing.moves_viewer:
            viewers.forget(context.viewer.member_id, *(change.moved or ()))
        for follow_up in change.afterwards:
            await follow_up()
        if changing.moves_viewer:
            context.viewer = await viewers.viewer(context.principal)


class _Nothing:
    """The root of an introspection: every other field of the same document is null there, and read elsewhere."""

    def __getattr__(self, name: str) -> None:
        return None


def _values(tree: Any, variables: Mapping[str, Any]) -> Any:
    """Return a tree of arguments as plain values."""
    if isinstance(tree, Mapping):
        return {name: _values(inner, variables) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [_values(inner, variables) for inner in tree]
    return tree.read(variables) if hasattr(tree, "read") else tree


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {camel_case(name): _camel(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_camel(inner) for inner in value]
    return value
