"""Documents: parsed, checked and validated once, and kept with the statements compiled from them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationType,
    type_from_ast,
)
from graphql.execution.values import get_variable_values
from graphql.language import ast

from api.coercion import Coerce, Unfit, coercion
from api.errors import RequestError
from api.limits import CheckedDocument, DocumentLimits, check_document, parse_document, validate_document
from api.reading.arguments import HOLE, shape_of
from api.reading.execute import Read, RecentlyUsed

if TYPE_CHECKING:
    from community.members.viewer import ViewerClass

DOCUMENTS_KEPT = 300
READS_KEPT_A_DOCUMENT = 64


@dataclass(slots=True)
class Operation:
    """One operation of a document, ready for requests."""

    schema: GraphQLSchema
    definition: ast.OperationDefinitionNode
    fragments: Mapping[str, ast.FragmentDefinitionNode]
    checked: CheckedDocument
    reads: RecentlyUsed[Read] = field(default_factory=lambda: RecentlyUsed(READS_KEPT_A_DOCUMENT))
    simple: Mapping[str, Coerce] | None = None
    types: Mapping[str, Any] = field(default_factory=dict)
    holes: Mapping[str, Hashable] | None = None
    """The shape of all values, where none but null shapes the statement."""

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    def coerce(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables' values as their types have them.

        Raises:
            RequestError: naming each variable that is wrong.
        """
        if self.simple is not None and given.keys() == self.simple.keys():
            try:
                return {name: coerce(given[name]) for name, coerce in self.simple.items()}
            except Unfit:
                pass
        coerced = get_variable_values(self.schema, self.definition.variable_definitions or (), dict(given), 10)
        if isinstance(coerced, list):
            raise VariablesRefused(coerced)
        return coerced.coerced

    def shape(self, values: Mapping[str, Any]) -> Mapping[str, Hashable]:
        """Return what of the variables shapes the statement."""
        if self.holes is not None and len(values) == len(self.holes) and None not in values.values():
            return self.holes
        return {name: shape_of(type_, values[name]) for name, type_ in self.types.items() if name in values}

    def read_key(self, kind: ViewerClass, shapes: Mapping[str, Hashable]) -> Hashable:
        """Return what a compiled read of this operation is kept under."""
        return kind, tuple(shapes.items())


class VariablesRefused(RequestError):  # noqa: N818 - says what happened
    """Variables that do not fit their types."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        """Keep what is wrong with each."""
        super().__init__(errors[0].message, "BAD_VARIABLES")
        self.errors = errors


class DocumentRefused(RequestError):  # noqa: N818 - says what happened
    """A document that does not parse, is not valid or asks for too much."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        """Keep what is wrong."""
        super().__init__(errors[0].message, code)
        self.errors = errors
        for error in errors:
            error.extensions = {"code": code, **(error.extensions or {})}


class Documents:
    """The documents that one process knows."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits, *, suggestions: bool) -> None:
        """Keep none yet; `suggestions` lets validation say what a client may have meant."""
        self._schema = schema
        self.limits = limits
        self._suggestions = suggestions
        self._known: RecentlyUsed[Operation] = RecentlyUsed(DOCUMENTS_KEPT)

    def operation(self, source: str, name: str | None) -> Operation:
        """Return an operation that may run.

        Raises:
            DocumentRefused: if the document is not fit to run.
            RequestError: if it has no such operation.
        """
        known = self._known.get((source, name))
        if known is None:
            known = self._prepare(source, name)
            self._known.put((source, name), known)
        return known

    def _prepare(self, source: str, name: str | None) -> Operation:
        try:
            document = parse_document(source, self.limits)
            checked = check_document(self._schema, document, name, self.limits)
        except GraphQLError as error:
            raise DocumentRefused([error], "REFUSED") from error
        errors = validate_document(self._schema, document, suggestions=self._suggestions)
        if errors:
            raise DocumentRefused(errors, "INVALID")
        operations = [node for node in document.definitions if isinstance(node, ast.OperationDefinitionNode)]
        chosen = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(chosen) != 1:
            message = (
                f"The document has no operation '{name}'." if name else "Say which operation is to run: operationName."
            )
            raise RequestError(message, "OPERATION_UNKNOWN")
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)
        }
        definition = chosen[0]
        types = {
            variable.variable.name.value: type_from_ast(self._schema, variable.type)
            for variable in definition.variable_definitions or ()
        }
        simple = _simple(definition, types)
        shaping = simple is None or any(_is_shaping(type_) for type_ in types.values())
        return Operation(
            self._schema,
            definition,
            fragments,
            checked,
            simple=simple,
            types=types,
            holes=None if shaping else dict.fromkeys(types, HOLE),
        )


def _simple(definition: ast.OperationDefinitionNode, types: Mapping[str, Any]) -> Mapping[str, Coerce] | None:
    """Return how values that fit are coerced, where all are given and of types that are known here."""
    simple = {}
    for variable in definition.variable_definitions or ():
        name = variable.variable.name.value
        coerce = None if variable.default_value is not None else coercion(types[name])
        if coerce is None:
            return None
        simple[name] = coerce
    return simple


def _is_shaping(type_: Any) -> bool:
    """Say whether more of a value than that it is null may shape a statement."""
    named = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return not isinstance(named, GraphQLScalarType) or named.name == "Boolean"
