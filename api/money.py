"""Money: whole minor units of a currency, written as text, as JSON's numbers are not exact in all clients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import strawberry
from sqlalchemy import Text, cast

from api.reading.fields import expression, object_type
from community.foundation.errors import Invalid

if TYPE_CHECKING:
    from api.reading.readings import Scope

_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)


def _amount(scope: Scope) -> Any:
    return cast(scope.row.c.amount, Text)


def _currency(scope: Scope) -> Any:
    return scope.row.c.currency


@object_type
class Money:
    """An amount of a currency."""

    amount: str = expression(
        _amount, "How much in the currency's minor unit (cents, fen), as a whole number in digits: 12900 is 129.00 EUR."
    )
    currency: str = expression(_currency, "Three capital letters, as ISO 4217 has them: EUR, CNY.")


@strawberry.input(description="An amount of a currency.")
class MoneyInput:
    """An amount of a currency."""

    amount: str = strawberry.field(
        description="How much in the currency's minor unit (cents, fen), as a whole number in digits: 12900 is 129.00 EUR."
    )
    currency: str = strawberry.field(description="Three capital letters, as ISO 4217 has them: EUR, CNY.")


def minor_units(given: MoneyInput, path: tuple[str, ...]) -> int:
    """Return the amount of money as a number.

    Raises:
        Invalid: if it is not written as one; `path` leads to it.
    """
    if not _AMOUNT.fullmatch(given.amount):
        raise Invalid(
            field=path[-1],
            reason="An amount is a whole number of minor units in digits, as 12900 for 129.00.",
            path=(*path, "amount"),
        )
    return int(given.amount)
