"""What the rules of second opinions refuse."""

from community.foundation.errors import Refusal


class OpinionClaimed(Refusal):
    """Somebody else is giving this second opinion."""

    code = "OPINION_CLAIMED"


class OpinionNotClaimed(Refusal):
    """Claim this second opinion first: from then on you are not shown what was decided, until you have given it."""

    code = "OPINION_NOT_CLAIMED"


class OpinionNotBlind(Refusal):
    """You have had to do with this case already: somebody else gives the second opinion."""

    code = "OPINION_NOT_BLIND"


class OpinionGiven(Refusal):
    """Somebody has given this second opinion already."""

    code = "OPINION_GIVEN"
