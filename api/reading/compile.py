"""A tree of selections becomes one SQL statement whose one value is the answer's text.

Objects are subqueries, found by key; lists are pages, found by keyset; each is entered through its table's visibility
rule here and nowhere else, so that no path to a row can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLSchema, is_abstract_type
from sqlalchemy import BigInteger, Text, case, cast, func, literal_column, select

from api.reading import pages
from api.reading.arguments import FieldArguments, Parameters
from api.reading.fields import binding
from api.reading.json_sql import Part, glue, literal, members, or_null, scalar
from api.reading.plan import INTROSPECTION, Selection
from api.reading.readings import (
    Assembled,
    Computed,
    Configured,
    Connection,
    Derived,
    Embedded,
    Entity,
    Expression,
    Identity,
    Polymorphic,
    PolymorphicList,
    Reference,
    Returned,
    Row,
    Rows,
    Scope,
    Source,
    Variant,
)
from api.reading.returned import known, project, returned_kind, returned_number, returned_object, returned_value
from community.foundation.settings import Settings
from community.members.viewer import ViewerTerms

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause, Select
    from sqlalchemy.types import TypeEngine

    from community.members.signing import SigningKeys
    from community.members.viewer import ViewerClass

NOWHERE = Row("nowhere", {})
"""The row of types that are read from none: Query, Viewer."""


class UnreadableField(TypeError):  # noqa: N818 - the field is at fault
    """A field is selected that was not declared to be read."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement, what fills its parameters from the variables, and what Python makes of the answer."""

    statement: Select[Any]
    readers: Mapping[str, Callable[[Mapping[str, Any]], Any]]
    computations: Sequence[Callable[..., Any]]


class SchemaBindings:
    """What the schema's types are read from, looked up once."""

    def __init__(
        self, schema: GraphQLSchema, settings: Settings | None = None, keys: SigningKeys | None = None
    ) -> None:
        """Read the declarations behind the schema's types."""
        self.schema = schema
        self.keys = keys
        self.settings = settings or Settings()
        self.of_type: dict[str, Entity | Variant] = {}
        self.type_of_prefix: dict[str, GraphQLObjectType] = {}
        for name, type_ in schema.type_map.items():
            definition = type_.extensions.get("strawberry-definition")
            bound = binding(definition.origin) if isinstance(type_, GraphQLObjectType) and definition else None
            if bound is not None:
                self.of_type[name] = bound
            if isinstance(bound, Entity) and isinstance(type_, GraphQLObjectType):
                self.type_of_prefix[bound.prefix] = type_

    def entity(self, type_name: str) -> Entity:
        """Return the table that a type is read from.

        Raises:
            UnreadableField: if it has none.
        """
        bound = self.of_type.get(type_name)
        if not isinstance(bound, Entity):
            raise UnreadableField(type_name)
        return bound


class Compiler:
    """Compiles one operation for one class of viewers."""

    def __init__(self, bindings: SchemaBindings, kind: ViewerClass, marker: str) -> None:
        """Take the key that marks what Python computes; no document or row can know it."""
        self.bindings = bindings
        self.viewer = ViewerTerms(kind)
        self.parameters = Parameters()
        self.computations: list[Callable[..., Any]] = []
        self._marker = marker
        self._aliases = 0

    def compile(self, type_name: str, selections: Sequence[Selection], row: Row = NOWHERE) -> Compiled:
        """Compile what is selected on a type that is read from no row, or from the given one."""
        answer = glue(self.object(type_name, selections, row))
        # As bytes, which are the answer as it is sent; as text it would be decoded only to be encoded again.
        statement = select(func.textsend(answer))
        if row.source is not None:
            statement = statement.select_from(row.source)
        return Compiled(statement, self.parameters.readers, self.computations)

    def object(self, type_name: str, selections: Sequence[Selection], row: Row) -> list[Part]:
        """Return the JSON text of an object whose fields are read from a row."""
        pairs = [
            (selection.key, self.field(type_name, selection, row))
            for selection in selections
            if selection.name not in INTROSPECTION
        ]
        return members(pairs)

    def enter(self, table: FromClause) -> Row:
        """Give a table or subquery a fresh alias."""
        name = self.new_alias()
        return Row(name, _types(table), table.alias(name))

    def new_alias(self) -> str:
        """Return a name that nothing else in the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def scope(self, selection: Selection, row: Row) -> Scope:
        """Return what a declaration may build on."""
        return Scope(
            row, self.viewer, FieldArguments(selection.arguments, self.parameters), self.enter, self.bindings.settings
        )

    def field(self, parent: str, selection: Selection, row: Row) -> list[Part]:
        """Return a field of an object as JSON text."""
        if selection.name == "__typename":
            return [f'"{parent}"']
        scope = self.scope(selection, row)
        reading, type_ = selection.reading, selection.type
        assert type_ is not None  # only __typename has none
        read = _READERS.get(type(reading))
        if read is not None:
            return read(self, selection, reading, scope)
        text: Any
        match reading:
            case Identity():
                return [f'"{self.bindings.entity(parent).prefix}_', row.c.id, '"']
            case Reference():
                text = self._reference(selection, reading, scope)
            case Polymorphic():
                text = self.polymorphic(selection, reading.kind(scope), reading.key(scope))
            case Derived():
                text = self._derived(selection, reading, scope)
            case Returned():
                text = self._returned(selection)
            case _:
                raise UnreadableField(f"{parent}.{selection.name}")
        return [text if isinstance(type_, GraphQLNonNull) else or_null(text)]

    def _reference(self, selection: Selection, reading: Reference, scope: Scope) -> ColumnElement[Any]:
        name = selection.named.name
        return self.by_key(
            name,
            selection.of(name),
            reading.key(scope),
            reading.column,
            inherits=reading.inherits,
            also=lambda row: reading.also(scope, row),
        )

    def _derived(self, selection: Selection, reading: Derived, scope: Scope) -> ColumnElement[Any]:
        name = selection.named.name
        row = self.enter(reading.query(scope).subquery())
        text = glue(self.object(name, selection.of(name), row))
        assert row.source is not None
        return select(text).select_from(row.source).scalar_subquery()

    def by_key(
        self,
        type_name: str,
        selections: Sequence[Selection],
        key: ColumnElement[Any],
        column: str = "id",
        *,
        inherits: bool = False,
        also: Callable[[Row], Sequence[ColumnElement[Any]]] = lambda _: (),
    ) -> ColumnElement[Any]:
        """Return the row of an entity that has a key, as JSON text; NULL where there is none to be seen."""
        entity = self.bindings.entity(type_name)
        row = self.enter(entity.table)
        text = glue(self.object(type_name, selections, row))
        visible = entity.visible(row, self.viewer).whole(inherits=inherits)
        assert row.source is not None
        found = select(text).select_from(row.source).where(getattr(row.c, column) == key, *also(row), *visible)
        return found.scalar_subquery()

    def polymorphic(
        self, selection: Selection, kind: ColumnElement[Any], key: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        """Return a row of whichever table its kind names, as JSON text."""
        branches = []
        for type_name, selections in selection.selections.items():
            bound = self.bindings.of_type.get(type_name)
            if isinstance(bound, Entity):
                branches.append((literal(bound.prefix), self.by_key(type_name, selections, key)))
        return case(*((kind == prefix, text) for prefix, text in branches), else_=literal_column("NULL", Text))

    def variants(self, selection: Selection, row: Row) -> list[Part]:
        """Return a row of a table that several types share, as the type that the row itself names."""
        branches = []
        column = None
        for type_name, selections in selection.selections.items():
            bound = self.bindings.of_type[type_name]
            if not isinstance(bound, Variant):
                raise UnreadableField(type_name)
            column = getattr(row.c, bound.column)
            branches.append((column == literal(bound.value), glue(self.object(type_name, selections, row))))
        return [case(*branches, else_=literal_column("NULL", Text))]

    def node(self, selection: Selection, row: Row) -> list[Part]:
        """Return the node of an edge or list from its page's row."""
        named = selection.named
        if not is_abstract_type(named):
            return self.object(named.name, selection.of(named.name), row)
        if any(isinstance(self.bindings.of_type.get(name), Variant) for name in selection.selections):
            return self.variants(selection, row)
        return [or_null(self.polymorphic(selection, row.c.kind, row.c.key))]

    def restrict(self, source: Source, named: Any) -> list[ColumnElement[Any] | None]:
        """Return the branches of the visibility rule for a source's rows."""
        bound = None if source.polymorphic else self.bindings.of_type.get(named.name)
        if not isinstance(bound, Entity):
            return [None]
        return bound.visible(source.row, self.viewer).branches(inherits=source.inherits)

    def embedded(self, selection: Selection, reading: Embedded, scope: Scope) -> list[Part]:
        """Return an object whose fields come from the same row."""
        name = selection.named.name
        row = scope.row.renamed(reading.columns) if reading.columns else scope.row
        parts = self.object(name, selection.of(name), row)
        if reading.exists is None:
            return parts
        return [or_null(case((reading.exists(scope), glue(parts)), else_=literal_column("'null'", Text)))]

    def polymorphic_list(self, selection: Selection, reading: PolymorphicList, scope: Scope) -> ColumnElement[Any]:
        """Return rows of several types in the order asked for, null where there is none to be seen."""
        wanted = Row(self.new_alias(), {"kind": Text(), "key": BigInteger(), "place": BigInteger()})
        listed = func.unnest(reading.kinds(scope), reading.keys(scope)).table_valued(
            "kind",
            "key",
            with_ordinality="place",
            name=wanted.alias,
        )
        text = or_null(self.polymorphic(selection, wanted.c.kind, wanted.c.key))
        joined = func.string_agg(text, pages.in_order(literal_column("','"), wanted.c.place))
        inner = select(func.coalesce(joined, literal_column("''", Text))).select_from(
            listed.render_derived(name=wanted.alias),
        )
        return glue(["[", inner.scalar_subquery(), "]"])

    def connection(self, selection: Selection, reading: Connection, scope: Scope) -> list[Part]:
        """Return a connection, or null where it is not for this viewer."""
        parts = pages.connection(self, selection, reading.source(scope))
        if reading.exists is None:
            return parts
        return [case((reading.exists(scope), glue(parts)), else_=literal_column("'null'", Text))]

    def computed(self, selection: Selection, reading: Computed, scope: Scope) -> list[Part]:
        """Return what Python needs for a value, marked so that it is found in the answer."""
        index = len(self.computations)
        compute = partial(reading.compute, self.bindings.keys) if reading.keyed else reading.compute
        # Of an object, or a list of them, only what is selected goes into the answer.
        self.computations.append(
            (lambda *inputs: project(compute(*inputs), selection)) if selection.selections else compute,
        )
        parts: list[Part] = [f'{{"{self._marker}":{index},"inputs":[']
        for place, value in enumerate(reading.inputs(scope)):
            parts += ["," if place else "", or_null(cast(func.to_json(value), Text))]
        return [*parts, "]}"]

    def _returned(self, selection: Selection) -> ColumnElement[Any]:
        named = selection.named
        if not is_abstract_type(named) and not isinstance(self.bindings.of_type.get(named.name), Entity):
            # Plain values of an action, such as tokens and errors, go into the answer as the JSON they are.
            return self.parameters.bind(returned_value(selection), Text(), None, selection.name, selection.key)
        arguments = FieldArguments({"key": returned_object(selection.name)}, self.parameters)
        number = arguments.value("key", BigInteger(), returned_number)
        if is_abstract_type(named):
            return self.polymorphic(selection, arguments.value("key", Text(), returned_kind), number)
        return self.by_key(named.name, selection.of(named.name), number)


# How the readings whose text is never NULL are read.
_READERS: Mapping[type, Callable[[Compiler, Selection, Any, Scope], list[Part]]] = {
    Expression: lambda _, selection, reading, scope: scalar(selection.typed, reading.sql(scope)),
    Embedded: Compiler.embedded,
    Connection: Compiler.connection,
    Rows: lambda compiler, selection, reading, scope: pages.rows(
        compiler, selection, reading.source(scope), reading.limit
    ),
    PolymorphicList: lambda compiler, selection, reading, scope: [compiler.polymorphic_list(selection, reading, scope)],
    Computed: Compiler.computed,
    Configured: lambda compiler, selection, reading, _: [known(reading.value(compiler.bindings.settings), selection)],
    Assembled: lambda compiler, selection, reading, scope: reading.parts(compiler, selection, scope),
}


_known_types: dict[Any, Mapping[str, TypeEngine[Any]]] = {}


def _types(source: FromClause) -> Mapping[str, TypeEngine[Any]]:
    known = _known_types.get(source)
    if known is None:
        known = {column.key: column.type for column in source.c}
        if hasattr(source, "metadata"):  # a table; subqueries come and go
            _known_types[source] = known
    return known
