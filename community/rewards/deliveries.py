"""Deliveries: the operator's webhook is told of each redemption that it is to fulfil, until it has taken it.

No transaction is open while it is called. First the delivery is claimed, with the time of the next try, and that is
committed; then the webhook is called; then what came of it is committed. Whoever dies in between leaves it due, and it
is called again by the same `Idempotency-Key` with the same body: the receiver does once what it hears several times.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Self

import orjson
import structlog

from community.foundation.calls import NotTaken, Receiver, call
from community.rewards.redemptions import end

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.foundation.settings import Settings

MOST_ATTEMPTS = 15
"""Over about three days. Then it is left to staff."""
ANSWERS_WITHIN = 10.0  # seconds
AT_ONCE = 20
ABREAST = 4

# The pause doubles from half a minute up to six hours; the last try is followed by none.
_CLAIM = f"""
    UPDATE redemption SET attempts = attempts + 1,
        due_at = clock_timestamp() + least(power(2, attempts) * interval '30 seconds', interval '6 hours')
    WHERE id IN (
        SELECT id FROM redemption WHERE due_at <= clock_timestamp() AND attempts < {MOST_ATTEMPTS}
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, item_id, member_id, price, unit, requested_at, attempts
"""  # noqa: S608 - a number of ours
# Whoever died in the last try has left it due, and nobody will try again.
_GIVE_UP = f"""
    UPDATE redemption SET due_at = NULL WHERE due_at <= clock_timestamp() AND attempts >= {MOST_ATTEMPTS}
"""  # noqa: S608 - a number of ours
_FAILED = "UPDATE redemption SET failure = $2 WHERE id = $1 AND state = 'REQUESTED'"

logger = structlog.get_logger(__name__)


class Webhook(Receiver):
    """Where redemptions are told, and what signs that."""

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the one that the operator has set, if any."""
        if settings.reward_webhook_url is None or settings.reward_webhook_secret is None:
            return None
        secret = settings.reward_webhook_secret.get_secret_value()
        return cls(settings.reward_webhook_url, secret, loopback=settings.reward_webhook_loopback)


async def deliver_due(database: Database, webhook: Webhook) -> int:
    """Tell the webhook of redemptions that are due; return how many. Any number of processes may do this."""
    async with database.writing() as connection:
        await connection.raw.execute(_GIVE_UP)
        claimed = await connection.raw.fetch(_CLAIM, AT_ONCE)
    abreast = asyncio.Semaphore(ABREAST)

    async def one(redemption: asyncpg.Record) -> None:
        async with abreast:
            await _deliver(database, webhook, redemption)

    await asyncio.gather(*(one(redemption) for redemption in claimed))
    return len(claimed)


async def _deliver(database: Database, webhook: Webhook, redemption: asyncpg.Record) -> None:
    redemption_id = redemption["id"]
    try:
        await _call(webhook, redemption)
    except NotTaken as error:
        logger.warning("rewards.webhook_failed", redemption=redemption_id, error=str(error))
        await database.transact(partial(_note_failure, redemption_id=redemption_id, failure=str(error)[:200]))
    else:
        await database.transact(partial(_note_taken, redemption_id=redemption_id))


async def _note_failure(connection: Connection, redemption_id: int, failure: str) -> None:
    await connection.raw.execute(_FAILED, redemption_id, failure)


async def _note_taken(connection: Connection, redemption_id: int) -> None:
    await end(connection, redemption_id, "FULFILLED", "")


async def _call(webhook: Webhook, redemption: asyncpg.Record) -> None:
    """Tell the webhook of a redemption, by a body that is the same each time.

    Raises:
        NotTaken: unless it answers that it has taken it.
    """
    body = orjson.dumps(
        {
            "redemption": f"redemption_{redemption['id']}",
            "item": f"reward_item_{redemption['item_id']}",
            "member": f"member_{redemption['member_id']}",
            "price": {"amount": str(redemption["price"]), "currency": redemption["unit"]},
            "requestedAt": redemption["requested_at"].isoformat(),
        }
    )
    key = {"Idempotency-Key": f"redemption_{redemption['id']}"}
    await call(webhook, body, within=ANSWERS_WITHIN, headers=key)
