"""What an operation costs: one for each field, times the sizes of the pages around it.

A size that stands in the document is multiplied out when the document is checked. Where a variable decides it, what
depends on it becomes a row of a small program: a constant and terms over earlier rows. A fragment has its rows once,
however often it is spread, so a price is worked out in time linear to the document for every request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Size = Callable[[Mapping[str, Any]], int]
"""Reads from the request's variables how long a list can be; raises GraphQLError if it may not be that long."""


@dataclass(frozen=True, slots=True)
class Row:
    """An amount that depends on variables: the place of its row in the program."""

    place: int


@dataclass(frozen=True, slots=True)
class SizeOf:
    """A size that depends on variables: the place of its reader."""

    place: int


Amount = int | Row
Times = int | SizeOf


@dataclass(slots=True)
class Sum:
    """An amount while it is put together: a constant, and terms of a factor, perhaps a size, perhaps a row."""

    constant: int = 0
    terms: list[tuple[int, int | None, int | None]] = field(default_factory=list)

    def add(self, amount: Amount, times: Times = 1) -> None:
        """Add an amount so many times."""
        factor = amount if isinstance(amount, int) else 1
        if isinstance(times, int):
            factor *= times
        size = times.place if isinstance(times, SizeOf) else None
        row = amount.place if isinstance(amount, Row) else None
        if size is None and row is None:
            self.constant += factor
        elif factor:
            self.terms.append((factor, size, row))


@dataclass(slots=True)
class Price:
    """The program that works out what an operation costs."""

    sizes: list[Size] = field(default_factory=list)
    rows: list[Callable[[Sequence[int], Sequence[int]], int]] = field(default_factory=list)
    result: Amount = 0

    def size(self, read: Size) -> SizeOf:
        """Add a size."""
        self.sizes.append(read)
        return SizeOf(len(self.sizes) - 1)

    def amount(self, total: Sum) -> Amount:
        """Return a finished sum: a number, or a new row."""
        return self._row(_summed(total)) if total.terms else total.constant

    def largest(self, amounts: Sequence[Amount]) -> Amount:
        """Return the largest of some amounts: a number, or a new row."""
        known = max((amount for amount in amounts if isinstance(amount, int)), default=0)
        places = [amount.place for amount in amounts if isinstance(amount, Row)]
        if not places:
            return known
        return self._row(lambda _, values: max(known, *(values[place] for place in places)))

    def of(self, variables: Mapping[str, Any]) -> int:
        """Return the price for a request's variables."""
        if isinstance(self.result, int) and not self.sizes:
            return self.result
        return self._work_out([read(variables) for read in self.sizes])

    def least(self) -> int:
        """Return the price for the shortest pages that can be asked for."""
        return self._work_out([1] * len(self.sizes))

    def _work_out(self, sizes: Sequence[int]) -> int:
        values: list[int] = []
        for row in self.rows:
            values.append(row(sizes, values))
        return self.result if isinstance(self.result, int) else values[self.result.place]

    def _row(self, row: Callable[[Sequence[int], Sequence[int]], int]) -> Row:
        self.rows.append(row)
        return Row(len(self.rows) - 1)


def _summed(total: Sum) -> Callable[[Sequence[int], Sequence[int]], int]:
    constant, terms = total.constant, tuple(total.terms)

    def summed(sizes: Sequence[int], values: Sequence[int]) -> int:
        result = constant
        for factor, size, row in terms:
            result += factor * (1 if size is None else sizes[size]) * (1 if row is None else values[row])
        return result

    return summed
