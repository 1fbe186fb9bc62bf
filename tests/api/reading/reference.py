"""A second way to answer reads, slow and plain, which the compiler is held against.

graphql-core walks the document. Each field's declaration is evaluated by itself, on its row alone, by a small SELECT;
connections are a plain WHERE of the whole visibility rule, ORDER BY and LIMIT. Nothing of plans, pages, inherited rules,
branches, candidates or JSON text is shared with the compiler: only the declarations are.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLUnionType,
    execute,
    get_named_type,
)
from sqlalchemy import Text, and_, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from api import schema
from api.reading.arguments import FieldArguments, Parameters, snake_case
from api.reading.compile import SchemaBindings
from api.reading.cursors import SEPARATOR, decode_cursor
from api.reading.plan import reading_of
from api.reading.readings import (
    Computed,
    Configured,
    Connection,
    Derived,
    Embedded,
    Entity,
    Expression,
    Identity,
    Page,
    Polymorphic,
    PolymorphicList,
    Reference,
    Row,
    Rows,
    Scope,
    Source,
    Variant,
)
from community.foundation.database import Connection as DatabaseConnection
from community.foundation.parameters import Parameter
from community.foundation.settings import Settings
from community.members.signing import SigningKeys
from community.members.viewer import Viewer, ViewerTerms
from tests.api.reading.reference_values import by_graphql, enum, moment, tree

COUNTED_UP_TO = 1_000
_dialect: Any = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


@dataclass(frozen=True)
class Found:
    """A row that was read: its type, its columns' SQL types and their values."""

    type_name: str
    types: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Edge(Found):
    """An edge of a connection."""

    cursor: str
    node: Found | None


@dataclass
class Paged:
    """A page of a connection that was read."""

    found: list[tuple[str, Found | None, Found]]
    """For each row its cursor, its node, and the row itself, which an edge's own fields are read from."""
    more: bool
    before: bool
    count: int


@dataclass
class Question:
    """One request: who asks, and the statements' fresh names."""

    connection: DatabaseConnection
    viewer: Viewer
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    numbers: Any = field(default_factory=itertools.count)


class ReferenceExecutor:
    """Answers reads by the reference."""

    def __init__(self, settings: Settings, keys: SigningKeys) -> None:
        self.settings = settings
        self.schema = schema.build()._schema
        self.bindings = SchemaBindings(self.schema, settings, keys)
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
                for declared in type_.fields.values():
                    declared.resolve = self._resolve
            elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
                type_.resolve_type = lambda found, *_: found.type_name
            elif isinstance(type_, GraphQLScalarType) and type_.name == "DateTime":
                type_.coerce_output_value = moment
            if isinstance(type_, GraphQLObjectType):
                type_.is_type_of = None

    async def answer(
        self, connection: DatabaseConnection, viewer: Viewer, document: DocumentNode, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        """Answer a query."""
        # As PostgreSQL writes them: the few digits that tell one from the next.
        await connection.raw.set_type_codec("float4", schema="pg_catalog", encoder=str, decoder=float, format="text")
        try:
            result = execute(
                self.schema,
                document,
                root_value=Found(self.schema.query_type.name, {}, {}),  # type: ignore[union-attr] # there is one
                context_value=Question(connection, viewer),
                variable_values=dict(variables),
            )
            return result if isinstance(result, ExecutionResult) else await result
        finally:
            # The connection goes back to those who read numbers as they are kept.
            await connection.raw.reset_type_codec("float4", schema="pg_catalog")

    async def _resolve(self, parent: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        declared = info.parent_type.fields[info.field_name]
        if isinstance(parent, Mapping):
            return enum(parent.get(snake_case(info.field_name)), declared.type)
        reading = reading_of(declared)
        named: Any = get_named_type(declared.type)
        question: Question = info.context
        if isinstance(reading, Page):
            return self._part(reading.part, parent)
        if isinstance(reading, Configured):
            return enum(reading.value(self.settings), declared.type)
        trees = {name: tree(declared.args[name].type, value) for name, value in by_graphql(declared, given).items()}
        row, scope = self._scope(parent, trees, question)
        match reading:
            case Identity():
                return f"{self._entity(parent.type_name).prefix}_{parent.values['id']}"
            case Expression():
                return enum(await self._one(question, scope, row, reading.sql(scope)), declared.type)
            case Reference():
                key = await self._one(question, scope, row, reading.key(scope))
                # Of members alone it makes a difference: who wrote what a moderator sees is seen, block or no block.
                inherits = reading.inherits and named.name == "Member"
                return await self._by_key(
                    question, named.name, key, reading.column, inherits=inherits, beside=(row, scope, reading.also)
                )
            case Polymorphic():
                kind = await self._one(question, scope, row, reading.kind(scope))
                return await self._by_kind(
                    question, kind, await self._one(question, scope, row, reading.key(scope)), named
                )
            case PolymorphicList():
                kinds = await self._one(question, scope, row, reading.kinds(scope))
                keys = await self._one(question, scope, row, reading.keys(scope))
                return [await self._by_kind(question, *pair, named) for pair in zip(kinds, keys, strict=True)]
            case Embedded():
                if reading.exists is not None and not await self._one(question, scope, row, reading.exists(scope)):
                    return None
                renamed = reading.columns.items()
                return Found(
                    named.name,
                    {**parent.types, **{name: parent.types[column] for name, column in renamed}},
                    {**parent.values, **{name: parent.values[column] for name, column in renamed}},
                )
            case Derived():
                query = reading.query(scope)
                if row.source is not None:
                    query = select(literal_column("l.*")).select_from(
                        row.source.join(query.lateral("l"), literal_column("true"))
                    )
                types = {column.key: column.type for column in reading.query(scope).subquery().c}
                made = await _fetch(question, scope, query)
                return Found(named.name, types, dict(made[0])) if made else None
            case Connection():
                if reading.exists is not None and not await self._one(question, scope, row, reading.exists(scope)):
                    return None
                node: Any = get_named_type(named.fields["nodes"].type)
                return await self._page(question, row, scope, reading.source(scope), node, given)
            case Rows():
                paged = await self._page(
                    question, row, scope, reading.source(scope), named, {"first": given.get("first", reading.limit)}
                )
                return [node for _, node, _ in paged.found]
            case Computed():
                inputs = [await self._one(question, scope, row, func.to_json(value)) for value in reading.inputs(scope)]
                keys = [self.bindings.keys] if reading.keyed else []
                return reading.compute(*keys, *inputs)
        raise AssertionError(
            f"{info.parent_type}.{info.field_name} is read by {reading}, which the reference does not know"
        )

    def _entity(self, type_name: str) -> Entity:
        return self.bindings.entity(type_name)

    def _scope(self, parent: Found, trees: Mapping[str, Any], question: Question) -> tuple[Row, Scope]:
        """Enter the parent's row as a row of constants."""
        parameters = Parameters()
        alias = f"r{next(question.numbers)}"
        columns = [
            _constant(parameters, f"{alias}_{name}", value, parent.types[name]).label(name)
            for name, value in parent.values.items()
        ]
        source = select(*columns).subquery(alias) if columns else None
        row = Row(alias, parent.types, source)

        def enter(table: Any) -> Row:
            name = f"r{next(question.numbers)}"
            return Row(name, {column.key: column.type for column in table.c}, table.alias(name))

        arguments = FieldArguments(trees, parameters)
        return row, Scope(row, ViewerTerms(question.viewer.kind), arguments, enter, self.settings)

    async def _one(self, question: Question, scope: Scope, row: Row, expression: Any) -> Any:
        statement = select(expression.label("value"))
        if row.source is not None:
            statement = statement.select_from(row.source)
        [found] = await _fetch(question, scope, statement)
        return found["value"]

    async def _by_kind(self, question: Question, kind: str | None, key: int | None, named: Any) -> Found | None:
        type_ = self.bindings.type_of_prefix.get(kind or "")
        if type_ is None or not (type_ is named or self.schema.is_sub_type(named, type_)):
            return None
        return await self._by_key(question, type_.name, key)

    async def _by_key(
        self,
        question: Question,
        type_name: str,
        key: Any,
        column: str = "id",
        *,
        inherits: bool = False,
        beside: tuple[Row, Scope, Any] | None = None,
    ) -> Found | None:
        if key is None:
            return None
        entity = self._entity(type_name)
        if beside is None:
            _, scope = self._scope(Found(type_name, {}, {}), {}, question)
            row = scope.enter(entity.table)
            from_, also = row.source, ()
        else:
            parent, scope, condition = beside
            row = scope.enter(entity.table)
            also = condition(scope, row)
            from_ = row.source if parent.source is None else row.source.join(parent.source, literal_column("true"))
        parameters = scope.arguments._parameters  # type: ignore[attr-defined]
        wanted = _constant(parameters, "key", key, row.types[column])
        statement = (
            select(*_columns(row))
            .select_from(from_)
            .where(getattr(row.c, column) == wanted, *also, *entity.visible(row, scope.viewer).whole(inherits=inherits))
        )
        rows = await _fetch(question, scope, statement)
        return Found(type_name, row.types, dict(rows[0])) if rows else None

    async def _page(
        self, question: Question, parent: Row, scope: Scope, source: Source, node: Any, given: Mapping[str, Any]
    ) -> Paged:
        row, keys = source.row, source.keys
        parameters = scope.arguments._parameters  # type: ignore[attr-defined]
        bound = None if source.polymorphic else self.bindings.of_type.get(node.name)
        # What the parent row answers for is asked again here. Of members there is no parent: it is whom the viewer
        # blocks, who are seen in this one list.
        seen_here = source.inherits and node.name == "Member"
        visible = bound.visible(row, scope.viewer).whole(inherits=seen_here) if isinstance(bound, Entity) else []
        from_: Any = row.source
        for joined, condition in source.joined:
            from_ = from_.join(joined.source, condition)

        def beside(statement: Any) -> Any:
            # The parent's one row of constants stands to the left of its children's, so that what refers to it finds it.
            if parent.source is None:
                return statement
            return select(literal_column("l.*")).select_from(
                parent.source.join(statement.lateral("l"), literal_column("true"))
            )

        conditions = [*source.where, *visible]
        counting = select(func.count().label("value")).select_from(from_).where(*conditions)
        counted = await _fetch(question, scope, beside(counting))
        backward = given.get("last") is not None
        size = given["last"] if backward else given["first"]
        for name in ("after", "before"):
            if given.get(name) is not None:
                decoded = decode_cursor(given[name], source.order, keys)
                bounds = [
                    _constant(parameters, f"{name}{place}", value, key.type)
                    for place, (value, key) in enumerate(zip(decoded, keys, strict=True))
                ]
                conditions.append(_beyond(keys, bounds, after=name == "after"))
        cursor = [part for key in keys for part in (literal_column(f"'{SEPARATOR}'"), key.encode(key.expression))]
        text: Any = literal_column(f"'{source.order}'", Text)
        for part in cursor:
            text = text.op("||")(cast(part, Text))
        extras = [expression.label(f"extra_{name}") for name, (expression, _) in source.extras.items()]
        order = [key.expression.desc() if key.descending != backward else key.expression.asc() for key in keys]
        statement = (
            select(text.label("the_cursor"), *_columns(row), *extras)
            .select_from(from_)
            .where(*conditions)
            .order_by(*order)
            .limit(size + 1)
        )
        rows = await _fetch(question, scope, beside(statement))
        types = {**row.types, **{name: type_ for name, (_, type_) in source.extras.items()}}
        found: list[tuple[str, Found | None, Found]] = []
        for record in rows[:size]:
            values: dict[str, Any] = {name: record[name] for name in _kept(row)}
            values |= {name: record[f"extra_{name}"] for name in source.extras}
            itself = Found(node.name, types, values)
            shown: Found | None = itself
            if source.polymorphic:
                shown = await self._by_kind(question, values["kind"], values["key"], node)
            elif isinstance(node, GraphQLInterfaceType | GraphQLUnionType):
                shown = self._variant(node, types, values)
            found.append((record["the_cursor"], shown, itself))
        if backward:
            found.reverse()
        more = len(rows) > size
        return Paged(
            found,
            more=given.get("before") is not None if backward else more,
            before=more if backward else given.get("after") is not None,
            count=counted[0]["value"],
        )

    def _variant(self, node: Any, types: Mapping[str, Any], values: Mapping[str, Any]) -> Found | None:
        for possible in self.schema.get_possible_types(node):
            bound = self.bindings.of_type.get(possible.name)
            if isinstance(bound, Variant) and values[bound.column] == bound.value:
                return Found(possible.name, types, values)
        return None

    def _part(self, part: str, parent: Any) -> Any:
        if isinstance(parent, Paged):
            match part:
                case "edges":
                    return [
                        Edge(row.type_name, row.types, row.values, cursor, node) for cursor, node, row in parent.found
                    ]
                case "nodes":
                    return [node for _, node, _ in parent.found]
                case "totalCount":
                    return min(parent.count, COUNTED_UP_TO)
                case "totalCountIsCapped":
                    return parent.count > COUNTED_UP_TO
                case "hasNextPage":
                    return parent.more
                case "hasPreviousPage":
                    return parent.before
                case "startCursor":
                    return parent.found[0][0] if parent.found else None
                case "endCursor":
                    return parent.found[-1][0] if parent.found else None
                case _:
                    return parent  # pageInfo
        return parent.cursor if part == "cursor" else parent.node


def _kept(row: Row) -> list[str]:
    return [name for name, type_ in row.types.items() if not isinstance(type_, TSVECTOR)]


def _columns(row: Row) -> list[Any]:
    return [getattr(row.c, name).label(name) for name in _kept(row)]


def _constant(parameters: Parameters, name: str, value: Any, type_: Any) -> Any:
    parameters.readers[name] = lambda _, value=value: value  # type: ignore[misc] # bound now
    return cast(Parameter(name, type_), type_)


def _beyond(keys: Any, bounds: Any, *, after: bool) -> Any:
    alternatives = []
    for place, key in enumerate(keys):
        equal = [keys[before].expression == bounds[before] for before in range(place)]
        upward = after != key.descending
        further = key.expression > bounds[place] if upward else key.expression < bounds[place]
        alternatives.append(and_(*equal, further))
    return or_(*alternatives)


async def _fetch(question: Question, scope: Scope, statement: Any) -> Any:
    compiled = statement.compile(dialect=_dialect, compile_kwargs={"literal_binds": True})
    readers = scope.arguments._parameters.readers  # type: ignore[attr-defined]
    values = [
        readers[name]({}) if name in readers else getattr(question.viewer, name.removeprefix("viewer_"))
        for name in compiled.positiontup or ()
    ]
    async with question.lock:
        return await question.connection.raw.fetch(str(compiled.string), *values)
