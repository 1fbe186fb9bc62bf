"""Points: they come in lots, the oldest lot is spent first, and what is left of all is what the ledger says there is.

Whatever moves a member's points first holds their account's row in the ledger: one thing after another. In the ledger,
in the unit of the points:

| on account | lies |
|---|---|
| `EXPENSE` of the budget, which goes below zero | what its rewards have cost, as a negative number |
| `POINTS` of the member | what they have. Below zero only by a reward that was reversed after it was spent |
| `REDEEMED` of the item | what was paid for it |
| `EXPIRED` of the budget | what nobody spent in time |

Points that come while the balance is below zero fill that first (`FILLED`). So at any time what is left of a member's lots
adds up to their balance or, while that is below zero, to nothing. Costs: O(lots that are open) for what is spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from community.ledger.booking import Account, Move, Purpose, book, open_account, reverse
from community.rewards import events
from community.rewards.errors import NotEnoughPoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from community.foundation.database import Connection

GRANTED, REVERSED = "REWARD_GRANTED", "REWARD_REVERSED"
REDEEMED, GIVEN_BACK = "POINTS_REDEEMED", "POINTS_GIVEN_BACK"
EXPIRED, UNEXPIRED = "POINTS_EXPIRED", "POINTS_UNEXPIRED"

_HOLD = "SELECT balance FROM ledger_account WHERE id = $1 FOR NO KEY UPDATE"
_ADD = """
    INSERT INTO point_lot (reward_id, member_id, unit, amount, remaining, expires_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval) RETURNING id
"""
# Some of each, from the oldest on, until there is enough.
_TAKE = """
    WITH open AS (
        SELECT id, remaining, sum(remaining) OVER (ORDER BY id) - remaining AS before FROM point_lot
        WHERE member_id = $1 AND unit = $2 AND remaining > 0
    )
    UPDATE point_lot SET remaining = point_lot.remaining - least(open.remaining, $3::bigint - open.before)
    FROM open WHERE point_lot.id = open.id AND open.before < $3::bigint
    RETURNING point_lot.id, least(open.remaining, $3::bigint - open.before)::bigint AS amount
"""
_CHANGE = "UPDATE point_lot SET remaining = remaining + $2 WHERE id = $1"
_MOVED = """
    INSERT INTO point_lot_move (lot_id, transaction_id, kind, amount)
    SELECT lot_id, $1, kind, amount FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS move (lot_id, kind, amount)
"""
_OF_REWARD = "SELECT id, remaining, amount FROM point_lot WHERE reward_id = $1"
_SPENT = """
    SELECT lot_id, -amount AS amount FROM point_lot_move WHERE kind = 'SPENT' AND transaction_id = (
        SELECT id FROM ledger_transaction WHERE key = $1
    ) ORDER BY lot_id
"""
_LAPSED = """
    SELECT lot.id, lot.remaining, lot.reward_id, reward.budget_id, (
        SELECT count(*) FROM point_lot_move WHERE lot_id = lot.id AND kind = 'EXPIRED'
    ) AS times
    FROM point_lot AS lot JOIN reward ON reward.id = lot.reward_id
    WHERE lot.member_id = $1 AND lot.unit = $2 AND lot.remaining > 0 AND lot.expires_at <= clock_timestamp() ORDER BY lot.id
"""
_HAVE_EXPIRED = """
    SELECT booked.key, -move.amount AS amount
    FROM point_lot_move AS move JOIN ledger_transaction AS booked ON booked.id = transaction_id
    WHERE lot_id = $1 AND move.kind = 'EXPIRED' ORDER BY move.id
"""
_LAPSING = """
    SELECT DISTINCT member_id, unit FROM point_lot WHERE remaining > 0 AND expires_at <= clock_timestamp() LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A member's points of a unit, held by the caller's transaction."""

    member_id: int
    unit: str
    account_id: int
    balance: int

    @property
    def owed(self) -> int:
        """How much comes in before anything is theirs to spend."""
        return max(0, -self.balance)


async def hold_points(connection: Connection, member_id: int, unit: str) -> Held:
    """Hold a member's points until the end of the transaction; nobody else moves them."""
    account = Account("member", member_id, "POINTS", unit, may_go_below_zero=True)
    account_id = await open_account(connection, account)
    balance: int = await connection.raw.fetchval(_HOLD, account_id)
    return Held(member_id, unit, account_id, balance)


async def add_points(connection: Connection, reward: asyncpg.Record) -> None:
    """Book the points of a reward that is granted now, as a lot of their own."""
    held = await hold_points(connection, reward["member_id"], reward["unit"])
    amount, budget = reward["amount"], reward["budget_id"]
    expense = Account("reward_budget", budget, "EXPENSE", held.unit, may_go_below_zero=True)
    moves = (Move(await open_account(connection, expense), -amount), Move(held.account_id, amount))
    purpose = Purpose(granted_key(reward["id"]), GRANTED, "reward", reward["id"])
    booked = await book(connection, purpose, moves)
    filled = min(amount, held.owed)
    lot: int = await connection.raw.fetchval(
        _ADD, reward["id"], held.member_id, held.unit, amount, amount - filled, reward["points_last"]
    )
    await _note(connection, booked, [(lot, "GRANTED", amount), (lot, "FILLED", -filled)])


async def take_points_back(connection: Connection, reward: asyncpg.Record) -> None:
    """Reverse a reward's points: its own lot goes, and what was spent of it is taken from the others, or is owed.

    What has expired of it was taken once already, and is given back before.
    """
    held = await hold_points(connection, reward["member_id"], reward["unit"])
    lot = await connection.raw.fetchrow(_OF_REWARD, reward["id"])
    assert lot is not None  # it was granted
    own = lot["remaining"]
    for expired in await connection.raw.fetch(_HAVE_EXPIRED, lot["id"]):
        undone = await reverse(connection, expired["key"], key=f"{expired['key']}:undone", kind=UNEXPIRED)
        await _note(connection, undone, [(lot["id"], "UNEXPIRED", expired["amount"])])
        own += expired["amount"]
    booked = await reverse(connection, granted_key(reward["id"]), key=f"reward_{reward['id']}:reversed", kind=REVERSED)
    await connection.raw.execute("UPDATE point_lot SET remaining = 0 WHERE id = $1", lot["id"])
    others = await connection.raw.fetch(_TAKE, held.member_id, held.unit, lot["amount"] - own)
    taken = [(lot["id"], "TAKEN_BACK", -own), *((other["id"], "TAKEN_BACK", -other["amount"]) for other in others)]
    await _note(connection, booked, taken)


async def spend_points(connection: Connection, held: Held, amount: int, purpose: Purpose, to_account_id: int) -> None:
    """Pay points that are held, from the oldest lot on.

    Raises:
        NotEnoughPoints: if there are not so many. Nothing was done then, but that what had to expire has expired.
    """
    expired = await expire_held(connection, held)
    if held.balance - expired < amount:
        raise NotEnoughPoints
    booked = await book(connection, purpose, (Move(held.account_id, -amount), Move(to_account_id, amount)))
    taken = await connection.raw.fetch(_TAKE, held.member_id, held.unit, amount)
    await _note(connection, booked, [(lot["id"], "SPENT", -lot["amount"]) for lot in taken])


async def give_points_back(connection: Connection, held: Held, key: str, reversal_key: str) -> None:
    """Reverse what was paid under a key: the points are in the lots that they came from again, and expire with them."""
    booked = await reverse(connection, key, key=reversal_key, kind=GIVEN_BACK)
    owed = held.owed
    moves: list[tuple[int, str, int]] = []
    for spent in await connection.raw.fetch(_SPENT, key):
        lot, amount = spent["lot_id"], spent["amount"]
        filled = min(owed, amount)
        owed -= filled
        await connection.raw.execute(_CHANGE, lot, amount - filled)
        moves += [(lot, "GIVEN_BACK", amount), (lot, "FILLED", -filled)]
    await _note(connection, booked, moves)


async def expire_held(connection: Connection, held: Held) -> int:
    """Book what is left of lots whose time is over; return how much that was."""
    expired = 0
    for lot in await connection.raw.fetch(_LAPSED, held.member_id, held.unit):
        unspent = Account("reward_budget", lot["budget_id"], "EXPIRED", held.unit)
        moves = (
            Move(held.account_id, -lot["remaining"]),
            Move(await open_account(connection, unspent), lot["remaining"]),
        )
        # A lot can expire again, when points came back to it that were spent before.
        purpose = Purpose(f"point_lot_{lot['id']}:expired:{lot['times'] + 1}", EXPIRED, "reward", lot["reward_id"])
        booked = await book(connection, purpose, moves)
        await connection.raw.execute(_CHANGE, lot["id"], -lot["remaining"])
        await _note(connection, booked, [(lot["id"], "EXPIRED", -lot["remaining"])])
        happened = Event(
            events.POINTS_EXPIRED, member_id=held.member_id, subject_kind="reward", subject_id=lot["reward_id"]
        )
        await record(connection, happened)
        expired += lot["remaining"]
    return expired


async def lapsing(connection: Connection, most: int) -> list[tuple[int, str]]:
    """Return whose points, in which unit, have lots whose time is over."""
    return [(row["member_id"], row["unit"]) for row in await connection.raw.fetch(_LAPSING, most)]


def granted_key(reward_id: int) -> str:
    """Return the key under which a reward's points are booked, once."""
    return f"reward_{reward_id}:granted"


async def _note(connection: Connection, booked: int, moves: Sequence[tuple[int, str, int]]) -> None:
    """Write down what a ledger transaction did to lots."""
    some = [move for move in moves if move[2] != 0]
    if some:
        lots, kinds, amounts = zip(*some, strict=True)
        await connection.raw.execute(_MOVED, booked, list(lots), list(kinds), list(amounts))
