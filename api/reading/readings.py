"""What a field's declaration says: the row it is read from, and the ways of reading it.

`fields` declares, and the compiler reads what was declared; both know these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import literal_column

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause, Select, Table
    from sqlalchemy.types import TypeEngine

    from api.reading.cursors import Key
    from community.foundation.settings import Settings
    from community.foundation.visibility import Visible
    from community.members.viewer import ViewerTerms


class Row:
    """A row as SQL: the alias it goes by, its columns, and what it comes from.

    `used` collects the columns that were asked for, so that a subquery need not carry the others.
    """

    __slots__ = ("alias", "c", "names", "source", "types", "used")

    def __init__(self, alias: str, types: Mapping[str, TypeEngine[Any]], source: FromClause | None = None) -> None:
        """Name a row; `source` stands in FROM under the same alias."""
        self.alias = alias
        self.types = types
        self.names: Mapping[str, str] = {}
        self.source: Any = source  # a page's row has none of its own
        self.used: set[str] = set()
        self.c = _Columns(self)

    def renamed(self, names: Mapping[str, str]) -> Row:
        """Return the same row with some columns under other names, for an object that several columns can fill."""
        row = Row(self.alias, self.types, self.source)
        row.names, row.used = names, self.used
        return row


class _Columns:
    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        # Names come from declarations alone; one that no table has is a mistake there.
        row = self._row
        name = row.names.get(name, name)
        row.used.add(name)
        return literal_column(f"{row.alias}.{name}", row.types[name])


class Arguments(Protocol):
    """A field's arguments while a document is compiled."""

    def shape(self, name: str) -> Any:
        """Return what shapes the statement: an enum's or boolean's value, None, or a mapping of a filter's fields."""

    def value(
        self, name: str, type_: TypeEngine[Any], convert: Callable[[Any], Any] | None = None
    ) -> ColumnElement[Any]:
        """Return a parameter for a value that the client sends."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a declaration may build on: the row, who looks, and the field's arguments."""

    row: Row
    viewer: ViewerTerms
    arguments: Arguments
    enter: Callable[[FromClause], Row]
    """Give a table or subquery a fresh alias in this statement."""
    settings: Settings
    """What the operator has set: the same for as long as the server runs."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A scalar, or a list of scalars: one SQL expression."""

    sql: Callable[[Scope], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Reference:
    """At most one row of another table, entered through that table's visibility rule.

    `also` gives what else must hold of the row, where one column does not make it the only one.
    """

    key: Callable[[Scope], ColumnElement[Any]]
    column: str = "id"
    inherits: bool = False
    also: Callable[[Scope, Row], Sequence[ColumnElement[Any]]] = lambda _scope, _row: ()


@dataclass(frozen=True, slots=True)
class Polymorphic:
    """A row of one of several tables: the id prefix of its type, and its key."""

    kind: Callable[[Scope], ColumnElement[Any]]
    key: Callable[[Scope], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class PolymorphicList:
    """Several such rows in the order asked for, null where there is none: two arrays of one length."""

    kinds: Callable[[Scope], ColumnElement[Any]]
    keys: Callable[[Scope], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object whose fields are read from the same row, or from no row; null where `exists` does not hold.

    `columns` says which of the row's columns go by which names there.
    """

    exists: Callable[[Scope], ColumnElement[Any]] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """An object whose fields are read from the one row that a query makes; null where it makes none.

    The query answers for who may see what is in its row.
    """

    query: Callable[[Scope], Select[Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """What a list or connection draws on, for one parent row.

    `row` is the rows' table under a fresh alias, and for nodes of one type the table of that type; `joined` is what
    else stands in FROM (a link table, say); `where` the conditions; `keys` the order, which must end in something
    unique, and `order` its name in cursors; `extras` are further expressions that an edge's own fields read by name.
    `inherits` says that the parent row has answered for what the visibility rule inherits. Where nodes are of several
    types, `polymorphic` says that the rows have the columns `kind` and `key`, and that only visible ones are among them.

    `candidates` makes a page fast that no one index has in its order: from the page it makes a subquery of ids, among
    which are all that the page can hold. It may name more, for the conditions are asked of each of them again.

    `ways` are for rows that are found best now by one index and now by another, which only the values can tell: sets of
    further conditions, of which exactly one holds whenever the statement runs. Each is planned by itself.
    """

    row: Row
    keys: Sequence[Key]
    order: str
    where: Sequence[ColumnElement[Any]] = ()
    joined: Sequence[tuple[Row, ColumnElement[Any]]] = ()
    extras: Mapping[str, tuple[ColumnElement[Any], TypeEngine[Any]]] = field(default_factory=dict)
    inherits: bool = False
    polymorphic: bool = False
    candidates: Callable[[Cut], Select[Any]] | None = None
    ways: Sequence[Sequence[ColumnElement[Any]]] = ((),)


class Cut(Protocol):
    """What a page cuts out of an order."""

    def within(self, keys: Sequence[Key]) -> list[ColumnElement[Any]]:
        """Return the conditions that `after` and `before` put on an order's keys."""

    def cut(self, statement: Select[Any], keys: Sequence[Key]) -> Select[Any]:
        """Order a statement by these keys and cut it to as many rows as the page can need."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A Relay connection over a source; null where `exists` does not hold."""

    source: Callable[[Scope], Source]
    exists: Callable[[Scope], ColumnElement[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A plain list of objects from a source: short by nature, so not paged. `limit` is the most there can be.

    A `long` one is often as long as it can be, and counts so in an operation's cost.
    """

    source: Callable[[Scope], Source]
    limit: int = 100
    long: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that Python makes from SQL expressions, after the statement has run: for what SQL cannot say."""

    inputs: Callable[[Scope], Sequence[ColumnElement[Any]]]
    compute: Callable[..., Any]
    keyed: bool = False
    """Whether it is given the keys that the server signs with, before them."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """Whatever the other readings cannot say: JSON text made from the compiler, the selection and the scope."""

    parts: Callable[[Any, Any, Scope], list[Any]]


@dataclass(frozen=True, slots=True)
class Identity:
    """The opaque id of a row: its type's prefix and its number."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A field of a mutation's payload: an object the action returned, by its key; or a plain value."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What the operator has set, or the product itself: the same for every request, so it is part of the statement."""

    value: Callable[[Settings], Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a connection: which of `edges`, `pageInfo`, `totalCount` and so on this field is."""

    part: str


Reading = (
    Expression
    | Reference
    | Polymorphic
    | PolymorphicList
    | Embedded
    | Derived
    | Connection
    | Rows
    | Computed
    | Assembled
    | Identity
    | Returned
    | Configured
    | Page
)


@dataclass(frozen=True, slots=True)
class Entity:
    """What a GraphQL type with rows of its own is read from."""

    prefix: str
    table: Table
    visible: Callable[[Any, ViewerTerms], Visible]


@dataclass(frozen=True, slots=True)
class Variant:
    """A GraphQL type for some rows of a table that many types share: those whose `column` says `value`."""

    table: Table
    column: str
    value: str
