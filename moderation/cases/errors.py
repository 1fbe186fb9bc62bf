"""What the door of cases refuses."""

from community.foundation.errors import Refusal


class CaseClosed(Refusal):
    """This case is decided."""

    code = "CASE_CLOSED"


class CaseChanged(Refusal):
    """There is more in this case than you have seen: it is version {version} now. Look at it again."""

    code = "CASE_CHANGED"


class CaseClaimed(Refusal):
    """Somebody else is looking at this case until {until:%H:%M} UTC."""

    code = "CASE_CLAIMED"


class ExposureReached(Refusal):
    """{decided} of the gravest cases in a day are enough: take a rest until {until:%H:%M} UTC. {others} less grave ones wait."""

    code = "EXPOSURE_REACHED"
