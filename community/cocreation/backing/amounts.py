"""Amounts of money as clients write them: a whole number of the currency's smallest unit, and the currency's code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from community.cocreation.backing.tables import MOST_MONEY
from community.foundation.errors import Invalid

CURRENCIES = frozenset(
    [
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "INR",
        "JPY",
        "KRW",
        "MXN",
        "NOK",
        "NZD",
        "PLN",
        "SEK",
        "SGD",
        "THB",
        "USD",
        "ZAR",
    ]
)
"""By ISO 4217, those that have two decimals, or none (JPY, KRW), wherever money is moved."""

_DIGITS = re.compile(r"[1-9][0-9]{0,12}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as a client writes it."""

    amount: str
    currency: str

    def checked(self, field: str, currency: str | None = None) -> int:
        """Return the amount, in the currency that is expected if one is.

        Raises:
            Invalid: if it is no whole number above 0, too much, or in another currency; it names the field.
        """
        if _DIGITS.match(self.amount) is None or int(self.amount) > MOST_MONEY:
            reason = f"An amount is a whole number of the smallest unit in plain digits, 1 to {MOST_MONEY:,}."
            raise Invalid(field=field, reason=reason, path=(field, "amount"))
        if self.currency not in CURRENCIES:
            reason = f"A currency is one of {', '.join(sorted(CURRENCIES))}."
            raise Invalid(field=field, reason=reason, path=(field, "currency"))
        if currency is not None and self.currency != currency:
            raise Invalid(field=field, reason=f"This campaign is in {currency}.", path=(field, "currency"))
        return int(self.amount)
