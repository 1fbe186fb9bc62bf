"""Accounts: joining, confirming an address, and passwords.

Nobody can learn here whether an address has an account. Joining with an address that has one answers as joining with
a fresh one does, after the same work, and tells the address's owner by mail. So who joins is no member until the link
is followed: a member list that grew, or did not, would tell.

What takes a `database` runs its own transactions: no connection is held while a password is hashed, and attempts count
even when they are refused. Call it outside any transaction. What takes a `connection` joins the caller's.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple

import asyncpg

from community.foundation.database import Connection, Database
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.mail import send
from community.members import letters, links
from community.members.admission import Site, add_account, add_member, grant_to_named_address
from community.members.emails import clean_email, fold_email
from community.members.errors import HandleTaken, LinkExpired, PasswordWrong
from community.members.events import EMAIL_VERIFIED, PASSWORD_CHANGED
from community.members.handles import clean_handle, skeleton
from community.members.limits import Attempt, spend_attempt
from community.members.links import Purpose
from community.members.names import clean_display_name
from community.members.passwords import check_policy, hash_password, verify_password
from community.members.principals import Principal
from community.members.sessions import PASSWORD_CHANGED as ENDED_BY_PASSWORD
from community.members.sessions import end_sessions
from community.members.signing import hash_token, new_token
from community.members.tables import LOCALES

SIGN_UP_LIFETIME = timedelta(hours=24)
RESET_LIFETIME = timedelta(hours=1)
RESET_STEP = 0.02
"""Asking for a reset takes a whole number of such steps, in seconds."""

_FIND_BY_EMAIL = """
    SELECT coalesce((SELECT name FROM community_profile), '') AS community, found.*
    FROM (VALUES (1)) AS one LEFT JOIN (
        SELECT account.member_id, account.email, member.handle, member.locale
        FROM account JOIN member ON member.id = account.member_id WHERE account.email_key = $1
    ) AS found ON true
"""
# A handle is kept for who asked first, until their link runs out. Who asks again, with the same address, replaces
# what they asked for, and their earlier link is dead.
_ASK_TO_JOIN = """
    INSERT INTO sign_up (token_hash, handle, handle_skeleton, display_name, email, email_key, password_hash, locale,
        brought_by, seen, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $10, $11, now() + $9::interval
    WHERE NOT EXISTS (SELECT FROM member WHERE handle_skeleton = $3)
    ON CONFLICT (handle_skeleton) DO UPDATE SET
        token_hash = excluded.token_hash, handle = excluded.handle, display_name = excluded.display_name,
        email = excluded.email, email_key = excluded.email_key, password_hash = excluded.password_hash,
        locale = excluded.locale, brought_by = excluded.brought_by, seen = excluded.seen, created_at = now(),
        expires_at = excluded.expires_at
    WHERE sign_up.expires_at <= now() OR sign_up.email_key = excluded.email_key
    RETURNING handle
"""
_TAKE_SIGN_UP = "DELETE FROM sign_up WHERE token_hash = $1 AND expires_at > now() RETURNING *"
_VERIFY = """
    UPDATE account SET email_verified_at = coalesce(email_verified_at, now())
    WHERE member_id = $1 AND email_key = $2
    RETURNING member_id
"""
_CHANGE_HASH = """
    UPDATE account SET password_hash = $2, password_changed_at = now()
    FROM member
    WHERE account.member_id = $1 AND member.id = $1 AND password_hash IS NOT DISTINCT FROM coalesce($3, password_hash)
    RETURNING account.email, member.handle, member.locale, (SELECT name FROM community_profile) AS community
"""
_OWN_ACCOUNT = """
    SELECT account.email, account.password_hash, member.handle
    FROM account JOIN member ON member.id = account.member_id WHERE member_id = $1
"""
_UNVERIFIED = """
    SELECT account.email, member.handle, member.locale, (SELECT name FROM community_profile) AS community
    FROM account JOIN member ON member.id = account.member_id
    WHERE account.member_id = $1 AND account.email_verified_at IS NULL
"""
_FORGET = "DELETE FROM sign_up WHERE expires_at < now() - interval '1 day'"


async def sign_up(
    database: Database,
    site: Site,
    *,
    handle: str,
    email: str,
    password: str,
    display_name: str = "",
    locale: str = "en",
    address: str = "",
    brought_by: Mapping[str, object] | None = None,
    seen: Mapping[str, object] | None = None,
) -> None:
    """Ask to join. A letter goes to the address; :func:`verify_email` with the token in it makes the member.

    `brought_by` is what brought them; it goes into the log when they join, for whoever counts that. `seen` is where they
    were seen, for whoever compares that; it is given back when they join, and goes into no log.

    Raises:
        Invalid, HandleReserved, HandleTaken, PasswordTooWeak: for what can be mended at once.
        RateLimited, Overloaded: for now.
    """
    handle, email = clean_handle(handle), clean_email(email)
    shown_name = clean_display_name(display_name or handle)
    if locale not in LOCALES:
        raise Invalid(field="locale", reason=f"One of {', '.join(LOCALES)}.")
    check_policy(password, handle=handle, email=email)
    email_key = fold_email(email)
    await spend_attempt(database, Attempt.SIGN_UP, address=address, name=email_key)
    password_hash = await hash_password(password)
    token = new_token()

    async def ask(connection: Connection) -> None:
        found = await _find_by_email(connection, email_key)
        kept = await connection.raw.fetchrow(
            _ASK_TO_JOIN,
            *(hash_token(token), handle, skeleton(handle), shown_name),
            *(email, email_key, password_hash, locale, SIGN_UP_LIFETIME, brought_by, seen),
        )
        if kept is None:
            raise HandleTaken(handle=handle, path=("handle",))
        if found["member_id"] is None:
            letter = letters.verify_address(
                email,
                locale,
                handle=handle,
                community=found["community"],
                link=site.link("verify-email", token),
            )
        else:
            # The token goes to nobody: what was asked for can never come to be.
            letter = letters.already_member(
                found["email"],
                found["locale"],
                handle=found["handle"],
                community=found["community"],
                link=site.link("reset-password"),
            )
        await send(connection, letter)

    await database.transact(ask)


class Verified(NamedTuple):
    """Whose address it is, and where they were seen when they asked to join, if that made them a member just now."""

    member_id: int
    seen: Mapping[str, Any] | None = None


async def verify_email(connection: Connection, site: Site, *, token: str, handle: str | None = None) -> Verified:
    """Take up the link of a letter: who asked to join is a member now.

    Give a session to who comes with the token, by `sessions.begin_session`: they hold the mailbox.

    Args:
        connection: the caller's transaction.
        site: for the address that makes an administrator.
        token: what the link ended in.
        handle: another one than was asked for, where that was taken in the meantime.

    Raises:
        LinkExpired: if the link was used, is too old, or its address has got an account by another way.
        HandleTaken: if someone else got the handle first; the link still works, with another handle.
    """
    asked = await connection.raw.fetchrow(_TAKE_SIGN_UP, hash_token(token))
    if asked is None:
        member_id, email = await links.use(connection, token, Purpose.VERIFY_EMAIL)
        await _mark_verified(connection, site, member_id, email)
        return Verified(member_id)
    member_id = await add_member(
        connection,
        handle=clean_handle(handle) if handle else asked["handle"],
        display_name=asked["display_name"],
        locale=asked["locale"],
        via="password",
        brought_by=asked["brought_by"],
    )
    if not await add_account(
        connection,
        member_id,
        email=asked["email"],
        verified=True,
        password_hash=asked["password_hash"],
    ):
        raise LinkExpired
    await _mark_verified(connection, site, member_id, asked["email"])
    return Verified(member_id, asked["seen"])


async def request_password_reset(database: Database, site: Site, *, email: str, address: str = "") -> None:
    """Send a link for a new password, if the address has an account. The answer and its time do not tell.

    Raises:
        RateLimited: for now; counted for the address as it was given, whether an account has it or not.
    """
    began = monotonic()
    email_key = fold_email(clean_email(email))
    await spend_attempt(database, Attempt.RESET, address=address, name=email_key)
    token = new_token()

    async def ask(connection: Connection) -> None:
        found = await _find_by_email(connection, email_key)
        known = found["member_id"] is not None
        # For an unknown address the same rows are written, and lead nowhere: a commit is what takes time.
        recipient = found["email"] if known else email
        await links.add(connection, token, found["member_id"], Purpose.RESET_PASSWORD, recipient, RESET_LIFETIME)
        letter = letters.reset_password(
            recipient,
            found["locale"] or "en",
            handle=found["handle"] or "",
            community=found["community"],
            link=site.link("reset-password", token),
        )
        await send(connection, letter, held=not known)

    await database.transact(ask)
    # What is left of a difference (a row that is found, a key that is checked) is a few microseconds: it goes in the rest
    # of a step that is a thousand times as long.
    await asyncio.sleep(-(monotonic() - began) % RESET_STEP)


async def reset_password(
    database: Database,
    site: Site,
    *,
    token: str,
    password: str,
    address: str = "",
) -> int:
    """Set a new password with the token of a letter; all sessions end. Return the member's id.

    Raises:
        LinkExpired: if the link was used or is too old.
        PasswordTooWeak: then the link still works.
    """
    await spend_attempt(database, Attempt.LINK, address=address)
    async with database.reading() as connection:
        owner = await links.owner(connection, token, Purpose.RESET_PASSWORD)
    if owner is None:
        raise LinkExpired
    check_policy(password, handle=owner["handle"], email=owner["email"])
    password_hash = await hash_password(password)

    async def change(connection: Connection) -> int:
        member_id, email = await links.use(connection, token, Purpose.RESET_PASSWORD)
        await _set_password(connection, site, member_id, password_hash, via="reset")
        # The letter arrived, so the address is theirs.
        await connection.raw.fetchrow(_VERIFY, member_id, fold_email(email))
        await end_sessions(connection, member_id, ENDED_BY_PASSWORD)
        return member_id

    return await database.transact(change)


async def change_password(
    database: Database,
    site: Site,
    principal: Principal,
    *,
    current: str,
    password: str,
) -> None:
    """Set a new password for the signed-in member; all their other sessions end.

    Raises:
        PasswordWrong: if the present password is another.
        PasswordTooWeak: if the new one is.
    """
    async with database.reading() as connection:
        account = await connection.raw.fetchrow(_OWN_ACCOUNT, principal.member_id)
    if account is None:
        raise NotFound(what="account")
    check_policy(password, handle=account["handle"], email=account["email"])
    await spend_attempt(database, Attempt.PASSWORD, name=str(principal.member_id))
    if not await verify_password(current, account["password_hash"]):
        raise PasswordWrong(path=("current",))
    password_hash = await hash_password(password)

    async def change(connection: Connection) -> None:
        await _set_password(
            connection,
            site,
            principal.member_id,
            password_hash,
            via="change",
            expected=account["password_hash"],
        )
        await end_sessions(
            connection,
            principal.member_id,
            ENDED_BY_PASSWORD,
            keep=principal.session_id,
            actor_id=principal.member_id,
        )

    await database.transact(change)


async def request_verification(connection: Connection, site: Site, member_id: int) -> None:
    """Send a member the link that confirms their account's address."""
    account: asyncpg.Record | None = await connection.raw.fetchrow(
        _UNVERIFIED,
        member_id,
    )
    if account is None:
        return
    token = new_token()
    await links.add(connection, token, member_id, Purpose.VERIFY_EMAIL, account["email"], SIGN_UP_LIFETIME)
    letter = letters.verify_address(
        account["email"],
        account["locale"],
        handle=account["handle"],
        community=account["community"],
        link=site.link("verify-email", token),
    )
    await send(connection, letter)


async def forget_expired(connection: Connection) -> None:
    """Remove sign-ups and links that ran out."""
    await connection.raw.execute(_FORGET)
    await links.forget_expired(connection)


async def _find_by_email(connection: Connection, email_key: str) -> asyncpg.Record:
    found = await connection.raw.fetchrow(_FIND_BY_EMAIL, email_key)
    if found is None:
        raise AssertionError  # one row always: its columns are null where no account has the address
    return found


async def _mark_verified(connection: Connection, site: Site, member_id: int, email: str) -> None:
    email_key = fold_email(email)
    if await connection.raw.fetchval(_VERIFY, member_id, email_key) is None:
        # The account has another address by now: the link proves nothing of that one.
        raise LinkExpired
    await record(connection, Event(EMAIL_VERIFIED, actor_id=member_id, member_id=member_id))
    await grant_to_named_address(connection, site, member_id, email)


async def _set_password(
    connection: Connection,
    site: Site,
    member_id: int,
    password_hash: str,
    *,
    via: str,
    expected: str | None = None,
) -> None:
    account = await connection.raw.fetchrow(_CHANGE_HASH, member_id, password_hash, expected)
    if account is None:
        # Someone changed it in the meantime: what was given as the present one no longer is.
        raise PasswordWrong(path=("current",))
    await record(connection, Event(PASSWORD_CHANGED, actor_id=member_id, member_id=member_id, data={"via": via}))
    letter = letters.password_changed(
        account["email"],
        account["locale"],
        handle=account["handle"],
        community=account["community"],
        link=site.link("reset-password"),
    )
    await send(connection, letter)
