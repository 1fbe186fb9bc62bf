"""Granting and reversing: a reward's move, and what that gives to its member or takes from them, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import structlog

from community.rewards.errors import NoVoucherLeft, RewardNotMovable
from community.rewards.moving import hold_for_review, move
from community.rewards.points import add_points, expire_held, hold_points, lapsing, take_points_back
from community.rewards.states import GRANTED, REVERSED
from community.rewards.vouchers import give_voucher, revoke_voucher

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database

AT_ONCE = 100

_BADGE = """
    WITH awarded AS (
        INSERT INTO badge (member_id, name, awarded_at) VALUES ($1, $2, clock_timestamp()) RETURNING id
    )
    UPDATE reward SET badge_id = awarded.id FROM awarded WHERE reward.id = $3
"""
_TAKE_BADGE = "DELETE FROM badge WHERE id = $1"
_TIER = "INSERT INTO member_tier (member_id, reward_id, name, until) VALUES ($1, $2, $3, $4)"
_END_TIER = "UPDATE member_tier SET ended_at = clock_timestamp() WHERE reward_id = $1"
_DUE = """
    SELECT id FROM reward WHERE state = 'HELD' AND review_since IS NULL AND held_until <= clock_timestamp()
    ORDER BY held_until LIMIT $1
"""

logger = structlog.get_logger(__name__)


async def grant(
    connection: Connection, reward_id: int, *, reason: str = "", granted_by: int | None = None, by_clock: bool = False
) -> None:
    """Give a member what was held for them, once.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: unless it is held; for the clock, unless its time has come and it is not under review.
        NoVoucherLeft: if its pool is empty.
    """
    reward = await move(connection, reward_id, GRANTED, reason=reason, moved_by=granted_by, by_clock=by_clock)
    match reward["kind"]:
        case "POINTS":
            await add_points(connection, reward)
        case "BADGE":
            await connection.raw.execute(_BADGE, reward["member_id"], reward["name"], reward_id)
        case "VOUCHER":
            await give_voucher(connection, reward["pool_id"], reward["member_id"], reward_id=reward_id)
        case _:
            await connection.raw.execute(_TIER, reward["member_id"], reward_id, reward["name"], reward["until"])


async def reverse_reward(
    connection: Connection, reward_id: int, reason: str, *, reversed_by: int | None = None
) -> None:
    """Take back what a member was granted; its budget has back what it cost. Points that are spent are owed.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: unless it is granted.
    """
    reward = await move(connection, reward_id, REVERSED, reason=reason, moved_by=reversed_by)
    await _take_back(connection, reward)


async def see_to(database: Database) -> int:
    """Grant what was held long enough, and let points expire whose time is over; return how much was done.

    Each in a transaction of its own: what cannot be done holds up nothing else. Any number of processes may do this.
    """
    done = 0
    async with database.reading() as connection:
        due = [row["id"] for row in await connection.raw.fetch(_DUE, AT_ONCE)]
        over = await lapsing(connection, AT_ONCE)
    for reward_id in due:
        done += await _or_told("reward", reward_id, _grant_due(database, reward_id))
    for member_id, unit in over:
        done += await _or_told("member", member_id, database.transact(partial(_expire, member_id=member_id, unit=unit)))
    return done


async def _or_told(of: str, number: int, doing: Awaitable[int]) -> int:
    """Do something for one; if the database refuses it now, tell the operator and go on with the others."""
    try:
        return await doing
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError:
        logger.exception("rewards.not_done", of=of, number=number)
        return 0


async def _grant_due(database: Database, reward_id: int) -> int:
    try:
        await database.transact(partial(grant, reward_id=reward_id, by_clock=True))
    except RewardNotMovable:  # another was quicker, or somebody looks at it
        return 0
    except NoVoucherLeft as refusal:
        # It waits for staff to bring more, and not for the clock to try again.
        reason = refusal.message
        await database.transact(partial(_review, reward_id=reward_id, reason=reason))
        logger.warning("rewards.no_voucher_left", reward=reward_id)
    return 1


async def _review(connection: Connection, reward_id: int, reason: str) -> None:
    try:
        await hold_for_review(connection, reward_id, reason)
    except RewardNotMovable:
        return


async def _expire(connection: Connection, member_id: int, unit: str) -> int:
    held = await hold_points(connection, member_id, unit)
    return 1 if await expire_held(connection, held) else 0


async def _take_back(connection: Connection, reward: asyncpg.Record) -> None:
    match reward["kind"]:
        case "POINTS":
            await take_points_back(connection, reward)
        case "BADGE":
            await connection.raw.execute(_TAKE_BADGE, reward["badge_id"])
        case "VOUCHER":
            await revoke_voucher(connection, reward["id"])
        case _:
            await connection.raw.execute(_END_TIER, reward["id"])
