"""The port to a payment provider: what it is asked, and what can come of it.

Each request has a key and may be repeated: the same key again has the same answer, and one effect. So whoever does not
know what came of a request asks again. Amounts are in the currency's smallest unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

Security = Literal["HELD", "PROMISED"]


class ProviderUnavailable(Exception):  # noqa: N818 - a state of the provider, spoken of as such
    """The provider gave no answer, or one that says nothing: what was asked may have been done. Ask again by its key."""


class ProviderRefused(Exception):  # noqa: N818 - says what is the matter
    """The provider does not take the request as it is: a key that is wrong, a switched-off account. An operator must look."""


@dataclass(frozen=True, slots=True)
class Order:
    """Money to be put up now and taken within `within`, by a payer whose client was given `token` for their card."""

    key: str
    token: str
    amount: int
    currency: str
    within: timedelta
    description: str
    returns_to: str
    """Where the payer's bank sends them, if it wants to see them first."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the provider knows it."""

    reference: str
    amount: int
    currency: str
    secured_by: Security | None = None


@dataclass(frozen=True, slots=True)
class Authorised:
    """The money can be taken: the payer's bank holds it, or the payer's way of paying was kept for later."""

    reference: str
    secured_by: Security


@dataclass(frozen=True, slots=True)
class RequiresAction:
    """The payer must do something first: at an address, or in a client that knows the secret."""

    reference: str
    url: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """There is no money, for a reason in the provider's word."""

    reason: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken."""

    reference: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing is held any more, nor was anything taken."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What was taken was given back."""


Outcome = Authorised | RequiresAction | Declined | Captured | Cancelled | Refunded


class PaymentProvider(Protocol):
    """Who moves money. All of it raises ProviderUnavailable where nothing is known, and ProviderRefused."""

    @property
    def name(self) -> str:
        """What pledges call it."""

    async def authorise(self, order: Order) -> Outcome:
        """Have money put up: Authorised, RequiresAction or Declined."""

    async def look_up(self, payment: Payment) -> Outcome:
        """Say how far a payment has come; this changes nothing."""

    async def capture(self, payment: Payment, key: str) -> Outcome:
        """Take what is put up: Captured, Declined, or Cancelled where the hold has lapsed."""

    async def cancel(self, payment: Payment, key: str) -> Outcome:
        """Let go of what is put up: Cancelled; Captured if it was taken before."""

    async def refund(self, payment: Payment, key: str) -> Outcome:
        """Give back what was taken: Refunded or Declined."""

    async def close(self) -> None:
        """Hang up."""
