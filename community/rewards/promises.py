"""Promises: what a member is to have for a cause, counted against a budget. A cause gives each of its rewards once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from community.rewards import events
from community.rewards.budgets import spend, unit_of
from community.rewards.moving import move
from community.rewards.states import HELD, PENDING
from community.rewards.tables import MOST_BUDGET, MOST_POINTS, POINTS

if TYPE_CHECKING:
    from community.foundation.database import Connection

_KNOWN = "SELECT id FROM reward WHERE (cause_kind, cause_id, rule, side) = ($1, $2, $3, $4)"
_PROMISE = """
    INSERT INTO reward (
        cause_kind, cause_id, rule, side, member_id, kind, unit, amount, name, pool_id, until, points_last, budget_id,
        cost, hold_for
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (cause_kind, cause_id, rule, side) DO NOTHING RETURNING id
"""
_MOVED = "INSERT INTO reward_move (reward_id, after, reason) VALUES ($1, $2, $3)"


@dataclass(frozen=True, slots=True)
class Cause:
    """What a reward is for: a thing by its kind and number, which of the promiser's rules, and whose side of the thing."""

    kind: str
    id: int
    rule: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class PointsOf:
    """So many points; how long they last from when they are granted, for good where nothing is said."""

    amount: int
    last: timedelta | None = None
    unit: str = POINTS


@dataclass(frozen=True, slots=True)
class BadgeOf:
    """A badge of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class VoucherOf:
    """A voucher from this pool."""

    pool_id: int


@dataclass(frozen=True, slots=True)
class TierOf:
    """A tier of this name, until a time; for good where none is said."""

    name: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What a member is promised, for what, and against which budget.

    Points cost what they are, in the budget's unit, which is theirs; other things what `cost` says, in whatever unit the
    budget has. What is not `earned` yet waits for :func:`earn`; from then on it is held for a while.
    """

    member_id: int
    cause: Cause
    what: PointsOf | BadgeOf | VoucherOf | TierOf
    budget_id: int
    hold: timedelta = timedelta()
    cost: int = 0
    earned: bool = True
    reason: str = ""


async def promise(connection: Connection, promised: Promise) -> int:
    """Promise a member something; return the reward's id. The same cause again is the first reward, whatever it says now.

    A refusal leaves nothing behind in the caller's transaction, which may go on.

    Raises:
        NotFound: if there is no such budget, or it is in another unit than the points.
        BudgetExhausted: if there is not enough left of it.
        MemberCapReached: if the member has had all that one may.
    """
    cause = promised.cause
    named = (cause.kind, cause.id, cause.rule, cause.side)
    known: int | None = await connection.raw.fetchval(_KNOWN, *named)
    if known is not None:
        return known
    columns, cost = _columns(promised)
    async with connection.savepoint():
        unit = columns[1] if isinstance(promised.what, PointsOf) else await unit_of(connection, promised.budget_id)
        reward_id: int | None = await connection.raw.fetchval(
            _PROMISE, *named, promised.member_id, *columns, promised.budget_id, cost, promised.hold
        )
        if reward_id is None:  # somebody else has promised it just now
            known = await connection.raw.fetchval(_KNOWN, *named)
            assert known is not None  # rewards stay
            return known
        await spend(connection, promised.budget_id, promised.member_id, cost, str(unit))
        await connection.raw.execute(_MOVED, reward_id, PENDING, promised.reason)
        happened = Event(
            events.REWARD_PROMISED,
            member_id=promised.member_id,
            subject_kind="reward",
            subject_id=reward_id,
            data={"kind": columns[0]},
        )
        await record(connection, happened)
        if promised.earned:
            await earn(connection, reward_id, reason=promised.reason)
    return reward_id


async def earn(connection: Connection, reward_id: int, *, reason: str = "") -> None:
    """Say that what a reward was promised for has come about: from now on it is held, and then granted by the clock.

    Raises:
        NotFound: if there is no such reward.
        RewardNotMovable: if it is earned already, or off.
    """
    await move(connection, reward_id, HELD, reason=reason)


def _columns(promised: Promise) -> tuple[tuple[object, ...], int]:
    """Return the columns that tell what is promised (kind, unit, amount, name, pool, until, how long points last), and its cost."""
    if promised.cost < 0 or promised.cost > MOST_BUDGET:
        raise ValueError(f"a reward costs nothing or more, not {promised.cost}")
    match promised.what:
        case PointsOf(amount, last, unit):
            if not 0 < amount <= MOST_POINTS:
                raise ValueError(f"{amount} points cannot be promised")
            return ("POINTS", unit, amount, None, None, None, last), amount
        case BadgeOf(name):
            return ("BADGE", None, None, name, None, None, None), promised.cost
        case VoucherOf(pool_id):
            return ("VOUCHER", None, None, None, pool_id, None, None), promised.cost
        case TierOf(name, until):
            return ("TIER", None, None, name, None, until, None), promised.cost
