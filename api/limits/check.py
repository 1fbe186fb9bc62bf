"""Documents, checked after parsing and before validation: one pass, in which a fragment is walked once.

What a fragment holds is known before anything that spreads it is walked, and there are no cycles by then, so that the
pass is linear in the document's size however its fragments fan out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, OperationType, get_named_type, is_abstract_type
from graphql.language import ast

from api.limits.bounds import DocumentLimits, refused
from api.limits.price import Amount, Price, Sum
from api.limits.sizes import Variable, defaults, is_paged, size_of
from api.limits.structure import Structure, examine, fragments_inward
from api.reading.plan import cost_of, reading_of
from api.reading.readings import Connection

if TYPE_CHECKING:
    from graphql import GraphQLNamedType, GraphQLSchema

COST_OF_CHANGE = 10
COST_OF_COUNT = 10
_MOST_TOLD = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document that keeps within the limits."""

    document: ast.DocumentNode
    operation: ast.OperationDefinitionNode
    operations: Sequence[ast.OperationDefinitionNode]
    fragments: Mapping[str, ast.FragmentDefinitionNode]
    limits: DocumentLimits
    price: Price

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return what the operation costs with a request's variables.

        Raises:
            GraphQLError: if a page is too long (PAGE_SIZE), or all together costs too much (TOO_COSTLY).
        """
        cost = self.price.of(variables)
        _check_cost(cost, self.limits, self.operation)
        return cost


def check_document(
    schema: GraphQLSchema,
    document: ast.DocumentNode,
    operation_name: str | None,
    limits: DocumentLimits,
) -> CheckedDocument:
    """Hold a parsed document to the limits. It need not be valid; what only validation knows is left to it.

    Raises:
        GraphQLError: at the first limit that it passes, with a code in `extensions`.
    """
    structure = examine(document, limits)
    operation = _chosen(structure, operation_name)
    walk = _Walk(schema, defaults(operation))
    for fragment in fragments_inward(structure, operation):
        walk.fragment(fragment)
    held = walk.operation(operation)
    if held.depth > limits.depth:
        raise refused(f"Fields are nested {held.depth} deep; {limits.depth} is the most.", "TOO_DEEP", operation)
    changes = held.fields if operation.operation is OperationType.MUTATION else 0
    if changes > limits.root_changes:
        message = f"More than {limits.root_changes} changes in one operation."
        raise refused(message, "TOO_MANY_ALIASES", operation)
    _check_cost(walk.price.least(), limits, operation)
    if held.aliases > limits.aliases:
        message = f"More than {limits.aliases} aliases, those in fragments counted at each spread."
        raise refused(message, "TOO_MANY_ALIASES", operation)
    return CheckedDocument(document, operation, structure.operations, structure.fragments, limits, walk.price)


def _chosen(structure: Structure, name: str | None) -> ast.OperationDefinitionNode:
    operations = structure.operations
    chosen = [node for node in operations if name is None or (node.name is not None and node.name.value == name)]
    if len(chosen) == 1:
        return chosen[0]
    if not operations:
        message = "The document has no operation."
    elif name is None:
        message = "The document has several operations: say which is to run in `operationName`."
    else:
        message = "The document has no operation of the name in `operationName`, or more than one."
    raise refused(message, "OPERATION_UNKNOWN")


def _check_cost(cost: int, limits: DocumentLimits, operation: ast.OperationDefinitionNode) -> None:
    if cost > limits.cost:
        shown = f"{cost:,}" if cost <= _MOST_TOLD else f"more than {_MOST_TOLD:,}"
        raise refused(f"The operation costs {shown}; {limits.cost:,} is the most.", "TOO_COSTLY", operation)


@dataclass(slots=True)
class _Held:
    """What a selection set holds, through its fragments."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    """Those of the set itself, not those within them."""
    once: Sum = field(default_factory=Sum)
    each: Sum = field(default_factory=Sum)
    """The price of what is there once for each entry of the page, if this is a connection's set."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The same of a fragment, finished."""

    depth: int
    aliases: int
    fields: int
    once: Amount
    each: Amount


class _Walk:
    """One operation's walk."""

    def __init__(self, schema: GraphQLSchema, variables: Mapping[str, Variable]) -> None:
        self.price = Price()
        self._schema = schema
        self._variables = variables
        self._fragments: dict[str, tuple[GraphQLNamedType | None, _Known]] = {}

    def fragment(self, definition: ast.FragmentDefinitionNode) -> None:
        """Walk a fragment; those that it spreads have been walked."""
        type_ = self._type(definition.type_condition)
        self._fragments[definition.name.value] = type_, self._finished(type_, definition.selection_set)

    def operation(self, definition: ast.OperationDefinitionNode) -> _Known:
        """Walk the operation; its price is complete then."""
        held = self._finished(self._schema.get_root_type(definition.operation), definition.selection_set)
        total = Sum()
        total.add(held.once)
        total.add(held.each)
        if definition.operation is OperationType.MUTATION:
            total.add(held.fields, COST_OF_CHANGE)
        self.price.result = self.price.amount(total)
        return held

    def _finished(self, parent: GraphQLNamedType | None, selection_set: ast.SelectionSetNode) -> _Known:
        held = self._selections(parent, selection_set)
        return _Known(
            held.depth,
            held.aliases,
            held.fields,
            self.price.amount(held.once),
            self.price.amount(held.each),
        )

    def _selections(self, parent: GraphQLNamedType | None, selection_set: ast.SelectionSetNode) -> _Held:
        held = _Held()
        # An object has one type: of the fragments on different object types only the dearest can come to pass.
        alternatives: dict[str, Sum] = {}
        for node in selection_set.selections:
            if isinstance(node, ast.FieldNode):
                self._field(parent, node, held)
                continue
            known = self._fragment_at(parent, node)
            if known is None:
                continue  # a spread of what is not there: validation says so
            condition, inner = known
            held.depth = max(held.depth, inner.depth)
            held.aliases += inner.aliases
            held.fields += inner.fields
            held.each.add(inner.each)
            narrows = is_abstract_type(parent) and isinstance(condition, GraphQLObjectType)
            total = alternatives.setdefault(condition.name, Sum()) if narrows and condition else held.once
            total.add(inner.once)
        held.once.add(self.price.largest([self.price.amount(total) for total in alternatives.values()]))
        return held

    def _fragment_at(
        self,
        parent: GraphQLNamedType | None,
        node: ast.SelectionNode,
    ) -> tuple[GraphQLNamedType | None, _Known] | None:
        """Return the type that a spread or an inline fragment narrows to, and what it holds."""
        if isinstance(node, ast.FragmentSpreadNode):
            return self._fragments.get(node.name.value)
        assert isinstance(node, ast.InlineFragmentNode)  # there is no other selection
        condition = parent if node.type_condition is None else self._type(node.type_condition)
        return condition, self._finished(condition, node.selection_set)

    def _type(self, node: ast.NamedTypeNode) -> GraphQLNamedType | None:
        return self._schema.type_map.get(node.name.value)

    def _field(self, parent: GraphQLNamedType | None, node: ast.FieldNode, held: _Held) -> None:
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = fields.get(node.name.value)
        total = held.each if is_paged(definition) else held.once
        total.add(COST_OF_COUNT if node.name.value == "totalCount" else cost_of(definition) if definition else 1)
        held.fields += 1
        held.aliases += node.alias is not None
        depth = 1
        # Introspection reads no rows: it counts one for each field, and a rule of graphql-core bounds its circles.
        reads = definition is not None and parent is not None and not parent.name.startswith("__")
        times = size_of(definition, node, self._variables, self.price) if definition is not None and reads else 1
        if node.selection_set is not None:
            inner = self._finished(get_named_type(definition.type) if definition else None, node.selection_set)
            depth += inner.depth
            held.aliases += inner.aliases
            # Of a connection, its page alone is as long as was asked for: there is one `pageInfo`.
            paged = definition is not None and isinstance(reading_of(definition), Connection)
            total.add(inner.once, 1 if paged else times)
            total.add(inner.each, times)
        held.depth = max(held.depth, depth)
