"""Redemptions: points are paid, stock is taken and what was promised for them is owed, all in one transaction.

Locks are taken in one order: the redemption, the member's points, the item, the ledger's accounts. So points are never
spent twice, however many ask at once, and stock is never oversold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.ledger.booking import Account, Purpose, open_account
from community.members.acting import Acting
from community.members.roles import Permission
from community.rewards import events
from community.rewards.errors import (
    ItemLimitReached,
    ItemNotRedeemable,
    ItemSoldOut,
    RedemptionEnded,
    RedemptionUnderWay,
    RewardKeyReused,
)
from community.rewards.points import REDEEMED, give_points_back, hold_points, spend_points
from community.rewards.staff import LONGEST_KEY, checked_reason
from community.rewards.vouchers import give_voucher

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

_KNOWN = "SELECT id, item_id FROM redemption WHERE member_id = $1 AND key = $2"
_ITEM = """
    SELECT *, now() >= active_from AS begun, now() < coalesce(active_until, 'infinity') AS lasts
    FROM reward_item WHERE id = $1
"""
_TAKE = """
    UPDATE reward_item SET taken = taken + 1
    WHERE id = $1 AND unit = $2 AND (stock IS NULL OR taken < stock)
        AND clock_timestamp() >= active_from AND clock_timestamp() < coalesce(active_until, 'infinity')
    RETURNING *
"""
# The member's points are held, so that their redemptions come one after another.
_REQUEST = """
    INSERT INTO redemption (item_id, member_id, key, price, unit, fulfilment, due_at)
    SELECT $1::bigint, $2::bigint, $3::text, $4::bigint, $5::text, $6::text, CASE $6::text WHEN 'WEBHOOK' THEN clock_timestamp() END
    WHERE $7::integer IS NULL OR $7::integer > (
        SELECT count(*) FROM redemption WHERE item_id = $1::bigint AND member_id = $2::bigint AND state <> 'CANCELLED'
    )
    RETURNING id
"""
_LOCKED = "SELECT * FROM redemption WHERE id = $1 FOR UPDATE"
_END = """
    UPDATE redemption SET state = $2, reason = $3, ended_at = clock_timestamp(), ended_by = $4, due_at = NULL
    WHERE id = $1 AND state = 'REQUESTED' RETURNING id, member_id
"""
_PUT_BACK = "UPDATE reward_item SET taken = taken - 1 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Redeeming:
    """Which item a member wants, and what tells the same wish again."""

    item_id: int
    key: str | None = None


async def redeem_reward(connection: Connection, acting: Acting, wanted: Redeeming) -> int:
    """Pay points for an item; return the redemption's id. The same key is the same redemption, for ever.

    Raises:
        NotFound: if there is no such item that the member may see.
        ItemNotRedeemable: if it is not offered any more.
        ItemSoldOut, NoVoucherLeft: if all are taken.
        ItemLimitReached: if the member has had as many as one may.
        NotEnoughPoints: if they cannot pay.
        RewardKeyReused: if the key came with another item.
        Invalid: for a key that is none.
    """
    if wanted.key is not None and (not 0 < len(wanted.key) <= LONGEST_KEY or not wanted.key.isprintable()):
        raise Invalid(field="idempotencyKey", reason=f"A key is 1 to {LONGEST_KEY} characters that show.")
    item = await connection.raw.fetchrow(_ITEM, wanted.item_id)
    if item is None or not (item["begun"] or acting.may(Permission.MANAGE_CAMPAIGNS)):
        raise NotFound(what="item")
    held = await hold_points(connection, acting.member_id, item["unit"])
    if wanted.key is not None:
        known = await connection.raw.fetchrow(_KNOWN, acting.member_id, wanted.key)
        if known is not None and known["item_id"] != wanted.item_id:
            raise RewardKeyReused
        if known is not None:
            return known["id"]  # type: ignore[no-any-return] # of a record
    taken = await connection.raw.fetchrow(_TAKE, wanted.item_id, item["unit"])
    if taken is None:
        raise ItemSoldOut if item["begun"] and item["lasts"] else ItemNotRedeemable
    redemption_id: int | None = await connection.raw.fetchval(
        _REQUEST,
        *(wanted.item_id, acting.member_id, wanted.key, taken["price"], taken["unit"], taken["fulfilment"]),
        taken["per_member"],
    )
    if redemption_id is None:
        raise ItemLimitReached
    paid = await open_account(connection, Account("reward_item", wanted.item_id, "REDEEMED", held.unit))
    purpose = Purpose(_key(redemption_id), REDEEMED, "redemption", redemption_id)
    await spend_points(connection, held, taken["price"], purpose, paid)
    await _record(connection, events.REDEMPTION_REQUESTED, redemption_id, acting.member_id, acting.member_id)
    if taken["fulfilment"] == "VOUCHER":
        await give_voucher(connection, taken["pool_id"], acting.member_id, redemption_id=redemption_id)
        await end(connection, redemption_id, "FULFILLED", "")
    return redemption_id


async def fulfil_redemption(connection: Connection, acting: Acting, redemption_id: int, *, note: str) -> None:
    """Say that a member has what they redeemed points for.

    Raises:
        NotFound: if there is none that the acting member may see.
        NotPermitted: unless they run campaigns.
        RedemptionEnded: if it was fulfilled or cancelled already.
        Invalid: for a note that is none.
    """
    await _door(connection, acting, redemption_id, "fulfil redemptions")
    if not await end(connection, redemption_id, "FULFILLED", checked_reason(note) if note else "", acting.member_id):
        raise RedemptionEnded


async def cancel_redemption(connection: Connection, acting: Acting, redemption_id: int, *, reason: str) -> None:
    """Call a redemption off: the points are in the lots that they came from again, and the stock is there again.

    Raises:
        NotFound: if there is none that the acting member may see.
        NotPermitted: unless they run campaigns.
        RedemptionEnded: if it was fulfilled or cancelled already.
        RedemptionUnderWay: if a webhook was called for it, and may have fulfilled it.
        Invalid: for a reason that is none.
    """
    redemption = await _door(connection, acting, redemption_id, "cancel redemptions")
    why = checked_reason(reason)
    if redemption["state"] != "REQUESTED":
        raise RedemptionEnded
    if redemption["due_at"] is not None and redemption["attempts"] > 0:
        raise RedemptionUnderWay
    held = await hold_points(connection, redemption["member_id"], redemption["unit"])
    await connection.raw.execute(_PUT_BACK, redemption["item_id"])
    key = _key(redemption_id)
    await give_points_back(connection, held, key, f"redemption_{redemption_id}:cancelled")
    await end(connection, redemption_id, "CANCELLED", why, acting.member_id)


async def end(connection: Connection, redemption_id: int, state: str, reason: str, ended_by: int | None = None) -> bool:
    """Move a redemption that is requested to one of its ends; say whether that was done."""
    ended = await connection.raw.fetchrow(_END, redemption_id, state, reason, ended_by)
    if ended is None:
        return False
    kind = events.REDEMPTION_FULFILLED if state == "FULFILLED" else events.REDEMPTION_CANCELLED
    await _record(connection, kind, redemption_id, ended["member_id"], ended_by)
    return True


def _key(redemption_id: int) -> str:
    return f"redemption_{redemption_id}:redeemed"


async def _door(connection: Connection, acting: Acting, redemption_id: int, action: str) -> asyncpg.Record:
    """Lock a redemption for who may end it.

    Raises:
        NotFound: if there is none that the acting member may see.
        NotPermitted: unless they run campaigns.
    """
    redemption = await connection.raw.fetchrow(_LOCKED, redemption_id)
    staff = acting.may(Permission.MANAGE_CAMPAIGNS)
    if redemption is None or not (staff or redemption["member_id"] == acting.member_id):
        raise NotFound(what="redemption")
    acting.require(Permission.MANAGE_CAMPAIGNS, action=action)
    return redemption


async def _record(connection: Connection, kind: str, redemption_id: int, member_id: int, actor_id: int | None) -> None:
    happened = Event(kind, actor_id=actor_id, member_id=member_id, subject_kind="redemption", subject_id=redemption_id)
    await record(connection, happened)
