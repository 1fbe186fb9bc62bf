"""What the ledger refuses."""

from community.foundation.errors import Refusal


class InsufficientBalance(Refusal):
    """There is not enough on this account."""

    code = "INSUFFICIENT_BALANCE"


class AlreadyReversed(Refusal):
    """This was undone already."""

    code = "ALREADY_REVERSED"


class BookedOtherwise(Exception):  # noqa: N818 - says what is the matter
    """Something else was booked under this key: whoever books again books the same."""


class Unbalanced(ValueError):  # noqa: N818 - says what is the matter
    """The moves of a transaction do not add up to 0, or name an account twice, or move nothing."""
