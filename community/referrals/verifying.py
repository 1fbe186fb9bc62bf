"""Verifying: the counts of days, found again from clicks, steps and rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from community.foundation.database import Connection

COUNTS = (
    "clicks",
    "bot_clicks",
    "people",
    "sign_ups",
    "verified",
    "qualified",
    "rewarded",
    "cost",
    "cohort_verified",
    "cohort_qualified",
    "cohort_rewarded",
    "cohort_cost",
)
"""What is kept of a day, in this order in the statements below."""

# Whatever else a recount finds than what is kept, of days that either knows of. What was granted is asked of the rewards
# themselves, and not of what referrals have noted of them.
_DIFFERENCES = f"""
    WITH granted AS (
        SELECT cause_id AS referral_id, min(granted_at) AS at, sum(cost)::bigint AS cost
        FROM reward WHERE cause_kind = 'referral' AND state = 'GRANTED' GROUP BY cause_id
    ), facts (program_id, moment, code_id, channel, campaign, {", ".join(COUNTS)}) AS (
        SELECT program_id, day, code_id, click.channel, click.campaign,
            count(*) FILTER (WHERE NOT bot), count(*) FILTER (WHERE bot), count(DISTINCT visitor) FILTER (WHERE NOT bot),
            0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM referral_click AS click JOIN referral_code ON referral_code.id = code_id
            CROSS JOIN LATERAL (SELECT date_trunc('day', clicked_at AT TIME ZONE 'UTC') AS day) AS clicked
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT program_id, reached_at AT TIME ZONE 'UTC', code_id, channel, campaign,
            0, 0, 0, (step = 'SIGN_UP')::integer, (step = 'VERIFIED')::integer, 0, 0, 0, 0, 0, 0, 0
        FROM referral JOIN referral_step ON referral_id = referral.id AND step IN ('SIGN_UP', 'VERIFIED')
        UNION ALL
        SELECT program_id, qualified_at AT TIME ZONE 'UTC', code_id, channel, campaign, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
        FROM referral WHERE qualified_at IS NOT NULL
        UNION ALL
        SELECT program_id, at AT TIME ZONE 'UTC', code_id, channel, campaign, 0, 0, 0, 0, 0, 0, 1, granted.cost, 0, 0, 0, 0
        FROM referral JOIN granted ON referral_id = referral.id
        UNION ALL
        SELECT program_id, claimed_at AT TIME ZONE 'UTC', code_id, channel, campaign, 0, 0, 0, 0, 0, 0, 0, 0,
            EXISTS (SELECT FROM referral_step WHERE referral_id = referral.id AND step = 'VERIFIED')::integer,
            (qualified_at IS NOT NULL)::integer, (granted.at IS NOT NULL)::integer, coalesce(granted.cost, 0)
        FROM referral LEFT JOIN granted ON referral_id = referral.id
    ), counted AS (
        SELECT program_id, moment::date AS day, code_id, channel, campaign,
            ARRAY[{", ".join(f"sum({name})::bigint" for name in COUNTS)}] AS counts
        FROM facts GROUP BY 1, 2, 3, 4, 5
    ), kept AS (
        SELECT program_id, day, code_id, channel, campaign, ARRAY[{", ".join(f"{name}::bigint" for name in COUNTS)}] AS counts
        FROM referral_day
    ), nothing AS (SELECT array_fill(0::bigint, ARRAY[{len(COUNTS)}]) AS counts)
    SELECT program_id, day, code_id, channel, campaign, coalesce(kept.counts, nothing.counts) AS kept,
        coalesce(counted.counts, nothing.counts) AS counted
    FROM kept FULL JOIN counted USING (program_id, day, code_id, channel, campaign) CROSS JOIN nothing
    WHERE coalesce(kept.counts, nothing.counts) <> coalesce(counted.counts, nothing.counts)
    ORDER BY program_id, day, code_id, channel, campaign
"""  # noqa: S608 - made of names of ours


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a day whose count is not what a recount finds."""

    program_id: int
    day: date
    code_id: int
    channel: str
    campaign: str
    count: str
    kept: int
    counted: int


async def differences(connection: Connection) -> list[Difference]:
    """Recount all days from clicks, steps and rewards; return what is wrong. O(all rows).

    The counts of rewards are moved by the reader of the log: what it has yet to read is a difference until it has.
    """
    found: list[Difference] = []
    for row in await connection.raw.fetch(_DIFFERENCES):
        part: dict[str, Any] = {name: row[name] for name in ("program_id", "day", "code_id", "channel", "campaign")}
        found += [
            Difference(**part, count=name, kept=kept, counted=counted)
            for name, kept, counted in zip(COUNTS, row["kept"], row["counted"], strict=True)
            if kept != counted
        ]
    return found
