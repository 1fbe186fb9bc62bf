"""Customers: of whom the brand has said that it knows them as such, by its own books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid
from community.members.events import CUSTOMER_UNVERIFIED, CUSTOMER_VERIFIED
from community.members.roles import Permission

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_VERIFIED = 1_000
"""At once."""

_MARK = """
    WITH marked AS (
        UPDATE member SET customer_since = CASE WHEN $2 THEN now() END
        WHERE id = ANY($1::bigint[]) AND state <> 'ERASED' AND (customer_since IS NULL) = $2
        RETURNING id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, context)
        SELECT $3, $4, id, 'member', id, $5 FROM marked
    )
    SELECT count(*) FROM marked
"""


async def verify_customers(connection: Connection, acting: Acting, member_ids: Sequence[int], *, verified: bool) -> int:
    """Note that members are customers, or are none after all; return of how many that is new.

    Who is not there is passed over. The members themselves see it; so may who sees insights.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        Invalid: for too many at once.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="say who is a customer")
    if not 1 <= len(member_ids) <= MOST_VERIFIED:
        raise Invalid(field="members", reason=f"Name 1 to {MOST_VERIFIED:,} members.")
    kind = CUSTOMER_VERIFIED if verified else CUSTOMER_UNVERIFIED
    amount: int = await connection.raw.fetchval(
        _MARK, member_ids, verified, kind, acting.member_id, dict(acting.context)
    )
    return amount
