"""What staff do about rewards: points given by hand, and decisions on what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid, NotFound
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission
from community.rewards import granting
from community.rewards.budgets import unit_of
from community.rewards.errors import RewardKeyReused
from community.rewards.moving import LONGEST_REASON, reject
from community.rewards.promises import Cause, PointsOf, Promise, promise
from community.rewards.tables import MOST_POINTS

if TYPE_CHECKING:
    from community.foundation.database import Connection

BY_HAND = "STAFF"
"""The kind of cause of points that staff give: each by its own key."""
LONGEST_KEY = 100
LONGEST_LIFE = timedelta(days=3650)

_MEMBER = "SELECT state <> 'ERASED' FROM member WHERE id = $1"
_GIVEN = "SELECT member_id, amount, budget_id, state FROM reward WHERE id = $1"
_OWN = "SELECT true FROM reward WHERE id = $1 AND member_id = $2"


@dataclass(frozen=True, slots=True)
class Gift:
    """Points that somebody of staff gives a member."""

    member_id: int
    amount: int
    budget_id: int
    reason: str
    key: str
    last: timedelta | None = None


async def grant_points(connection: Connection, acting: Acting, gift: Gift) -> int:
    """Give a member points at once, out of a budget; return the reward's id. The same key is the same gift.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        NotFound: if there is no such member or budget.
        BudgetExhausted, MemberCapReached: if the budget does not allow it.
        RewardKeyReused: if the key came with another gift.
        Invalid: for an amount, a reason, a key or a time that is none.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="give points")
    if not await connection.raw.fetchval(_MEMBER, gift.member_id):
        raise NotFound(what="member")
    unit = await unit_of(connection, gift.budget_id)
    if not 0 < gift.amount <= MOST_POINTS:
        raise Invalid(field="amount", reason=f"Points are 1 to {MOST_POINTS:,}.")
    reason = checked_reason(gift.reason)
    if not 0 < len(gift.key) <= LONGEST_KEY or not gift.key.isprintable():
        raise Invalid(field="idempotencyKey", reason=f"A key is 1 to {LONGEST_KEY} characters that show.")
    if gift.last is not None and not timedelta() < gift.last <= LONGEST_LIFE:
        raise Invalid(field="lastDays", reason=f"Points last 1 to {LONGEST_LIFE.days} days.")
    reward_id = await promise(
        connection,
        Promise(
            gift.member_id,
            Cause(BY_HAND, acting.member_id, gift.key),
            PointsOf(gift.amount, gift.last, unit),
            gift.budget_id,
            reason=reason,
        ),
    )
    given = await connection.raw.fetchrow(_GIVEN, reward_id)
    assert given is not None  # rewards stay
    if (given["member_id"], given["amount"], given["budget_id"]) != (gift.member_id, gift.amount, gift.budget_id):
        raise RewardKeyReused
    if given["state"] == "HELD":  # else it is this one again, granted before
        await granting.grant(connection, reward_id, reason=reason, granted_by=acting.member_id)
    return reward_id


async def review_reward(connection: Connection, acting: Acting, reward_id: int, *, granted: bool, reason: str) -> None:
    """Decide on a reward that is held: grant it now, or let it come to nothing.

    Raises:
        NotFound: if there is none that the member may see.
        NotPermitted: unless they run campaigns.
        RewardNotMovable: unless it is held.
        NoVoucherLeft: if it is a voucher, and none is left.
        Invalid: for a reason that is none.
    """
    await _door(connection, acting, reward_id, "decide on rewards")
    why = checked_reason(reason)
    if granted:
        await granting.grant(connection, reward_id, reason=why, granted_by=acting.member_id)
    else:
        await reject(connection, reward_id, why, rejected_by=acting.member_id)


async def reverse_reward(connection: Connection, acting: Acting, reward_id: int, *, reason: str) -> None:
    """Take back what was granted.

    Raises:
        NotFound: if there is none that the member may see.
        NotPermitted: unless they run campaigns.
        RewardNotMovable: unless it is granted.
        Invalid: for a reason that is none.
    """
    await _door(connection, acting, reward_id, "take rewards back")
    why = checked_reason(reason)
    await granting.reverse_reward(connection, reward_id, why, reversed_by=acting.member_id)


def checked_reason(written: str) -> str:
    """Return a reason, of which there must be one.

    Raises:
        Invalid: if there is none, or it is too long.
    """
    reason = clean_line(written, "reason", LONGEST_REASON)
    if not reason:
        raise Invalid(field="reason", reason="A reason is needed.")
    return reason


async def _door(connection: Connection, acting: Acting, reward_id: int, action: str) -> None:
    if not acting.may(Permission.MANAGE_CAMPAIGNS):
        # Whose it is may know that it is there; everybody else is told that it is not.
        if await connection.raw.fetchval(_OWN, reward_id, acting.member_id) is None:
            raise NotFound(what="reward")
        acting.require(Permission.MANAGE_CAMPAIGNS, action=action)
