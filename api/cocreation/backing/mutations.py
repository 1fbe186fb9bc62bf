"""What can be changed about campaigns, and how members pledge."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.backing.types import BackingCampaign, BackingKind, Pledge
from api.ids import MUTATION_ID, number_of
from api.money import MoneyInput
from api.reading.fields import object_type, returned
from community.cocreation.backing import campaigns, pledges
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.campaigns import LONGEST_CAMPAIGN, MOST_TIERS, Plan, Tier
from community.cocreation.backing.errors import PaymentsNotSetUp
from community.cocreation.backing.pledges import LONGEST_TOKEN, Offer
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from community.cocreation.backing.errands import Errands


@strawberry.input(description="What backers of a campaign get.")
class BackingTierInput:
    """What backers of a campaign get."""

    title: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    price: MoneyInput = strawberry.field(description="The least that is pledged for it.")
    body: str = strawberry.field(description="What it is, as Markdown.", default="")
    stock: int | None = strawberry.field(description="How many there are; null: as many as are wanted.", default=None)


@strawberry.input(description="What is to be made, and what that takes.")
class CreateBackingCampaignInput:
    """What is to be made, and what that takes."""

    space: strawberry.ID = strawberry.field(description="Where it is shown.")
    title: str = strawberry.field(description="What is to be made, 1 to 200 characters.")
    body: str = strawberry.field(description="What there is to say about it, as Markdown.", default="")
    kind: BackingKind = strawberry.field(description="What becomes of the money at the deadline.")
    goal: MoneyInput = strawberry.field(description="What it takes. All of the campaign is in this currency.")
    deadline: datetime = strawberry.field(
        description=f"Until when members pledge, within {LONGEST_CAMPAIGN.days} days."
    )
    tiers: list[BackingTierInput] = strawberry.field(
        description=f"What backers get, {MOST_TIERS} at most; one can pledge without any.", default_factory=list
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which backing campaign.")
class BackingCampaignInput:
    """Which backing campaign."""

    campaign: strawberry.ID = strawberry.field(description="The campaign's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A pledge.")
class PledgeInput:
    """A pledge."""

    campaign: strawberry.ID = strawberry.field(description="The campaign's id.")
    tier: strawberry.ID | None = strawberry.field(
        description="What the backer wants, a tier of the campaign's; null: nothing in return.", default=None
    )
    amount: MoneyInput = strawberry.field(
        description="How much, in the campaign's currency; the tier's price at least."
    )
    payment_token: str = strawberry.field(
        description="What the payment provider's client was given for the payer's card, such as `pm_...`; "
        f"{LONGEST_TOKEN} characters at most. No card's number comes here."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which pledge.")
class OnePledgeInput:
    """Which pledge."""

    pledge: strawberry.ID = strawberry.field(description="The pledge's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateBackingCampaignPayload(Returns):
    """What `createBackingCampaign` answers."""

    campaign: BackingCampaign | None = returned("The draft.")


@payload
class OpenBackingCampaignPayload(Returns):
    """What `openBackingCampaign` answers."""

    campaign: BackingCampaign | None = returned("The campaign, open now.")


@payload
class CancelBackingCampaignPayload(Returns):
    """What `cancelBackingCampaign` answers."""

    campaign: BackingCampaign | None = returned("The campaign, called off now; its money follows.")


@payload
class PledgePayload(Returns):
    """What `pledge` answers."""

    pledge: Pledge | None = returned("The pledge: with its money, without, or waiting for the payer or the provider.")


@payload
class CancelPledgePayload(Returns):
    """What `cancelPledge` answers."""

    pledge: Pledge | None = returned("The pledge, which counts no more; its money follows.")


@payload
class ConfirmPledgePayload(Returns):
    """What `confirmPledge` answers."""

    pledge: Pledge | None = returned("The pledge, as the payment provider now has it.")


def _errands(info: Change) -> Errands:
    errands = info.context.application.errands
    if errands is None:
        raise PaymentsNotSetUp
    return errands


@object_type
class BackingMutations:
    """What can be changed about campaigns, and how members pledge."""

    @change
    async def create_backing_campaign(info: Change, input: CreateBackingCampaignInput) -> CreateBackingCampaignPayload:
        """Make a draft of a backing campaign. For who runs campaigns."""
        acting = await info.acting()
        plan = Plan(
            title=input.title,
            body=input.body,
            kind=input.kind.name,
            goal=Money(input.goal.amount, input.goal.currency),
            deadline=input.deadline,
            tiers=[
                Tier(each.title, Money(each.price.amount, each.price.currency), each.body, each.stock)
                for each in input.tiers
            ],
        )
        space_id = number_of("space", input.space)
        campaign_id = await campaigns.create_backing_campaign(info.connection, acting, space_id, plan)
        return CreateBackingCampaignPayload.of(campaign=campaign_id)

    @change
    async def open_backing_campaign(info: Change, input: BackingCampaignInput) -> OpenBackingCampaignPayload:
        """Let members pledge, until the deadline."""
        acting = await info.acting()
        campaign_id = number_of("backing_campaign", input.campaign)
        await campaigns.open_backing_campaign(info.connection, acting, campaign_id)
        _errands(info)
        return OpenBackingCampaignPayload.of(campaign=campaign_id)

    @change
    async def cancel_backing_campaign(info: Change, input: BackingCampaignInput) -> CancelBackingCampaignPayload:
        """Call a campaign off: no pledge is taken any more, and all money goes back, what was taken too."""
        acting = await info.acting()
        campaign_id = number_of("backing_campaign", input.campaign)
        await campaigns.cancel_backing_campaign(info.connection, acting, campaign_id)
        return CancelBackingCampaignPayload.of(campaign=campaign_id)

    @change(standalone=True, deed=Deed.OWN)
    async def pledge(info: Change, input: PledgeInput) -> PledgePayload:
        """Put money up for a campaign. Nothing is taken before the deadline.

        A member backs a campaign once; the same `Idempotency-Key` is the same pledge, for ever.
        """
        caller = info.caller()
        offer = Offer(
            campaign_id=number_of("backing_campaign", input.campaign),
            money=Money(input.amount.amount, input.amount.currency),
            payment_token=input.payment_token,
            tier_id=None if input.tier is None else number_of("backing_tier", input.tier),
            key=info.context.idempotency_key,
        )
        errands = _errands(info)
        pledge_id = await pledges.make_pledge(info.database, caller, offer, provider=errands.provider.name)
        await errands.run_for(pledge_id)
        return PledgePayload.of(pledge=pledge_id)

    @change(deed=Deed.OWN)
    async def cancel_pledge(info: Change, input: OnePledgeInput) -> CancelPledgePayload:
        """Take one's pledge back, until the campaign's deadline."""
        acting = await info.acting()
        pledge_id = number_of("pledge", input.pledge)
        await pledges.cancel_pledge(info.connection, acting, pledge_id)
        if (errands := info.context.application.errands) is not None:
            info.afterwards.append(partial(errands.run_for, pledge_id))
        return CancelPledgePayload.of(pledge=pledge_id)

    @change(standalone=True, deed=Deed.OWN)
    async def confirm_pledge(info: Change, input: OnePledgeInput) -> ConfirmPledgePayload:
        """Say that one has done what one's bank wanted: the payment provider is asked at once."""
        acting = await info.acting()
        pledge_id = number_of("pledge", input.pledge)
        async with info.database.reading() as connection:
            await pledges.own_pledge(connection, acting, pledge_id, "confirm somebody else's pledge")
        await _errands(info).run_for(pledge_id)
        return ConfirmPledgePayload.of(pledge=pledge_id)
