"""What the rules of rounds refuse."""

from community.foundation.errors import Refusal


class RoundNotOpen(Refusal):
    """This round takes no ballots: it is not open for voting yet, or its time is over."""

    code = "ROUND_NOT_OPEN"


class RoundNotDraft(Refusal):
    """This round is open or closed already; only a draft can be opened."""

    code = "ROUND_NOT_DRAFT"


class RoundNotClosed(Refusal):
    """This round is not closed yet."""

    code = "ROUND_NOT_CLOSED"


class RoundNotHeld(Refusal):
    """This round is not held for review."""

    code = "ROUND_NOT_HELD"


class NotEligible(Refusal):
    """This round is for {whom}."""

    code = "NOT_ELIGIBLE"


class NotProposing(Refusal):
    """This round takes no proposals, or none any more."""

    code = "NOT_PROPOSING"


class TooManyProposals(Refusal):
    """A member may propose {each} in this round, and it holds {most} options."""

    code = "TOO_MANY_PROPOSALS"


class VotingBegan(Refusal):
    """Voting has begun: the options stay as they are."""

    code = "VOTING_BEGAN"


class BallotVoid(Refusal):
    """Your ballot in this round was voided: {reason}"""  # noqa: D415 - the reason ends the sentence

    code = "BALLOT_VOID"
