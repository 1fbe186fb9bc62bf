"""What the graph refuses."""

from community.foundation.errors import Refusal


class RunUnderWay(Refusal):
    """The community is being scored already."""

    code = "RUN_UNDER_WAY"


class NotScoredYet(Refusal):
    """The community has not been scored yet, or not within what was asked for."""

    code = "NOT_SCORED_YET"
