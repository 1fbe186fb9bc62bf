"""What the mutations of referrals are given."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from api.eligibility.types import EligibilityInput, eligibility_of
from api.ids import MUTATION_ID, number_of
from api.money import MoneyInput
from api.referrals.devices import DEVICE_TOKEN
from api.referrals.enums import AttributionModel, ReferralCodeKind, ReferralStepKind, RewardSide
from api.rewards.enums import RewardKind
from community.foundation.errors import Invalid
from community.referrals.programs import LONGEST_WINDOW, MOST_MONEY, RewardRule, Step, Terms
from community.referrals.purchases import LONGEST_EXTERNAL_ID, LONGEST_INSTRUMENT, MOST_PURCHASES, Purchase

_THRESHOLD = (
    "For PURCHASE: from which amount on, in the currency's smallest unit. For LEVEL: from which level on, 1 to 4. In decimal "
    "digits; nothing for the other steps."
)
_MOST_DIGITS = 18


@strawberry.input(description="A step that referrals come to.")
class ReferralStepInput:
    """A step that referrals come to."""

    kind: ReferralStepKind = strawberry.field(description="What it is.")
    threshold: str | None = strawberry.field(description=_THRESHOLD, default=None)


@strawberry.input(description="What a step earns, and who.")
class ReferralRewardRuleInput:
    """What a step earns, and who."""

    step: ReferralStepInput = strawberry.field(description="For which step, of those that the terms ask.")
    side: RewardSide = strawberry.field(description="Who earns it.")
    kind: RewardKind = strawberry.field(description="What it is.")
    amount: str = strawberry.field(description="How many, in decimal digits.", default="1")
    name: str = strawberry.field(description="Which badge, vouchers or tier; left out for points.", default="")


@strawberry.input(description="What a programme promises.")
class ReferralTermsInput:
    """What a programme promises."""

    body: str = strawberry.field(description="The terms, as Markdown.", default="")
    referrers: EligibilityInput | None = strawberry.field(
        description="Who may refer; every member unless given.", default=None
    )
    window_days: int = strawberry.field(
        description=f"Within how many days of a click one must join, and of joining, claim a referral: 1 to {LONGEST_WINDOW}.",
        default=30,
    )
    model: AttributionModel = strawberry.field(
        description="Which link counts, of several.", default=AttributionModel.LAST_TOUCH
    )
    steps: list[ReferralStepInput] = strawberry.field(
        description="The steps of a referral, besides SIGN_UP and VERIFIED, which are always there.",
        default_factory=list,
    )
    rewards: list[ReferralRewardRuleInput] = strawberry.field(description="What steps earn.", default_factory=list)
    rewarded_each: int | None = strawberry.field(
        description="How many referrals of one referrer earn; any number unless given.", default=None
    )
    rewarded_most: int | None = strawberry.field(
        description="How many of the programme's referrals earn; any number unless given.", default=None
    )
    budget: MoneyInput | None = strawberry.field(
        description="What all rewards may cost together; no limit unless given.", default=None
    )
    currency: str | None = strawberry.field(
        description="Of purchases that are a step; the budget's unless given.", default=None
    )
    hold_days: int = strawberry.field(description="For how many days rewards wait.", default=0)


@strawberry.input(description="A programme.")
class CreateReferralProgramInput:
    """A programme."""

    name: str = strawberry.field(description="What it is called, 1 to 100 characters.")
    terms: ReferralTermsInput = strawberry.field(description="What it promises.")
    starts_at: datetime | None = strawberry.field(description="From when on; now unless given.", default=None)
    ends_at: datetime | None = strawberry.field(
        description="Until when; until somebody ends it unless given.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What changes of a programme.")
class UpdateReferralProgramInput:
    """What changes of a programme."""

    program: strawberry.ID = strawberry.field(description="The programme's id.")
    name: str | None = strawberry.field(description="Another name.", default=None)
    ends_at: datetime | None = strawberry.field(description="Another end.", default=None)
    terms: ReferralTermsInput | None = strawberry.field(
        description="All that it promises from now on, in place of what it did: a new version.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which programme.")
class ReferralProgramInput:
    """Which programme."""

    program: strawberry.ID = strawberry.field(description="The programme's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A code to be made.")
class IssueCodeInput:
    """A code to be made."""

    program: strawberry.ID = strawberry.field(description="The programme's id.")
    kind: ReferralCodeKind = strawberry.field(
        description="What it is for. PERSONAL: the viewer's own, of which there is one; nothing else is given then. The "
        "others are for who runs campaigns.",
        default=ReferralCodeKind.PERSONAL,
    )
    member: strawberry.ID | None = strawberry.field(
        description="Who brings those who come by it; unless given, the brand.", default=None
    )
    channel: str = strawberry.field(description="Where it is put out, 40 characters at most.", default="")
    campaign: str = strawberry.field(description="For which campaign, 40 characters at most.", default="")
    most_uses: int | None = strawberry.field(
        description="How many may be brought by it; any number unless given.", default=None
    )
    expires_at: datetime | None = strawberry.field(description="Until when it counts.", default=None)
    device_token: str | None = strawberry.field(description=DEVICE_TOKEN, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which code.")
class RevokeCodeInput:
    """Which code."""

    code: strawberry.ID = strawberry.field(description="The code's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What brought the viewer here: a code that they typed, or a link that they followed.")
class ClaimReferralInput:
    """What brought the viewer here. A code beats a token, and either the cookie of a link."""

    code: str | None = strawberry.field(description="The code, as they typed it.", default=None)
    token: str | None = strawberry.field(
        description="The token that an app got from the link, before it was installed or after.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.enum(description="What becomes of a referral whose rewards wait for a decision.")
class ReferralDecision(Enum):
    """What becomes of a referral whose rewards wait for a decision."""

    GRANT = strawberry.enum_value("GRANT", description="All that it earned is granted now.")
    REJECT = strawberry.enum_value("REJECT", description="All that it earned comes to nothing.")
    REVERSE = strawberry.enum_value(
        "REVERSE",
        description="It was made up after all: what was granted is taken back, and what waits comes to nothing.",
    )


@strawberry.input(description="A decision on a referral.")
class ReviewReferralInput:
    """A decision on a referral."""

    referral: strawberry.ID = strawberry.field(description="The referral's id.")
    decision: ReferralDecision = strawberry.field(description="What becomes of it.")
    reason: str = strawberry.field(description="Why, on one line. Whom it concerns reads it.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a member bought.")
class ReferralPurchaseInput:
    """What a member bought."""

    external_id: str = strawberry.field(
        description=f"The shop's own id, 1 to {LONGEST_EXTERNAL_ID} characters: sent again, it is the same purchase."
    )
    member: strawberry.ID = strawberry.field(description="Who bought it.")
    amount: MoneyInput = strawberry.field(description="For how much.")
    purchased_at: datetime = strawberry.field(description="When.")
    instrument: str = strawberry.field(
        description="What the shop knows by that which they paid with, and by nothing else: the fingerprint that a payment "
        f"provider gives of a card, say, never its number; {LONGEST_INSTRUMENT} characters at most. Only a keyed hash is kept, "
        "for a while.",
        default="",
    )


@strawberry.input(description="What members bought.")
class RecordReferralPurchasesInput:
    """What members bought."""

    purchases: list[ReferralPurchaseInput] = strawberry.field(
        description=f"The purchases, {MOST_PURCHASES:,} at most. Of members who are not there nothing is noted."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


def terms_of(given: ReferralTermsInput) -> Terms:
    """Return the terms that an input gives.

    Raises:
        Invalid: for what is no number.
    """
    budget = None if given.budget is None else _number(given.budget.amount, "budget")
    currency = given.currency or (given.budget.currency if given.budget else None)
    if given.budget is not None and currency != given.budget.currency:
        raise Invalid(field="currency", reason="The budget and the purchases of a programme are in one currency.")
    return Terms(
        body=given.body,
        referrers=eligibility_of(given.referrers),
        window_days=given.window_days,
        model=given.model.value,
        steps=[_step(each, "steps") for each in given.steps],
        rewards=[
            RewardRule(
                _step(each.step, "rewards"),
                each.side.value,
                each.kind.name,
                _number(each.amount, "rewards"),
                each.name,
            )
            for each in given.rewards
        ],
        rewarded_each=given.rewarded_each,
        rewarded_most=given.rewarded_most,
        budget=budget,
        currency=currency,
        hold_days=given.hold_days,
    )


@strawberry.input(description="Compute what referrals are worth now.")
class MeasureReferralsInput:
    """Compute what referrals are worth now."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


def purchase_of(given: ReferralPurchaseInput) -> Purchase:
    """Return the purchase that an input gives.

    Raises:
        Invalid: for an amount that is no number.
    """
    return Purchase(
        given.external_id,
        number_of("member", given.member),
        _number(given.amount.amount, "purchases"),
        given.amount.currency,
        given.purchased_at,
        given.instrument,
    )


def _step(given: ReferralStepInput, field: str) -> Step:
    return Step(given.kind.value, 0 if given.threshold is None else _number(given.threshold, field))


def _number(written: str, field: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= _MOST_DIGITS):
        raise Invalid(field=field, reason=f"Numbers are written in digits, 0 to {MOST_MONEY:,}.")
    return int(written)
