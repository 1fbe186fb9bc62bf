"""A process that is killed at any moment loses nothing that it acknowledged, and nobody pays twice."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from community.cocreation.backing.campaigns import cancel_backing_campaign
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.factories.backing import (
    all_in_order,
    back,
    make_campaign,
    own_books,
    provider_books,
    reach_deadline,
    settle,
    tiers_of,
)
from tests.factories.discussions import make_acting, make_space, value
from tests.waiting import until

TOP = Path(__file__).parents[4]
PROCESS = "tests.community.cocreation.backing.backing_process"
TOKENS = ("tok_visa", "tok_visa", "tok_timeout", "tok_declined", "tok_action", "tok_capture_declined")

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pledge", "pledge", "pledge", "cancel", "settle"]),
        st.integers(0, 9),
        st.sampled_from(TOKENS),
        st.booleans(),
    ),
    min_size=12,
    max_size=30,
)


async def started(
    database_url: str, steps: list[dict[str, Any]], dies: tuple[str, str] | None = None
) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROCESS, database_url),
        cwd=TOP,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # Of one that is to die at a moment of its own it is read what else befell it.
        stderr=asyncio.subprocess.DEVNULL if dies is None else asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"steps": steps, "dies": dies}).encode())
    process.stdin.close()
    return process


async def killed_process(
    database_url: str, steps: list[dict[str, Any]], *, after: int, wait: float
) -> tuple[list[str], bool]:
    """Run a process, and kill it some time after it has acknowledged so much; return what it acknowledged, and whether it had ended."""
    process = await started(database_url, steps)
    assert process.stdout is not None
    told: list[str] = []
    while len(told) <= after and (line := await process.stdout.readline()):
        told.append(line.decode().strip())
        if told[-1] == "end":
            break
    await asyncio.sleep(wait)
    ended = process.returncode is not None
    if not ended:
        process.send_signal(signal.SIGKILL)
    # What it said before it was killed was acknowledged, whoever read it when.
    told += (await process.stdout.read()).decode().splitlines()
    await process.wait()
    assert told[0] == "ready"
    return [line for line in told if " " in line], "end" in told


async def rolled_back(database: Database) -> None:
    """Wait until the server has noticed that whoever was killed is gone, and has let go of their locks."""
    others = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'teahouse'
            AND state <> 'idle' AND pid <> pg_backend_pid()
    """

    async def nobody() -> bool:
        return await value(database, others) == 0

    await until(nobody)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=STEPS,
    goal=st.sampled_from([2_000, 1_000_000]),
    after=st.integers(0, 12),
    wait=st.floats(0, 0.02),
    settling_wait=st.floats(0, 0.05),
)
async def test_nothing_acknowledged_is_lost_and_nobody_pays_twice_whenever_a_process_is_killed(
    database: Database,
    database_url: str,
    drawn: list[tuple[str, int, str, bool]],
    goal: int,
    after: int,
    wait: float,
    settling_wait: float,
) -> None:
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")
    marketer: Acting = await make_acting(database, roles=(Role.MARKETER,))
    members = [await make_acting(database) for _ in range(10)]
    space = await make_space(database)
    campaign = await make_campaign(
        database, marketer, space, goal=goal, tiers=[("限量 limited", 1_000, 4), ("一 one", 500, None)]
    )
    limited, _ = await tiers_of(database, campaign)
    steps = [
        {
            "verb": verb,
            "member": members[who].member_id,
            "campaign": campaign,
            "amount": 1_000,
            "token": token,
            "tier": limited if scarce else None,
            "key": f"step {number}",
        }
        for number, (verb, who, token, scarce) in enumerate(drawn)
    ]

    # Killed while members pledge ...
    told, _ = await killed_process(database_url, steps, after=after, wait=wait)
    await rolled_back(database)
    await all_in_order(database)
    # ... what they do not know to be done they send again, and it is killed again ...
    again, _ = await killed_process(database_url, steps, after=after + 4, wait=wait)
    await rolled_back(database)
    await all_in_order(database)
    # ... and killed while the money is moved at the end.
    await reach_deadline(database, campaign)
    await killed_process(database_url, [{"verb": "settle"}], after=0, wait=settling_wait)
    await rolled_back(database)
    await all_in_order(database)
    await settle(database)

    async with database.reading() as connection:
        found = {row["id"]: row for row in await connection.raw.fetch("SELECT * FROM pledge")}
        payments = await connection.raw.fetch(
            "SELECT payment.id, array_agg(move.what ORDER BY move.id) FILTER (WHERE move.id IS NOT NULL) AS moves "
            "FROM simulated_payment AS payment LEFT JOIN simulated_move AS move ON payment_id = payment.id "
            "GROUP BY payment.id"
        )
    state = await value(database, "SELECT state FROM backing_campaign")
    cancelled = {int(line.split()[1]) for line in told + again if line.startswith("CANCELLED")}
    for line in told + again:
        what, pledge_id = line.split()
        pledge = found[int(pledge_id)]
        if what in {"CANCELLED", "FAILED"}:
            assert pledge["state"] == what
        elif what == "AUTHORISED" and int(pledge_id) not in cancelled:
            # It may have been taken back by a step that was done and not acknowledged.
            assert pledge["captured_at"] is not None or pledge["state"] in {"CANCELLED", "FAILED"}
            if state == "SUCCEEDED" and pledge["failure"] is None and pledge["state"] != "CANCELLED":
                assert pledge["state"] == "CAPTURED"
    assert all(pledge["due"] is None for pledge in found.values())
    assert len({pledge["key"] for pledge in found.values()}) == len(found), "sent again, it is the same pledge"
    assert state in {"SUCCEEDED", "FAILED"}
    assert await value(database, "SELECT settled_at IS NOT NULL FROM backing_campaign") is True
    # The provider knows no payment that we do not, and moved each one's money once in each way.
    assert {f"sim_{payment['id']}" for payment in payments} >= {
        pledge["reference"] for pledge in found.values() if pledge["reference"]
    }
    for payment in payments:
        moves = payment["moves"] or []
        assert moves in ([], ["AUTHORISED", "CAPTURED"], ["AUTHORISED", "CANCELLED"])
    taken = sum(pledge["amount"] for pledge in found.values() if pledge["state"] == "CAPTURED")
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": taken}
    await all_in_order(database)


MOVED = {
    "authorise": ["AUTHORISED", "CAPTURED"],
    "capture": ["AUTHORISED", "CAPTURED"],
    "cancel": ["AUTHORISED", "CANCELLED"],
    "refund": ["AUTHORISED", "CAPTURED", "REFUNDED"],
}


@pytest.mark.parametrize("when", ["before", "after", "within"])
@pytest.mark.parametrize("verb", list(MOVED))
async def test_whoever_dies_around_asking_the_provider_leaves_it_to_be_done_once(
    database: Database, database_url: str, verb: str, when: str
) -> None:
    marketer, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    goal = 1_000_000 if verb == "cancel" else 100
    campaign = await make_campaign(database, marketer, await make_space(database), goal=goal)
    step: dict[str, Any] = {"verb": "settle"}
    if verb == "authorise":
        step = {
            "verb": "pledge",
            "member": member.member_id,
            "campaign": campaign,
            "amount": 2_000,
            "token": "tok_visa",
        }
        step |= {"tier": None, "key": "once"}
    else:
        await back(database, member, campaign)
        await reach_deadline(database, campaign)
    if verb == "refund":
        await settle(database)
        await database.transact(lambda connection: cancel_backing_campaign(connection, marketer, campaign))

    process = await started(database_url, [step], (verb, when))
    _, said = await process.communicate()
    await rolled_back(database)

    assert process.returncode == -signal.SIGKILL, said.decode()
    assert await value(database, "SELECT due FROM pledge") == verb.upper(), "it is still to be done"
    await all_in_order(database)
    done = await value(database, "SELECT count(*) FROM simulated_move WHERE what LIKE $1", f"{verb.upper()[:5]}%")
    assert done == (0 if when == "before" else 1)
    await settle(database)
    if verb == "authorise":
        await reach_deadline(database, campaign)
        await settle(database)
    async with database.reading() as connection:
        moves = await connection.raw.fetch("SELECT what FROM simulated_move ORDER BY id")
    assert [move["what"] for move in moves] == MOVED[verb]
    assert await value(database, "SELECT (due, count(*) OVER ()) FROM pledge") == (None, 1)
    assert await own_books(database) == await provider_books(database)
    await all_in_order(database)
