import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.members.errors import LastAdministrator
from community.members.roles import (
    Permission,
    Role,
    RoleGrant,
    grant_role,
    grant_role_by_system,
    permissions_of,
    require_permission,
    revoke_role,
    roles_of,
)
from community.members.standing import suspend_member
from tests.factories.members import make_member

Count = Callable[[str], Awaitable[int]]


async def test_an_administrator_gives_and_takes_roles_and_doing_it_again_changes_nothing(
    database: Database, count: Count
) -> None:
    admin, mei = await make_member(database, roles=(Role.ADMIN,)), await make_member(database)

    for _ in range(2):
        await database.transact(lambda connection: grant_role(connection, admin.id, mei.id, Role.MODERATOR))
    async with database.reading() as connection:
        assert await roles_of(connection, mei.id) == [RoleGrant(Role.MODERATOR)]
    for _ in range(2):
        await database.transact(lambda connection: revoke_role(connection, admin.id, mei.id, Role.MODERATOR))

    assert await count("role_grant") == 1
    assert await count("event WHERE kind = 'RoleGranted'") == await count("event WHERE kind = 'RoleRevoked'") == 1


@pytest.mark.parametrize("roles", [(), (Role.MODERATOR,), (Role.MARKETER,)])
async def test_nobody_else_gives_or_takes_roles_not_even_to_themselves(
    database: Database, count: Count, roles: tuple[Role, ...]
) -> None:
    admin, mei = await make_member(database, roles=(Role.ADMIN,)), await make_member(database, roles=roles)
    before = await count("role_grant")

    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: grant_role(connection, mei.id, mei.id, Role.ADMIN))
    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: revoke_role(connection, mei.id, admin.id, Role.ADMIN))

    assert await count("role_grant") == before
    assert await count("event") == 0


async def test_a_suspended_administrator_has_no_say(database: Database, count: Count) -> None:
    admin = await make_member(database, roles=(Role.ADMIN,), state="SUSPENDED")
    mei = await make_member(database)

    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: grant_role(connection, admin.id, mei.id, Role.MODERATOR))

    assert await count("role_grant") == 1


async def test_only_moderators_are_made_for_one_space_and_only_where_there_is_one_to_moderate(
    database: Database, count: Count
) -> None:
    admin, mei = await make_member(database, roles=(Role.ADMIN,)), await make_member(database)

    with pytest.raises(Invalid):
        await database.transact(lambda connection: grant_role(connection, admin.id, mei.id, Role.ADMIN, space_id=1))
    with pytest.raises(NotFound):
        await database.transact(lambda connection: grant_role(connection, admin.id, 999, Role.MODERATOR))

    assert await count("role_grant") == 1


async def test_the_last_administrator_stays_even_at_their_own_wish(database: Database, count: Count) -> None:
    admin = await make_member(database, roles=(Role.ADMIN,))

    for actor in (admin.id, None):
        with pytest.raises(LastAdministrator):
            await database.transact(partial(revoke_role, actor_id=actor, member_id=admin.id, role=Role.ADMIN))
    with pytest.raises(LastAdministrator):
        await database.transact(lambda connection: suspend_member(connection, None, admin.id, reason="why"))

    assert await count("role_grant") == await count("member WHERE state = 'ACTIVE'") == 1


async def test_administrators_who_remove_each_other_at_once_leave_one(database: Database, count: Count) -> None:
    admins = [await make_member(database, roles=(Role.ADMIN,)) for _ in range(4)]

    await asyncio.gather(
        *(
            database.transact(partial(revoke_role, actor_id=first.id, member_id=second.id, role=Role.ADMIN))
            for first in admins
            for second in admins
            if first is not second
        ),
        *(
            database.transact(partial(suspend_member, actor_id=None, member_id=admin.id, reason="race"))
            for admin in admins
        ),
        return_exceptions=True,
    )

    assert await count("role_grant JOIN member ON member.id = member_id WHERE member.state = 'ACTIVE'") == 1


async def test_permissions_follow_from_the_table(database: Database) -> None:
    moderator = await make_member(database)
    await database.transact(
        lambda connection: grant_role_by_system(connection, moderator.id, Role.MODERATOR),
    )

    async with database.reading() as connection:
        assert await require_permission(connection, moderator.id, Permission.MODERATE_CONTENT) == {Role.MODERATOR}
        with pytest.raises(NotPermitted):
            await require_permission(connection, moderator.id, Permission.MANAGE_COMMUNITY)
    of_one_space = [RoleGrant(Role.MODERATOR, 7)]
    assert Permission.MODERATE_CONTENT in permissions_of(of_one_space, 7)
    assert permissions_of(of_one_space) == permissions_of(of_one_space, 8) == frozenset()
    assert Permission.MANAGE_SPACES in permissions_of([RoleGrant(Role.MODERATOR)], 8)
    assert permissions_of([RoleGrant(Role.ADMIN)]) == frozenset(Permission)
