"""What the rules of appeals refuse."""

from community.foundation.errors import Refusal


class AppealTooLate(Refusal):
    """Decisions can be appealed against for {days} days."""

    code = "APPEAL_TOO_LATE"


class AppealedAlready(Refusal):
    """You have appealed against this decision already."""

    code = "APPEALED_ALREADY"


class NothingToAppeal(Refusal):
    """There is nothing to appeal against here: {why}"""  # noqa: D415 - the reason ends the sentence

    code = "NOTHING_TO_APPEAL"


class AppealDecided(Refusal):
    """This appeal is decided."""

    code = "APPEAL_DECIDED"


class OwnDecision(Refusal):
    """Who made a decision does not judge the appeal against it."""

    code = "OWN_DECISION"


class AppealLinkInvalid(Refusal):
    """This link is none of ours, or is too old."""

    code = "APPEAL_LINK_INVALID"
