"""Sessions: one sign-in on one device, kept going by refresh tokens, spoken for by short-lived signed tokens.

What takes a `database` runs its own transactions, since some of its effects stay when it refuses (an attempt is
counted, a stolen session is ended) and since no connection is held while a password is hashed. Call it outside any
transaction. What takes a `connection` joins the caller's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from community.foundation.clock import now
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal, Unauthenticated
from community.foundation.events import Event, record
from community.members import access_tokens
from community.members.emails import fold_email
from community.members.errors import AccountMerged, AccountSuspended, CredentialsWrong, SessionOver
from community.members.events import SESSION_ENDED, SESSION_STARTED
from community.members.handles import skeleton
from community.members.limits import Attempt, spend_attempt
from community.members.passwords import hash_password, needs_rehash, verify_password
from community.members.principals import ALL_SCOPES, Principal
from community.members.signing import SigningKeys, hash_token, new_token

ACCESS_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=30)
AUDIENCE = "teahouse"
ALGORITHM = "HS256"
LONGEST_CLIENT = 300
# No handle and no address is longer; more would only be work.
LONGEST_LOGIN = 254

SIGNED_OUT = "SIGNED_OUT"
PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a reason
REFRESH_REUSED = "REFRESH_REUSED"
SUSPENDED = "SUSPENDED"
MERGED = "MERGED"
ADMINISTRATOR = "ADMINISTRATOR"

# One question for a name and for an address, and one row whether or not there is an account, so that none of it takes
# longer. A handle cannot hold an @.
_FIND_ACCOUNT = """
    SELECT account.member_id, account.password_hash
    FROM (VALUES (1)) AS one LEFT JOIN account ON account.member_id = (
        SELECT id FROM member WHERE handle_skeleton = $1
        UNION ALL
        SELECT member_id FROM account WHERE email_key = $2
        LIMIT 1
    )
"""
# Held against a change of the password while the session begins: either the change sees the new session and ends it,
# or this sees the new password and refuses.
_LOCK_ACCOUNT = "SELECT FROM account WHERE member_id = $1 AND password_hash = $2 FOR SHARE"
_LOCK_MEMBER = """
    SELECT state, suspension_reason, suspended_until, suspended_until <= now() AS lapsed
    FROM member WHERE id = $1 AND state <> 'ERASED' FOR SHARE
"""
_REHASH = "UPDATE account SET password_hash = $3 WHERE member_id = $1 AND password_hash = $2"
_BEGIN = "INSERT INTO session (member_id, client, expires_at) VALUES ($1, $2, now() + $3::interval) RETURNING id"
_ISSUE = "INSERT INTO refresh_token (token_hash, session_id) VALUES ($1, $2)"
_USE = "UPDATE refresh_token SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL RETURNING session_id"
_SESSION_OF = """
    SELECT session.id, session.member_id FROM refresh_token JOIN session ON session.id = session_id
    WHERE token_hash = $1
"""
_EXTEND = """
    UPDATE session SET refreshed_at = now(), expires_at = now() + $2::interval
    FROM member
    WHERE session.id = $1 AND session.ended_at IS NULL AND session.expires_at > now()
        AND member.id = session.member_id
        AND (member.state = 'ACTIVE' OR member.state = 'SUSPENDED' AND member.suspended_until <= now())
    RETURNING session.member_id
"""
_END = """
    UPDATE session SET ended_at = now(), end_reason = $2
    WHERE id = $1 AND ended_at IS NULL AND ($3::bigint IS NULL OR member_id = $3)
    RETURNING id, member_id
"""
# Locked in one order, so that two who end the same sessions do not wait for each other.
_END_ALL = """
    UPDATE session SET ended_at = now(), end_reason = $2
    FROM (
        SELECT id FROM session
        WHERE member_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $3::uuid
        ORDER BY id FOR UPDATE
    ) AS open
    WHERE session.id = open.id
    RETURNING session.id, session.member_id
"""
_IS_LIVE = """
    SELECT EXISTS (
        SELECT FROM session JOIN member ON member.id = session.member_id
        WHERE session.id = $1 AND session.member_id = $2 AND session.ended_at IS NULL AND session.expires_at > now()
            AND member.state <> 'ERASED'
    )
"""


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """What a client gets at sign-in and at each refresh. The tokens are not kept here: they cannot be asked for again."""

    member_id: int
    session_id: UUID
    access_token: str
    access_expires_at: datetime
    refresh_token: str


async def sign_in(
    database: Database,
    keys: SigningKeys,
    *,
    login: str,
    password: str,
    address: str = "",
    client: str = "",
) -> SessionGrant:
    """Begin a session for whoever knows the password.

    Args:
        database: where; call outside any transaction.
        keys: what signs the session's tokens.
        login: handle or e-mail address.
        password: as typed.
        address: the network address it comes from, for the limits.
        client: the User-Agent, for the member's list of sessions.

    Raises:
        CredentialsWrong: for a wrong password and for an unknown account alike, after the same time.
        AccountSuspended, AccountMerged: only to those who know the password.
        RateLimited: after too many attempts from the address or for the name, whether an account has it or not.
        Overloaded: if too many wait for a password to be hashed.
    """
    name, email_key = skeleton(login[:LONGEST_LOGIN].strip()), fold_email(login[:LONGEST_LOGIN])
    # Counted by what is looked up: another spelling of a handle is no fresh set of attempts.
    await spend_attempt(database, Attempt.SIGN_IN, address=address, name=email_key if "@" in login else name)
    async with database.reading() as connection:
        account = await connection.raw.fetchrow(_FIND_ACCOUNT, name, email_key)
    kept_hash: str | None = account["password_hash"] if account else None
    matches = await verify_password(password, kept_hash)
    if account is None or kept_hash is None or not matches:
        raise CredentialsWrong
    renewed_hash = await hash_password(password) if needs_rehash(kept_hash) else None

    async def begin(connection: Connection) -> SessionGrant:
        if await connection.raw.fetchrow(_LOCK_ACCOUNT, account["member_id"], kept_hash) is None:
            raise CredentialsWrong
        if renewed_hash is not None:
            await connection.raw.execute(_REHASH, account["member_id"], kept_hash, renewed_hash)
        return await begin_session(connection, keys, account["member_id"], client=client)

    return await database.transact(begin)


async def begin_session(
    connection: Connection,
    keys: SigningKeys,
    member_id: int,
    *,
    client: str = "",
) -> SessionGrant:
    """Begin a session for a member who has shown who they are.

    Raises:
        AccountSuspended: if they are suspended.
        AccountMerged: if another account stands for theirs.
        CredentialsWrong: if they are no more.
    """
    member = await connection.raw.fetchrow(_LOCK_MEMBER, member_id)
    if member is None:
        raise CredentialsWrong
    if member["state"] == "MERGED":
        raise AccountMerged
    if member["state"] == "SUSPENDED" and not member["lapsed"]:
        until: datetime | None = member["suspended_until"]
        raise AccountSuspended(
            until=f" until {until:%Y-%m-%d %H:%M} UTC" if until else "",
            reason=member["suspension_reason"] or "",
        )
    session_id: UUID = await connection.raw.fetchval(_BEGIN, member_id, _printable(client), REFRESH_LIFETIME)
    grant = await _grant(connection, keys, member_id, session_id)
    await record(
        connection,
        Event(SESSION_STARTED, actor_id=member_id, member_id=member_id, data={"session": str(session_id)}),
    )
    return grant


async def refresh_session(
    database: Database,
    keys: SigningKeys,
    *,
    refresh_token: str,
    address: str = "",
) -> SessionGrant:
    """Exchange a refresh token for new tokens. It works once.

    A token that comes a second time was stolen, from the client or by it: nobody can tell which of the two is the
    thief, so the session ends. That is committed, although the caller is refused.

    Raises:
        SessionOver: if the token is unknown, used, or its session has ended.
    """
    await spend_attempt(database, Attempt.REFRESH, address=address)

    async def rotate(connection: Connection) -> SessionGrant | Refusal:
        session_id: UUID | None = await connection.raw.fetchval(_USE, hash_token(refresh_token))
        if session_id is None:
            await _end_stolen(connection, refresh_token)
            return SessionOver()
        member_id: int | None = await connection.raw.fetchval(_EXTEND, session_id, REFRESH_LIFETIME)
        if member_id is None:
            return SessionOver()
        return await _grant(connection, keys, member_id, session_id)

    # The refusal comes back as a value, since an error would undo what must stay; it is raised after the commit.
    outcome = await database.transact(rotate)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def sign_out(connection: Connection, principal: Principal) -> None:
    """End the session that the request came by. Ending it again changes nothing."""
    if principal.session_id is not None:
        await end_session(connection, principal.session_id, member_id=principal.member_id)


async def sign_out_everywhere(connection: Connection, member_id: int, *, keep: UUID | None = None) -> int:
    """End all sessions of a member, but the one to keep, and return how many there were."""
    return await end_sessions(connection, member_id, SIGNED_OUT, keep=keep, actor_id=member_id)


async def end_session(connection: Connection, session_id: UUID, *, member_id: int) -> None:
    """End one of a member's own sessions. Another's is left alone, as if there were none."""
    ended = await connection.raw.fetchrow(_END, session_id, SIGNED_OUT, member_id)
    if ended is not None:
        await _record_ended(connection, ended["member_id"], ended["id"], SIGNED_OUT, actor_id=member_id)


async def end_sessions(
    connection: Connection,
    member_id: int,
    reason: str,
    *,
    keep: UUID | None = None,
    actor_id: int | None = None,
) -> int:
    """End all sessions of a member, but the one to keep, for the reason given; return how many there were."""
    ended = await connection.raw.fetch(_END_ALL, member_id, reason, keep)
    for session in ended:
        await _record_ended(connection, member_id, session["id"], reason, actor_id=actor_id)
    return len(ended)


async def authenticate(connection: Connection, keys: SigningKeys, token: str) -> Principal:
    """Say whom a bearer token speaks for: a session's signed token, or a personal access token (`th_...`).

    One look at the database, by primary key; what has ended is refused from that moment.

    Raises:
        Unauthenticated: if it speaks for nobody.
    """
    if token.startswith(access_tokens.PREFIX):
        return await access_tokens.authenticate_access_token(connection, token)
    principal = read_session_token(keys, token)
    if not await connection.raw.fetchval(_IS_LIVE, principal.session_id, principal.member_id):
        raise Unauthenticated
    return principal


def read_session_token(keys: SigningKeys, token: str) -> Principal:
    """Check a session token's signature and time alone, without the database.

    It may speak for a session that ended within the last ten minutes: use it where the ended sessions are known from
    their events (`SessionEnded`), and :func:`authenticate` elsewhere.

    Raises:
        Unauthenticated: if it was not signed here, or is too old.
    """
    try:
        claims = jwt.decode(
            token,
            keys.session,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "sid", "iat", "exp", "aud"]},
        )
        return Principal(member_id=int(claims["sub"]), scopes=ALL_SCOPES, session_id=UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        # Nothing of why is told: whoever forges a token learns nothing from the answer.
        raise Unauthenticated from None


async def _grant(connection: Connection, keys: SigningKeys, member_id: int, session_id: UUID) -> SessionGrant:
    refresh_token = new_token("thr_")
    await connection.raw.execute(_ISSUE, hash_token(refresh_token), session_id)
    issued_at = now()
    expires_at = datetime.fromtimestamp(int((issued_at + ACCESS_LIFETIME).timestamp()), UTC)
    access_token = jwt.encode(
        {"sub": str(member_id), "sid": str(session_id), "iat": issued_at, "exp": expires_at, "aud": AUDIENCE},
        keys.session,
        algorithm=ALGORITHM,
    )
    return SessionGrant(member_id, session_id, access_token, expires_at, refresh_token)


async def _end_stolen(connection: Connection, refresh_token: str) -> None:
    session = await connection.raw.fetchrow(_SESSION_OF, hash_token(refresh_token))
    if session is None:
        return
    if await connection.raw.fetchrow(_END, session["id"], REFRESH_REUSED, None) is not None:
        await _record_ended(connection, session["member_id"], session["id"], REFRESH_REUSED)


async def _record_ended(
    connection: Connection,
    member_id: int,
    session_id: UUID,
    reason: str,
    *,
    actor_id: int | None = None,
) -> None:
    await record(
        connection,
        Event(
            SESSION_ENDED,
            actor_id=actor_id,
            member_id=member_id,
            data={"session": str(session_id), "reason": reason},
        ),
    )


def _printable(client: str) -> str:
    # PostgreSQL keeps no NUL, and nobody reads control characters in a list of devices.
    return "".join(character for character in client[:LONGEST_CLIENT] if character.isprintable())
