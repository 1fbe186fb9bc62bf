import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.members.errors import AccountSuspended, NotOneself, SessionOver
from community.members.roles import Role
from community.members.sessions import refresh_session, sign_in
from community.members.signing import SigningKeys
from community.members.standing import reinstate_lapsed, reinstate_member, suspend_member
from tests.factories.members import make_member

Count = Callable[[str], Awaitable[int]]


async def test_a_suspension_ends_all_sessions_and_says_why_and_until_when(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    moderator, mei = await make_member(database, roles=(Role.MODERATOR,)), await make_member(database, "mei")
    grant = await sign_in(database, keys, login="mei", password=mei.password)
    until = datetime(2199, 1, 2, 3, 4, tzinfo=UTC)

    await database.transact(
        lambda connection: suspend_member(connection, moderator.id, mei.id, reason="发布广告", until=until)
    )

    assert await count("session WHERE end_reason = 'SUSPENDED'") == 1
    assert await count("event WHERE kind = 'MemberSuspended' AND data ->> 'reason' = '发布广告'") == 1
    with pytest.raises(SessionOver):
        await refresh_session(database, keys, refresh_token=grant.refresh_token)
    with pytest.raises(AccountSuspended, match="until 2199-01-02 03:04 UTC: 发布广告"):
        await sign_in(database, keys, login="mei", password=mei.password)


async def test_who_is_reinstated_can_sign_in_again_and_doing_it_again_changes_nothing(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    mei = await make_member(database, "mei", state="SUSPENDED")

    first = await database.transact(lambda connection: reinstate_member(connection, None, mei.id))
    second = await database.transact(lambda connection: reinstate_member(connection, None, mei.id))

    assert (first, second) == (True, False)
    assert (await sign_in(database, keys, login="mei", password=mei.password)).access_token
    assert await count("event WHERE kind = 'MemberReinstated'") == 1


async def test_a_suspension_that_ran_out_is_lifted_once_though_two_look_at_once(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    mei = await make_member(database, "mei")
    await make_member(database, "老王", state="SUSPENDED")
    await database.transact(
        lambda connection: suspend_member(
            connection, None, mei.id, reason="a day", until=datetime.now(UTC) + timedelta(days=1)
        )
    )
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET suspended_until = now() WHERE id = $1", mei.id)

    lifted = await asyncio.gather(*(database.transact(reinstate_lapsed) for _ in range(5)))

    assert [one for some in lifted for one in some] == [mei.id]
    assert await count("member WHERE state = 'SUSPENDED'") == 1
    assert await count("event WHERE kind = 'MemberReinstated'") == 1
    assert (await sign_in(database, keys, login="mei", password=mei.password)).access_token


async def test_only_moderators_suspend_and_only_administrators_suspend_one_of_theirs(
    database: Database, count: Count
) -> None:
    admin = await make_member(database, roles=(Role.ADMIN,))
    await make_member(database, roles=(Role.ADMIN,))
    moderator, mei = await make_member(database, roles=(Role.MODERATOR,)), await make_member(database)

    for actor, member in ((mei, moderator), (mei, admin), (moderator, admin)):
        with pytest.raises(NotPermitted):
            await database.transact(partial(suspend_member, actor_id=actor.id, member_id=member.id, reason="no"))
    with pytest.raises(NotOneself):
        await database.transact(lambda connection: suspend_member(connection, admin.id, admin.id, reason="no"))
    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: reinstate_member(connection, mei.id, moderator.id))

    assert await count("member WHERE state <> 'ACTIVE'") == await count("event") == 0


async def test_a_suspension_needs_a_reason_a_future_and_a_member(database: Database, count: Count) -> None:
    mei = await make_member(database)
    past = datetime.now(UTC) - timedelta(seconds=1)

    for reason, until, member_id, refusal in (
        (" ", None, mei.id, Invalid),
        ("a\x00b", None, mei.id, Invalid),
        ("why", past, mei.id, Invalid),
        ("why", None, 999, NotFound),
    ):
        with pytest.raises(refusal):
            async with database.writing() as connection:
                await suspend_member(connection, None, member_id, reason=reason, until=until)

    assert await count("event") == 0


async def test_a_sign_in_that_races_a_suspension_leaves_no_session(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    mei = await make_member(database, "mei")

    await asyncio.gather(
        *(sign_in(database, keys, login="mei", password=mei.password) for _ in range(9)),
        database.transact(lambda connection: suspend_member(connection, None, mei.id, reason="race")),
        return_exceptions=True,
    )

    assert await count("member WHERE state = 'SUSPENDED'") == 1
    assert await count("session WHERE ended_at IS NULL") == 0
