import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid, RateLimited
from community.members.accounts import (
    change_password,
    request_password_reset,
    request_verification,
    reset_password,
    sign_up,
    verify_email,
)
from community.members.admission import Site
from community.members.errors import CredentialsWrong, HandleTaken, LinkExpired, PasswordTooWeak, PasswordWrong
from community.members.principals import ALL_SCOPES, Principal
from community.members.roles import Role, RoleGrant, roles_of
from community.members.sessions import authenticate, sign_in
from community.members.signing import SigningKeys
from tests.factories.members import PASSWORD, letters_to, make_member, token_sent_to

Count = Callable[[str], Awaitable[int]]
NEW_PASSWORD = "一壶好茶配好书"


async def join(database: Database, site: Site, handle: str, email: str) -> int:
    await sign_up(database, site, handle=handle, email=email, password=PASSWORD)
    return await follow_link(database, site, await token_sent_to(database, email))


async def follow_link(database: Database, site: Site, token: str, handle: str | None = None) -> int:
    verified = await database.transact(lambda connection: verify_email(connection, site, token=token, handle=handle))
    return verified.member_id


async def test_who_signs_up_and_follows_the_link_is_a_member_and_can_sign_in(
    database: Database, site: Site, keys: SigningKeys, count: Count
) -> None:
    await sign_up(
        database, site, handle="茶客小王", email="Wang@例子.cn", password=NEW_PASSWORD, display_name="小王", locale="zh"
    )
    [letter] = await letters_to(database, "Wang@例子.cn")
    assert "茶客小王，您好" in letter
    assert await count("member") == 0

    member_id = await follow_link(database, site, await token_sent_to(database, "Wang@例子.cn"))

    grant = await sign_in(database, keys, login="wang@例子.cn", password=NEW_PASSWORD)
    assert grant.member_id == member_id
    assert await count("event WHERE kind IN ('MemberJoined', 'EmailVerified')") == 2
    assert await count("account WHERE email_verified_at IS NOT NULL") == 1


async def test_a_taken_address_is_told_by_mail_and_by_nothing_else(
    database: Database, site: Site, keys: SigningKeys, count: Count
) -> None:
    owner = await make_member(database, "老王", email="wang@example.com", locale="zh")
    before = await count("member"), await count("account"), await count("event")

    for email in ("WANG@example.com", "fresh@example.com"):
        await sign_up(database, site, handle=f"h.{email[:4]}", email=email, password=PASSWORD)

    assert (await count("member"), await count("account"), await count("event")) == before
    assert await count("sign_up") == 2
    [to_owner] = await letters_to(database, owner.email)
    assert "已经有账号" in to_owner
    assert "#token" not in to_owner
    # Nor does the handle tell: it is kept for a while either way.
    for handle in ("h.WANG", "h.fres"):
        with pytest.raises(HandleTaken):
            await sign_up(database, site, handle=handle, email="third@example.com", password=PASSWORD)
    for login in ("h.WANG", "h.fres", "fresh@example.com"):
        with pytest.raises(CredentialsWrong):
            await sign_in(database, keys, login=login, password=PASSWORD)


async def test_a_link_followed_by_twenty_at_once_makes_one_member(database: Database, site: Site, count: Count) -> None:
    await sign_up(database, site, handle="mei", email="mei@example.com", password=PASSWORD)
    token = await token_sent_to(database, "mei@example.com")

    outcomes = await asyncio.gather(
        *(follow_link(database, site, token) for _ in range(20)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LinkExpired) for outcome in outcomes) == 19
    assert await count("member") == await count("account") == 1
    assert await count("event WHERE kind = 'MemberJoined'") == 1


async def test_of_look_alike_handles_claimed_at_once_one_is_given(database: Database, site: Site, count: Count) -> None:
    handles = ["Mike", "mike", "rnike", "mlke", "MIKE", "ｍike", "m1ke", "Rnike"]

    outcomes = await asyncio.gather(
        *(
            sign_up(database, site, handle=handle, email=f"m{number}@example.com", password=PASSWORD)
            for number, handle in enumerate(handles)
        ),
        return_exceptions=True,
    )

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, HandleTaken) for outcome in outcomes) == len(handles) - 1
    assert await count("sign_up") == await count("mail") == 1


async def test_a_handle_lost_in_the_meantime_can_be_changed_when_the_link_is_followed(
    database: Database, site: Site, count: Count
) -> None:
    await sign_up(database, site, handle="mei", email="mei@example.com", password=PASSWORD)
    token = await token_sent_to(database, "mei@example.com")
    await make_member(database, "MEI", email="other@example.com")

    with pytest.raises(HandleTaken):
        await follow_link(database, site, token)
    member_id = await follow_link(database, site, token, handle="mei.2")

    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT handle FROM member WHERE id = $1", member_id) == "mei.2"
    assert await count("member") == 2


async def test_one_address_makes_one_account_however_many_letters_were_sent(
    database: Database, site: Site, count: Count
) -> None:
    await sign_up(database, site, handle="first", email="mei@example.com", password=PASSWORD)
    first = await token_sent_to(database, "mei@example.com")
    await sign_up(database, site, handle="second", email="MEI@example.com", password=PASSWORD)
    second = await token_sent_to(database, "MEI@example.com")

    outcomes = await asyncio.gather(
        follow_link(database, site, first),
        follow_link(database, site, second),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LinkExpired) for outcome in outcomes) == 1
    assert await count("member") == await count("account") == 1


async def test_asking_again_sends_a_new_link_and_kills_the_old_one(database: Database, site: Site) -> None:
    await sign_up(database, site, handle="mei", email="mei@example.com", password=PASSWORD)
    old = await token_sent_to(database, "mei@example.com")
    await sign_up(database, site, handle="mei", email="mei@example.com", password=NEW_PASSWORD)

    with pytest.raises(LinkExpired):
        await follow_link(database, site, old)
    assert await follow_link(database, site, await token_sent_to(database, "mei@example.com"))


async def test_a_handle_asked_for_and_not_taken_up_is_free_again_after_a_day(database: Database, site: Site) -> None:
    await sign_up(database, site, handle="mei", email="one@example.com", password=PASSWORD)
    token = await token_sent_to(database, "one@example.com")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE sign_up SET expires_at = now()")

    with pytest.raises(LinkExpired):
        await follow_link(database, site, token)
    assert await join(database, site, "mei", "two@example.com")


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("handle", "a", Invalid),
        ("email", "no address", Invalid),
        ("email", "a@b.cn,c@d.cn", Invalid),
        ("email", "a@example.com\nBcc: b@example.com", Invalid),
        ("password", "short", PasswordTooWeak),
        ("password", "password123", PasswordTooWeak),
        ("password", "mei@example.com", PasswordTooWeak),
        ("locale", "xx", Invalid),
        ("display_name", "\u202eevil", Invalid),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_written(
    database: Database, site: Site, count: Count, field: str, value: str, refusal: type[Exception]
) -> None:
    given: dict[str, Any] = {"handle": "mei", "email": "mei@example.com", "password": PASSWORD} | {field: value}

    with pytest.raises(refusal):
        await sign_up(database, site, **given)

    assert await count("sign_up") == await count("mail") == await count("rate_limit") == 0


async def test_only_the_named_address_once_verified_makes_an_administrator(database: Database, site: Site) -> None:
    boss = await join(database, site, "the.boss", "Boss@example.com")
    first = await join(database, site, "mei", "mei@example.com")

    async with database.reading() as connection:
        assert await roles_of(connection, boss) == [RoleGrant(Role.ADMIN)]
        assert await roles_of(connection, first) == []


async def test_a_reset_changes_the_password_once_and_ends_all_sessions(
    database: Database, site: Site, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database, "mei", verified=False)
    await sign_in(database, keys, login="mei", password=PASSWORD)
    await request_password_reset(database, site, email=member.email)
    token = await token_sent_to(database, member.email)

    with pytest.raises(PasswordTooWeak):
        await reset_password(database, site, token=token, password="1234567890")
    outcomes = await asyncio.gather(
        *(reset_password(database, site, token=token, password=NEW_PASSWORD) for _ in range(10)),
        return_exceptions=True,
    )

    assert outcomes.count(member.id) == 1
    assert sum(isinstance(outcome, LinkExpired) for outcome in outcomes) == 9
    assert await count("session WHERE end_reason = 'PASSWORD_CHANGED'") == 1
    assert await count("account WHERE email_verified_at IS NOT NULL") == 1
    with pytest.raises(CredentialsWrong):
        await sign_in(database, keys, login="mei", password=PASSWORD)
    assert (await sign_in(database, keys, login="mei", password=NEW_PASSWORD)).access_token
    assert "was just changed" in (await letters_to(database, member.email))[-1]


async def test_using_one_reset_link_kills_the_others(database: Database, site: Site) -> None:
    member = await make_member(database)
    tokens = []
    for _ in range(2):
        await request_password_reset(database, site, email=member.email)
        tokens.append(await token_sent_to(database, member.email))

    await reset_password(database, site, token=tokens[0], password=NEW_PASSWORD)

    with pytest.raises(LinkExpired):
        await reset_password(database, site, token=tokens[1], password=NEW_PASSWORD)


async def test_a_reset_for_an_unknown_address_writes_the_same_and_sends_nothing(
    database: Database, site: Site, count: Count
) -> None:
    member = await make_member(database)

    await request_password_reset(database, site, email=member.email)
    await request_password_reset(database, site, email="stranger@example.com")

    assert await count("one_time_token") == await count("mail") == 2
    assert len(await letters_to(database, member.email)) == 1
    assert await letters_to(database, "stranger@example.com") == []


async def test_a_link_for_one_purpose_is_worth_nothing_for_another(
    database: Database, site: Site, count: Count
) -> None:
    member = await make_member(database, verified=False)
    await database.transact(lambda connection: request_verification(connection, site, member.id))
    verification = await token_sent_to(database, member.email)
    await request_password_reset(database, site, email=member.email)
    reset = await token_sent_to(database, member.email)

    with pytest.raises(LinkExpired):
        await reset_password(database, site, token=verification, password=NEW_PASSWORD)
    with pytest.raises(LinkExpired):
        await follow_link(database, site, reset)
    assert await count("account WHERE email_verified_at IS NOT NULL") == 0
    assert await follow_link(database, site, verification) == member.id


async def test_a_link_does_not_prove_an_address_that_the_account_has_since_left(
    database: Database, site: Site, count: Count
) -> None:
    member = await make_member(database, verified=False)
    await database.transact(lambda connection: request_verification(connection, site, member.id))
    token = await token_sent_to(database, member.email)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE account SET email = 'new@example.com', email_key = 'new@example.com'")

    with pytest.raises(LinkExpired):
        await follow_link(database, site, token)

    assert await count("account WHERE email_verified_at IS NOT NULL") == 0


async def test_letters_to_one_address_are_limited_whether_or_not_it_has_an_account(
    database: Database, site: Site
) -> None:
    member = await make_member(database)
    for email in (member.email, "stranger@example.com"):
        for _ in range(4):
            await request_password_reset(database, site, email=email)
        with pytest.raises(RateLimited):
            await request_password_reset(database, site, email=email)


async def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(
    database: Database, site: Site, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database)
    here = await sign_in(database, keys, login=member.handle, password=PASSWORD)
    await sign_in(database, keys, login=member.handle, password=PASSWORD)
    principal = Principal(member.id, ALL_SCOPES, here.session_id)

    with pytest.raises(PasswordWrong):
        await change_password(database, site, principal, current="wrong", password=NEW_PASSWORD)
    assert await count("session WHERE ended_at IS NULL") == 2
    await change_password(database, site, principal, current=PASSWORD, password=NEW_PASSWORD)

    async with database.reading() as connection:
        assert await authenticate(connection, keys, here.access_token) == principal
    assert await count("session WHERE ended_at IS NULL") == 1


async def test_a_sign_in_that_races_a_change_of_password_leaves_no_session_of_the_old_one(
    database: Database, site: Site, keys: SigningKeys, count: Count
) -> None:
    member = await make_member(database)
    principal = Principal(member.id, ALL_SCOPES)

    await asyncio.gather(
        change_password(database, site, principal, current=PASSWORD, password=NEW_PASSWORD),
        *(sign_in(database, keys, login=member.handle, password=PASSWORD) for _ in range(9)),
        return_exceptions=True,
    )

    assert await count("event WHERE kind = 'PasswordChanged'") == 1
    assert await count("session WHERE ended_at IS NULL") == 0
