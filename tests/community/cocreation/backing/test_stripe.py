"""Stripe, as a server on loopback has it by its documentation: what is asked, what comes of it, and what goes wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from community.cocreation.backing.payments import stripe as stripe_module
from community.cocreation.backing.payments.port import (
    Authorised,
    Cancelled,
    Captured,
    Declined,
    Order,
    Payment,
    ProviderRefused,
    ProviderUnavailable,
    Refunded,
    RequiresAction,
)
from community.cocreation.backing.payments.stripe import Stripe
from community.cocreation.backing.payments.stripe_calls import TOLERANCE, NotFromStripe, read_call
from community.cocreation.backing.pledges import Offer, make_pledge
from community.foundation.database import Database
from community.members.roles import Role
from tests.factories.backing import all_in_order, errands_of, euros, make_campaign, own_books, reach_deadline, settle
from tests.factories.discussions import make_acting, make_space, value
from tests.factories.stripe_server import KEY, Fault, LoopbackStripe, running_stripe

SHORT, LONG = timedelta(days=5), timedelta(days=60)


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[LoopbackStripe]:
    async with running_stripe() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(server: LoopbackStripe, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stripe]:
    monkeypatch.setattr(stripe_module, "FIRST_PAUSE", 0.001)
    adapter = Stripe(KEY, url=server.url)
    yield adapter
    await adapter.close()


def order(card: str = "pm_visa", *, within: timedelta = SHORT, key: str = "key", amount: int = 2_000) -> Order:
    return Order(key, card, amount, "EUR", within, "pledge_7", "https://tea.example/茶")


def payment(reference: str, amount: int = 2_000) -> Payment:
    return Payment(reference, amount, "EUR")


async def test_money_is_held_and_then_taken_and_given_back(stripe: Stripe, server: LoopbackStripe) -> None:
    held = await stripe.authorise(order())

    assert held == Authorised("pi_1", "HELD")
    assert server.requests[-1][2] == {
        "amount": "2000",
        "currency": "eur",
        "payment_method": "pm_visa",
        "payment_method_types[0]": "card",
        "capture_method": "manual",
        "confirm": "true",
        "description": "pledge_7",
        "metadata[pledge]": "pledge_7",
        "return_url": "https://tea.example/茶",
    }
    assert await stripe.capture(payment("pi_1"), "c") == Captured("pi_1")
    assert await stripe.capture(payment("pi_1"), "c") == Captured("pi_1"), "taken once, however often it is asked"
    assert await stripe.cancel(payment("pi_1"), "x") == Captured("pi_1"), "what was taken is not let go of"
    assert await stripe.refund(payment("pi_1"), "r") == Refunded()
    assert await stripe.refund(payment("pi_1"), "r") == Refunded()
    assert [what for _, what, _ in server.moves] == ["AUTHORISED", "CAPTURED", "REFUNDED"]


async def test_a_hold_is_let_go_of(stripe: Stripe, server: LoopbackStripe) -> None:
    await stripe.authorise(order())

    assert await stripe.cancel(payment("pi_1"), "x") == Cancelled()
    assert await stripe.cancel(payment("pi_1"), "x") == Cancelled()
    assert await stripe.capture(payment("pi_1"), "c") == Cancelled(), "there is nothing to take"
    assert server.books() == {"held": 0, "taken": 0}


async def test_what_no_bank_holds_so_long_is_kept_and_charged_at_the_end(
    stripe: Stripe, server: LoopbackStripe
) -> None:
    kept = await stripe.authorise(order(within=LONG))

    assert isinstance(kept, Authorised)
    assert (kept.reference[:5], kept.secured_by) == ("seti_", "PROMISED")
    assert server.books() == {"held": 0, "taken": 0}
    charged = await stripe.capture(payment(kept.reference), "c")
    assert isinstance(charged, Captured)
    assert charged.reference.startswith("pi_")
    assert server.requests[-1][2]["off_session"] == "true"
    # A day later Stripe knows the key no more.
    server.answered.clear()
    assert await stripe.capture(payment(kept.reference), "c") == charged, "charged once, however late it is asked again"
    assert server.books() == {"held": 0, "taken": 2_000}


async def test_a_card_that_was_kept_may_be_declined_at_the_end(stripe: Stripe, server: LoopbackStripe) -> None:
    kept = await stripe.authorise(order("pm_declined_later", within=LONG))
    assert isinstance(kept, Authorised)

    assert await stripe.capture(payment(kept.reference), "c") == Declined("insufficient_funds", kept.reference)
    assert server.books() == {"held": 0, "taken": 0}


async def test_a_card_that_was_kept_is_forgotten(stripe: Stripe, server: LoopbackStripe) -> None:
    kept = await stripe.authorise(order(within=LONG))
    assert isinstance(kept, Authorised)

    assert await stripe.cancel(payment(kept.reference), "x") == Cancelled()
    assert server.detached == {"pm_visa"}


@pytest.mark.parametrize(
    ("card", "amount", "reason"),
    [
        ("pm_declined", 2_000, "insufficient_funds"),
        ("tok_nothing", 2_000, "resource_missing"),
        ("pm_visa", 1, "amount_too_small"),
    ],
)
async def test_what_is_the_payers_fault_is_a_decline(
    stripe: Stripe, server: LoopbackStripe, card: str, amount: int, reason: str
) -> None:
    assert await stripe.authorise(order(card, amount=amount)) == Declined(reason)
    assert server.books() == {"held": 0, "taken": 0}


@pytest.mark.parametrize("within", [SHORT, LONG])
async def test_a_payer_who_must_act_is_waited_for(stripe: Stripe, server: LoopbackStripe, within: timedelta) -> None:
    wanted = await stripe.authorise(order("pm_action", within=within))

    assert isinstance(wanted, RequiresAction)
    assert wanted.url == f"{server.url}/acs/{wanted.reference}"
    assert wanted.secret == f"{wanted.reference}_secret"
    assert await stripe.look_up(payment(wanted.reference)) == wanted
    server.act(wanted.reference)
    assert isinstance(await stripe.look_up(payment(wanted.reference)), Authorised)


@pytest.mark.parametrize("fault", ["busy", "conflict", "broken", "hangs up", "hangs up after"])
async def test_what_passes_is_tried_again_and_has_one_effect(
    stripe: Stripe, server: LoopbackStripe, fault: Fault
) -> None:
    server.faults = [fault, fault]

    held = await stripe.authorise(order())

    assert held == Authorised("pi_1", "HELD")
    server.faults = [fault, fault]
    assert await stripe.capture(payment("pi_1"), "c") == Captured("pi_1")
    assert server.books() == {"held": 0, "taken": 2_000}


@pytest.mark.parametrize("fault", ["busy", "broken", "hangs up", "hangs up after"])
async def test_what_does_not_pass_is_unknown_and_found_by_the_same_key(
    stripe: Stripe, server: LoopbackStripe, fault: Fault
) -> None:
    server.faults = [fault] * 3
    with pytest.raises(ProviderUnavailable):
        await stripe.authorise(order())

    assert await stripe.authorise(order()) == Authorised("pi_1", "HELD")
    assert server.books() == {"held": 2_000, "taken": 0}


async def test_a_failure_that_stripe_keeps_under_its_key_does_not_keep_a_hold_from_being_taken(
    stripe: Stripe, server: LoopbackStripe
) -> None:
    await stripe.authorise(order())
    server.faults = ["broken for good"] * 3

    with pytest.raises(ProviderUnavailable):
        await stripe.capture(payment("pi_1"), "c")

    assert await stripe.capture(payment("pi_1"), "c") == Captured("pi_1")
    assert server.books() == {"held": 0, "taken": 2_000}


async def test_another_request_by_the_same_key_is_for_an_operator_to_see(stripe: Stripe) -> None:
    await stripe.authorise(order())

    with pytest.raises(ProviderRefused):
        await stripe.authorise(order(amount=3_000))


async def test_a_wrong_secret_key_is_for_an_operator_to_see(server: LoopbackStripe) -> None:
    stranger = Stripe("sk_test_other", url=server.url)

    with pytest.raises(ProviderRefused):
        await stranger.authorise(order())

    await stranger.close()
    assert server.moves == []


@pytest.mark.parametrize("days", [5, 60])
async def test_a_campaign_with_stripe_through_all_kinds_of_faults(
    database: Database, stripe: Stripe, server: LoopbackStripe, days: int
) -> None:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    campaign = await make_campaign(
        database, marketer, await make_space(database), goal=100, ends_in=timedelta(days=days)
    )
    errands = errands_of(database, stripe)
    faults: list[list[Fault]] = [[], ["busy"], ["broken"] * 3, ["hangs up after"] * 3, ["hangs up"], ["conflict"] * 3]
    for fault in faults:
        member = await make_acting(database)
        pledge = await make_pledge(database, member, Offer(campaign, euros(2_000), "pm_visa"), provider="stripe")
        server.faults = list(fault)
        await errands.run_for(pledge)
        server.faults = []
    for card in ("pm_declined", "pm_action", "pm_declined_later"):
        member = await make_acting(database)
        pledge = await make_pledge(database, member, Offer(campaign, euros(2_000), card), provider="stripe")
        await errands.run_for(pledge)

    await reach_deadline(database, campaign)
    at_the_end: list[Fault] = ["broken", "hangs up after", "busy"]
    server.faults = [each for each in at_the_end for _ in range(3)]
    await settle(database, stripe)
    server.faults = []
    await settle(database, stripe)

    async with database.reading() as connection:
        states = await connection.raw.fetch("SELECT state, count(*) AS amount FROM pledge GROUP BY state")
    # Held, a card that would be declined later is good; and to keep one that is declined now is no decline yet.
    expected = {"CAPTURED": 7, "FAILED": 2} if days == 5 else {"CAPTURED": 6, "FAILED": 3}
    assert {row["state"]: row["amount"] for row in states} == expected
    assert await value(database, "SELECT settled_at IS NOT NULL FROM backing_campaign") is True
    assert server.books() == await own_books(database) == {"held": 0, "taken": 2_000 * expected["CAPTURED"]}
    await all_in_order(database)


async def test_a_hold_that_lapses_is_no_money(database: Database, stripe: Stripe, server: LoopbackStripe) -> None:
    marketer, member, other = [await make_acting(database, roles=(Role.MARKETER,)) for _ in range(3)]
    campaign = await make_campaign(database, marketer, await make_space(database), goal=100)
    errands = errands_of(database, stripe)
    for backer in (member, other):
        await errands.run_for(
            await make_pledge(database, backer, Offer(campaign, euros(2_000), "pm_visa"), provider="stripe")
        )

    server.lapse("pi_1")
    await errands.hear_of("pi_1", gone=True)  # Stripe told of it
    server.lapse("pi_2")  # and of this it did not
    assert await value(database, "SELECT raised FROM backing_campaign") == 2_000
    await reach_deadline(database, campaign)
    await settle(database, stripe)

    async with database.reading() as connection:
        states = await connection.raw.fetch("SELECT state, failure FROM pledge ORDER BY id")
    assert [tuple(row) for row in states] == [("FAILED", "lapsed"), ("FAILED", "lapsed")]
    assert server.books() == await own_books(database) == {"held": 0, "taken": 0}
    await all_in_order(database)


SECRET = "whsec_茶"
NOW = 1_800_000_000


def called(*, kind: str = "payment_intent.canceled", of: str = "payment_intent") -> bytes:
    about: dict[str, Any] = {"id": "pi_1", "object": of}
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": about}}).encode()


def signature(body: bytes, *, at: int = NOW, secret: str = SECRET) -> str:
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed},v0=ignored"


def test_a_call_of_stripes_is_understood() -> None:
    body = called()

    call = read_call(body, signature(body), SECRET, now=NOW + 10)

    assert (call.event, call.reference, call.gone) == ("evt_1", "pi_1", True)
    # While a secret is being changed there are two signatures.
    both = signature(body, secret="other") + "," + signature(body).split(",")[1]
    assert read_call(body, both, SECRET, now=NOW) == call


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "t=1800000000",
        "v1=00",
        "t=x,v1=00",
        "t=１８００００００００,v1=00",
        "t=1800000000,v1=é",
        "t=1800000000,t=1800000000,v1=00",
        signature(called(), secret="another"),
        signature(called(), at=NOW - TOLERANCE - 1),
        signature(called(), at=NOW + TOLERANCE + 1),
        signature(called(kind="payment_intent.succeeded")),
        signature(called()).replace(f"t={NOW}", f"t={NOW - 1}"),
        signature(called()).replace("v1=", "v0="),
    ],
)
def test_a_call_that_is_not_stripes_is_refused(bad: str) -> None:
    with pytest.raises(NotFromStripe):
        read_call(called(), bad, SECRET, now=NOW)


@given(st.text(max_size=200))
def test_no_signature_that_is_made_up_is_taken(made_up: str) -> None:
    with pytest.raises(NotFromStripe):
        read_call(called(), made_up, SECRET, now=NOW)
