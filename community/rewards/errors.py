"""What the rules of rewards refuse."""

from community.foundation.errors import Refusal


class BudgetExhausted(Refusal):
    """There is not enough left of this budget."""

    code = "BUDGET_EXHAUSTED"


class MemberCapReached(Refusal):
    """This member has all that one member may have of this budget."""

    code = "MEMBER_CAP_REACHED"


class BudgetNameTaken(Refusal):
    """There is a budget of this name already."""

    code = "NAME_TAKEN"


class RewardNotMovable(Refusal):
    """This reward is {state}: that cannot be done to it any more, or not yet."""

    code = "REWARD_NOT_MOVABLE"


class NoVoucherLeft(Refusal):
    """All vouchers of this kind are given."""

    code = "NO_VOUCHER_LEFT"


class ItemNotRedeemable(Refusal):
    """This cannot be redeemed now: it is not offered yet, or not any more."""

    code = "ITEM_NOT_REDEEMABLE"


class ItemSoldOut(Refusal):
    """All of this are taken."""

    code = "ITEM_SOLD_OUT"


class ItemLimitReached(Refusal):
    """You have as many of this as one member may have."""

    code = "ITEM_LIMIT_REACHED"


class NotEnoughPoints(Refusal):
    """You have not enough points for this."""

    code = "INSUFFICIENT_BALANCE"


class RedemptionEnded(Refusal):
    """This redemption was fulfilled or cancelled already."""

    code = "REDEMPTION_ENDED"


class RedemptionUnderWay(Refusal):
    """This redemption is being fulfilled: whether it was is not known yet."""

    code = "REDEMPTION_UNDER_WAY"


class RewardKeyReused(Refusal):
    """This idempotency key was sent with something else. Each needs a key of its own."""

    code = "IDEMPOTENCY_KEY_REUSED"


class WebhookNotSetUp(Refusal):
    """This server calls no webhook for rewards: its operator has set none."""

    code = "WEBHOOK_NOT_SET_UP"
