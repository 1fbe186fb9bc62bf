"""How many clicks on referral links one process writes, and how fast funnels are read from what is kept. Ends by itself.

python -m bench.referrals [--clicks 1000000] [--referrals 100000] [--write docs/referrals_benchmarks.md]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import httptools
import httpx

import migrations
from bench.processes import running
from community.foundation import embedded
from community.foundation.database import Database
from community.members.acting import load_acting
from community.members.sessions import begin_session
from community.members.signing import load_signing_keys
from community.referrals.costs import count_costs
from community.referrals.issuing import issue_code
from community.referrals.measuring import measure_referrals
from community.referrals.programs import Step, Terms, create_program
from tests.factories.referrals import KEPT, RECOUNT

CONNECTIONS = 64
CODES = 1_000
CHANNELS = ("微信", "poster", "mail", "")
VISITORS = 200_000
READS = 15
BY = (
    (),
    ("DAY",),
    ("CHANNEL",),
    ("DAY", "CHANNEL", "CAMPAIGN"),
    ("CODE",),
    ("REFERRER",),
    ("COHORT",),
    ("COHORT", "CODE"),
)
AIMED_AT_CLICKS, AIMED_AT_READ = 1_000, 0.3  # a second; seconds
SECRET = "a secret of this benchmark alone"  # noqa: S105 - guards nothing
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
)

HEAD = """\
# Benchmarks of referrals

One command measures and writes this page:

    python -m bench.referrals{arguments} --write docs/referrals_benchmarks.md

{clicks:,} requests to `/r/{{code}}` of one server process over {connections} connections that are kept, on {codes:,} codes
and {channels} channels, by about {visitors:,} visitors and some programs; each is answered once it is in the database. Then
{referrals:,} referrals over 90 days are put beside them, and a marketer's funnels are read over HTTP, the median and the worst
of {reads}. Server, database and load share the machine.

Measured on {day}: {cores} cores, {system}, Python {python}. Load average {load:.2f} before.

"""
QUERY = """
query($program: ID!, $window: Window!, $by: [ReferralDimension!]!) { referralInsights(program: $program, window: $window, by: $by) {
    total { clicks people signUps verified qualified rewarded cost costPerQualified }
    rows(first: 100) { nodes { day cohort channel code { code } referrer { handle }
        funnel { clicks signUps qualified rewarded cost costPerQualified } } } } }
"""
TIMES = "{ signUpMedian signUpNinetieth qualifiedMedian qualifiedNinetieth }"
TIMED = QUERY.replace("total {", f"times {TIMES} total {{").replace("funnel {", f"times {TIMES} funnel {{")
GROWTH = """
query($program: ID!, $window: Window!, $by: [ReferralDimension!]!) { referralInsights(program: $program, window: $window, by: $by) {
    total { signUps } growth { kFactor { value low high } retention { days referred { value } others { value } }
    lifetimeValue { currency days referred { value low high } } tree { depth breadths branching }
    nodes(first: 100) { nodes { member { handle } referrer { handle } depth below qualified } } } } }
"""
# What a hundred thousand claims would have left, in the very rows that they would: members first.
MEMBERS = """
    INSERT INTO member (handle, handle_skeleton, display_name, joined_at)
    SELECT 'm' || number, 'm' || number, 'm' || number, now() - (9 + random() * 81) * interval '1 day'
    FROM generate_series(1, $1::integer) AS number
"""
FRIENDS = """
    INSERT INTO member (handle, handle_skeleton, display_name)
    SELECT 'f' || number, 'f' || number, 'f' || number FROM generate_series(1, $1::integer) AS number RETURNING id
"""
REFERRALS = """
    INSERT INTO referral (member_id, referrer_id, program_id, terms_id, code_id, source, channel, campaign, clicked_at,
        claimed_at, qualified_at)
    SELECT member.id, code.member_id, code.program_id, $1, code.id, 'LINK', code.channel, code.campaign,
        joined_at - random() * interval '1 hour', joined_at,
        CASE WHEN member.id % 3 = 0 THEN joined_at + random() * interval '9 days' END
    FROM member JOIN referral_code AS code ON code.id = $2::bigint + member.id % $3::bigint WHERE handle LIKE 'm%'
        AND member.id IS DISTINCT FROM code.member_id
"""
STEPS = """
    INSERT INTO referral_step SELECT id, step, 0, claimed_at FROM referral, (VALUES ('SIGN_UP'), ('VERIFIED')) AS step (step)
"""
DAYS = """
    INSERT INTO referral_day (program_id, day, code_id, channel, campaign, sign_ups, verified, qualified, cohort_verified,
        cohort_qualified)
    SELECT program_id, (moment AT TIME ZONE 'UTC')::date, code_id, channel, campaign, sum(joined), sum(joined), sum(qualified),
        sum(joined), count(*) FILTER (WHERE joined = 1 AND qualified_at IS NOT NULL)
    FROM referral, LATERAL (VALUES (claimed_at, 1, 0), (qualified_at, 0, 1)) AS counted_on (moment, joined, qualified)
    WHERE moment IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (program_id, day, code_id, channel, campaign) DO UPDATE SET sign_ups = excluded.sign_ups,
        verified = excluded.verified, qualified = excluded.qualified, cohort_verified = excluded.cohort_verified,
        cohort_qualified = excluded.cohort_qualified
"""
BUDGET = "INSERT INTO reward_budget (name, unit, amount) VALUES ('bench', 'POINTS', 1000000000) RETURNING id"
REWARDS = """
    INSERT INTO reward (member_id, cause_kind, cause_id, rule, side, kind, unit, amount, budget_id, cost, hold_for, state,
        held_until, granted_at)
    SELECT referrer_id, 'referral', id, '1', 'REFERRER', 'POINTS', 'POINTS', 100, $1, 100, '0', 'GRANTED', qualified_at,
        qualified_at
    FROM referral WHERE qualified_at IS NOT NULL AND referrer_id IS NOT NULL ORDER BY id RETURNING id
"""
PURCHASES = """
    INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at)
    SELECT id::text, id, (random() * 50000)::integer + 1, 'CNY', least(joined_at + random() * interval '60 days', now())
    FROM member WHERE id % 4 = 0 AND handle LIKE 'm%'
"""


class _Follower(asyncio.Protocol):
    """One connection, which follows its next link when it has the answer to the last."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[int], latencies: list[float]) -> None:
        self._requests, self._done, self._latencies = requests, done, latencies
        self._parser = httptools.HttpResponseParser(self)
        self._sent = 0.0
        self._answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionResetError("the server closed a connection"))

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 302:  # noqa: PLR2004 - HTTP
            self._done.set_exception(RuntimeError(f"a link was answered with {status}"))
            self._transport.close()
            return
        self._latencies.append(time.perf_counter() - self._sent)
        self._answered += 1
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(self._answered)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


def requests(codes: Sequence[str], amount: int) -> Iterator[bytes]:
    """Yield requests that follow links, popular codes more often."""
    chance = random.Random(5)
    for _ in range(amount):
        code = codes[int(len(codes) * chance.random() ** 2)]
        visitor = chance.randrange(VISITORS)
        agent = AGENTS[2] if chance.random() < 0.05 else AGENTS[visitor % 2]  # noqa: PLR2004 - one in twenty is a program
        channel = chance.choice(CHANNELS)
        query = "?channel=" + "".join(f"%{byte:02X}" for byte in channel.encode()) if channel else ""
        address = f"11.{64 + visitor // 65_536}.{visitor // 256 % 256}.{visitor % 256}"
        yield (
            f"GET /r/{code}{query} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: {agent}\r\nx-forwarded-for: {address}\r\n\r\n"
        ).encode()


async def follow(port: int, codes: Sequence[str], amount: int) -> tuple[float, list[float]]:
    """Follow links; return the seconds it took, and those of each answer."""
    loop, latencies, asked = asyncio.get_running_loop(), list[float](), requests(codes, amount)
    done: list[asyncio.Future[int]] = [loop.create_future() for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for future in done:
        await loop.create_connection(lambda future=future: _Follower(asked, future, latencies), "127.0.0.1", port)  # type: ignore[misc] # bound at once
    assert sum(await asyncio.gather(*done)) == amount
    return time.perf_counter() - began, latencies


async def prepare(url: str) -> tuple[int, list[str], str]:
    """Make a programme and its codes; return its id, the codes, and a marketer's token."""
    database = await Database.connect(url, maximum=2)
    try:
        keys = await load_signing_keys(database, SECRET)
        async with database.writing() as connection:
            marketer = await connection.raw.fetchval(
                "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ('boss', 'boss', 'boss') RETURNING id"
            )
            await connection.raw.execute("INSERT INTO role_grant (member_id, role) VALUES ($1, 'MARKETER')", marketer)
            acting = await load_acting(connection, marketer)
            program = await create_program(
                connection,
                acting,
                "bench",
                Terms(steps=(Step("FIRST_POST"),)),
                starts_at=datetime.now(UTC) - timedelta(days=100),
            )
            for friend in await connection.raw.fetch(FRIENDS, CODES):
                await issue_code(connection, acting, program, "CAMPAIGN", member_id=friend["id"])
            codes = [row["code"] for row in await connection.raw.fetch("SELECT code FROM referral_code ORDER BY id")]
            token = (await begin_session(connection, keys, marketer, client="bench")).access_token
    finally:
        await database.close()
    return program, codes, token


async def add_referrals(url: str, amount: int) -> bool:
    """Put referrals beside the clicks; say whether what is kept equals a recount."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(MEMBERS, amount)
        terms = await connection.fetchval("SELECT terms_id FROM referral_program")
        first = await connection.fetchval("SELECT min(id) FROM referral_code")
        await connection.execute(REFERRALS, terms, first, CODES)
        await connection.execute(STEPS)
        await connection.execute(DAYS)
        budget = await connection.fetchval(BUDGET)
        granted = [row["id"] for row in await connection.fetch(REWARDS, budget)]
        await connection.execute(PURCHASES)
    finally:
        await connection.close()
    database = await Database.connect(url, maximum=4, acquire_within=10)
    try:
        # By the thousand, in the way that the reader of the log counts them.
        for begin in range(0, len(granted), 1_000):
            async with database.writing() as writing:
                await count_costs(writing, granted[begin : begin + 1_000])
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
        return [tuple(row) for row in await connection.fetch(KEPT)] == [
            tuple(row) for row in await connection.fetch(RECOUNT)
        ]
    finally:
        await connection.close()


async def compute(url: str) -> float:
    """Measure what the referrals are worth, as the job does; return the seconds it took."""
    database = await Database.connect(url, maximum=4, acquire_within=10)
    try:
        began = time.perf_counter()
        await measure_referrals(database, {}, 0, lambda _progress, _step: None)
        return time.perf_counter() - began
    finally:
        await database.close()


async def read(
    port: int, token: str, program: int, by: Sequence[str], query: str = QUERY
) -> tuple[float, float, dict[str, int]]:
    """Read a funnel some times; return the median and the worst time in seconds, and the total."""
    now = datetime.now(UTC)
    window = {"from": (now - timedelta(days=100)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    body = {"query": query, "variables": {"program": f"referral_program_{program}", "window": window, "by": by}}
    times, total = list[float](), dict[str, int]()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
        for _ in range(READS):
            began = time.perf_counter()
            answer = await client.post(f"http://127.0.0.1:{port}/graphql", json=body, timeout=30)
            times.append(time.perf_counter() - began)
            assert "data" in answer.json(), answer.text[:500]
            total = answer.json()["data"]["referralInsights"]["total"]
    return statistics.median(times), max(times), total


async def measure(url: str, port: int, options: argparse.Namespace, prepared: tuple[int, list[str], str]) -> str:
    """Follow links and read funnels; return the table."""
    program, codes, token = prepared
    await follow(port, codes, min(2_000, options.clicks))  # warm
    seconds, latencies = await follow(port, codes, options.clicks)
    latencies.sort()
    rate, late = options.clicks / seconds, latencies[int(len(latencies) * 0.99)]
    equal = await add_referrals(url, options.referrals)
    lines = ["| what | measured | aimed at |", "|---|---|---|"]
    lines += [
        f"| clicks written and answered a second | {rate:,.0f} | over {AIMED_AT_CLICKS:,} |",
        f"| time of an answer, median; 99th in a hundred | {latencies[len(latencies) // 2] * 1e3:.1f} ms; {late * 1e3:.1f} ms | |",
        f"| counts that are kept equal a recount | {'yes' if equal else 'NO'} | yes |",
    ]
    total: dict[str, int] = {}
    computed = await compute(url)
    asked: list[tuple[str, tuple[str, ...], str]] = [
        (f"funnel{what}, by {', '.join(by) or 'nothing'}", by, query)
        for what, query in (("", QUERY), (" and times", TIMED))
        for by in BY
    ]
    for name, by, query in [("what it is worth, and 100 of the forest", (), GROWTH), *asked]:
        median, worst, total = await read(port, token, program, by, query)
        lines.append(
            f"| {name} | {median * 1e3:.0f} ms (worst {worst * 1e3:.0f} ms) | under {AIMED_AT_READ * 1e3:.0f} ms |"
        )
    lines.insert(5, f"| computing what it is worth, and all programmes together, in a worker | {computed:.1f} s | |")
    lines += ["", f"The whole funnel: {', '.join(f'{float(number):,.0f} {what}' for what, number in total.items())}."]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.referrals", description="Clicks a second, and funnels.")
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--referrals", type=int, default=100_000)
    parser.add_argument("--write", type=Path, help="the page to write the table to")
    options = parser.parse_args(arguments)
    smaller = "".join(
        f" --{name} {getattr(options, name)}"
        for name in ("clicks", "referrals")
        if getattr(options, name) != parser.get_default(name)
    )
    text = HEAD.format(
        arguments=smaller,
        clicks=options.clicks,
        referrals=options.referrals,
        connections=CONNECTIONS,
        codes=CODES,
        channels=len(CHANNELS),
        visitors=VISITORS,
        reads=READS,
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with embedded.start(place / "postgresql") as database:
            migrations.upgrade(database.url)
            prepared = asyncio.run(prepare(database.url))
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = (sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port))
            environment = {
                "DATABASE_URL": database.url,
                "TEAHOUSE_SECRET_KEY": SECRET,
                "TEAHOUSE_TRUSTED_PROXIES": "127.0.0.1",
                "TEAHOUSE_DATA_DIR": str(place / "data"),
                "TEAHOUSE_SCORE_EVERY": "0",
                "TEAHOUSE_SPENDING_CAPACITY": str(10**9),
                "TEAHOUSE_LOG_LEVEL": "WARNING",
            }
            with running(command, port, place / "server.log", environment):
                text += asyncio.run(measure(database.url, port, options, prepared))
            database.close(wait_within=20)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


if __name__ == "__main__":
    main()
