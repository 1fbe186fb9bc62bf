"""Running an operation: queries as one statement, changes one after another, introspection by graphql-core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLObjectType, GraphQLSchema, OperationType, execute_sync
from graphql.language import ast

from api.errors import RequestError
from api.mutation_field import MutationField
from api.reading.arguments import BadArgument
from api.reading.compile import Compiler, SchemaBindings
from api.reading.execute import Read, new_marker, prepare
from api.reading.plan import INTROSPECTION, Planner, Selection
from community.foundation.telemetry import counter

if TYPE_CHECKING:
    from strawberry import Schema

    from api.context import Context
    from api.document import Operation
    from community.foundation.database import Connection
    from community.foundation.settings import Settings
    from community.members.signing import SigningKeys
    from community.members.viewer import Viewer, ViewerClass

_fell_back = counter(
    "graphql_core_executions", "What the read compiler left to graphql-core, which is introspection alone.", ["what"]
)


class Executor:
    """Runs operations of one schema."""

    def __init__(self, schema: Schema, settings: Settings | None = None, keys: SigningKeys | None = None) -> None:
        """Take the schema that the types assemble to, what the operator has set, and what answers are signed with."""
        self.strawberry = schema
        self.schema: GraphQLSchema = schema._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's schema
        self.bindings = SchemaBindings(self.schema, settings, keys)

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
            try:
                # Before a connection is borrowed: a value that is refused costs the database nothing.
                values = read.values(context.viewer, variables)
            except BadArgument as error:
                raise RequestError(str(error), "BAD_ARGUMENT", argument=error.name) from error
            data = read.answer(await context.application.database.read(read.sql, values))
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
            return await read.run(connection, viewer, variables)
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
        nodes = [node for selection in selections for node in selection.introspection]
        if not nodes:
            return {}
        _fell_back.labels("introspection").inc()
        asked = ast.OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=operation.definition.variable_definitions,
            directives=(),
            selection_set=ast.SelectionSetNode(selections=tuple(nodes)),
        )
        document = ast.DocumentNode(definitions=(asked, *operation.fragments.values()))
        result = execute_sync(self.schema, document, variable_values=dict(variables))
        return result.data or {}

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
            answer = await MutationField(self, context, operation, shapes, variables, root, selection).run()
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
