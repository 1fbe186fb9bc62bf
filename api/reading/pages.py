"""Pages: how a connection or a list is read.

A page is a subquery of its own: the visibility rule's branches, each ordered and cut on its own index, put together,
cut again and numbered. What the page's nodes show is read around it, so that it is read for no row that is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphql import get_named_type
from sqlalchemy import Integer, Text, and_, cast, func, literal_column, or_, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.reading.arguments import BadArgument, FieldArguments, Leaf
from api.reading.connections import COUNTED_UP_TO, LONGEST_PAGE
from api.reading.cursors import SEPARATOR, BadCursor, Key, decode_cursor
from api.reading.json_sql import Part, glue, members, or_null
from api.reading.readings import Cut, Row, Source

if TYPE_CHECKING:
    from sqlalchemy import ColumnClause, ColumnElement, Select

    from api.reading.compile import Compiler
    from api.reading.plan import Selection

NUMBER = "page_number"
CURSOR = "page_cursor"


def connection(compiler: Compiler, selection: Selection, source: Source) -> list[Part]:
    """Return a connection as JSON text."""
    type_name, parts = _only(selection)
    arguments = FieldArguments(selection.arguments, compiler.parameters)
    page = _Page(compiler, source, arguments)
    named = _node_type(parts, compiler, type_name)
    pairs: list[tuple[str, Sequence[Part]]] = []
    outside: set[str] = set()
    for part in parts:
        match part.name:
            case "__typename":
                pairs.append((part.key, [f'"{type_name}"']))
            case "edges":
                pairs.append((part.key, page.list_of(lambda row, part=part: _edge(compiler, part, row))))
            case "nodes":
                pairs.append((part.key, page.list_of(lambda row, part=part: compiler.node(part, row))))
            case "pageInfo":
                pairs.append((part.key, page.info(part)))
            case "totalCount" | "totalCountIsCapped":
                outside.add(part.key)
                pairs.append((part.key, [page.count(named, capped=part.name == "totalCountIsCapped")]))
    if all(pair[0] in outside or part.name == "__typename" for pair, part in zip(pairs, parts, strict=True)):
        return members(pairs)
    return [page.around(glue(members(pairs)), named)]


def rows(compiler: Compiler, selection: Selection, source: Source, limit: int) -> list[Part]:
    """Return a plain list of objects as JSON text: as many as are asked for, where the field lets one ask."""
    named: Any = selection.named
    size = selection.arguments.get("first", limit)
    page = _Page(compiler, source, FieldArguments({"first": size}, compiler.parameters))
    listed = page.list_of(lambda row: compiler.node(selection, row))
    return [page.around(glue(listed), named)]


def _only(selection: Selection) -> tuple[str, Sequence[Selection]]:
    return next(iter(selection.selections.items()))


def _node_type(parts: Sequence[Selection], compiler: Compiler, connection_type: str) -> Any:
    del parts
    field: Any = compiler.bindings.schema.type_map[connection_type]
    return get_named_type(field.fields["nodes"].type)


def _edge(compiler: Compiler, selection: Selection, row: Row) -> list[Part]:
    type_name, parts = _only(selection)
    pairs: list[tuple[str, Sequence[Part]]] = []
    for part in parts:
        match part.name:
            case "__typename":
                pairs.append((part.key, [f'"{type_name}"']))
            case "cursor":
                pairs.append((part.key, ['"', getattr(row.c, CURSOR), '"']))
            case "node":
                pairs.append((part.key, compiler.node(part, row)))
            case _:
                pairs.append((part.key, compiler.field(type_name, part, row)))
    return members(pairs)


class _Page:
    """One page while it is compiled: first what is shown of its rows, then the subquery with just what that needs."""

    def __init__(self, compiler: Compiler, source: Source, arguments: FieldArguments) -> None:
        self._compiler = compiler
        self._source = source
        self._arguments = arguments
        self.backward = arguments.tree("last") is not None
        self._size = _size(arguments, "last" if self.backward else "first")
        types = {**source.row.types, **{name: type_ for name, (_, type_) in source.extras.items()}}
        self.row = Row(compiler.new_alias(), {**types, NUMBER: Integer(), CURSOR: Text()})

    def list_of(self, text: Any) -> list[Part]:
        number = getattr(self.row.c, NUMBER)
        order = [number.desc()] if self.backward else self._forward()
        joined = func.string_agg(glue(text(self.row)), in_order(literal_column("','"), *order))
        return ["[", func.coalesce(joined.filter(number <= self._size), literal_column("''", Text)), "]"]

    def info(self, selection: Selection) -> list[Part]:
        _, parts = _only(selection)
        more: list[Part] = [cast(func.count() > self._size, Text)]
        following, preceding = (
            ["true" if self._arguments.tree(name) is not None else "false"] for name in ("before", "after")
        )
        pairs: list[tuple[str, Sequence[Part]]] = []
        for part in parts:
            match part.name:
                case "hasNextPage":
                    pairs.append((part.key, following if self.backward else more))
                case "hasPreviousPage":
                    pairs.append((part.key, more if self.backward else preceding))
                case "startCursor":
                    pairs.append((part.key, self._end(first=not self.backward)))
                case "endCursor":
                    pairs.append((part.key, self._end(first=self.backward)))
                case _:
                    pairs.append((part.key, ['"PageInfo"']))
        return members(pairs)

    def _end(self, *, first: bool) -> list[Part]:
        number = getattr(self.row.c, NUMBER)
        order = [number] if self.backward else self._forward()
        cursors: Any = func.array_agg(in_order(getattr(self.row.c, CURSOR), *order), type_=ARRAY(Text)).self_group()
        place = _number(1) if first else func.least(func.count(), self._size)
        return [or_null(glue(['"', cursors[place], '"']))]

    def _forward(self) -> list[ColumnElement[Any]]:
        """Return the order of a page that is read forward: by its keys, as its rows come, so that nothing is sorted."""
        alias = self.row.alias
        return [
            _directed(literal_column(f"{alias}.key_{place}"), key, False) for place, key in enumerate(self._source.keys)
        ]

    def count(self, named: Any, *, capped: bool) -> ColumnElement[Any]:
        branches = []
        among = self._among(_Counted())
        for branch in self._branches(named):
            statement = self._from(select(literal_column("1").label("one")), branch).where(*among)
            branches.append(statement.limit(_number(COUNTED_UP_TO + 1)))
        rows_ = (
            branches[0] if len(branches) == 1 else union_all(*branches).limit(_number(COUNTED_UP_TO + 1))
        ).subquery()
        counted = func.count()
        text = counted > COUNTED_UP_TO if capped else func.least(counted, literal_column(str(COUNTED_UP_TO)))
        return select(cast(text, Text)).select_from(rows_).scalar_subquery()

    def around(self, text: ColumnElement[Any], named: Any) -> ColumnElement[Any]:
        """Put the page under what is shown of it."""
        source, row = self._source, self.row
        extras = {name: expression for name, (expression, _) in source.extras.items() if name in row.used}
        if CURSOR in row.used:
            extras[CURSOR] = _cursor(source)
        plain = sorted(name for name in row.used if name in source.row.types and name not in extras)
        keys = [key.expression.label(f"key_{place}") for place, key in enumerate(source.keys)]
        # Many columns as one element: names of ours, of which SQLAlchemy need not make an object each.
        shown: list[Any] = [expression.label(name) for name, expression in extras.items()]
        if plain:
            shown.append(literal_column(", ".join(f"{source.row.alias}.{name}" for name in plain)))
        cut = (
            literal_column(str(LONGEST_PAGE + 1))
            if not isinstance(self._size_known, int)
            else _number(self._size_known + 1)
        )
        order: list[ColumnClause[Any]] = [literal_column(f"key_{place}") for place in range(len(keys))]
        ordered = [_directed(name, key, self.backward) for name, key in zip(order, source.keys, strict=True)]
        within = [*self.within(source.keys), *self._among(self)]
        branches = []
        for branch in self._branches(named):
            statement = self._from(select(*shown, *keys), branch).where(*within)
            exact = [_directed(key.expression, key, self.backward) for key in source.keys]
            branches.append(statement.order_by(*exact).limit(cut))
        together = (
            branches[0]
            if len(branches) == 1
            else union_all(*(select(literal_column("*")).select_from(branch.subquery()) for branch in branches))
            .order_by(*ordered)
            .limit(cut)
        )
        found = together.subquery()
        carried = ", ".join([*extras, *plain, *(name.name for name in order)])
        numbered: Any = select(
            literal_column(carried),
            func.row_number().over(order_by=ordered).label(NUMBER),
        ).select_from(found)
        if not isinstance(self._size_known, int):
            numbered = numbered.limit(self._size + 1)
        # HAVING makes one row of it even where nothing that is shown is an aggregate: `pageInfo { hasPreviousPage }`.
        page = select(text).select_from(numbered.alias(row.alias)).having(literal_column("true"))
        return page.scalar_subquery()

    @property
    def _size_known(self) -> Any:
        return self._arguments.tree("last" if self.backward else "first")

    def _branches(self, named: Any) -> list[Sequence[ColumnElement[Any]]]:
        """Return the sets of conditions under which rows are read, each from an index of its own."""
        visible = self._compiler.restrict(self._source, named)
        return [
            [*way, *(() if condition is None else (condition,))] for way in self._source.ways for condition in visible
        ]

    def _from(self, statement: Select[Any], branch: Sequence[ColumnElement[Any]]) -> Select[Any]:
        source = self._source
        from_: Any = source.row.source
        for joined, condition in source.joined:
            from_ = from_.join(joined.source, condition)
        return statement.select_from(from_).where(*source.where, *branch)

    def _among(self, cut: Cut) -> list[ColumnElement[Any]]:
        """Keep a page to its candidates: as an array, which makes it a look-up of keys whatever the planner guesses."""
        candidates = self._source.candidates
        return (
            []
            if candidates is None
            else [self._source.row.c.id == func.any(func.array(candidates(cut).scalar_subquery()))]
        )

    def cut(self, statement: Select[Any], keys: Sequence[Key]) -> Select[Any]:
        """Order a statement by these keys and cut it to one row more than the page shows."""
        return statement.order_by(*(_directed(key.expression, key, self.backward) for key in keys)).limit(
            self._size + 1
        )

    def within(self, keys: Sequence[Key]) -> list[ColumnElement[Any]]:
        """Return the conditions that `after` and `before` put on an order's keys."""
        conditions = []
        for name in ("after", "before"):
            if self._arguments.tree(name) is None:
                continue
            bounds = [self._bound(name, place) for place in range(len(keys))]
            descending = [key.descending for key in keys]
            expressions = [key.expression for key in keys]
            forward = name == "after"
            if len(set(descending)) == 1:
                left, right = (
                    (expressions[0], bounds[0]) if len(bounds) == 1 else (tuple_(*expressions), tuple_(*bounds))
                )
                conditions.append(left > right if forward != descending[0] else left < right)
            else:
                conditions.append(_lexicographic(expressions, bounds, [forward != way for way in descending]))
        return conditions

    def _bound(self, name: str, place: int) -> ColumnElement[Any]:
        keys, order = self._source.keys, self._source.order

        def decode(written: Any) -> Any:
            try:
                return decode_cursor(written, order, keys)[place]
            except BadCursor as error:
                raise BadArgument(name, "is not a cursor of this connection in this order.") from error

        tree = self._arguments.tree(name)
        leaf = tree if isinstance(tree, Leaf) else Leaf(("constant", repr(tree)), lambda _: tree)
        return self._compiler.parameters.bind(leaf, keys[place].type, decode, name, (order, place))


class _Counted:
    """The cut of a count, which looks at all pages."""

    def within(self, keys: Sequence[Key]) -> list[ColumnElement[Any]]:
        """Leave nothing out."""
        del keys
        return []

    def cut(self, statement: Select[Any], keys: Sequence[Key]) -> Select[Any]:
        """Order a statement by these keys and cut it where counting stops."""
        return statement.order_by(*(_directed(key.expression, key, False) for key in keys)).limit(
            _number(COUNTED_UP_TO + 1)
        )


def _lexicographic(
    expressions: Sequence[ColumnElement[Any]],
    bounds: Sequence[ColumnElement[Any]],
    above: Sequence[bool],
) -> ColumnElement[Any]:
    """Compare key by key, for orders that go up in one and down in another."""
    alternatives = []
    for place, (expression, bound) in enumerate(zip(expressions, bounds, strict=True)):
        equal = [expressions[before] == bounds[before] for before in range(place)]
        alternatives.append(and_(*equal, expression > bound if above[place] else expression < bound))
    return or_(*alternatives)


def _size(arguments: FieldArguments, name: str) -> ColumnElement[Any]:
    tree = arguments.tree(name)
    if isinstance(tree, int):
        return _number(tree)
    return arguments.value(name, Integer(), _checked_size)


def _checked_size(size: Any) -> int:
    if not isinstance(size, int) or not 1 <= size <= LONGEST_PAGE:
        raise BadArgument("first or last", f"asks for {size}; give 1 to {LONGEST_PAGE}.")
    return size


def _number(value: int) -> ColumnElement[Any]:
    return literal_column(str(int(value)), Integer)


def _directed(expression: ColumnElement[Any], key: Key, backward: bool) -> ColumnElement[Any]:  # noqa: FBT001 - the page's way
    return expression.desc() if key.descending != backward else expression.asc()


def _cursor(source: Source) -> ColumnElement[Any]:
    parts: list[Part] = [source.order]
    for key in source.keys:
        parts += [SEPARATOR, key.encode(key.expression)]
    return glue(parts)


def in_order(value: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an aggregate's argument with the order that it is to be aggregated in."""
    return aggregate_order_by(value, *order)
