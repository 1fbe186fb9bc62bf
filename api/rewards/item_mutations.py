"""What can be changed about what is offered for points, and how members redeem it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from api.rewards.enums import Fulfilment
from api.rewards.types import Redemption, RewardItem
from community.foundation.errors import Invalid
from community.members.restrictions import Deed
from community.rewards import items, redemptions
from community.rewards.deliveries import Webhook
from community.rewards.items import Item
from community.rewards.redemptions import Redeeming
from community.rewards.staff import LONGEST_KEY
from community.rewards.tables import POINTS

TITLE = "What it is, 1 to 200 characters."
BODY = "What there is to say about it, as Markdown."
PRICE = "What it costs, in points, 1 to 1,000,000,000."
UNIT = "Of which points, by their unit."
STOCK = "How many there are, 0 to 1,000,000; null: as many as are wanted."
PER_MEMBER = "How many one member may have; null: any number."
FROM = "From when it can be redeemed, and shown to all; null: from now."
UNTIL = "Until when; null: until further notice."
FULFILMENT = "How who redeems it comes to it."
POOL = "Of which a voucher is given, where `fulfilment` is VOUCHER; else null."
REASON = "Why, 1 to 500 characters. Whose it is reads it."


def _optional(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What is offered for points.")
class CreateRewardItemInput:
    """What is offered for points."""

    title: str = strawberry.field(description=TITLE)
    body: str = strawberry.field(description=BODY, default="")
    price: int = strawberry.field(description=PRICE)
    unit: str = strawberry.field(description=UNIT, default=POINTS)
    stock: int | None = strawberry.field(description=STOCK, default=None)
    per_member: int | None = strawberry.field(description=PER_MEMBER, default=None)
    active_from: datetime | None = strawberry.field(description=FROM, default=None)
    active_until: datetime | None = strawberry.field(description=UNTIL, default=None)
    fulfilment: Fulfilment = strawberry.field(description=FULFILMENT, default=Fulfilment.MANUAL)
    voucher_pool: strawberry.ID | None = strawberry.field(description=POOL, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What is offered otherwise; what is left out stays.")
class UpdateRewardItemInput:
    """What is offered otherwise; what is left out stays."""

    item: strawberry.ID = strawberry.field(description="The reward item's id.")
    title: str | None = _optional(TITLE)
    body: str | None = _optional(BODY)
    price: int | None = _optional(PRICE)
    stock: int | None = _optional(STOCK + " No fewer than are taken.")
    per_member: int | None = _optional(PER_MEMBER)
    active_from: datetime | None = _optional(FROM)
    active_until: datetime | None = _optional(UNTIL)
    fulfilment: Fulfilment | None = _optional(FULFILMENT)
    voucher_pool: strawberry.ID | None = _optional(POOL)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What to pay points for.")
class RedeemRewardInput:
    """What to pay points for."""

    item: strawberry.ID = strawberry.field(description="The reward item's id.")
    idempotency_key: str | None = strawberry.field(
        description=f"What tells the same wish again, 1 to {LONGEST_KEY} characters: it is one redemption, for ever.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A redemption that the member has come to.")
class FulfilRedemptionInput:
    """A redemption that the member has come to."""

    redemption: strawberry.ID = strawberry.field(description="The redemption's id.")
    note: str = strawberry.field(description="What to tell its member, 500 characters at most.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A redemption to call off.")
class CancelRedemptionInput:
    """A redemption to call off."""

    redemption: strawberry.ID = strawberry.field(description="The redemption's id.")
    reason: str = strawberry.field(description=REASON)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateRewardItemPayload(Returns):
    """What `createRewardItem` answers."""

    item: RewardItem | None = returned("What is offered.")


@payload
class UpdateRewardItemPayload(Returns):
    """What `updateRewardItem` answers."""

    item: RewardItem | None = returned("What is offered now.")


@payload
class RedeemRewardPayload(Returns):
    """What `redeemReward` answers."""

    redemption: Redemption | None = returned("The redemption: fulfilled already, or yet to be.")


@payload
class FulfilRedemptionPayload(Returns):
    """What `fulfilRedemption` answers."""

    redemption: Redemption | None = returned("The redemption, fulfilled.")


@payload
class CancelRedemptionPayload(Returns):
    """What `cancelRedemption` answers."""

    redemption: Redemption | None = returned("The redemption, cancelled; its points are back.")


NEEDED = frozenset({"title", "body", "price", "fulfilment"})


@object_type
class RewardItemMutations:
    """What staff offer for points, and how members redeem it."""

    @change
    async def create_reward_item(info: Change, input: CreateRewardItemInput) -> CreateRewardItemPayload:
        """Offer something for points. For staff who run campaigns."""
        acting = await info.acting()
        item = Item(
            title=input.title,
            price=input.price,
            fulfilment=input.fulfilment.name,
            body=input.body,
            unit=input.unit,
            stock=input.stock,
            per_member=input.per_member,
            active_from=input.active_from,
            active_until=input.active_until,
            pool_id=None if input.voucher_pool is None else number_of("voucher_pool", input.voucher_pool),
        )
        item_id = await items.create_reward_item(info.connection, acting, item, webhook=_webhook(info))
        return CreateRewardItemPayload.of(item=item_id)

    @change
    async def update_reward_item(info: Change, input: UpdateRewardItemInput) -> UpdateRewardItemPayload:
        """Offer something otherwise. What was redeemed keeps its price and its fulfilment. For staff who run campaigns."""
        acting = await info.acting()
        changes = {
            name: value
            for name in ("title", "body", "price", "stock", "per_member", "active_from", "active_until")
            if (value := getattr(input, name)) is not strawberry.UNSET
        }
        if input.fulfilment is not strawberry.UNSET:
            changes["fulfilment"] = input.fulfilment and input.fulfilment.name
        if input.voucher_pool is not strawberry.UNSET:
            pool = input.voucher_pool
            changes["pool_id"] = None if pool is None else number_of("voucher_pool", pool)
        for name in NEEDED & changes.keys():
            if changes[name] is None:
                raise Invalid(field=name, reason="It can be changed, and not taken away.")
        item_id = number_of("reward_item", input.item)
        await items.update_reward_item(info.connection, acting, item_id, changes, webhook=_webhook(info))
        return UpdateRewardItemPayload.of(item=item_id)

    @change(deed=Deed.OWN)
    async def redeem_reward(info: Change, input: RedeemRewardInput) -> RedeemRewardPayload:
        """Pay points for something that is offered. The oldest points are spent first."""
        acting = await info.acting()
        wanted = Redeeming(number_of("reward_item", input.item), input.idempotency_key)
        return RedeemRewardPayload.of(redemption=await redemptions.redeem_reward(info.connection, acting, wanted))

    @change
    async def fulfil_redemption(info: Change, input: FulfilRedemptionInput) -> FulfilRedemptionPayload:
        """Say that a member has what they redeemed points for. For staff who run campaigns."""
        acting = await info.acting()
        redemption_id = number_of("redemption", input.redemption)
        await redemptions.fulfil_redemption(info.connection, acting, redemption_id, note=input.note)
        return FulfilRedemptionPayload.of(redemption=redemption_id)

    @change(deed=Deed.OWN)
    async def cancel_redemption(info: Change, input: CancelRedemptionInput) -> CancelRedemptionPayload:
        """Call a redemption off, and give the points back to the lots they came from. For staff who run campaigns."""
        acting = await info.acting()
        redemption_id = number_of("redemption", input.redemption)
        await redemptions.cancel_redemption(info.connection, acting, redemption_id, reason=input.reason)
        return CancelRedemptionPayload.of(redemption=redemption_id)


def _webhook(info: Change) -> bool:
    return Webhook.of(info.context.application.settings) is not None
