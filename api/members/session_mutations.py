"""Signing in and out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID
from api.reading.fields import object_type, returned
from api.referrals.devices import DEVICE_TOKEN, seen
from api.viewer.types import Viewer, viewer
from community.foundation.errors import Invalid
from community.members import openid, sessions
from community.members.principals import ALL_SCOPES, Principal
from community.members.restrictions import Deed
from community.members.tables import LOCALES
from community.referrals.evidence.sightings import note_sign_in

if TYPE_CHECKING:
    from community.members.sessions import SessionGrant

NO_SESSION = UUID(int=0)


@strawberry.input(description="Who signs in, and what only they know.")
class SignInInput:
    """Who signs in, and what only they know."""

    login: str = strawberry.field(description="Their handle or their address.")
    password: str = strawberry.field(description="Their password.")
    device_token: str | None = strawberry.field(description=DEVICE_TOKEN, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What keeps a session going.")
class RefreshSessionInput:
    """What keeps a session going."""

    refresh_token: str = strawberry.field(description="The latest that the client was given. It works once.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Nothing more is needed.")
class SignOutInput:
    """Nothing more is needed."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which sessions are to end.")
class SignOutEverywhereInput:
    """Which sessions are to end."""

    keep_current: bool = strawberry.field(
        description="Whether the session of this very request goes on.", default=False
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which session.")
class EndSessionInput:
    """Which session."""

    session: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Whom to sign in through.")
class BeginOpenIdSignInInput:
    """Whom to sign in through."""

    provider: str = strawberry.field(description="A provider's name; see `community.openIdProviders`.")
    redirect_url: str = strawberry.field(
        description="Where the provider sends people back to: a page of this server or of an allowed origin.",
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a provider sent someone back with.")
class CompleteOpenIdSignInInput:
    """What a provider sent someone back with."""

    provider: str = strawberry.field(description="The provider's name.")
    attempt: str = strawberry.field(description="As `beginOpenIdSignIn` gave it, from this device's own memory.")
    state: str = strawberry.field(description="As it came back in the address.")
    code: str = strawberry.field(description="As it came back in the address.")
    locale: str = strawberry.field(description="The language of a member who is new.", default="en")
    device_token: str | None = strawberry.field(description=DEVICE_TOKEN, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@object_type
class Granted(Returns):
    """What a client gets when it signs somebody in. The tokens are secrets, and are shown this once."""

    access_token: str | None = returned("Sent with each request, as `Authorization: Bearer ...`; it lives ten minutes.")
    access_token_expires_at: datetime | None = returned("When it ends; refresh the session before.")
    refresh_token: str | None = returned("What `refreshSession` takes. It works once.")
    viewer: Viewer | None = viewer("Who is signed in now.")


@payload
class SignInPayload(Granted):
    """What `signIn` answers."""


@payload
class RefreshSessionPayload(Granted):
    """What `refreshSession` answers."""


@payload
class SignOutPayload(Returns):
    """What `signOut` answers."""


@payload
class SignOutEverywherePayload(Returns):
    """What `signOutEverywhere` answers."""

    ended_count: int | None = returned("How many sessions were ended.")


@payload
class EndSessionPayload(Returns):
    """What `endSession` answers."""

    viewer: Viewer | None = viewer("The viewer, with the sessions that go on.")


@payload
class BeginOpenIdSignInPayload(Returns):
    """What `beginOpenIdSignIn` answers."""

    url: str | None = returned("Where to send the person.")
    attempt: str | None = returned(
        "To be kept on this device, out of others' reach, and given to `completeOpenIdSignIn` within 15 minutes.",
    )


@payload
class CompleteOpenIdSignInPayload(Granted):
    """What `completeOpenIdSignIn` answers."""


def granted(info: Change, grant: SessionGrant) -> dict[str, Any]:
    """Return a grant as the fields of its payload, which is shown to who is signed in by it."""
    info.becomes = Principal(grant.member_id, ALL_SCOPES, session_id=grant.session_id)
    return {
        "access_token": grant.access_token,
        "access_token_expires_at": grant.access_expires_at,
        "refresh_token": grant.refresh_token,
    }


@object_type
class SessionMutations:
    """Signing in and out."""

    @change(standalone=True, secret=True)
    async def sign_in(info: Change, input: SignInInput) -> SignInPayload:
        """Begin a session with a password. Attempts are limited for each name and each network address."""
        where = seen(info.context, input.device_token)
        grant = await sessions.sign_in(
            info.database,
            info.context.application.keys,
            login=input.login,
            password=input.password,
            address=info.context.address,
            client=info.context.client,
        )
        await info.database.transact(lambda connection: note_sign_in(connection, grant.member_id, where))
        return SignInPayload.of(**granted(info, grant))

    @change(standalone=True, secret=True)
    async def refresh_session(info: Change, input: RefreshSessionInput) -> RefreshSessionPayload:
        """Exchange a refresh token for new tokens. A token that comes twice was stolen, so it ends the session."""
        grant = await sessions.refresh_session(
            info.database,
            info.context.application.keys,
            refresh_token=input.refresh_token,
            address=info.context.address,
        )
        return RefreshSessionPayload.of(**granted(info, grant))

    @change(deed=Deed.OWN)
    async def sign_out(info: Change, input: SignOutInput) -> SignOutPayload:  # noqa: ARG002 - it has no more to say
        """End the session that the request came by."""
        _, principal = await info.acting_by_session()
        await sessions.sign_out(info.connection, principal)
        info.afterwards.append(lambda: _forget(info, principal.session_id))
        return SignOutPayload.of()

    @change(deed=Deed.OWN)
    async def sign_out_everywhere(info: Change, input: SignOutEverywhereInput) -> SignOutEverywherePayload:
        """End the viewer's sessions on all devices. Access tokens go on: revoke those one by one."""
        acting, principal = await info.acting_by_session()
        keep = principal.session_id if input.keep_current else None
        count = await sessions.sign_out_everywhere(info.connection, acting.member_id, keep=keep)
        info.afterwards.append(info.context.application.authentication.load_ended)
        return SignOutEverywherePayload.of(ended_count=count)

    @change(deed=Deed.OWN)
    async def end_session(info: Change, input: EndSessionInput) -> EndSessionPayload:
        """End one of the viewer's own sessions, on a device that was lost, say."""
        acting, _ = await info.acting_by_session()
        session_id = _session_id(input.session)
        await sessions.end_session(info.connection, session_id, member_id=acting.member_id)
        info.afterwards.append(info.context.application.authentication.load_ended)
        return EndSessionPayload.of()

    @change(standalone=True, secret=True, deed=Deed.OWN)
    async def begin_open_id_sign_in(info: Change, input: BeginOpenIdSignInInput) -> BeginOpenIdSignInPayload:
        """Say where to send someone who signs in through a provider."""
        application = info.context.application
        client = application.open_id.client(input.provider)
        departure = await openid.begin(
            client,
            application.keys,
            redirect_uri=application.open_id.own_address(input.redirect_url),
        )
        return BeginOpenIdSignInPayload.of(url=departure.url, attempt=departure.cookie)

    @change(standalone=True, secret=True, deed=Deed.OWN)
    async def complete_open_id_sign_in(info: Change, input: CompleteOpenIdSignInInput) -> CompleteOpenIdSignInPayload:
        """Begin a session for someone whom a provider sent back; who is new becomes a member."""
        application = info.context.application
        if input.locale not in LOCALES:
            raise Invalid(field="locale", reason=f"One of {', '.join(LOCALES)}.")
        where = seen(info.context, input.device_token)
        grant = await openid.complete(
            info.database,
            application.open_id.client(input.provider),
            application.keys,
            application.site,
            cookie=input.attempt,
            state=input.state,
            code=input.code,
            user_agent=info.context.client,
            locale=input.locale,
        )
        await info.database.transact(lambda connection: note_sign_in(connection, grant.member_id, where))
        return CompleteOpenIdSignInPayload.of(**granted(info, grant))


async def _forget(info: Change, session_id: UUID | None) -> None:
    if session_id is not None:
        info.context.application.authentication.end(session_id)


def _session_id(written: str) -> UUID:
    """Return a session's id; for what is none, one that no session has."""
    prefix, _, rest = written.partition("_")
    try:
        session_id = UUID(rest)
    except ValueError:
        return NO_SESSION
    return session_id if (prefix, rest) == ("session", str(session_id)) else NO_SESSION
