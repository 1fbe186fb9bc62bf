"""Personal access tokens reach as far as their scopes, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from community.members.roles import Role
from tests.api.members.test_accounts import bearing, codes
from tests.api.members.test_suspension import refused_by_standing
from tests.factories.discussions import value
from tests.factories.members import make_member

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client
    from tests.factories.members import MadeMember


async def token_of(graphql: Client, member: MadeMember, *scopes: str) -> str:
    created = await graphql.change("createAccessToken", "token", as_=member, name="脚本", scopes=list(scopes))
    text: str = created["token"]
    return text


def following(member: MadeMember) -> str:
    return f'mutation {{ done: followMember(input: {{member: "member_{member.id}"}}) {{ userErrors {{ code }} }} }}'


async def test_a_token_that_may_only_read_changes_nothing(graphql: Client, database: Database) -> None:
    owner, other = await make_member(database), await make_member(database)
    token = await token_of(graphql, owner, "READ")
    answer = await bearing(graphql, token, following(other))
    assert codes(answer["data"]["done"]) == ["NOT_PERMITTED"]
    assert await value(database, "SELECT count(*) FROM follow") == 0


async def test_every_change_is_refused_to_a_token_that_may_only_read(graphql: Client, database: Database) -> None:
    owner = await make_member(database, roles=(Role.ADMIN,))
    token = await token_of(graphql, owner, "READ")
    answered = await refused_by_standing(graphql, token)
    assert {code for told in answered.values() for code in told} == {"NOT_PERMITTED"}


async def test_a_token_without_the_scope_has_no_powers_of_its_owners_roles(graphql: Client, database: Database) -> None:
    admin, other = await make_member(database, roles=(Role.ADMIN,)), await make_member(database)
    token = await token_of(graphql, admin, "READ", "WRITE")

    async def told(mutation: str) -> list[str]:
        return codes(
            (await bearing(graphql, token, f"mutation {{ done: {mutation} {{ userErrors {{ code }} }} }}"))["data"][
                "done"
            ]
        )

    assert await told(f'grantRole(input: {{member: "member_{other.id}", role: ADMIN}})') == ["NOT_PERMITTED"]
    assert await told(f'suspendMember(input: {{member: "member_{other.id}", reason: "试试"}})') == ["NOT_PERMITTED"]
    assert await told('createSpace(input: {slug: "tea", name: "茶"})') == ["NOT_PERMITTED"]
    assert await value(database, "SELECT count(*) FROM role_grant") == 1
    assert await value(database, "SELECT count(*) FROM space") == 0


async def test_a_token_makes_no_tokens_and_ends_no_sessions(graphql: Client, database: Database) -> None:
    owner = await make_member(database)
    token = await token_of(graphql, owner, "READ", "WRITE", "MODERATE", "ADMIN")
    for mutation in (
        'createAccessToken(input: {name: "x", scopes: [READ]})',
        "signOutEverywhere(input: {})",
        'changePassword(input: {current: "a", password: "b"})',
        "signOut(input: {})",
    ):
        answer = await bearing(graphql, token, f"mutation {{ done: {mutation} {{ userErrors {{ code }} }} }}")
        assert codes(answer["data"]["done"]) == ["NOT_PERMITTED"], mutation
    assert await value(database, "SELECT count(*) FROM access_token") == 1


async def test_a_revoked_token_is_refused_at_once(graphql: Client, database: Database) -> None:
    owner = await make_member(database)
    created = await graphql.change(
        "createAccessToken",
        "token accessToken { id name scopes expiresAt revokedAt }",
        as_=owner,
        name="备份",
        scopes=["WRITE", "READ"],
        expiresAt="2099-01-01T00:00:00",
    )
    assert created["accessToken"]["scopes"] == ["READ", "WRITE"]
    assert created["accessToken"]["expiresAt"] == "2099-01-01T00:00:00Z"
    assert (await bearing(graphql, created["token"], "{ viewer { email } }"))["data"]["viewer"]["email"] == owner.email

    revoked = await graphql.change(
        "revokeAccessToken",
        "accessToken { revokedAt }",
        as_=owner,
        accessToken=created["accessToken"]["id"],
    )

    assert revoked["accessToken"]["revokedAt"].endswith("Z")
    assert "errors" in await bearing(graphql, created["token"], "{ viewer { email } }")
    listed = await graphql("{ viewer { accessTokens(first: 5) { nodes { id } } } }", as_=owner)
    assert listed["viewer"]["accessTokens"]["nodes"] == []


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"name": " "}, {"expiresAt": "2001-01-01T00:00:00Z"}])
async def test_a_token_that_cannot_be_is_refused(graphql: Client, database: Database, wrong: dict[str, Any]) -> None:
    owner = await make_member(database)
    given = {"name": "x", "scopes": ["READ"]} | wrong
    assert codes(await graphql.change("createAccessToken", "token", as_=owner, **given)) == ["INVALID"]
    assert await value(database, "SELECT count(*) FROM access_token") == 0
