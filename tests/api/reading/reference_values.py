"""What lies between graphql-core's values and the declarations', for the reference that answers are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, get_named_type, get_nullable_type

from api.reading.arguments import Leaf, snake_case


def by_graphql(declared: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments by their GraphQL names."""
    names = {argument.out_name or name: name for name, argument in declared.args.items()}
    return {names[name]: value for name, value in given.items() if name in names}


def tree(type_: Any, value: Any) -> Any:
    """Return a coerced value as declarations ask for it: what shapes as it is, all else as a leaf."""
    type_ = get_nullable_type(type_)
    if value is None:
        return None
    if isinstance(type_, GraphQLInputObjectType):
        return {
            snake_case(name): tree(inner.type, value[inner.out_name or name])
            for name, inner in type_.fields.items()
            if (inner.out_name or name) in value
        }
    if isinstance(type_, GraphQLList):
        if _shapes(type_.of_type):
            return [tree(type_.of_type, element) for element in value]
        return Leaf(object(), lambda _: value)
    return value if _shapes(type_) else Leaf(object(), lambda _: value)


def _shapes(type_: Any) -> bool:
    named: Any = get_named_type(type_)
    return isinstance(named, GraphQLEnumType | GraphQLInputObjectType) or named.name == "Boolean"


def enum(value: Any, type_: Any) -> Any:
    """Turn an enum's names, as SQL has them, into what graphql-core writes out as those names."""
    named: Any = get_named_type(type_)
    if not isinstance(named, GraphQLEnumType) or value is None:
        return value
    if isinstance(get_nullable_type(type_), GraphQLList):
        return [named.values[each].value for each in value]
    return named.values[value.name if isinstance(value, Enum) else value].value


def whole(answer: Any) -> Any:
    """Return an answer with its whole numbers written without a point, as PostgreSQL writes them."""
    if isinstance(answer, dict):
        return {name: whole(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [whole(value) for value in answer]
    return int(answer) if isinstance(answer, float) and answer.is_integer() else answer


def moment(value: Any) -> str:
    """Return a time as the API writes it."""
    if isinstance(value, str):
        return value
    assert isinstance(value, datetime)
    written = value.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{written}Z"
