"""A member's statement of points: what came and went, line by line, with the balance after each; and what is left, by lots."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from community.foundation.csv_cells import safe_cell

if TYPE_CHECKING:
    from community.foundation.database import Connection

COLUMNS = ("unit", "position", "booked at", "what", "amount", "balance after", "of", "reason")

_LINES = """
    SELECT entry.unit, position, booked_at, booked.kind, entry.amount, balance_after,
        subject_kind || '_' || subject_id AS subject,
        CASE subject_kind
            WHEN 'reward' THEN (SELECT reason FROM reward WHERE reward.id = subject_id)
            WHEN 'redemption' THEN (
                SELECT title FROM redemption JOIN reward_item ON reward_item.id = item_id WHERE redemption.id = subject_id
            )
        END AS reason
    FROM ledger_account AS account JOIN ledger_entry AS entry ON entry.account_id = account.id
        JOIN ledger_transaction AS booked ON booked.id = transaction_id
    WHERE owner_kind = 'member' AND owner_id = $1 AND account.kind = 'POINTS' ORDER BY entry.id
"""
_LOTS = """
    SELECT unit, reward_id, amount, remaining, granted_at, expires_at FROM point_lot
    WHERE member_id = $1 AND remaining > 0 ORDER BY unit, id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Points that came or, negative, went, and how many there were afterwards."""

    unit: str
    position: int
    booked_at: datetime
    kind: str
    amount: int
    balance_after: int
    subject: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that came together, of which some are left; the oldest are spent first."""

    unit: str
    reward_id: int
    amount: int
    remaining: int
    granted_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    """All lines, the first one first, and the lots that are open."""

    lines: tuple[Line, ...]
    lots: tuple[Lot, ...]

    def balances(self) -> dict[str, int]:
        """Return how many points there are, by their unit."""
        return {line.unit: line.balance_after for line in self.lines}


async def statement_of(connection: Connection, member_id: int) -> Statement:
    """Return a member's statement, of one moment if the connection's transaction sees one snapshot. O(lines)."""
    lines = await connection.raw.fetch(_LINES, member_id)
    lots = await connection.raw.fetch(_LOTS, member_id)
    return Statement(tuple(Line(*row) for row in lines), tuple(Lot(**row) for row in lots))


def write_csv(lines: Sequence[Line], file: TextIO) -> None:
    """Write lines as comma-separated values, in which no cell is a formula to a spreadsheet."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in lines:
        numbers = (line.amount, line.balance_after)  # of ours: a number is one to a spreadsheet too
        writer.writerow(
            (
                line.unit,
                line.position,
                line.booked_at.isoformat(),
                line.kind,
                *numbers,
                line.subject,
                safe_cell(line.reason or ""),
            )
        )
