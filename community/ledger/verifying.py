"""Verifying: everything recounted from the entries, however it came to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_PROBLEMS = """
    SELECT 'transaction' AS of, transaction_id AS id, format('its entries in %s add up to %s', unit, sum(amount)) AS what
    FROM ledger_entry GROUP BY transaction_id, unit HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'transaction', id, 'it moves nothing' FROM ledger_transaction AS booked
    WHERE NOT EXISTS (SELECT FROM ledger_entry WHERE transaction_id = booked.id)
    UNION ALL
    SELECT 'transaction', reversal.id, format('it does not undo %s on account %s', reverses_id, account_id)
    FROM ledger_transaction AS reversal JOIN ledger_entry ON transaction_id IN (reversal.id, reverses_id)
    WHERE reverses_id IS NOT NULL GROUP BY reversal.id, reverses_id, account_id HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'account', account.id, format('its balance is %s, its entries add up to %s', balance, coalesce(sum(amount), 0))
    FROM ledger_account AS account LEFT JOIN ledger_entry ON account_id = account.id
    GROUP BY account.id HAVING balance <> coalesce(sum(amount), 0) OR entry_count <> count(amount)
    UNION ALL
    SELECT 'account', id, format('its balance is %s', balance) FROM ledger_account
    WHERE balance < 0 AND NOT may_go_below_zero
    UNION ALL
    SELECT 'entry', id, format('the balance after it is %s, those before it add up to %s', balance_after, running)
    FROM (
        SELECT *, sum(amount) OVER place AS running, row_number() OVER place AS expected
        FROM ledger_entry WINDOW place AS (PARTITION BY account_id ORDER BY position)
    ) AS entry
    WHERE balance_after <> running OR position <> expected
"""
_AMOUNTS = """
    SELECT (SELECT count(*) FROM ledger_account) AS accounts, (SELECT count(*) FROM ledger_transaction) AS transactions,
        (SELECT count(*) FROM ledger_entry) AS entries
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the ledger that is not as it must be: a transaction, an account or an entry, and what is wrong."""

    of: str
    id: int
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    accounts: int
    transactions: int
    entries: int
    problems: tuple[Problem, ...]


async def verify(connection: Connection) -> Verified:
    """Recount the whole ledger, at one moment: within a transaction that sees one snapshot."""
    found = await connection.raw.fetch(_PROBLEMS)
    amounts = await connection.raw.fetchrow(_AMOUNTS)
    assert amounts is not None  # counts are always there
    return Verified(**amounts, problems=tuple(Problem(**row) for row in found))
