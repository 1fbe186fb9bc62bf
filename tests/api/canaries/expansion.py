"""Documents that ask for everything there is, made from the schema itself: a new field is covered by being there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse_value,
    value_from_ast_untyped,
)

from api.context import Context
from api.document import Documents
from api.limits import DocumentLimits
from api.reading.plan import reading_of
from api.reading.readings import Assembled
from community.discussions.viewers import load_viewer
from community.members.principals import ALL_SCOPES, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import GraphQLSchema

    from api.application import Application
    from api.document import Operation
    from community.members.acting import Acting

DEEPEST = 1
DEPTHS: Final = {"node": 0}
"""How deep to go by some ways: `nodes` asks for the same as `node`, of as many as one likes."""
NO_LIMITS = DocumentLimits(
    source_length=10**7,
    tokens=10**7,
    depth=100,
    nesting=200,
    aliases=10**6,
    fields=10**6,
    repetitions=10**9,
    cost=10**12,
)


class Expansion:
    """Asks for everything there is on a type, some references deep; `turn` chooses among an enum's values."""

    def __init__(self, schema: GraphQLSchema, turn: int, *, deepest: int = DEEPEST) -> None:
        self.schema = schema
        self.deepest = deepest
        self.turn = turn
        self.fields: dict[str, str] = {}
        """Which field of which type stands under each alias."""

    def on(self, type_: Any, depth: int) -> str:
        """Return a selection of all fields of a type."""
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            possible = self.schema.get_possible_types(type_)
            return "{ __typename " + " ".join(f"... on {one.name} {self.on(one, depth)}" for one in possible) + " }"
        parts = ["__typename"]
        for name, declared in type_.fields.items():
            named = get_named_type(declared.type)
            if not (is_leaf_type(named) or _is_value(named) or depth < self.deepest or _part_of_page(type_)):
                continue
            given = self.arguments(declared)
            if given is None:
                continue
            inner = "" if is_leaf_type(named) else self.on(named, self._depth_of(type_, name, depth))
            alias = f"a{len(self.fields) + 1}"
            self.fields[alias] = f"{type_.name}.{name}"
            parts.append(f"{alias}: {name}{given} {inner}")
        return "{ " + " ".join(parts) + " }"

    def _depth_of(self, type_: GraphQLObjectType, name: str, depth: int) -> int:
        if type_.name.endswith("Edge") and name == "node":
            return self.deepest  # the page's `nodes` are the same, and asked for everything
        # A page is one reference, not two.
        return depth if _part_of_page(type_) else depth + 1

    def arguments(self, declared: Any, **known: str) -> str | None:
        """Return a field's arguments; None where one is needed of which nothing is known."""
        written = dict(known)
        for name, argument in declared.args.items():
            named = get_named_type(argument.type)
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if name in known:
                continue
            if name == "first" and ("after" in declared.args or required):
                written[name] = "30"
            elif isinstance(get_nullable_type(argument.type), GraphQLEnumType):
                values = list(named.values)
                written[name] = values[self.turn % len(values)]
            elif name == "length":
                written[name] = "1000"
            elif required:
                return None
        return "(" + ", ".join(f"{name}: {value}" for name, value in written.items()) + ")" if written else ""


def _is_value(type_: Any) -> bool:
    """Say whether a type refers to nothing: what a revision changed, say, is no reference from it."""
    return (
        isinstance(type_, GraphQLObjectType)
        and not type_.interfaces
        and all(is_leaf_type(get_named_type(declared.type)) for declared in type_.fields.values())
    )


def _part_of_page(type_: GraphQLObjectType) -> bool:
    return type_.name.endswith(("Connection", "Edge"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that asks for everything behind a field of Query."""

    source: str
    fields: Mapping[str, str]
    """Which field of which type stands under each alias."""


class Walk:
    """The ways into the schema, one by each field of Query, which many readers take again and again.

    What a field is given stands in variables: wherever the walk enters by it, it is one document, which is compiled once for
    each class of viewers. Compiling is nearly all that a walk costs.
    """

    def __init__(self, application: Application) -> None:
        """Walk through a server's schema."""
        self._application = application
        self.schema = application.executor.schema
        root = self.schema.query_type
        assert root is not None  # a schema has a query type
        self._root = root
        self._documents = Documents(self.schema, NO_LIMITS, suggestions=False)
        self._known: dict[tuple[str, int, int, frozenset[str]], Asked | None] = {}

    def entrances(self) -> list[str]:
        """Return the names of the ways in; what is read in a way of its own has tests of its own."""
        return [name for name, declared in self._root.fields.items() if not isinstance(reading_of(declared), Assembled)]

    def document(self, name: str, given: Iterable[str], turn: int = 0, *, deepest: int | None = None) -> Asked | None:
        """Return what asks for everything behind a field; None where it needs an argument of which nothing is known."""
        names = frozenset(given)
        deepest = DEPTHS.get(name, DEEPEST) if deepest is None else deepest
        key = (name, turn, deepest, names)
        if key not in self._known:
            self._known[key] = self._written(name, names, Expansion(self.schema, turn, deepest=deepest))
        return self._known[key]

    def _written(self, name: str, given: frozenset[str], expansion: Expansion) -> Asked | None:
        declared = self._root.fields[name]
        arguments = expansion.arguments(declared, **{each: f"${each}" for each in sorted(given)})
        if arguments is None:
            return None
        named: Any = get_named_type(declared.type)
        inner = "" if is_leaf_type(named) else expansion.on(named, 0)
        variables = ", ".join(f"${each}: {declared.args[each].type}" for each in sorted(given))
        head = f"query({variables})" if variables else ""
        return Asked(f"{head} {{ {name}{arguments} {inner} }}", expansion.fields)

    def subscription(self, name: str) -> Operation:
        """Return what listens to everything behind a field of Subscription."""
        root = self.schema.subscription_type
        assert root is not None  # one can subscribe
        inner = Expansion(self.schema, 0).on(get_named_type(root.fields[name].type), 0)
        return self._documents.operation(f"subscription {{ {name} {inner} }}", None)

    async def reader(self, member: Acting | None) -> Context:
        """Return what somebody asks with, whose rights are looked up now."""
        principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
        async with self._application.database.reading() as connection:
            viewer = await load_viewer(connection, principal)
        return Context(self._application, principal, viewer)

    async def ask(self, reader: Context, source: str, given: Mapping[str, Any]) -> bytes:
        """Return a reader's answer."""
        operation = self._documents.operation(source, None)
        return await self._application.executor.query(reader, operation, operation.coerce(given))


def words_of(canary: str, answer: bytes) -> set[str]:
    """Return the words behind a canary in an answer."""
    return set(re.findall(rf"{canary} (\w+)", answer.decode()))


def value_of(written: str) -> Any:
    """Return a value that is written as in a document, as a variable has it."""
    return value_from_ast_untyped(parse_value(written))


def counted_wrong(answer: Any, fields: Mapping[str, str]) -> list[str]:
    """Return the pages of an answer that are whole and whose number is not how many there are in them."""
    if isinstance(answer, list):
        return [wrong for each in answer for wrong in counted_wrong(each, fields)]
    if not isinstance(answer, dict):
        return []
    wrong = [each for value in answer.values() for each in counted_wrong(value, fields)]
    page = {fields.get(alias, alias).rpartition(".")[2]: value for alias, value in answer.items()}
    number, nodes = page.get("totalCount"), page.get("nodes")
    if number is not None and nodes is not None and _is_whole(page["pageInfo"], fields) and number != len(nodes):
        wrong.append(f"{page['__typename']}: {number} for {len(nodes)}")
    return wrong


def _is_whole(info: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    goes_on = {"PageInfo.hasNextPage", "PageInfo.hasPreviousPage"}
    return not any(value for alias, value in info.items() if fields.get(alias) in goes_on)


def differing(was: Any, now: Any, fields: Mapping[str, str], left_out: frozenset[str], name: str = "") -> set[str]:
    """Return in which fields of which types two answers to one document differ, but for what is left out."""
    if name in left_out:
        return set()
    if isinstance(was, dict) and isinstance(now, dict) and was.keys() == now.keys():
        return {
            each
            for alias, value in was.items()
            for each in differing(value, now[alias], fields, left_out, fields.get(alias, alias))
        }
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return {each for pair in zip(was, now, strict=True) for each in differing(*pair, fields, left_out)}
    return set() if was == now else {name}
