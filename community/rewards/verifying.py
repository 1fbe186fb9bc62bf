"""Verifying: budgets, lots, stock and balances recounted from what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_DIFFERENCES = """
    SELECT 'spent of budget' AS of, budget.id, spent AS kept, coalesce(sum(cost), 0)::bigint AS counted
    FROM reward_budget AS budget
        LEFT JOIN reward ON budget_id = budget.id AND state IN ('PENDING', 'HELD', 'GRANTED')
    GROUP BY budget.id HAVING spent <> coalesce(sum(cost), 0)
    UNION ALL
    SELECT 'share of budget', share.budget_id, share.spent, coalesce(sum(cost), 0)::bigint
    FROM reward_share AS share LEFT JOIN reward ON reward.budget_id = share.budget_id
        AND reward.member_id = share.member_id AND state IN ('PENDING', 'HELD', 'GRANTED')
    GROUP BY share.budget_id, share.member_id, share.spent HAVING share.spent <> coalesce(sum(cost), 0)
    UNION ALL
    SELECT 'left of lot', lot.id, remaining, coalesce(sum(move.amount), 0)::bigint
    FROM point_lot AS lot LEFT JOIN point_lot_move AS move ON lot_id = lot.id
    GROUP BY lot.id HAVING remaining <> coalesce(sum(move.amount), 0)
    UNION ALL
    SELECT 'lots of member', owner_id, greatest(balance, 0), coalesce(sum(remaining), 0)::bigint
    FROM ledger_account AS account LEFT JOIN point_lot AS lot ON member_id = owner_id AND lot.unit = account.unit
    WHERE owner_kind = 'member' AND kind = 'POINTS'
    GROUP BY account.id HAVING greatest(balance, 0) <> coalesce(sum(remaining), 0)
    UNION ALL
    SELECT 'taken of item', item.id, taken, count(redemption.id)
    FROM reward_item AS item LEFT JOIN redemption ON item_id = item.id AND state <> 'CANCELLED'
    GROUP BY item.id HAVING taken <> count(redemption.id)
    UNION ALL
    SELECT 'redeemed of item', owner_id, balance, coalesce(sum(redemption.price), 0)::bigint
    FROM ledger_account AS account LEFT JOIN redemption ON item_id = owner_id AND state <> 'CANCELLED'
        AND redemption.unit = account.unit
    WHERE owner_kind = 'reward_item' AND kind = 'REDEEMED'
    GROUP BY account.id HAVING balance <> coalesce(sum(redemption.price), 0)
    UNION ALL
    SELECT 'redeemed of item', item_id, 0, sum(price)::bigint FROM redemption
    WHERE state <> 'CANCELLED' AND NOT EXISTS (
        SELECT FROM ledger_account AS account
        WHERE owner_kind = 'reward_item' AND owner_id = item_id AND kind = 'REDEEMED' AND account.unit = redemption.unit
    ) GROUP BY item_id, unit
    UNION ALL
    SELECT 'expense of budget', budget.id, -coalesce(balance, 0), coalesce(sum(reward.amount), 0)::bigint
    FROM reward_budget AS budget
        LEFT JOIN ledger_account ON owner_kind = 'reward_budget' AND owner_id = budget.id AND kind = 'EXPENSE'
        LEFT JOIN reward ON budget_id = budget.id AND state = 'GRANTED' AND reward.kind = 'POINTS'
    GROUP BY budget.id, balance HAVING -coalesce(balance, 0) <> coalesce(sum(reward.amount), 0)
    UNION ALL
    SELECT 'moves of reward', reward.id, 1, 0 FROM reward
    WHERE state IS DISTINCT FROM (SELECT after FROM reward_move WHERE reward_id = reward.id ORDER BY id DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something kept that is not what a recount finds: of what, by its id, as kept and as counted."""

    of: str
    id: int
    kept: int
    counted: int


async def differences(connection: Connection) -> list[Difference]:
    """Recount everything of rewards; return what is wrong. O(all rows)."""
    return [Difference(**row) for row in await connection.raw.fetch(_DIFFERENCES)]
