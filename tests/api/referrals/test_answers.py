"""Why a referral was not rewarded: every referral has an answer, for its members and for who runs the programme."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.referrals.importing import import_referrals, lines_of
from community.referrals.programs import RewardRule, Step
from community.rewards.granting import grant, reverse_reward
from community.rewards.moving import hold_for_review, reject
from community.rewards.promises import earn
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.referrals import claim, counts_kept_and_recounted, in_days, make_code, make_program, read_log

FIRST_POST = Step("FIRST_POST")
RULES = (RewardRule(FIRST_POST, "REFERRER", "POINTS", 100),)
ANSWERS = "query($id: ID!) { referral(id: $id) { answers { kind reason step side reward } rewards { reason } } }"
EVIDENCE = "Its mailbox is an alias of the referrer's."
"""What a member must not read, or they would know what to do otherwise."""


async def answers(graphql: Client, referral: int, member: Acting) -> list[Any]:
    found = (await graphql(ANSWERS, {"id": f"referral_{referral}"}, as_=member))["referral"]
    return [(each["kind"], each["reason"]) for each in found["answers"]]


class Case:
    """A programme, a referrer, a newcomer, and what is done with them until the question is asked."""

    def __init__(self, database: Database, marketer: Acting, referrer: Acting, newcomer: Acting) -> None:
        self.database, self.marketer = database, marketer
        self.referrer, self.newcomer = referrer, newcomer

    async def brought(self, *, by_brand: bool = False, **terms: Any) -> int:
        given = {"steps": (FIRST_POST,), "rewards": RULES, **terms}
        program = await make_program(self.database, self.marketer, **given)
        if by_brand:
            code = await make_code(self.database, self.marketer, program, "CAMPAIGN")
        else:
            code = await make_code(self.database, self.referrer, program)
        return await claim(self.database, self.newcomer, code)

    async def posted(self) -> None:
        await make_post(self.database, self.newcomer, await make_space(self.database))
        await read_log(self.database)

    async def reward(self) -> int:
        found = await value(self.database, "SELECT id FROM reward")
        assert isinstance(found, int)
        return found

    async def moved(self, *states: str) -> int:
        """Take the reward from state to state as the verbs do; return its id."""
        reward = await self.reward()
        for state in states:
            async with self.database.writing() as connection:
                await (earn if state == "HELD" else grant)(connection, reward)
        return reward


async def not_reached(case: Case) -> int:
    return await case.brought()


async def nothing_promised(case: Case) -> int:
    return await case.brought(rewards=())


async def capped(case: Case) -> int:
    program = await make_program(case.database, case.marketer, steps=(FIRST_POST,), rewards=RULES, rewarded_each=1)
    code, space = await make_code(case.database, case.referrer, program), await make_space(case.database)
    first = await make_acting(case.database)
    referrals = [await claim(case.database, member, code) for member in (first, case.newcomer)]
    for member in (first, case.newcomer):
        await make_post(case.database, member, space)
        await read_log(case.database)
    return referrals[-1]


async def over_budget(case: Case) -> int:
    referral = await case.brought(budget=50, currency="CNY")
    await case.posted()
    return referral


async def by_the_brand(case: Case) -> int:
    referral = await case.brought(by_brand=True)
    await case.posted()
    return referral


async def pending(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    return referral


async def held(case: Case) -> int:
    referral = await case.brought(hold_days=9)
    await case.posted()
    await case.moved("HELD")
    return referral


async def reviewed(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    reward = await case.moved("HELD")
    await case.database.transact(lambda c: hold_for_review(c, reward, EVIDENCE))
    return referral


async def rejected_by_machine(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    reward = await case.reward()
    await case.database.transact(lambda c: reject(c, reward, EVIDENCE))
    return referral


async def rejected_by_somebody(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    reward = await case.moved("HELD")
    await case.database.transact(lambda c: reject(c, reward, "同一个人", rejected_by=case.marketer.member_id))
    return referral


async def granted(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    await case.moved("HELD", "GRANTED")
    return referral


async def taken_back(case: Case) -> int:
    referral = await case.brought()
    await case.posted()
    reward = await case.moved("HELD", "GRANTED")
    await read_log(case.database)
    await case.database.transact(
        lambda c: reverse_reward(c, reward, "退货 returned", reversed_by=case.marketer.member_id)
    )
    return referral


async def imported(case: Case) -> int:
    program = await make_program(
        case.database, case.marketer, steps=(FIRST_POST,), rewards=RULES, starts_at=in_days(-1)
    )
    handles = [
        await value(case.database, f"SELECT handle FROM member WHERE id = {member.member_id}")
        for member in (case.newcomer, case.referrer)
    ]
    now = datetime.now(UTC).isoformat()
    await import_referrals(
        case.database, program, lines_of(["member,referrer,claimed_at\n", f"{handles[0]},{handles[1]},{now}\n"])
    )
    found = await value(case.database, "SELECT id FROM referral")
    assert isinstance(found, int)
    return found


PLAIN = {
    not_reached: ("MISSING", "The step FIRST_POST is yet to be reached."),
    nothing_promised: ("NOTHING_PROMISED", "promise nothing here"),
    capped: ("NOT_EARNED", "rewarded for 1 referrals, which is the most"),
    over_budget: ("NOT_EARNED", "budget"),
    by_the_brand: ("NOT_EARNED", "nobody on this side"),
    pending: ("WAITING", "being looked at"),
    held: ("HELD", "It is held until 20"),
    rejected_by_somebody: ("REJECTED", "同一个人"),
    granted: ("GRANTED", "It was granted."),
    taken_back: ("REVERSED", "退货 returned"),
    imported: ("MISSING", "FIRST_POST is yet to be reached"),
}
FOUND_BY_MACHINE = {
    reviewed: ("UNDER_REVIEW", "Somebody looks at it before it is granted."),
    rejected_by_machine: ("REJECTED", "Automatic checks found"),
}


@pytest.mark.parametrize("given", [*PLAIN, *FOUND_BY_MACHINE], ids=lambda given: given.__name__)
async def test_every_referral_has_an_answer(graphql: Client, database: Database, marketer: Acting, given: Any) -> None:
    case = Case(database, marketer, await make_acting(database), await make_acting(database))

    referral = await given(case)
    await read_log(database)

    kind, words = {**PLAIN, **FOUND_BY_MACHINE}[given]
    [(staff_kind, staff_reason)] = await answers(graphql, referral, marketer)
    assert staff_kind == kind
    assert (EVIDENCE if given in FOUND_BY_MACHINE else words) in staff_reason
    if given is not by_the_brand:
        [(own_kind, own_reason)] = await answers(graphql, referral, case.referrer)
        assert own_kind == kind
        assert words.lower() in own_reason.lower()
        whole = await graphql(ANSWERS, {"id": f"referral_{referral}"}, as_=case.referrer)
        assert EVIDENCE not in str(whole)
    # What the other one is to have is not theirs to know, and that nothing is theirs is an answer too.
    assert [each for each, _ in await answers(graphql, referral, case.newcomer)] == ["NOTHING_PROMISED"]
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_what_was_granted_is_counted_and_what_was_taken_back_is_not(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    case = Case(database, marketer, await make_acting(database), await make_acting(database))
    referral = await granted(case)
    await read_log(database)
    await read_log(database)
    asked = """query($id: ID!) { referral(id: $id) { program { funnel { qualified rewarded cost costPerQualified } } }
        viewer { referrals { funnel { qualified rewarded cost costPerQualified } } } }"""

    async def funnels(member: Acting) -> Any:
        found = await graphql(asked, {"id": f"referral_{referral}"}, as_=member)
        return found["referral"]["program"]["funnel"], found["viewer"]["referrals"]["funnel"]

    whole, _ = await funnels(marketer)
    assert whole == {"qualified": 1, "rewarded": 1, "cost": "100", "costPerQualified": 100.0}
    assert await funnels(case.referrer) == (
        None,
        {"qualified": 1, "rewarded": None, "cost": None, "costPerQualified": None},
    )

    reward = await case.reward()
    await database.transact(lambda c: reverse_reward(c, reward, "退货"))
    await read_log(database)

    whole, _ = await funnels(marketer)
    assert whole == {"qualified": 1, "rewarded": 0, "cost": "0", "costPerQualified": 0.0}
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted
