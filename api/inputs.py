"""Inputs: from the values of a change's arguments to the objects that changes are given.

Strawberry looks anew at the types of all fields for every request, which took longer than the rest of a change's Python.
Here an input type is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cache, partial
from typing import Any, TypeAlias

from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryList, StrawberryOptional, get_object_definition

from api.reading.arguments import snake_case

Build: TypeAlias = Callable[[Any], Any]
_names = NameConverter()


def input_object(type_: Any, values: Mapping[str, Any]) -> Any:
    """Return an input object. `values` are those that were given or have defaults in the schema, by their Python names."""
    return _build_object(type_)(values)


@cache
def _build_object(type_: Any) -> Build:
    """Return what makes objects of an input type."""
    definition = get_object_definition(type_, strict=True)
    parts = []
    absent: dict[str, Any] = {}
    for field in definition.fields:
        name = snake_case(_names.from_field(field))
        parts.append((name, field.python_name, _build(field.resolve_type(type_definition=definition))))
        if field.default_value is MISSING and field.default_factory is MISSING:
            absent[field.python_name] = None

    def build(values: Mapping[str, Any]) -> Any:
        given = dict(absent)
        for name, python_name, build_inner in parts:
            if name in values:
                value = values[name]
                given[python_name] = value if build_inner is None or value is None else build_inner(value)
        return type_(**given)

    return build


def _build(type_: Any) -> Build | None:
    """Return what makes the Python value of a coerced one; None where it stays as it is."""
    if isinstance(type_, StrawberryOptional):
        return _build(type_.of_type)
    if isinstance(type_, StrawberryList):
        return _build_list(_build(type_.of_type))
    if get_object_definition(type_) is None:
        return None
    # Looked up when it is needed: a type may hold itself.
    return partial(input_object, type_)


def _build_list(build: Build | None) -> Build:
    if build is None:
        return list
    return lambda values: [None if value is None else build(value) for value in values]
