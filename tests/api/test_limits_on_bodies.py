"""Limits on bodies and variables, and documents known by their hash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from starlette.requests import ClientDisconnect

from api.errors import RequestError
from api.limits import DocumentLimits, TrustedDocuments, check_variables, parse_body, read_body
from api.limits.trusted import UntrustworthyDocuments, hash_of, read_documents
from tests.factories.attacks import BODIES

HOME = "{ viewer { member { handle } } } # 首页"


def arriving(*messages: dict[str, Any]) -> tuple[Callable[[], Awaitable[Any]], list[dict[str, Any]]]:
    """Give what receives these messages one after another, and the list of those that are left."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return receive, left


def chunk(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_is_put_together_from_its_parts() -> None:
    receive, _ = arriving(chunk(b"ab", more=True), chunk(b"", more=True), chunk(b"c", more=False))

    assert await read_body(receive, 3) == b"abc"


async def test_a_body_that_grows_too_long_is_refused_before_it_has_all_arrived() -> None:
    receive, left = arriving(*[chunk(b"x" * 1_000, more=True)] * 50_000)

    with pytest.raises(RequestError) as refused:
        await read_body(receive, 10_000)

    assert (refused.value.status, refused.value.code) == (413, "BODY_TOO_LONG")
    assert len(left) == 50_000 - 11


async def test_a_client_that_leaves_early_is_noticed() -> None:
    receive, _ = arriving(chunk(b"{", more=True), {"type": "http.disconnect"})

    with pytest.raises(ClientDisconnect):
        await read_body(receive, 100)


@pytest.mark.parametrize("name", sorted(BODIES.keys() - {"21 no query"}))
def test_a_hostile_body_is_a_bad_request(name: str) -> None:
    body = BODIES[name]

    with pytest.raises(RequestError) as refused:
        parse_body(body)

    assert (refused.value.status, refused.value.code) == (400, "BAD_REQUEST")
    assert len(refused.value.message) < 200


def test_an_honest_body_passes_as_it_is() -> None:
    request = {
        "query": "query Q($t: String) { tag(name: $t) { name } }",
        "variables": {"t": "茶🍵"},
        "operationName": "Q",
    }

    assert parse_body(orjson.dumps(request)) == request


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"a": 2**63}, "$a"),
        ({"a": 18446744073709551616.0}, "$a"),
        ({"a": -(2**63) - 1}, "$a"),
        ({"a": {"b": [0, 1e300]}}, "$a.b.1"),
        ({"a": "\0"}, "$a"),
        ({"a": ["茶", "x\0y"]}, "$a.1"),
        ({"a": {"\0": 1}}, "$a."),
        ({"a": "茶\ud800"}, "$a"),
        ({"a": [[[[[[[[[[[[[[1]]]]]]]]]]]]]]}, "$a.0.0.0"),
    ],
    ids=ascii,
)
def test_a_variable_that_no_field_can_take_is_named(variables: dict[str, Any], place: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        check_variables(variables, DocumentLimits())

    assert refused.value.extensions == {"code": "BAD_VARIABLES"}
    assert f"'{place}" in refused.value.message
    refused.value.message.encode()


def test_variables_that_fields_can_take_pass() -> None:
    check_variables(
        {"a": [2**63 - 1, -(2**63), 0.5, None, True, "茶🍵"], "b": {"c": [{"d": ""}]}},
        DocumentLimits(),
    )


def test_a_trusted_document_is_found_by_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(orjson.dumps({f"sha256:{hash_of(HOME)}": HOME}))
    trusted = TrustedDocuments(read_documents(file))

    for request in (
        {"documentId": hash_of(HOME)},
        {"documentId": f"sha256:{hash_of(HOME)}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(HOME)}}},
        {"query": HOME, "documentId": hash_of(HOME)},
    ):
        assert trusted.source_of(request) == HOME
    assert trusted.source_of({"query": "{ other }"}) == "{ other }"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "BAD_REQUEST"),
        ({"query": ""}, "BAD_REQUEST"),
        ({"documentId": "0" * 64}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": "{ other }", "documentId": hash_of(HOME)}, "DOCUMENT_HASH_WRONG"),
        ({"extensions": {"persistedQuery": {"sha256Hash": 1}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": "x"}}, "BAD_REQUEST"),
    ],
)
def test_a_hash_that_is_unknown_or_wrong_is_refused(request_: dict[str, Any], code: str) -> None:
    with pytest.raises(RequestError) as refused:
        TrustedDocuments({hash_of(HOME): HOME}).source_of(request_)

    assert refused.value.code == code


def test_a_server_that_trusts_nothing_else_refuses_every_other_text(tmp_path: Path) -> None:
    (tmp_path / "home.graphql").write_text(HOME, encoding="utf-8")
    trusted = TrustedDocuments(read_documents(tmp_path), only=True)

    assert trusted.source_of({"query": HOME}) == HOME
    for request in ({"query": HOME + " "}, {"query": "{ a }", "documentId": hash_of("{ a }")}):
        with pytest.raises(RequestError) as refused:
            trusted.source_of(request)
        assert refused.value.code == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("written", [b"[]", b"{", orjson.dumps({"0" * 64: HOME}), b'{"a": 1}'])
def test_a_file_whose_hashes_do_not_hold_stops_the_start(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(written)

    with pytest.raises(UntrustworthyDocuments):
        read_documents(file)
