"""Variables that are as their types want them need little: they are taken as they are, by what a type was seen to be once.

Whatever does not fit is left to graphql-core, which coerces what can be, and says what is wrong with the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
)

Coerce: TypeAlias = Callable[[Any], Any]

_INTEGERS = range(-(2**31), 2**31)


class Unfit(Exception):  # noqa: N818 - caught where it is raised from, and never seen
    """A value that is not as its type wants it."""


def coercion(type_: Any, within: frozenset[str] = frozenset()) -> Coerce | None:
    """Return what gives the coerced value of one that fits, and raises Unfit for any other; None for types not known here.

    `within` names the input objects around it: one that holds itself is not known here.
    """
    non_null = isinstance(type_, GraphQLNonNull)
    coerce = _coercion(type_.of_type if non_null else type_, within)
    if coerce is None:
        return None

    def nullable(value: Any) -> Any:
        return None if value is None else coerce(value)

    return coerce if non_null else nullable


def _coercion(type_: Any, within: frozenset[str]) -> Coerce | None:
    if isinstance(type_, GraphQLScalarType):
        return _SCALARS.get(type_.name)
    if isinstance(type_, GraphQLList):
        inner = coercion(type_.of_type, within)
        return None if inner is None else _list(inner)
    if isinstance(type_, GraphQLInputObjectType) and not type_.is_one_of and type_.name not in within:
        return _input_object(type_, within | {type_.name})
    return None


def _list(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Unfit
        return [inner(element) for element in value]

    return coerce


def _input_object(type_: GraphQLInputObjectType, within: frozenset[str]) -> Coerce | None:
    parts: list[tuple[str, str, Coerce, Any]] = []
    for name, field in type_.fields.items():
        inner = coercion(field.type, within)
        default = field.default_value
        # A schema that was read from text has its defaults elsewhere, as literals: ours is not.
        if inner is None or (default is Undefined and field.default is not None):
            return None
        # What has no default stands nowhere when it is not given; where it must be given, nothing stands for it.
        absent = Unfit if isinstance(field.type, GraphQLNonNull) and default is Undefined else default
        parts.append((name, field.out_name or name, inner, absent))

    def coerce(value: Any) -> Any:
        if type(value) is not dict:
            raise Unfit
        coerced = {}
        given = 0
        for name, out_name, inner, absent in parts:
            if name in value:
                coerced[out_name] = inner(value[name])
                given += 1
            elif absent is Unfit:
                raise Unfit
            elif absent is not Undefined:
                coerced[out_name] = absent
        if given != len(value):
            raise Unfit
        return type_.out_type(coerced)

    return coerce


def _integer(value: Any) -> int:
    if type(value) is not int or value not in _INTEGERS:
        raise Unfit
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unfit
    return value


_SCALARS: dict[str, Coerce] = {"Int": _integer, "Boolean": _boolean, "String": _text, "ID": _text}
