"""What referrals are worth: computed by a job from what is so, stored, and read by who sees insights."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.referrals.jobs import HANDLERS
from community.referrals.measuring import MEASURING, ask_for_measuring
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, value
from tests.factories.referrals import claim, in_days, make_code, make_program

ESTIMATE = "{ value low high }"
GROWTH = f"""
computedAt members invitationsPerMember {ESTIMATE} conversion {ESTIMATE} kFactor {ESTIMATE} generations
retention {{ days referred {ESTIMATE} others {ESTIMATE} difference {ESTIMATE} }}
lifetimeValue {{ currency days referredMembers referred {ESTIMATE} otherMembers others {ESTIMATE} }}
tree {{ depth breadths branching }}
nodes(first: 100) {{ totalCount nodes {{ member {{ id }} referrer {{ id }} depth below qualified }} }}
"""
ASKED = f"""query($program: ID!) {{
    referralGrowth {{ {GROWTH} }}
    referralInsights(program: $program, window: {{from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"}}) {{
        growth {{ {GROWTH} }} }} }}"""


async def read(graphql: Client, program: int, member: Acting | None) -> Any:
    found = await graphql(ASKED, {"program": f"referral_program_{program}"}, as_=member)
    return found["referralGrowth"], found["referralInsights"] and found["referralInsights"]["growth"]


async def measured(database: Database) -> int:
    """Do what is due, as a server's clock does; return how many jobs that were."""
    async with database.writing() as connection:
        await ask_for_measuring(connection)
    return await jobs.work(database, HANDLERS)


async def lived(database: Database, member: Acting, *, days: float, seen: float) -> None:
    """Let a member have joined so many days ago, and have been seen last so many days after that."""
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM session WHERE member_id = $1", member.member_id)
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - $2 * interval '1 day' WHERE id = $1", member.member_id, days
        )
        await connection.raw.execute(
            "INSERT INTO session (member_id, refreshed_at, expires_at) VALUES ($1, now() - $2 * interval '1 day', now())",
            *(member.member_id, days - seen),
        )


async def bought(database: Database, member: Acting, amount: int, *, days_after: float) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            """
            INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at)
            SELECT gen_random_uuid()::text, id, $2, 'CNY', joined_at + $3 * interval '1 day' FROM member WHERE id = $1
            """,
            *(member.member_id, amount, days_after),
        )


async def test_who_brings_whom_who_stays_and_what_they_spend(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    lin, mei, kai, tao, solo = [await make_acting(database) for _ in range(5)]
    program = await make_program(database, marketer, starts_at=in_days(-150))
    other = await make_program(database, marketer, name="另一个 another", starts_at=in_days(-150))
    for member in (marketer, lin):
        await lived(database, member, days=400, seen=400)  # before the programme: in neither group
    of_lin, of_mei = [await make_code(database, member, program) for member in (lin, mei)]
    for newcomer, code in ((mei, of_lin), (kai, of_lin), (tao, of_mei)):
        await claim(database, newcomer, code)
    # Mei and Kai are there still; Tao was seen for five days and then no more; Solo came alone and left the next day.
    for member, seen in ((mei, 100), (kai, 100), (tao, 5), (solo, 1.5)):
        await lived(database, member, days=100, seen=seen)
    await bought(database, mei, 9_000, days_after=10)
    await bought(database, mei, 3_000, days_after=60)
    await bought(database, solo, 600, days_after=1)

    assert await read(graphql, program, marketer) == (None, None), "nothing is computed yet"
    assert await measured(database) == 1
    whole, found = await read(graphql, program, marketer)
    _, of_other = await read(graphql, other, marketer)

    # Six members brought three: 3 / 6 each, all of whom were invited by a code that was typed.
    assert (found["members"], found["kFactor"]["value"], found["generations"]) == (6, 0.5, 2.0)
    assert found["invitationsPerMember"]["value"] == 0.5
    assert found["conversion"]["value"] == 1
    assert 0 < found["kFactor"]["low"] < 0.5 < found["kFactor"]["high"]
    staying = {each["days"]: each for each in found["retention"]}
    assert [staying[days]["referred"]["value"] for days in (1, 7)] == pytest.approx([1, 2 / 3])
    assert [staying[days]["others"]["value"] for days in (1, 7)] == pytest.approx([1, 0])
    assert staying[7]["difference"]["low"] <= 2 / 3 <= staying[7]["difference"]["high"]
    assert staying[365]["referred"]["value"] is None, "nobody has been there for a year"
    spent = {
        each["days"]: (
            each["referredMembers"],
            each["referred"]["value"],
            each["otherMembers"],
            each["others"]["value"],
        )
        for each in found["lifetimeValue"]
    }
    assert {each["currency"] for each in found["lifetimeValue"]} == {"CNY"}
    assert spent == {30: (3, 3_000, 1, 600), 90: (3, 4_000, 1, 600), 365: (0, None, 0, None), None: (3, 4_000, 1, 600)}
    assert found["tree"] == {"depth": 2, "breadths": [1, 2, 1], "branching": 1.5}
    drawn = [
        (
            node["member"]["id"],
            node["referrer"] and node["referrer"]["id"],
            node["depth"],
            node["below"],
            node["qualified"],
        )
        for node in found["nodes"]["nodes"]
    ]
    root, first, second, third = (f"member_{member.member_id}" for member in (lin, mei, kai, tao))
    assert drawn == [
        (root, None, 0, 3, False),
        (first, root, 1, 1, True),
        (second, root, 1, 0, True),
        (third, first, 2, 0, True),
    ]
    assert {name: part for name, part in whole.items() if name != "lifetimeValue"} == {
        name: part for name, part in found.items() if name != "lifetimeValue"
    }, "one programme brought all there are"
    assert (of_other["kFactor"]["value"], of_other["conversion"]["value"]) == (0, None)
    assert (of_other["tree"]["breadths"], of_other["nodes"]["totalCount"]) == ([], 0)


async def test_it_is_computed_anew_where_something_has_changed_and_no_more_than_hourly(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    assert await measured(database) == 0, "there is no programme"
    program = await make_program(database, marketer)
    code = await make_code(database, await make_acting(database), program)
    assert await measured(database) == 1

    async def hours_pass(hours: int) -> None:
        async with database.writing() as connection:
            for table, column in (("job", "asked_at"), ("referral_insight", "computed_at")):
                await connection.raw.execute(f"UPDATE {table} SET {column} = {column} - $1 * interval '1 hour'", hours)

    await hours_pass(2)
    assert await measured(database) == 0, "nothing has happened"
    await claim(database, await make_acting(database), code)
    assert await measured(database) == 1
    await claim(database, await make_acting(database), code)
    assert await measured(database) == 0, "within the hour"
    await hours_pass(2)
    assert await measured(database) == 1
    await hours_pass(25)
    assert await measured(database) == 1, "once a day in any case: who is silent has left"
    (_, found) = await read(graphql, program, marketer)
    assert found["tree"]["breadths"] == [1, 2]
    assert await value(database, "SELECT count(*) FROM referral_insight") == 2


async def test_it_is_asked_for_and_shown_to_who_sees_insights_alone(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    member = await make_acting(database)
    program = await make_program(database, marketer)
    asked = await graphql.change("measureReferrals", "job { id kind state }", as_=marketer)
    again = await graphql.change("measureReferrals", "job { id }", as_=marketer)
    refused = await graphql.change("measureReferrals", "job { id }", as_=member)

    assert (asked["job"]["kind"], asked["job"]["state"]) == (MEASURING, "QUEUED")
    assert again["job"]["id"] == asked["job"]["id"]
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert await jobs.work(database, HANDLERS) == 1
    assert all(await read(graphql, program, marketer))
    assert await read(graphql, program, member) == (None, None)
    assert await read(graphql, program, None) == (None, None)
