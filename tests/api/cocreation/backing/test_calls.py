"""What Stripe tells the server by itself: believed when it is signed, acted on once, and only as a reason to look."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from api.app import Server
from community.cocreation.backing.errands import Errands
from community.cocreation.backing.payments.stripe import Stripe
from community.cocreation.backing.payments.stripe_calls import LONGEST_BODY
from community.cocreation.backing.pledges import Offer, make_pledge
from community.foundation.database import Database
from community.foundation.settings import PaymentProviderName, Settings
from community.members.roles import Role
from tests.factories.backing import euros, make_campaign
from tests.factories.discussions import make_acting, make_space, value
from tests.factories.stripe_server import KEY, LoopbackStripe, running_stripe

SECRET = "whsec_test"


@pytest_asyncio.fixture(loop_scope="session")
async def stripe() -> AsyncIterator[LoopbackStripe]:
    async with running_stripe() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def calls(
    database: Database, database_url: str, stripe: LoopbackStripe, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Give whoever calls a server that is set up for Stripe."""
    settings = Settings(
        database_url=SecretStr(database_url),
        data_directory=tmp_path_factory.mktemp("data"),
        database_connections=3,
        database_acquire_within=10,
        payment_provider=PaymentProviderName.STRIPE,
        stripe_secret_key=SecretStr(KEY),
        stripe_webhook_secret=SecretStr(SECRET),
    )
    server = Server(settings)
    async with server._lifespan(None):  # type: ignore[arg-type] # as the server's own
        application = server.application
        assert application is not None
        await application.background.stop()
        assert application.errands is not None
        assert isinstance(application.errands.provider, Stripe)
        await application.errands.provider.close()
        application.errands = Errands(database, Stripe(KEY, url=stripe.url), "https://tea.example")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://teahouse") as client:
            yield client


async def call(calls: httpx.AsyncClient, event: str, kind: str, reference: str, secret: str = SECRET) -> int:
    body = json.dumps({"id": event, "type": kind, "data": {"object": {"id": reference, "object": "payment_intent"}}})
    moment = int(time.time())
    signed = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={moment},v1={signed}"}
    return (await calls.post("/webhooks/stripe", content=body, headers=headers)).status_code


async def waiting(database: Database, stripe: LoopbackStripe) -> Errands:
    """Make a pledge that waits for its payer."""
    marketer, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    campaign = await make_campaign(database, marketer, await make_space(database))
    pledge = await make_pledge(database, member, Offer(campaign, euros(2_000), "pm_action"), provider="stripe")
    errands = Errands(database, Stripe(KEY, url=stripe.url), "https://tea.example")
    await errands.run_for(pledge)
    assert await value(database, "SELECT state FROM pledge") == "PENDING"
    return errands


async def test_a_call_has_the_pledge_looked_at_and_what_it_says_is_not_believed(
    calls: httpx.AsyncClient, database: Database, stripe: LoopbackStripe
) -> None:
    errands = await waiting(database, stripe)

    # It says so, and it is not so.
    assert await call(calls, "evt_1", "payment_intent.amount_capturable_updated", "pi_1") == 200
    assert await value(database, "SELECT state FROM pledge") == "PENDING"
    stripe.act("pi_1")
    assert await call(calls, "evt_1", "payment_intent.amount_capturable_updated", "pi_1") == 200
    assert await value(database, "SELECT state FROM pledge") == "PENDING", "the same call counts once"
    assert await call(calls, "evt_2", "payment_intent.amount_capturable_updated", "pi_1") == 200
    assert await value(database, "SELECT state FROM pledge") == "AUTHORISED"
    assert await call(calls, "evt_3", "payment_intent.canceled", "pi_1") == 200
    assert await value(database, "SELECT (state, due) FROM pledge") == ("AUTHORISED", None), "it is still held"
    stripe.lapse("pi_1")
    assert await call(calls, "evt_4", "payment_intent.canceled", "pi_1") == 200
    assert await value(database, "SELECT (state, failure) FROM pledge") == ("FAILED", "lapsed")
    assert await call(calls, "evt_5", "payment_intent.canceled", "pi_7777") == 200
    await errands.provider.close()


async def test_what_is_not_signed_is_refused_and_does_nothing(
    calls: httpx.AsyncClient, database: Database, stripe: LoopbackStripe
) -> None:
    errands = await waiting(database, stripe)
    stripe.act("pi_1")
    asked = len(stripe.requests)

    assert await call(calls, "evt_1", "payment_intent.succeeded", "pi_1", secret="another") == 400
    assert (await calls.post("/webhooks/stripe", content=b"{}")).status_code == 400
    assert (await calls.post("/webhooks/stripe", content=b" " * (LONGEST_BODY + 1))).status_code == 413
    assert (await calls.get("/webhooks/stripe")).status_code == 405

    assert len(stripe.requests) == asked
    assert await value(database, "SELECT state FROM pledge") == "PENDING"
    assert await value(database, "SELECT count(*) FROM payment_call") == 0
    await errands.provider.close()


@pytest.mark.parametrize("body", [b"[]", b"1", b"{}", b'{"id": 1, "type": 1, "data": []}', b"\xff", b"{" * 5_000])
async def test_a_signed_call_that_is_not_understood_is_refused(calls: httpx.AsyncClient, body: bytes) -> None:
    moment = int(time.time())
    signed = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()

    answer = await calls.post("/webhooks/stripe", content=body, headers={"stripe-signature": f"t={moment},v1={signed}"})

    assert answer.status_code == 400


async def test_a_server_without_stripe_listens_to_nobody(server: Server) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://teahouse") as client:
        assert (await client.post("/webhooks/stripe", content=b"{}")).status_code == 404
