"""What the rules of backing refuse."""

from community.foundation.errors import Refusal


class CampaignNotDraft(Refusal):
    """This campaign was opened or cancelled already; only a draft can be opened."""

    code = "CAMPAIGN_NOT_DRAFT"


class CampaignNotOpen(Refusal):
    """This campaign takes no pledges: it is not open, or its time is over."""

    code = "CAMPAIGN_NOT_OPEN"


class CampaignOver(Refusal):
    """This campaign has ended: there is nothing to cancel."""

    code = "CAMPAIGN_OVER"


class TierSoldOut(Refusal):
    """All of this are taken."""

    code = "TIER_SOLD_OUT"


class AlreadyBacking(Refusal):
    """You back this campaign already. To change your pledge, cancel it and make another."""

    code = "ALREADY_BACKING"


class PledgeNotCancellable(Refusal):
    """A pledge can be cancelled while its campaign is open, before its deadline."""

    code = "PLEDGE_NOT_CANCELLABLE"


class PledgeKeyReused(Refusal):
    """This Idempotency-Key was sent with another pledge. Each pledge needs a key of its own."""

    code = "IDEMPOTENCY_KEY_REUSED"


class PaymentsNotSetUp(Refusal):
    """This server takes no payments: its operator has set no payment provider."""

    code = "PAYMENTS_NOT_SET_UP"
