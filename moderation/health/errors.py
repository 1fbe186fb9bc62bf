"""What the rules of second opinions refuse."""

from community.foundation.errors import Refusal


class OpinionGiven(Refusal):
    """Somebody has given this second opinion already."""

    code = "OPINION_GIVEN"
