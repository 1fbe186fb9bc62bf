"""Vouchers: codes that staff bring in, each given once, to one member, who alone sees it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission
from community.rewards import events
from community.rewards.errors import NoVoucherLeft

if TYPE_CHECKING:
    from community.foundation.database import Connection

LONGEST_NAME = 100
LONGEST_CODE = 100
MOST_CODES = 5_000
"""In one import."""

# Printable, of any script, without spaces: what a shop takes and a member can copy.
_CODE = re.compile(
    rf"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]{{1,{LONGEST_CODE}}}\Z"
)
_POOL = """
    INSERT INTO voucher_pool (name, created_by) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
    RETURNING id
"""
_IMPORT = """
    INSERT INTO voucher (pool_id, code) SELECT $1, code FROM unnest($2::text[]) AS code
    ON CONFLICT (pool_id, code) DO NOTHING RETURNING id
"""
_GIVE = """
    UPDATE voucher SET member_id = $2, reward_id = $3, redemption_id = $4, given_at = clock_timestamp()
    WHERE id = (
        SELECT id FROM voucher WHERE pool_id = $1 AND given_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
_REVOKE = "UPDATE voucher SET revoked_at = clock_timestamp() WHERE reward_id = $1"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of bringing codes in."""

    pool_id: int
    amount: int
    """How many are new."""
    known: int
    """How many were there before, or came twice."""


async def import_vouchers(connection: Connection, acting: Acting, pool: str, codes: Sequence[str]) -> Imported:
    """Bring codes into a pool of this name, which is made if it is not there. Codes that are there stay as they are.

    Raises:
        NotPermitted: unless the member runs campaigns.
        Invalid: for a name or code that is none, or too many codes. Nothing is brought in then.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="bring vouchers in")
    name = clean_line(pool, "pool", LONGEST_NAME)
    if not name:
        raise Invalid(field="pool", reason="A name is needed.")
    if not 0 < len(codes) <= MOST_CODES:
        raise Invalid(field="codes", reason=f"1 to {MOST_CODES:,} codes at once.")
    for place, code in enumerate(codes, start=1):
        if _CODE.match(code) is None:
            reason = f"Code {place} is none: a code is 1 to {LONGEST_CODE} characters that show, without spaces."
            raise Invalid(field="codes", reason=reason)
    pool_id: int = await connection.raw.fetchval(_POOL, name, acting.member_id)
    # In one order, so that two who bring in the same codes wait for each other in one way only.
    new = await connection.raw.fetch(_IMPORT, pool_id, sorted(set(codes)))
    happened = Event(
        events.VOUCHERS_IMPORTED,
        actor_id=acting.member_id,
        subject_kind="voucher_pool",
        subject_id=pool_id,
        data={"amount": len(new)},
        context=acting.context,
    )
    await record(connection, happened)
    return Imported(pool_id, len(new), len(codes) - len(new))


def codes_in_csv(written: str) -> list[str]:
    """Return the codes in the first column of a CSV file; a first line that says `code` is its heading.

    Raises:
        Invalid: if it is no CSV.
    """
    try:
        rows = [row[0].strip() for row in csv.reader(io.StringIO(written.removeprefix("\ufeff")), strict=True) if row]
    except csv.Error as error:
        raise Invalid(field="csv", reason=f"This is not CSV: {error}.") from error
    codes = [code for code in rows if code]
    return codes[1:] if codes and codes[0].casefold() == "code" else codes


async def give_voucher(
    connection: Connection,
    pool_id: int,
    member_id: int,
    *,
    reward_id: int | None = None,
    redemption_id: int | None = None,
) -> None:
    """Give a member a code that nobody has: the first that nobody else is being given.

    Raises:
        NoVoucherLeft: if there is none.
    """
    if await connection.raw.fetchval(_GIVE, pool_id, member_id, reward_id, redemption_id) is None:
        raise NoVoucherLeft


async def revoke_voucher(connection: Connection, reward_id: int) -> None:
    """Note that a code is the member's no more. They have seen it: it is given to nobody again."""
    await connection.raw.execute(_REVOKE, reward_id)
