"""Joining, signing in and out, passwords and sessions, as a client does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.factories.discussions import value
from tests.factories.members import PASSWORD, letters_to, make_member, token_sent_to

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

GRANTED = "accessToken accessTokenExpiresAt refreshToken viewer { member { id handle } email emailVerified }"
STRONG = "沏一壶上好的龙井"


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def bearing(graphql: Client, token: str, document: str) -> dict[str, Any]:
    """Ask with a token as it stands; return the whole response."""
    response = await graphql._http.post(
        "/graphql",
        json={"query": document},
        headers={"authorization": f"Bearer {token}"},
    )
    answer: dict[str, Any] = response.json()
    return answer


async def test_who_signs_up_is_a_member_once_they_follow_the_letters_link(graphql: Client, database: Database) -> None:
    given = {"handle": "茶客", "email": "chake@example.com", "password": STRONG, "locale": "zh"}
    signed_up = await graphql.change("signUp", "", as_=None, **given)
    assert signed_up["userErrors"] == []
    assert (await graphql('{ member(handle: "茶客") { id } }'))["member"] is None

    verified = await graphql.change(
        "verifyEmail",
        GRANTED,
        as_=None,
        token=await token_sent_to(database, "chake@example.com"),
    )

    assert verified["viewer"] == {
        "member": {"id": verified["viewer"]["member"]["id"], "handle": "茶客"},
        "email": "chake@example.com",
        "emailVerified": True,
    }
    assert verified["accessTokenExpiresAt"].endswith("Z")
    own = await bearing(graphql, verified["accessToken"], "{ viewer { member { handle } locale hasPassword } }")
    assert own["data"]["viewer"] == {"member": {"handle": "茶客"}, "locale": "zh", "hasPassword": True}


async def test_signing_up_with_an_address_that_has_an_account_answers_the_same(
    graphql: Client,
    database: Database,
) -> None:
    known = await make_member(database)

    async def sign_up(handle: str, email: str) -> Any:
        return await graphql.change("signUp", "", as_=None, handle=handle, email=email, password=STRONG)

    assert await sign_up("fresh.leaf", known.email) == await sign_up("other.leaf", "nobody@example.com")
    assert len(await letters_to(database, known.email)) == 1
    assert await value(database, "SELECT count(*) FROM member") == 1


async def test_unknown_names_and_wrong_passwords_are_answered_alike(graphql: Client, database: Database) -> None:
    known = await make_member(database)

    async def sign_in(login: str) -> Any:
        return await graphql.change("signIn", GRANTED, as_=None, login=login, password="not the password")

    unknown = await sign_in("nobody@example.com")
    assert codes(unknown) == ["CREDENTIALS_WRONG"]
    assert unknown["viewer"] is None
    assert await sign_in(known.email) == unknown
    assert await sign_in(known.handle) == unknown
    assert await sign_in("无此人") == unknown
    assert await value(database, "SELECT count(*) FROM session") == 0


async def test_asking_for_a_reset_does_not_tell_who_has_an_account(graphql: Client, database: Database) -> None:
    known = await make_member(database)
    answers = [
        await graphql.change("requestPasswordReset", "", as_=None, email=email)
        for email in (known.email, "nobody@example.com")
    ]
    assert answers[0] == answers[1]
    assert await letters_to(database, "nobody@example.com") == []
    assert len(await letters_to(database, known.email)) == 1


async def test_a_reset_sets_the_password_and_ends_all_sessions_at_once(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    await graphql("{ viewer { email } }", as_=member)
    await graphql.change("requestPasswordReset", "", as_=None, email=member.email)
    token = await token_sent_to(database, member.email)

    weak = await graphql.change("resetPassword", "", as_=None, token=token, password="1234567890")
    assert codes(weak) == ["PASSWORD_TOO_WEAK"]
    done = await graphql.change("resetPassword", "", as_=None, token=token, password=STRONG)

    assert codes(done) == []
    assert (await graphql.ask("{ viewer { email } }", as_=member))["errors"][0]["extensions"][
        "code"
    ] == "UNAUTHENTICATED"
    assert codes(await graphql.change("resetPassword", "", as_=None, token=token, password=STRONG)) == ["LINK_EXPIRED"]
    again = await graphql.change("signIn", GRANTED, as_=None, login=member.handle, password=STRONG)
    assert again["viewer"]["email"] == member.email


async def test_a_refresh_token_works_once_and_ends_the_session_when_it_comes_again(
    graphql: Client,
    database: Database,
) -> None:
    member = await make_member(database)
    first = await graphql.change("signIn", GRANTED, as_=None, login=member.handle, password=PASSWORD)
    second = await graphql.change("refreshSession", GRANTED, as_=None, refreshToken=first["refreshToken"])
    assert second["viewer"]["member"]["handle"] == member.handle

    stolen = await graphql.change("refreshSession", GRANTED, as_=None, refreshToken=first["refreshToken"])
    after = await graphql.change("refreshSession", GRANTED, as_=None, refreshToken=second["refreshToken"])

    assert codes(stolen) == codes(after) == ["SESSION_OVER"]
    assert stolen["accessToken"] is None


async def test_signing_out_ends_the_session_at_once(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    assert codes(await graphql.change("signOut", "", as_=member)) == []
    refused = await graphql.ask("{ viewer { email } }", as_=member)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_signing_out_everywhere_can_keep_the_session_at_hand(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    other = await graphql.change("signIn", "accessToken", as_=None, login=member.handle, password=PASSWORD)
    done = await graphql.change("signOutEverywhere", "endedCount", as_=member, keepCurrent=True)
    assert done["endedCount"] == 1
    assert (await graphql("{ viewer { email } }", as_=member))["viewer"]["email"] == member.email
    assert "errors" in await bearing(graphql, other["accessToken"], "{ viewer { email } }")


async def test_each_session_knows_which_one_it_is(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    other = await graphql.change("signIn", "accessToken", as_=None, login=member.handle, password=PASSWORD)
    document = "{ viewer { sessions(first: 5) { totalCount nodes { id client current } } } }"

    here = (await graphql(document, as_=member))["viewer"]["sessions"]
    there = (await bearing(graphql, other["accessToken"], document))["data"]["viewer"]["sessions"]

    assert here["totalCount"] == 2
    current = {session["id"] for session in here["nodes"] if session["current"]}
    assert len(current) == 1
    assert current.isdisjoint(session["id"] for session in there["nodes"] if session["current"])


async def test_others_sessions_and_tokens_are_left_alone(graphql: Client, database: Database) -> None:
    owner, thief = await make_member(database), await make_member(database)
    created = await graphql.change(
        "createAccessToken",
        "accessToken { id } token",
        as_=owner,
        name="统计脚本",
        scopes=["READ"],
    )
    [session] = (await graphql("{ viewer { sessions(first: 5) { nodes { id } } } }", as_=owner))["viewer"]["sessions"][
        "nodes"
    ]

    await graphql.change("endSession", "", as_=thief, session=session["id"])
    revoked = await graphql.change("revokeAccessToken", "", as_=thief, accessToken=created["accessToken"]["id"])
    seen = await graphql("query ($id: ID!) { node(id: $id) { id } }", {"id": created["accessToken"]["id"]}, as_=thief)

    assert codes(revoked) == ["NOT_FOUND"]
    assert seen["node"] is None
    assert await value(database, "SELECT count(*) FROM session WHERE ended_at IS NOT NULL") == 0
    assert await value(database, "SELECT count(*) FROM access_token WHERE revoked_at IS NOT NULL") == 0
    assert (await bearing(graphql, created["token"], "{ viewer { email } }"))["data"]["viewer"]["email"] == owner.email


async def test_changing_the_password_ends_the_other_sessions_and_needs_the_present_one(
    graphql: Client,
    database: Database,
) -> None:
    member = await make_member(database)
    other = await graphql.change("signIn", "accessToken", as_=None, login=member.handle, password=PASSWORD)
    wrong = await graphql.change("changePassword", "", as_=member, current="some other word", password=STRONG)
    assert codes(wrong) == ["PASSWORD_WRONG"]
    assert wrong["userErrors"][0]["path"] == ["input", "current"]

    done = await graphql.change("changePassword", "", as_=member, current=PASSWORD, password=STRONG)

    assert codes(done) == []
    assert (await graphql("{ viewer { email } }", as_=member))["viewer"]["email"] == member.email
    assert "errors" in await bearing(graphql, other["accessToken"], "{ viewer { email } }")


@pytest.mark.parametrize("aliases", [15])
async def test_every_aliased_sign_in_counts(graphql: Client, database: Database, aliases: int) -> None:
    member = await make_member(database)
    field = f'signIn(input: {{login: "{member.handle}", password: "猜一猜"}}) {{ userErrors {{ code }} }}'
    document = "mutation { " + " ".join(f"try{number}: {field}" for number in range(aliases)) + " }"

    told = [payload["userErrors"][0]["code"] for payload in (await graphql(document)).values()]

    assert told == ["CREDENTIALS_WRONG"] * 10 + ["RATE_LIMITED"] * (aliases - 10)
    right = await graphql.change("signIn", GRANTED, as_=None, login=member.handle, password=PASSWORD)
    assert codes(right) == ["RATE_LIMITED"]


async def test_a_thousand_aliased_sign_ins_are_refused_as_a_document(graphql: Client, database: Database) -> None:
    await make_member(database)
    field = 'signIn(input: {login: "a", password: "b"}) { userErrors { code } }'
    document = "mutation { " + " ".join(f"try{number}: {field}" for number in range(1_000)) + " }"
    assert "data" not in await graphql.ask(document)
    assert await value(database, "SELECT count(*) FROM rate_limit") == 0
