"""From browsers to a judgement, over HTTP: where accounts are made tells which are made up, moderators see why, and decide."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from api.app import Server
from api.referrals.devices import COOKIE
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.referrals.evidence.teaching import _UNOPPOSED as UNOPPOSED_CASES
from community.referrals.evidence.teaching import LONG_AGO
from community.referrals.jobs import HANDLERS
from community.referrals.programs import RewardRule, Step
from community.referrals.rewarding import ask_for_judging
from tests.api.conftest import Client
from tests.api.referrals.bringing import browser
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.members import PASSWORD, token_sent_to
from tests.factories.referrals import make_code, make_program, read_log, text_of

FIRST_POST = Step("FIRST_POST")
RULES = (RewardRule(FIRST_POST, "REFERRER", "POINTS", 100),)
SIGN_UP = "mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code path } } }"
VERIFY = "mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) { viewer { member { id } } userErrors { code } } }"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }"
UNDER_REVIEW = """{ referralsUnderReview(first: 20) { nodes { id member { handle } rewards { state underReview reason }
    verdict { band probability judgedAt evidence { signal sentence weight } } } } }"""
JUDGING = """{ referralJudging { since intercept holdFrom rejectFrom decisions frauds unopposed tried
    precision { value low high } recall { value low high } falsePositives { value low high }
    signals { name words weight shippedWeight start full } } }"""
HOME, FARM = "9.9.9.9", "8.8.4.4"


async def ask(client: httpx.AsyncClient, document: str, **given: Any) -> httpx.Response:
    answer = await client.post("/graphql", json={"query": document, "variables": {"input": given}})
    assert answer.status_code == 200, answer.text
    return answer


async def join(
    client: httpx.AsyncClient, database: Database, name: str, code: str | None = None, **given: Any
) -> Acting:
    """Join in a browser, by the letter's link; the mail is at a provider of millions."""
    email = f"{name}@outlook.com"
    asked = {"handle": name, "email": email, "password": PASSWORD, "referralCode": code, **given}
    answer = (await ask(client, SIGN_UP, **asked)).json()
    assert answer["data"]["signUp"]["userErrors"] == [], answer
    answer = (await ask(client, VERIFY, token=await token_sent_to(database, email))).json()
    member = answer["data"]["verifyEmail"]["viewer"]["member"]["id"]
    return Acting(int(member.removeprefix("member_")))


async def judge(database: Database) -> None:
    await read_log(database)
    async with database.writing() as connection:
        await ask_for_judging(connection)
    await jobs.work(database, HANDLERS)


async def spread(database: Database, members: list[Acting], *, trust: int | None = None) -> None:
    """Let members have joined days apart, and be trusted so much."""
    async with database.writing() as connection:
        for place, member in enumerate(members):
            await connection.raw.execute(
                "UPDATE member SET joined_at = now() - interval '9 days' + $2 * interval '29 hours' WHERE id = $1",
                *(member.member_id, place),
            )
            if trust is not None:
                await connection.raw.execute(
                    "INSERT INTO reputation (member_id, level, trust) VALUES ($1, 1, $2)", member.member_id, trust
                )


async def brought(
    server: Server, database: Database, code: str, names: list[str], *, address: str, one_browser: bool
) -> list[Acting]:
    """Let some join by a code and post, in one browser or each in their own."""
    space = await make_space(database)
    members = []
    async with browser(server, address=address) as shared:
        for name in names:
            if one_browser:
                members.append(await join(shared, database, name, code))
            else:
                async with browser(server, address=address) as own:
                    members.append(await join(own, database, name, code))
            await make_post(database, members[-1], space)
    return members


async def states(database: Database, members: list[Acting]) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            "SELECT CASE WHEN review_since IS NULL THEN reward.state ELSE 'REVIEW' END AS state FROM reward "
            "JOIN referral ON referral.id = cause_id WHERE referral.member_id = ANY($1::bigint[]) ORDER BY referral.id",
            [member.member_id for member in members],
        )
    return [row["state"] for row in rows]


async def test_a_farm_in_one_browser_is_found_a_family_on_one_network_passes(
    graphql: Client, server: Server, database: Database, marketer: Acting
) -> None:
    # Given a mother whose family join at home, each in a browser of their own, and a cheat who makes six of himself
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=RULES, hold_days=14)
    async with browser(server, address=HOME) as hers, browser(server, address=FARM) as his:
        mother, cheat = await join(hers, database, "妈妈"), await join(his, database, "cheat")
    codes = [await text_of(database, await make_code(database, each, program)) for each in (mother, cheat)]
    family = await brought(server, database, codes[0], ["爸爸", "daughter"], address=HOME, one_browser=False)
    farm = await brought(
        server, database, codes[1], [f"farm.{place}" for place in range(6)], address=FARM, one_browser=True
    )
    await spread(database, [*family, *farm])

    # When they are judged
    await judge(database)

    # Then the family's rewards wait for their time, and the farm's come to nothing, and it is said why
    assert await states(database, family) == ["HELD"] * 2
    assert await states(database, farm) == ["REJECTED"] * 6
    reasons: Any = await value(database, "SELECT string_agg(reason, ' ') FROM reward WHERE state = 'REJECTED'")
    assert "5 more of the referrer's friends signed up on this device." in reasons
    # And no address is kept anywhere where accounts are compared
    assert await value(database, "SELECT count(*) FROM referral_sighting WHERE sign_up") == 10
    assert await value(database, "SELECT count(DISTINCT network) FROM referral_sighting") == 2
    log: Any = await value(database, "SELECT string_agg(data::text || context::text, ' ') FROM event")
    numbers: Any = await value(database, "SELECT array_agg(network) || array_agg(device) FROM referral_sighting")
    assert not any(str(number) in log for number in numbers)
    # And a network is no more than a network
    async with database.reading() as connection:
        signals = await connection.raw.fetchval(
            "SELECT strengths FROM referral_verdict JOIN referral ON referral.id = referral_id WHERE member_id = $1",
            family[0].member_id,
        )
    assert signals["NETWORK_OF_REFERRER"] == 1
    assert "DEVICE_OF_REFERRER" not in signals


async def test_what_is_held_is_seen_with_its_evidence_and_decisions_are_kept_and_taken_back(
    graphql: Client, server: Server, database: Database, marketer: Acting
) -> None:
    # Given four in one browser whom others trust
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=RULES)
    cheat, stranger = await make_acting(database), await make_acting(database)
    code = await text_of(database, await make_code(database, cheat, program))
    four = await brought(server, database, code, [f"四.{place}" for place in range(4)], address=FARM, one_browser=True)
    await spread(database, four, trust=50)
    await judge(database)

    # When somebody of staff asks what waits
    nodes = (await graphql(UNDER_REVIEW, as_=marketer))["referralsUnderReview"]["nodes"]

    # Then there it is, with why, and nobody else is told
    assert await states(database, four) == ["REVIEW"] * 4
    assert len(nodes) == 4
    verdict = nodes[0]["verdict"]
    assert verdict["band"] == "HOLD"
    assert 0.5 <= verdict["probability"] < 0.95
    by_signal = {each["signal"]: each for each in verdict["evidence"]}
    assert by_signal["DEVICE_AMONG_FRIENDS"]["sentence"] == "3 more of the referrer's friends signed up on this device."
    assert by_signal["DEVICE_AMONG_FRIENDS"]["weight"] == pytest.approx(4.5)
    assert by_signal["TRUSTED"]["weight"] < 0
    for other in (None, cheat, four[0], stranger):
        assert (await graphql(UNDER_REVIEW, as_=other))["referralsUnderReview"] is None
        assert (await graphql(JUDGING, as_=other))["referralJudging"] is None
    document = "query($id: ID!) { referral(id: $id) { id verdict { band } } }"
    assert (await graphql(document, {"id": nodes[0]["id"]}, as_=cheat))["referral"]["verdict"] is None

    # When one is rejected, one granted, and that is taken back
    async def decide(place: int, decision: str, reason: str = "看过了") -> Any:
        given = {"referral": nodes[place]["id"], "decision": decision, "reason": reason}
        return await graphql.change("reviewReferral", "decided referral { rewards { state } }", as_=marketer, **given)

    assert (await decide(0, "REJECT"))["referral"]["rewards"] == [{"state": "REJECTED"}]
    assert (await decide(1, "REVERSE"))["userErrors"][0]["code"] == "REFERRAL_NOT_HELD", "nothing was granted"
    assert (await decide(1, "GRANT"))["referral"]["rewards"] == [{"state": "GRANTED"}]
    assert (await decide(1, "REVERSE"))["referral"]["rewards"] == [{"state": "REVERSED"}]
    assert (await decide(1, "REVERSE"))["userErrors"][0]["code"] == "REFERRAL_NOT_HELD"

    # Then each decision is kept with what spoke for and against it
    async with database.reading() as connection:
        kept = await connection.raw.fetch("SELECT * FROM referral_decision ORDER BY id")
    assert [row["decision"] for row in kept] == ["REJECTED", "GRANTED", "REVERSED"]
    assert {row["decided_by"] for row in kept} == {marketer.member_id}
    assert all(row["strengths"]["DEVICE_AMONG_FRIENDS"] == 0.75 and row["probability"] >= 0.5 for row in kept)
    assert len((await graphql(UNDER_REVIEW, as_=marketer))["referralsUnderReview"]["nodes"]) == 2


async def test_decisions_teach_and_staff_see_what(graphql: Client, database: Database, marketer: Acting) -> None:
    # Given what is shipped
    shipped = (await graphql(JUDGING, as_=marketer))["referralJudging"]
    assert (shipped["since"], shipped["decisions"], shipped["precision"]) == (None, 0, None)
    assert all(each["weight"] == each["shippedWeight"] for each in shipped["signals"])
    words = {each["name"]: each["words"] for each in shipped["signals"]}
    assert words["DEVICE_AMONG_FRIENDS"] == "… more of the referrer's friends signed up on this device."
    assert words["COMPANY"] == "There is hard evidence against … of those who came with this one."

    # When sixty referrals of as many members were decided on, and judging runs
    program = await make_program(database, marketer)
    for place in range(60):
        referrer, friend = await make_acting(database), await make_acting(database)
        code = await make_code(database, referrer, program)
        async with database.writing() as connection:
            await connection.raw.execute(
                "WITH made AS (INSERT INTO referral (member_id, referrer_id, program_id, terms_id, code_id, source, channel, "
                "campaign) SELECT $1, $2, program_id, terms_id, referral_code.id, 'TYPED', '', '' FROM referral_code "
                "JOIN referral_program ON referral_program.id = program_id WHERE referral_code.id = $3 RETURNING id) "
                "INSERT INTO referral_decision (referral_id, decided_by, decision, strengths) SELECT id, $4, $5, $6 FROM made",
                *(friend.member_id, referrer.member_id, code, marketer.member_id),
                *("REJECTED" if place % 2 else "GRANTED", {"PAYMENT_ELSEWHERE" if place % 2 else "HURRY": 1.0}),
            )
    async with database.writing() as connection:
        await jobs.ask(connection, "JUDGING", {}, asked_by=None)
    await jobs.work(database, HANDLERS)

    # Then a card that others paid with weighs more, and it is told how good that is
    learned = (await graphql(JUDGING, as_=marketer))["referralJudging"]
    weights = {each["name"]: (each["weight"], each["shippedWeight"]) for each in learned["signals"]}
    assert weights["PAYMENT_ELSEWHERE"][0] > weights["PAYMENT_ELSEWHERE"][1]
    assert learned["since"] is not None
    assert (learned["decisions"], learned["frauds"]) == (60, 30)
    assert 0 < learned["tried"] < 60
    assert learned["falsePositives"]["low"] <= learned["falsePositives"]["value"] <= learned["falsePositives"]["high"]
    assert 0.35 <= learned["holdFrom"] <= learned["rejectFrom"] <= 0.995


async def test_a_browser_is_given_a_cookie_once_and_is_known_by_it(server: Server, database: Database) -> None:
    async with browser(server, address=HOME) as client:
        given = {"handle": "小王", "email": "wang@outlook.com", "password": PASSWORD}
        first = await ask(client, SIGN_UP, **given)
        again = await ask(client, SIGN_IN, login="小王", password=PASSWORD)
    cookie = SimpleCookie(first.headers["set-cookie"])[COOKIE]
    assert len(cookie.value) == 22
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("Lax", "/", "")
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("value_", ["茶", "x", "a" * 23, "a" * 5_000, "'; DROP TABLE member; --", '"', "\\000" * 22])
async def test_a_cookie_that_was_not_drawn_here_is_none(server: Server, value_: str) -> None:
    async with browser(server, address=HOME) as client:
        headers = {"cookie": f"{COOKIE}={value_}".encode()}
        body = {"query": SIGN_IN, "variables": {"input": {"login": "nobody", "password": "nothing 电池"}}}
        answer = await client.post("/graphql", json=body, headers=headers)  # type: ignore[arg-type] # bytes are headers too
    assert answer.status_code == 200
    assert SimpleCookie(answer.headers["set-cookie"])[COOKIE].value != value_


async def test_an_app_says_what_it_knows_the_device_by(server: Server, database: Database) -> None:
    async with browser(server, address=HOME) as client:
        for name in ("一号", "second"):
            client.cookies.clear()
            await join(client, database, name, deviceToken="IDFV 茶杯-7")
        long = (await ask(client, SIGN_IN, login="一号", password=PASSWORD, deviceToken="茶" * 201)).json()
    assert await value(database, "SELECT count(DISTINCT device) FROM referral_sighting WHERE device <> 0") == 1
    assert long["data"]["signIn"]["userErrors"][0]["code"] == "INVALID"


async def test_a_click_names_the_browser_and_who_gets_a_code_is_seen(
    graphql: Client, server: Server, database: Database, marketer: Acting
) -> None:
    mei = await make_acting(database)
    program = await make_program(database, marketer)
    code = await text_of(database, await make_code(database, mei, program))
    async with browser(server, address=HOME) as client:
        clicked = await client.get(f"/r/{code}")
        device = client.cookies[COOKIE]
        again = await client.get(f"/r/{code}")
        # When she looks at her own code in that browser
        document = "mutation($input: IssueCodeInput!) { issueCode(input: $input) { userErrors { code } } }"
        headers = {"authorization": f"Bearer {await graphql.token(mei)}"}
        given = {"input": {"program": f"referral_program_{program}"}}
        await client.post("/graphql", json={"query": document, "variables": given}, headers=headers)
    assert device in clicked.headers["set-cookie"]
    assert COOKIE not in again.headers.get("set-cookie", "")
    assert (
        await value(
            database,
            f"SELECT count(*) FROM referral_sighting WHERE member_id = {mei.member_id} AND NOT sign_up AND device <> 0",
        )
        == 1
    )


async def test_what_was_paid_with_is_kept_as_a_hash_alone(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    mei, kai = await make_acting(database), await make_acting(database)
    bought = [
        {
            "externalId": f"订单 {place}",
            "member": f"member_{member.member_id}",
            "amount": {"amount": "500", "currency": "CNY"},
            "purchasedAt": "2026-01-01T00:00:00Z",
            "instrument": instrument,
        }
        for place, (member, instrument) in enumerate([(mei, "fp_卡一"), (kai, "fp_卡一"), (kai, "fp_two"), (kai, "")])
    ]
    done = await graphql.change("recordReferralPurchases", "recorded", as_=marketer, purchases=bought)
    assert (done["recorded"], done["userErrors"]) == (4, [])
    async with database.reading() as connection:
        kept = [
            row["instrument"]
            for row in await connection.raw.fetch("SELECT instrument FROM referral_purchase ORDER BY external_id")
        ]
    assert kept[0] == kept[1] != kept[2]
    assert kept[3] is None
    bought[0] |= {"externalId": "新", "instrument": "卡" * 201}
    refused = await graphql.change("recordReferralPurchases", "recorded", as_=marketer, purchases=bought[:1])
    assert refused["userErrors"][0]["code"] == "INVALID"


async def test_what_is_held_is_judged_once_more_on_its_last_day(
    graphql: Client, server: Server, database: Database, marketer: Acting
) -> None:
    # Given a reward that is held for a fortnight, and was judged when it was promised
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=RULES, hold_days=14)
    code = await text_of(database, await make_code(database, await make_acting(database), program))
    members = await brought(server, database, code, ["朋友"], address=HOME, one_browser=True)
    await spread(database, members)
    await judge(database)

    async def asked() -> bool:
        async with database.writing() as connection:
            await ask_for_judging(connection)
        waits = bool(await value(database, "SELECT EXISTS (SELECT FROM job WHERE state = 'QUEUED')"))
        await jobs.work(database, HANDLERS)
        return waits

    assert not await asked(), "it has just been judged, and there is time"
    # When its last day has come
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE reward SET promised_at = now() - interval '14 days', held_until = now() + interval '5 hours'"
        )
        await connection.raw.execute("UPDATE referral_verdict SET judged_at = now() - interval '13 days'")
    # Then it is judged, once
    assert await asked()
    assert not await asked()
    assert await value(database, "SELECT judged_at > now() - interval '1 minute' FROM referral_verdict")


@pytest.mark.parametrize(("days", "state", "counted"), [(90, "GRANTED", 1), (5, "GRANTED", 0), (90, "REVERSED", 0)])
async def test_what_was_granted_long_ago_and_stayed_so_counts_as_honest(
    server: Server, database: Database, marketer: Acting, days: int, state: str, counted: int
) -> None:
    program = await make_program(database, marketer, steps=(FIRST_POST,), rewards=RULES)
    code = await text_of(database, await make_code(database, await make_acting(database), program))
    members = await brought(server, database, code, ["朋友"], address=HOME, one_browser=True)
    await spread(database, members)
    await judge(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE reward SET state = $1, granted_at = now() - $2 * interval '1 day', "
            "ended_at = CASE WHEN $1 = 'REVERSED' THEN now() END",
            *(state, days),
        )
        found = await connection.raw.fetch(UNOPPOSED_CASES, LONG_AGO, 10)
    assert len(found) == counted
