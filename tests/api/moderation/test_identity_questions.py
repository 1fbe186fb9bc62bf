"""How it comes up that two accounts may be one person's: who asks, by what proof, and what evidence brings it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.members.roles import Role
from community.rewards.moving import hold_for_review
from community.rewards.promises import Cause, PointsOf, Promise, promise
from moderation.intake import intake_reader
from tests.api.moderation.merging import merge, propose, undo
from tests.api.moderation.moderating import codes, decide, queue
from tests.factories.discussions import make_acting, value
from tests.factories.events import read_all
from tests.factories.referrals import claim, make_code, make_program
from tests.factories.rewards import make_budget

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_a_member_who_proves_both_accounts_asks_for_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new, other = [await make_acting(database) for _ in range(3)]
    void = (await graphql.change("createMergeCode", "code expiresAt", as_=old))["code"]
    code = (await graphql.change("createMergeCode", "code expiresAt", as_=old))["code"]

    async def request(member: Acting, given: str) -> list[str]:
        return codes(await graphql.change("requestAccountMerge", "requested", as_=member, code=given))

    assert await request(new, void) == ["MERGE_CODE_INVALID"]
    assert await request(new, "thm_nothing") == ["MERGE_CODE_INVALID"]
    assert await request(old, code) == ["NOT_ONESELF"], "and the code is as good as before"
    assert await request(new, code) == []
    assert await request(other, code) == ["MERGE_CODE_INVALID"]
    assert code not in str(
        await value(database, "SELECT jsonb_agg(to_jsonb(one_time_token))::text FROM one_time_token")
    )

    (case,) = await queue(graphql, moderator, kind="IDENTITY")
    assert case["member"] is not None
    assert "两个账号" in case["contents"]["nodes"][0]["body"]
    decided = await decide(graphql, moderator, "MERGE", case=case["id"])
    assert codes(decided) == []
    assert await value(database, "SELECT detection FROM decision") == "REPORT"


async def test_a_code_that_is_too_old_proves_nothing(graphql: Client, database: Database) -> None:
    old, new = await make_acting(database), await make_acting(database)
    code = (await graphql.change("createMergeCode", "code", as_=old))["code"]
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE one_time_token SET expires_at = now()")

    refused = await graphql.change("requestAccountMerge", "requested", as_=new, code=code)

    assert codes(refused) == ["MERGE_CODE_INVALID"]
    assert await value(database, "SELECT count(*) FROM moderation_case") == 0


async def test_what_is_asked_twice_is_one_case(graphql: Client, database: Database, moderator: Acting) -> None:
    one, other, third = [(await make_acting(database)).member_id for _ in range(3)]
    first = await propose(graphql, moderator, one, other)

    again = await propose(graphql, moderator, one, other, "还有 more")
    turned = await propose(graphql, moderator, other, one)
    elsewhere = await propose(graphql, moderator, one, third)

    assert again["case"]["id"] == turned["case"]["id"] == first["case"]["id"]
    assert [note["body"] for note in again["case"]["notes"]["nodes"]] == ["还有 more"]
    assert codes(elsewhere) == ["IDENTITY_CASE_OPEN"]


async def test_what_a_referral_between_the_two_earned_waits_for_somebody_to_look(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    old, new = await make_acting(database), await make_acting(database)
    referral = await claim(database, old, await make_code(database, new, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(new.member_id, cause, PointsOf(70), budget))

    await merge(graphql, moderator, old.member_id, new.member_id)

    assert await value(database, "SELECT review_since IS NOT NULL FROM reward WHERE id = $1", reward)
    await read_all(database, intake_reader())
    (case,) = await queue(graphql, moderator, kind="FRAUD")
    assert "one person" in case["contents"]["nodes"][0]["body"]


_SEEN = "INSERT INTO referral_sighting (member_id, network, device, sign_up) VALUES ($1, $2, $3, true)"
_PAID = """
    INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at, instrument)
    VALUES (gen_random_uuid()::text, $1, 100, 'EUR', now(), $2)
"""
_UNTHINKABLE = 7777777777777777
"""A hash: nobody is ever to read it."""


async def _suspected(database: Database, *, device: bool = False, instrument: bool = False) -> tuple[int, int]:
    """Return who was brought and who brought them: their reward is under review, and they share what is said."""
    staff = await make_acting(database, roles=(Role.ADMIN,))
    brought, referrer = await make_acting(database), await make_acting(database)
    referral = await claim(database, brought, await make_code(database, referrer, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        for number, member in enumerate((brought, referrer)):
            # All are on one network: that alone says little.
            await connection.raw.execute(_SEEN, member.member_id, 5, _UNTHINKABLE + (0 if device else number))
            await connection.raw.execute(_PAID, member.member_id, _UNTHINKABLE + (0 if instrument else number))
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(referrer.member_id, cause, PointsOf(70), budget))
        await hold_for_review(connection, reward, "LOOKS_MADE_UP: 可疑")
    return brought.member_id, referrer.member_id


@pytest.mark.parametrize("shared", [("device",), ("instrument",), ("device", "instrument")])
async def test_what_both_have_and_a_doubtful_referral_bring_up_the_question_and_no_hash_is_shown(
    graphql: Client, database: Database, moderator: Acting, shared: tuple[str, ...]
) -> None:
    brought, _ = await _suspected(database, **dict.fromkeys(shared, True))

    await read_all(database, intake_reader())
    await read_all(database, intake_reader())

    (case,) = await queue(graphql, moderator, kind="IDENTITY")
    body = case["contents"]["nodes"][0]["body"]
    assert f"Seen on the same devices: {int('device' in shared)}" in body
    assert f"使用过的相同付款方式：{int('instrument' in shared)} 个" in body
    assert str(_UNTHINKABLE) not in str(case)
    assert case["subject"]["id"] == f"member_{brought}"
    assert codes(await decide(graphql, moderator, "MERGE", case=case["id"])) == []
    assert await value(database, "SELECT detection FROM decision") == "AUTOMATED"


async def test_who_shares_nothing_but_a_network_is_not_asked_about(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    await _suspected(database)

    await read_all(database, intake_reader())

    assert await queue(graphql, moderator, kind="IDENTITY") == []
    assert len(await queue(graphql, moderator, kind="FRAUD")) == 1


async def test_of_who_was_found_to_be_two_people_evidence_does_not_ask_again_until_that_is_undone(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    brought, referrer = await _suspected(database, device=True)
    proposed = await propose(graphql, moderator, referrer, brought)
    decided = await decide(graphql, moderator, "APPROVE", case=proposed["case"]["id"], facts="夫妻 a couple")

    await read_all(database, intake_reader())

    assert await value(database, "SELECT count(*) FROM moderation_case WHERE kind = 'IDENTITY'") == 1
    await undo(graphql, moderator, decided["decision"]["id"])
    assert len(await queue(graphql, moderator, kind="IDENTITY")) == 1
