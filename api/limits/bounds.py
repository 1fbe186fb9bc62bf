"""How large a document may be, and how it is refused when it is larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql.language import ast

    from community.foundation.settings import Settings

LONGEST_NAME_TOLD = 40
LONGEST_MESSAGE = 200
MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The most of each thing that a document may have.

    The defaults let the largest honest documents pass (the standard introspection query, a page of mixed results) and
    keep what is refused under 50 ms of processor time: see `bench/limits.py`.
    """

    source_length: int = 50_000
    """Characters, comments and all."""
    tokens: int = 3_000
    """Words and signs, read while parsing; comments count too."""
    depth: int = 15
    """Fields within fields, through fragments. The standard introspection query has 15."""
    nesting: int = 30
    """Braces within braces of one definition, where inline fragments count as well."""
    value_nesting: int = 12
    """Lists and objects within one another, in a literal or a variable's type."""
    operations: int = 10
    fragments: int = 100
    fields: int = 1_000
    """As they are written, in all operations and fragments together."""
    variables: int = 100
    directives: int = 50
    aliases: int = 50
    """In the operation that is to run, those of a fragment at each of its spreads."""
    root_changes: int = 15
    """Fields of Mutation in one operation."""
    repetitions: int = 5_000
    """Pairs of fields with the same name or alias: validation compares each with each."""
    cost: int = 10_000
    introspection: bool = True

    @classmethod
    def of(cls, settings: Settings) -> DocumentLimits:
        """Return the limits that the settings ask for."""
        shown = not settings.in_production if settings.introspection is None else settings.introspection
        return cls(cost=settings.operation_cost, introspection=shown)


def refused(message: str, code: str, nodes: Sequence[ast.Node] | ast.Node | None = None) -> GraphQLError:
    """Return the error that refuses a document, with a code for programs and where it is at fault."""
    return GraphQLError(message, nodes, extensions={"code": code})


def told(name: str) -> str:
    """Return a client's name as an error may repeat it: never at length."""
    return name if len(name) <= LONGEST_NAME_TOLD else f"{name[:LONGEST_NAME_TOLD]}…"


def check_source(source: str, limits: DocumentLimits) -> None:
    """Refuse a document's text before any of it is parsed.

    Raises:
        GraphQLError: if it is too long.
    """
    if len(source) > limits.source_length:
        message = f"The document has {len(source):,} characters; {limits.source_length:,} may be sent."
        raise refused(message, "TOO_LONG")


def parse_document(source: str, limits: DocumentLimits) -> ast.DocumentNode:
    """Parse a document's text, as long as it keeps within its limits.

    Raises:
        GraphQLError: TOO_LONG, TOO_MANY_TOKENS or SYNTAX.
    """
    check_source(source, limits)
    try:
        return parse(source, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if _TOO_MANY_TOKENS in error.message:
            message = f"The document has more than {limits.tokens:,} words and signs."
            raise refused(message, "TOO_MANY_TOKENS") from None
        raise shortened(error, "SYNTAX") from None


def validate_document(schema: GraphQLSchema, document: ast.DocumentNode, *, suggestions: bool) -> list[GraphQLError]:
    """Return the first few things that make a document invalid; `suggestions` says what a client may have meant."""
    errors = validate(schema, document, max_errors=MOST_ERRORS, hide_suggestions=not suggestions)
    return [shortened(error, "INVALID") for error in errors]


def shortened(error: GraphQLError, code: str) -> GraphQLError:
    """Return graphql-core's error with a code, and with no more of the client's own text than a reader needs."""
    message = error.message
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]}…"
    nodes, places = list(error.nodes or ())[:MOST_ERRORS], list(error.positions or ())[:MOST_ERRORS]
    return GraphQLError(message, nodes, error.source, places, extensions={"code": code})


_TOO_MANY_TOKENS = "Document contains more than"
