"""How long the list behind a field can be: what `first` or `last` says, how many ids are given, or what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.language import ast

from api.limits.bounds import refused, told
from api.reading.connections import LONGEST_PAGE
from api.reading.plan import reading_of
from api.reading.readings import Connection, Derived, Page, PolymorphicList, Rows

if TYPE_CHECKING:
    from api.limits.price import Price, Times

USUAL_LENGTH = 10
"""What a list counts as that cannot be paged: it is short by nature."""

_PAGED = frozenset({"edges", "nodes"})


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, and the value its operation gives it where the request does not."""

    name: str
    default: Any

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Return the request's value."""
        return variables.get(self.name, self.default)


@dataclass(frozen=True, slots=True)
class _PageSize:
    """The size of a page that variables have a say in."""

    node: ast.FieldNode
    first: Any
    last: Any

    def __call__(self, variables: Mapping[str, Any]) -> int:
        first, last = (
            given.value(variables) if isinstance(given, Variable) else given for given in (self.first, self.last)
        )
        return _checked(self.node, first, last)


@dataclass(frozen=True, slots=True)
class _Length:
    """The length of a list that is a variable."""

    variable: Variable

    def __call__(self, variables: Mapping[str, Any]) -> int:
        value = self.variable.value(variables)
        return len(value) if isinstance(value, list | tuple) else 1


def defaults(operation: ast.OperationDefinitionNode) -> Mapping[str, Variable]:
    """Return an operation's variables with their defaults, as far as a page's size or a list's length needs them."""
    return {
        definition.variable.name.value: Variable(definition.variable.name.value, _literal(definition.default_value))
        for definition in operation.variable_definitions or ()
    }


def is_paged(field: GraphQLField | None) -> bool:
    """Whether a part of a connection is there once for each entry of the page."""
    reading = reading_of(field) if field is not None else None
    return isinstance(reading, Page) and reading.part in _PAGED


def size_of(field: GraphQLField, node: ast.FieldNode, variables: Mapping[str, Variable], price: Price) -> Times:
    """Return how often what is selected on a field can be there.

    Raises:
        GraphQLError: if the field is a connection, and the document asks for no page of it, or too long a one.
    """
    reading = reading_of(field)
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    if isinstance(reading, Connection) or "first" in field.args:
        pages = [_argument(given.get(name), field, name, variables) for name in ("first", "last")]
        known = not any(isinstance(page, Variable) for page in pages)
        size: Times = _checked(node, *pages) if known else price.size(_PageSize(node, *pages))
        # Of one object with lists that are as long as it says, the lists count, and it does not.
        return 1 if isinstance(reading, Derived) else size
    if isinstance(reading, PolymorphicList):
        value = next((given[name] for name, argument in field.args.items() if name in given and _lists(argument)), None)
        if isinstance(value, ast.VariableNode):
            return price.size(_Length(variables.get(value.name.value, Variable(value.name.value, None))))
        return len(value.values) if isinstance(value, ast.ListValueNode) else 1
    if isinstance(reading, Rows):
        return reading.limit if reading.long else min(reading.limit, USUAL_LENGTH)
    listed = is_list_type(get_nullable_type(field.type)) and is_composite_type(get_named_type(field.type))
    return USUAL_LENGTH if listed and not isinstance(reading, Page) else 1


def _lists(argument: Any) -> bool:
    return is_list_type(get_nullable_type(argument.type))


def _argument(node: ast.ValueNode | None, field: GraphQLField, name: str, variables: Mapping[str, Variable]) -> Any:
    """Return a page argument: a variable, a number, None where it is not given, or what it should not be."""
    if node is None:
        default = field.args[name].default_value if name in field.args else None
        return None if default is Undefined else default
    if isinstance(node, ast.VariableNode):
        return variables.get(node.name.value, Variable(node.name.value, None))
    return _literal(node)


def _literal(node: ast.ValueNode | None) -> Any:
    if node is None or isinstance(node, ast.NullValueNode):
        return None
    if isinstance(node, ast.IntValueNode):
        return int(node.value)  # no longer than 64 bits: the document's structure has been examined
    if isinstance(node, ast.ListValueNode):
        return list(node.values)
    return node


def _checked(node: ast.FieldNode, first: Any, last: Any) -> int:
    """Return the size of a page; just one of both must ask for one."""
    name = told(node.name.value)
    if first is None and last is None:
        raise refused(f"'{name}' needs `first` or `last`, 1 to {LONGEST_PAGE}.", "PAGE_SIZE", node)
    if first is not None and last is not None:
        raise refused(f"'{name}' takes `first` or `last`, not both.", "PAGE_SIZE", node)
    size = first if last is None else last
    if type(size) is not int or not 1 <= size <= LONGEST_PAGE:
        which = "first" if last is None else "last"
        shown = f"{size:,}" if type(size) is int else "no whole number"
        raise refused(f"`{which}` of '{name}' is {shown}; give 1 to {LONGEST_PAGE}.", "PAGE_SIZE", node)
    return size
