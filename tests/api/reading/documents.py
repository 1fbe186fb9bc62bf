"""Random valid documents: a walk over the schema with aliases, fragments, directives, variables and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from hypothesis import strategies as st

DEEPEST = 5
EXCLUSIVE = {"GraphScope": (("space", "tag"),)}
"""Fields of an input that are refused together."""
Draw = Any


@dataclass(frozen=True)
class Generated:
    """A document, its variables, and those of them that take a cursor: by the key under which the answer gives some."""

    source: str
    variables: dict[str, Any]
    cursors: Mapping[str, str]


@dataclass
class Walk:
    """What a document has so far."""

    draw: Draw
    schema: GraphQLSchema
    values: Mapping[str, Sequence[Any]]
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    fields: int = 0
    names: int = 0
    without: frozenset[str] = frozenset()

    def name(self, prefix: str) -> str:
        """Return a name that the document does not have yet."""
        self.names += 1
        return f"{prefix}{self.names}"

    def chance(self, percent: int) -> bool:
        """Say yes so often."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)


@st.composite
def documents(
    draw: Draw,
    schema: GraphQLSchema,
    values: Mapping[str, Sequence[Any]],
    without: frozenset[str] = frozenset(),
) -> Generated:
    """Draw a query; `values` are what arguments of a name may hold, `without` the fields of Query to leave alone."""
    walk = Walk(draw, schema, values, without=without)
    assert schema.query_type is not None
    selections = _selections(walk, schema.query_type, 0)
    declared = f"({', '.join(walk.declared)})" if walk.declared else ""
    source = "\n".join([f"query Drawn{declared} {selections}", *walk.fragments])
    return Generated(source, walk.variables, walk.cursors)


def _selections(walk: Walk, type_: Any, depth: int) -> str:
    """Draw what is selected on a type: its fields, and fragments on types that it can be."""
    parts: list[str] = []
    if not isinstance(type_, GraphQLUnionType):
        fields = [
            (name, declared)
            for name, declared in type_.fields.items()
            if _affordable(declared, depth) and not (type_ is walk.schema.query_type and name in walk.without)
        ]
        most = 4 if depth else 3
        if fields:
            chosen = walk.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=most))
            parts += [_field(walk, name, declared, depth) for name, declared in chosen]
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        possible = walk.schema.get_possible_types(type_)
        for one in walk.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=2)):
            parts.append(f"... on {one.name}{_directive(walk)} {_selections(walk, one, depth)}")
    elif depth < DEEPEST and walk.chance(15):
        conditions = [type_.name, *(interface.name for interface in getattr(type_, "interfaces", ()))]
        condition = walk.draw(st.sampled_from(conditions))
        # Of an interface only leaves, as what is selected on it may be asked of its other types.
        deep = max(depth, DEEPEST - 1) if condition == type_.name else DEEPEST
        inner = _selections(walk, walk.schema.type_map[condition], deep)
        if walk.chance(50):
            name = walk.name("F")
            walk.fragments.append(f"fragment {name} on {condition} {inner}")
            parts += [f"...{name}{_directive(walk)}"] * (2 if walk.chance(20) else 1)
        else:
            parts.append(f"... on {condition}{_directive(walk)} {inner}")
    if not parts or walk.chance(15):
        parts.append(f"{walk.name('t')}: __typename")
    return "{ " + " ".join(parts) + " }"


def _affordable(declared: GraphQLField, depth: int) -> bool:
    """Leaves only, once the document is deep."""
    return depth < DEEPEST or not is_composite_type(get_named_type(declared.type))


def _field(walk: Walk, name: str, declared: GraphQLField, depth: int) -> str:
    walk.fields += 1
    named: Any = get_named_type(declared.type)
    # Under keys of their own, so that fields of one name with other arguments, or of another type, do not meet.
    alone = declared.args or is_composite_type(named) or len(_types_of(walk.schema, name)) > 1
    key = walk.name("a") if alone or walk.chance(20) else ""
    text = f"{key}: {name}" if key else name
    is_page = "after" in declared.args
    arguments = _page(walk, key) if is_page else {}
    for argument, definition in declared.args.items():
        if is_page and argument in {"first", "last", "after", "before"}:
            continue
        required = isinstance(definition.type, GraphQLNonNull) and definition.default_value is Undefined
        if required or walk.chance(50):
            arguments[argument] = _value(walk, argument, definition.type)
    if arguments:
        text += "(" + ", ".join(f"{argument}: {value}" for argument, value in arguments.items()) + ")"
    text += _directive(walk)
    if is_composite_type(named):
        inner = _selections(walk, named, depth + (0 if named.name.endswith(("Connection", "Edge")) else 1))
        if is_page and key in walk.cursors.values():
            inner = inner[:-1] + f"{key}c: edges {{ cursor }} }}"
        text += f" {inner}"
    return text


@cache
def _types_of(schema: GraphQLSchema, name: str) -> frozenset[str]:
    """Return the types that fields of a name have."""
    return frozenset(
        str(type_.fields[name].type)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and name in type_.fields
    )


def _page(walk: Walk, key: str) -> dict[str, str]:
    """Draw a page: forward or backward, from the start or from a cursor that an earlier answer gives."""
    backward = walk.chance(40)
    size = walk.draw(st.integers(1, 5) | st.sampled_from([20, 100]))
    written = str(size)
    if walk.chance(25):
        written = _declared(walk, "Int!" if walk.chance(50) else "Int", size)
    arguments = {"last" if backward else "first": written}
    if walk.chance(50):
        name = walk.name("v")
        walk.declared.append(f"${name}: String")
        walk.variables[name] = None
        walk.cursors[name] = key
        arguments["before" if backward != walk.chance(20) else "after"] = f"${name}"
    return arguments


def _directive(walk: Walk) -> str:
    if not walk.chance(8):
        return ""
    decided = walk.draw(st.booleans())
    written = "true" if decided else "false"
    if walk.chance(50):
        written = _declared(walk, "Boolean!", decided)
    return f" @{walk.draw(st.sampled_from(['skip', 'include']))}(if: {written})"


def _declared(walk: Walk, type_: str, value: Any) -> str:
    """Give a value by a variable: sent, or its default."""
    name = walk.name("v")
    if walk.chance(40):
        walk.declared.append(f"${name}: {type_} = {_written(value)}")
        if walk.chance(30):
            walk.variables[name] = value
    else:
        walk.declared.append(f"${name}: {type_}")
        walk.variables[name] = value
    return f"${name}"


def _value(walk: Walk, name: str, type_: Any) -> str:
    """Draw an argument's value, as a literal or by a variable."""
    if not isinstance(type_, GraphQLNonNull) and walk.chance(10):
        return "null"
    drawn = _drawn(walk, name, type_, 0)
    if walk.chance(35):
        written = str(type_)
        # A whole value may come by a variable of its type: enums are sent by their names.
        variable = walk.name("v")
        walk.declared.append(f"${variable}: {written}")
        walk.variables[variable] = _plain(drawn)
        return f"${variable}"
    return _written(drawn)


@dataclass(frozen=True)
class Name:
    """An enum's value, which is written without quotation marks."""

    name: str


def _drawn(walk: Walk, name: str, type_: Any, depth: int) -> Any:
    if not isinstance(type_, GraphQLNonNull) and depth and walk.chance(8):
        return None
    type_ = get_nullable_type(type_)
    if isinstance(type_, GraphQLList):
        size = walk.draw(st.integers(0, 3))
        return [_drawn(walk, name, type_.of_type, depth + 1) for _ in range(size)]
    if isinstance(type_, GraphQLEnumType):
        return Name(walk.draw(st.sampled_from(sorted(type_.values))))
    if isinstance(type_, GraphQLInputObjectType):
        drawn = {}
        for inner, definition in type_.fields.items():
            required = isinstance(definition.type, GraphQLNonNull) and definition.default_value is Undefined
            if required or (walk.chance(25) and depth < 2):
                drawn[inner] = _drawn(walk, inner, definition.type, depth + 1)
        for one, other in EXCLUSIVE.get(type_.name, ()):
            if one in drawn:
                drawn.pop(other, None)
        return drawn
    if type_.name == "Boolean":
        return walk.draw(st.booleans())
    if name in walk.values:
        return walk.draw(st.sampled_from(list(walk.values[name])))
    if type_.name == "Int":
        return walk.draw(st.integers(1, 50))
    if type_.name == "Float":
        return walk.draw(st.floats(0, 100))
    return walk.draw(st.sampled_from(list(walk.values[type_.name])))


def _plain(value: Any) -> Any:
    if isinstance(value, Name):
        return value.name
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _written(value: Any) -> str:
    """Return a value as GraphQL writes it."""
    match value:
        case Name():
            return value.name
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case dict():
            return "{" + ", ".join(f"{name}: {_written(inner)}" for name, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(_written(inner) for inner in value) + "]"
        case _:
            return str(value)
