"""What happens to rewards and redemptions, as the names of the events that tell of it.

No event says how much: the ledger does. `subject_kind` is reward, redemption, reward_item, reward_budget or voucher_pool;
member_id of a reward's or redemption's is whose it is.
"""

REWARD_PROMISED = "RewardPromised"
"""A member is promised something for a cause. data.kind says of what kind."""

REWARD_HELD = "RewardHeld"
"""It is earned, and held for a while."""

REWARD_GRANTED = "RewardGranted"
"""It is the member's."""

REWARD_REJECTED = "RewardRejected"
"""It will not be."""

REWARD_REVERSED = "RewardReversed"
"""It was the member's, and was taken back."""

REWARD_UNDER_REVIEW = "RewardUnderReview"
"""Somebody is to look at it before it is granted."""

REWARD_RELEASED = "RewardReleased"
"""Somebody has, and it is held no longer than others."""

POINTS_EXPIRING = "PointsExpiring"
"""What is left of a reward's points expires soon. Told once of each."""

POINTS_EXPIRED = "PointsExpired"
"""What was left of a reward's points is the member's no more."""

BUDGET_CREATED = "RewardBudgetCreated"
"""actor_id says how much may be promised."""

VOUCHERS_IMPORTED = "VouchersImported"
"""actor_id has brought codes in; data.amount says how many new ones."""

ITEM_CREATED = "RewardItemCreated"
"""actor_id offers something for points."""

ITEM_UPDATED = "RewardItemUpdated"
"""actor_id offers it otherwise."""

REDEMPTION_REQUESTED = "RedemptionRequested"
"""actor_id wants it, and has paid in points."""

REDEMPTION_FULFILLED = "RedemptionFulfilled"
"""They have it: by actor_id, or by the server."""

REDEMPTION_CANCELLED = "RedemptionCancelled"
"""They will not have it, and their points are given back."""
