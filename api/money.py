"""Money, as GraphQL shows and takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from sqlalchemy import Text, cast

from api.reading.fields import embedded, expression, object_type
from api.reading.readings import Scope

AMOUNT = "How much, as a whole number of the currency's smallest unit in decimal digits: `1999` is 19.99 in EUR, 1999 in JPY."
CURRENCY = "The currency by its ISO 4217 code, such as EUR or CNY."


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount of money."""

    amount: str = strawberry.field(description=AMOUNT)
    currency: str = strawberry.field(description=CURRENCY)


@object_type
class Money:
    """An amount of money, or of what else a ledger counts."""

    amount: str = expression(lambda scope: cast(scope.row.c.amount, Text), AMOUNT)
    currency: str = expression(lambda scope: scope.row.c.currency, CURRENCY)


def money(
    amount: str,
    description: str,
    *,
    currency: str = "currency",
    exists: Callable[[Scope], Any] | None = None,
) -> Any:
    """Read a field from two columns: an amount in the smallest unit, and its currency."""
    return embedded(description, exists=exists, columns={"amount": amount, "currency": currency})
