"""The ledger: what the database itself holds, and random bookings at once that end as a recount finds them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import application
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal
from community.ledger.booking import Account, Move, Purpose, book, open_account, reverse
from community.ledger.errors import AlreadyReversed, BookedOtherwise, InsufficientBalance, Unbalanced
from community.ledger.verifying import verify
from tests.conftest import run_sql
from tests.factories.discussions import value

OUTSIDE = Account("member", 1, "PAYMENT", "EUR", may_go_below_zero=True)
HELD = Account("backing_campaign", 7, "HELD", "EUR")
POINTS = Account("member", 1, "POINTS", "POINTS")


def purpose(key: str, kind: str = "PAID") -> Purpose:
    return Purpose(key, kind, "pledge", 1)


async def opened(database: Database, *accounts: Account) -> list[int]:
    async with database.writing() as connection:
        return [await open_account(connection, account) for account in accounts]


async def pay(database: Database, outside: int, inside: int, amount: int, key: str = "pay") -> int:
    return await database.transact(
        lambda connection: book(connection, purpose(key), [Move(outside, -amount), Move(inside, amount)])
    )


async def balance(database: Database, account_id: int) -> object:
    return await value(database, "SELECT balance FROM ledger_account WHERE id = $1", account_id)


async def no_problems(database: Database) -> None:
    async with database.reading() as connection:
        found = await verify(connection)
    assert found.problems == ()


async def test_what_is_booked_moves_balances_and_stands_in_the_statement(database: Database) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)

    await pay(database, outside, held, 500, "first")
    await pay(database, outside, held, 250, "second")

    assert (await balance(database, outside), await balance(database, held)) == (-750, 750)
    async with database.reading() as connection:
        statement = await connection.raw.fetch(
            "SELECT position, amount, balance_after FROM ledger_entry WHERE account_id = $1 ORDER BY position", held
        )
    assert [tuple(row) for row in statement] == [(1, 500, 500), (2, 250, 750)]
    await no_problems(database)


async def test_an_account_is_opened_once_however_many_ask(database: Database) -> None:
    found = await asyncio.gather(*(opened(database, HELD) for _ in range(20)))

    assert len({account for (account,) in found}) == 1


async def test_what_comes_again_under_its_key_is_booked_once_and_what_differs_is_refused(database: Database) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)

    booked = await asyncio.gather(*(pay(database, outside, held, 500) for _ in range(20)))

    assert len(set(booked)) == 1
    assert await balance(database, held) == 500
    with pytest.raises(BookedOtherwise):
        await pay(database, outside, held, 501)
    async with database.writing() as connection:
        with pytest.raises(BookedOtherwise):
            await book(connection, purpose("pay", "OTHER"), [Move(outside, -500), Move(held, 500)])
    assert await balance(database, held) == 500


async def test_an_account_does_not_go_below_zero_unless_it_may(database: Database) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)
    await pay(database, outside, held, 500)

    with pytest.raises(InsufficientBalance):
        await pay(database, held, outside, 501, "too much")

    assert await balance(database, held) == 500
    assert await value(database, "SELECT count(*) FROM ledger_transaction") == 1


async def test_of_fifty_who_draw_on_an_account_at_once_as_many_are_served_as_it_has(database: Database) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)
    await pay(database, outside, held, 10)

    async def draw(number: int) -> bool:
        try:
            await pay(database, held, outside, 1, f"draw {number}")
        except InsufficientBalance:
            return False
        return True

    drawn = await asyncio.gather(*(draw(number) for number in range(50)))

    assert sum(drawn) == 10
    assert await balance(database, held) == 0
    await no_problems(database)


async def test_a_transaction_is_reversed_once(database: Database) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)
    await pay(database, outside, held, 500)

    async def undo(key: str) -> int:
        return await database.transact(lambda connection: reverse(connection, "pay", key=key, kind="UNDONE"))

    async def attempt(key: str) -> int | None:
        try:
            return await undo(key)
        except AlreadyReversed:
            return None

    done = await asyncio.gather(*(attempt(f"undo {number}") for number in range(10)))

    won = next(number for number, each in enumerate(done) if each is not None)
    assert sum(each is not None for each in done) == 1
    assert await undo(f"undo {won}") == done[won], "the same again is the same"
    assert (await balance(database, held), await balance(database, outside)) == (0, 0)
    with pytest.raises(AlreadyReversed):
        await database.transact(lambda connection: reverse(connection, f"undo {won}", key="back", kind="UNDONE"))
    await no_problems(database)


@pytest.mark.parametrize(
    "amounts", [[], [5], [5, -4], [0, 0], [10**16, -(10**16)]], ids=["none", "one", "unequal", "nothing", "too much"]
)
async def test_moves_that_do_not_add_up_are_not_booked(database: Database, amounts: list[int]) -> None:
    accounts = await opened(database, OUTSIDE, HELD)

    async with database.writing() as connection:
        with pytest.raises(Unbalanced):
            await book(connection, purpose("bad"), [Move(a, b) for a, b in zip(accounts, amounts, strict=False)])


TRANSACTION = "INSERT INTO ledger_transaction (key, kind, subject_kind, subject_id) VALUES ('k', 'K', 'pledge', 1)"
REVERSAL = """
    INSERT INTO ledger_transaction (key, kind, subject_kind, subject_id, reverses_id)
    SELECT 'k', 'UNDONE', subject_kind, subject_id, id FROM ledger_transaction
"""
ENTRY = """
    INSERT INTO ledger_entry (transaction_id, account_id, unit, amount)
    SELECT ledger_transaction.id, ledger_account.id, unit, {amount} FROM ledger_transaction, ledger_account
    WHERE ledger_account.kind = '{kind}' AND ledger_transaction.key = '{key}'
"""


def entry(kind: str, amount: int, key: str = "k") -> str:
    return ENTRY.format(kind=kind, amount=amount, key=key)


@pytest.mark.parametrize(
    "statements",
    [
        [TRANSACTION],
        [TRANSACTION, entry("HELD", 5)],
        [TRANSACTION, entry("HELD", 5), entry("PAYMENT", -4)],
        # Two units do not make up for each other.
        [TRANSACTION, entry("HELD", 5), entry("POINTS", -5)],
        # Asked too early, and then added to.
        [TRANSACTION, entry("HELD", 5), entry("PAYMENT", -5), "SET CONSTRAINTS ALL IMMEDIATE", entry("POINTS", 5)],
        # Added to what is booked.
        [entry("POINTS", 5, "pay")],
        ["UPDATE ledger_entry SET amount = 1"],
        ["DELETE FROM ledger_entry"],
        ["TRUNCATE ledger_entry"],
        ["UPDATE ledger_transaction SET kind = 'OTHER'"],
        ["DELETE FROM ledger_transaction"],
        ["TRUNCATE ledger_account, ledger_entry"],
        ["UPDATE ledger_account SET balance = 1000000"],
        ["UPDATE ledger_account SET may_go_below_zero = true"],
        ["DELETE FROM ledger_account WHERE kind = 'POINTS'"],
        [REVERSAL, entry("HELD", -4), entry("PAYMENT", 4)],
    ],
)
async def test_the_database_itself_lets_nobody_get_around_the_ledger(database: Database, statements: list[str]) -> None:
    outside, held, _ = await opened(database, OUTSIDE, HELD, POINTS)
    await pay(database, outside, held, 500)

    with pytest.raises((asyncpg.RestrictViolationError, asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
        async with database.writing() as connection:
            for statement in statements:
                await connection.raw.execute(statement)

    assert (await balance(database, held), await balance(database, outside)) == (500, -500)
    assert await value(database, "SELECT count(*) FROM ledger_entry") == 2
    await no_problems(database)


async def test_an_account_is_opened_empty_whatever_is_said(database: Database) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO ledger_account (owner_kind, owner_id, kind, unit, may_go_below_zero, balance, entry_count) "
            "VALUES ('member', 1, 'PAYMENT', 'EUR', false, 1000, 3)"
        )

    assert await value(database, "SELECT (balance, entry_count) FROM ledger_account") == (0, 0)


async def test_verifying_finds_what_was_tampered_with(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, held = await opened(database, OUTSIDE, HELD)
    await pay(database, outside, held, 500)
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert (await asyncio.to_thread(CliRunner().invoke, application, ["ledger", "verify"])).exit_code == 0
    await asyncio.to_thread(
        run_sql,
        database_url,
        f"SET session_replication_role = replica; UPDATE ledger_entry SET amount = 501 WHERE account_id = {held}",
    )

    found = await asyncio.to_thread(CliRunner().invoke, application, ["ledger", "verify"])

    assert found.exit_code == 1
    assert "problems: 3" in found.stdout  # the transaction's sum, the account's balance, and the balance after


Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "pay", "reverse", "replay"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 200),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, together=st.integers(1, 12))
async def test_random_bookings_at_once_keep_every_law(database: Database, steps: list[Step], together: int) -> None:
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")
    accounts = await opened(
        database, OUTSIDE, HELD, Account("brand", 1, "RECEIVED", "EUR"), Account("member", 2, "PAYMENT", "EUR")
    )
    done: list[tuple[int, str, dict[int, int]]] = []
    undone: set[int] = set()
    expected: Counter[int] = Counter()

    async def attempt(action: Callable[[Connection], Awaitable[int]]) -> int | None:
        try:
            return await database.transact(action)
        except Refusal:
            return None

    async def step(number: int, what: str, one: int, other: int, amount: int) -> None:
        known = list(done)
        if what == "pay" or not known:
            if one == other:
                return
            moves = {accounts[one]: -amount, accounts[other]: amount}
            booked = await attempt(
                partial(book, purpose=purpose(f"key {number}"), moves=[Move(*each) for each in moves.items()])
            )
            if booked is not None:
                done.append((booked, f"key {number}", moves))
                expected.update(moves)
            return
        transaction, key, moves = known[amount % len(known)]
        if what == "replay":
            again = [Move(*each) for each in moves.items()]
            assert await attempt(partial(book, purpose=purpose(key), moves=again)) == transaction
            return
        if await attempt(partial(reverse, booked_key=key, key=f"undo {number}", kind="UNDONE")):
            assert transaction not in undone
            undone.add(transaction)
            expected.subtract(moves)

    numbered = [(number, *each) for number, each in enumerate(steps)]
    for first in range(0, len(numbered), together):
        await asyncio.gather(*(step(*each) for each in numbered[first : first + together]))

    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT id, balance FROM ledger_account")
    balances = {row["id"]: row["balance"] for row in rows}
    assert balances == {account: expected[account] for account in accounts}
    assert sum(balances.values()) == 0
    assert all(balances[account] >= 0 for account in accounts[1:])
    await no_problems(database)
