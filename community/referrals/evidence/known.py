"""What the database knows of a programme's referrals, as the arrays that are judged: one statement, one row a referral.

Left unknown is what happens elsewhere: how members take part in rounds, surveys and ideas is theirs to tell, and a ballot is
secret. Posts, comments and reactions tell who takes part.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from community.referrals.fraud.claims import Claims
from community.referrals.mails import Domain, mail_signs

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

# Of the devices, networks and instruments that a referrer is known by, each referral is compared with the one that is the
# referee's as well, if any is: a claim has one column of each. Every look-up beside the referral is by an index.
_CLAIMS = """
    SELECT referral.id, referrer_id AS referrer, referral.member_id AS referee,
        extract(epoch FROM referral.clicked_at)::float8 AS clicked_at,
        extract(epoch FROM member.joined_at)::float8 AS signed_up_at,
        extract(epoch FROM account.email_verified_at)::float8 AS verified_at,
        extract(epoch FROM acted.first_at)::float8 AS active_at, acted.acts::float8 AS acts, acted.days::float8 AS active_days,
        extract(epoch FROM paid.first_at)::float8 AS purchased_at,
        coalesce(paid.instrument, 0) AS payment, coalesce(referrer_paid.instrument, 0) AS referrer_payment,
        coalesce(seen.network, 0) AS network, coalesce(seen.device, 0) AS device,
        coalesce(referrer_network.network, 0) AS referrer_network, coalesce(referrer_device.device, 0) AS referrer_device,
        (reputation.trust / 100.0)::float8 AS trust, (above.trust / 100.0)::float8 AS referrer_trust,
        account.email, referrer_account.email AS referrer_email, extract(epoch FROM now())::float8 AS now
    FROM referral JOIN member ON member.id = referral.member_id
        LEFT JOIN account ON account.member_id = member.id
        LEFT JOIN account AS referrer_account ON referrer_account.member_id = referrer_id
        LEFT JOIN reputation ON reputation.member_id = member.id
        LEFT JOIN reputation AS above ON above.member_id = referrer_id
        LEFT JOIN referral_sighting AS seen ON seen.member_id = member.id AND seen.sign_up
        LEFT JOIN LATERAL (
            SELECT network FROM referral_sighting AS other WHERE other.member_id = referrer_id AND other.network <> 0
            ORDER BY (other.network = seen.network) DESC NULLS LAST, other.seen_at DESC LIMIT 1
        ) AS referrer_network ON true
        LEFT JOIN LATERAL (
            SELECT device FROM referral_sighting AS other WHERE other.member_id = referrer_id AND other.device <> 0
            ORDER BY (other.device = seen.device) DESC NULLS LAST, other.seen_at DESC LIMIT 1
        ) AS referrer_device ON true
        CROSS JOIN LATERAL (
            SELECT min(purchased_at) AS first_at, (array_agg(instrument ORDER BY EXISTS (
                SELECT FROM referral_purchase AS other
                WHERE other.member_id = referrer_id AND other.instrument = purchase.instrument
            ) DESC, purchased_at, id) FILTER (WHERE instrument IS NOT NULL))[1] AS instrument
            FROM referral_purchase AS purchase WHERE purchase.member_id = member.id
        ) AS paid
        LEFT JOIN LATERAL (
            SELECT instrument FROM referral_purchase AS other
            WHERE other.member_id = referrer_id AND other.instrument IS NOT NULL
            ORDER BY (other.instrument = paid.instrument) DESC NULLS LAST, other.purchased_at LIMIT 1
        ) AS referrer_paid ON true
        CROSS JOIN LATERAL (
            SELECT min(at) AS first_at, count(*) AS acts, count(DISTINCT (at AT TIME ZONE 'UTC')::date) AS days FROM (
                SELECT created_at AS at FROM post WHERE author_id = member.id AND visibility = 0
                UNION ALL
                SELECT created_at FROM comment WHERE author_id = member.id AND visibility = 0
                UNION ALL
                SELECT created_at FROM post_reaction WHERE post_reaction.member_id = member.id
                UNION ALL
                SELECT created_at FROM comment_reaction WHERE comment_reaction.member_id = member.id
            ) AS act
        ) AS acted
    WHERE program_id = $1 AND referrer_id IS NOT NULL ORDER BY referral.id
"""
_NUMBERS = (
    *("clicked_at", "signed_up_at", "verified_at", "active_at", "purchased_at"),
    *("acts", "active_days", "trust", "referrer_trust"),
)
_HASHES = ("device", "network", "payment", "referrer_device", "referrer_network", "referrer_payment")


async def read_claims(connection: Connection, program_id: int) -> list[asyncpg.Record]:
    """Read what is known of all referrals of a programme that somebody gains by, in the order of their ids."""
    rows: list[asyncpg.Record] = await connection.raw.fetch(_CLAIMS, program_id)
    return rows


def claims_of(rows: Sequence[asyncpg.Record]) -> Claims:
    """Return what is known of a programme's referrals, mail addresses as hashes that mean nothing afterwards.

    Rows there must be.
    """
    key = secrets.token_bytes(16)

    def hashed(text: str) -> int:
        return int.from_bytes(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest()) >> 1

    own = [mail_signs(row["email"]) if row["email"] else None for row in rows]
    above = [mail_signs(row["referrer_email"]) if row["referrer_email"] else None for row in rows]
    return Claims.made(
        now=rows[0]["now"],
        referrer=[row["referrer"] for row in rows],
        referee=[row["referee"] for row in rows],
        mailbox=[0 if signs is None else hashed(signs.key) for signs in own],
        referrer_mailbox=[0 if signs is None else hashed(signs.key) for signs in above],
        domain=[0 if signs is None or signs.kind is not Domain.OWN else hashed(signs.domain) for signs in own],
        disposable=[signs is not None and signs.kind is Domain.DISPOSABLE for signs in own],
        aliased=[signs is not None and signs.aliased for signs in own],
        **{name: [row[name] for row in rows] for name in _HASHES},
        **{name: np.array([np.nan if row[name] is None else row[name] for row in rows]) for name in _NUMBERS},
    )
