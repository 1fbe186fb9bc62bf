"""What the rules of notices refuse."""

from community.foundation.errors import Refusal


class GoodFaithMissing(Refusal):
    """Confirm that what you say is, as far as you know, accurate and complete."""

    code = "GOOD_FAITH_MISSING"
