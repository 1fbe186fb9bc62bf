"""What a claim is refused for, each in its words, and that nothing has happened then; and what many claims at once come to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.referrals.bringing import (
    campaign_code,
    claimed,
    later,
    make_program,
    mine,
    own_code,
    referral,
)
from tests.factories.discussions import make_acting, suspend
from tests.factories.referrals import counts_kept_and_recounted


async def referrals_kept(database: Database) -> int:
    async with database.reading() as connection:
        amount: int = await connection.raw.fetchval("SELECT count(*) FROM referral")
    return amount


async def age(database: Database, member: Acting, days: int) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - $2 * interval '1 day' WHERE id = $1", member.member_id, days
        )


async def test_claiming_is_for_who_is_signed_in_and_for_once(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    first, second, newcomer = [await make_acting(database) for _ in range(3)]
    code, other = await own_code(graphql, first, program), await own_code(graphql, second, program)
    nobody = await graphql.change("claimReferral", "referral { id }", as_=None, code=code["code"])
    assert nobody["userErrors"][0]["code"] == "UNAUTHENTICATED"

    done = await claimed(graphql, newcomer, code=code["readable"])
    again = await claimed(graphql, newcomer, code=other["code"])

    assert done["userErrors"] == []
    assert again["userErrors"][0]["code"] == "REFERRED_ALREADY"
    found = (await mine(graphql, newcomer, "referredBy { referrer { id } }"))["referredBy"]
    assert found["referrer"]["id"] == f"member_{first.member_id}"


async def test_who_brought_whom_is_changed_by_nobody(graphql: Client, database: Database, marketer: Acting) -> None:
    program = await make_program(graphql, marketer)
    first, second, newcomer = [await make_acting(database) for _ in range(3)]
    code = await own_code(graphql, first, program)
    await claimed(graphql, newcomer, code=code["code"])
    for change in (
        f"referrer_id = {second.member_id}",
        "referrer_id = NULL",
        f"member_id = {second.member_id}",
        "claimed_at = now() - interval '1 day'",
    ):
        async with database.reading() as connection:
            with pytest.raises(Exception, match="set once"):
                await connection.raw.execute(f"UPDATE referral SET {change}")
    async with database.reading() as connection:
        with pytest.raises(Exception, match="another version"):
            await connection.raw.execute("UPDATE referral_terms SET window_days = 1")


async def test_nobody_brings_themselves_or_who_brought_them(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    chain = [await make_acting(database) for _ in range(13)]
    codes = [await own_code(graphql, member, program) for member in chain]
    own = await claimed(graphql, chain[0], code=codes[0]["code"])
    assert own["userErrors"][0]["code"] == "SELF_REFERRAL"
    for above, below in zip(codes, chain[1:], strict=False):
        assert (await claimed(graphql, below, code=above["code"]))["userErrors"] == []

    for place in (1, 5, 12):
        done = await claimed(graphql, chain[0], code=codes[place]["code"])
        assert (done["referral"], done["userErrors"][0]["code"]) == (None, "REFERRAL_CYCLE")

    assert await referrals_kept(database) == 12
    generations = (await mine(graphql, chain[0], "generations { generation members }"))["generations"]
    assert generations == [{"generation": place, "members": 1} for place in range(1, 11)], "ten of them are kept"


async def test_a_tree_grows_above_as_well_as_below(graphql: Client, database: Database, marketer: Acting) -> None:
    program = await make_program(graphql, marketer)
    grandparent, parent, *children = [await make_acting(database) for _ in range(5)]
    code = await own_code(graphql, parent, program)
    for child in children:
        await claimed(graphql, child, code=code["code"])

    await claimed(graphql, parent, code=(await own_code(graphql, grandparent, program))["code"])

    own = await mine(
        graphql, grandparent, "generations { generation members } tree(first: 9) { nodes { member { id } } }"
    )
    assert own["generations"] == [{"generation": 1, "members": 1}, {"generation": 2, "members": 3}]
    assert own["tree"]["nodes"] == [{"member": {"id": f"member_{parent.member_id}"}}], "who they brought is not told"


async def test_who_joined_long_ago_was_brought_by_nobody(graphql: Client, database: Database, marketer: Acting) -> None:
    program = await make_program(graphql, marketer, windowDays=30)
    code = await own_code(graphql, await make_acting(database), program)
    recent, old = await make_acting(database), await make_acting(database)
    await age(database, recent, 29)
    await age(database, old, 31)

    assert (await claimed(graphql, recent, code=code["code"]))["userErrors"] == []
    refused = await claimed(graphql, old, code=code["code"])

    assert refused["userErrors"][0]["code"] == "REFERRAL_TOO_LATE"
    assert "30 days" in refused["userErrors"][0]["message"]
    assert await referrals_kept(database) == 1


@pytest.mark.parametrize("how", ["revoked", "expired", "suspended", "erased", "not eligible"])
async def test_a_code_that_counts_no_more_does_not_say_why(
    graphql: Client, database: Database, marketer: Acting, how: str
) -> None:
    program = await make_program(graphql, marketer)
    friend, newcomer = await make_acting(database), await make_acting(database)
    code = await own_code(graphql, friend, program)
    if how == "revoked":
        done = await graphql.change("revokeCode", "code { revokedAt }", as_=friend, code=code["id"])
        assert done["code"]["revokedAt"] is not None
    elif how == "suspended":
        await suspend(database, friend)
    elif how == "not eligible":
        await graphql.change(
            "updateReferralProgram", "program { id }", as_=marketer, program=program["id"],
            terms={"referrers": {"customersOnly": True}},
        )  # fmt: skip
    else:
        changes = {"expired": "expires_at = now() - interval '1 hour'", "erased": None}
        async with database.writing() as connection:
            if changes[how]:
                await connection.raw.execute(f"UPDATE referral_code SET {changes[how]}")
            else:
                await connection.raw.execute("UPDATE member SET state = 'ERASED' WHERE id = $1", friend.member_id)

    refused = await claimed(graphql, newcomer, code=code["code"])

    assert refused["referral"] is None
    assert refused["userErrors"] == [
        {"code": "REFERRAL_CODE_NOT_VALID", "message": "This code is not valid, or not any more.", "path": refused["userErrors"][0]["path"]}
    ]  # fmt: skip
    assert await referrals_kept(database) == 0


async def test_a_paused_programme_takes_none_and_an_ended_one_never_again(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await own_code(graphql, await make_acting(database), program)

    async def moved(verb: str) -> Any:
        return await graphql.change(verb, "program { state open }", as_=marketer, program=program["id"])

    async def outcome() -> list[str]:
        done = await claimed(graphql, await make_acting(database), code=code["code"])
        return [error["code"] for error in done["userErrors"]]

    assert (await moved("pauseReferralProgram"))["program"] == {"state": "PAUSED", "open": False}
    assert await outcome() == ["REFERRAL_CODE_NOT_VALID"]
    assert (await moved("resumeReferralProgram"))["program"] == {"state": "ACTIVE", "open": True}
    assert await outcome() == []
    assert (await moved("endReferralProgram"))["program"] == {"state": "ENDED", "open": False}
    assert await outcome() == ["REFERRAL_CODE_NOT_VALID"]
    for verb in ("pauseReferralProgram", "resumeReferralProgram", "endReferralProgram"):
        assert (await moved(verb))["userErrors"][0]["code"] == "REFERRAL_PROGRAM_ENDED"


async def test_other_terms_are_for_referrals_to_come(graphql: Client, database: Database, marketer: Acting) -> None:
    rewards = [{"step": {"kind": "VERIFIED"}, "side": "REFERRER", "kind": "POINTS", "amount": "100"}]
    program = await make_program(graphql, marketer, rewards=rewards, body="好茶 *一起* 喝")
    assert program["terms"]["bodyHtml"] == "<p>好茶 <em>一起</em> 喝</p>"
    code = await own_code(graphql, await make_acting(database), program)
    before = (await claimed(graphql, await make_acting(database), code=code["code"]))["referral"]

    changed = await graphql.change(
        "updateReferralProgram",
        "program { terms { version rewards { amount } } versions(first: 5) { nodes { version rewards { amount } } } }",
        as_=marketer,
        program=program["id"],
        terms={"rewards": [{**rewards[0], "amount": "50"}], "steps": [{"kind": "FIRST_POST"}]},
    )
    after = (await claimed(graphql, await make_acting(database), code=code["code"]))["referral"]

    assert changed["program"]["terms"] == {"version": 2, "rewards": [{"amount": "50"}]}
    assert [each["rewards"][0]["amount"] for each in changed["program"]["versions"]["nodes"]] == ["50", "100"]
    assert (before["terms"]["version"], after["terms"]["version"]) == (1, 2)
    again = await referral(graphql, before, marketer)
    assert (again["terms"]["version"], [step["kind"] for step in again["steps"]]) == (1, ["SIGN_UP", "VERIFIED"])


async def test_a_code_for_some_uses_is_used_so_often_by_two_hundred_at_once(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program, mostUses=7, channel="线下")
    members = [await make_acting(database) for _ in range(200)]

    done = await asyncio.gather(*(claimed(graphql, member, code=code["code"]) for member in members))

    outcomes = [each["userErrors"][0]["code"] if each["userErrors"] else "DONE" for each in done]
    assert outcomes.count("DONE") == 7
    assert set(outcomes) <= {"DONE", "REFERRAL_CODE_USED_UP", "REFERRAL_CODE_NOT_VALID"}
    assert await referrals_kept(database) == 7
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT uses FROM referral_code") == 7
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_two_who_bring_each_other_at_once_are_brought_by_one(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    for _ in range(10):
        one, other = await make_acting(database), await make_acting(database)
        codes = await own_code(graphql, one, program), await own_code(graphql, other, program)

        done = await asyncio.gather(
            claimed(graphql, other, code=codes[0]["code"]), claimed(graphql, one, code=codes[1]["code"])
        )

        outcomes = sorted(each["userErrors"][0]["code"] if each["userErrors"] else "DONE" for each in done)
        assert outcomes == ["DONE", "REFERRAL_CYCLE"]


async def test_twenty_claims_of_a_member_at_once_set_one_referrer(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    friends = [await make_acting(database) for _ in range(20)]
    codes = [await own_code(graphql, friend, program) for friend in friends]
    newcomer = await make_acting(database)

    done = await asyncio.gather(*(claimed(graphql, newcomer, code=code["code"]) for code in codes))

    outcomes = [each["userErrors"][0]["code"] if each["userErrors"] else "DONE" for each in done]
    assert (outcomes.count("DONE"), outcomes.count("REFERRED_ALREADY")) == (1, 19)
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT sum(uses) FROM referral_code") == 1


async def test_twenty_asks_for_ones_own_code_give_one(graphql: Client, database: Database, marketer: Acting) -> None:
    program = await make_program(graphql, marketer)
    friend = await make_acting(database)

    made = await asyncio.gather(*(own_code(graphql, friend, program) for _ in range(20)))

    assert len({code["code"] for code in made}) == 1
    revoked = await graphql.change("revokeCode", "code { id }", as_=friend, code=made[0]["id"])
    assert revoked["userErrors"] == []
    assert (await own_code(graphql, friend, program))["code"] != made[0]["code"], "another takes its place"


async def test_who_brought_whom_is_for_the_two_of_them_and_for_insights(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    friend, newcomer, stranger = [await make_acting(database) for _ in range(3)]
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    code = await own_code(graphql, friend, program)
    found = (await claimed(graphql, newcomer, code=code["code"]))["referral"]

    for member, sees in ((friend, True), (newcomer, True), (marketer, True), (stranger, False), (moderator, False), (None, False)):  # fmt: skip
        assert (await referral(graphql, found, member) is not None) == sees
        answer = await graphql(
            "query($code: ID!, $program: ID!) { node(id: $code) { id } referralProgram(id: $program) "
            "{ codes(first: 5) { totalCount } referrals(first: 5) { totalCount } funnel { clicks } } }",
            {"code": code["id"], "program": program["id"]},
            as_=member,
        )
        assert (answer["node"] is not None) == (member in (friend, marketer))
        assert answer["referralProgram"]["codes"]["totalCount"] == (member in (friend, marketer))
        assert answer["referralProgram"]["referrals"]["totalCount"] == sees
        assert (answer["referralProgram"]["funnel"] is not None) == (member is marketer)
    taken = await graphql.change("revokeCode", "code { id }", as_=stranger, code=code["id"])
    assert taken["userErrors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"windowDays": 0}, "windowDays"),
        ({"windowDays": 367}, "windowDays"),
        ({"holdDays": -1}, "holdDays"),
        ({"steps": [{"kind": "PURCHASE"}]}, "steps"),
        ({"steps": [{"kind": "PURCHASE", "threshold": "100"}]}, "currency"),
        ({"steps": [{"kind": "LEVEL", "threshold": "5"}]}, "steps"),
        ({"steps": [{"kind": "FIRST_POST", "threshold": "1"}]}, "steps"),
        ({"steps": [{"kind": "FIRST_POST"}, {"kind": "FIRST_POST"}]}, "steps"),
        ({"steps": [{"kind": "LEVEL", "threshold": "１"}]}, "steps"),
        ({"steps": [{"kind": "LEVEL", "threshold": "9" * 5_000}]}, "steps"),
        ({"steps": [{"kind": "CLICK"}] * 21}, "steps"),
        ({"rewards": [{"step": {"kind": "FIRST_POST"}, "side": "REFERRER", "kind": "POINTS"}]}, "rewards"),
        ({"rewards": [{"step": {"kind": "VERIFIED"}, "side": "REFERRER", "kind": "BADGE"}]}, "rewards"),
        ({"rewards": [{"step": {"kind": "VERIFIED"}, "side": "REFERRER", "kind": "POINTS", "amount": "0"}]}, "rewards"),
        ({"budget": {"amount": "-1", "currency": "EUR"}}, "budget"),
        ({"budget": {"amount": "1", "currency": "euro"}}, "currency"),
        ({"rewardedEach": 0}, "rewardedEach"),
        ({"body": "a\x07b"}, "body"),
        ({"referrers": {"trust": 101}}, "referrers"),
    ],
)
async def test_what_cannot_be_promised_is_not(
    graphql: Client, database: Database, marketer: Acting, given: Any, field: str
) -> None:
    done = await graphql.change("createReferralProgram", "program { id }", as_=marketer, name="老带新", terms=given)

    assert (done["program"], done["userErrors"][0]["code"]) == (None, "INVALID")
    assert field in done["userErrors"][0]["path"]
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM referral_program") == 0


async def test_programmes_and_codes_of_campaigns_are_made_by_who_runs_them(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    member = await make_acting(database)
    program = await make_program(graphql, marketer, referrers={"customersOnly": True})
    to_come = await make_program(graphql, marketer, name="明年", startsAt=later(5))
    given = {"program": program["id"]}
    for verb, also in (
        ("createReferralProgram", {"name": "我的", "terms": {}}),
        ("updateReferralProgram", {**given, "name": "我的"}),
        ("pauseReferralProgram", given),
        ("issueCode", {**given, "kind": "CAMPAIGN"}),
        ("recordReferralPurchases", {"purchases": []}),
    ):
        done = await graphql.change(verb, "clientMutationId", as_=member, **also)
        assert done["userErrors"][0]["code"] == "NOT_PERMITTED", verb
    refused = await graphql.change("issueCode", "code { id }", as_=member, **given)
    assert refused["userErrors"][0]["code"] == "MAY_NOT_REFER"
    hidden = await graphql.change("issueCode", "code { id }", as_=member, program=to_come["id"])
    assert hidden["userErrors"][0]["code"] == "NOT_FOUND"
    seen = await graphql("{ referralPrograms(first: 9) { nodes { name viewerCanRefer } } }", as_=member)
    assert seen["referralPrograms"]["nodes"] == [{"name": program["name"], "viewerCanRefer": False}]
    opened = await graphql("{ referralPrograms(first: 9, filter: {open: false}) { nodes { name } } }", as_=marketer)
    assert opened["referralPrograms"]["nodes"] == [{"name": "明年"}]
