"""The words of rewards."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="How far a reward has come.")
class RewardState(Enum):
    """How far a reward has come."""

    PENDING = strawberry.enum_value(
        "PENDING", description="It is promised; what it is promised for is yet to come about."
    )
    HELD = strawberry.enum_value(
        "HELD", description="It is earned, and held until `heldUntil`, or until somebody has looked at it."
    )
    GRANTED = strawberry.enum_value("GRANTED", description="It is the member's.")
    REJECTED = strawberry.enum_value("REJECTED", description="It came to nothing; `reason` says why.")
    REVERSED = strawberry.enum_value("REVERSED", description="It was granted, and taken back; `reason` says why.")


@strawberry.enum(description="What a reward is.")
class RewardKind(Enum):
    """What a reward is."""

    POINTS = strawberry.enum_value("POINTS", description="Points, to be redeemed for what is offered for them.")
    BADGE = strawberry.enum_value("BADGE", description="A badge on the member's profile.")
    VOUCHER = strawberry.enum_value("VOUCHER", description="A code that a shop takes.")
    TIER = strawberry.enum_value("TIER", description="A named standing, for a time or for good.")


@strawberry.enum(description="How who redeems points comes to what they redeemed them for.")
class Fulfilment(Enum):
    """How who redeems points comes to what they redeemed them for."""

    MANUAL = strawberry.enum_value("MANUAL", description="Staff see to it, and say so with `fulfilRedemption`.")
    WEBHOOK = strawberry.enum_value("WEBHOOK", description="The operator's webhook is called until it has taken it.")
    VOUCHER = strawberry.enum_value("VOUCHER", description="They are given a voucher at once.")


@strawberry.enum(description="How far a redemption has come.")
class RedemptionState(Enum):
    """How far a redemption has come."""

    REQUESTED = strawberry.enum_value("REQUESTED", description="It is paid for; what was redeemed is yet to come.")
    FULFILLED = strawberry.enum_value("FULFILLED", description="The member has it.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="It was called off, and the points were given back.")


@strawberry.enum(description="What somebody of staff decides on a reward that is held.")
class RewardDecision(Enum):
    """What somebody of staff decides on a reward that is held."""

    GRANT = strawberry.enum_value("GRANT", description="The member has it, now.")
    REJECT = strawberry.enum_value("REJECT", description="It comes to nothing; the budget has back what it cost.")


@strawberry.enum(description="What moved points.")
class PointEntryKind(Enum):
    """What moved points."""

    REWARD_GRANTED = strawberry.enum_value("REWARD_GRANTED", description="A reward was granted.")
    REWARD_REVERSED = strawberry.enum_value("REWARD_REVERSED", description="A reward was taken back.")
    POINTS_REDEEMED = strawberry.enum_value("POINTS_REDEEMED", description="They were redeemed.")
    POINTS_GIVEN_BACK = strawberry.enum_value(
        "POINTS_GIVEN_BACK", description="A redemption was cancelled, and they came back."
    )
    POINTS_EXPIRED = strawberry.enum_value("POINTS_EXPIRED", description="Nobody spent them in time.")
    POINTS_UNEXPIRED = strawberry.enum_value(
        "POINTS_UNEXPIRED", description="They had expired, and their reward was taken back: they count once, not twice."
    )
