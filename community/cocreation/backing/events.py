"""What happens to campaigns and pledges, as the names of the events that tell of it.

No event says how much: the ledger does. `subject_kind` is backing_campaign or pledge; member_id of a pledge's is its backer.
"""

CAMPAIGN_CREATED = "BackingCampaignCreated"
"""A draft is there, which few see."""

CAMPAIGN_OPENED = "BackingCampaignOpened"
"""Members may pledge."""

CAMPAIGN_ENDED = "BackingCampaignEnded"
"""Its time is over, and it was decided: data.state is SUCCEEDED or FAILED."""

CAMPAIGN_CANCELLED = "BackingCampaignCancelled"
"""actor_id called it off; all money goes back."""

CAMPAIGN_SETTLED = "BackingCampaignSettled"
"""The last of its money is where it belongs."""

PLEDGE_MADE = "PledgeMade"
"""actor_id wants to back it; whether the money is there is not known yet."""

PLEDGE_AUTHORISED = "PledgeAuthorised"
"""The money is put up, and counts."""

PLEDGE_FAILED = "PledgeFailed"
"""There is no money: it was declined, the payer did not act, or it could not be taken. data.failure says which."""

PLEDGE_CANCELLED = "PledgeCancelled"
"""It counts no more: its backer took it back (actor_id), or its campaign was missed or called off."""

PLEDGE_CAPTURED = "PledgeCaptured"
"""The money was taken for the brand."""

PLEDGE_RETURNED = "PledgeReturned"
"""What was put up for a pledge that counts no more is the payer's again."""

PLEDGE_REFUNDED = "PledgeRefunded"
"""The money that was taken was given back."""
