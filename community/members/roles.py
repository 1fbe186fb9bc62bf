"""Roles, and what each may do: a table to read, not branches to trace."""

from dataclasses import dataclass
from enum import StrEnum

from community.foundation.database import Connection
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.foundation.events import Event, record
from community.members.errors import LastAdministrator
from community.members.events import ROLE_GRANTED, ROLE_REVOKED


class Role(StrEnum):
    """What a member may be beyond a member. A moderator may be one in a single space."""

    MODERATOR = "MODERATOR"
    MARKETER = "MARKETER"
    AUDITOR = "AUDITOR"
    ADMIN = "ADMIN"


class Permission(StrEnum):
    """What may be done by some members and not by others."""

    MODERATE_CONTENT = "MODERATE_CONTENT"
    SUSPEND_MEMBERS = "SUSPEND_MEMBERS"
    CREATE_SPACES = "CREATE_SPACES"
    MANAGE_SPACES = "MANAGE_SPACES"
    MANAGE_TAGS = "MANAGE_TAGS"
    MANAGE_ROLES = "MANAGE_ROLES"
    MANAGE_COMMUNITY = "MANAGE_COMMUNITY"
    SEE_INSIGHTS = "SEE_INSIGHTS"
    MANAGE_CAMPAIGNS = "MANAGE_CAMPAIGNS"
    EXPORT_DATA = "EXPORT_DATA"
    READ_AUDIT_LOG = "READ_AUDIT_LOG"
    AUDIT_ROUNDS = "AUDIT_ROUNDS"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MODERATOR: frozenset(
        {
            Permission.MODERATE_CONTENT,
            Permission.SUSPEND_MEMBERS,
            Permission.MANAGE_TAGS,
            Permission.CREATE_SPACES,
        },
    ),
    Role.MARKETER: frozenset(
        {Permission.SEE_INSIGHTS, Permission.MANAGE_CAMPAIGNS, Permission.CREATE_SPACES},
    ),
    Role.AUDITOR: frozenset({Permission.AUDIT_ROUNDS, Permission.READ_AUDIT_LOG}),
    Role.ADMIN: frozenset(Permission),
}

# What a moderator of one space may do there.
SPACE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MODERATOR: frozenset({Permission.MODERATE_CONTENT, Permission.MANAGE_SPACES, Permission.MANAGE_TAGS}),
}


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role, and the space it holds in (none: everywhere)."""

    role: Role
    space_id: int | None = None


_ROLES = "SELECT role, space_id FROM role_grant WHERE member_id = $1 ORDER BY role, space_id NULLS FIRST"
_GLOBAL_ROLES = """
    SELECT role FROM role_grant JOIN member ON member.id = member_id
    WHERE member_id = $1 AND space_id IS NULL AND member.state = 'ACTIVE'
"""
_LOCK_MEMBER = "SELECT state FROM member WHERE id = $1 AND state <> 'ERASED' FOR NO KEY UPDATE"
_SPACE_EXISTS = "SELECT EXISTS (SELECT FROM space WHERE id = $1)"
_GRANT = """
    INSERT INTO role_grant (member_id, role, space_id, granted_by) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING id
"""
_REVOKE = """
    DELETE FROM role_grant WHERE member_id = $1 AND role = $2 AND space_id IS NOT DISTINCT FROM $3 RETURNING id
"""
# All who would take the last administrator away come past this lock, one after another; each then counts anew.
_LOCK_ADMINISTRATORS = "SELECT FROM role_grant WHERE role = 'ADMIN' ORDER BY id FOR UPDATE"
_OTHER_ADMINISTRATORS = """
    SELECT EXISTS (
        SELECT FROM role_grant JOIN member ON member.id = member_id
        WHERE role = 'ADMIN' AND member_id <> $1 AND member.state = 'ACTIVE'
    )
"""
_IS_ADMINISTRATOR = "SELECT EXISTS (SELECT FROM role_grant WHERE role = 'ADMIN' AND member_id = $1)"


def permissions_of(grants: list[RoleGrant], space_id: int | None = None) -> frozenset[Permission]:
    """Return what the roles allow everywhere and, where a space is named, there."""
    allowed: set[Permission] = set()
    for grant in grants:
        if grant.space_id is None:
            allowed |= PERMISSIONS[grant.role]
            # Who moderates everywhere moderates each space.
            if space_id is not None:
                allowed |= SPACE_PERMISSIONS.get(grant.role, frozenset())
        elif grant.space_id == space_id:
            allowed |= SPACE_PERMISSIONS.get(grant.role, frozenset())
    return frozenset(allowed)


async def roles_of(connection: Connection, member_id: int) -> list[RoleGrant]:
    """Return a member's roles."""
    rows = await connection.raw.fetch(_ROLES, member_id)
    return [RoleGrant(Role(row["role"]), row["space_id"]) for row in rows]


async def require_permission(connection: Connection, member_id: int, permission: Permission) -> frozenset[Role]:
    """Refuse unless the member, in good standing now, has a permission everywhere; return their roles everywhere.

    Raises:
        NotPermitted: if they have not.
    """
    rows = await connection.raw.fetch(_GLOBAL_ROLES, member_id)
    roles = frozenset(Role(row["role"]) for row in rows)
    if not any(permission in PERMISSIONS[role] for role in roles):
        raise NotPermitted(action=permission.replace("_", " ").lower())
    return roles


async def grant_role(
    connection: Connection,
    actor_id: int,
    member_id: int,
    role: Role,
    *,
    space_id: int | None = None,
) -> None:
    """Give a member a role, everywhere or in one space. Giving it again changes nothing.

    Raises:
        NotPermitted: unless the actor may manage roles.
        NotFound: if there is no such member or space.
        Invalid: for a role in a space other than MODERATOR.
    """
    await require_permission(connection, actor_id, Permission.MANAGE_ROLES)
    await _grant(connection, actor_id, member_id, role, space_id)


async def grant_role_by_system(connection: Connection, member_id: int, role: Role) -> None:
    """Give a member a role everywhere, on the word of who runs the server.

    Raises:
        NotFound: if there is no such member.
    """
    await _grant(connection, None, member_id, role, None)


async def grant_moderator_by_founding(connection: Connection, member_id: int, space_id: int) -> None:
    """Make a member the moderator of the space that they have just founded."""
    await _grant(connection, member_id, member_id, Role.MODERATOR, space_id)


async def revoke_role(
    connection: Connection,
    actor_id: int | None,
    member_id: int,
    role: Role,
    *,
    space_id: int | None = None,
) -> None:
    """Take a role from a member. Taking one that they have not changes nothing. Anyone may lay down a role of theirs.

    Raises:
        NotPermitted: unless the actor may manage roles, or is the member (or none: who runs the server).
        LastAdministrator: if nobody could manage roles afterwards.
    """
    if actor_id not in {None, member_id}:
        await require_permission(connection, actor_id or 0, Permission.MANAGE_ROLES)
    if role is Role.ADMIN:
        await keep_an_administrator(connection, member_id)
    if await connection.raw.fetchval(_REVOKE, member_id, role, space_id) is not None:
        await _record(connection, ROLE_REVOKED, actor_id, member_id, RoleGrant(role, space_id))


async def keep_an_administrator(connection: Connection, without: int) -> None:
    """Hold all administrators in place, and refuse if none would be left without this member.

    Raises:
        LastAdministrator: if the member is the only one in good standing.
    """
    await connection.raw.execute(_LOCK_ADMINISTRATORS)
    if not await connection.raw.fetchval(_IS_ADMINISTRATOR, without):
        return
    if not await connection.raw.fetchval(_OTHER_ADMINISTRATORS, without):
        raise LastAdministrator


async def _grant(
    connection: Connection,
    actor_id: int | None,
    member_id: int,
    role: Role,
    space_id: int | None,
) -> None:
    if space_id is not None:
        if role is not Role.MODERATOR:
            raise Invalid(field="role", reason="In a space, one can be a MODERATOR only.")
        if not await connection.raw.fetchval(_SPACE_EXISTS, space_id):
            raise NotFound(what="space")
    if await connection.raw.fetchval(_LOCK_MEMBER, member_id) is None:
        raise NotFound(what="member")
    if await connection.raw.fetchval(_GRANT, member_id, role, space_id, actor_id) is not None:
        await _record(connection, ROLE_GRANTED, actor_id, member_id, RoleGrant(role, space_id))


async def _record(connection: Connection, kind: str, actor_id: int | None, member_id: int, grant: RoleGrant) -> None:
    await record(
        connection,
        Event(
            kind,
            actor_id=actor_id,
            member_id=member_id,
            subject_kind="member",
            subject_id=member_id,
            space_id=grant.space_id,
            data={"role": grant.role},
        ),
    )
