import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from community.foundation.database import Database
from community.members.admission import Site
from community.members.errors import AccountSuspended, EmailTaken, ProviderFailed
from community.members.handles import clean_handle
from community.members.openid import Departure, begin, complete
from community.members.openid_provider import Provider, ProviderClient, parse_providers
from community.members.roles import Role, RoleGrant, roles_of
from community.members.sessions import SessionGrant, authenticate
from community.members.signing import SigningKeys, derive_keys
from tests.factories.members import make_member
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, LoopbackProvider, forged, running_provider

Count = Callable[[str], Awaitable[int]]
RETURN = "https://teahouse.example/openid/return"


@pytest.fixture
async def provider() -> AsyncIterator[LoopbackProvider]:
    async with running_provider() as provider:
        yield provider


@pytest.fixture
async def client(provider: LoopbackProvider) -> AsyncIterator[ProviderClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield ProviderClient(Provider("loop", provider.issuer, CLIENT_ID, CLIENT_SECRET, "Loop"), http)


@pytest.fixture
def enter(
    database: Database, provider: LoopbackProvider, client: ProviderClient, keys: SigningKeys, site: Site
) -> Callable[[], Awaitable[SessionGrant]]:
    async def entered() -> SessionGrant:
        departure = await begin(client, keys, redirect_uri=RETURN)
        back = provider.authorize(departure.url)
        return await complete(database, client, keys, site, cookie=departure.cookie, **back)

    return entered


Enter = Callable[[], Awaitable[SessionGrant]]


async def test_a_stranger_becomes_a_member_and_is_known_the_next_time(
    database: Database, provider: LoopbackProvider, keys: SigningKeys, enter: Enter, count: Count
) -> None:
    provider.person = {"sub": "42", "name": "王 小明", "email": "Wang@例子.cn", "email_verified": True}

    first, second = await enter(), await enter()

    assert first.member_id == second.member_id
    assert first.session_id != second.session_id
    async with database.reading() as connection:
        assert (await authenticate(connection, keys, second.access_token)).member_id == first.member_id
        [row] = await connection.raw.fetch("SELECT handle, display_name, email, email_verified_at FROM member, account")
    assert (row["handle"], row["display_name"], row["email"]) == ("王_小明", "王 小明", "Wang@例子.cn")
    assert row["email_verified_at"] is not None
    assert await count("identity") == 1


async def test_the_same_stranger_coming_many_times_at_once_becomes_one_member(
    provider: LoopbackProvider, enter: Enter, count: Count
) -> None:
    provider.person = {"sub": "42", "name": "mei", "email": "mei@example.com", "email_verified": True}

    grants = await asyncio.gather(*(enter() for _ in range(8)))

    assert len({grant.member_id for grant in grants}) == 1
    assert await count("member") == await count("identity") == 1


async def test_an_account_is_linked_when_both_sides_verified_the_address(
    provider: LoopbackProvider, database: Database, enter: Enter, count: Count
) -> None:
    member = await make_member(database, email="mei@example.com")
    provider.person = {"sub": "42", "email": "MEI@example.com", "email_verified": True}

    grant = await enter()

    assert grant.member_id == member.id
    assert await count("member") == 1
    assert await count("event WHERE kind = 'IdentityLinked'") == 1


async def test_an_address_that_the_provider_does_not_vouch_for_opens_no_account_and_is_not_kept(
    provider: LoopbackProvider, database: Database, enter: Enter, count: Count
) -> None:
    member = await make_member(database, "mei", email="mei@example.com")
    for subject, verified in (("1", False), ("2", None), ("3", "false"), ("4", 1.5)):
        provider.person = {
            "sub": subject,
            "email": "mei@example.com",
            "email_verified": verified,
            "preferred_username": "MEI",
        }

        grant = await enter()

        assert grant.member_id != member.id
    assert await count("account") == 1
    assert await count("member") == 5


async def test_an_account_that_never_verified_its_address_is_not_handed_over(
    provider: LoopbackProvider, database: Database, enter: Enter, count: Count
) -> None:
    await make_member(database, email="mei@example.com", verified=False)
    provider.person = {"sub": "42", "email": "mei@example.com", "email_verified": True}

    with pytest.raises(EmailTaken):
        await enter()

    assert await count("identity") == await count("session") == await count("event") == 0


async def test_a_suspended_member_does_not_get_in_by_this_door(
    provider: LoopbackProvider, database: Database, enter: Enter, count: Count
) -> None:
    await make_member(database, email="mei@example.com", state="SUSPENDED")
    provider.person = {"sub": "42", "email": "mei@example.com", "email_verified": True}

    with pytest.raises(AccountSuspended):
        await enter()

    assert await count("session") == await count("identity") == 0


async def test_the_named_address_vouched_for_makes_an_administrator(
    provider: LoopbackProvider, database: Database, enter: Enter
) -> None:
    provider.person = {"sub": "1", "email": "boss@example.com", "email_verified": True}

    grant = await enter()

    async with database.reading() as connection:
        assert await roles_of(connection, grant.member_id) == [RoleGrant(Role.ADMIN)]


@pytest.mark.parametrize("name", ["admin", "管理员", "", "!!!", "x" * 500, "аdmin", "\x00\u202e"])
async def test_whatever_the_provider_calls_them_they_get_a_handle_that_may_be(
    provider: LoopbackProvider, database: Database, enter: Enter, name: str
) -> None:
    provider.person = {"sub": "1", "preferred_username": name, "name": name}

    grant = await enter()

    async with database.reading() as connection:
        handle = await connection.raw.fetchval("SELECT handle FROM member WHERE id = $1", grant.member_id)
    assert clean_handle(handle) == handle


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": 1},
        {"iat": 99999999999},
        {"nbf": 99999999999},
        {"nonce": "another"},
        {"at_hash": "wrong"},
    ],
)
async def test_a_word_not_meant_for_this_sign_in_is_not_believed(
    provider: LoopbackProvider, enter: Enter, count: Count, claims: dict[str, object]
) -> None:
    provider.claims = claims

    with pytest.raises(ProviderFailed):
        await enter()

    assert await count("member") == await count("session") == 0


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
async def test_a_word_that_leaves_something_out_is_not_believed(
    provider: LoopbackProvider, enter: Enter, count: Count, missing: str
) -> None:
    provider.without = {missing}

    with pytest.raises(ProviderFailed):
        await enter()

    assert await count("member") == 0


async def test_a_word_signed_by_anyone_but_the_provider_is_not_believed(
    provider: LoopbackProvider, enter: Enter, count: Count
) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "first"})

    def by_hmac(secret: bytes) -> Callable[[dict[str, object]], str]:
        return lambda claims: forged({"alg": "HS256", "kid": "first"}, claims, secret)

    forgers: list[Callable[[dict[str, object]], str]] = [
        lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, stranger),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, stranger),
        lambda claims: forged({"alg": "none"}, claims, None),
        by_hmac(CLIENT_SECRET.encode()),
        by_hmac(provider.key.as_pem(private=False)),
    ]
    for forger in forgers:
        provider.sign = forger
        with pytest.raises(ProviderFailed):
            await enter()
    assert await count("member") == 0
    assert provider.exchanges == len(forgers)


async def test_a_key_that_the_provider_changed_is_fetched_anew(
    provider: LoopbackProvider, client: ProviderClient, enter: Enter
) -> None:
    first = await enter()
    client._keys_at -= 60
    second_key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    provider.published = [provider.key, second_key]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "second"}, claims, second_key)

    assert (await enter()).member_id == first.member_id


async def test_a_return_is_taken_up_once_by_the_browser_that_left_and_for_the_provider_it_left_to(
    database: Database, provider: LoopbackProvider, client: ProviderClient, keys: SigningKeys, site: Site, count: Count
) -> None:
    mine, theirs = [await begin(client, keys, redirect_uri=RETURN) for _ in range(2)]
    back = provider.authorize(mine.url)
    other = ProviderClient(replace(client.provider, name="other"), client._http)

    async def come_back(departure: Departure, by: ProviderClient = client, using: SigningKeys = keys) -> SessionGrant:
        return await complete(database, by, using, site, cookie=departure.cookie, **back)

    for attempt in (
        come_back(theirs),
        come_back(mine, other),
        come_back(mine, using=derive_keys(b"of another server")),
        come_back(Departure("", "")),
    ):
        with pytest.raises(ProviderFailed):
            await attempt
    assert provider.exchanges == 0
    outcomes = await asyncio.gather(*(come_back(mine) for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(outcome, SessionGrant) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ProviderFailed) for outcome in outcomes) == 9
    assert provider.exchanges == 1
    assert await count("member") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
async def test_a_provider_that_is_not_what_it_should_be_is_not_used(
    provider: LoopbackProvider, client: ProviderClient, keys: SigningKeys, metadata: dict[str, object]
) -> None:
    provider.metadata = metadata

    with pytest.raises(ProviderFailed):
        await begin(client, keys, redirect_uri=RETURN)


def test_providers_are_read_from_the_setting_and_their_secrets_are_not_shown() -> None:
    entry = '{"name": "a", "issuer": "https://a.example", "client_id": "i", "client_secret": "s3cret"}'

    providers = parse_providers(f"[{entry}]")

    assert providers["a"].scopes == ("openid", "email", "profile")
    assert "s3cret" not in repr(providers)
    for wrong in (f"[{entry}, {entry}]", '[{"name": "a"}]', f"[{entry.replace('https', 'http')}]", "{"):
        with pytest.raises(ValueError, match=r".+"):
            parse_providers(wrong)
