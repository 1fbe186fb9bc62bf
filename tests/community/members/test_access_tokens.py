from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid, NotFound, NotPermitted, Unauthenticated
from community.members.access_tokens import create_access_token, list_access_tokens, revoke_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from community.members.sessions import authenticate
from community.members.signing import SigningKeys
from tests.factories.members import MadeMember, make_member

Count = Callable[[str], Awaitable[int]]


def by_session(member: MadeMember) -> Principal:
    return Principal(member.id, ALL_SCOPES, uuid4())


async def make_token(
    database: Database, member: MadeMember, *scopes: Scope, expires_at: datetime | None = None
) -> tuple[int, str]:
    created, token = await database.transact(
        lambda connection: create_access_token(
            connection, by_session(member), name="备份 script", scopes=scopes or {Scope.READ}, expires_at=expires_at
        )
    )
    return created.id, token


async def test_a_token_speaks_for_its_member_within_its_scopes(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    mei = await make_member(database)
    token_id, token = await make_token(database, mei, Scope.READ, Scope.WRITE)

    async with database.reading() as connection:
        principal = await authenticate(connection, keys, token)
        [listed] = await list_access_tokens(connection, mei.id)

    assert token.startswith("th_")
    assert principal == Principal(mei.id, frozenset({Scope.READ, Scope.WRITE}), access_token_id=token_id)
    assert (listed.name, listed.scopes) == ("备份 script", (Scope.READ, Scope.WRITE))
    assert listed.last_used_at is not None
    assert await count(f"access_token WHERE encode(token_hash, 'escape') LIKE '%{token}%'") == 0


async def test_revoked_ended_unknown_and_suspended_members_tokens_speak_for_nobody(
    database: Database, keys: SigningKeys
) -> None:
    mei, wang = await make_member(database), await make_member(database)
    revoked_id, revoked = await make_token(database, mei)
    _, ended = await make_token(database, mei, expires_at=datetime.now(UTC) + timedelta(hours=1))
    _, of_suspended = await make_token(database, wang)
    for _ in range(2):
        await database.transact(lambda connection: revoke_access_token(connection, by_session(mei), revoked_id))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE access_token SET expires_at = now() WHERE expires_at IS NOT NULL")
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED' WHERE id = $1", wang.id)

    for token in (revoked, ended, of_suspended, "th_unknown", "th_"):
        async with database.reading() as connection:
            with pytest.raises(Unauthenticated):
                await authenticate(connection, keys, token)


async def test_nobody_revokes_the_token_of_another(database: Database, keys: SigningKeys) -> None:
    mei, wang = await make_member(database), await make_member(database)
    token_id, token = await make_token(database, mei)

    for unknown in (token_id, 999):
        with pytest.raises(NotFound, match="access token"):
            async with database.writing() as connection:
                await revoke_access_token(connection, by_session(wang), unknown)

    async with database.reading() as connection:
        assert (await authenticate(connection, keys, token)).member_id == mei.id


async def test_a_token_makes_no_tokens_and_revokes_itself_alone(
    database: Database, keys: SigningKeys, count: Count
) -> None:
    mei = await make_member(database)
    other_id, _ = await make_token(database, mei)
    token_id, token = await make_token(database, mei, *Scope)
    async with database.reading() as connection:
        principal = await authenticate(connection, keys, token)

    async with database.writing() as connection:
        with pytest.raises(NotPermitted):
            await create_access_token(connection, principal, name="more", scopes=[Scope.READ])
        with pytest.raises(NotPermitted):
            await revoke_access_token(connection, principal, other_id)
        await revoke_access_token(connection, principal, token_id)

    assert await count("access_token") == 2
    assert await count("access_token WHERE revoked_at IS NULL") == 1


@pytest.mark.parametrize(
    ("name", "scopes", "lifetime"),
    [("", [Scope.READ], 1), ("x" * 81, [Scope.READ], 1), ("a", [], 1), ("a", [Scope.READ], -1), ("a\x00", ["read"], 1)],
)
async def test_a_token_needs_a_name_a_scope_and_a_future(
    database: Database, count: Count, name: str, scopes: list[Scope], lifetime: int
) -> None:
    mei = await make_member(database)
    expires_at = datetime.now(UTC) + timedelta(hours=lifetime)

    with pytest.raises(Invalid):
        async with database.writing() as connection:
            await create_access_token(connection, by_session(mei), name=name, scopes=scopes, expires_at=expires_at)

    assert await count("access_token") == 0
