import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from community.foundation.database import Database
from community.foundation.errors import RateLimited, Unauthenticated
from community.members.errors import AccountSuspended, CredentialsWrong, SessionOver
from community.members.sessions import (
    ALGORITHM,
    AUDIENCE,
    SessionGrant,
    authenticate,
    end_session,
    refresh_session,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from community.members.signing import SigningKeys, derive_keys, load_signing_keys
from tests.factories.members import make_member

Count = Callable[[str], Awaitable[int]]


async def holds(database: Database, keys: SigningKeys, token: str) -> bool:
    async with database.reading() as connection:
        try:
            await authenticate(connection, keys, token)
        except Unauthenticated:
            return False
    return True


@pytest.mark.parametrize("login", ["老王_01", "LAOWANG@例子.com", "  laowang@例子.com ", "老王_0l"])
async def test_a_member_signs_in_by_handle_or_address_however_written(
    database: Database, keys: SigningKeys, login: str
) -> None:
    member = await make_member(database, "老王_01", email="laowang@例子.com")

    grant = await sign_in(database, keys, login=login, password=member.password, client="Firefox\x00\n")

    async with database.reading() as connection:
        principal = await authenticate(connection, keys, grant.access_token)
    assert principal.member_id == member.id
    assert principal.session_id == grant.session_id


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("mei", "wrong password"),
        ("nobody", "correct horse 电池"),
        ("no@example.com", ""),
        ("", ""),
        ("mei", "x" * 10_000),
    ],
)
async def test_a_wrong_password_and_an_unknown_name_are_refused_alike_and_leave_nothing(
    database: Database, keys: SigningKeys, count: Count, login: str, password: str
) -> None:
    await make_member(database, "mei")

    with pytest.raises(CredentialsWrong) as refused:
        await sign_in(database, keys, login=login, password=password)

    assert refused.value.fields == {}
    assert await count("session") == 0
    assert await count("event") == 0


async def test_a_member_without_a_password_cannot_sign_in_by_one(database: Database, keys: SigningKeys) -> None:
    member = await make_member(database, "mei")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE account SET password_hash = NULL")

    with pytest.raises(CredentialsWrong):
        await sign_in(database, keys, login=member.handle, password=member.password)


async def test_suspension_is_told_to_who_knows_the_password_and_to_nobody_else(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    await make_member(database, "mei")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED', suspension_reason = '刷屏'")

    with pytest.raises(CredentialsWrong):
        await sign_in(database, keys, login="mei", password="not this one")
    with pytest.raises(AccountSuspended, match="刷屏"):
        await sign_in(database, keys, login="mei", password="correct horse 电池")
    assert await count("session") == 0


async def test_attempts_are_limited_by_name_whether_or_not_an_account_has_it(
    database: Database, keys: SigningKeys
) -> None:
    member = await make_member(database, "paypal")
    seen = []
    # The last two look like the name, and are looked up as it.
    for names in (["paypal"] * 9 + ["PayPal", "paypaI"], ["nobody"] * 11):
        refusals = []
        for name in names:
            with pytest.raises((CredentialsWrong, RateLimited)) as refused:
                await sign_in(database, keys, login=name, password="wrong")
            refusals.append(type(refused.value))
        seen.append(refusals)

    assert seen[0] == seen[1] == [CredentialsWrong] * 10 + [RateLimited]
    with pytest.raises(RateLimited):
        await sign_in(database, keys, login="paypal", password=member.password)


async def test_attempts_are_limited_by_network_over_all_names(database: Database, keys: SigningKeys) -> None:
    async def attempt(number: int) -> type[BaseException]:
        with pytest.raises((CredentialsWrong, RateLimited)) as refused:
            await sign_in(database, keys, login=f"name{number}", password="x", address=f"2001:db8::{number:x}")
        return refused.type

    refusals = [await attempt(number) for number in range(40)]

    assert refusals.count(CredentialsWrong) == 30


async def test_a_refresh_gives_new_tokens_and_the_session_goes_on(database: Database, keys: SigningKeys) -> None:
    member = await make_member(database)
    first = await sign_in(database, keys, login=member.handle, password=member.password)

    second = await refresh_session(database, keys, refresh_token=first.refresh_token)
    third = await refresh_session(database, keys, refresh_token=second.refresh_token)

    assert first.session_id == second.session_id == third.session_id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert await holds(database, keys, third.access_token)


async def test_a_refresh_token_used_twice_ends_the_session_though_the_caller_is_refused(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database)
    first = await sign_in(database, keys, login=member.handle, password=member.password)
    second = await refresh_session(database, keys, refresh_token=first.refresh_token)

    with pytest.raises(SessionOver):
        await refresh_session(database, keys, refresh_token=first.refresh_token)

    assert await count("session WHERE end_reason = 'REFRESH_REUSED'") == 1
    assert await count("event WHERE kind = 'SessionEnded' AND data ->> 'reason' = 'REFRESH_REUSED'") == 1
    assert not await holds(database, keys, second.access_token)
    with pytest.raises(SessionOver):
        await refresh_session(database, keys, refresh_token=second.refresh_token)


async def test_a_refresh_raced_twenty_ways_has_one_winner_and_ends_the_session(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database)
    grant = await sign_in(database, keys, login=member.handle, password=member.password)

    outcomes = await asyncio.gather(
        *(refresh_session(database, keys, refresh_token=grant.refresh_token) for _ in range(20)),
        return_exceptions=True,
    )

    winners = [outcome for outcome in outcomes if isinstance(outcome, SessionGrant)]
    assert len(winners) == 1
    assert sum(isinstance(outcome, SessionOver) for outcome in outcomes) == 19
    assert await count("event WHERE kind = 'SessionEnded'") == 1
    assert not await holds(database, keys, winners[0].access_token)


async def test_an_unknown_refresh_token_ends_nothing(database: Database, keys: SigningKeys, count: Count) -> None:
    member = await make_member(database)
    await sign_in(database, keys, login=member.handle, password=member.password)

    with pytest.raises(SessionOver):
        await refresh_session(database, keys, refresh_token="thr_made_up")

    assert await count("session WHERE ended_at IS NULL") == 1


async def test_signing_out_ends_this_session_alone_and_can_be_repeated(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database)
    here = await sign_in(database, keys, login=member.handle, password=member.password)
    there = await sign_in(database, keys, login=member.handle, password=member.password)
    async with database.reading() as connection:
        principal = await authenticate(connection, keys, here.access_token)

    for _ in range(2):
        async with database.writing() as connection:
            await sign_out(connection, principal)

    assert not await holds(database, keys, here.access_token)
    assert await holds(database, keys, there.access_token)
    assert await count("event WHERE kind = 'SessionEnded'") == 1
    with pytest.raises(SessionOver):
        await refresh_session(database, keys, refresh_token=here.refresh_token)


async def test_signing_out_everywhere_keeps_the_session_that_is_named(database: Database, keys: SigningKeys) -> None:
    member, other = await make_member(database), await make_member(database)
    grants = [await sign_in(database, keys, login=member.handle, password=member.password) for _ in range(3)]
    bystander = await sign_in(database, keys, login=other.handle, password=other.password)

    async with database.writing() as connection:
        ended = await sign_out_everywhere(connection, member.id, keep=grants[1].session_id)

    assert ended == 2
    assert [await holds(database, keys, grant.access_token) for grant in grants] == [False, True, False]
    assert await holds(database, keys, bystander.access_token)


async def test_nobody_ends_the_session_of_another(database: Database, keys: SigningKeys) -> None:
    member, other = await make_member(database), await make_member(database)
    grant = await sign_in(database, keys, login=member.handle, password=member.password)

    async with database.writing() as connection:
        await end_session(connection, grant.session_id, member_id=other.id)

    assert await holds(database, keys, grant.access_token)


async def test_forged_stale_and_foreign_tokens_speak_for_nobody(database: Database, keys: SigningKeys) -> None:
    member = await make_member(database)
    grant = await sign_in(database, keys, login=member.handle, password=member.password)
    claims = jwt.decode(grant.access_token, keys.session, algorithms=[ALGORITHM], audience=AUDIENCE)
    past = datetime.now(UTC) - timedelta(minutes=1)
    stranger = derive_keys(b"another secret").session

    forged = [
        jwt.encode(claims, stranger, algorithm=ALGORITHM),
        jwt.encode(claims, keys.openid, algorithm=ALGORITHM),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims | {"exp": past}, keys.session, algorithm=ALGORITHM),
        jwt.encode(claims | {"aud": "elsewhere"}, keys.session, algorithm=ALGORITHM),
        jwt.encode(claims | {"sub": str(member.id + 1)}, keys.session, algorithm=ALGORITHM),
        jwt.encode(claims | {"sid": "not-a-uuid"}, keys.session, algorithm=ALGORITHM),
        jwt.encode({key: claims[key] for key in claims if key != "exp"}, keys.session, algorithm=ALGORITHM),
        grant.access_token[:-4] + "AAAA",
        grant.refresh_token,
        "",
        "茶.茶.茶",
    ]

    assert [token for token in forged if await holds(database, keys, token)] == []


async def test_all_processes_on_a_database_sign_with_one_key(database: Database) -> None:
    loaded = await asyncio.gather(*(load_signing_keys(database) for _ in range(10)))

    assert len({keys.session for keys in loaded}) == 1
    assert loaded[0].session != loaded[0].openid
    assert (await load_signing_keys(database, "s" * 32)).session != loaded[0].session
    with pytest.raises(ValueError, match="at least 32"):
        await load_signing_keys(database, "short")
