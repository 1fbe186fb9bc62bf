"""A document's arguments and variables, split into what shapes a statement and what only fills it.

A statement is compiled for a *shape*: which inputs are there, which are null, and every enum and boolean. All other
values (text, numbers, times, ids) are holes in the shape. They are bound as parameters when the statement runs, so that
requests which differ in them alone share one statement, and so that nothing a client writes becomes SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    is_leaf_type,
)
from graphql.language import ast
from graphql.utilities import value_from_ast

from community.foundation.parameters import Parameter

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.types import TypeEngine


class _Hole:
    """Stands for a value that does not shape the statement."""

    def __repr__(self) -> str:
        return "HOLE"


HOLE = _Hole()
ABSENT = Undefined


class BadArgument(ValueError):  # noqa: N818 - what it is, not that it is an error
    """A value that its field cannot take, found when it was converted for the statement."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the argument and what is wrong with it."""
        super().__init__(f"Argument '{name}': {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is bound when the statement runs: where it comes from, and how it is read from the variables."""

    identity: Hashable
    read: Callable[[Mapping[str, Any]], Any]


def shape_of(type_: GraphQLInputType, value: Any) -> Hashable:
    """Return the shape of a coerced value."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return HOLE if _fills(type_.of_type) else tuple(shape_of(type_.of_type, element) for element in value)
    if isinstance(type_, GraphQLInputObjectType):
        return tuple(
            (name, shape_of(field.type, value[field.out_name or name]))
            for name, field in type_.fields.items()
            if (field.out_name or name) in value
        )
    return HOLE if _fills(type_) else value


def _fills(type_: GraphQLInputType) -> bool:
    """Whether values of a type are holes."""
    if isinstance(type_, GraphQLNonNull | GraphQLList):
        return _fills(type_.of_type)
    return is_leaf_type(type_) and not isinstance(type_, GraphQLEnumType) and type_.name != "Boolean"


def of_variable(type_: GraphQLInputType, shape: Any, path: tuple[Any, ...]) -> Any:
    """Return a variable's value as a tree: mappings and lists, shaping values as they are, and leaves for holes."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if shape is HOLE:
        return Leaf(("variable", path), _reader(path))
    if shape is None or shape is ABSENT:
        return shape
    if isinstance(type_, GraphQLList):
        return [of_variable(type_.of_type, element, (*path, index)) for index, element in enumerate(shape)]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            snake_case(name): of_variable(
                type_.fields[name].type,
                inner,
                (*path, type_.fields[name].out_name or name),
            )
            for name, inner in shape
        }
    return shape


def _reader(path: tuple[Any, ...]) -> Callable[[Mapping[str, Any]], Any]:
    if len(path) == 1:
        name = path[0]
        return lambda variables: variables[name]

    def read(variables: Mapping[str, Any]) -> Any:
        value: Any = variables
        for step in path:
            value = value[step]
        return value

    return read


def of_literal(type_: GraphQLInputType, node: ast.ValueNode, variables: Mapping[str, Any]) -> Any:
    """Return a literal as a tree. `variables` holds the trees of the operation's variables."""
    if isinstance(node, ast.VariableNode):
        return variables.get(node.name.value, ABSENT)
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(node, ast.NullValueNode):
        return None
    if isinstance(type_, GraphQLList):
        nodes = node.values if isinstance(node, ast.ListValueNode) else (node,)
        elements = [of_literal(type_.of_type, element, variables) for element in nodes]
        if not _fills(type_.of_type):
            return elements
        leaves = [element if isinstance(element, Leaf) else _constant(element) for element in elements]
        return Leaf(
            ("list", tuple(leaf.identity for leaf in leaves)),
            lambda values: [leaf.read(values) for leaf in leaves],
        )
    if isinstance(type_, GraphQLInputObjectType) and isinstance(node, ast.ObjectValueNode):
        given = {field.name.value: field.value for field in node.fields}
        tree = {}
        for name, field in type_.fields.items():
            value = of_literal(field.type, given[name], variables) if name in given else ABSENT
            if value is ABSENT and field.default_value is not Undefined:
                value = of_default(field.type, field.default_value)
            if value is not ABSENT:
                tree[snake_case(name)] = value
        return tree
    value = value_from_ast(node, type_)
    return _constant(value) if _fills(type_) else value


def of_default(type_: GraphQLInputType, value: Any) -> Any:
    """Return a schema's default value as a tree."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None or not _fills(type_):
        return value
    return _constant(value)


def values_of(tree: Any, variables: Mapping[str, Any]) -> Any:
    """Return a tree of arguments as plain values."""
    if isinstance(tree, Leaf):
        return tree.read(variables)
    if isinstance(tree, Mapping):
        return {name: values_of(inner, variables) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [values_of(inner, variables) for inner in tree]
    return tree


def _constant(value: Any) -> Leaf:
    return Leaf(("constant", repr(value)), lambda _: value)


def snake_case(name: str) -> str:
    """Return a GraphQL name as Python's."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Parameters:
    """The parameters of one statement: each value once, however often the statement needs it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.readers: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
        self._named: dict[Hashable, str] = {}

    def bind(
        self,
        leaf: Leaf,
        type_: TypeEngine[Any],
        convert: Callable[[Any], Any] | None,
        name: str,
        purpose: Hashable = None,
    ) -> ColumnElement[Any]:
        """Return the parameter for a leaf. `purpose` tells apart conversions of one leaf."""
        identity = (leaf.identity, repr(type_), convert if purpose is None else purpose)
        parameter = self._named.get(identity)
        if parameter is None:
            parameter = self._named[identity] = f"value_{len(self._named)}"
            self.readers[parameter] = leaf.read if convert is None else _converting(leaf.read, convert, name)
        return Parameter(parameter, type_)


def _converting(
    read: Callable[[Mapping[str, Any]], Any],
    convert: Callable[[Any], Any],
    name: str,
) -> Callable[[Mapping[str, Any]], Any]:
    def converted(variables: Mapping[str, Any]) -> Any:
        try:
            return convert(read(variables))
        except ValueError as error:
            raise BadArgument(name, str(error) or "is not valid.") from error

    return converted


class FieldArguments:
    """One field's arguments, as declarations ask for them (see `fields.Arguments`)."""

    def __init__(self, trees: Mapping[str, Any], parameters: Parameters) -> None:
        """Hold the arguments by their Python names."""
        self.trees = trees
        self._parameters = parameters

    def tree(self, path: str) -> Any:
        """Return the tree at a dotted path, or None where nothing is given."""
        value: Any = self.trees
        for name in path.split("."):
            value = value[int(name)] if isinstance(value, list) else value.get(name, ABSENT)
            if value is ABSENT or value is None:
                return None
        return value

    def shape(self, name: str) -> Any:
        """Return what shapes the statement; values that do not are True where they are given."""
        return _shape(self.tree(name))

    def value(
        self, name: str, type_: TypeEngine[Any], convert: Callable[[Any], Any] | None = None
    ) -> ColumnElement[Any]:
        """Return a parameter for a given value, converted when the statement runs."""
        tree = self.tree(name)
        leaf = tree if isinstance(tree, Leaf) else _constant(tree)
        return self._parameters.bind(leaf, type_, convert, name)


def _shape(tree: Any) -> Any:
    if isinstance(tree, Leaf):
        return True
    if isinstance(tree, dict):
        return {name: _shape(inner) for name, inner in tree.items() if inner is not None and inner is not ABSENT}
    if isinstance(tree, list):
        return [_shape(inner) for inner in tree]
    return tree
