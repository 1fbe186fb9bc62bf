"""What the graph refuses."""

from community.foundation.errors import Refusal


class RunUnderWay(Refusal):
    """The community is being scored already."""

    code = "RUN_UNDER_WAY"
