"""Every attack over HTTP: an answer of GraphQL's shape that tells nothing, and not one query to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from api.app import Server
from api.buckets import Buckets
from api.limits import TrustedDocuments
from api.limits.trusted import hash_of
from community.foundation.connections import Connections
from community.foundation.database import Database
from community.foundation.settings import Environment, Settings
from community.members.limits import BY_NAME, Attempt
from tests.factories.attacks import BODIES, DOCUMENTS, DOCUMENTS_IN_PRODUCTION, circular_introspection, connections

JSON = "application/graphql-response+json"
IN_PRODUCTION = {
    **DOCUMENTS,
    **DOCUMENTS_IN_PRODUCTION,
    "15 circular introspection": (circular_introspection(), "INTROSPECTION"),
}
TELLTALES = ("Traceback", 'File "', ".py", "asyncpg", "sqlalchemy", "KeyError", "Exception")
SIGN_IN = 'signIn(input: {login: "nobody", password: "wrong"}) { userErrors { code } }'


_attacking: ContextVar[bool] = ContextVar("attacking", default=False)


class _Attacking(httpx.ASGITransport):
    """Marks what a request does, and starts, apart from what the server does for itself meanwhile."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = _attacking.set(True)
        try:
            return await super().handle_async_request(request)
        finally:
            _attacking.reset(token)


@dataclass
class Attacked:
    """A server in production, and how often it borrowed a connection to its database."""

    server: Server
    http: httpx.AsyncClient
    borrowed: int = 0

    async def post(self, body: bytes | Mapping[str, Any], **headers: str) -> httpx.Response:
        """Send a body as a client that knows GraphQL over HTTP."""
        sent = {"accept": JSON, "content-type": "application/json", **headers}
        if isinstance(body, bytes):
            return await self.http.post("/graphql", content=body, headers=sent)
        return await self.http.post("/graphql", json=body, headers=sent)

    def refused(self, response: httpx.Response, status: int = 400, code: str | None = None, borrowed: int = 0) -> None:
        """Assert that a request was refused in the right words, and that nothing came of it."""
        assert response.status_code == status, response.text
        answer = response.json()
        assert answer.keys() == {"errors"}
        assert all(error["message"] and error["extensions"]["code"] for error in answer["errors"])
        if code is not None:
            assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
        assert len(response.content) < 5_000
        assert not any(telltale in response.text for telltale in TELLTALES)
        assert self.borrowed <= borrowed


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hardened(database_url: str) -> AsyncIterator[Server]:
    server = Server(
        Settings(
            environment=Environment.PRODUCTION,
            secret_key=SecretStr("x" * 32),
            database_url=SecretStr(database_url),
            database_connections=3,
        ),
    )
    async with server._lifespan(None):  # type: ignore[arg-type] # the transport runs no lifespan
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def attacked(
    hardened: Server,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Attacked]:
    assert hardened.application is not None
    application = hardened.application
    application.buckets = Buckets(10.0**9)
    application.viewers.forget()
    async with httpx.AsyncClient(transport=_Attacking(hardened), base_url="http://teahouse") as http:
        attacked = Attacked(hardened, http)

        borrow = Connections.borrow

        async def heard(connections: Connections) -> Any:
            if _attacking.get():
                attacked.borrowed += 1
            return await borrow(connections)

        monkeypatch.setattr(Connections, "borrow", heard)
        await attacked.post({"query": "{ __typename }"})  # what a stranger may see is read once, and kept
        attacked.borrowed = 0
        yield attacked


async def test_an_honest_query_borrows_a_connection(attacked: Attacked) -> None:
    response = await attacked.post({"query": '{ tag(name: "茶") { name } }'})

    assert response.json()["data"] == {"tag": None}
    assert attacked.borrowed == 1


@pytest.mark.parametrize(
    ("source", "code"),
    IN_PRODUCTION.values(),
    ids=IN_PRODUCTION,
)
async def test_a_hostile_document_is_refused(attacked: Attacked, source: str, code: str) -> None:
    attacked.refused(await attacked.post({"query": source}), code=code)


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_refused(attacked: Attacked, name: str) -> None:
    attacked.refused(await attacked.post(BODIES[name]), code="BAD_REQUEST")


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 101}, "PAGE_SIZE"),
        ({"first": -1}, "PAGE_SIZE"),
        ({"first": None}, "PAGE_SIZE"),
        ({}, "PAGE_SIZE"),
    ],
)
async def test_a_page_that_a_variable_spoils_is_refused(
    attacked: Attacked, variables: dict[str, Any], code: str
) -> None:
    document = 'query($first: Int) { space(slug: "tea") { posts(first: $first) { nodes { id } } } }'

    attacked.refused(await attacked.post({"query": document, "variables": variables}), code=code)


async def test_pages_within_pages_are_refused_when_variables_make_them_so(attacked: Attacked) -> None:
    document = "query($n: Int) " + connections(1).replace("first: 1", "first: $n")

    attacked.refused(await attacked.post({"query": document, "variables": {"n": 100}}), code="TOO_COSTLY")


async def test_no_suggestion_is_made_in_production(attacked: Attacked) -> None:
    response = await attacked.post({"query": "{ spac { id } }"})

    attacked.refused(response, code="INVALID")
    assert "Did you mean" not in response.text


async def test_there_is_no_graphiql_in_production(attacked: Attacked) -> None:
    for path in ("/", "/graphiql"):
        assert (await attacked.http.get(path, headers={"accept": "text/html"})).status_code == 404
    assert (await attacked.http.get("/graphql", headers={"accept": "text/html"})).status_code == 406
    assert attacked.borrowed == 0


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""],
)
async def test_a_body_that_a_form_could_send_is_refused(attacked: Attacked, content_type: str) -> None:
    response = await attacked.post(b'{"query":"{__typename}"}', **{"content-type": content_type})

    attacked.refused(response, 415)


async def test_a_mutation_by_get_is_refused(attacked: Attacked) -> None:
    query = urlencode({"query": f"mutation {{ {SIGN_IN} }}"})

    response = await attacked.http.get(f"/graphql?{query}", headers={"accept": JSON})

    assert response.status_code in {400, 405}
    attacked.refused(response, response.status_code)


async def test_other_methods_are_refused(attacked: Attacked) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        attacked.refused(await attacked.http.request(method, "/graphql", headers={"accept": JSON}), 405)


async def test_a_get_with_a_cookie_needs_a_header_that_only_a_script_can_send(attacked: Attacked) -> None:
    address = "/graphql?" + urlencode({"query": "{__typename}"})

    attacked.refused(await attacked.http.get(address, headers={"accept": JSON, "cookie": "session=x"}), 403)
    safe = await attacked.http.get(
        address,
        headers={"accept": JSON, "cookie": "session=x", "graphql-require-preflight": "1"},
    )
    assert safe.status_code == 200


async def test_a_get_is_held_to_the_same_limits(attacked: Attacked) -> None:
    for given, code in (
        ({"query": connections(100)}, "TOO_COSTLY"),
        ({"query": "{__typename}", "variables": "[" * 2_000}, "BAD_REQUEST"),
        ({"query": "{__typename}", "variables": "1"}, "BAD_REQUEST"),
        ({"query": "{__typename}", "variables": '{"a":1,"a":2}'}, "BAD_REQUEST"),
        ({"query": "{__typename}", "variables": '{"a":"\\u0000"}'}, "BAD_VARIABLES"),
    ):
        response = await attacked.http.get(f"/graphql?{urlencode(given)}", headers={"accept": JSON})
        attacked.refused(response, code=code)


async def test_a_body_of_fifty_megabytes_is_refused_before_it_has_arrived(attacked: Attacked) -> None:
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(50):
            sent += 1
            yield b" " * 1_000_000

    response = await attacked.http.post(
        "/graphql",
        content=parts(),
        headers={"accept": JSON, "content-type": "application/json"},
    )

    attacked.refused(response, 413, "BODY_TOO_LONG")
    assert sent < 5


@pytest.mark.parametrize("value", ["\0", "茶\0", 2**63, 2**64, -(2**63) - 1, 1e300], ids=ascii)
async def test_a_variable_that_no_column_holds_is_an_input_error(attacked: Attacked, value: object) -> None:
    document = "query($name: String!) { tag(name: $name) { name } }"

    response = await attacked.post({"query": document, "variables": {"name": value}})

    attacked.refused(response, code="BAD_VARIABLES")
    assert "$name" in response.text


async def test_a_poisoned_host_or_path_decides_nothing(attacked: Attacked) -> None:
    body = {"query": "{__typename}"}
    plain = await attacked.post(body)

    for host in ("evil.example", "evil.example/graphql?x=", "[::1", "a" * 5_000, ""):
        poisoned = await attacked.post(body, host=host, **{"x-forwarded-host": host, "x-original-url": "/admin"})
        assert (poisoned.status_code, poisoned.json()["data"]) == (plain.status_code, plain.json()["data"])
    for path in ("//graphql", "/graphql/", "/GRAPHQL", "/graphql/../graphql%00"):
        assert (await attacked.http.post(path, json=body)).status_code in {404, 400, 307, 200}


async def test_a_thousand_sign_ins_in_one_document_are_refused(attacked: Attacked) -> None:
    for times, code in ((1_000, "TOO_LONG"), (16, "TOO_MANY_ALIASES")):
        sign_ins = " ".join(f"s{n}: {SIGN_IN}" for n in range(times))
        attacked.refused(await attacked.post({"query": f"mutation {{ {sign_ins} }}"}), code=code)
        hidden = f"mutation {{ ...M }} fragment M on Mutation {{ {sign_ins} }}"
        attacked.refused(await attacked.post({"query": hidden}), code=code)


async def test_every_sign_in_of_one_document_is_counted(attacked: Attacked) -> None:
    sign_ins = " ".join(f"s{n}: {SIGN_IN}" for n in range(15))

    answers = (await attacked.post({"query": f"mutation {{ {sign_ins} }}"})).json()["data"]

    codes = [answers[f"s{n}"]["userErrors"][0]["code"] for n in range(15)]
    allowed = BY_NAME[Attempt.SIGN_IN].at_once
    assert "RATE_LIMITED" not in codes[:allowed]
    assert set(codes[allowed:]) == {"RATE_LIMITED"}


async def test_an_id_of_another_type_is_answered_as_one_that_is_not_there(attacked: Attacked) -> None:
    document = "query($id: ID!) { post(id: $id) { id } node(id: $id) { id } }"
    answers = []
    for written in ("post_999999", "member_999999", "nothing_1", "post_-1", "post_01", "post_" + "9" * 50, "", "茶_1"):
        response = await attacked.post({"query": document, "variables": {"id": written}})
        assert response.status_code == 200, response.text
        answers.append(response.json()["data"])

    assert all(answer == {"post": None, "node": None} for answer in answers)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "1", "';DROP TABLE posts;--", "\\", "NEWEST\x1f1", "茶", "A" * 10_000, "2020-01-01T00:00:00Z\x1f1"],
    ids=lambda written: ascii(written)[:20],
)
async def test_a_forged_cursor_is_an_input_error(attacked: Attacked, cursor: str) -> None:
    document = 'query($after: String) { space(slug: "tea") { posts(first: 1, after: $after) { nodes { id } } } }'

    response = await attacked.post({"query": document, "variables": {"after": cursor}})

    # A cursor is read when the statement's parameters are filled in, with a connection in hand: nothing is sent on it.
    attacked.refused(response, code="BAD_ARGUMENT", borrowed=1)


async def test_an_order_that_is_no_order_never_reaches_the_database(attacked: Attacked) -> None:
    document = '{ space(slug: "tea") { posts(first: 1, sort: "id; DROP TABLE posts") { nodes { id } } } }'

    attacked.refused(await attacked.post({"query": document}), code="INVALID")


async def test_what_is_spent_is_told_and_what_is_overspent_is_refused(attacked: Attacked) -> None:
    assert attacked.server.application is not None
    attacked.server.application.buckets = Buckets(100, 1)
    document = "{ " + " ".join(f"t{n}: __typename" for n in range(40)) + " }"

    first, second = [await attacked.post({"query": document}) for _ in range(2)]
    attacked.borrowed = 0
    third = await attacked.post({"query": document})

    assert first.json()["extensions"]["cost"] == {"requested": 40, "remaining": 60, "capacity": 100, "restoreRate": 1}
    assert second.json()["extensions"]["cost"]["remaining"] in {20, 21}
    attacked.refused(third, 429, "RATE_LIMITED")
    assert 1 <= int(third.headers["retry-after"]) <= 20


async def test_a_document_that_is_not_trusted_is_refused(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert attacked.server.application is not None
    trusted = "{ __typename }"
    monkeypatch.setattr(
        attacked.server.application, "trusted", TrustedDocuments({hash_of(trusted): trusted}, only=True)
    )

    attacked.refused(await attacked.post({"query": "{ a: __typename }"}), code="DOCUMENT_NOT_TRUSTED")
    attacked.refused(await attacked.post({"documentId": "0" * 64}), code="PERSISTED_QUERY_NOT_FOUND")
    answered = await attacked.post({"documentId": f"sha256:{hash_of(trusted)}"})
    assert answered.json()["data"] == {"__typename": "Query"}
