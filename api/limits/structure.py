"""What can be counted without following fragments: one pass over every definition of a document, used or not.

Validation visits all definitions, so all of them are held to these limits. The pass keeps its own stack: no nesting can
exhaust the interpreter's.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql.language import ast

from api.limits.bounds import DocumentLimits, refused, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Definition = ast.OperationDefinitionNode | ast.FragmentDefinitionNode

_INT64 = range(-(2**63), 2**63)
_LONGEST_INTEGER = 20
_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Structure:
    """A document's definitions by name, and which fragments each spreads."""

    operations: list[ast.OperationDefinitionNode] = field(default_factory=list)
    fragments: dict[str, ast.FragmentDefinitionNode] = field(default_factory=dict)
    spreads: dict[int, list[str]] = field(default_factory=dict)
    """By the identity of the definition."""

    def spread_by(self, definition: Definition) -> Sequence[str]:
        """Return the names of the fragments that a definition spreads itself."""
        return self.spreads[id(definition)]


def examine(document: ast.DocumentNode, limits: DocumentLimits) -> Structure:
    """Count what a document holds.

    Raises:
        GraphQLError: at the first thing there is too much of.
    """
    structure = Structure()
    fragments = 0
    for definition in document.definitions:
        if isinstance(definition, ast.OperationDefinitionNode):
            structure.operations.append(definition)
        elif isinstance(definition, ast.FragmentDefinitionNode):
            fragments += 1
            structure.fragments.setdefault(definition.name.value, definition)
    _at_most(len(structure.operations), limits.operations, "operations", "TOO_MANY_OPERATIONS")
    _at_most(fragments, limits.fragments, "fragments", "TOO_MANY_FRAGMENTS")
    count = _Count(limits)
    for definition in document.definitions:
        if isinstance(definition, ast.OperationDefinitionNode | ast.FragmentDefinitionNode):
            structure.spreads[id(definition)] = count.definition(definition)
    count.check_repetitions()
    return structure


class _Count:
    """The running totals of one document."""

    def __init__(self, limits: DocumentLimits) -> None:
        self._limits = limits
        self._directives = 0
        self._fields = 0
        self._keys: Counter[str] = Counter()

    def definition(self, definition: Definition) -> list[str]:
        """Count one definition; return the names of the fragments it spreads."""
        limits = self._limits
        self._apply(definition)
        variables = definition.variable_definitions or ()
        _at_most(len(variables), limits.variables, "variables", "TOO_MANY_VARIABLES")
        for variable in variables:
            self._apply(variable)
            self._type(variable.type)
            if variable.default_value is not None:
                self._value(variable.default_value)
        return self._selections(definition.selection_set)

    def _selections(self, selection_set: ast.SelectionSetNode) -> list[str]:
        spreads: list[str] = []
        stack = [(selection_set, 1)]
        while stack:
            current, nesting = stack.pop()
            if nesting > self._limits.nesting:
                raise refused(f"Selections are nested more than {self._limits.nesting} deep.", "TOO_DEEP", current)
            for node in current.selections:
                self._apply(node)
                if isinstance(node, ast.FragmentSpreadNode):
                    spreads.append(node.name.value)
                    continue
                if isinstance(node, ast.FieldNode):
                    self._field(node)
                inner: ast.SelectionSetNode | None = getattr(node, "selection_set", None)
                if inner is not None:
                    stack.append((inner, nesting + 1))
        return spreads

    def _field(self, node: ast.FieldNode) -> None:
        self._fields += 1
        _at_most(self._fields, self._limits.fields, "fields", "TOO_MANY_FIELDS")
        self._keys[(node.alias or node.name).value] += 1
        if not self._limits.introspection and node.name.value in _INTROSPECTION:
            raise refused("This server does not describe its schema.", "INTROSPECTION", node)
        for argument in node.arguments or ():
            self._value(argument.value)

    def _apply(self, node: ast.Node) -> None:
        directives: Sequence[ast.DirectiveNode] = getattr(node, "directives", None) or ()
        if not directives:
            return
        self._directives += len(directives)
        _at_most(self._directives, self._limits.directives, "directives", "TOO_MANY_DIRECTIVES")
        for directive in directives:
            for argument in directive.arguments or ():
                self._value(argument.value)

    def _value(self, value: ast.ValueNode) -> None:
        stack: list[tuple[ast.ValueNode, int]] = [(value, 0)]
        while stack:
            node, nesting = stack.pop()
            if nesting > self._limits.value_nesting:
                raise refused(f"A value is nested more than {self._limits.value_nesting} deep.", "TOO_DEEP", value)
            if isinstance(node, ast.ListValueNode):
                stack.extend((element, nesting + 1) for element in node.values)
            elif isinstance(node, ast.ObjectValueNode):
                stack.extend((part.value, nesting + 1) for part in node.fields)
            elif isinstance(node, ast.IntValueNode):
                # Compared by length first: Python refuses, or takes long over, numbers of thousands of digits.
                if len(node.value) > _LONGEST_INTEGER or int(node.value) not in _INT64:
                    raise refused("A whole number has more than 64 bits.", "NUMBER_TOO_LARGE", node)
            elif isinstance(node, ast.FloatValueNode):
                if not math.isfinite(float(node.value)):
                    raise refused("A number is beyond what a double holds.", "NUMBER_TOO_LARGE", node)
            elif isinstance(node, ast.StringValueNode) and "\0" in node.value:
                raise refused("A text holds a NUL character.", "BAD_TEXT", node)

    def _type(self, type_: ast.TypeNode) -> None:
        nesting, node = 0, type_
        while isinstance(node, ast.ListTypeNode | ast.NonNullTypeNode):
            nesting += isinstance(node, ast.ListTypeNode)
            node = node.type
        if nesting > self._limits.value_nesting:
            raise refused(f"A list is nested more than {self._limits.value_nesting} deep.", "TOO_DEEP", type_)

    def check_repetitions(self) -> None:
        """Refuse a document whose validation would compare too many fields of one name with each other."""
        pairs = sum(times * (times - 1) // 2 for times in self._keys.values())
        if pairs > self._limits.repetitions:
            name, times = self._keys.most_common(1)[0]
            message = f"Fields repeat too often: '{told(name)}' alone is there {times:,} times."
            raise refused(message, "TOO_MANY_REPETITIONS")


def _at_most(number: int, limit: int, what: str, code: str) -> None:
    if number > limit:
        raise refused(f"The document has more than {limit:,} {what}.", code)


def fragments_inward(structure: Structure, operation: ast.OperationDefinitionNode) -> list[ast.FragmentDefinitionNode]:
    """Return the fragments that an operation reaches, each after those that it spreads itself.

    Spreads of fragments that are not there are left for validation to report.

    Raises:
        GraphQLError: if a fragment spreads itself, at whatever distance.
    """
    ordered: list[ast.FragmentDefinitionNode] = []
    done: set[str] = set()
    under_way: list[str] = []
    path: list[Iterator[str]] = [iter(structure.spread_by(operation))]
    while path:
        name = next(path[-1], None)
        if name is None:
            path.pop()
            if under_way:
                finished = under_way.pop()
                done.add(finished)
                ordered.append(structure.fragments[finished])
        elif name in under_way:
            raise refused(f"Fragment '{told(name)}' spreads itself.", "CYCLE", structure.fragments[name])
        elif name not in done and name in structure.fragments:
            under_way.append(name)
            path.append(iter(structure.spread_by(structure.fragments[name])))
    return ordered
