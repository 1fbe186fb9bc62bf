"""Variables that fit are coerced as graphql-core coerces them, and no others are."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    build_schema,
)
from graphql.utilities import coerce_input_value
from hypothesis import given
from hypothesis import strategies as st

from api.coercion import Unfit, coercion
from api.schema import build

LEAF_TYPE = GraphQLInputObjectType(
    "Leaf",
    {
        "name": GraphQLInputField(GraphQLNonNull(GraphQLString)),
        "size": GraphQLInputField(GraphQLInt, default_value=3),
        "ids": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLID))),
        "near": GraphQLInputField(GraphQLBoolean, default_value=None),
        "far": GraphQLInputField(GraphQLNonNull(GraphQLBoolean), default_value=True),
    },
)
TREE_TYPE = GraphQLInputObjectType(
    "Tree",
    {
        "leaf": GraphQLInputField(GraphQLNonNull(LEAF_TYPE)),
        "leaves": GraphQLInputField(GraphQLNonNull(GraphQLList(LEAF_TYPE)), default_value=[]),
        "other": GraphQLInputField(LEAF_TYPE, out_name="the_other"),
        "rows": GraphQLInputField(GraphQLList(GraphQLList(GraphQLInt))),
    },
)
TYPES = (GraphQLNonNull(TREE_TYPE), LEAF_TYPE, GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))), GraphQLInt)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**32), 2**32), st.floats(), st.sampled_from(["", "茶", "1"])
)
NAMES = st.sampled_from(["name", "size", "ids", "near", "far", "leaf", "leaves", "other", "rows", "unknown"])
LEAF = st.fixed_dictionaries(
    {"name": st.one_of(st.just("茶"), SCALARS)},
    optional={"size": SCALARS, "ids": st.lists(st.just("x"), max_size=2) | SCALARS, "near": SCALARS, "far": SCALARS},
)
TREE = st.fixed_dictionaries(
    {"leaf": LEAF},
    optional={"leaves": st.lists(LEAF, max_size=2), "other": LEAF | st.none(), "rows": st.just([[1, None], None])},
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


@pytest.mark.parametrize("type_", TYPES, ids=str)
@given(value=TREE | LEAF | ANYTHING)
def test_what_fits_is_coerced_as_graphql_core_does(type_: Any, value: Any) -> None:
    coerce = coercion(type_)
    assert coerce is not None
    try:
        coerced = coerce(value)
    except Unfit:
        return
    assert coerced == coerce_input_value(value, type_)


@pytest.mark.parametrize(
    "value", [{"leaf": {"name": "茶"}}, {"leaf": {"name": "茶", "near": None}, "other": None, "rows": [[1]]}]
)
def test_what_needs_nothing_fits(value: Any) -> None:
    coerce = coercion(TYPES[0])
    assert coerce is not None
    assert coerce(value) == coerce_input_value(value, TYPES[0])


@pytest.mark.parametrize("value", [None, [], {}, {"leaf": {}}, {"leaf": {"name": "茶"}, "x": 1}, {"leaf": {"name": 1}}])
def test_what_is_wrong_does_not_fit(value: Any) -> None:
    coerce = coercion(TYPES[0])
    assert coerce is not None
    with pytest.raises(Unfit):
        coerce(value)
    assert coerce_input_value(value, TYPES[0]) is Undefined


@pytest.mark.parametrize("name", ["CreateCommentInput", "ReactionInput", "CreatePostInput", "EditCommentInput"])
def test_the_inputs_of_the_usual_changes_are_known(name: str) -> None:
    type_ = build()._schema.type_map[name]
    assert isinstance(type_, GraphQLInputObjectType)
    assert coercion(type_) is not None


def test_an_input_object_that_holds_itself_is_left_to_graphql_core() -> None:
    schema = build_schema("input Filter { name: String any: [Filter!] } type Query { a(filter: Filter): Int }")

    assert coercion(schema.type_map["Filter"]) is None
