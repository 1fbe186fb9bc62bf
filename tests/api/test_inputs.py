"""Inputs become the objects that strawberry itself would make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
)
from graphql.utilities import coerce_input_value
from strawberry.types.arguments import convert_arguments

from api.inputs import input_object
from api.reading.arguments import snake_case
from api.schema import build

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = build()
MUTATIONS = SCHEMA._schema.mutation_type.fields  # type: ignore[union-attr] # there are mutations
SCALARS: Mapping[str, Any] = {"Int": 7, "Float": 0.5, "Boolean": True, "DateTime": "2099-01-01T00:00:00Z"}


def written(type_: Any, *, optional: bool, within: frozenset[str] = frozenset()) -> Any:
    """Return a value as a client writes it: all of it, or what is required alone; nothing within itself."""
    if isinstance(type_, GraphQLNonNull):
        return written(type_.of_type, optional=optional, within=within)
    if isinstance(type_, GraphQLList):
        element = written(type_.of_type, optional=optional, within=within)
        return None if element is None else [element] * 2
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.name in within:
            return None
        inside = within | {type_.name}
        return {
            name: None if name == "clientMutationId" else written(field.type, optional=optional, within=inside)
            for name, field in type_.fields.items()
            if optional or isinstance(field.type, GraphQLNonNull)
        }
    return SCALARS.get(type_.name, "茶")


def by_python_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake_case(name): by_python_names(inner) for name, inner in value.items()}
    return [by_python_names(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("mutation", [name for name, field in MUTATIONS.items() if "input" in field.args])
def test_an_input_is_the_object_that_strawberry_makes(mutation: str, *, optional: bool) -> None:
    field = MUTATIONS[mutation]
    arguments = field.extensions["strawberry-definition"].arguments
    coerced = coerce_input_value(written(field.args["input"].type, optional=optional), field.args["input"].type)

    made = input_object(arguments[0].type, by_python_names(coerced))

    assert (
        made
        == convert_arguments({"input": coerced}, arguments, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)[
            "input"
        ]
    )


def test_lists_of_the_schema_are_not_given_away() -> None:
    tags = ["茶"]
    arguments = MUTATIONS["createPost"].extensions["strawberry-definition"].arguments
    made = input_object(arguments[0].type, {"space": "space_1", "title": "x", "body": "x", "tags": tags})
    assert made.tags == tags
    assert made.tags is not tags
