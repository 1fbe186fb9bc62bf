"""Personal access tokens."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.members.enums import TokenScope
from api.members.types import AccessToken
from api.reading.fields import object_type, returned
from community.members import access_tokens
from community.members.principals import Scope
from community.members.restrictions import Deed


@strawberry.input(description="A key for a program.")
class CreateAccessTokenInput:
    """A key for a program."""

    name: str = strawberry.field(description="What to call it: 1 to 80 characters.")
    scopes: list[TokenScope] = strawberry.field(description="How far it reaches.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends; null: not before it is revoked.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which access token.")
class RevokeAccessTokenInput:
    """Which access token."""

    access_token: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateAccessTokenPayload(Returns):
    """What `createAccessToken` answers."""

    access_token: AccessToken | None = returned("The new token as it is listed.")
    token: str | None = returned("Its text, a secret that is shown this once.")


@payload
class RevokeAccessTokenPayload(Returns):
    """What `revokeAccessToken` answers."""

    access_token: AccessToken | None = returned("The token, which takes no more requests.")


@object_type
class AccessTokenMutations:
    """Personal access tokens."""

    @change(secret=True, deed=Deed.OWN)
    async def create_access_token(info: Change, input: CreateAccessTokenInput) -> CreateAccessTokenPayload:
        """Make a key for a program that acts for the viewer. Only a session can, so that a leaked key makes no others."""
        _, principal = await info.acting_by_session()
        created, token = await access_tokens.create_access_token(
            info.connection,
            principal,
            name=input.name,
            scopes=[Scope[scope.name] for scope in input.scopes],
            expires_at=input.expires_at,
        )
        return CreateAccessTokenPayload.of(access_token=created.id, token=token)

    @change(deed=Deed.OWN)
    async def revoke_access_token(info: Change, input: RevokeAccessTokenInput) -> RevokeAccessTokenPayload:
        """End one of the viewer's own access tokens. A token can end itself, and no other."""
        await info.acting()
        principal = info.context.principal
        assert principal is not None  # somebody acts
        token_id = number_of("access_token", input.access_token)
        await access_tokens.revoke_access_token(info.connection, principal, token_id)

        async def forget() -> None:
            info.context.application.authentication.forget_access_tokens()

        info.afterwards.append(forget)
        return RevokeAccessTokenPayload.of(access_token=token_id)
