"""Where reading about rewards begins, and what of them is the viewer's own."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.members.types import Badge
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, embedded, object_type, reference
from api.rewards.enums import RewardState
from api.rewards.points import ViewerPoints
from api.rewards.sources import (
    all_budgets,
    all_items,
    all_pools,
    all_rewards,
    current_tier,
    own_badges,
    own_lots,
    own_redemptions,
    own_rewards,
    own_vouchers,
    staff,
)
from api.rewards.types import (
    MemberTier,
    PointLot,
    Redemption,
    Reward,
    RewardBudget,
    RewardItem,
    Voucher,
    VoucherPool,
)


@strawberry.input(description="Which things that points can be redeemed for. All that is given must hold.")
class RewardItemFilter:
    """Which things that points can be redeemed for. All that is given must hold."""

    active: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those that can be redeemed now, as far as their time goes, or all but those.",
    )


@strawberry.input(description="Which rewards. All that is given must hold.")
class RewardFilter:
    """Which rewards. All that is given must hold."""

    state: RewardState | None = strawberry.field(default=strawberry.UNSET, description="That have come so far.")
    under_review: bool | None = strawberry.field(
        default=strawberry.UNSET, description="That wait for somebody to look at them, or all but those."
    )
    member: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of this member.")
    budget: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Against this budget.")


@object_type
class RewardQueries:
    """Where reading about rewards begins."""

    reward_item: RewardItem | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("reward_item", written)),
        "What points can be redeemed for, with this id.",
        arguments={"id": Argument(strawberry.ID, "A reward item's id.")},
    )
    reward_items: Connection[RewardItem] = connection(
        all_items,
        "What points can be redeemed for, the latest first.",
        arguments={"filter": Argument(RewardItemFilter | None, "Which of it.", None)},
    )
    rewards: Connection[Reward] = connection(
        all_rewards,
        "Rewards, the latest first: of all members for staff who run campaigns, for others their own.",
        arguments={"filter": Argument(RewardFilter | None, "Which of them.", None)},
    )
    reward_budgets: Connection[RewardBudget] | None = connection(
        all_budgets,
        "How much may be promised, the latest budget first; for staff who run campaigns, and null for others.",
        exists=staff,
    )
    voucher_pools: Connection[VoucherPool] | None = connection(
        all_pools,
        "Pools of vouchers, the latest first; for staff who run campaigns, and null for others.",
        exists=staff,
    )


@object_type
class ViewerRewards(ViewerPoints):
    """What the viewer has earned, and what they did with it."""

    lots: Connection[PointLot] = connection(
        own_lots, "Their points by when they came, as far as any are left, the oldest first: so they are spent."
    )
    rewards: Connection[Reward] = connection(
        own_rewards,
        "What they were promised, the latest first.",
        arguments={"state": Argument(RewardState | None, "What has come so far.", None)},
    )
    redemptions: Connection[Redemption] = connection(
        own_redemptions, "What they redeemed points for, the latest first."
    )
    vouchers: Connection[Voucher] = connection(own_vouchers, "The codes that they were given.")
    badges: Connection[Badge] = connection(own_badges, "The badges that they earned, the latest first.")
    tier: MemberTier | None = reference(
        lambda scope: current_tier(scope.viewer.member_id), "Their tier now: the latest granted that lasts."
    )


@object_type
class RewardsViewer:
    """What of rewards is the viewer's own."""

    rewards: ViewerRewards = embedded("What they have earned: points, vouchers, badges and tiers.")
