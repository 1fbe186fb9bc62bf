"""Links in letters: each proves an address, once, for one purpose, for a while."""

from datetime import timedelta
from enum import StrEnum

import asyncpg

from community.foundation.database import Connection
from community.members.errors import LinkExpired
from community.members.signing import hash_token

_ADD_LINK = """
    INSERT INTO one_time_token (token_hash, member_id, purpose, email, expires_at)
    VALUES ($1, $2, $3, $4, now() + $5::interval)
"""
_LINK_OWNER = """
    SELECT account.member_id, account.email, member.handle
    FROM one_time_token JOIN account USING (member_id) JOIN member ON member.id = account.member_id
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
"""
# A link proves the address it was sent to. Once used, all others for the same purpose are dead.
_USE_LINK = """
    UPDATE one_time_token SET used_at = now()
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now() AND member_id IS NOT NULL
    RETURNING member_id, email
"""
_VOID_LINKS = "UPDATE one_time_token SET used_at = now() WHERE member_id = $1 AND purpose = $2 AND used_at IS NULL"
_FORGET = "DELETE FROM one_time_token WHERE expires_at < now() - interval '30 days'"


class Purpose(StrEnum):
    """What a link in a letter is for."""

    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - the name of a purpose
    MERGE_ACCOUNT = "MERGE_ACCOUNT"
    """In no letter: whoever is signed in is shown it, and it proves the account itself."""


async def owner(connection: Connection, token: str, purpose: Purpose) -> asyncpg.Record | None:
    """Return whose link this is (member_id, email, handle), without using it; None when it leads nowhere."""
    found: asyncpg.Record | None = await connection.raw.fetchrow(_LINK_OWNER, hash_token(token), purpose)
    return found


async def add(
    connection: Connection,
    token: str,
    member_id: int | None,
    purpose: Purpose,
    email: str,
    lifetime: timedelta,
) -> None:
    """Write down the link that a letter carries; one of nobody's leads nowhere."""
    await connection.raw.execute(_ADD_LINK, hash_token(token), member_id, purpose, email, lifetime)


async def use(connection: Connection, token: str, purpose: Purpose) -> tuple[int, str]:
    """Use a link, and with it all others of that member for the same purpose; return the member and the address proved.

    Raises:
        LinkExpired: if it was used or is too old.
    """
    used = await connection.raw.fetchrow(_USE_LINK, hash_token(token), purpose)
    if used is None:
        raise LinkExpired
    await void(connection, used["member_id"], purpose)
    return used["member_id"], used["email"]


async def void(connection: Connection, member_id: int, purpose: Purpose) -> None:
    """Have all of a member's links for a purpose lead nowhere."""
    await connection.raw.execute(_VOID_LINKS, member_id, purpose)


async def forget_expired(connection: Connection) -> None:
    """Remove links that ran out long ago."""
    await connection.raw.execute(_FORGET)
