"""What must be so in the end: all that was acknowledged is there, nothing is doubled, and every account adds up."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from tests.factories.reward_laws import broken

if TYPE_CHECKING:
    from bench.crashes.people import Acknowledged
    from bench.crashes.receiver import Receiver
    from community.foundation.database import Connection, Database

QUIET_WITHIN = 120.0
PAUSE = 0.2

# Nobody is to wait for hours until a call is tried again: its time comes at once.
_HURRY = "UPDATE redemption SET due_at = clock_timestamp() WHERE due_at > clock_timestamp()"
_BUSY = """
    SELECT EXISTS (
        SELECT FROM event JOIN event_cursor ON reader IN ('referrals', 'notifications')
        WHERE (event.transaction_id, event.id) > (event_cursor.transaction_id, event_cursor.event_id)
            AND event.kind <> 'JobChanged'
    ) OR EXISTS (SELECT FROM reward WHERE state = 'PENDING' OR state = 'HELD' AND review_since IS NULL)
        OR EXISTS (SELECT FROM job WHERE state IN ('QUEUED', 'RUNNING'))
        OR EXISTS (SELECT FROM redemption WHERE due_at IS NOT NULL)
"""
# The one notification of each reward that is theirs: the reader of the log died as often as anybody.
_NOT_TOLD_ONCE = """
    SELECT reward.id, count(notification.id) AS times FROM reward LEFT JOIN notification
        ON subject_kind = 'reward' AND subject_id = reward.id AND notification.kind IN ('REWARD_GRANTED', 'VOUCHER_GIVEN')
    WHERE granted_at IS NOT NULL GROUP BY reward.id HAVING count(notification.id) <> 1
"""


async def quiet(database: Database) -> None:
    """Wait until all that follows by itself has followed: the log is read, all is judged, granted and told."""
    deadline = time.monotonic() + QUIET_WITHIN
    while time.monotonic() < deadline:
        async with database.writing() as connection:
            await connection.raw.execute(_HURRY)
            if not await connection.raw.fetchval(_BUSY):
                return
        await asyncio.sleep(PAUSE)
    raise TimeoutError("what follows by itself did not follow in time")


async def problems(database: Database, known: Acknowledged, receiver: Receiver) -> list[str]:
    """Return everything that is not as it must be, in words."""
    async with database.writing() as connection:
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = await broken(connection)
        for row in await connection.raw.fetch(_NOT_TOLD_ONCE):
            found.append(f"of reward {row['id']} its member was told {row['times']} times")
        found += await _lost(connection, known)
        found += await _webhooks(connection, receiver)
    return found


async def _lost(connection: Connection, known: Acknowledged) -> list[str]:
    """Return what was acknowledged and is not there, or is there twice."""

    async def rows(sql: str) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await connection.raw.fetch(sql)}

    members = await rows("SELECT handle, 'member_' || id FROM member")
    codes = await rows(
        "SELECT handle, code FROM referral JOIN member ON member.id = member_id JOIN referral_code AS code ON code.id = code_id"
    )
    posts = await rows("SELECT title, count(*) FROM post GROUP BY title")
    purchases = await rows("SELECT external_id, count(*) FROM referral_purchase GROUP BY external_id")
    gifts = await rows("SELECT rule, 'reward_' || id FROM reward WHERE cause_kind = 'STAFF'")
    gift_states = await rows("SELECT 'reward_' || id, state FROM reward WHERE cause_kind = 'STAFF'")
    redemptions = await rows("SELECT key, 'redemption_' || id FROM redemption")
    states = await rows("SELECT 'redemption_' || id, state FROM redemption")
    compared: list[tuple[str, dict[str, Any], dict[Any, Any]]] = [
        ("member", known.members, members),
        ("referral", known.brought, codes),
        ("post", dict.fromkeys(known.posts, 1), posts),
        ("purchase", dict.fromkeys(known.purchases, 1), purchases),
        ("gift", known.gifts, gifts),
        ("state of a gift", {each: "REVERSED" if each in known.reversed else "GRANTED" for each in gifts.values()
                             if each in known.gifts.values()}, gift_states),
        ("redemption", known.redemptions, redemptions),
        ("state of a redemption", dict.fromkeys(known.cancelled, "CANCELLED"), states),
    ]  # fmt: skip
    return [
        f"{what} {key}: acknowledged as {expected}, is {there.get(key)}"
        for what, acknowledged, there in compared
        for key, expected in acknowledged.items()
        if there.get(key) != expected
    ]


async def _webhooks(connection: Connection, receiver: Receiver) -> list[str]:
    """Return which redemptions are not what the shop did once."""
    rows = await connection.raw.fetch("SELECT id, state FROM redemption WHERE fulfilment = 'WEBHOOK'")
    fulfilled = {f"redemption_{row['id']}" for row in rows if row["state"] == "FULFILLED"}
    odd = fulfilled ^ receiver.effects.keys()
    return [*receiver.problems, *(f"{each}: told and kept differ" for each in sorted(odd))]
