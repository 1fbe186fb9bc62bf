"""Stripe, over its HTTP API: PaymentIntents that are captured later, and SetupIntents for what is further off.

Facts that shape this, from Stripe's documentation:

- A card's hold lasts about 7 days where the payer was there when it was made, for some networks 5 where not, and then lapses
  ("Place a hold on a payment method"). So up to HOLDS_FOR money is held; for longer the way of paying is kept by a
  SetupIntent and charged at the end, off session, which a bank may decline or want the payer for ("Set up future payments").
- An answer is kept under its Idempotency-Key for 24 hours at least, a failure with 500 too ("Idempotent requests"). What can
  be done once by nature (a hold is taken once, let go once) is therefore asked with a new key each time, and looked up first
  where the answer says that it was done.
- Forms go in and JSON comes out; declines are 402 with `decline_code`; 409, 429 and 5xx may be tried again ("Errors").
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import orjson

from community.cocreation.backing.payments.port import (
    Authorised,
    Cancelled,
    Captured,
    Declined,
    Order,
    Outcome,
    Payment,
    ProviderRefused,
    ProviderUnavailable,
    Refunded,
    RequiresAction,
)

URL = "https://api.stripe.com"
VERSION = "2025-09-30.clover"
"""Pinned: what comes back keeps its shape until this line and the tests change."""
HOLDS_FOR = timedelta(days=6)
TRIES = 3
FIRST_PAUSE = 0.3  # seconds
TIMEOUT = httpx.Timeout(8.0, connect=3.0)
NAME = "stripe"

_PAYERS_FAULT = {"payment_method", "amount", "currency"}
"""Parameters that come from who pledges: what Stripe says against them is a decline, and no fault of the server's."""


class StripeError(Exception):
    """An error that Stripe answered with, as its body has it."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        """Keep what the error says of itself."""
        super().__init__(f"{status} {body.get('type')} {body.get('code')} {body.get('message')}")
        self.status = status
        self.code = str(body.get("decline_code") or body.get("code") or body.get("type"))
        self.plain_code = body.get("code")
        self.param = body.get("param")
        self.is_decline = status == httpx.codes.PAYMENT_REQUIRED


class Stripe:
    """One Stripe account, by its secret key."""

    name = NAME

    def __init__(self, secret_key: str, *, url: str = URL) -> None:
        """Speak for the account; nothing is sent yet."""
        self._http = httpx.AsyncClient(
            base_url=url, auth=(secret_key, ""), headers={"Stripe-Version": VERSION}, timeout=TIMEOUT
        )

    async def authorise(self, order: Order) -> Outcome:
        """Have the payer's bank hold the money; or, for what it would not hold so long, keep the way of paying."""
        form = {
            "payment_method": order.token,
            "payment_method_types[0]": "card",
            "confirm": "true",
            "description": order.description,
            "metadata[pledge]": order.description,
            "return_url": order.returns_to,
        }
        try:
            if order.within <= HOLDS_FOR:
                form |= {
                    "amount": str(order.amount),
                    "currency": order.currency.lower(),
                    "capture_method": "manual",
                }
                return _outcome(await self._post("/v1/payment_intents", form, order.key))
            # Of each pledge one customer: all payments of that customer are this pledge's.
            about = {"description": order.description, "metadata[pledge]": order.description}
            customer = await self._post("/v1/customers", about, f"{order.key}:customer")
            form |= {"customer": customer["id"], "usage": "off_session"}
            return _outcome(await self._post("/v1/setup_intents", form, order.key))
        except StripeError as error:
            if error.is_decline or error.param in _PAYERS_FAULT:
                return Declined(error.code)
            raise ProviderRefused(str(error)) from error

    async def look_up(self, payment: Payment) -> Outcome:
        """Say how far a payment has come."""
        return _outcome(await self._found(payment))

    async def capture(self, payment: Payment, key: str) -> Outcome:
        """Take what is held; or charge the way of paying that was kept."""
        if payment.reference.startswith("seti_"):
            return await self._charge(payment, key)
        try:
            return _outcome(await self._post(f"/v1/payment_intents/{payment.reference}/capture", {}, _anew(key)))
        except StripeError as error:
            if error.is_decline:
                return Declined(error.code, payment.reference)
            return await self._as_it_is(payment, error, Captured, Cancelled, Declined)

    async def cancel(self, payment: Payment, key: str) -> Outcome:
        """Let go of a hold, or of a way of paying that was kept."""
        if payment.reference.startswith("seti_"):
            return await self._forget(payment, key)
        try:
            await self._post(f"/v1/payment_intents/{payment.reference}/cancel", {}, _anew(key))
        except StripeError as error:
            return await self._as_it_is(payment, error, Cancelled, Captured)
        return Cancelled()

    async def refund(self, payment: Payment, key: str) -> Outcome:
        """Give back all that was taken. Stripe gives back no more than that, however often it is asked."""
        try:
            refund = await self._post("/v1/refunds", {"payment_intent": payment.reference}, _anew(key))
        except StripeError as error:
            if error.plain_code == "charge_already_refunded":
                return Refunded()
            raise ProviderRefused(str(error)) from error
        return Declined(str(refund.get("failure_reason"))) if refund["status"] in {"failed", "canceled"} else Refunded()

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def _charge(self, payment: Payment, key: str) -> Outcome:
        """Charge the way of paying that was kept, unless that is done: the customer's payments tell, however late."""
        setup = await self._found(payment)
        query = {"customer": setup["customer"], "limit": "10"}
        known = (await self._send("GET", "/v1/payment_intents", params=query))["data"]
        for intent in known:
            outcome = _outcome(intent)
            if isinstance(outcome, Captured | Declined):
                return outcome
            if isinstance(outcome, RequiresAction):
                # Nobody is there to act.
                if intent["status"] == "processing":
                    raise ProviderUnavailable(f"{intent['id']} is being processed")
                return Declined("authentication_required", payment.reference)
        form = {
            "amount": str(payment.amount),
            "currency": payment.currency.lower(),
            "customer": setup["customer"],
            "payment_method": setup["payment_method"],
            "payment_method_types[0]": "card",
            "off_session": "true",
            "confirm": "true",
            "metadata[setup_intent]": payment.reference,
        }
        try:
            return _outcome(await self._post("/v1/payment_intents", form, key))
        except StripeError as error:
            if error.is_decline or error.param in _PAYERS_FAULT:
                return Declined(error.code, payment.reference)
            raise ProviderRefused(str(error)) from error

    async def _forget(self, payment: Payment, key: str) -> Outcome:
        """Forget the way of paying that was kept, and the customer who was made for it."""
        setup = await self._found(payment)
        if setup["status"] not in {"succeeded", "canceled"}:
            await self._asked(self._post(f"/v1/setup_intents/{payment.reference}/cancel", {}, _anew(key)))
        elif setup.get("payment_method") and setup["status"] == "succeeded":
            try:
                await self._post(f"/v1/payment_methods/{setup['payment_method']}/detach", {}, _anew(key))
            except StripeError as error:
                # It was let go of before, or by the payer.
                if error.status not in {httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND}:
                    raise ProviderRefused(str(error)) from error
        return Cancelled()

    async def _as_it_is(self, payment: Payment, error: StripeError, *expected: type[Outcome]) -> Outcome:
        """Look a payment up that is not as it was thought to be; what explains nothing is a refusal."""
        outcome = await self.look_up(payment)
        if not isinstance(outcome, expected):
            raise ProviderRefused(str(error)) from error
        return outcome

    async def _found(self, payment: Payment) -> dict[str, Any]:
        kind = "setup_intents" if payment.reference.startswith("seti_") else "payment_intents"
        return await self._asked(self._send("GET", f"/v1/{kind}/{payment.reference}"))

    async def _asked(self, sent: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = await sent
        except StripeError as error:
            raise ProviderRefused(str(error)) from error
        return answer

    async def _post(self, path: str, form: Mapping[str, str], key: str) -> dict[str, Any]:
        return await self._send("POST", path, data=form, headers={"Idempotency-Key": key})

    async def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request, a few times if need be: each is safe to repeat, by its key or as it changes nothing.

        Raises:
            ProviderUnavailable: if no try was answered.
            ProviderRefused: if the account's key is not taken.
            StripeError: for any other error that Stripe answers with.
        """
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0.5, 1.0) * FIRST_PAUSE * 2**attempt)  # noqa: S311 - guards nothing
            try:
                response = await self._http.request(method, path, **request)
                body = orjson.loads(response.content)
            except (httpx.TransportError, orjson.JSONDecodeError) as error:
                reason = f"{type(error).__name__} {error}"
                continue
            if response.is_success:
                return body  # type: ignore[no-any-return] # JSON
            error_body = body.get("error") or {}
            reason = f"{response.status_code} {error_body.get('code')}"
            if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
                raise ProviderRefused(f"{response.status_code} {error_body.get('message')}")
            if not _passes(response):
                raise StripeError(response.status_code, error_body)
        raise ProviderUnavailable(f"{method} {path}: {reason}")


def _passes(response: httpx.Response) -> bool:
    """Whether an error may be gone the next time. Stripe says so itself, where it knows."""
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return True
    said = response.headers.get("Stripe-Should-Retry")
    if said in {"true", "false"}:
        return bool(said == "true")
    return response.status_code in {httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS}


def _outcome(intent: Mapping[str, Any]) -> Outcome:
    """Return what the state of a PaymentIntent or SetupIntent means here."""
    reference = intent["id"]
    setup = intent["object"] == "setup_intent"
    match intent["status"]:
        case "requires_capture":
            return Authorised(reference, "HELD")
        case "succeeded":
            return Authorised(reference, "PROMISED") if setup else Captured(reference)
        case "canceled":
            return Cancelled()
        case "requires_payment_method":
            failed = intent.get("last_setup_error" if setup else "last_payment_error") or {}
            return Declined(str(failed.get("decline_code") or failed.get("code") or "declined"), reference)
        case _:
            action = intent.get("next_action") or {}
            url = (action.get("redirect_to_url") or {}).get("url")
            return RequiresAction(reference, url, intent.get("client_secret"))


def _anew(key: str) -> str:
    """Return a key of its own for a request that has one effect by nature."""
    return f"{key}:{secrets.token_hex(8)}"
