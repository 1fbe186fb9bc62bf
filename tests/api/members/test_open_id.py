"""Signing in through a provider, over GraphQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import orjson
import pytest
from pydantic import SecretStr

from api.members.open_id import OpenId
from tests.api.members.test_accounts import GRANTED, codes
from tests.factories.discussions import value
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, LoopbackProvider, running_provider

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

RETURN = "http://127.0.0.1:8000/sign-in"


@pytest.fixture
async def provider() -> AsyncIterator[LoopbackProvider]:
    async with running_provider() as provider:
        yield provider


@pytest.fixture
async def client(
    graphql: Client,
    provider: LoopbackProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Client]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    described = {"name": "loop", "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    settings = graphql.application.settings.model_copy(
        update={"openid_providers": SecretStr(orjson.dumps([described]).decode())},
    )
    before, graphql.application.open_id = graphql.application.open_id, OpenId(settings)
    yield graphql
    await graphql.application.open_id.close()
    graphql.application.open_id = before


async def test_a_stranger_comes_back_as_a_member(
    client: Client, database: Database, provider: LoopbackProvider
) -> None:
    provider.person = {"sub": "42", "name": "王小明", "email": "wang@example.com", "email_verified": True}
    begun = await client.change("beginOpenIdSignIn", "url attempt", as_=None, provider="loop", redirectUrl=RETURN)
    back = provider.authorize(begun["url"])

    done = await client.change(
        "completeOpenIdSignIn",
        GRANTED,
        as_=None,
        provider="loop",
        attempt=begun["attempt"],
        locale="zh",
        **back,
    )

    assert codes(done) == []
    assert done["viewer"]["member"]["handle"] == "王小明"
    assert done["viewer"]["email"] == "wang@example.com"
    assert done["accessToken"]
    again = await client.change(
        "completeOpenIdSignIn",
        GRANTED,
        as_=None,
        provider="loop",
        attempt=begun["attempt"],
        **back,
    )
    assert codes(again) == ["PROVIDER_FAILED"]
    assert await value(database, "SELECT count(*) FROM session") == 1


async def test_nobody_is_sent_back_to_anothers_page(client: Client, provider: LoopbackProvider) -> None:
    for elsewhere in (
        "https://evil.example/sign-in",
        "http://127.0.0.1:8000@evil.example/",
        "javascript:alert(1)",
        "茶",
    ):
        refused = await client.change("beginOpenIdSignIn", "url", as_=None, provider="loop", redirectUrl=elsewhere)
        assert codes(refused) == ["INVALID"], elsewhere
        assert refused["url"] is None


async def test_an_unknown_provider_is_refused(client: Client, database: Database) -> None:
    refused = await client.change("beginOpenIdSignIn", "url", as_=None, provider="无名", redirectUrl=RETURN)
    assert codes(refused) == ["PROVIDER_UNKNOWN"]


async def test_an_attempt_of_another_device_is_refused(
    client: Client,
    database: Database,
    provider: LoopbackProvider,
) -> None:
    mine, theirs = [
        await client.change("beginOpenIdSignIn", "url attempt", as_=None, provider="loop", redirectUrl=RETURN)
        for _ in range(2)
    ]
    back = provider.authorize(theirs["url"])
    refused = await client.change(
        "completeOpenIdSignIn",
        GRANTED,
        as_=None,
        provider="loop",
        attempt=mine["attempt"],
        **back,
    )
    assert codes(refused) == ["PROVIDER_FAILED"]
    assert await value(database, "SELECT count(*) FROM member") == 0
