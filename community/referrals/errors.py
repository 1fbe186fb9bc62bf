"""What the rules of referrals refuse."""

from community.foundation.errors import Refusal


class ReferralCodeNotValid(Refusal):
    """This code is not valid, or not any more."""

    code = "REFERRAL_CODE_NOT_VALID"


class ReferralCodeUsedUp(Refusal):
    """This code has been used as often as it may be."""

    code = "REFERRAL_CODE_USED_UP"


class ReferralProgramNotOpen(Refusal):
    """This programme takes no referrals at present."""

    code = "REFERRAL_PROGRAM_NOT_OPEN"


class ReferralProgramEnded(Refusal):
    """This programme has ended, for good."""

    code = "REFERRAL_PROGRAM_ENDED"


class MayNotRefer(Refusal):
    """This programme is for other members to refer by."""

    code = "MAY_NOT_REFER"


class ReferredAlready(Refusal):
    """It is settled already who brought you here."""

    code = "REFERRED_ALREADY"


class ReferralTooLate(Refusal):
    """A code counts within {days} days of joining, and a link if you joined within {days} days of following it."""

    code = "REFERRAL_TOO_LATE"


class SelfReferral(Refusal):
    """Nobody brings themselves."""

    code = "SELF_REFERRAL"


class ReferralCycle(Refusal):
    """You brought them here, or somebody who did: they cannot have brought you."""

    code = "REFERRAL_CYCLE"


class ReferralNotHeld(Refusal):
    """Nothing of this referral waits to be decided on, or was granted that could be taken back."""

    code = "REFERRAL_NOT_HELD"
