"""Items: what points can be redeemed for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission
from community.rewards import events
from community.rewards.budgets import checked_unit
from community.rewards.errors import WebhookNotSetUp
from community.rewards.tables import FULFILMENTS, MOST_POINTS, MOST_STOCK, POINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection

LONGEST_TITLE = 200
LONGEST_BODY = 20_000

_CREATE = """
    INSERT INTO reward_item (
        title, body, body_html, price, unit, stock, per_member, active_from, active_until, fulfilment, pool_id, created_by
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9, $10, $11, $12) RETURNING id
"""
_LOCKED = "SELECT * FROM reward_item WHERE id = $1 FOR UPDATE"
_UPDATE = """
    UPDATE reward_item SET title = $2, body = $3, body_html = $4, price = $5, unit = $6, stock = $7, per_member = $8,
        active_from = coalesce($9, active_from), active_until = $10, fulfilment = $11, pool_id = $12
    WHERE id = $1
"""
_POOL = "SELECT true FROM voucher_pool WHERE id = $1"
_BEGINS = "SELECT coalesce($1::timestamptz, now())"


@dataclass(frozen=True, slots=True)
class Item:
    """What is offered, for how many points, and how it comes to who redeems it."""

    title: str
    price: int
    fulfilment: str = "MANUAL"
    body: str = ""
    unit: str = POINTS
    stock: int | None = None
    per_member: int | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    pool_id: int | None = None


async def create_reward_item(connection: Connection, acting: Acting, item: Item, *, webhook: bool) -> int:
    """Offer something for points; return its id. `webhook` says whether there is one that can be called.

    Raises:
        NotPermitted: unless the member runs campaigns.
        NotFound: if there is no such pool of vouchers.
        WebhookNotSetUp: if it is to be fulfilled by a webhook, and there is none.
        Invalid: for what is not what it may be.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="offer things for points")
    checked = await _checked(connection, item, webhook=webhook)
    values = _values(checked)
    item_id: int = await connection.raw.fetchval(_CREATE, *values, acting.member_id)
    await _record(connection, acting, events.ITEM_CREATED, item_id)
    return item_id


async def update_reward_item(
    connection: Connection, acting: Acting, item_id: int, changes: Mapping[str, object], *, webhook: bool
) -> None:
    """Offer something otherwise: what is named in `changes` is as it says, the rest as it was.

    What was redeemed keeps the price and the way of fulfilment that it had.

    Raises:
        NotPermitted: unless the member runs campaigns.
        NotFound: if there is no such item or pool of vouchers.
        WebhookNotSetUp: if it is to be fulfilled by a webhook, and there is none.
        Invalid: for what is not what it may be; for a stock of fewer than are taken.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="offer things for points")
    kept = await connection.raw.fetchrow(_LOCKED, item_id)
    if kept is None:
        raise NotFound(what="item")
    item = replace(Item(**{name: kept[name] for name in Item.__dataclass_fields__}), **changes)  # type: ignore[arg-type] # by name
    if item.fulfilment != "VOUCHER" and "pool_id" not in changes:
        item = replace(item, pool_id=None)
    checked = await _checked(connection, item, webhook=webhook)
    if checked.stock is not None and checked.stock < kept["taken"]:
        raise Invalid(field="stock", reason=f"{kept['taken']:,} of it are taken already.")
    await connection.raw.execute(_UPDATE, item_id, *_values(checked))
    await _record(connection, acting, events.ITEM_UPDATED, item_id)


async def _checked(connection: Connection, item: Item, *, webhook: bool) -> Item:
    title = clean_line(item.title, "title", LONGEST_TITLE)
    if not title:
        raise Invalid(field="title", reason="A title is needed.")
    body = clean_text(item.body, "body", LONGEST_BODY)
    checked_unit(item.unit)
    if not 0 < item.price <= MOST_POINTS:
        raise Invalid(field="price", reason=f"A price is 1 to {MOST_POINTS:,} points.")
    if item.stock is not None and not 0 <= item.stock <= MOST_STOCK:
        raise Invalid(field="stock", reason=f"There are 0 to {MOST_STOCK:,}, or no limit.")
    if item.per_member is not None and not 1 <= item.per_member <= MOST_STOCK:
        raise Invalid(field="perMember", reason=f"One member may have 1 to {MOST_STOCK:,}, or any number.")
    begins = await connection.raw.fetchval(_BEGINS, item.active_from)
    if item.active_until is not None and item.active_until <= begins:
        raise Invalid(field="activeUntil", reason="It ends after it begins.")
    assert item.fulfilment in FULFILMENTS  # of an enum
    if (item.fulfilment == "VOUCHER") != (item.pool_id is not None):
        raise Invalid(
            field="voucherPool", reason="A pool of vouchers goes with the fulfilment VOUCHER, and with no other."
        )
    if item.pool_id is not None and not await connection.raw.fetchval(_POOL, item.pool_id):
        raise NotFound(what="voucher pool", path=("voucherPool",))
    if item.fulfilment == "WEBHOOK" and not webhook:
        raise WebhookNotSetUp(path=("fulfilment",))
    return replace(item, title=title, body=body)


def _values(item: Item) -> tuple[object, ...]:
    return (
        *(item.title, item.body, render(item.body).html if item.body else "", item.price, item.unit, item.stock),
        *(item.per_member, item.active_from, item.active_until, item.fulfilment, item.pool_id),
    )


async def _record(connection: Connection, acting: Acting, kind: str, item_id: int) -> None:
    happened = Event(
        kind, actor_id=acting.member_id, subject_kind="reward_item", subject_id=item_id, context=acting.context
    )
    await record(connection, happened)
