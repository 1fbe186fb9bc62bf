"""The API as its clients see it: the ASGI application on the worker's database, spoken to over HTTP without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from api.app import Server
from api.application import Application
from api.buckets import Buckets
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.members.acting import Acting
from community.members.sessions import begin_session
from tests.factories.members import MadeMember

UNLIMITED = 10.0**12


class Client:
    """Asks over HTTP, as anybody."""

    def __init__(self, server: Server, database: Database) -> None:
        assert server.application is not None
        self.application: Application = server.application
        self._database = database
        self._tokens: dict[int, str] = {}
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://teahouse")

    async def token(self, member: Acting | MadeMember | int) -> str:
        """Return the token of a session of a member's."""
        member_id = member.member_id if isinstance(member, Acting) else getattr(member, "id", member)
        assert isinstance(member_id, int)
        if member_id not in self._tokens:
            async with self._database.writing() as connection:
                grant = await begin_session(connection, self.application.keys, member_id, client="tests")
            self._tokens[member_id] = grant.access_token
        return self._tokens[member_id]

    def bear(self, member: Acting, token: str) -> None:
        """Ask with this token when asking as a member."""
        self._tokens[member.member_id] = token

    async def ask(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        as_: Acting | MadeMember | int | None = None,
    ) -> dict[str, Any]:
        """Run a document; return the whole response."""
        headers = {} if as_ is None else {"authorization": f"Bearer {await self.token(as_)}"}
        response = await self._http.post(
            "/graphql", json={"query": document, "variables": dict(variables or {})}, headers=headers
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def __call__(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        as_: Acting | MadeMember | int | None = None,
    ) -> Any:
        """Run a document that is without errors; return its data."""
        answer = await self.ask(document, variables, as_=as_)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def request(
        self,
        method: str,
        path: str,
        *,
        as_: Acting | MadeMember | int | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask for anything but GraphQL; return the whole answer."""
        token = {} if as_ is None else {"authorization": f"Bearer {await self.token(as_)}"}
        return await self._http.request(method, path, content=content, headers={**token, **(headers or {})})

    async def change(self, verb: str, selection: str, *, as_: Acting | MadeMember | int | None, **given: Any) -> Any:
        """Run one mutation; return its payload, `userErrors` with their codes included."""
        name = verb[0].upper() + verb[1:]
        input_type = self.application.executor.schema.mutation_type.fields[verb].args["input"].type  # type: ignore[union-attr]
        document = (
            f"mutation {name}($input: {input_type}) {{ {verb}(input: $input) {{ {selection} "
            "userErrors { code message path } } }"
        )
        data = await self(document, {"input": given}, as_=as_)
        return data[verb]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Keep one server for the worker, as clients' requests leave nothing in it but what they cached."""
    settings = Settings(
        database_url=SecretStr(database_url),
        data_directory=tmp_path_factory.mktemp("data"),
        database_connections=8,
        database_acquire_within=10,
        database_waiting=10_000,
        # Of the documents that ask for everything there is, on a machine that runs other tests besides.
        database_statement_within=60,
        # They would be kept by each connection for whoever asks again, and nobody does: a gigabyte for each.
        database_statements=64,
    )
    server = Server(settings)
    async with server._lifespan(None):  # type: ignore[arg-type]
        # What goes on beside the requests is tested by itself; here it would take letters away before a test reads them.
        assert server.application is not None
        await asyncio.sleep(0)  # a task that has not begun cannot be cancelled quietly
        await server.application.background.stop()
        yield server


@pytest.fixture
def graphql(server: Server, database: Database) -> Client:
    """Give a client, to a server that knows nobody yet and whose limits on spending nobody reaches."""
    assert server.application is not None
    server.application.viewers.forget()
    server.application.screening.forget()
    server.application.buckets = Buckets(UNLIMITED)
    return Client(server, database)
