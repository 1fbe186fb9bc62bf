"""Who acts: read from the tables for every change, never from memory, so that what a member lost counts at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from community.foundation.database import Connection
from community.foundation.errors import NotPermitted, Unauthenticated
from community.members.errors import AccountSuspended
from community.members.roles import PERMISSIONS, SPACE_PERMISSIONS, Permission, Role

_ACTING = """
    SELECT
        member.state, member.official, member.suspended_until, member.suspension_reason,
        coalesce(array_agg(role_grant.role) FILTER (WHERE role_grant.role IS NOT NULL AND space_id IS NULL), '{}')
            AS roles,
        coalesce(array_agg(space_id) FILTER (WHERE space_id IS NOT NULL), '{}') AS moderated_space_ids
    FROM member LEFT JOIN role_grant ON role_grant.member_id = member.id
    WHERE member.id = $1
    GROUP BY member.id
"""


@dataclass(frozen=True, slots=True)
class Acting:
    """A member in good standing who is about to change something."""

    member_id: int
    roles: frozenset[Role] = frozenset()
    moderated_space_ids: frozenset[int] = frozenset()
    official: bool = False
    suspended: bool = False
    context: Mapping[str, object] = field(default_factory=dict)
    """What the events shall say of the circumstances: campaign, channel, client."""

    def may(self, permission: Permission, space_id: int | None = None) -> bool:
        """Say whether a role allows it everywhere or, where a space is named, there."""
        if any(permission in PERMISSIONS[role] for role in self.roles):
            return True
        if space_id is None:
            return False
        here = space_id in self.moderated_space_ids or Role.MODERATOR in self.roles
        return here and permission in SPACE_PERMISSIONS[Role.MODERATOR]

    @property
    def moderates_everywhere(self) -> bool:
        """Whether every space is this member's to moderate, and so to see."""
        return self.may(Permission.MODERATE_CONTENT)

    def require(self, permission: Permission, space_id: int | None = None, *, action: str) -> None:
        """Refuse unless a role allows it.

        Raises:
            NotPermitted: if none does.
        """
        if not self.may(permission, space_id):
            raise NotPermitted(action=action)


async def load_acting(
    connection: Connection,
    member_id: int,
    context: Mapping[str, object] | None = None,
) -> Acting:
    """Return who acts, with one statement.

    Raises:
        Unauthenticated: if there is no such member any more.
        AccountSuspended: if the member may not take part.
    """
    row = await connection.raw.fetchrow(_ACTING, member_id)
    if row is None or row["state"] == "ERASED":
        raise Unauthenticated
    if row["state"] != "ACTIVE":
        until = row["suspended_until"]
        raise AccountSuspended(
            until=f" until {until:%Y-%m-%d %H:%M} UTC" if until else "",
            reason=row["suspension_reason"] or "",
        )
    return Acting(
        member_id=member_id,
        roles=frozenset(Role(role) for role in row["roles"]),
        moderated_space_ids=frozenset(row["moderated_space_ids"]),
        official=row["official"],
        context=context or {},
    )
