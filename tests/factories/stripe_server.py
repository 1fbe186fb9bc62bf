"""A server on loopback that answers as Stripe's documentation has it, and fails in the ways that a test tells it to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal
from urllib.parse import parse_qsl

import uvicorn

KEY = "sk_test_茶".encode().hex()
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Fault = Literal["busy", "conflict", "broken", "broken for good", "hangs up", "hangs up after"]
Answer = tuple[int, dict[str, Any]]
_INTENT = re.compile(r"/v1/(payment|setup)_intents/(\w+)(?:/(\w+))?\Z")


def error(status: int, code: str, kind: str = "invalid_request_error", **more: Any) -> Answer:
    """Return an error as Stripe words one."""
    return status, {"error": {"type": kind, "code": code, "message": code, **more}}


class LoopbackStripe:
    """One account: its intents, its customers, what was answered by which key, and every movement of money."""

    def __init__(self) -> None:
        self.url = ""
        self.faults: list[Fault] = []
        self.intents: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, tuple[str, Answer]] = {}
        self.moves: list[tuple[str, str, int]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.detached: set[str] = set()
        self._numbers = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        form = dict(parse_qsl((body or scope["query_string"]).decode()))
        self.requests.append((scope["method"], scope["path"], form))
        fault = self.faults.pop(0) if self.faults else None
        if fault == "hangs up":
            raise ConnectionAbortedError  # the answer is cut off
        status, answer = self._answer(scope["method"], scope["path"], headers, form, fault)
        if fault == "hangs up after":
            raise ConnectionAbortedError
        content = json.dumps(answer).encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": content})

    def _answer(
        self, method: str, path: str, headers: dict[str, str], form: dict[str, str], fault: Fault | None
    ) -> Answer:
        if headers.get("authorization") != "Basic " + base64.b64encode(f"{KEY}:".encode()).decode():
            return error(401, "api_key_invalid")
        assert headers["stripe-version"] == "2025-09-30.clover"
        if fault == "busy":
            return error(429, "rate_limit")
        if fault == "conflict":
            return error(409, "idempotency_key_in_use", "idempotency_error")
        if fault == "broken":
            return error(500, "internal", "api_error")
        if method == "GET":
            return self._read(path, form)
        assert not form or headers["content-type"] == "application/x-www-form-urlencoded"
        key, asked = headers["idempotency-key"], f"{path} {sorted(form.items())}"
        if key in self.answered:
            before, answer = self.answered[key]
            return answer if before == asked else error(400, "key_reused", "idempotency_error")
        answer = self._change(path, form)
        if fault == "broken for good":
            answer = error(500, "internal", "api_error")
        self.answered[key] = asked, answer
        return answer

    def _read(self, path: str, form: dict[str, str]) -> Answer:
        if path == "/v1/payment_intents":
            of = [each for each in self.intents.values() if each.get("customer") == form["customer"]]
            return 200, {"object": "list", "data": [each for each in of if each["object"] == "payment_intent"]}
        found = _INTENT.match(path)
        intent = self.intents.get(found[2]) if found else None
        return (200, intent) if intent else error(404, "resource_missing")

    def _change(self, path: str, form: dict[str, str]) -> Answer:
        if path == "/v1/customers":
            return 200, {"id": self._number("cus"), "object": "customer"}
        if path == "/v1/payment_intents":
            return self._pay(form)
        if path == "/v1/setup_intents":
            return self._set_up(form)
        if path == "/v1/refunds":
            return self._refund(self.intents[form["payment_intent"]])
        if path.startswith("/v1/payment_methods/"):
            self.detached.add(path.split("/")[3])
            return 200, {"object": "payment_method"}
        found = _INTENT.match(path)
        if found is None or found[2] not in self.intents:
            return error(404, "resource_missing")
        intent = self.intents[found[2]]
        return self._capture(intent) if found[3] == "capture" else self._cancel(intent)

    def _pay(self, form: dict[str, str]) -> Answer:
        card = form["payment_method"]
        if not form["amount"].isdecimal() or int(form["amount"]) < 50:
            return error(400, "amount_too_small", param="amount")
        if not card.startswith("pm_"):
            return error(400, "resource_missing", param="payment_method")
        later = form.get("capture_method") == "manual"
        intent = self._intent("payment", form, amount=int(form["amount"]), customer=form.get("customer"))
        if card == "pm_declined" or (card == "pm_declined_later" and not later):
            intent |= {
                "status": "requires_payment_method",
                "last_payment_error": {"decline_code": "insufficient_funds"},
            }
            return error(402, "card_declined", "card_error", decline_code="insufficient_funds", payment_intent=intent)
        if card == "pm_action":
            return 200, self._action(intent)
        intent["status"] = "requires_capture" if later else "succeeded"
        self._moved(intent, "AUTHORISED" if later else "CHARGED")
        return 200, intent

    def _set_up(self, form: dict[str, str]) -> Answer:
        assert form["usage"] == "off_session"
        intent = self._intent("setup", form, customer=form["customer"], payment_method=form["payment_method"])
        if form["payment_method"] == "pm_action":
            return 200, self._action(intent)
        intent["status"] = "succeeded"
        return 200, intent

    def _capture(self, intent: dict[str, Any]) -> Answer:
        if intent["status"] != "requires_capture":
            return error(400, "payment_intent_unexpected_state", payment_intent=intent)
        intent["status"] = "succeeded"
        self._moved(intent, "CAPTURED")
        return 200, intent

    def _cancel(self, intent: dict[str, Any]) -> Answer:
        if intent["status"] in {"succeeded", "canceled"}:
            return error(400, "payment_intent_unexpected_state", payment_intent=intent)
        if intent["status"] == "requires_capture":
            self._moved(intent, "CANCELLED")
        intent["status"] = "canceled"
        return 200, intent

    def _refund(self, intent: dict[str, Any]) -> Answer:
        if intent.get("refunded"):
            return error(400, "charge_already_refunded")
        intent["refunded"] = True
        self._moved(intent, "REFUNDED")
        return 200, {"id": self._number("re"), "object": "refund", "status": "succeeded"}

    def act(self, reference: str) -> None:
        """Do what the payer was asked to do."""
        intent = self.intents[reference]
        intent["status"] = "succeeded" if intent["object"] == "setup_intent" else "requires_capture"
        if intent["status"] == "requires_capture":
            self._moved(intent, "AUTHORISED")

    def lapse(self, reference: str) -> None:
        """Let a hold lapse, as it does after some days."""
        self._cancel(self.intents[reference])

    def books(self) -> dict[str, int]:
        """Return what is held now, and what was taken and kept."""
        total = {
            what: sum(amount for _, each, amount in self.moves if each == what)
            for what in ("AUTHORISED", "CAPTURED", "CANCELLED", "CHARGED", "REFUNDED")
        }
        taken = total["CAPTURED"] + total["CHARGED"] - total["REFUNDED"]
        return {"held": total["AUTHORISED"] - total["CAPTURED"] - total["CANCELLED"], "taken": taken}

    def _intent(self, kind: str, form: dict[str, str], **more: Any) -> dict[str, Any]:
        assert form["confirm"] == "true"
        assert form["payment_method_types[0]"] == "card"
        reference = self._number("pi" if kind == "payment" else "seti")
        secret = f"{reference}_secret"
        intent = {"id": reference, "object": f"{kind}_intent", "status": "", "client_secret": secret, **more}
        self.intents[reference] = intent
        return intent

    def _action(self, intent: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.url}/acs/{intent['id']}"
        next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
        intent |= {"status": "requires_action", "next_action": next_action}
        return intent

    def _moved(self, intent: dict[str, Any], what: str) -> None:
        self.moves.append((intent["id"], what, intent["amount"]))

    def _number(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}_{self._numbers}"


@contextlib.asynccontextmanager
async def running_stripe() -> AsyncIterator[LoopbackStripe]:
    """Serve an account on a free port of this machine."""
    stripe = LoopbackStripe()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stripe.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(stripe, ws="none", lifespan="off", log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield stripe
        server.should_exit = True
        await serving
