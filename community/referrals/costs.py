"""What referrals were granted, and what that cost: told by the log of rewards, which know nothing of referrals.

As with steps, an event only says what to look at: what a referral has is read from its rewards, and the counts of days are
moved by the difference to what was counted before. So an event that comes twice counts once, and a reward that is taken
back leaves no trace in the counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

# A referral is counted on the day of the first grant of those that stand, with the cost of all that stand; and beside that
# on the day it was claimed, for cohorts. One reader does this, so nobody else has changed it meanwhile.
_COUNT = """
    WITH concerned AS (
        SELECT DISTINCT cause_id AS id FROM reward WHERE id = ANY($1::bigint[]) AND cause_kind = 'referral'
    ), stands AS (
        SELECT concerned.id, min(granted_at) AS at, coalesce(sum(reward.cost), 0)::bigint AS cost
        FROM concerned LEFT JOIN reward ON cause_kind = 'referral' AND cause_id = concerned.id AND state = 'GRANTED'
        GROUP BY concerned.id
    ), before AS (
        SELECT referral.* FROM referral JOIN stands USING (id)
        WHERE (rewarded_at, referral.cost) IS DISTINCT FROM (stands.at, stands.cost)
    ), changed AS (
        UPDATE referral SET rewarded_at = stands.at, cost = stands.cost
        FROM stands JOIN before USING (id) WHERE referral.id = stands.id
    ), moved AS (
        SELECT before.*, moment, rewarded, amount, of_cohort, amount_of_cohort
        FROM before JOIN stands USING (id) CROSS JOIN LATERAL (VALUES
            (rewarded_at, -1, -before.cost, 0, 0),
            (stands.at, 1, stands.cost, 0, 0),
            (claimed_at, 0, 0, (stands.at IS NOT NULL)::integer - (rewarded_at IS NOT NULL)::integer, stands.cost - before.cost)
        ) AS counted_on (moment, rewarded, amount, of_cohort, amount_of_cohort)
        WHERE moment IS NOT NULL
    )
    INSERT INTO referral_day (program_id, day, code_id, channel, campaign, rewarded, cost, cohort_rewarded, cohort_cost)
    SELECT program_id, (moment AT TIME ZONE 'UTC')::date, code_id, channel, campaign, sum(rewarded), sum(amount),
        sum(of_cohort), sum(amount_of_cohort)
    FROM moved GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (program_id, day, code_id, channel, campaign) DO UPDATE SET
        rewarded = referral_day.rewarded + excluded.rewarded,
        cost = referral_day.cost + excluded.cost,
        cohort_rewarded = referral_day.cohort_rewarded + excluded.cohort_rewarded,
        cohort_cost = referral_day.cohort_cost + excluded.cohort_cost
"""


async def count_costs(connection: Connection, reward_ids: Sequence[int]) -> None:
    """Count anew what those referrals have that some rewards are for; rewards for anything else are passed over."""
    await connection.raw.execute(_COUNT, reward_ids)
