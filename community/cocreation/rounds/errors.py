"""What the rules of co-creation refuse."""

from community.foundation.errors import Refusal


class RoundNotOpen(Refusal):
    """This round takes no ballots: it is not open, or its time is over."""

    code = "ROUND_NOT_OPEN"


class RoundNotDraft(Refusal):
    """This round is open or closed already; only a draft can be opened."""

    code = "ROUND_NOT_DRAFT"


class NotEligible(Refusal):
    """This round is for {whom}."""

    code = "NOT_ELIGIBLE"
