"""What a payment provider tells by itself: each call counts once, and is only a reason to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_RECEIVED = "INSERT INTO payment_call (provider, event) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_KNOWN = "SELECT EXISTS (SELECT FROM payment_call WHERE provider = $1 AND event = $2)"
# A provider stops repeating after days, and the time in a signature is looked at besides.
_FORGET = "DELETE FROM payment_call WHERE received_at < now() - interval '90 days'"


async def known(connection: Connection, provider: str, event: str) -> bool:
    """Say whether a call was taken note of before."""
    return bool(await connection.raw.fetchval(_KNOWN, provider, event))


async def received(connection: Connection, provider: str, event: str) -> None:
    """Take note of a call."""
    await connection.raw.execute(_RECEIVED, provider, event)


async def forget_calls(connection: Connection) -> None:
    """Delete calls of long ago."""
    await connection.raw.execute(_FORGET)
