"""What is the viewer's own as a member: their account, their sessions and tokens, and whom they keep away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal_column, select

from api.members.enums import Permission, Role
from api.members.sources import blocked_members, muted_members, own_access_tokens, own_sessions
from api.members.types import AccessToken, Member, Session, roles_of
from api.reading.connections import Connection
from api.reading.fields import computed, connection, expression, object_type, reference
from api.reading.readings import Scope
from community.members.roles import PERMISSIONS
from community.members.roles import Role as HeldRole
from community.members.tables import accounts, members


def _of_account(column: Any) -> Any:
    def sql(scope: Scope) -> Any:
        account = scope.enter(accounts)
        return (
            select(column(account))
            .select_from(account.source)
            .where(account.c.member_id == scope.viewer.member_id)
            .scalar_subquery()
        )

    return sql


def _own_locale(scope: Scope) -> Any:
    member = scope.enter(members)
    return (
        select(member.c.locale)
        .select_from(member.source)
        .where(member.c.id == scope.viewer.member_id)
        .scalar_subquery()
    )


def _own_roles(scope: Scope) -> Any:
    if not scope.viewer.kind.signed_in:
        return literal_column("'{}'::text[]")
    return roles_of(scope, scope.viewer.member_id)


def _permissions(roles: list[str]) -> list[str]:
    """Return what roles allow everywhere, in the order in which the schema lists it."""
    allowed = frozenset[str]().union(*(PERMISSIONS[HeldRole(role)] for role in roles))
    return [permission.name for permission in Permission if permission.name in allowed]


@object_type
class ViewerAccount:
    """What is the viewer's own as a member."""

    member: Member = reference(
        lambda scope: scope.viewer.member_id,
        "The viewer as others see them.",
        inherits=True,
    )
    email: str | None = expression(
        _of_account(lambda account: account.c.email),
        "The address that letters go to; null for who signs in elsewhere and gave none.",
    )
    email_verified: bool = expression(
        lambda scope: _of_account(lambda account: account.c.email_verified_at.is_not(None))(scope).is_(
            literal_column("true"),
        ),
        "Whether the address was shown to be theirs.",
    )
    has_password: bool = expression(
        lambda scope: _of_account(lambda account: account.c.password_hash.is_not(None))(scope).is_(
            literal_column("true"),
        ),
        "Whether they can sign in with a password.",
    )
    locale: str = expression(_own_locale, "The language of their letters.")
    roles: list[Role] = expression(_own_roles, "What they are beyond a member, everywhere.")
    permissions: list[Permission] = computed(
        lambda scope: [_own_roles(scope)],
        _permissions,
        "What their roles allow everywhere. A token may reach less far.",
    )
    sessions: Connection[Session] = connection(own_sessions, "Where they are signed in, the latest sign-in first.")
    access_tokens: Connection[AccessToken] = connection(
        own_access_tokens,
        "Their keys for programs, the newest first; those that ran out too, until they are revoked.",
    )
    blocked_members: Connection[Member] = connection(
        blocked_members,
        "Whom they block, the latest first. It is the one place where they see them.",
    )
    muted_members: Connection[Member] = connection(muted_members, "Whom they mute, the latest first.")
