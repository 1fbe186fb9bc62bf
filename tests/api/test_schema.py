"""The schema that is committed is the one that is served, and explains itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from api import schema

COMMITTED = Path(__file__).parents[2] / "schema.graphql"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text() == schema.build().as_str() + "\n", "run: make schema, and read the difference"


def test_every_type_field_argument_and_value_is_described() -> None:
    undescribed = []
    for name, type_ in schema.build()._schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        if not type_.description:
            undescribed.append(name)
        undescribed.extend(_undescribed_members(name, type_))

    assert undescribed == []


def _undescribed_members(name: str, type_: Any) -> list[str]:
    if isinstance(type_, GraphQLEnumType):
        return [f"{name}.{value}" for value, member in type_.values.items() if not member.description]
    if isinstance(type_, GraphQLInputObjectType):
        return [f"{name}.{field}" for field, member in type_.fields.items() if not member.description]
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        fields = [f"{name}.{field}" for field, member in type_.fields.items() if not member.description]
        arguments = [
            f"{name}.{field}({argument})"
            for field, member in type_.fields.items()
            for argument, declared in member.args.items()
            if not declared.description
        ]
        return fields + arguments
    return []
