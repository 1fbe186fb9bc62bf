"""Kill a server, its worker and its database again and again while friends bring friends; end by itself, with figures.

python -m bench.crashes [--rounds 50] [--seed 1] [--write docs/rewards_crashes.md]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import migrations
from bench.crashes import checking
from bench.crashes.people import PRICE, Acknowledged, People, Place
from bench.crashes.processes import VICTIMS, System
from bench.crashes.receiver import SECRET as SHOP_SECRET
from bench.crashes.receiver import Receiver
from community.foundation.database import Database
from community.members.acting import Acting, load_acting
from community.members.sessions import begin_session
from community.members.signing import load_signing_keys
from community.referrals.issuing import personal_code
from community.referrals.programs import RewardRule, Step, Terms, create_program
from community.rewards.budgets import Budget, create_reward_budget
from community.rewards.items import Item, create_reward_item
from community.rewards.vouchers import import_vouchers

SECRET = "a secret of this run alone, 五十次 fifty rounds"  # noqa: S105 - guards nothing
FRIENDS = 4
"""Who join in each round, each by another's code."""
SPREAD = 3.0
"""Seconds over which they begin."""
LATEST = 6.0
"""Seconds after a round's begin in which the server or the database is killed."""
POOL = "茶券 tea vouchers"
_STEPS = (Step("FIRST_POST"), Step("PURCHASE", 5_000))
_TERMS = Terms(
    steps=_STEPS,
    currency="CNY",
    rewards=(
        RewardRule(_STEPS[0], "REFERRER", "POINTS", 100),
        RewardRule(_STEPS[0], "REFEREE", "BADGE", 1, "新朋友 Newcomer"),
        RewardRule(_STEPS[1], "REFEREE", "VOUCHER", 1, POOL),
        RewardRule(_STEPS[1], "UPLINE", "POINTS", 10),
    ),
)

HEAD = """\
# Rewards, and processes that are killed

One command kills, checks and writes this page; it ends with 1 if anything is lost or doubled:

    python -m bench.crashes{arguments} --write docs/rewards_crashes.md

In each round {friends} friends join by a code over HTTP, write, buy, are given points by staff and redeem some of them at a
shop's webhook, while the server, the worker that it starts or its PostgreSQL is killed (`kill -9`) at a random moment and
started again. Whoever gets no answer asks again. The shop answers one call in seven with 503 though it has done it. In the end
everything that was acknowledged is looked for, and every budget, lot, balance and account is recounted.

Measured on {day}: {cores} cores, {system}, Python {python}; seed {seed}; {seconds:.0f} seconds.

"""


@dataclass
class Outcome:
    """What came of all rounds."""

    killed: Counter[str]
    known: Acknowledged
    receiver: Receiver
    rewards: dict[str, int]
    problems: list[str]


async def prepare(url: str, port: int, mail: Path) -> tuple[Place, list[str]]:
    """Make staff, a programme, what is offered for points, and the first codes; return where it is, and those."""
    database = await Database.connect(url, maximum=2)
    try:
        async with database.writing() as connection:
            staff = await _member(connection, "staff")
            await connection.raw.execute("INSERT INTO role_grant (member_id, role) VALUES ($1, 'MARKETER')", staff)
            acting = await load_acting(connection, staff)
            space = await connection.raw.fetchval("INSERT INTO space (slug, name) VALUES ('tea', '茶') RETURNING id")
            program = await create_program(connection, acting, "老带新", _TERMS)
            budget = await create_reward_budget(connection, acting, Budget("谢礼 gifts", "POINTS", 10**9))
            await import_vouchers(connection, acting, POOL, [f"茶-{number:05}" for number in range(5_000)])
            items = [await _item(connection, acting, how) for how in ("WEBHOOK", "MANUAL")]
            codes = []
            for number in range(FRIENDS):
                first = await _member(connection, f"first{number}")
                code = await personal_code(connection, program, first, actor_id=first, context={})
                codes.append(await connection.raw.fetchval("SELECT code FROM referral_code WHERE id = $1", code))
    finally:
        await database.close()
    shop, hand = items
    named = (f"referral_program_{program}", f"space_{space}", f"reward_budget_{budget}")
    return Place(port, mail, *named, f"reward_item_{shop}", f"reward_item_{hand}"), codes


async def _member(connection: Any, handle: str) -> int:
    member: int = await connection.raw.fetchval(
        "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ($1, $1, $1) RETURNING id", handle
    )
    return member


async def _item(connection: Any, acting: Acting, fulfilment: str) -> int:
    return await create_reward_item(connection, acting, Item("茶杯 cup", PRICE, fulfilment), webhook=True)


async def staff_token(url: str) -> str:
    """Begin a session of staff's; it outlives a round."""
    database = await Database.connect(url, maximum=1)
    try:
        keys = await load_signing_keys(database, SECRET)
        async with database.writing() as connection:
            staff = await connection.raw.fetchval("SELECT id FROM member WHERE handle = 'staff'")
            return (await begin_session(connection, keys, staff, client="bench")).access_token
    finally:
        await database.close()


async def run(system: System, receiver: Receiver, place: Path, rounds: int, seed: int) -> Outcome:
    """Do all rounds, then check everything."""
    chance = random.Random(seed)
    known, killed = Acknowledged(), Counter[str]()
    victims = (VICTIMS * rounds)[:rounds]  # each has its share, in an order of chance
    victims = tuple(chance.sample(victims, rounds))
    where, codes = await prepare(system.url, system.port, place / "data" / "mail")
    await asyncio.to_thread(system.start)
    people = People(where, known)
    try:
        for number, victim in enumerate(victims):
            people.staff = await staff_token(system.url)
            lives = [
                asyncio.create_task(
                    _begun(chance.uniform(0, SPREAD), people.live(number * FRIENDS + each, code, chance))
                )
                for each, code in enumerate(codes)
            ]
            lives.append(asyncio.create_task(_begun(chance.uniform(0, LATEST), _decided(people))))
            if victim != "worker":  # for that it is waited
                await asyncio.sleep(chance.uniform(0, LATEST))
            died = await asyncio.to_thread(system.kill, victim, chance)
            killed[victim if died else f"{victim}, not there to be killed"] += 1
            *own, _ = await asyncio.gather(*lives)
            codes = chance.sample([*codes, *own], FRIENDS)
            print(
                f"round {number + 1}: {victim}, {known.answers:,} answers, {known.unanswered:,} missed", file=sys.stderr
            )
        database = await Database.connect(system.url, maximum=2, acquire_within=30)
        try:
            await checking.quiet(database)
            found = await checking.problems(database, known, receiver)
            async with database.reading() as connection:
                states = await connection.raw.fetch("SELECT state, count(*) FROM reward GROUP BY state ORDER BY state")
        finally:
            await database.close()
    finally:
        await people.close()
    return Outcome(killed, known, receiver, {row[0]: row[1] for row in states}, found)


async def _begun(after: float, life: Awaitable[str]) -> str:
    await asyncio.sleep(after)
    return await life


async def _decided(people: People) -> str:
    await people.decide()
    return ""


def tried(rounds: int, seed: int) -> Outcome:
    """Start everything in a folder of its own, do the rounds, and end everything."""

    async def all_of_it(place: Path) -> Outcome:
        async with Receiver() as receiver:
            environment = {
                "TEAHOUSE_SECRET_KEY": SECRET,
                "TEAHOUSE_TRUSTED_PROXIES": "127.0.0.1",
                "TEAHOUSE_DATA_DIR": str(place / "data"),
                "TEAHOUSE_SCORE_EVERY": "0",
                "TEAHOUSE_SPENDING_CAPACITY": str(10**9),
                "TEAHOUSE_LOG_LEVEL": "WARNING",
                "TEAHOUSE_REWARD_WEBHOOK_URL": receiver.url,
                "TEAHOUSE_REWARD_WEBHOOK_SECRET": SHOP_SECRET,
                "TEAHOUSE_REWARD_WEBHOOK_LOOPBACK": "true",
            }
            system = await asyncio.to_thread(System, place, environment)
            try:
                await asyncio.to_thread(migrations.upgrade, system.url)
                return await run(system, receiver, place, rounds, seed)
            finally:
                await asyncio.to_thread(system.stop)

    with tempfile.TemporaryDirectory(prefix="teahouse-crashes-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        return asyncio.run(all_of_it(place))


def figures(outcome: Outcome) -> str:
    """Return what came of it as a table."""
    known, told = outcome.known, outcome.receiver
    kills = ", ".join(f"{amount} {victim}" for victim, amount in sorted(outcome.killed.items()))
    rewards = ", ".join(f"{amount:,} {state.lower()}" for state, amount in outcome.rewards.items())
    lines = [
        "| what | how many |",
        "|---|---|",
        f"| killed | {kills} |",
        f"| requests that were answered; that had no answer and were sent again | {known.answers:,}; {known.unanswered:,} |",
        f"| acknowledged: members, posts, purchases | {len(known.members):,}, {len(known.posts):,}, {len(known.purchases):,} |",
        f"| acknowledged: gifts, of them taken back | {len(known.gifts):,}, {len(known.reversed):,} |",
        f"| acknowledged: redemptions, of them cancelled | {len(known.redemptions):,}, {len(known.cancelled):,} |",
        f"| rewards in the end | {rewards} |",
        f"| the shop was called; has done | {told.calls.total():,}; {len(told.effects):,} |",
        f"| acknowledged and lost, doubled, or not adding up | {len(outcome.problems)} |",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, check, print and write the page; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.crashes", description="Rewards, and processes that are killed."
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="the page to write the table to")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    outcome = tried(options.rounds, options.seed)
    text = HEAD.format(
        arguments="" if options.rounds == parser.get_default("rounds") else f" --rounds {options.rounds}",
        friends=FRIENDS,
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        seed=options.seed,
        seconds=time.monotonic() - began,
    ) + figures(outcome)
    print(text)
    for problem in outcome.problems:
        print(problem, file=sys.stderr)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
