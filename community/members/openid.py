"""Signing in through an OpenID Connect provider: authorization code, PKCE, state and nonce.

What a sign-in needs to remember between leaving and coming back is a random state in a cookie, signed here. The nonce
and the PKCE verifier follow from the state and the server's key, so nothing is stored for those who never come back,
and a cookie that is read by another gives neither away.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import jwt
import regex
from authlib.common.urls import add_params_to_uri

from community.foundation.clock import now
from community.foundation.database import Connection, Database
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.members.admission import Site, add_account, add_member, grant_to_named_address
from community.members.emails import clean_email, fold_email
from community.members.errors import EmailTaken, HandleReserved, HandleTaken
from community.members.events import IDENTITY_LINKED
from community.members.handles import LONGEST, clean_handle
from community.members.names import LONGEST_DISPLAY_NAME, clean_display_name
from community.members.openid_provider import ProviderClient
from community.members.sessions import SessionGrant, begin_session
from community.members.signing import SigningKeys, hash_token, new_token

AWAY_LIFETIME = timedelta(minutes=15)
AUDIENCE = "openid"
ALGORITHM = "HS256"

_TAKE_UP = """
    INSERT INTO openid_return (state_hash, expires_at) VALUES ($1, now() + $2::interval) ON CONFLICT DO NOTHING
    RETURNING state_hash
"""
# Two first sign-ins of the same person at once must not make two members.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_KNOWN = "SELECT member_id FROM identity WHERE issuer = $1 AND subject = $2"
_LINK = "INSERT INTO identity (issuer, subject, member_id) VALUES ($1, $2, $3)"
_BY_EMAIL = "SELECT member_id, email_verified_at IS NOT NULL AS verified FROM account WHERE email_key = $1"
_FORGET = "DELETE FROM openid_return WHERE expires_at < now()"

_NOT_IN_HANDLES = regex.compile(r"[^\p{L}\p{M}\p{Nd}]+")


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and the cookie (HttpOnly, SameSite=Lax, Secure) to send with it."""

    url: str
    cookie: str


async def begin(client: ProviderClient, keys: SigningKeys, *, redirect_uri: str) -> Departure:
    """Send someone to a provider. `redirect_uri` is our own address that the provider sends them back to.

    Raises:
        ProviderFailed: if the provider cannot be reached.
    """
    metadata = await client.metadata()
    state = new_token()
    cookie = jwt.encode(
        {
            "state": state,
            "provider": client.provider.name,
            "redirect_uri": redirect_uri,
            "exp": now() + AWAY_LIFETIME,
            "aud": AUDIENCE,
        },
        keys.openid,
        algorithm=ALGORITHM,
    )
    url = add_params_to_uri(
        metadata["authorization_endpoint"],
        [
            ("response_type", "code"),
            ("client_id", client.provider.client_id),
            ("redirect_uri", redirect_uri),
            ("scope", " ".join(client.provider.scopes)),
            ("state", state),
            ("nonce", _derive(keys, "nonce", state)),
            ("code_challenge", _base64(hashlib.sha256(_derive(keys, "verifier", state).encode()).digest())),
            ("code_challenge_method", "S256"),
        ],
    )
    return Departure(url, cookie)


async def complete(
    database: Database,
    client: ProviderClient,
    keys: SigningKeys,
    site: Site,
    *,
    cookie: str,
    state: str,
    code: str,
    user_agent: str = "",
    locale: str = "en",
) -> SessionGrant:
    """Take up the return from a provider: find or make the member, and begin a session.

    A member is found by issuer and subject. An account with the same address is only theirs when both sides have
    verified it: else whoever registers an address somewhere could take an account over here, or lay one in wait.

    Args:
        database: where; call outside any transaction.
        client: the provider that sent them.
        keys: what signed the cookie, and signs the session.
        site: for the address that makes an administrator.
        cookie: as it was set by :func:`begin`.
        state: as it came back in the address.
        code: as it came back in the address.
        user_agent: for the member's list of sessions.
        locale: of a member who is new.

    Raises:
        ProviderFailed: if this is not the return from a sign-in that this browser began here, or was taken up before,
            or the provider's word cannot be verified.
        EmailTaken: if an account has the address and never verified it.
        AccountSuspended: if the member is suspended.
    """
    redirect_uri = _read_cookie(client, keys, cookie, state)
    async with database.writing() as connection:
        if await connection.raw.fetchval(_TAKE_UP, hash_token(state), AWAY_LIFETIME * 2) is None:
            raise client.failed("this sign-in was completed already")
    tokens = await client.exchange(code=code, verifier=_derive(keys, "verifier", state), redirect_uri=redirect_uri)
    claims = await client.read_id_token(tokens, nonce=_derive(keys, "nonce", state))

    async def enter(connection: Connection) -> SessionGrant:
        member_id = await _find_or_add(connection, site, claims, locale)
        return await begin_session(connection, keys, member_id, client=user_agent)

    return await database.transact(enter)


async def forget_returns(connection: Connection) -> None:
    """Remove returns whose cookies have run out by themselves."""
    await connection.raw.execute(_FORGET)


def _read_cookie(client: ProviderClient, keys: SigningKeys, cookie: str, state: str) -> str:
    try:
        kept = jwt.decode(cookie, keys.openid, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": ["exp"]})
    except jwt.InvalidTokenError as error:
        raise client.failed("this sign-in was begun in another browser, or too long ago") from error
    same_state = hmac.compare_digest(str(kept.get("state")).encode(), state.encode())
    if not same_state or kept.get("provider") != client.provider.name:
        raise client.failed("this sign-in was begun in another browser, or too long ago")
    return str(kept["redirect_uri"])


def _derive(keys: SigningKeys, purpose: str, state: str) -> str:
    return _base64(hmac.digest(keys.openid, f"{purpose} {state}".encode(), hashlib.sha256))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def _find_or_add(connection: Connection, site: Site, claims: dict[str, object], locale: str) -> int:
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    await connection.raw.execute(_ONE_AT_A_TIME, f"{issuer} {subject}")
    member_id: int | None = await connection.raw.fetchval(_KNOWN, issuer, subject)
    if member_id is not None:
        return member_id
    email = _verified_email(claims)
    account = await connection.raw.fetchrow(_BY_EMAIL, fold_email(email)) if email else None
    if account is None:
        member_id = await _add(connection, site, claims, email, locale)
    elif account["verified"]:
        member_id = int(account["member_id"])
    else:
        raise EmailTaken
    await connection.raw.execute(_LINK, issuer, subject, member_id)
    await record(connection, Event(IDENTITY_LINKED, actor_id=member_id, member_id=member_id, data={"issuer": issuer}))
    return member_id


async def _add(
    connection: Connection,
    site: Site,
    claims: dict[str, object],
    email: str | None,
    locale: str,
) -> int:
    written = [str(claims[name]) for name in ("preferred_username", "nickname", "name") if claims.get(name)]
    if email:
        written.append(email.partition("@")[0])
    member_id: int | None = None
    for handle in _handles(written):
        try:
            member_id = await add_member(
                connection,
                handle=handle,
                display_name=_display_name(claims.get("name"), handle),
                locale=locale,
                via="openid",
            )
            break
        except HandleTaken:
            continue
    if member_id is None:
        raise HandleTaken(handle=written[0] if written else "newcomer")
    # An address that the provider does not vouch for is not kept: it may be anyone's.
    if email:
        if not await add_account(connection, member_id, email=email, verified=True):
            raise EmailTaken
        await grant_to_named_address(connection, site, member_id, email)
    return member_id


def _handles(written: list[str]) -> Iterator[str]:
    """Yield handles to try: what the provider calls them, the same with a number, a name for anyone with a number."""
    bases = [base for text in written if (base := _as_handle(text))]
    yield from bases
    for base in [*bases, "newcomer"]:
        for _ in range(5):
            numbered = _as_handle(f"{base[: LONGEST - 7]}_{secrets.randbelow(10**6):06}")
            if numbered:
                yield numbered


def _as_handle(text: str) -> str | None:
    try:
        return clean_handle(_NOT_IN_HANDLES.sub("_", text)[:LONGEST].strip("_"))
    except (Invalid, HandleReserved):
        return None


def _display_name(claimed: object, handle: str) -> str:
    try:
        return clean_display_name(str(claimed)[:LONGEST_DISPLAY_NAME]) if claimed else handle
    except Invalid:
        return handle


def _verified_email(claims: dict[str, object]) -> str | None:
    # Some providers write the truth as a string.
    if not isinstance(claims.get("email"), str) or claims.get("email_verified") not in {True, "true"}:
        return None
    try:
        return clean_email(str(claims["email"]))
    except Invalid:
        return None
