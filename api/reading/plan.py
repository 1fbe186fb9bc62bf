"""A validated document becomes a tree of selections: fragments merged, directives decided, arguments resolved.

What GraphQL calls collecting fields (October 2021 specification, 6.3.2 and 6.4.3) happens here once a statement, not
once a row. Under an abstract type there is one list of selections for each possible object type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    type_from_ast,
)
from graphql.language import ast

from api.reading.arguments import ABSENT, of_default, of_literal, of_variable, snake_case
from api.reading.fields import COST, READING
from api.reading.readings import Reading

INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Selection:
    """A field to answer: under which key, of which type, how it is read, with which arguments, and what of it."""

    key: str
    name: str
    type: GraphQLOutputType | None
    reading: Reading | None
    arguments: Mapping[str, Any]
    selections: Mapping[str, Sequence[Selection]]
    introspection: Sequence[ast.FieldNode] = ()
    """The document's own nodes of `__schema` and `__type`, which are not read but executed."""

    @property
    def typed(self) -> GraphQLOutputType:
        """The field's type, of what is not `__typename`."""
        assert self.type is not None
        return self.type

    @property
    def named(self) -> Any:
        """The field's type without lists and non-null: an object, interface, union or leaf type."""
        return get_named_type(self.typed)

    def of(self, type_name: str) -> Sequence[Selection]:
        """Return what is selected on an object type."""
        return self.selections.get(type_name, ())


class Planner:
    """Plans operations of one document for one shape of its variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, ast.FragmentDefinitionNode],
        operation: ast.OperationDefinitionNode,
        shapes: Mapping[str, Any],
    ) -> None:
        """Take the shape of each variable that has a value; the others are absent."""
        self._schema = schema
        self._fragments = fragments
        self._variables: dict[str, Any] = {}
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            type_: Any = type_from_ast(schema, definition.type)
            self._variables[name] = of_variable(type_, shapes.get(name, ABSENT), (name,))

    def plan(self, root: GraphQLObjectType, selection_set: ast.SelectionSetNode) -> Sequence[Selection]:
        """Return what is selected on an object type."""
        return self._select(root, (selection_set,))

    def _select(
        self,
        parent: GraphQLObjectType,
        selection_sets: Iterable[ast.SelectionSetNode],
    ) -> Sequence[Selection]:
        collected: dict[str, list[ast.FieldNode]] = {}
        for selection_set in selection_sets:
            self._collect(parent, selection_set, collected, set())
        return [self._selection(parent, key, nodes) for key, nodes in collected.items()]

    def _selection(self, parent: GraphQLObjectType, key: str, nodes: list[ast.FieldNode]) -> Selection:
        name = nodes[0].name.value
        if name == "__typename":
            return Selection(key, name, None, None, {}, {})
        if name in INTROSPECTION:
            return Selection(key, name, None, None, {}, {}, nodes)
        field = parent.fields[name]
        inner: dict[str, Sequence[Selection]] = {}
        named = get_named_type(field.type)
        if is_composite_type(named):
            sets = [node.selection_set for node in nodes if node.selection_set]
            possible = self._schema.get_possible_types(named) if is_abstract_type(named) else [named]
            inner = {object_type.name: self._select(object_type, sets) for object_type in possible}  # type: ignore[arg-type] # not abstract, so an object
        return Selection(key, name, field.type, reading_of(field), self._arguments(field, nodes[0]), inner)

    def _arguments(self, field: GraphQLField, node: ast.FieldNode) -> Mapping[str, Any]:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        trees = {}
        for name, definition in field.args.items():
            value = of_literal(definition.type, given[name], self._variables) if name in given else ABSENT
            if value is ABSENT and definition.default_value is not ABSENT:
                value = of_default(definition.type, definition.default_value)
            if value is not ABSENT:
                trees[snake_case(name)] = value
        return trees

    def _collect(
        self,
        parent: GraphQLObjectType,
        selection_set: ast.SelectionSetNode,
        collected: dict[str, list[ast.FieldNode]],
        visited: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, ast.FieldNode):
                collected.setdefault((node.alias or node.name).value, []).append(node)
                continue
            if isinstance(node, ast.FragmentSpreadNode):
                name = node.name.value
                if name in visited:
                    continue
                visited.add(name)
                fragment: Any = self._fragments[name]
            else:
                fragment = node
            condition = fragment.type_condition
            if condition is None or self._applies(condition.name.value, parent):
                self._collect(parent, fragment.selection_set, collected, visited)

    def _applies(self, condition: str, parent: GraphQLObjectType) -> bool:
        if condition == parent.name:
            return True
        type_ = self._schema.type_map[condition]
        return is_abstract_type(type_) and self._schema.is_sub_type(type_, parent)

    def _included(self, node: ast.SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in {"skip", "include"} and directive.arguments:
                value = directive.arguments[0].value
                holds = (
                    self._variables.get(value.name.value) is True
                    if isinstance(value, ast.VariableNode)
                    else isinstance(value, ast.BooleanValueNode) and value.value
                )
                if holds == (name == "skip"):
                    return False
        return True


def reading_of(field: GraphQLField) -> Reading | None:
    """Return how a field was declared to be read; None for what Python resolves, a mutation."""
    reading: Reading | None = _declared(field).get(READING)
    return reading


def cost_of(field: GraphQLField) -> int:
    """Return what a field was declared to cost, beside what is selected of it."""
    cost: int = _declared(field).get(COST, 1)
    return cost


def _declared(field: GraphQLField) -> Mapping[str, Any]:
    definition = field.extensions.get("strawberry-definition")
    return getattr(definition, "metadata", None) or {}
