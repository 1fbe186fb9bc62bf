"""What programmes, codes and steps are called."""

from __future__ import annotations

from enum import Enum

import strawberry


def _value(name: str, description: str) -> str:
    return strawberry.enum_value(name, description=description)  # type: ignore[return-value] # as enums are declared


@strawberry.enum(description="Whether a programme takes referrals.")
class ReferralProgramState(Enum):
    """Whether a programme takes referrals."""

    ACTIVE = _value("ACTIVE", "It does, from its start to its end.")
    PAUSED = _value("PAUSED", "It takes none for now; those there are go on.")
    ENDED = _value("ENDED", "It takes none any more; those there are go on.")


@strawberry.enum(description="Which link counts, of several that somebody followed before they joined.")
class AttributionModel(Enum):
    """Which link counts."""

    FIRST_TOUCH = _value("FIRST_TOUCH", "The first, while its window lasts.")
    LAST_TOUCH = _value("LAST_TOUCH", "The last, unless the one before it is of a programme that counts the first.")


@strawberry.enum(description="How far somebody came who was brought here.")
class ReferralStepKind(Enum):
    """How far somebody came."""

    CLICK = _value("CLICK", "They came by a link or a code.")
    SIGN_UP = _value("SIGN_UP", "They joined. A step of every programme.")
    VERIFIED = _value("VERIFIED", "They showed that their address is theirs. A step of every programme.")
    FIRST_POST = _value("FIRST_POST", "They wrote a post that others can read.")
    PURCHASE = _value(
        "PURCHASE", "They bought something for at least `threshold` of the smallest unit of the terms' currency."
    )
    LEVEL = _value("LEVEL", "They hold level `threshold`, 1 to 4, or a higher one.")


@strawberry.enum(description="Who earns a reward.")
class RewardSide(Enum):
    """Who earns a reward."""

    REFERRER = _value("REFERRER", "Who brought somebody.")
    REFEREE = _value("REFEREE", "Who was brought.")
    UPLINE = _value("UPLINE", "Who had brought the referrer.")


@strawberry.enum(description="What a code is for.")
class ReferralCodeKind(Enum):
    """What a code is for."""

    PERSONAL = _value("PERSONAL", "One's own, for one's friends: one a member and programme.")
    CAMPAIGN = _value("CAMPAIGN", "For a campaign, a shop, a partner.")
    ONE_USE = _value("ONE_USE", "For one person, once.")


@strawberry.enum(description="How it is known who brought somebody.")
class ReferralSource(Enum):
    """How it is known who brought somebody."""

    LINK = _value("LINK", "They followed a link.")
    TYPED = _value("TYPED", "They typed a code.")
    IMPORTED = _value("IMPORTED", "It was brought in from elsewhere.")


@strawberry.enum(description="By what the counts of a programme are parted.")
class ReferralDimension(Enum):
    """By what the counts of a programme are parted."""

    DAY = _value("DAY", "By day, in UTC.")
    CHANNEL = _value("CHANNEL", "By channel.")
    CAMPAIGN = _value("CAMPAIGN", "By campaign.")
    CODE = _value("CODE", "By code.")
    REFERRER = _value("REFERRER", "By who referred.")
    COHORT = _value(
        "COHORT",
        "By the week or month in which they joined, and counted is what became of those, whenever it did; clicks are those "
        "of the same days. DAY is then the day on which they joined.",
    )


@strawberry.enum(description="How long cohorts are.")
class ReferralCohortLength(Enum):
    """How long cohorts are."""

    WEEK = _value("WEEK", "Weeks that begin on Monday, in UTC.")
    MONTH = _value("MONTH", "Months, in UTC.")


@strawberry.enum(description="What came of a promise.")
class ReferralAnswerKind(Enum):
    """What came of a promise."""

    NOTHING_PROMISED = _value("NOTHING_PROMISED", "The terms promise nothing on this side.")
    MISSING = _value("MISSING", "Its step is yet to be reached.")
    WAITING = _value("WAITING", "The step is reached, and it is being looked at.")
    HELD = _value("HELD", "It is held for as long as the terms say.")
    UNDER_REVIEW = _value("UNDER_REVIEW", "Somebody is to look at it.")
    GRANTED = _value("GRANTED", "It was granted.")
    NOT_EARNED = _value("NOT_EARNED", "The step earned nothing, as a most was reached or nobody is on this side.")
    REJECTED = _value("REJECTED", "It was rejected.")
    REVERSED = _value("REVERSED", "It was granted, and taken back.")


@strawberry.enum(description="What is done with a referral, by how probable it is that it was made up.")
class ReferralBand(Enum):
    """What is done with a referral, by how probable it is that it was made up."""

    GRANT = strawberry.enum_value("GRANT", description="What it earned is granted when its time has come.")
    HOLD = strawberry.enum_value("HOLD", description="It waits for somebody to look at it.")
    REJECT = strawberry.enum_value("REJECT", description="It came to nothing.")
