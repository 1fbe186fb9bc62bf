"""A payment provider that moves no money, for trying things out and for tests: it keeps books of what it would have done.

What a card does is said by its token:

| token | what happens |
|---|---|
| `tok_declined` | it is declined |
| `tok_action` | the payer must act first: at the address they are given they do, with `?done=no` they do not |
| `tok_timeout` | the first answer to each request is lost on the way, after what was asked has been done |
| `tok_capture_declined` | the money is put up, and cannot be taken |
| anything else | all goes well |

It commits on its own, as a provider does who knows nothing of our transactions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from community.cocreation.backing.payments.port import (
    Authorised,
    Cancelled,
    Captured,
    Declined,
    Order,
    Outcome,
    Payment,
    ProviderUnavailable,
    Refunded,
    RequiresAction,
)

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database

HOLDS_FOR = timedelta(days=7)
"""For longer it keeps the way of paying, as card networks hold no money for longer."""
NAME = "simulator"
SIMULATED_BANK = "/simulated-bank"
"""Where a server that simulates plays the payer's bank."""
DECLINED, ACTION, TIMEOUT, CAPTURE_DECLINED = "tok_declined", "tok_action", "tok_timeout", "tok_capture_declined"

_BEGIN = (
    "INSERT INTO simulated_request (key, asked, answer) VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING RETURNING true"
)
_ANSWERED = "SELECT asked, answer FROM simulated_request WHERE key = $1"
_ANSWER = "UPDATE simulated_request SET answer = $2 WHERE key = $1"
_MAKE = """
    INSERT INTO simulated_payment (token, amount, currency, secured_by, state) VALUES ($1, $2, $3, $4, $5) RETURNING *
"""
_LOCKED = "SELECT * FROM simulated_payment WHERE id = $1 FOR UPDATE"
_READ = "SELECT * FROM simulated_payment WHERE id = $1"
_CHANGE = "UPDATE simulated_payment SET state = $2 WHERE id = $1"
_MOVED = "INSERT INTO simulated_move (payment_id, what, amount, currency) VALUES ($1, $2, $3, $4)"
_OUTCOMES: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (Authorised, RequiresAction, Declined, Captured, Cancelled, Refunded)
}


class Simulator:
    """The simulator, on the database that its books are in."""

    name = NAME

    def __init__(self, database: Database, *, bank: str = "https://bank.example") -> None:
        """Keep books in a database; payers who must act are sent to an address that begins with `bank`."""
        self._database = database
        self._bank = bank

    async def authorise(self, order: Order) -> Outcome:
        """Put up money as the token says."""

        async def put_up(connection: Connection) -> Outcome:
            secured_by = "HELD" if order.within <= HOLDS_FOR else "PROMISED"
            state = {DECLINED: "DECLINED", ACTION: "ACTION"}.get(order.token, secured_by)
            made = await connection.raw.fetchrow(_MAKE, order.token, order.amount, order.currency, secured_by, state)
            assert made is not None
            if state == secured_by:
                await _moved(connection, made, "AUTHORISED")
            return self._outcome(made)

        asked = {"what": "authorise", "token": order.token, "amount": order.amount, "currency": order.currency}
        return await self._once(order.key, asked, order.token, put_up)

    async def look_up(self, payment: Payment) -> Outcome:
        """Say how far a payment has come."""
        async with self._database.reading() as connection:
            found = await connection.raw.fetchrow(_READ, _number(payment.reference))
        if found is None:
            raise LookupError(payment.reference)
        return self._outcome(found)

    async def capture(self, payment: Payment, key: str) -> Outcome:
        """Take what is put up."""

        async def take(connection: Connection, found: asyncpg.Record) -> Outcome:
            if found["token"] == CAPTURE_DECLINED:
                await connection.raw.execute(_CHANGE, found["id"], "CANCELLED")
                await _moved(connection, found, "CANCELLED")
                return Declined("card_declined", payment.reference)
            await connection.raw.execute(_CHANGE, found["id"], "CAPTURED")
            await _moved(connection, found, "CAPTURED")
            return Captured(payment.reference)

        return await self._changed(payment, key, "capture", ("HELD", "PROMISED"), take)

    async def cancel(self, payment: Payment, key: str) -> Outcome:
        """Let go of what is put up."""

        async def let_go(connection: Connection, found: asyncpg.Record) -> Outcome:
            await connection.raw.execute(_CHANGE, found["id"], "CANCELLED")
            if found["state"] != "ACTION":
                await _moved(connection, found, "CANCELLED")
            return Cancelled()

        return await self._changed(payment, key, "cancel", ("HELD", "PROMISED", "ACTION"), let_go)

    async def refund(self, payment: Payment, key: str) -> Outcome:
        """Give back what was taken."""

        async def give_back(connection: Connection, found: asyncpg.Record) -> Outcome:
            await connection.raw.execute(_CHANGE, found["id"], "REFUNDED")
            await _moved(connection, found, "REFUNDED")
            return Refunded()

        return await self._changed(payment, key, "refund", ("CAPTURED",), give_back)

    async def complete_action(self, reference: str, *, done: bool = True) -> None:
        """Do what the payer was asked to do, or give it up; what is not waiting for it is left alone."""
        async with self._database.writing() as connection:
            found = await connection.raw.fetchrow(_LOCKED, _number(reference))
            if found is None or found["state"] != "ACTION":
                return
            await connection.raw.execute(_CHANGE, found["id"], found["secured_by"] if done else "DECLINED")
            if done:
                await _moved(connection, found, "AUTHORISED")

    async def close(self) -> None:
        """Hang up: the database is somebody else's to close."""

    def _outcome(self, payment: asyncpg.Record) -> Outcome:
        reference = f"sim_{payment['id']}"
        match payment["state"]:
            case "ACTION":
                return RequiresAction(reference, f"{self._bank}/{reference}", f"{reference}_secret")
            case "DECLINED":
                return Declined("card_declined", reference)
            case "HELD" | "PROMISED":
                return Authorised(reference, payment["secured_by"])
            case "CAPTURED":
                return Captured(reference)
            case "REFUNDED":
                return Refunded()
            case _:
                return Cancelled()

    async def _changed(
        self,
        payment: Payment,
        key: str,
        what: str,
        states: tuple[str, ...],
        change: Callable[[Connection, asyncpg.Record], Awaitable[Outcome]],
    ) -> Outcome:
        """Change a payment that is in one of some states; say how far any other has come."""

        async def changed(connection: Connection) -> Outcome:
            found = await connection.raw.fetchrow(_LOCKED, _number(payment.reference))
            if found is None:
                raise LookupError(payment.reference)
            return await change(connection, found) if found["state"] in states else self._outcome(found)

        async with self._database.reading() as connection:
            found = await connection.raw.fetchrow(_READ, _number(payment.reference))
        token = found["token"] if found is not None else ""
        return await self._once(key, {"what": what, "reference": payment.reference}, token, changed)

    async def _once(
        self, key: str, asked: Mapping[str, Any], token: str, do: Callable[[Connection], Awaitable[Outcome]]
    ) -> Outcome:
        """Do what is asked, once for each key; lose the first answer where the token says so."""

        async def whole(connection: Connection) -> tuple[Outcome, bool]:
            if await connection.raw.fetchval(_BEGIN, key, asked):
                outcome = await do(connection)
                await connection.raw.execute(_ANSWER, key, {"kind": type(outcome).__name__, **asdict(outcome)})
                return outcome, True
            answered = await connection.raw.fetchrow(_ANSWERED, key)
            assert answered is not None
            if answered["asked"] != asked:
                raise ValueError(f"{key} was given to another request")
            kept = dict(answered["answer"])
            return _OUTCOMES[kept.pop("kind")](**kept), False

        outcome, first = await self._database.transact(whole)
        if first and token == TIMEOUT:
            raise ProviderUnavailable("The answer was lost on the way.")
        return outcome


def _number(reference: str) -> int:
    return int(reference.removeprefix("sim_"))


async def _moved(connection: Connection, payment: asyncpg.Record, what: str) -> None:
    await connection.raw.execute(_MOVED, payment["id"], what, payment["amount"], payment["currency"])
