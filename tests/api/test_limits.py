"""Limits on documents: what is refused, with which code, and what an operation costs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, get_introspection_query

from api import schema
from api.document import DocumentRefused, Documents
from api.limits import CheckedDocument, DocumentLimits, check_document, parse_document
from tests.factories.attacks import DOCUMENTS, DOCUMENTS_IN_PRODUCTION

PAGE = """
    query Page($first: Int, $last: Int, $within: Int = 3) {
        space(slug: "tea") { posts(first: $first, last: $last) { nodes { comments(first: $within) { nodes { id } } } } }
    }
"""


@pytest.fixture(scope="module")
def built() -> GraphQLSchema:
    return schema.build()._schema


def checked(built: GraphQLSchema, source: str, **limits: Any) -> CheckedDocument:
    asked = DocumentLimits(**limits)
    return check_document(built, parse_document(source, asked), None, asked)


def code_of(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")


@pytest.mark.parametrize(("source", "code"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_hostile_document_is_refused_with_its_code(built: GraphQLSchema, source: str, code: str) -> None:
    documents = Documents(built, DocumentLimits(), suggestions=False)

    with pytest.raises(DocumentRefused) as refused:
        documents.operation(source, None)

    assert {code_of(error) for error in refused.value.errors} == {code}
    assert all(len(error.message) < 300 for error in refused.value.errors)


@pytest.mark.parametrize(("source", "code"), DOCUMENTS_IN_PRODUCTION.values(), ids=DOCUMENTS_IN_PRODUCTION)
def test_introspection_is_refused_where_it_is_off(built: GraphQLSchema, source: str, code: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        checked(built, source, introspection=False)

    assert code_of(refused.value) == code


def test_the_standard_introspection_query_passes(built: GraphQLSchema) -> None:
    documents = Documents(built, DocumentLimits(), suggestions=False)

    assert documents.operation(get_introspection_query(), None).checked.cost({}) < 500


def test_a_field_counts_one_and_a_page_multiplies_its_entries_alone(built: GraphQLSchema) -> None:
    source = '{ space(slug: "tea") { posts(first: 20) { totalCount pageInfo { hasNextPage } nodes { id title } } } }'

    # space, posts, totalCount (ten), pageInfo and its field; and twenty times nodes with two fields
    assert checked(built, source).cost({}) == 1 + 1 + 10 + 2 + 20 * 3


def test_a_page_counts_with_the_value_of_its_variable(built: GraphQLSchema) -> None:
    document = checked(built, PAGE)

    def expected(posts: int, comments: int) -> int:
        return 2 + posts * (1 + 1 + comments * 2)

    assert document.cost({"first": 10, "within": 20}) == expected(10, 20)
    assert document.cost({"last": 7, "within": 1}) == expected(7, 1)
    assert document.cost({"first": None, "last": 7, "within": 1}) == expected(7, 1)
    assert document.cost({"first": 10}) == expected(10, 3)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"first": None},
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"first": True},
        {"first": "10"},
        {"first": 10, "last": 10},
        {"first": 10, "within": None},
        {"first": 2**64},
    ],
    ids=str,
)
def test_a_page_that_a_variable_spoils_is_refused_with_the_field_and_its_place(
    built: GraphQLSchema,
    variables: dict[str, Any],
) -> None:
    document = checked(built, PAGE)

    with pytest.raises(GraphQLError) as refused:
        document.cost(variables)

    assert code_of(refused.value) == "PAGE_SIZE"
    assert ("'comments'" if "within" in variables else "'posts'") in refused.value.message
    assert refused.value.locations


def test_variables_that_make_an_operation_too_costly_are_refused(built: GraphQLSchema) -> None:
    document = checked(built, PAGE)

    with pytest.raises(GraphQLError) as refused:
        document.cost({"first": 100, "within": 100})

    assert code_of(refused.value) == "TOO_COSTLY"


def test_a_fragment_costs_what_it_costs_written_out(built: GraphQLSchema) -> None:
    spread = """
        query($first: Int!) { space(slug: "tea") { ...S } }
        fragment S on Space { posts(first: $first) { ...P } }
        fragment P on PostConnection { totalCount nodes { ...N } }
        fragment N on Post { id author { id } }
    """
    written = """
        query($first: Int!) { space(slug: "tea") { posts(first: $first) { totalCount nodes { id author { id } } } } }
    """

    for first in (1, 20, 100):
        assert checked(built, spread).cost({"first": first}) == checked(built, written).cost({"first": first})


def test_of_fragments_on_different_types_only_the_dearest_counts(built: GraphQLSchema) -> None:
    source = '{ node(id: "post_1") { id ... on Post { title author { id } } ...M ... on Member { id } } }'

    assert checked(built, f"{source} fragment M on Member {{ handle }}").cost({}) == 2 + 3


def test_nodes_count_by_their_ids(built: GraphQLSchema) -> None:
    assert checked(built, '{ nodes(ids: ["post_1", "post_2", "post_3"]) { id } }').cost({}) == 1 + 3
    assert checked(built, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }").cost({"ids": ["post_1"] * 40}) == 1 + 40


def test_fifteen_changes_fit_in_one_operation_and_a_sixteenth_does_not(built: GraphQLSchema) -> None:
    def changes(times: int) -> str:
        fields = " ".join(f"c{n}: addReaction(input: {{}}) {{ clientMutationId }}" for n in range(times))
        return f"mutation {{ ...M }} fragment M on Mutation {{ {fields} }}"

    assert checked(built, changes(15)).cost({}) >= 15 * 10
    with pytest.raises(GraphQLError) as refused:
        checked(built, changes(16))
    assert code_of(refused.value) == "TOO_MANY_ALIASES"


def test_an_operation_that_is_not_run_is_not_priced(built: GraphQLSchema) -> None:
    limits = DocumentLimits()
    source = 'query Small { __typename } query Large { space(slug: "a") { posts { nodes { id } } } }'
    document = parse_document(source, limits)

    assert check_document(built, document, "Small", limits).cost({}) == 1
    with pytest.raises(GraphQLError) as refused:
        check_document(built, document, "Large", limits)
    assert code_of(refused.value) == "PAGE_SIZE"
    for name in (None, "Nowhere"):
        with pytest.raises(GraphQLError) as refused:
            check_document(built, document, name, limits)
        assert code_of(refused.value) == "OPERATION_UNKNOWN"


def test_suggestions_are_made_only_where_they_are_on(built: GraphQLSchema) -> None:
    def message(*, suggestions: bool) -> str:
        with pytest.raises(DocumentRefused) as refused:
            Documents(built, DocumentLimits(), suggestions=suggestions).operation("{ spac { id } }", None)
        return refused.value.errors[0].message

    assert "Did you mean" in message(suggestions=True)
    assert "Did you mean" not in message(suggestions=False)


def test_no_error_repeats_a_long_name(built: GraphQLSchema) -> None:
    name = "x" * 20_000
    sources = [f"{{ {name} }}", f"{{ ...{name} }} fragment {name} on Query {{ ...{name} }}", f"{{ a }} {name}"]

    for source in sources:
        with pytest.raises(DocumentRefused) as refused:
            Documents(built, DocumentLimits(), suggestions=True).operation(source, None)
        assert all(len(error.message) < 300 for error in refused.value.errors)


def test_chinese_text_in_a_literal_passes(built: GraphQLSchema) -> None:
    assert checked(built, '{ tag(name: "茶道🍵") { name } }').cost({}) == 2


def test_a_field_counts_what_it_declares_beside_what_is_selected_of_it(built: GraphQLSchema) -> None:
    found = checked(built, '{ path(from: "member_1", to: "member_2") { strength } }')

    assert found.cost({}) == 3_000 + 6


def test_an_object_with_lists_that_can_be_long_counts_by_the_lists(built: GraphQLSchema) -> None:
    document = """
        query Drawn($first: Int!) {
            viewer { member { egoNetwork(first: $first) { nodes { distance } ties { strength } } } }
        }
    """
    found = checked(built, document)

    assert found.cost({"first": 100}) == found.cost({"first": 1}) == 1_500 + 2 + 2 + 2 * 100
    with pytest.raises(GraphQLError) as refused:
        found.cost({"first": 101})
    assert code_of(refused.value) == "PAGE_SIZE"


def test_a_number_beyond_a_double_is_refused(built: GraphQLSchema) -> None:
    with pytest.raises(GraphQLError) as refused:
        checked(built, "{ influencers(first: 1, filter: {minTrust: 1e999}) { nodes { rank } } }")

    assert code_of(refused.value) == "NUMBER_TOO_LARGE"
