"""Booking: what moves from account to account, once for each key, in the transaction of whoever books.

A booking is one statement. Its entries go in by account id, and each moves its account's balance as it goes in: so the
accounts are locked in one order everywhere, and what would go below zero where it may not is refused with all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from community.foundation.database import Connection
from community.ledger.errors import AlreadyReversed, BookedOtherwise, InsufficientBalance, Unbalanced
from community.ledger.tables import LARGEST_AMOUNT

_OPENED = """
    SELECT id FROM ledger_account WHERE owner_kind = $1 AND owner_id = $2 AND kind = $3 AND unit = $4
"""
_OPEN = """
    INSERT INTO ledger_account (owner_kind, owner_id, kind, unit, may_go_below_zero) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (owner_kind, owner_id, kind, unit) DO NOTHING RETURNING id
"""
_BOOK = """
    WITH booked AS (
        INSERT INTO ledger_transaction (key, kind, subject_kind, subject_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (key) DO NOTHING RETURNING id
    ), entered AS (
        INSERT INTO ledger_entry (transaction_id, account_id, unit, amount)
        SELECT booked.id, account.id, account.unit, move.amount
        FROM booked, unnest($5::bigint[], $6::bigint[]) AS move (account_id, amount)
            JOIN ledger_account AS account ON account.id = move.account_id
        ORDER BY account.id
        RETURNING account_id
    )
    SELECT booked.id, (SELECT count(*) FROM entered) AS entries FROM booked
"""
# A reversal is not reversed: what was right after all is booked anew.
_REVERSE = """
    WITH booked AS (
        INSERT INTO ledger_transaction (key, kind, subject_kind, subject_id, reverses_id)
        SELECT $1, $2, subject_kind, subject_id, id FROM ledger_transaction WHERE key = $3 AND reverses_id IS NULL
        ON CONFLICT DO NOTHING RETURNING id, reverses_id
    ), entered AS (
        INSERT INTO ledger_entry (transaction_id, account_id, unit, amount)
        SELECT booked.id, account_id, unit, -amount FROM booked JOIN ledger_entry ON transaction_id = reverses_id
        ORDER BY account_id
        RETURNING account_id
    )
    SELECT booked.id FROM booked
"""
_BOOKED = """
    SELECT id, kind, subject_kind, subject_id, (
        SELECT reversed.key FROM ledger_transaction AS reversed WHERE reversed.id = booked.reverses_id
    ) AS reverses, (
        SELECT array_agg((account_id, amount) ORDER BY account_id) FROM ledger_entry WHERE transaction_id = booked.id
    ) AS moves
    FROM ledger_transaction AS booked WHERE key = $1
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An account, by whose it is and what lies on it. One on which money from outside begins may go below zero."""

    owner_kind: str
    owner_id: int
    kind: str
    unit: str
    may_go_below_zero: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What comes to an account or, negative, leaves it, in the smallest unit."""

    account_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a booking is for: the key that tells it again, a kind, and a subject by its id prefix and number."""

    key: str
    kind: str
    subject_kind: str
    subject_id: int


async def open_account(connection: Connection, account: Account) -> int:
    """Return an account's id; open it if it is not there yet."""
    named = (account.owner_kind, account.owner_id, account.kind, account.unit)
    account_id: int | None = await connection.raw.fetchval(_OPENED, *named)
    if account_id is None:
        account_id = await connection.raw.fetchval(_OPEN, *named, account.may_go_below_zero)
    if account_id is None:  # somebody else has opened it just now
        account_id = await connection.raw.fetchval(_OPENED, *named)
    assert account_id is not None
    return account_id


async def book(connection: Connection, purpose: Purpose, moves: Sequence[Move]) -> int:
    """Book moves as one transaction, unless they are booked under their key already; return the transaction's id.

    Raises:
        InsufficientBalance: if an account would go below zero that may not. The caller's transaction is lost with it.
        BookedOtherwise: if something else is booked under the key.
        Unbalanced: if the moves are none that can be booked.
    """
    _refuse_unbalanced(moves)
    ids, amounts = [move.account_id for move in moves], [move.amount for move in moves]
    row = await _entered(
        connection, _BOOK, purpose.key, purpose.kind, purpose.subject_kind, purpose.subject_id, ids, amounts
    )
    if row is not None:
        if row["entries"] != len(moves):
            raise LookupError(f"among {ids} are accounts that are not there")
        return row["id"]  # type: ignore[no-any-return] # of a record
    # A statement of its own sees what was committed while the one before waited for it.
    booked = await connection.raw.fetchrow(_BOOKED, purpose.key)
    assert booked is not None  # nothing is deleted here
    same = (booked["kind"], booked["subject_kind"], booked["subject_id"], booked["reverses"])
    if same != (purpose.kind, purpose.subject_kind, purpose.subject_id, None) or sorted(
        (move.account_id, move.amount) for move in moves
    ) != [tuple(each) for each in booked["moves"]]:
        raise BookedOtherwise(purpose.key)
    return booked["id"]  # type: ignore[no-any-return] # of a record


async def reverse(connection: Connection, booked_key: str, *, key: str, kind: str) -> int:
    """Book the opposite of what was booked under a key, unless that is booked already; return the reversal's id.

    Raises:
        AlreadyReversed: if it was reversed under another key, is itself a reversal, or was never booked.
        InsufficientBalance: if an account would go below zero that may not. The caller's transaction is lost with it.
        BookedOtherwise: if something else is booked under the key.
    """
    row = await _entered(connection, _REVERSE, key, kind, booked_key)
    if row is not None:
        return row["id"]  # type: ignore[no-any-return] # of a record
    booked = await connection.raw.fetchrow(_BOOKED, key)
    if booked is None:
        raise AlreadyReversed
    if (booked["kind"], booked["reverses"]) != (kind, booked_key):
        raise BookedOtherwise(key)
    return booked["id"]  # type: ignore[no-any-return] # of a record


async def _entered(connection: Connection, sql: str, *values: object) -> asyncpg.Record | None:
    try:
        return await connection.raw.fetchrow(sql, *values)
    except asyncpg.CheckViolationError as error:
        if error.constraint_name == "ledger_account_balance_check":
            raise InsufficientBalance from error
        raise


def _refuse_unbalanced(moves: Sequence[Move]) -> None:
    # Of one unit each, as callers have it: what is of several units is asked by the database.
    ids = {move.account_id for move in moves}
    if not moves or len(ids) != len(moves) or sum(move.amount for move in moves) != 0:
        raise Unbalanced(moves)
    if any(not 0 < abs(move.amount) <= LARGEST_AMOUNT for move in moves):
        raise Unbalanced(moves)
