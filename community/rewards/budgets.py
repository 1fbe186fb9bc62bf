"""Budgets: how much may be promised, of all members and of each. What is promised is taken under the budget's lock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission
from community.rewards import events
from community.rewards.errors import BudgetExhausted, BudgetNameTaken, MemberCapReached
from community.rewards.tables import MOST_BUDGET

if TYPE_CHECKING:
    from community.foundation.database import Connection

LONGEST_NAME = 100

# The names by which features keep budgets of their own (`ensure_budget`), and ids, which look the same.
_KEPT_NAME = re.compile(r"[a-z]+(?:_[a-z]+)*_[0-9]+\Z", re.ASCII)
_UNIT = re.compile(r"[A-Z]{2,12}\Z", re.ASCII)
_CREATE = """
    INSERT INTO reward_budget (name, unit, amount, per_member, created_by) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
_ENSURE = """
    INSERT INTO reward_budget (name, unit, amount) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET amount = greatest(reward_budget.spent, excluded.amount)
        WHERE reward_budget.unit = excluded.unit
    RETURNING id
"""
_SPEND = """
    UPDATE reward_budget SET spent = spent + $2 WHERE id = $1 AND unit = $3 AND spent + $2 <= amount
    RETURNING per_member
"""
# The budget's row is locked by the statement before, so that a member's share is counted by one at a time.
_SHARE = """
    INSERT INTO reward_share AS share (budget_id, member_id, spent)
    SELECT $1::bigint, $2::bigint, $3::bigint WHERE $3::bigint <= coalesce($4::bigint, $3::bigint)
    ON CONFLICT (budget_id, member_id) DO UPDATE SET spent = share.spent + $3::bigint
        WHERE share.spent + $3::bigint <= coalesce($4::bigint, share.spent + $3::bigint)
    RETURNING true
"""
_UNIT_OF = "SELECT unit FROM reward_budget WHERE id = $1"
_GIVE_BACK = "UPDATE reward_budget SET spent = spent - $2 WHERE id = $1"
_GIVE_BACK_SHARE = "UPDATE reward_share SET spent = spent - $3 WHERE budget_id = $1 AND member_id = $2"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be promised."""

    name: str
    unit: str
    amount: int
    per_member: int | None = None


async def create_reward_budget(connection: Connection, acting: Acting, budget: Budget) -> int:
    """Make a budget; return its id.

    Raises:
        NotPermitted: unless the member runs campaigns.
        BudgetNameTaken: if there is one of the name, or a feature may come to keep one by it.
        Invalid: for what is not what it may be.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="make budgets for rewards")
    name = clean_line(budget.name, "name", LONGEST_NAME)
    if not name:
        raise Invalid(field="name", reason="A name is needed.")
    if _KEPT_NAME.match(name):
        raise BudgetNameTaken(path=("name",))
    unit = checked_unit(budget.unit)
    if not 0 <= budget.amount <= MOST_BUDGET:
        raise Invalid(field="amount", reason=f"A budget is 0 to {MOST_BUDGET:,}.")
    if budget.per_member is not None and not 0 <= budget.per_member <= MOST_BUDGET:
        raise Invalid(field="perMember", reason=f"One member may have 0 to {MOST_BUDGET:,}.")
    try:
        async with connection.savepoint():
            budget_id: int = await connection.raw.fetchval(
                _CREATE, name, unit, budget.amount, budget.per_member, acting.member_id
            )
    except asyncpg.UniqueViolationError:
        raise BudgetNameTaken(path=("name",)) from None
    happened = Event(
        events.BUDGET_CREATED,
        actor_id=acting.member_id,
        subject_kind="reward_budget",
        subject_id=budget_id,
        context=acting.context,
    )
    await record(connection, happened)
    return budget_id


async def ensure_budget(connection: Connection, name: str, unit: str, amount: int) -> int:
    """Return the budget that a feature keeps by a name of its own, made or changed to an amount, though never below what is spent."""
    budget_id: int = await connection.raw.fetchval(_ENSURE, name, unit, min(amount, MOST_BUDGET))
    return budget_id


def checked_unit(unit: str) -> str:
    """Return a unit as it is written.

    Raises:
        Invalid: if it is none.
    """
    if _UNIT.match(unit) is None:
        raise Invalid(field="unit", reason="A unit is 2 to 12 capital letters, such as POINTS or EUR.")
    return unit


async def unit_of(connection: Connection, budget_id: int) -> str:
    """Return the unit that a budget is in.

    Raises:
        NotFound: if there is no such budget.
    """
    unit: str | None = await connection.raw.fetchval(_UNIT_OF, budget_id)
    if unit is None:
        raise NotFound(what="budget")
    return unit


async def spend(connection: Connection, budget_id: int, member_id: int, cost: int, unit: str) -> None:
    """Take what a reward costs from a budget, and from what one member may have of it.

    Raises:
        NotFound: if there is no such budget in this unit.
        BudgetExhausted: if there is not enough left.
        MemberCapReached: if the member would have more than one may.
    """
    taken = await connection.raw.fetchrow(_SPEND, budget_id, cost, unit)
    if taken is None:
        if await unit_of(connection, budget_id) != unit:
            raise NotFound(what="budget")
        raise BudgetExhausted
    if not await connection.raw.fetchval(_SHARE, budget_id, member_id, cost, taken["per_member"]):
        raise MemberCapReached


async def give_back(connection: Connection, reward: asyncpg.Record) -> None:
    """Give back what a reward has cost, as it is off."""
    await connection.raw.execute(_GIVE_BACK, reward["budget_id"], reward["cost"])
    await connection.raw.execute(_GIVE_BACK_SHARE, reward["budget_id"], reward["member_id"], reward["cost"])
