"""JSON as SQL text expressions, glued together with `||`.

Gluing text measured faster than `json_build_object` (1.8 against 2.8 ms for a feed of 20 posts). One SQL NULL makes a
whole chain NULL: that is how a missing value that GraphQL calls non-null empties the object around it, and why
everything nullable is wrapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType
from sqlalchemy import ColumnClause, ColumnElement, Text, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

Part = Any
"""JSON text that is known now, as str, or an SQL expression of type text."""

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")


class Glued(ColumnElement[str]):
    """Text expressions joined by `||`: one flat element, where SQLAlchemy's own would nest once a part."""

    inherit_cache = False  # these statements are kept by document, not by SQLAlchemy
    type = Text()

    def __init__(self, elements: Sequence[ColumnElement[Any]]) -> None:
        """Join the elements."""
        self.elements = elements


@compiles(Glued)
def _compile_glued(element: Glued, compiler: SQLCompiler, **options: Any) -> str:
    return "(" + " || ".join(compiler.process(part, **options) for part in element.elements) + ")"


def literal(text: str) -> ColumnElement[str]:
    """Return text of ours (or a GraphQL name, which is as tame) as an SQL literal."""
    return literal_column("'" + text.replace("'", "''") + "'", Text)


def glue(parts: Iterable[Part]) -> ColumnElement[str]:
    """Return one SQL expression for parts of JSON text."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif not isinstance(part, str) or part:  # asked in this order, as `!=` would make SQL of an expression
            merged.append(part)
    elements = [literal(part) if isinstance(part, str) else part for part in merged]
    if len(elements) == 1:
        return elements[0] if not isinstance(merged[0], str) else cast(elements[0], Text)
    return Glued(elements)


def members(pairs: Sequence[tuple[str, Sequence[Part]]]) -> list[Part]:
    """Return a JSON object's text from its keys and the parts of its values."""
    parts: list[Part] = ["{"]
    for index, (key, value) in enumerate(pairs):
        if not _NAME.match(key):
            raise ValueError(key)  # only a GraphQL name may come this far
        parts.append(f'{"," if index else ""}"{key}":')
        parts.extend(value)
    parts.append("}")
    return parts


def or_null(text: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the text, or `null` where it is NULL."""
    if isinstance(text, ColumnClause) and not isinstance(text.type, Text):
        text = cast(text, Text)
    return func.coalesce(text, literal_column("'null'", Text))


def scalar(type_: GraphQLOutputType, value: ColumnElement[Any]) -> list[Part]:
    """Return a leaf value, or a list of them, as JSON of its GraphQL type."""
    if isinstance(type_, GraphQLNonNull):
        return _leaf(type_.of_type, value)
    return [or_null(glue(_leaf(type_, value)))]


def _leaf(type_: GraphQLOutputType, value: ColumnElement[Any]) -> list[Part]:
    if isinstance(type_, GraphQLList):
        return [cast(func.to_json(value), Text)]
    if isinstance(type_, GraphQLEnumType):
        return ['"', value, '"']
    match type_.name:  # type: ignore[union-attr] # neither a list nor non-null any more, so it has a name
        case "Int":
            return [number(value)]
        case "Boolean":
            return [cast(value, Text)]
        case "DateTime":
            return moment(value)
        case _:
            return [cast(func.to_json(value), Text)]


def number(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a number as text. A column needs no cast: what it is glued to is text, so `||` writes it out."""
    return value if isinstance(value, ColumnClause) else cast(value, Text)


def moment(value: ColumnElement[Any]) -> list[Part]:
    """Return a timestamp as ISO 8601 in UTC with `Z`.

    Every session's time zone is UTC (`Database.connect`), so that its JSON ends in `+00:00"`: seven characters.
    """
    written = cast(func.to_json(value), Text)
    return [func.left(written, literal_column("-7")), 'Z"']
