"""Personal access tokens: for programs that act for a member, each with its scopes and its end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from community.foundation.clock import now
from community.foundation.database import Connection
from community.foundation.errors import Invalid, NotFound, NotPermitted, Unauthenticated
from community.foundation.events import Event, record
from community.members.events import ACCESS_TOKEN_CREATED, ACCESS_TOKEN_REVOKED
from community.members.principals import Principal, Scope
from community.members.signing import hash_token, new_token

# Told apart at sight, by people and by scanners for leaked secrets.
PREFIX = "th_"
LONGEST_NAME = 80
MOST_TOKENS = 50

_LOCK_MEMBER = "SELECT state FROM member WHERE id = $1 FOR NO KEY UPDATE"
_COUNT = """
    SELECT count(*) FROM access_token
    WHERE member_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""
_CREATE = """
    INSERT INTO access_token (member_id, name, token_hash, scopes, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING *
"""
_REVOKE = """
    UPDATE access_token SET revoked_at = now() WHERE id = $1 AND member_id = $2 AND revoked_at IS NULL RETURNING id
"""
_OWNED = "SELECT FROM access_token WHERE id = $1 AND member_id = $2"
_LIST = "SELECT * FROM access_token WHERE member_id = $1 AND revoked_at IS NULL ORDER BY id DESC"
_FIND = """
    SELECT access_token.id, member_id, scopes,
        last_used_at IS NULL OR last_used_at < now() - interval '10 minutes' AS stale
    FROM access_token JOIN member ON member.id = member_id
    WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        AND (member.state = 'ACTIVE' OR member.state = 'SUSPENDED' AND member.suspended_until <= now())
"""
# Told to within ten minutes: a row written for every request would cost more than the request.
_TOUCH = "UPDATE access_token SET last_used_at = now() WHERE id = $1"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as its owner sees it later: all but the token."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


async def create_access_token(
    connection: Connection,
    principal: Principal,
    *,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
) -> tuple[AccessToken, str]:
    """Make a token for the signed-in member; return it with its text, which is shown once and not kept.

    Raises:
        NotPermitted: to a request that itself came by such a token (a leaked one must not breed), and to the suspended.
        Invalid: for a name, scopes or an end that cannot be.
    """
    _by_session(principal)
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise Invalid(field="name", reason=f"A name has 1 to {LONGEST_NAME} characters.")
    if not scopes:
        raise Invalid(field="scopes", reason="A token needs at least one scope.")
    if expires_at is not None and expires_at <= now():
        raise Invalid(field="expires_at", reason="A token ends in the future.", path=("expiresAt",))
    if await connection.raw.fetchval(_LOCK_MEMBER, principal.member_id) != "ACTIVE":
        raise NotPermitted(action="create access tokens")
    if await connection.raw.fetchval(_COUNT, principal.member_id) >= MOST_TOKENS:
        raise Invalid(field="name", reason=f"You have {MOST_TOKENS} tokens. Revoke one first.", path=())
    token = new_token(PREFIX)
    kept = sorted({Scope(scope).value for scope in scopes})
    [row] = await connection.raw.fetch(_CREATE, principal.member_id, cleaned, hash_token(token), kept, expires_at)
    created = _access_token(row)
    await record(
        connection,
        Event(
            ACCESS_TOKEN_CREATED,
            actor_id=principal.member_id,
            member_id=principal.member_id,
            data={"access_token": created.id, "scopes": kept},
        ),
    )
    return created, token


async def revoke_access_token(connection: Connection, principal: Principal, access_token_id: int) -> None:
    """End one of the member's own tokens. Ending it again changes nothing.

    Raises:
        NotFound: if they have no such token.
        NotPermitted: to a request that came by another token.
    """
    if principal.access_token_id != access_token_id:
        _by_session(principal)
    if await connection.raw.fetchval(_REVOKE, access_token_id, principal.member_id) is not None:
        await record(
            connection,
            Event(
                ACCESS_TOKEN_REVOKED,
                actor_id=principal.member_id,
                member_id=principal.member_id,
                data={"access_token": access_token_id},
            ),
        )
    elif await connection.raw.fetchrow(_OWNED, access_token_id, principal.member_id) is None:
        raise NotFound(what="access token")


async def list_access_tokens(connection: Connection, member_id: int) -> list[AccessToken]:
    """Return the member's tokens that were not revoked, newest first; ended ones too, so that they can be renewed."""
    return [_access_token(row) for row in await connection.raw.fetch(_LIST, member_id)]


async def authenticate_access_token(connection: Connection, token: str) -> Principal:
    """Say whom a token speaks for.

    Raises:
        Unauthenticated: if it is unknown, revoked or past its end, or its owner is suspended.
    """
    row = await connection.raw.fetchrow(_FIND, hash_token(token))
    if row is None:
        raise Unauthenticated
    if row["stale"]:
        await connection.raw.execute(_TOUCH, row["id"])
    return Principal(
        member_id=row["member_id"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        access_token_id=row["id"],
    )


def _by_session(principal: Principal) -> None:
    if principal.session_id is None:
        raise NotPermitted(action="manage access tokens with an access token")


def _access_token(row: asyncpg.Record) -> AccessToken:
    return AccessToken(
        id=row["id"],
        name=row["name"],
        scopes=tuple(Scope(scope) for scope in row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )
