"""Totals: what a campaign has raised, from how many, and how many of each tier are taken; moved with its pledges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

_COUNT = "UPDATE backing_campaign SET raised = raised + $2, backer_count = backer_count + 1 WHERE id = $1"
_RELEASE = """
    UPDATE backing_campaign AS campaign SET raised = raised - gone.amount, backer_count = backer_count - gone.backers
    FROM (
        SELECT campaign_id, sum(amount) AS amount, count(*) AS backers
        FROM unnest($1::bigint[], $2::bigint[]) AS pledge (campaign_id, amount) GROUP BY campaign_id
    ) AS gone
    WHERE campaign.id = gone.campaign_id
"""
_GIVE_BACK = """
    UPDATE backing_tier AS tier SET claimed = claimed - gone.amount
    FROM (SELECT id, count(*) AS amount FROM unnest($1::bigint[]) AS tier (id) GROUP BY id) AS gone
    WHERE tier.id = gone.id
"""
_DIFFERENCES = """
    SELECT 'raised' AS of, campaign.id, raised AS kept, coalesce(sum(amount), 0) AS counted
    FROM backing_campaign AS campaign
        LEFT JOIN pledge ON campaign_id = campaign.id AND pledge.state IN ('AUTHORISED', 'CAPTURED')
    GROUP BY campaign.id HAVING raised <> coalesce(sum(amount), 0)
    UNION ALL
    SELECT 'backers', campaign.id, backer_count, count(pledge.id) FROM backing_campaign AS campaign
        LEFT JOIN pledge ON campaign_id = campaign.id AND pledge.state IN ('AUTHORISED', 'CAPTURED')
    GROUP BY campaign.id HAVING backer_count <> count(pledge.id)
    UNION ALL
    SELECT 'claimed', tier.id, claimed, count(pledge.id) FROM backing_tier AS tier
        LEFT JOIN pledge ON tier_id = tier.id AND pledge.state IN ('PENDING', 'AUTHORISED', 'CAPTURED')
    GROUP BY tier.id HAVING claimed <> count(pledge.id)
    UNION ALL
    SELECT 'ledger ' || place.kind, campaign.id, coalesce(account.balance, 0), coalesce(sum(amount), 0)
    FROM backing_campaign AS campaign CROSS JOIN (VALUES ('HELD'), ('PROMISED'), ('RECEIVED')) AS place (kind)
        LEFT JOIN ledger_account AS account ON owner_kind = 'backing_campaign' AND owner_id = campaign.id
            AND account.kind = place.kind
        LEFT JOIN pledge ON campaign_id = campaign.id AND CASE place.kind
            WHEN 'RECEIVED' THEN pledge.state = 'CAPTURED'
            ELSE secured_by = place.kind AND (pledge.state = 'AUTHORISED' OR captured_at IS NULL AND due = 'CANCEL')
        END
    GROUP BY campaign.id, place.kind, account.balance HAVING coalesce(account.balance, 0) <> coalesce(sum(amount), 0)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A total that is not what its pledges add up to: of what, of which campaign or tier, as kept and as counted."""

    of: str
    id: int
    kept: int
    counted: int


async def count(connection: Connection, pledge: asyncpg.Record) -> None:
    """Count a pledge whose money is put up."""
    await connection.raw.execute(_COUNT, pledge["campaign_id"], pledge["amount"])


async def release(connection: Connection, pledges: Sequence[asyncpg.Record]) -> None:
    """Count some pledges no more, of those that have counted, and give back what they took of their tiers' stock."""
    counted = [pledge for pledge in pledges if pledge["authorised_at"] is not None]
    if counted:
        ids, amounts = [pledge["campaign_id"] for pledge in counted], [pledge["amount"] for pledge in counted]
        await connection.raw.execute(_RELEASE, ids, amounts)
    taken = [pledge["tier_id"] for pledge in pledges if pledge["tier_id"] is not None]
    if taken:
        await connection.raw.execute(_GIVE_BACK, taken)


async def differences(connection: Connection) -> list[Difference]:
    """Recount all totals, and what lies on campaigns' accounts, from the pledges; return what is wrong."""
    return [Difference(**row) for row in await connection.raw.fetch(_DIFFERENCES)]
