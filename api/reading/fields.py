"""How a field is read, declared beside the field.

    @entity("post", posts, visible_posts)
    class Post(Node):
        '''A discussion's first word.'''

        title: str = column("title", "The title, as plain text.")
        author: Member | None = reference(lambda scope: scope.row.c.author_id, "Who wrote it.")
        comments: Connection[Comment] = connection(post_comments, "The answers.", sort=Argument(CommentSort, ...))

A declaration is a function from a `Scope` (the row, the viewer, the arguments) to SQL. It is called when a document is
compiled, not when it is run, so values that the client sends are parameters there, never Python values; what shapes the
statement (an enum, a boolean, whether a filter is there at all) is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

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
    Page,
    Polymorphic,
    PolymorphicList,
    Reading,
    Reference,
    Returned,
    Row,
    Rows,
    Scope,
    Source,
    Variant,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select, Table

    from community.foundation.settings import Settings
    from community.foundation.visibility import Visible
    from community.members.viewer import ViewerTerms

T = TypeVar("T")

READING = "teahouse-reading"
"""Under this name a strawberry field's metadata holds how it is read."""

COST = "teahouse-cost"
"""Under this name it holds what the field costs: more than 1 where reading it takes much longer than reading a column."""


_BINDING = "__teahouse_binding__"


def entity(
    prefix: str,
    table: Table,
    visible: Callable[[Any, ViewerTerms], Visible],
) -> Callable[[type[T]], type[T]]:
    """Declare a class a GraphQL type read from a table, entered through its visibility rule.

    `prefix` begins the type's ids: `post_7`.
    """

    def declare(declared: type[T]) -> type[T]:
        setattr(declared, _BINDING, Entity(prefix, table, visible))
        return object_type(declared)

    return declare


def variant(table: Table, column: str, value: str) -> Callable[[type[T]], type[T]]:
    """Declare a class the GraphQL type of those rows of a shared table whose `column` says `value`."""

    def declare(declared: type[T]) -> type[T]:
        setattr(declared, _BINDING, Variant(table, column, value))
        return object_type(declared)

    return declare


def object_type(declared: type[T]) -> type[T]:
    """Declare a class a GraphQL object type whose docstring is its description."""
    return strawberry.type(declared, description=_text(declared.__doc__))


def interface_type(declared: type[T]) -> type[T]:
    """Declare a class a GraphQL interface whose docstring is its description."""
    return strawberry.interface(declared, description=_text(declared.__doc__))


def binding(declared: type) -> Entity | Variant | None:
    """Return what a class was declared to be read from."""
    return declared.__dict__.get(_BINDING)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field: its Python type (which gives the GraphQL type), its meaning, its default.

    `name` is its GraphQL name, where that is no name in Python.
    """

    type: Any
    description: str
    default: Any = strawberry.UNSET
    name: str | None = None


def identity(description: str) -> Any:
    """Read a field from the row's own id."""
    return _declare(Identity(), description, None)


def column(name: str, description: str, **options: Any) -> Any:
    """Read a field from a column of the row."""
    return expression(lambda scope: getattr(scope.row.c, name), description, **options)


def expression(
    sql: Callable[[Scope], ColumnElement[Any]],
    description: str,
    *,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a field from an SQL expression."""
    return _declare(Expression(sql), description, arguments, **options)


def reference(
    key: Callable[[Scope], ColumnElement[Any]],
    description: str,
    *,
    column: str = "id",
    inherits: bool = False,
    also: Callable[[Scope, Row], Sequence[ColumnElement[Any]]] = lambda _scope, _row: (),
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a field from the row of another table that has this key, and of which `also` holds."""
    return _declare(Reference(key, column, inherits, also), description, arguments, **options)


def polymorphic(
    kind: Callable[[Scope], ColumnElement[Any]],
    key: Callable[[Scope], ColumnElement[Any]],
    description: str,
    *,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a field of an interface or union type from whichever table its kind names."""
    return _declare(Polymorphic(kind, key), description, arguments, **options)


def polymorphic_list(
    kinds: Callable[[Scope], ColumnElement[Any]],
    keys: Callable[[Scope], ColumnElement[Any]],
    description: str,
    *,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a list of an interface or union type, null where there is nothing to see."""
    return _declare(PolymorphicList(kinds, keys), description, arguments, **options)


def embedded(
    description: str,
    *,
    exists: Callable[[Scope], ColumnElement[Any]] | None = None,
    columns: Mapping[str, str] | None = None,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read an object whose fields come from the same row, where `columns` says so by other names."""
    return _declare(Embedded(exists, columns or {}), description, arguments, **options)


def derived(
    query: Callable[[Scope], Select[Any]],
    description: str,
    *,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read an object whose fields come from the one row that a query makes."""
    return _declare(Derived(query), description, arguments, **options)


def connection(
    source: Callable[[Scope], Source],
    description: str,
    *,
    exists: Callable[[Scope], ColumnElement[Any]] | None = None,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a Relay connection; `first`, `after`, `last` and `before` are added to its arguments."""
    return _declare(Connection(source, exists), description, {**(arguments or {}), **PAGE_ARGUMENTS}, **options)


def rows(
    source: Callable[[Scope], Source],
    description: str,
    *,
    limit: int = 100,
    long: bool = False,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a short list of objects; one that is `long` counts in full in an operation's cost."""
    return _declare(Rows(source, limit, long), description, arguments, **options)


def computed(
    inputs: Callable[[Scope], Sequence[ColumnElement[Any]]],
    compute: Callable[..., Any],
    description: str,
    *,
    keyed: bool = False,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Let Python make a value from what the statement read; one that is `keyed` is given the server's keys first."""
    return _declare(Computed(inputs, compute, keyed), description, arguments, **options)


def assembled(
    parts: Callable[[Any, Any, Scope], list[Any]],
    description: str,
    *,
    arguments: Mapping[str, Argument] | None = None,
    **options: Any,
) -> Any:
    """Read a field in a way of its own: `parts` is given the compiler, the selection and the scope."""
    return _declare(Assembled(parts), description, arguments, **options)


def returned(description: str, **options: Any) -> Any:
    """Read a field of a payload from what the action returned under the field's name."""
    return _declare(Returned(), description, None, **options)


def configured(value: Callable[[Settings], Any], description: str, **options: Any) -> Any:
    """Read a field from the settings: a leaf, a mapping by Python names, or a list of either."""
    return _declare(Configured(value), description, None, **options)


def page_part(part: str, description: str) -> Any:
    """Declare a part of a connection, an edge or a page's description."""
    return _declare(Page(part), description, None)


PAGE_ARGUMENTS: Mapping[str, Argument] = {
    "first": Argument(int | None, "How many from the start, 1 to 100. Give this or `last`.", None),
    "after": Argument(str | None, "Only what comes after the edge with this cursor.", None),
    "last": Argument(int | None, "How many from the end, 1 to 100.", None),
    "before": Argument(str | None, "Only what comes before the edge with this cursor.", None),
}


def _declare(
    reading: Reading,
    description: str,
    arguments: Mapping[str, Argument] | None,
    *,
    name: str | None = None,
    deprecation_reason: str | None = None,
    cost: int = 1,
) -> StrawberryField:
    """Make the field. `cost` is what it counts in an operation's cost, beside what is selected of it."""
    declared = StrawberryField(
        graphql_name=name,
        description=_text(description),
        metadata={READING: reading, COST: cost},
        deprecation_reason=deprecation_reason,
    )
    declared.arguments = [
        StrawberryArgument(
            python_name=argument_name,
            graphql_name=argument.name,
            type_annotation=StrawberryAnnotation(argument.type),
            description=_text(argument.description),
            default=argument.default,
        )
        for argument_name, argument in (arguments or {}).items()
    ]
    return declared


def _text(description: str | None) -> str | None:
    """Fold a description's lines, as sources wrap and readers' screens differ."""
    return " ".join(description.split()) if description else None
