"""Purchases, as far as they are steps of referrals: what the brand's shop says that members bought.

They are facts of their own. Whether somebody is a customer (`members.customers`) is said by the brand apart from it, and
sales of a product that is tried out are that trial's: none of them is made from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid
from community.members.names import clean_line
from community.members.roles import Permission
from community.referrals import events
from community.referrals.programs import MOST_MONEY, clean_currency
from community.referrals.visitors import instrument_hash

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_PURCHASES = 1_000
"""At once."""
LONGEST_EXTERNAL_ID = 100
LONGEST_INSTRUMENT = 200

_RECORD = """
    WITH made AS (
        INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at, instrument, recorded_by)
        SELECT DISTINCT ON (external_id) external_id, member.id, amount, currency, purchased_at, nullif(instrument, 0), $6
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $9::bigint[])
                AS given (external_id, member_id, amount, currency, purchased_at, instrument)
            JOIN member ON member.id = given.member_id AND member.state <> 'ERASED'
        ORDER BY external_id
        ON CONFLICT (external_id) DO NOTHING RETURNING member_id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, context)
        SELECT $7, $6, member_id, 'member', member_id, $8 FROM made
    )
    SELECT count(*) FROM made
"""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a member bought."""

    external_id: str
    member_id: int
    amount: int
    """In the currency's smallest unit."""
    currency: str
    purchased_at: datetime
    instrument: str = ""
    """What the shop knows by that which they paid with, such as the fingerprint of a card; empty: it does not say."""


async def record_purchases(
    connection: Connection, acting: Acting, purchases: Sequence[Purchase], *, secret: bytes
) -> int:
    """Note what members bought; return how many purchases are new.

    One that was told of before, by its external id, stays as it is. Of members who are not there nothing is noted. Of what
    they paid with a hash is kept, under the secret of `SigningKeys.sighting`.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        Invalid: for too many at once, or one that is none.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="say what members bought")
    if not 1 <= len(purchases) <= MOST_PURCHASES:
        raise Invalid(field="purchases", reason=f"Give 1 to {MOST_PURCHASES:,} purchases.")
    external_ids = [clean_line(each.external_id, "purchases", LONGEST_EXTERNAL_ID) for each in purchases]
    if not all(external_ids):
        raise Invalid(field="purchases", reason="Each has the shop's own id, by which it is known if it comes again.")
    if any(not 0 < each.amount <= MOST_MONEY for each in purchases):
        raise Invalid(field="purchases", reason=f"An amount is 1 to {MOST_MONEY:,} of the currency's smallest unit.")
    instruments = [clean_line(each.instrument, "purchases", LONGEST_INSTRUMENT) for each in purchases]
    now: datetime = await connection.raw.fetchval("SELECT now()")
    if any(each.purchased_at > now for each in purchases):
        raise Invalid(field="purchases", reason="Nothing was bought in the future.")
    amount: int = await connection.raw.fetchval(
        _RECORD,
        *(external_ids, [each.member_id for each in purchases], [each.amount for each in purchases]),
        [clean_currency(each.currency, "purchases") for each in purchases],
        *([each.purchased_at for each in purchases], acting.member_id, events.REFERRAL_PURCHASE_RECORDED),
        dict(acting.context),
        [instrument_hash(secret, each) for each in instruments],
    )
    return amount
