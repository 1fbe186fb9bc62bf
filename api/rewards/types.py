"""Rewards as GraphQL shows them: what was promised and came of it, points, vouchers, tiers and redemptions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import and_, case, func, literal_column

from api.members.types import Member
from api.money import Money, money
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import column, connection, derived, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from api.rewards.enums import Fulfilment, PointEntryKind, RedemptionState, RewardKind, RewardState
from api.rewards.reasons import reason_told
from api.rewards.sources import (
    codes_left,
    item_viewer_left,
    lot_of,
    moves_of,
    name_of_pool,
    redemptions_of_item,
    staff,
)
from community.rewards.states import REWARD_STATES
from community.rewards.tables import (
    member_tiers,
    redemptions,
    reward_budgets,
    reward_items,
    rewards,
    voucher_pools,
    vouchers,
)
from community.rewards.visibility import own_or_staff, staff_only, visible_items, visible_vouchers

LazyReward = Annotated["Reward", strawberry.lazy("api.rewards.types")]
LazyRedemption = Annotated["Redemption", strawberry.lazy("api.rewards.types")]
LazyVoucherPool = Annotated["VoucherPool", strawberry.lazy("api.rewards.types")]


@entity("reward_budget", reward_budgets, staff_only)
class RewardBudget(Node):
    """How much may be promised, of all members together and of each. Staff who run campaigns see it; nobody else does."""

    name: str = column("name", "What it is called.")
    amount: Money = money("amount", "What its rewards may cost together.", currency="unit")
    per_member: Money | None = money(
        "per_member",
        "What the rewards of one member may cost; null: as much as all.",
        currency="unit",
        exists=lambda scope: scope.row.c.per_member.is_not(None),
    )
    spent: Money = money("spent", "What its rewards cost that are pending, held or granted.", currency="unit")
    created_at: datetime = column("created_at", "When it was made.")


@object_type
class PointLot:
    """Points that came together, and expire together. The oldest are spent first."""

    amount: Money = money("amount", "How many came.", currency="unit")
    left: Money = money("remaining", "How many of them are left.", currency="unit")
    granted_at: datetime = column("granted_at", "When they came.")
    expires_at: datetime | None = column("expires_at", "When what is left of them expires; null: never.")


@object_type
class RewardMove:
    """A step that a reward took from state to state."""

    before: RewardState | None = column("before", "Where from; null: it was promised.")
    after: RewardState = column("after", "Where to.")
    reason: str = column("reason", "Why.")
    moved_at: datetime = column("moved_at", "When.")
    moved_by: Member | None = reference(
        lambda scope: case((staff(scope), scope.row.c.moved_by)),
        "Who of staff did it, for staff who run campaigns; null: the clock, or whoever promised.",
    )


@entity("voucher", vouchers, visible_vouchers)
class Voucher(Node):
    """A code that a shop takes. Only whose it is sees it."""

    code: str = column("code", "What to tell the shop.")
    pool: str = expression(name_of_pool, "Of what kind it is, by the name of its pool.")
    given_at: datetime = column("given_at", "When it was given.")
    revoked_at: datetime | None = column("revoked_at", "Since when it is theirs no more, as its reward was taken back.")


@entity("member_tier", member_tiers, own_or_staff)
class MemberTier(Node):
    """A named standing of a member's. They see it, and who may see insights; nobody else does."""

    name: str = column("name", "What it is called.")
    since: datetime = column("since", "Since when it is theirs.")
    until: datetime | None = column("until", "Until when; null: for good.")


@entity("reward", rewards, own_or_staff)
class Reward(Node):
    """What a member is promised for a cause, once. They see it, and staff who run campaigns; nobody else does."""

    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Whose it is.")
    kind: RewardKind = column("kind", "What it is.")
    points: Money | None = money(
        "amount", "How many points, if it is points.", currency="unit", exists=lambda s: s.row.c.amount.is_not(None)
    )
    name: str | None = column("name", "What the badge or tier is called, if it is one.")
    cause: str = column("cause_kind", "What it is for, in a word: STAFF for what was given by hand.")
    state: RewardState = column("state", "How far it has come.")
    reason: str = expression(
        reason_told,
        "Why it is where it is, or is under review; empty where nothing is to be said. What a machine found is told in full "
        "to who runs rewards alone: it would teach how not to be found.",
    )
    held_until: datetime | None = column(
        "held_until", "When what is held is granted by itself, if nobody stops it; null while it is pending."
    )
    under_review: bool = expression(
        lambda scope: scope.row.c.review_since.is_not(None), "Whether it waits for somebody to look at it."
    )
    promised_at: datetime = column("promised_at", "When it was promised.")
    granted_at: datetime | None = column("granted_at", "When it was granted.")
    ended_at: datetime | None = column("ended_at", "When it was rejected or reversed.")
    lot: PointLot | None = derived(lot_of, "Its points as a lot, once they are granted.")
    voucher: Voucher | None = reference(
        lambda scope: scope.row.c.id, "The voucher that it gave, for whose it is.", column="reward_id"
    )
    budget: RewardBudget | None = reference(
        lambda scope: scope.row.c.budget_id, "What it counts against, for staff who run campaigns."
    )
    moves: list[RewardMove] = rows(
        moves_of, "How it came from state to state, the first move first.", limit=len(REWARD_STATES)
    )


@entity("voucher_pool", voucher_pools, staff_only)
class VoucherPool(Node):
    """Codes of one kind, to be given one by one. Staff who run campaigns see how many there are; nobody sees them."""

    name: str = column("name", "What it is called.")
    left: int = expression(codes_left, "How many of its codes nobody was given, counted up to 100,000.")


@entity("reward_item", reward_items, visible_items)
class RewardItem(Node):
    """What points can be redeemed for."""

    title: str = column("title", "What it is.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    price: Money = money("price", "What it costs, in points.", currency="unit")
    stock: int | None = column("stock", "How many there are; null: as many as are wanted.")
    left: int | None = expression(
        lambda scope: scope.row.c.stock - scope.row.c.taken, "How many are left; null: as many as are wanted."
    )
    per_member: int | None = column("per_member", "How many one member may have; null: any number.")
    active_from: datetime = column("active_from", "From when it can be redeemed.")
    active_until: datetime | None = column("active_until", "Until when; null: until further notice.")
    active: bool = expression(
        lambda scope: and_(
            scope.row.c.active_from <= func.clock_timestamp(),
            func.coalesce(scope.row.c.active_until > func.clock_timestamp(), literal_column("true")),
        ),
        "Whether it can be redeemed now, as far as its time goes.",
    )
    fulfilment: Fulfilment = column("fulfilment", "How who redeems it comes to it.")
    voucher_pool: LazyVoucherPool | None = reference(
        lambda scope: scope.row.c.pool_id, "Of which a voucher is given, for staff who run campaigns."
    )
    viewer_left: int | None = expression(
        item_viewer_left, "How many more the viewer may have, by `perMember`; null: any number, or nobody is signed in."
    )
    redemptions: Connection[LazyRedemption] | None = connection(
        redemptions_of_item,
        "Who redeemed it, the latest first; for staff who run campaigns, and null for others.",
        exists=staff,
    )


@entity("redemption", redemptions, own_or_staff)
class Redemption(Node):
    """What a member redeemed points for. They see it, and staff who run campaigns; nobody else does."""

    item: RewardItem | None = reference(lambda scope: scope.row.c.item_id, "What was redeemed.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Who redeemed it.")
    price: Money = money("price", "What it cost then.", currency="unit")
    fulfilment: Fulfilment = column("fulfilment", "How they come to it.")
    state: RedemptionState = column("state", "How far it has come.")
    reason: str = column(
        "reason", "Why it was cancelled, or what was said when it was fulfilled; empty where nothing was."
    )
    voucher: Voucher | None = reference(
        lambda scope: scope.row.c.id, "The voucher that was given, for whose it is.", column="redemption_id"
    )
    requested_at: datetime = column("requested_at", "When it was redeemed.")
    ended_at: datetime | None = column("ended_at", "When it was fulfilled or cancelled.")
    attempts: int | None = expression(
        lambda scope: case((staff(scope), scope.row.c.attempts)),
        "How often the webhook was called for it, for staff who run campaigns.",
    )
    failure: str | None = expression(
        lambda scope: case((staff(scope), scope.row.c.failure)),
        "What came of the last call that failed, for staff who run campaigns.",
    )


@object_type
class PointEntry:
    """Points that came or went: a line of a member's statement."""

    position: int = column("position", "Its place in the statement of these points, from 1 without gaps.")
    kind: PointEntryKind = column("kind", "What moved them.")
    amount: Money = money("amount", "How many came; what went is negative.", currency="unit")
    balance_after: Money = money("balance_after", "How many there were afterwards.", currency="unit")
    reward: Reward | None = reference(
        lambda scope: _subject(scope, "reward"), "The reward that they came by, or that they are of."
    )
    redemption: Redemption | None = reference(
        lambda scope: _subject(scope, "redemption"), "The redemption that they were paid for."
    )
    booked_at: datetime = column("booked_at", "When it was booked.")


def _subject(scope: Any, kind: str) -> Any:
    return case((scope.row.c.subject_kind == literal(kind), scope.row.c.subject_id))
