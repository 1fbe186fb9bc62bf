"""A friend brings a friend, from the programme to the last step, on the web, by an app and by a code that is typed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.app import Server
from community.foundation.database import Database
from community.members.acting import Acting, load_acting
from tests.api.conftest import Client
from tests.api.referrals.bringing import (
    FUNNEL,
    PREVIEW,
    REFERRAL,
    browser,
    campaign_code,
    claimed,
    make_program,
    mine,
    own_code,
    reached,
    referral,
)
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.members import token_sent_to
from tests.factories.referrals import counts_kept_and_recounted, read_log

PASSWORD = "three words of tea 三碗茶"
SIGN_UP = "mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code path } } }"
VERIFY = """
    mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) {
        viewer { member { id handle } referrals { referredBy { id } } } userErrors { code } } }
"""


async def sign_up(client: httpx.AsyncClient, handle: str, **given: Any) -> Any:
    asked = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD, **given}
    answer = await client.post("/graphql", json={"query": SIGN_UP, "variables": {"input": asked}})
    return answer.json()["data"]["signUp"]["userErrors"]


async def verify(database: Database, graphql: Client, handle: str) -> int:
    token = await token_sent_to(database, f"{handle}@example.com")
    done = await graphql(VERIFY, {"input": {"token": token}})
    assert done["verifyEmail"]["userErrors"] == []
    return int(done["verifyEmail"]["viewer"]["member"]["id"].removeprefix("member_"))


async def test_a_link_brings_a_friend_through_sign_up_to_the_last_step(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer, steps=[{"kind": "FIRST_POST"}], holdDays=7)
    assert [step["kind"] for step in program["terms"]["steps"]] == ["SIGN_UP", "VERIFIED", "FIRST_POST"]
    friend = await make_acting(database, "lao_chen")
    code = await own_code(graphql, friend, program)
    assert code["link"] == f"http://127.0.0.1:8000/r/{code['code']}"
    space = await make_space(database)

    async with browser(server, PREVIEW) as preview:
        seen = await preview.get(code["link"])
        assert (seen.status_code, "set-cookie" in seen.headers) == (302, False)
    async with browser(server) as client:
        answer = await client.get(code["link"], params={"channel": "微信", "campaign": "春茶"})
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("http://127.0.0.1:8000/join#token=")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        await client.get(code["link"], params={"channel": "微信", "campaign": "春茶"})
        assert await sign_up(client, "xiao_li") == []
    newcomer = await verify(database, graphql, "xiao_li")
    await read_log(database)

    found = (await mine(graphql, newcomer, f"referredBy {{ {REFERRAL} }}"))["referredBy"]
    assert (found["referrer"]["handle"], found["member"]["handle"]) == ("lao_chen", "xiao_li")
    assert (found["source"], found["channel"], found["campaign"]) == ("LINK", "微信", "春茶")
    assert found["clickedAt"] is not None
    assert reached(found) == {"SIGN_UP", "VERIFIED"}
    assert (found["qualifiedAt"], found["heldUntil"]) == (None, None)
    assert found["code"] is None, "the code is its owner's"

    async with database.reading() as connection:
        newly = await load_acting(connection, newcomer)
    await make_post(database, newly, space)
    await read_log(database)
    await read_log(database)

    found = await referral(graphql, found, friend)
    assert reached(found) == {"SIGN_UP", "VERIFIED", "FIRST_POST"}
    assert found["heldUntil"] > found["qualifiedAt"]
    own = await mine(
        graphql,
        friend,
        f"funnel {{ {FUNNEL} }} generations {{ generation members }} tree(first: 5) {{ nodes {{ id }} }}",
    )
    assert own["funnel"] == dict(zip(FUNNEL.split(), (2, 1, 1, 1, 1, 1), strict=True))
    assert own["generations"] == [{"generation": 1, "members": 1}]
    assert own["tree"]["nodes"] == [{"id": found["id"]}]
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted
    async with database.reading() as connection:
        told = await connection.raw.fetch(
            "SELECT data ->> 'step' AS step, context ->> 'channel' AS channel FROM event WHERE kind = 'ReferralStepReached'"
        )
        (row, *_) = await connection.raw.fetch("SELECT * FROM referral_click")
    assert sorted((each["step"], each["channel"]) for each in told) == [
        ("FIRST_POST", "微信"), ("SIGN_UP", "微信"), ("VERIFIED", "微信"),
    ]  # fmt: skip
    assert "203.0.113.7" not in str(dict(row)), "a click leads to no address"


async def test_an_app_carries_a_token_from_the_link_to_a_claim(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    friend, newcomer = await make_acting(database), await make_acting(database)
    code = await own_code(graphql, friend, program)
    async with browser(server) as client:
        answer = await client.get(code["link"], params={"for": "app"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers

    done = await claimed(graphql, newcomer, token=answer.json()["token"])

    assert done["userErrors"] == []
    assert done["referral"]["source"] == "LINK"
    assert reached(done["referral"]) == {"SIGN_UP", "VERIFIED"}
    assert done["referral"]["qualifiedAt"] is not None


@pytest.mark.parametrize("token", ["", "x", "AAAA" * 30, "é", "a" * 10_000])
async def test_a_token_that_is_none_claims_nothing(
    graphql: Client, database: Database, marketer: Acting, token: str
) -> None:
    await make_program(graphql, marketer)
    done = await claimed(graphql, await make_acting(database), token=token)
    assert (done["referral"], done["userErrors"][0]["code"]) == (None, "REFERRAL_CODE_NOT_VALID")


async def test_a_code_that_is_typed_at_sign_up_beats_the_link(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    by_link, by_word = await make_acting(database, "by_link"), await make_acting(database, "by_word")
    link, word = await own_code(graphql, by_link, program), await own_code(graphql, by_word, program)
    async with browser(server) as client:
        await client.get(link["link"])
        wrong = await sign_up(client, "xiao_wang", referralCode="no such code")
        assert (wrong[0]["code"], wrong[0]["path"]) == ("INVALID", ["input", "referralCode"])
        unknown = await sign_up(client, "xiao_wang", referralCode="2222-2222-22")
        assert unknown[0]["path"] == ["input", "referralCode"]
        assert await sign_up(client, "xiao_wang", referralCode=f" {word['readable'].lower()} ") == []
    newcomer = await verify(database, graphql, "xiao_wang")
    await read_log(database)

    found = (await mine(graphql, newcomer, f"referredBy {{ {REFERRAL} }}"))["referredBy"]
    assert (found["referrer"]["handle"], found["source"]) == ("by_word", "TYPED")


@pytest.mark.parametrize(("model", "brings"), [("FIRST_TOUCH", "first"), ("LAST_TOUCH", "second")])
async def test_the_model_says_which_link_counts(
    graphql: Client, database: Database, server: Server, marketer: Acting, model: str, brings: str
) -> None:
    program = await make_program(graphql, marketer, model=model)
    codes = [await own_code(graphql, await make_acting(database, name), program) for name in ("first", "second")]
    async with browser(server) as client:
        for code in codes:
            await client.get(code["link"])
        assert await sign_up(client, "xiao_zhao") == []
    newcomer = await verify(database, graphql, "xiao_zhao")
    await read_log(database)

    found = (await mine(graphql, newcomer, f"referredBy {{ {REFERRAL} }}"))["referredBy"]
    assert found["referrer"]["handle"] == brings


async def test_whoever_joins_by_a_code_that_ran_out_meanwhile_joins_all_the_same(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program, kind="ONE_USE")
    async with browser(server) as client:
        assert await sign_up(client, "faster", referralCode=code["code"]) == []
        assert await sign_up(client, "slower", referralCode=code["code"]) == []
    members = [await verify(database, graphql, handle) for handle in ("faster", "slower")]
    await read_log(database)

    found = [(await mine(graphql, member, "referredBy { id referrer { id } }"))["referredBy"] for member in members]
    assert found[0]["referrer"] is None, "the brand brought them"
    assert found[1] is None
    async with database.reading() as connection:
        (refused,) = await connection.raw.fetch("SELECT actor_id, data FROM event WHERE kind = 'ReferralRefused'")
    assert (refused["actor_id"], refused["data"]["code"]) == (members[1], "REFERRAL_CODE_USED_UP")
